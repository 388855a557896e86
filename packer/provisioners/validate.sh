#!/usr/bin/env bash
# Check the finished disk before it becomes an image: everything that would otherwise show
# only on a node that does not join. Says all that is wrong, not the first thing.
#
#   KUBELET_VERSION     expected
#   CONTAINERD_VERSION  expected
#   AWS_CLI_VERSION     expected
#   NODE_ROOT           where the disk begins; empty outside of tests
set -o errexit -o nounset -o pipefail

: "${KUBELET_VERSION:?is not set; it comes from packer/node-image.json}"
: "${CONTAINERD_VERSION:?is not set; it comes from packer/node-image.json}"
: "${AWS_CLI_VERSION:?is not set; it comes from packer/node-image.json}"
root=${NODE_ROOT:-}
problems=0

# expect DESCRIPTION PATTERN COMMAND...: the command succeeds and says what the pattern says.
expect() {
  local description=$1 pattern=$2 answer
  shift 2
  if ! answer=$("$@" 2>&1) || [[ $answer != *"$pattern"* ]]; then
    echo "$description: expected '$pattern' from '$*', got '${answer:0:200}'" >&2
    problems=$((problems + 1))
  fi
}

# The setting that logind reads last of its configuration.
logind_delay() {
  systemd-analyze cat-config systemd/logind.conf |
    awk '/^InhibitDelayMaxSec=/ { last = $0 } END { print last }'
}

# When cloud-init sets up the network, as cloud-init itself reads it from all its files.
network_events() {
  python3 -c 'from cloudinit.stages import Init
init = Init()
init.read_cfg()
print(init.cfg["updates"]["network"]["when"])'
}

# What listens for others than this machine: sshd, and the DHCP clients of networkd.
foreign_listeners() {
  ss --listening --tcp --udp --numeric --no-header |
    awk '$5 !~ /^(127\.|\[::1\]|\[::ffff:127\.)/ && !($1 == "tcp" && $5 ~ /:22$/) &&
         !($1 == "udp" && $5 ~ /:(68|546)$/) { print $1, $5 }'
}

# The file from which networkd has the settings of the interface to the internet.
primary_interface() {
  networkctl --no-pager status "$(ip route show default | awk '{ print $5; exit }')"
}

expect "kubelet" "v$KUBELET_VERSION" "$root/usr/bin/kubelet" --version
expect "containerd" "v$CONTAINERD_VERSION" containerd --version
expect "containerd's configuration" "SystemdCgroup = true" containerd config dump
expect "open files of containers" "base-runtime-spec.json" containerd config dump
expect "open files of containers" '"soft": 65536' \
  cat "$root/etc/containerd/base-runtime-spec.json"
expect "containerd is held" "containerd.io" apt-mark showhold
expect "pause image" "/pause:" ctr --namespace k8s.io images list --quiet
expect "AWS CLI" "aws-cli/$AWS_CLI_VERSION" "$root/usr/local/bin/aws" --version
expect "eks-join" "usage: eks-join" "$root/usr/local/sbin/eks-join" --help
expect "ECR plugin" "" test -x "$root/usr/local/libexec/kubelet/ecr-credential-provider"
expect "kubelet and containerd are in their slice" "runtime.slice" \
  systemctl show --property=Slice containerd.service kubelet.service
expect "the time is Amazon's" "server 169.254.169.123" \
  cat "$root/etc/chrony/sources.d/amazon-time-sync.sources"
expect "the time at boot" "enabled" systemctl is-enabled chrony.service
expect "eks-join at boot" "enabled" systemctl is-enabled eks-join.service
expect "containerd at boot" "enabled" systemctl is-enabled containerd.service
# All but after-join.service, whose program comes with a node's user data.
expect "units" "" systemd-analyze verify eks-join.service kubelet.service \
  warm-pool.service instance-store.service
# What counts is the last word of all files: with less than kubelet's own, pods get no grace at all.
expect "logind waits for kubelet" "InhibitDelayMaxSec=150" logind_delay
# The VPC CNI's interfaces are nobody else's: kops #17881.
expect "cloud-init leaves later interfaces alone" "['boot-new-instance']" network_events
expect "the primary interface is netplan's" "-netplan-" primary_interface
expect "networkd leaves other interfaces alone" "Unmanaged=yes" \
  cat "$root/etc/systemd/network/99-left-to-the-cni.network"
listening=$(foreign_listeners)
expect "nothing but sshd listens for others" "none" echo "${listening:-none}"
# kubelet refuses cgroup v1 since Kubernetes 1.35.
expect "cgroup version" "cgroup2fs" stat --file-system --format=%T /sys/fs/cgroup
# kubelet refuses to start with swap.
expect "no swap" "" test -z "$(swapon --noheadings --show=NAME)"

if ((problems > 0)); then
  echo "the image is not usable: $problems problem(s), see above" >&2
  exit 1
fi
