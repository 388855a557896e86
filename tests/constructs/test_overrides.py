"""What a spec lays over its stack: merged, removed, replaced, and checked against the stack."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cdktf
import pytest
import yaml

from constructs_lib.spec.lifecycle import LifecycleSpec
from constructs_lib.spec.problems import SpecErrors
from constructs_lib.stack import ClusterStack
from constructs_lib.terraform.overrides import Overlay, as_cdktf_writes, laid_over
from constructs_lib.terraform.providers import versions_of_aws
from tests import golden, synthesis

Synth = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("below", "above", "result"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": {"b.c/d": 1, "e": 2}}, {"a": {"b.c/d": None}}, {"a": {"e": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": [{"b": 1}, {"c": 2}]}, {"a": {"0": {"b": 4}}}, {"a": [{"b": 4}, {"c": 2}]}),
        ({"a": [1, 2, 3]}, {"a": {"0": None, "2": None}}, {"a": [2]}),
        ({}, {"a": {"b": None, "c": 1}}, {"a": {"c": 1}}),
        ({"a": 1}, {"a": [{"b": None}]}, {"a": [{"b": None}]}),
    ],
    ids=["merge", "remove", "replace", "item", "remove items", "new", "null in a list"],
)
def test_laid_over(below: Any, above: Any, result: Any) -> None:
    assert laid_over(copy.deepcopy(below), above) == result


def test_file_is_written_as_cdktf_writes_it() -> None:
    for path in sorted(golden.DIRECTORY.glob(f"**/{golden.JSON}")):
        text = path.read_text(encoding="utf-8").rstrip("\n")

        assert as_cdktf_writes(json.loads(text)) == text, path


def test_overrides_reach_the_json(synth: Synth) -> None:
    document = synth(
        overrides={
            "aws_vpc.k8s": {"tags": {"team": "shop"}, "enable_dns_support": None},
            "data.aws_ami.eks-worker": {"owners": ["111122223333"]},
        }
    )

    vpc = document["resource"]["aws_vpc"]["k8s"]
    assert vpc["tags"]["team"] == "shop"
    assert vpc["tags"]["Name"] == "${var.cluster_name}"
    assert "enable_dns_support" not in vpc
    assert document["data"]["aws_ami"]["eks-worker"]["owners"] == ["111122223333"]


def test_null_keys_of_inline_routes_stay(synth: Synth) -> None:
    document = synth(overrides={"aws_vpc.k8s": {"tags": {"team": "shop"}}})

    (route,) = document["resource"]["aws_route_table"]["public"]["route"]
    assert route["nat_gateway_id"] is None


def test_lifecycle_of_one_address_and_of_a_part(synth: Synth) -> None:
    resources = synth(
        key_name="ops",
        bastion={"cidr_blocks": ["203.0.113.0/24"]},
        node_groups={"node": {}, "gpu": {}},
        lifecycle={
            "prevent_destroy": ["aws_vpc.k8s", "control_plane"],
            "ignore_changes": {
                "node_groups": ["desired_capacity", 'tag["team"]'],
                "node_groups.gpu": ["max_size"],
                "aws_instance.ssh_bastion": ["user_data"],
                "aws_eip.nat": ["all"],
            },
        },
    )["resource"]

    kept = {
        f"{kind}.{name}"
        for kind, named in resources.items()
        for name, block in named.items()
        if block.get("lifecycle", {}).get("prevent_destroy")
    }
    assert kept == {
        "aws_vpc.k8s",
        "aws_eks_cluster.control_plane",
        "aws_iam_role.control_plane",
        "aws_iam_role_policy_attachment.eks_cluster",
    }
    groups = resources["aws_autoscaling_group"]
    assert groups["node"]["lifecycle"]["ignore_changes"] == ["desired_capacity", 'tag["team"]']
    assert groups["node-gpu"]["lifecycle"]["ignore_changes"][-1] == "max_size"
    assert "lifecycle" not in resources["aws_launch_template"]["node"]
    assert resources["aws_instance"]["ssh_bastion"]["lifecycle"] == {
        "create_before_destroy": True,
        "ignore_changes": ["ami", "user_data"],
    }
    assert resources["aws_eip"]["nat"]["lifecycle"]["ignore_changes"] == "all"


WITH_ALL_PARTS = ("access-entries", "autoscaling", "controllers", "drain", "everything", "storage")
"""Golden cases that together have every part of a cluster."""


def test_every_part_that_is_named_is_one() -> None:
    """In the how-to and in the spec's own words."""
    how_to = (synthesis.ROOT / "docs/how-to/override-an-argument.md").read_text(encoding="utf-8")
    (parts,) = re.findall(r"part of the cluster: (.*?)\. A plan", how_to, re.DOTALL)
    named = re.findall(r"`([a-z0-9_]+)`", f"{parts} {LifecycleSpec.__doc__}")
    there = {
        block["//"]["metadata"]["path"].split("/")[1].replace("-", "_")
        for case in (golden.DIRECTORY / name for name in WITH_ALL_PARTS)
        for path, text in golden.synthesised(case).items()
        if path.parent == case  # not that of the state's bucket, which has no parts
        for resources in json.loads(text)["resource"].values()
        for block in resources.values()
    }

    assert len(named) > 15
    assert set(named) - there == set()
    assert there - set(named) <= {"kube2iam_removal"}


def test_a_part_holds_all_that_is_of_it(synth: Synth) -> None:
    resources = synth(
        addons={name: {"addon_version": "eks_default"} for name in ("vpc-cni", "coredns")},
        lifecycle={"prevent_destroy": ["addons", "node_roles"]},
    )["resource"]

    for kind, name in (("addon", "vpc-cni"), ("addon", "coredns")):
        assert resources[f"aws_eks_{kind}"][name]["lifecycle"] == {"prevent_destroy": True}
    assert resources["aws_iam_role"]["node"]["lifecycle"] == {"prevent_destroy": True}


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        (
            {"overrides": {"aws_vpc.k9s": {"tags": {}}}},
            [
                "overrides.aws_vpc.k9s: is not an address of this cluster, did you mean "
                "aws_vpc.k8s?; write one that its plan shows"
            ],
        ),
        (
            {"overrides": {"aws_vpc.k8s": {"tag": {}}}},
            [
                "overrides.aws_vpc.k8s.tag: is not an argument there, did you mean tags?; rename "
                "or delete it"
            ],
        ),
        (
            {
                "overrides": {
                    "aws_security_group.nodes": {"egress": {"0": {"cidr_block": []}}},
                    "aws_eks_cluster.control_plane": {"vpc_config": {"subnets": []}},
                }
            },
            [
                "overrides.aws_security_group.nodes.egress.0.cidr_block: is not an argument there, "
                "did you mean cidr_blocks?; rename or delete it",
                "overrides.aws_eks_cluster.control_plane.vpc_config.subnets: is not an argument "
                "there, did you mean subnet_ids?; rename or delete it",
            ],
        ),
        (
            {"lifecycle": {"prevent_destroy": ["node_group"]}},
            [
                "lifecycle.prevent_destroy[0]: is neither an address nor a part of this cluster "
                "with resources, got node_group, did you mean node_groups?; write one that its "
                "plan shows"
            ],
        ),
        (
            {"lifecycle": {"ignore_changes": {"networking": ["tagz"]}}},
            [
                "lifecycle.ignore_changes.networking: has no argument tagz, did you mean tags?; "
                "rename or delete it"
            ],
        ),
    ],
    ids=["address", "argument", "arguments of blocks", "part", "argument of a part"],
)
def test_what_is_not_there_is_told_with_the_nearest(
    synth: Synth, changes: dict[str, Any], messages: list[str]
) -> None:
    with pytest.raises(SpecErrors) as errors:
        synth(**changes)

    told = {str(problem).partition(": ")[2] for problem in errors.value.problems}
    assert told == set(messages)


def test_the_line_is_that_of_the_key() -> None:
    text = yaml.safe_dump(dict(synthesis.SMALLEST), sort_keys=False)
    line = text.count("\n") + 4
    text += "overrides:\n  aws_vpc.k8s:\n    tags: {a: b}\n    tagz: {}\n"

    with pytest.raises(SpecErrors) as errors:
        synthesis.stacks(text)

    (problem,) = errors.value.problems
    assert (problem.path, problem.line) == ("clusters/ada.yaml", line)


def overridden(app: cdktf.App) -> ClusterStack:
    """A stack with an override, in an App that is not this project's."""
    changes = {"overrides": {"aws_vpc.k8s": {"tags": {"team": "shop"}}}}
    return ClusterStack(app, synthesis.read(synthesis.as_yaml(None, changes)))


def test_another_app_writes_them_too(tmp_path: Path) -> None:
    app = cdktf.App(outdir=str(tmp_path))
    overridden(app)
    app.synth()

    document = json.loads((tmp_path / "stacks" / "ada" / "cdk.tf.json").read_text("utf-8"))
    assert document["resource"]["aws_vpc"]["k8s"]["tags"]["team"] == "shop"


def test_full_synth_writes_them_too() -> None:
    out = cdktf.Testing.full_synth(overridden(cdktf.Testing.app()))

    document = json.loads(Path(out, "stacks", "ada", "cdk.tf.json").read_text("utf-8"))
    assert document["resource"]["aws_vpc"]["k8s"]["tags"]["team"] == "shop"


def test_testing_synth_is_refused_and_says_what_works() -> None:
    with pytest.raises(
        RuntimeError, match=r"the stack ada has overrides, which Testing\.synth would leave out"
    ):
        cdktf.Testing.synth(overridden(cdktf.Testing.app()))


def test_testing_synth_of_a_stack_without_any_works() -> None:
    stack = ClusterStack(cdktf.Testing.app(), synthesis.read(synthesis.as_yaml(None, {})))

    assert '"aws_vpc"' in cdktf.Testing.synth(stack)


def test_nothing_is_laid_over_without_a_word_of_it() -> None:
    assert not Overlay()


HOW_TO = (synthesis.ROOT / "docs" / "how-to" / "override-an-argument.md").read_text("utf-8")


@pytest.mark.parametrize("block", re.findall(r"^```yaml\n(.*?)^```", HOW_TO, re.M | re.S))
def test_what_the_how_to_shows_is_there(synth: Synth, block: str) -> None:
    lovelace = synthesis.LOVELACE.read_text(encoding="utf-8")

    assert synth(lovelace, **yaml.safe_load(block))["resource"]


def test_the_how_to_shows_the_real_error(synth: Synth) -> None:
    with pytest.raises(SpecErrors) as errors:
        synth(overrides={"aws_vpc.k8s": {"tag": {"team": "shop"}}})

    (problem,) = errors.value.problems
    assert f": {problem.where}: {problem.text}\n" in HOW_TO


@pytest.mark.parametrize(
    ("over", "versions"),
    [
        ({"control_plane_scaling_config": {"tier": "tier-xl"}}, ">= 6.48, < 7"),
        ({"vpc_config": {"control_plane_egress_mode": "CUSTOMER_ROUTED"}}, ">= 6.52, < 7"),
        ({"vpc_config": {"0": {"control_plane_egress_mode": "X"}}}, ">= 6.52, < 7"),
        ({"kube_api_server_config": [{"event_ttl": "10m"}]}, ">= 6.59, < 7"),
        ({"control_plane_scaling_config": None}, ">= 5.100, < 7"),
        ({"tags": {"team": "shop"}}, ">= 5.100, < 7"),
    ],
)
def test_the_floor_is_that_of_the_newest_argument(over: dict[str, Any], versions: str) -> None:
    text = synthesis.as_yaml(None, {"overrides": {"aws_eks_cluster.control_plane": over}})

    assert versions_of_aws(synthesis.read(text).spec) == versions


def test_an_argument_beside_one_of_version_6_is_still_checked(synth: Synth) -> None:
    over = {"vpc_config": {"control_plane_egress_mode": "X", "control_plane_egress": "X"}}

    with pytest.raises(SpecErrors, match=r"vpc_config\.control_plane_egress: is not an argument"):
        synth(overrides={"aws_eks_cluster.control_plane": over})
