#!/usr/bin/env bash
# Tell the node's services of a proxy: containerd, kubelet and eks-join, whose units read the file.
#
#   PROXY         URL, or empty where there is none
#   NO_PROXY_FOR  hosts, domains and ranges that are reached without it, with commas
#   NODE_ROOT     where the disk begins; empty outside of tests
set -o errexit -o nounset -o pipefail

: "${PROXY?is not set; it may be empty}"
: "${NO_PROXY_FOR?is not set; it may be empty}"
file=${NODE_ROOT:-}/etc/eks-node/proxy.env

if [[ -z $PROXY ]]; then
  exit 0
fi
install --directory --mode=0755 "${file%/*}"
printf 'HTTP_PROXY=%s\nHTTPS_PROXY=%s\nNO_PROXY=%s\n' "$PROXY" "$PROXY" "$NO_PROXY_FOR" >"$file"
