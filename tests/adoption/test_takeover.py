"""The spec that `adopt` writes is planned on the state it was read from, by the real Terraform.

No AWS and no emulator: the states are the chapter's, changed as their owners change clusters.
"""

import copy
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from adopt.state import read
from adopt.takeover import ReplacedError, TakenOver, take_over
from commands.offline_plan import OfflinePlanError, OfflinePlanner
from constructs_lib.spec.loader import problems_of
from tests.adoption import test_options
from tests.adoption.test_adopt import STATE, Document, in_modules, resources, values
from tests.programs import terraform
from tests.requirements import require
from tests.terraform.project import NO_PROVIDERS

CLUSTER = "aws_eks_cluster.control_plane"
GROUP = "aws_autoscaling_group.node"


@pytest.fixture
def document() -> Document:
    found: Document = json.loads(STATE.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def planner() -> Iterator[OfflinePlanner]:
    terraform()
    with OfflinePlanner() as planner:
        yield planner


def taken(document: Document, planner: OfflinePlanner) -> TakenOver:
    try:
        return take_over(read(json.dumps(document)), planner)
    except OfflinePlanError as error:
        require("Failed to query available provider" not in str(error), NO_PROVIDERS)
        raise


def change(document: Document) -> None:
    """What owners change in a cluster of the chapter, all at once."""
    there = {r["address"]: r["values"] for r in resources(document)}
    there["aws_vpc.k8s"]["tags"]["team"] = "platform"
    there["aws_subnet.public[0]"]["tags"]["Name"] = "public-a"
    there["aws_subnet.public[1]"]["tags"]["note"] = "as ${this} is"
    there["aws_subnet.public[1]"]["tags"]["empty"] = ""
    there["aws_subnet.public[1]"]["cidr_block"] = "10.1.9.0/24"
    peering = dict.fromkeys(there["aws_route_table.public"]["route"][0], "") | {
        "ipv6_cidr_block": "2001:db8::/32",
        "vpc_peering_connection_id": "pcx-0123456789abcdef0",
    }
    there["aws_route_table.public"]["route"].append(peering)
    for name in ("control_plane", "node"):
        role = there[f"aws_iam_role.{name}"]
        role["path"] = "/eks/"
        role["permissions_boundary"] = "arn:aws:iam::123456789012:policy/boundary"
        role["arn"] = role["arn"].replace(":role/", ":role/eks/")
    there[CLUSTER]["role_arn"] = there["aws_iam_role.control_plane"]["arn"]
    there[CLUSTER]["tags"] = {"bill": "shop"}
    there[CLUSTER]["encryption_config"] = [
        {
            "provider": [{"key_arn": "arn:aws:kms:us-west-2:123456789012:key/1"}],
            "resources": ["secrets"],
        }
    ]
    there[GROUP] |= {
        "enabled_metrics": ["GroupMinSize"],
        "health_check_type": "ELB",
        "protect_from_scale_in": True,
        "termination_policies": ["OldestInstance"],
    }
    there[GROUP]["tag"].append({"key": "team", "value": "x", "propagate_at_launch": True})
    there["aws_launch_configuration.node"]["security_groups"].append("sg-0123456789abcdef0")
    there[CLUSTER]["vpc_config"][0]["security_group_ids"].append("sg-0123456789abcdef0")
    there[CLUSTER]["vpc_config"][0]["public_access_cidrs"].append("198.51.100.0/24")
    there["aws_launch_configuration.node"] |= {"spot_price": "0.05", "user_data": "ab" * 20}
    there["aws_instance.ssh_bastion"] |= {"monitoring": True, "user_data": "cd" * 20}
    ssh = there["aws_security_group.ssh_bastion"]["ingress"]
    ssh[0]["cidr_blocks"] = ["198.51.100.0/24"]
    ssh.insert(0, ssh[0] | {"protocol": "udp", "from_port": 1194, "to_port": 1194})
    egress = there["aws_security_group.nodes"]["egress"]
    egress.append(egress[0] | {"cidr_blocks": ["10.9.0.0/16"], "protocol": "tcp"})
    for each in there.values():
        if "tags_all" in each:
            each["tags_all"] = dict(each.get("tags") or {})


def test_what_an_owner_changed_stays_as_it_is(document: Document, planner: OfflinePlanner) -> None:
    change(document)

    found = taken(document, planner)

    assert (found.changes, found.made) == ([], ["null_resource.aws_auth"])
    assert problems_of(found.spec) == []
    overrides = found.spec["overrides"]
    assert overrides["aws_vpc.k8s"] == {"tags": {"team": "platform"}}
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    assert found.spec["iam"] == {"path": "/eks/", "permissions_boundary": boundary}
    assert {
        rule["from_port"] for rule in overrides["aws_security_group.ssh_bastion"]["ingress"]
    } == {
        22,
        1194,
    }
    assert found.spec["lifecycle"]["ignore_changes"] == {
        "aws_instance.ssh_bastion": ["user_data"],
        "aws_launch_configuration.node": ["user_data"],
    }
    assert "ab" * 20 not in json.dumps(found.spec)


def test_a_cluster_in_modules_is_moved_and_its_neighbours_stay(
    document: Document, planner: OfflinePlanner
) -> None:
    table = {"subnet_id": values(document, "aws_subnet.private[0]")["id"], "id": "db-1"}
    in_modules(document)
    (module,) = document["values"]["root_module"]["child_modules"]
    module["resources"].append(
        {
            "address": "module.cluster.aws_db_instance.shop",
            "mode": "managed",
            "type": "aws_db_instance",
            "name": "shop",
            "values": table,
        }
    )

    found = taken(document, planner)

    assert found.changes == []
    assert found.neighbours == ["module.cluster.aws_db_instance.shop"]
    moved = {new: old for old, new in found.spec["adopted"]["moved"].items()}
    assert found.references == [
        f"module.cluster.aws_db_instance.shop refers to {moved['aws_subnet.private[0]']}"
    ]
    steps = list(found.steps("tofu"))
    assert steps[:2] == [
        "tofu state pull > owner.tfstate",
        "cp owner.tfstate owner.before.tfstate",
    ]
    assert all(address in steps[2] for address in moved.values())


def replaced(document: Document, planner: OfflinePlanner) -> list[str]:
    with pytest.raises(ReplacedError) as caught:
        taken(document, planner)
    return str(caught.value).splitlines()[1:]


def test_what_would_be_replaced_is_refused(document: Document, planner: OfflinePlanner) -> None:
    for resource in resources(document):
        if resource["address"] == "aws_nat_gateway.nat_gateway":
            resource["tainted"] = True

    assert replaced(document, planner) == [
        "aws_nat_gateway.nat_gateway would be replaced: replace because tainted"
    ]


@pytest.mark.full
def test_what_the_state_has_not_is_said(document: Document, planner: OfflinePlanner) -> None:
    address = "aws_security_group_rule.node-kubelet-ingress-control_plane"
    resources(document)[:] = [r for r in resources(document) if r["address"] != address]

    found = taken(document, planner)

    assert found.changes == [
        f"{address}: is not in the state, so the plan makes it; where AWS has the same by another "
        "name it refuses a second one"
    ]


@pytest.mark.full
def test_further_groups_are_planned_too(document: Document, planner: OfflinePlanner) -> None:
    for kind in ("aws_autoscaling_group", "aws_launch_configuration"):
        group = next(r for r in resources(document) if r["type"] == kind)
        other: dict[str, Any] = copy.deepcopy(group)
        other |= {"address": f"{kind}.gpu", "name": "gpu"}
        other["values"] |= {"id": "gpu-1", "name": "gpu-1", "name_prefix": ""}
        if kind == "aws_autoscaling_group":
            other["values"]["launch_configuration"] = "gpu-1"
        resources(document).append(other)

    found = taken(document, planner)

    assert found.changes == []
    assert set(found.spec["node_groups"]) == {"node", "gpu"}


OWN_NODES = {
    "aws_iam_role.node",
    "aws_iam_instance_profile.node",
    "aws_iam_role_policy_attachment.eks_node",
    "aws_iam_role_policy_attachment.eks_node_cni",
    "aws_iam_role_policy_attachment.eks_node_ecr",
}
"""What every cluster here has for nodes of its own, whether there are any or not."""


def both_kinds(document: Document) -> None:
    """Managed groups beside one of the cluster's own, with one role."""
    own = ("aws_autoscaling_group", "aws_launch_configuration", "aws_iam_instance_profile")
    kept = [copy.deepcopy(r) for r in resources(document) if r["type"] in own]
    test_options.managed_only(document)
    resources(document).extend(kept)


OF_MANAGED_NODES = {
    "aws_iam_role.managed_node",
    "aws_iam_role_policy.managed_node",
    *(
        f"aws_iam_role_policy_attachment.eks_managed_node{policy}"
        for policy in ("", "_cni", "_ecr")
    ),
    "aws_launch_template.node-blue",
}
"""What every cluster here has for managed groups, also for those that have another role."""

MAIN_TABLE = {"aws_default_route_table.private"}


@pytest.mark.full
@pytest.mark.parametrize(
    ("change", "made"),
    [
        (partial(test_options.tables_by_zone, gateways=1), MAIN_TABLE),
        (partial(test_options.tables_by_zone, gateways=2), MAIN_TABLE),
        (test_options.public_only, set()),
        (test_options.shared_table, set()),
        (test_options.launch_template, set()),
        (both_kinds, OF_MANAGED_NODES),
        (test_options.managed_only, OWN_NODES | {"aws_launch_template.node-blue"}),
    ],
)
def test_other_shapes_change_nothing_unsaid(
    document: Document,
    planner: OfflinePlanner,
    change: Callable[[Document], object],
    made: set[str],
) -> None:
    change(document)

    found = taken(document, planner)

    assert {each.partition(": ")[0] for each in found.changes} == made
    assert problems_of(found.spec) == []
