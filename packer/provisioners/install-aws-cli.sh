#!/usr/bin/env bash
# Install the AWS CLI, version 2: eks-join calls it, and kubelet gets its tokens from it. Only
# an archive with Amazon's signature is unpacked.
# https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html
#
#   AWS_CLI_SOURCE           Amazon's site, or a mirror
#   AWS_CLI_VERSION          e.g. 2.36.11
#   AWS_CLI_KEY              file with Amazon's public key, as packer uploaded it
#   AWS_CLI_KEY_FINGERPRINT  of that key
#   ARCHITECTURE             amd64 or arm64
#   NODE_ROOT                where the disk begins; empty outside of tests
set -o errexit -o nounset -o pipefail

: "${AWS_CLI_SOURCE:?is not set; it comes from packer/node-image.json}"
: "${AWS_CLI_VERSION:?is not set; it comes from packer/node-image.json}"
: "${AWS_CLI_KEY:?is not set; it names the uploaded packer/keys/aws-cli.asc}"
: "${AWS_CLI_KEY_FINGERPRINT:?is not set; it comes from packer/node-image.json}"
: "${ARCHITECTURE:?is not set; it is amd64 or arm64}"
root=${NODE_ROOT:-}

case $ARCHITECTURE in
  amd64) machine=x86_64 ;;
  arm64) machine=aarch64 ;;
  *)
    echo "architecture $ARCHITECTURE is not amd64 or arm64" >&2
    exit 1
    ;;
esac
archive="awscli-exe-linux-$machine-$AWS_CLI_VERSION.zip"
downloads=$(mktemp --directory)
trap 'rm --recursive --force "$downloads"' EXIT
export GNUPGHOME=$downloads/gnupg
mkdir --mode=0700 "$GNUPGHOME"

gpg --batch --quiet --import "$AWS_CLI_KEY"
for file in "$archive" "$archive.sig"; do
  curl --fail --silent --show-error --location --retry 5 \
    --output "$downloads/$file" "$AWS_CLI_SOURCE/$file"
done
# The last field of VALIDSIG is the fingerprint of the primary key, whatever key signed.
signed_by=$(gpg --batch --status-fd 1 --verify "$downloads/$archive.sig" "$downloads/$archive" |
  awk '$2 == "VALIDSIG" { print $NF }') || true
if [[ $signed_by != "$AWS_CLI_KEY_FINGERPRINT" ]]; then
  echo "$archive is not signed by $AWS_CLI_KEY_FINGERPRINT; do not use it. If Amazon has a new" \
    "key, put it and its fingerprint into packer/keys and packer/node-image.json" >&2
  exit 1
fi

unzip -q "$downloads/$archive" -d "$downloads"
"$downloads/aws/install" --update \
  --install-dir "$root/usr/local/aws-cli" --bin-dir "$root/usr/local/bin"
