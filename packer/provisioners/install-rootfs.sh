#!/usr/bin/env bash
# Copy the picture of the node's disk onto the disk. Modes follow from the place, because an
# upload does not keep them: programs lie in bin and sbin, the rest is configuration.
#
#   ROOTFS     directory with the picture, as packer uploaded it
#   NODE_ROOT  where the disk begins; empty outside of tests
set -o errexit -o nounset -o pipefail

: "${ROOTFS:?is not set; it names the uploaded packer/rootfs}"
root=${NODE_ROOT:-}

if [[ ! -f $ROOTFS/usr/local/sbin/eks-join ]]; then
  echo "$ROOTFS is not the uploaded packer/rootfs; it has no usr/local/sbin/eks-join" >&2
  exit 1
fi

while IFS= read -r -d '' file; do
  case $file in
    */bin/* | */sbin/*) mode=0755 ;;
    *) mode=0644 ;;
  esac
  install -D --mode="$mode" "$ROOTFS/$file" "$root/$file"
done < <(cd "$ROOTFS" && find . -type f -print0 | sort --zero-terminated)
