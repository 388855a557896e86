#!/usr/bin/env bash
# Remove what must not be the same on every node (identities, keys, the builder's name) or is of no
# use to any (packages, logs, uploads).
#
#   NODE_ROOT  where the disk begins; empty outside of tests
set -o errexit -o nounset -o pipefail

root=${NODE_ROOT:-}

apt-get --yes autoremove --purge
apt-get clean
cloud-init clean --logs --machine-id
rm --recursive --force \
  "$root"/tmp/node-image \
  "$root"/var/lib/apt/lists/* \
  "$root"/var/log/journal/* \
  "$root"/etc/hostname \
  "$root"/etc/ssh/ssh_host_*_key* \
  "$root"/root/.ssh/authorized_keys \
  "$root"/home/*/.ssh/authorized_keys \
  "$root"/root/.bash_history \
  "$root"/home/*/.bash_history
# Services keep their logs open, and some do not make the file again: emptied, not removed.
find "$root/var/log" -type f -exec truncate --size=0 {} +
sync
