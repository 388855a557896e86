#!/usr/bin/env bash
# Choose what starts at boot: eks-join and containerd. kubelet waits for eks-join to start it.
# Never: rpcbind, which nfs-common brings and which listens to everybody (NFS 4 does without);
# Ubuntu's upgrades, which would restart what runs on a node (a new image brings them); and
# chrony-wait, which would hold the boot for a clock that is right already. All are masked, since
# the first boot of a new machine enables again what is only disabled.
set -o errexit -o nounset -o pipefail

systemctl daemon-reload
systemd-tmpfiles --create eks-node.conf
systemctl enable containerd.service eks-join.service
systemctl mask --now rpcbind.service rpcbind.socket
systemctl mask --now chrony-wait.service
systemctl mask --now apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service
