#!/usr/bin/env bash
# Install containerd from Docker's repository, at one version, and put the pause image on the
# disk. The repository and containerd's configuration are files of packer/rootfs; the base of
# each container's runtime spec is written here, after the containerd that is installed.
#
#   DOCKER_SOURCE           Docker's repository for Ubuntu, or a mirror
#   SANDBOX_IMAGE           the pause image, of Kubernetes' registry or a mirror
#   CONTAINERD_VERSION      e.g. 2.3.6
#   DOCKER_KEY_FINGERPRINT  of the key that signs the repository
#   NODE_ROOT               where the disk begins; empty outside of tests
set -o errexit -o nounset -o pipefail

: "${DOCKER_SOURCE:?is not set; it comes from packer/node-image.json}"
: "${SANDBOX_IMAGE:?is not set; it comes from packer/node-image.json}"
: "${CONTAINERD_VERSION:?is not set; it comes from packer/node-image.json}"
: "${DOCKER_KEY_FINGERPRINT:?is not set; it comes from packer/node-image.json}"
root=${NODE_ROOT:-}

# Kubernetes 1.36 and later speak to containerd 2 only.
if [[ $CONTAINERD_VERSION != 2.* ]]; then
  echo "containerd $CONTAINERD_VERSION is not a version 2; correct packer/node-image.json" >&2
  exit 1
fi
configuration=$root/etc/containerd/config.toml
repository=$root/etc/apt/sources.list.d/docker.sources
for file in "$configuration" "$repository"; do
  if [[ ! -s $file ]]; then
    echo "$file is not there; run install-rootfs.sh first" >&2
    exit 1
  fi
done
sed -i "s|^\( *sandbox = \)'.*'\$|\1'$SANDBOX_IMAGE'|" "$configuration"
sed -i "s|^URIs: .*|URIs: $DOCKER_SOURCE|" "$repository"

export DEBIAN_FRONTEND=noninteractive
downloads=$(mktemp --directory)
trap 'rm --recursive --force "$downloads"' EXIT

curl --fail --silent --show-error --location --retry 5 \
  --output "$downloads/docker.asc" "$DOCKER_SOURCE/gpg"
fingerprint=$(GNUPGHOME=$downloads gpg --batch --with-colons --show-keys "$downloads/docker.asc" |
  awk -F: '$1 == "fpr" { print $10; exit }')
if [[ $fingerprint != "$DOCKER_KEY_FINGERPRINT" ]]; then
  echo "the key of $DOCKER_SOURCE has fingerprint ${fingerprint:-none}, not" \
    "$DOCKER_KEY_FINGERPRINT; find out why before changing packer/node-image.json" >&2
  exit 1
fi
install -D --mode=0644 "$downloads/docker.asc" "$root/etc/apt/keyrings/docker.asc"

# confold: the package's own configuration switches the CRI plugin off.
apt-get update
apt-get --yes install --no-install-recommends --option Dpkg::Options::=--force-confold \
  "containerd.io=$CONTAINERD_VERSION-*"
apt-mark hold containerd.io

# Containers may open as many files as on Amazon's image; systemd would leave them 1,024.
# https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/internal/containerd/base-runtime-spec.json
ctr oci spec | python3 -c '
import json, sys
spec = json.load(sys.stdin)
spec["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 65536, "hard": 1048576}]
json.dump(spec, sys.stdout, indent=2)
' >"$downloads/base-runtime-spec.json"
install -D --mode=0644 "$downloads/base-runtime-spec.json" \
  "$root/etc/containerd/base-runtime-spec.json"

systemctl restart containerd.service
ctr --namespace k8s.io images pull "$SANDBOX_IMAGE"
ctr --namespace k8s.io images label "$SANDBOX_IMAGE" io.cri-containerd.pinned=pinned
