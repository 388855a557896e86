"""A node boots, joins the real API by itself, and lets its pods go before it is off."""

import contextlib
import json
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.tables.user_data import ClusterConnection, Taint, render
from constructs_lib.tables.user_data import Node as Told
from tests.control_plane.conftest import create_cluster
from tests.control_plane.server import ControlPlane
from tests.emulator.aws import AwsEmulator
from tests.packer.test_kubelet import SETTINGS
from tools.programs.pinned import ORDER, program

from .machine import Machine, NodeMachine, documents, loop_devices

pytestmark = pytest.mark.full

ROLE = "lovelace-node"
ADDRESS = "10.1.0.70"
KUBELETS = [name for name in ORDER if name.startswith("kubelet-")]
LABELS = {"team": "core", "example.com/tier": "batch"}
TAINTS = [Taint("dedicated", "gpu", "NoSchedule"), Taint("spot", "", "PreferNoSchedule")]
CNI = """{"cniVersion": "0.4.0", "name": "aws-cni", "plugins": [{"type": "aws-cni"}]}"""
"""The first file that the VPC CNI's pod leaves."""

SCRIPT = """\
#!/bin/sh
echo "{0} $(systemctl is-active kubelet.service)" >>/var/lib/order
"""

JOINED = "is a node of cluster lovelace"


class Node:
    """A machine, and what it is to AWS and to Kubernetes."""

    def __init__(self, machine: Machine, name: str, id: str, api: ControlPlane) -> None:
        self.machine, self.name, self.id, self._api = machine, name, id, api

    def object(self) -> dict[str, Any] | None:
        return self._api.read(f"/api/v1/nodes/{self.name}")

    def joined(self) -> int:
        """How often eks-join has said that this is a node."""
        return self.machine.journal("eks-join.service").count(JOINED)

    def condition(self, kind: str) -> str:
        conditions = (self.object() or {}).get("status", {}).get("conditions", [])
        return next((each["status"] for each in conditions if each["type"] == kind), "")


@pytest.fixture(scope="module", params=KUBELETS)
def node(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    aws: AwsEmulator,
    control_plane: ControlPlane,
) -> Iterator[Node]:
    """An instance of a node group with everything that user data can say, as it has joined."""
    told = Told(
        LABELS,
        TAINTS,
        20,
        kubelet=SETTINGS.rendered(),
        instance_store="raid0",
        before=SCRIPT.format("before"),
        after=SCRIPT.format("after"),
    )
    directory = tmp_path_factory.mktemp("node")
    with started(directory, request.param, told, aws=aws, api=control_plane, disks=1) as node:
        node.machine.wait_for("the node", lambda: node.object() is not None)
        yield node


@contextlib.contextmanager
def started(
    directory: Path,
    kubelet: str,
    told: Told,
    *,
    aws: AwsEmulator,
    api: ControlPlane,
    disks: int,
    **metadata: str,
) -> Iterator[Node]:
    """An instance of a node group, as it has booted."""
    minor = program(kubelet).version.rpartition(".")[0]
    create_cluster(aws, "lovelace", version=minor, accessConfig={"authenticationMode": "API"})
    instance, credentials = launched(aws)
    id, name = instance["InstanceId"], instance["PrivateDnsName"]
    cluster = ClusterConnection("lovelace", "", "", "172.20.0.0/16")
    user_data = render("packer", told, cluster=cluster)
    tree = instance_documents(instance, credentials, user_data)
    try:
        with (
            loop_devices(directory, disks) as devices,
            NodeMachine(
                directory / "machine",
                kubelet=kubelet,
                address=ADDRESS,
                metadata={**dict(documents(tree)), **metadata},
                environment={"AWS_ENDPOINT_URL": aws.endpoint_url},
                ports=[int(url.rpartition(":")[2]) for url in (aws.endpoint_url, api.url)],
                disks=devices,
            ) as machine,
        ):
            yield Node(machine, name, id, api)
    finally:
        forget(aws, api, f"/api/v1/nodes/{name}")


def forget(aws: AwsEmulator, control_plane: ControlPlane, node: str) -> None:
    """Let the next node have the cluster's name, whether this one has come or not."""
    aws.client("eks").delete_cluster(name="lovelace")
    with contextlib.suppress(urllib.error.HTTPError):
        control_plane.request("DELETE", node)


def instance_documents(
    instance: dict[str, Any], credentials: dict[str, str], user_data: str
) -> dict[str, Any]:
    """What the metadata service of an instance tells it, as a tree."""
    id = instance["InstanceId"]
    identity = {
        "instanceId": id,
        "instanceType": "c5.large",
        "region": "us-west-2",
        "availabilityZone": "us-west-2a",
        "privateIp": ADDRESS,
        "architecture": "x86_64",
        "accountId": "123456789012",
    }
    return {
        "dynamic": {"instance-identity": {"document": json.dumps(identity)}},
        **({"user-data": user_data} if user_data else {}),
        "meta-data": {
            "instance-id": id,
            "local-hostname": instance["PrivateDnsName"],
            "services": {"domain": "amazonaws.com", "partition": "aws"},
            "placement": {"availability-zone": "us-west-2a", "region": "us-west-2"},
            "iam": {"security-credentials": {"node": json.dumps(credentials)}},
        },
    }


def launched(aws: AwsEmulator) -> tuple[dict[str, Any], dict[str, str]]:
    """An instance with the cluster's tag, and the credentials that its role has there."""
    ec2, iam = aws.client("ec2"), aws.client("iam")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24", AvailabilityZone="us-west-2a")
    tag = {"Key": "kubernetes.io/cluster/lovelace", "Value": "owned"}
    (instance,) = ec2.run_instances(
        ImageId=aws.add_image("node"),
        InstanceType="c5.large",
        SubnetId=subnet["Subnet"]["SubnetId"],
        PrivateIpAddress=ADDRESS,
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [tag]}],
    )["Instances"]
    if ROLE not in {role["RoleName"] for role in iam.list_roles()["Roles"]}:
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument="{}")
    arn = f"arn:aws:iam::123456789012:role/{ROLE}"
    aws.client("eks").create_access_entry(
        clusterName="lovelace", principalArn=arn, type="EC2_LINUX"
    )
    given = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName=instance["InstanceId"])
    keys = given["Credentials"]
    return instance, {
        "Code": "Success",
        "Type": "AWS-HMAC",
        "AccessKeyId": keys["AccessKeyId"],
        "SecretAccessKey": keys["SecretAccessKey"],
        "Token": keys["SessionToken"],
        "Expiration": "2099-01-01T00:00:00Z",
        "LastUpdated": "2026-01-01T00:00:00Z",
    }


def test_the_node_is_what_its_user_data_and_its_instance_say(node: Node) -> None:
    found = node.object()
    assert found is not None
    assert found["spec"]["providerID"] == f"aws:///us-west-2a/{node.id}"
    assert LABELS.items() <= found["metadata"]["labels"].items()
    assert found["metadata"]["labels"]["kubernetes.io/hostname"] == node.name
    taints = [
        (taint["key"], taint.get("value", ""), taint["effect"]) for taint in found["spec"]["taints"]
    ]
    assert {(taint.key, taint.value, taint.effect) for taint in TAINTS} <= set(taints)
    # EKS's own controller takes it away once it knows the instance
    assert ("node.cloudprovider.kubernetes.io/uninitialized", "true", "NoSchedule") in taints
    status = found["status"]
    assert status["capacity"]["pods"] == "20"
    assert {"type": "Hostname", "address": node.name} in status["addresses"]
    assert {"type": "InternalIP", "address": ADDRESS} in status["addresses"]


def test_kubelet_keeps_back_what_the_group_says(node: Node) -> None:
    found = node.object()
    assert found is not None
    capacity, allocatable = (found["status"][key] for key in ("capacity", "allocatable"))
    memory = kib(capacity["memory"]) - kib(allocatable["memory"])
    evicted_at = kib(capacity["memory"]) * 0.05
    assert abs(memory - (600 + 1024) * 1024 - evicted_at) < 2
    cpus = int(capacity["cpu"]) * 1000
    assert allocatable["cpu"] == f"{cpus - 150 - 1000}m"
    state = json.loads(node.machine.read("/var/lib/kubelet/cpu_manager_state"))
    assert state["policyName"] == "static"


def kib(amount: str) -> float:
    return int(amount[:-2]) if amount.endswith("Ki") else int(amount) / 1024


STORE = "/mnt/k8s-disks/0"


def test_images_and_pods_are_on_the_instances_own_disk(node: Node) -> None:
    """A loop device stands for the NVMe disk, and there is one: this kernel has no RAID."""

    def device(path: str) -> str:
        found = node.machine.run("findmnt", "--noheadings", "--output", "SOURCE", "--target", path)
        return found.stdout.partition("[")[0].strip()

    on_the_disk = ("/var/lib/kubelet", "/var/lib/containerd", "/var/log/pods")
    assert {device(path) for path in on_the_disk} == {device(STORE)} != {device("/var/lib")}
    assert node.machine.run("ls", f"{STORE}/kubelet").stdout.split()
    assert "raid0 of /dev/nvme1n1" in node.machine.journal("instance-store.service")


def test_scripts_of_the_user_data_run_before_and_after(node: Node) -> None:
    node.machine.wait_for("both scripts", lambda: len(order(node)) > 1)
    assert order(node) == ["before inactive", "after active"]


def order(node: Node) -> list[str]:
    return node.machine.read("/var/lib/order").splitlines()


def test_it_is_ready_once_the_cni_is(node: Node) -> None:
    assert node.condition("Ready") == "False"
    node.machine.run("sh", "-c", f"echo '{CNI}' >/etc/cni/net.d/10-aws.conflist")
    node.machine.wait_for("Ready", lambda: node.condition("Ready") == "True")


def test_kubelet_and_containerd_say_nothing_against_their_settings(node: Node) -> None:
    kubelet = node.machine.journal("kubelet.service")
    assert "Kubelet version" in kubelet
    for complaint in ("lenient decoding", "deprecated", "Failed to start node shutdown manager"):
        assert complaint not in kubelet, kubelet
    assert JOINED in node.machine.journal("eks-join.service")
    assert '"cgroupDriver": "systemd"' in node.machine.read("/etc/kubernetes/kubelet/config.json")
    assert node.machine.run("systemctl", "is-active", "containerd.service").stdout == "active\n"


def test_eks_join_changes_nothing_when_it_runs_again(node: Node) -> None:
    def state() -> tuple[str, str]:
        files = "find /etc/kubernetes /etc/eks-node /var/lib/kubelet/kubeconfig -type f"
        written = node.machine.run("sh", "-c", f"{files} | sort | xargs stat --format='%n %y %i'")
        process = node.machine.run("systemctl", "show", "--property=MainPID", "kubelet.service")
        return written.stdout, process.stdout

    before, joined = state(), node.joined()
    node.machine.run("systemctl", "restart", "eks-join.service")
    assert state() == before
    ran = node.machine.run("cat", "/var/lib/order").stdout.splitlines()
    assert len(ran) == 2, "a script of the user data runs once"
    assert node.joined() == joined + 1


def test_an_interface_of_the_cni_is_left_alone(node: Node) -> None:
    links = json.loads(node.machine.run("networkctl", "list", "--json=short").stdout)["Interfaces"]
    setup = {link["Name"]: link["AdministrativeState"] for link in links}
    assert (setup["ens5"], setup["ens6"]) == ("configured", "unmanaged")
    events = node.machine.run(
        "python3",
        "-c",
        "from cloudinit.stages import Init; i = Init(); i.read_cfg(); "
        "print(i.cfg['updates']['network']['when'])",
    )
    assert events.stdout == "['boot-new-instance']\n"


def test_a_shutdown_waits_for_kubelet_and_the_node_comes_back(node: Node) -> None:
    listed = node.machine.run("systemd-inhibit", "--list", "--no-legend").stdout
    (lock,) = [line for line in listed.splitlines() if line.startswith("kubelet")]
    assert lock.split()[-1] == "delay"
    delay = node.machine.run(
        "busctl", "get-property", "org.freedesktop.login1", "/org/freedesktop/login1",
        "org.freedesktop.login1.Manager", "InhibitDelayMaxUSec",
    )  # fmt: skip
    assert delay.stdout == "t 150000000\n"

    joined = node.joined()
    node.machine.power_off()
    assert node.condition("Ready") == "False"
    node.machine.boot()
    node.machine.wait_for("Ready", lambda: node.condition("Ready") == "True")
    kubelet = node.machine.journal("kubelet.service")
    assert "Shutdown manager detected new shutdown event" in kubelet
    assert node.joined() == joined + 1
    assert node.machine.journal("instance-store.service").count("raid0 of /dev/nvme1n1") == 2
    formatted = node.machine.run("sh", "-c", f"ls {STORE}/kubelet/cpu_manager_state")
    assert formatted.returncode == 0, "the disk keeps over a reboot what is on it"
