#!/usr/bin/env bash
# Install Amazon's builds of kubelet and of the plugin that fetches ECR credentials, each only
# with the right SHA-256 sum: the pinned one if there is one, or else the one Amazon publishes
# beside the file.
#
#   KUBELET_SOURCE                  where the builds are: Amazon's bucket, or a mirror
#   KUBELET_VERSION                 e.g. 1.36.2
#   KUBELET_BUILD_DATE              the directory in the bucket, e.g. 2026-07-05
#   ARCHITECTURE                    amd64 or arm64
#   KUBELET_SHA256                  pinned sum, or empty
#   ECR_CREDENTIAL_PROVIDER_SHA256  pinned sum, or empty
#   NODE_ROOT                       where the disk begins; empty outside of tests
set -o errexit -o nounset -o pipefail

: "${KUBELET_SOURCE:?is not set; it comes from packer/node-image.json}"
: "${KUBELET_VERSION:?is not set; it comes from packer/node-image.json}"
: "${KUBELET_BUILD_DATE:?is not set; it comes from packer/node-image.json}"
: "${ARCHITECTURE:?is not set; it is amd64 or arm64}"
: "${KUBELET_SHA256?is not set; it may be empty}"
: "${ECR_CREDENTIAL_PROVIDER_SHA256?is not set; it may be empty}"
root=${NODE_ROOT:-}

source="$KUBELET_SOURCE/$KUBELET_VERSION/$KUBELET_BUILD_DATE/bin/linux/$ARCHITECTURE"
downloads=$(mktemp --directory)
trap 'rm --recursive --force "$downloads"' EXIT

download() {
  curl --fail --silent --show-error --location --retry 5 --output "$downloads/$1" "$source/$1"
}

# fetch NAME PINNED_SUM: download NAME, or stop.
fetch() {
  local name=$1 sum=$2 origin="packer/node-image.json"
  if ! download "$name"; then
    echo "cannot fetch $source/$name; look for version and build date with:" \
      "aws s3api list-objects-v2 --bucket amazon-eks --no-sign-request" \
      "--prefix ${KUBELET_VERSION%.*}" >&2
    return 1
  fi
  if [[ -z $sum ]]; then
    origin="$source/$name.sha256"
    if ! download "$name.sha256"; then
      echo "$origin is not there; check $name by other means and pin its sum under" \
        "kubernetes in packer/node-image.json, as \"sha256\": {\"$name/$ARCHITECTURE\": \"...\"}" >&2
      return 1
    fi
    read -r sum _ <"$downloads/$name.sha256" || true
  fi
  if ! sha256sum --check --status <<<"$sum  $downloads/$name"; then
    echo "$name does not have the SHA-256 sum in $origin; do not use it" >&2
    return 1
  fi
}

fetch kubelet "$KUBELET_SHA256"
fetch ecr-credential-provider "$ECR_CREDENTIAL_PROVIDER_SHA256"
install -D --mode=0755 "$downloads/kubelet" "$root/usr/bin/kubelet"
install -D --mode=0755 "$downloads/ecr-credential-provider" \
  "$root/usr/local/libexec/kubelet/ecr-credential-provider"
