#!/usr/bin/env bash
# Take the network settings of packer/rootfs into use, and check what kubelet relies on.
#
#   NODE_ROOT  where the disk begins; empty outside of tests
set -o errexit -o nounset -o pipefail

root=${NODE_ROOT:-}

for file in \
  etc/cloud/cloud.cfg.d/99-eks-node.cfg \
  etc/systemd/network/99-left-to-the-cni.network \
  etc/systemd/network/99-default.link.d/keep-mac-address.conf \
  etc/systemd/networkd.conf.d/keep-foreign-routes.conf; do
  if [[ ! -s $root/$file ]]; then
    echo "$root/$file is not there; run install-rootfs.sh first" >&2
    exit 1
  fi
done

udevadm control --reload
networkctl reload

# kubelet hands this file to pods; the stub resolver in /etc/resolv.conf would loop.
if ! grep --quiet '^nameserver' "$root/run/systemd/resolve/resolv.conf"; then
  echo "systemd-resolved has no name server; kubelet's resolvConf would give pods no DNS" >&2
  exit 1
fi
# kubelet's and the CNI's own rules need an open firewall below them.
if command -v ufw >/dev/null; then
  ufw disable
fi
