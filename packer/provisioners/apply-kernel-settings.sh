#!/usr/bin/env bash
# Load the modules and set the values of packer/rootfs on the builder, so that a name the
# kernel does not know stops the build and not the node.
#
#   NODE_ROOT  where the disk begins; empty outside of tests
set -o errexit -o nounset -o pipefail

root=${NODE_ROOT:-}
modules=$root/etc/modules-load.d/kubernetes.conf
settings=$root/etc/sysctl.d/90-kubernetes.conf

for file in "$modules" "$settings"; do
  if [[ ! -s $file ]]; then
    echo "$file is not there; run install-rootfs.sh first" >&2
    exit 1
  fi
done

while read -r module; do
  modprobe "$module"
done < <(grep --invert-match --extended-regexp '^(#|$)' "$modules")
sysctl --load="$settings"
