#!/usr/bin/env bash
# Bring Ubuntu up to date and add what kubelet, the VPC CNI and eks-join call.
set -o errexit -o nounset -o pipefail

export DEBIAN_FRONTEND=noninteractive

apt-get update
apt-get --yes dist-upgrade
apt-get --yes install --no-install-recommends \
  ca-certificates \
  chrony \
  conntrack \
  curl \
  ethtool \
  gnupg \
  ipvsadm \
  iptables \
  logrotate \
  mdadm \
  nfs-common \
  python3 \
  socat \
  unzip \
  xfsprogs
