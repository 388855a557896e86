#!/usr/bin/env bash
# Choose what starts at boot: eks-join and containerd. kubelet waits for eks-join to start it.
set -o errexit -o nounset -o pipefail

systemctl daemon-reload
systemd-tmpfiles --create eks-node.conf
systemctl enable containerd.service eks-join.service
