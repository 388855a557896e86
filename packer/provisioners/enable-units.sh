#!/usr/bin/env bash
# Choose what starts at boot: eks-join and containerd. kubelet waits for eks-join to start it.
# Never: rpcbind, which nfs-common brings and which listens to everybody (NFS 4 does without), and
# Ubuntu's upgrades, which would restart what runs on a node; a new image brings them.
set -o errexit -o nounset -o pipefail

systemctl daemon-reload
systemd-tmpfiles --create eks-node.conf
systemctl enable containerd.service eks-join.service
systemctl mask --now rpcbind.service rpcbind.socket
systemctl mask --now apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service
