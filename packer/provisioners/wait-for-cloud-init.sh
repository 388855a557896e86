#!/usr/bin/env bash
# Wait until the builder has finished its first boot: apt is locked and the network half set up
# until then. Status 2 means "done, with warnings", which is not our business.
# https://docs.cloud-init.io/en/latest/explanation/return_codes.html
set -o errexit -o nounset -o pipefail

patience_seconds=600

status=0
timeout "$patience_seconds" cloud-init status --wait || status=$?
if ((status != 0 && status != 2)); then
  echo "cloud-init did not finish (status $status); see /var/log/cloud-init.log on the builder" >&2
  exit 1
fi
