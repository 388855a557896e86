"""The picture of the node's disk: every file parsed by what reads it, and the files agree."""

import configparser
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from .paths import EKS_JOIN, PACKER, ROOTFS, linux_only, program

UNITS = (
    "eks-join.service",
    "kubelet.service",
    "after-join.service",
    "instance-store.service",
    "warm-pool.service",
)

NODE_IMAGE = json.loads((PACKER / "node-image.json").read_text(encoding="utf-8"))

# What kubelet compares with protectKernelDefaults, from k8s.io/kubernetes/pkg/util/sysctl.
# Values that are not the kernel's default must be set; all of them must not be set otherwise.
PROTECTED = {
    "vm.overcommit_memory": "1",
    "vm.panic_on_oom": "0",
    "kernel.panic": "10",
    "kernel.panic_on_oops": "1",
    "kernel.keys.root_maxkeys": "1000000",
    "kernel.keys.root_maxbytes": "25000000",
}


def read(path: str) -> str:
    return (ROOTFS / path).read_text(encoding="utf-8")


def ini(path: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(read(path))
    return parser


def settings(path: str) -> dict[str, str]:
    lines = [line for line in read(path).splitlines() if line and not line.startswith("#")]
    pairs = [re.split(r"\s*=\s*", line) for line in lines]
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with programs that exist on this machine in place of the node's."""
    for name in UNITS:
        text = read(f"etc/systemd/system/{name}")
        text = re.sub(r"^(Exec\w+=)/\S+", r"\1/bin/true", text, flags=re.MULTILINE)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def verify(unit: Path) -> str:
    finished = subprocess.run(
        [program("systemd-analyze"), "verify", unit], capture_output=True, text=True, check=False
    )
    return finished.stderr.strip()


@linux_only
@pytest.mark.parametrize("name", UNITS)
def test_systemd_accepts_every_unit(units: Path, name: str) -> None:
    assert verify(units / name) == ""


@linux_only
def test_systemd_would_say_what_is_wrong_with_a_unit(units: Path) -> None:
    unit = units / "eks-join.service"
    unit.write_text(unit.read_text(encoding="utf-8") + "Restrat=always\n", encoding="utf-8")
    assert "Restrat" in verify(unit)


def test_eks_join_is_started_late_enough_not_to_close_a_circle() -> None:
    unit = ini("etc/systemd/system/eks-join.service")
    assert "cloud-final.service" in unit["Unit"]["After"].split()
    assert unit["Install"]["WantedBy"] == "cloud-init.target"


def test_eks_join_may_write_where_it_writes_and_nowhere_else() -> None:
    unit = ini("etc/systemd/system/eks-join.service")["Service"]
    assert unit["ProtectSystem"] == "strict"
    created = {line.split()[1] for line in read("etc/tmpfiles.d/eks-node.conf").splitlines()[1:]}
    writable = set(unit["ReadWritePaths"].split())
    assert writable <= created
    assert {"/opt/cni/bin", "/etc/cni/net.d"} <= created


def test_a_configuration_error_is_not_tried_again() -> None:
    unit = ini("etc/systemd/system/eks-join.service")
    assert unit["Service"]["RestartPreventExitStatus"] == "78"
    assert int(unit["Unit"]["StartLimitBurst"]) < 10


def test_kubelet_and_containerd_share_the_slice_that_kubelet_keeps_resources_for() -> None:
    containerd = ini("etc/systemd/system/containerd.service.d/eks-node.conf")["Service"]
    kubelet = ini("etc/systemd/system/kubelet.service")["Service"]
    assert containerd["Slice"] == kubelet["Slice"] == "runtime.slice"
    assert ini("etc/systemd/system/runtime.slice")["Unit"]["Before"] == "slices.target"
    assert "--runtime-cgroups=/runtime.slice/containerd.service " in kubelet["ExecStart"] + " "
    source = EKS_JOIN.read_text(encoding="utf-8")
    assert '"kubeReservedCgroup": "/runtime",' in source


def test_each_service_reads_the_proxy_where_the_build_has_written_one() -> None:
    for unit in (*UNITS, "containerd.service.d/eks-node.conf"):
        assert "\nEnvironmentFile=-/etc/eks-node/proxy.env\n" in read(f"etc/systemd/system/{unit}")


def test_the_clock_is_amazons() -> None:
    sources = read("etc/chrony/sources.d/amazon-time-sync.sources").splitlines()
    assert sources[-1] == "server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4"


def test_kubelet_is_not_started_by_the_boot() -> None:
    assert "Install" not in ini("etc/systemd/system/kubelet.service")


def test_kubelet_gets_no_flag_that_was_removed() -> None:
    text = read("etc/systemd/system/kubelet.service")
    assert set(re.findall(r"--[a-z-]+", text)) == {
        "--config",
        "--kubeconfig",
        "--cloud-provider",
        "--hostname-override",
        "--node-ip",
        "--node-labels",
        "--runtime-cgroups",
        "--image-credential-provider-config",
        "--image-credential-provider-bin-dir",
    }
    assert "--cloud-provider=external" in text


def test_kubelet_reads_the_files_that_eks_join_writes() -> None:
    unit = read("etc/systemd/system/kubelet.service")
    join = read("usr/local/sbin/eks-join")
    for name in ("KUBECONFIG", "KUBELET_CONFIG", "CREDENTIAL_PROVIDER_CONFIG"):
        (path,) = re.findall(rf'^{name} = "(.+)"$', join, flags=re.MULTILINE)
        assert f"={path} " in unit
    (environment,) = re.findall(r'^KUBELET_ENVIRONMENT = "(.+)"$', join, flags=re.MULTILINE)
    assert f"EnvironmentFile={environment}\n" in unit
    for variable in re.findall(r"\$\{(\w+)\}", unit):
        assert f"{variable}=" in join


def test_the_ecr_plugin_lies_where_kubelet_looks() -> None:
    unit = read("etc/systemd/system/kubelet.service")
    (directory,) = re.findall(r"--image-credential-provider-bin-dir=(\S+)", unit)
    installer = (PACKER / "provisioners/install-kubelet.sh").read_text(encoding="utf-8")
    assert f'"$root{directory}/ecr-credential-provider"' in installer


def test_containerd_speaks_cri_with_the_cgroups_of_systemd() -> None:
    config = tomllib.loads(read("etc/containerd/config.toml"))
    assert config["version"] == 3
    assert "disabled_plugins" not in config
    runtime = config["plugins"]["io.containerd.cri.v1.runtime"]["containerd"]
    runc = runtime["runtimes"][runtime["default_runtime_name"]]
    assert runc["runtime_type"] == "io.containerd.runc.v2"
    assert runc["options"]["SystemdCgroup"] is True
    images = config["plugins"]["io.containerd.cri.v1.images"]
    assert images["pinned_images"]["sandbox"].startswith("registry.k8s.io/pause:")


def test_the_package_repository_is_for_the_ubuntu_that_is_built_on() -> None:
    source = settings_of_deb822("etc/apt/sources.list.d/docker.sources")
    assert source["Suites"] == NODE_IMAGE["ubuntu"]["codename"]
    installer = (PACKER / "provisioners/install-containerd.sh").read_text(encoding="utf-8")
    assert f'"$root{source["Signed-By"]}"' in installer


def settings_of_deb822(path: str) -> dict[str, str]:
    lines = [line for line in read(path).splitlines() if not line.startswith("#")]
    return dict(line.split(": ", 1) for line in lines)


def test_the_kernel_is_as_kubelet_expects_it() -> None:
    values = settings("etc/sysctl.d/90-kubernetes.conf")
    assert PROTECTED.items() <= values.items()
    assert values["net.ipv4.ip_forward"] == "1"
    assert values["net.bridge.bridge-nf-call-iptables"] == "1"


def test_kube2iam_and_kubelet_keep_their_ports() -> None:
    values = settings("etc/sysctl.d/90-kubernetes.conf")
    assert {"8181", "10250"} <= set(values["net.ipv4.ip_local_reserved_ports"].split(","))


def test_the_modules_that_the_kernel_settings_need_are_loaded() -> None:
    lines = read("etc/modules-load.d/kubernetes.conf").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["overlay", "br_netfilter"]


def test_the_cnis_interfaces_and_routes_are_left_alone() -> None:
    link = ini("etc/systemd/network/99-default.link.d/keep-mac-address.conf")
    assert link["Link"]["MACAddressPolicy"] == "none"
    networkd = ini("etc/systemd/networkd.conf.d/keep-foreign-routes.conf")
    assert dict(networkd["Network"]) == {
        "ManageForeignRoutes": "no",
        "ManageForeignRoutingPolicyRules": "no",
    }


def test_interfaces_of_the_cni_are_managed_by_nobody_on_the_host() -> None:
    name = "99-left-to-the-cni.network"
    network = ini(f"etc/systemd/network/{name}")
    assert dict(network["Match"]) == {"Type": "ether"}
    assert dict(network["Link"]) == {"Unmanaged": "yes"}
    # the first file that matches counts: netplan's has the primary interface
    assert name > "10-netplan-ens5.network"
    events = yaml.safe_load(read("etc/cloud/cloud.cfg.d/99-eks-node.cfg"))
    assert events == {"updates": {"network": {"when": ["boot-new-instance"]}}}


def test_containers_start_from_the_runtime_spec_that_the_build_writes() -> None:
    config = tomllib.loads(read("etc/containerd/config.toml"))
    runtimes = config["plugins"]["io.containerd.cri.v1.runtime"]["containerd"]["runtimes"]
    installer = (PACKER / "provisioners/install-containerd.sh").read_text(encoding="utf-8")
    assert f'"$root{runtimes["runc"]["base_runtime_spec"]}"' in installer


def test_logind_waits_as_long_as_kubelet_needs_whatever_else_is_installed() -> None:
    """unattended-upgrades has a file of this name in /usr/lib, which sorts after kubelet's."""
    logind = ini("etc/systemd/logind.conf.d/unattended-upgrades-logind-maxdelay.conf")
    assert dict(logind["Login"]) == {"InhibitDelayMaxSec": "150"}
    assert '"shutdownGracePeriod": "2m30s"' in EKS_JOIN.read_text(encoding="utf-8")


@linux_only
def test_the_key_that_signs_the_aws_cli_is_the_one_in_the_versions_file(tmp_path: Path) -> None:
    key = PACKER / "keys/aws-cli.asc"
    listing = subprocess.run(
        [program("gpg"), "--homedir", tmp_path, "--with-colons", "--show-keys", key],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    fingerprints = [line.split(":")[9] for line in listing.splitlines() if line[:3] == "fpr"]
    assert fingerprints == [NODE_IMAGE["key_fingerprints"]["aws_cli"]]
