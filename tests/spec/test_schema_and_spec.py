"""What an editor refuses by the JSON Schema, and what only the spec can know."""

import importlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from constructs_lib.spec import schema
from constructs_lib.spec.loader import judge
from constructs_lib.spec.problems import SpecErrors
from constructs_lib.spec.section import Where
from constructs_lib.spec.source import MAX_NODES, Document, Reader, nodes, parse
from tests.spec import drawn_whole
from tests.spec.bad import GOOD
from tests.synthesis import ROOT

SECTIONS = (
    "access",
    "addons",
    "addresses",
    "adoption",
    "bastion",
    "bottlerocket",
    "cluster",
    "control_plane",
    "instance_store",
    "kubelet",
    "manifests",
    "networking",
    "nodes",
    "organisation",
    "pod_identity",
    "security_groups",
    "source",
    "state",
    "user_data",
    "warm_pool",
)
EDITOR = Draft202012Validator(json.loads(schema.text()))

ONLY_THE_SPEC_KNOWS = {
    "Canonical's image where nobody publishes it",
    "Fargate's pods without an identity",
    "GPUs on Canonical's image",
    "GPUs that Amazon's images do not drive",
    "Neuron on Bottlerocket",
    "Pod Identity without its agent",
    "a CIDR with host bits",
    "a KMS key of another region",
    "a NAT gateway in a VPC that is there",
    "a NAT gateway without public subnets",
    "a Service range inside the VPC",
    "a VPC around the default Service range",
    "a VPC too small for its subnets",
    "a bastion in a VPC without public subnets",
    "a bastion where nobody publishes Ubuntu",
    "a bastion without public subnets",
    "a boundary of a role's of another account",
    "a boundary of another account",
    "a boundary of another partition",
    "a bucket beside CloudWatch",
    "a bucket of another partition",
    "a control plane in one zone",
    "a control plane zone the cluster lacks",
    "a coredns that is not told of Fargate",
    "a coredns that no Fargate profile takes",
    "a creator without rights and nobody else",
    "a cut beside ranges",
    "a cut whose public subnets run into the private ones",
    "a cut with too few private subnets",
    "a cut without room for another public subnet",
    "a delay of no checkpoint",
    "a deployer of another partition",
    "a drain without rights",
    "a driver that no node awaits",
    "a driver with nothing but Fargate",
    "a finer cut of a small VPC",
    "a fourth zone",
    "a further key of another region",
    "a further volume faster than its operations",
    "a further volume of a launch configuration",
    "a gate that certificates need",
    "a group access entries do not take",
    "a group in a zone that the cluster lacks",
    "a group that reaches the API twice",
    "a key of another region for Secrets",
    "a key of another region for logs",
    "a key of another region for volumes",
    "a kube-proxy newer than the cluster",
    "a kube2iam that is applied and removed",
    "a label kubelet may not set",
    "a label that makes all nodes one host",
    "a label that puts all nodes into one zone",
    "a label too long for a tag",
    "a label with another architecture",
    "a label with another instance type",
    "a label with another region",
    "a label with another system",
    "a launch configuration of Bottlerocket",
    "a launch configuration that is rolled back",
    "a list over several lines",
    "a longest grace period of no soft threshold",
    "a managed label too long for EKS",
    "a managed label without a value",
    "a managed taint too long for EKS",
    "a manifest after one that is not there",
    "a manifest without a file",
    "a metrics-server that no Fargate profile takes",
    "a mode in which EKS refuses access entries",
    "a name that YAML reads as a date",
    "a name that is not the file's",
    "a node role of another account",
    "a number of coredns that is text",
    "a policy of another account",
    "a policy of another partition",
    "a policy too long for IAM",
    "a prefix for adopted roles",
    "a principal of another partition",
    "a private range for the public endpoint",
    "a public range without public subnets",
    "a public subnet among the private ones",
    "a range for pods in a VPC that is there",
    "a range of a VPC that is there",
    "a range of pods and no ranges for them",
    "a range that is routed twice",
    "a range that reaches the API twice",
    "a range that two openings let in",
    "a range to ports that overlap",
    "a range too small for the pods of each zone",
    "a range within another of its list",
    "a refresh that is suspended",
    "a refresh that may do all",
    "a release beside an image",
    "a release of another family",
    "a release that is far behind the API",
    "a release that is newer than the API",
    "a role for a driver that has one",
    "a role for the autoscaler",
    "a role of another account",
    "a role of another partition",
    "a role on every resource",
    "a role that may do everything",
    "a role that may do everything with a service",
    "a role that may do nothing",
    "a rollout without a node",
    "a route of public subnets that are not there",
    "a route that leads out of the VPC's own range",
    "a route to the VPC itself",
    "a schedule above the most",
    "a schedule at no time",
    "a schedule backwards",
    "a schedule below the least",
    "a schedule beside the autoscaler",
    "a schedule in a month that is none",
    "a schedule on no day",
    "a schedule that wants more than the most",
    "a schedule with its sizes swapped",
    "a schedule without a pace",
    "a schedule without a size",
    "a script after Amazon's",
    "a script too long for EC2",
    "a script without a shell",
    "a second node role as people's",
    "a second set of ENIConfigs",
    "a second way out",
    "a service account with two roles",
    "a session's name without a colon",
    "a setting of the CNI that the network says",
    "a soft threshold below the hard one",
    "a stream of a few GiB",
    "a subnet outside the VPC",
    "a subnet over another",
    "a switch of vpc-cni that is no text",
    "a taint in two words",
    "a threshold of more memory than there is",
    "a type beside several",
    "a type without a weight",
    "a user name that EKS keeps",
    "a variable of vpc-cni that is no text",
    "a variant beside an image",
    "a variant of an image that has none",
    "a volume faster than its operations",
    "a warm pool of Amazon's image",
    "a warm pool of Bottlerocket",
    "a warm pool of several types",
    "a warm pool that is drained",
    "a warm pool without room",
    "a weight of another type",
    "a world in quarters, with one left out",
    "a zone beyond the region's",
    "a zone of another region",
    "a zone without a public range",
    "a zone without a range of pods",
    "a zone without ranges",
    "addresses without gateways",
    "all gates",
    "an API that the apply does not reach",
    "an add-on misspelt",
    "an add-on that no node awaits",
    "an add-on's role of another account",
    "an autoscaler of groups that have one size",
    "an autoscaler of groups without its tags",
    "an autoscaler that is a manifest too",
    "an autoscaler's image alone",
    "an image of a kube2iam that is not applied",
    "an image with the drivers of others",
    "an instance type with a line end",
    "an opening for everyone",
    "an opening with the address of another's group",
    "an opening with the address of another's range",
    "an opening within a wider one",
    "another's release of Bottlerocket",
    "checkpoints that do not rise",
    "checkpoints without an end",
    "days of a bucket",
    "disks of Canonical's image",
    "disks of a type without",
    "disks that Bottlerocket leaves alone",
    "every resource by word only",
    "flow logs in no bucket",
    "full-width digits",
    "gates of Bottlerocket's kubelet",
    "images that age in two minutes",
    "images that go before they may stay",
    "images that may stay after they go",
    "kube2iam off here and not there",
    "kube2iam on here and not there",
    "kube2iam without a node",
    "maintenance that may do all",
    "managed types beside one",
    "managed types of two architectures",
    "managed types of two sizes",
    "manifests after each other",
    "many pods in little memory",
    "many pods on an old type",
    "many pods without the add-on",
    "more CPUs kept back than there are",
    "more labels than tags",
    "more memory kept back than there is",
    "more nodes at least than at most",
    "more nodes at least than the default at most",
    "more operations than GiB carry",
    "more operations than the root volume carries",
    "more pods than the memory carries",
    "more rules than AWS takes",
    "more security groups than EC2 takes",
    "more user data than EC2 takes",
    "no way out, and a controller that needs an endpoint",
    "no way out, and an add-on that needs an endpoint",
    "no way out, and not every endpoint",
    "no way out, and the API outside",
    "nodes in a public subnet",
    "one address for two gateways",
    "one principal mapped twice",
    "one role mapped twice, with and without its path",
    "operations of a gp2 volume",
    "operations of a volume that is too small",
    "operations that are not said",
    "operations that cannot be asked for",
    "pods in another private block",
    "pods in the first block of the VPC's",
    "pods inside the VPC",
    "pods of a VPC that is there, without the add-on",
    "pods over pods",
    "pods over the Services",
    "pods where a route leads",
    "pods without the add-on",
    "pools of another strategy",
    "ports in the wrong order",
    "process ids kept back by Bottlerocket",
    "public subnets larger than private ones",
    "ranges of a zone that the cluster lacks",
    "rebalance without spot",
    "roles that no pod gets",
    "schedules that are suspended",
    "settings of no refresh",
    "subnets beside zones",
    "subnets of a VPC that is made here",
    "tags beside labels",
    "tags that differ in case",
    "the cluster's own node role",
    "three ranges of pods for two zones",
    "throughput that cannot be asked for",
    "tolerations that are no list",
    "two default storage classes",
    "two halves of the world",
    "two openings of a group that are one",
    "two openings with one address",
    "two policies with one address",
    "two principals with one address",
    "two roles whose documents have one address",
    "two roles whose policies have one address",
    "two roles with one address",
    "two schedules with one address",
    "types of two architectures",
    "types of two kinds of drivers",
    "types of two sizes",
    "updates that are counted twice",
}
"""Two fields at once, other files, and what is arithmetic."""

NOT_YAML_OF_A_SPEC = {
    "a configuration of Terraform's",
    "a configuration of Terraform's in JSON",
    "a deep list of hyphens",
    "a deep list that would end the process",
    "a file of comments",
    "a file of eksctl's",
    "a file that is a list",
    "a file that is a text",
    "a manifest of Kubernetes",
    "a merge within itself",
    "a tab",
    "a template of CloudFormation's",
    "aliases that unfold to millions",
    "an alias of itself",
    "an empty file",
    "an open quote",
    "merges that unfold to millions",
    "nesting without end",
    "two documents",
}
"""What no editor shows to a schema."""


def _is_fine_for_an_editor(file: Path) -> bool:
    document = parse(file, file.name)
    return not document.problems and EDITOR.is_valid(document.data)


def test_the_schema_refuses_whatever_it_can(tmp_path: Path) -> None:
    unseen, unread = set(), set()
    for section in SECTIONS:
        for name, (change, _) in importlib.import_module(f"tests.spec.test_{section}").BAD.items():
            file = tmp_path / "ada.yaml"
            file.write_text(change(GOOD))
            try:
                if _is_fine_for_an_editor(file):
                    unseen.add(name)
            except SpecErrors:
                unread.add(name)
    assert unseen == ONLY_THE_SPEC_KNOWS
    assert unread == NOT_YAML_OF_A_SPEC


@pytest.mark.parametrize(
    "file",
    [*ROOT.glob("tests/golden/*/cluster.yaml"), *ROOT.glob("examples/*.yaml")],
    ids=lambda file: f"{file.parent.name}/{file.name}",
)
def test_the_schema_takes_what_the_spec_takes(file: Path) -> None:
    assert _is_fine_for_an_editor(file)


WITH_KINDS: list[dict[str, Any]] = [
    *({key: piece} for key, pieces in drawn_whole.CLUSTER.items() for piece in pieces),
    *(
        {"node_groups": {"node": {**drawn_whole.of_kind(kind), key: piece}}}
        for kind, pieces in drawn_whole.KINDS.items()
        for key, values in pieces.items()
        for piece in values
    ),
    *({key: None} for key in drawn_whole.EXISTING),
]
"""All that a spec can say, a key of it at a time."""


def _places(value: object, where: Where = ()) -> Iterator[Where]:
    if where:
        yield where
    inner: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for part, each in inner:
        yield from _places(each, (*where, part))


def _emptied(spec: Any, where: Where) -> Any:
    """A copy of `spec` with nothing at `where`."""
    if not where:
        return None
    part, *rest = where
    copied = spec.copy()
    copied[part] = _emptied(spec[part], tuple(rest))
    return copied


def test_a_key_without_a_value_is_refused_everywhere() -> None:
    base = yaml.safe_load(GOOD)
    seen = set()
    for said in (base, *WITH_KINDS):
        for where in _places(said):
            spec = {**base, **_emptied(said, where)}
            if (text := yaml.safe_dump(spec)) in seen:
                continue
            if where[0] == "overrides" and len(where) > len(("overrides", "address")):
                continue  # there null takes an argument away
            seen.add(text)
            document = Document("ada.yaml")
            (node,) = nodes(text)
            document.data = Reader(document, MAX_NODES).value(node, ())
            _, wrongs = judge(document)
            told = {wrong.where: wrong.what for wrong in wrongs}
            if "configuration_values" not in where[:-1]:  # the add-on's own affair
                assert told[where].startswith("is empty"), where
                assert not EDITOR.is_valid(document.data), where
    assert len(seen) > 300
