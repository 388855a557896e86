"""From what a plan would change to what the spec says so that it does not."""

from typing import Any

import pytest

from adopt.differences import Difference, Kept, Stack, differences

Json = dict[str, Any]

OPTIONAL: Json = {"optional": True}


def block(**attributes: Json) -> Json:
    return {"block": {"attributes": attributes}}


SCHEMAS: dict[str, Json] = {
    "aws_vpc": {
        "attributes": {
            "cidr_block": OPTIONAL,
            "ipv4_ipam_pool_id": OPTIONAL,
            "ipv4_netmask_length": OPTIONAL,
        }
    },
    "aws_eks_cluster": {
        "attributes": {"deletion_protection": OPTIONAL},
        "block_types": {
            "control_plane_scaling_config": block(tier=OPTIONAL),
            "vpc_config": block(control_plane_egress_mode={**OPTIONAL, "computed": True}),
        },
    },
    "aws_autoscaling_group": {
        "attributes": {"region": OPTIONAL},
        "block_types": {
            "instance_lifecycle_policy": {
                "block": {
                    "attributes": {},
                    "block_types": {"retention_triggers": block(terminate_hook_abandon=OPTIONAL)},
                }
            }
        },
    },
}
TRIGGERS = [{"retention_triggers": [{"terminate_hook_abandon": "retain"}]}]
POOL = "ipam-pool-0123456789abcdef0"


def kept(address: str, before: Json, after: Json, *replacing: str) -> Kept:
    """What is said for a plan of one resource, of which our stack says nothing."""
    kind, _, name = address.partition(".")
    change = {
        "address": address,
        "change": {
            "actions": ["delete", "create"] if replacing else ["update"],
            "before": before,
            "after": after,
            "after_unknown": {},
            "replace_paths": [[path] for path in replacing],
        },
    }
    found = differences(change, SCHEMAS[kind])
    assert [each.replaces for each in found] == [bool(replacing)] * len(found)
    return Stack({"resource": {kind: {name: {}}}}, {address: {"": before}}, {}, {}).keep(found)


@pytest.mark.parametrize(
    ("address", "before", "after", "said"),
    [
        (
            "aws_eks_cluster.control_plane",
            {"deletion_protection": True},
            {"deletion_protection": False},
            {"deletion_protection": True},
        ),
        (
            "aws_eks_cluster.control_plane",
            {"control_plane_scaling_config": [{"tier": "tier-xl"}]},
            {"control_plane_scaling_config": []},
            {"control_plane_scaling_config": [{"tier": "tier-xl"}]},
        ),
        (
            "aws_eks_cluster.control_plane",
            {"vpc_config": [{"control_plane_egress_mode": "vpc"}]},
            {"vpc_config": [{"control_plane_egress_mode": "public"}]},
            {"vpc_config": {"control_plane_egress_mode": "vpc"}},
        ),
        (
            "aws_autoscaling_group.node",
            {"instance_lifecycle_policy": TRIGGERS},
            {"instance_lifecycle_policy": []},
            {"instance_lifecycle_policy": TRIGGERS},
        ),
    ],
)
def test_what_only_newer_providers_know_stays(
    address: str, before: Json, after: Json, said: Json
) -> None:
    assert kept(address, before, after).overrides == {address: said}


def test_a_vpc_of_an_ipam_pool_stays_in_it() -> None:
    before, after = {"ipv4_ipam_pool_id": POOL}, {"ipv4_ipam_pool_id": None}

    said = kept("aws_vpc.k8s", before, after, "ipv4_ipam_pool_id")

    assert said.overrides == {"aws_vpc.k8s": {"ipv4_ipam_pool_id": POOL}}


def test_a_vpc_whose_pool_chose_the_range_says_none() -> None:
    before, after = {"ipv4_netmask_length": 16}, {"ipv4_netmask_length": None}

    said = kept("aws_vpc.k8s", before, after, "ipv4_netmask_length")

    assert said.overrides == {"aws_vpc.k8s": {"ipv4_netmask_length": 16, "cidr_block": None}}


def test_a_region_that_version_6_adds_is_no_difference() -> None:
    said = kept("aws_autoscaling_group.node", {"region": None}, {"region": "us-west-2"})

    assert said == Kept({}, {})


def test_tags_of_the_owners_provider_alone_are_a_difference_that_no_override_says() -> None:
    change = {
        "address": "aws_vpc.k8s",
        "change": {
            "actions": ["update"],
            "before": {"tags_all": {"team": "shop"}},
            "after": {"tags_all": {}},
            "after_unknown": {},
        },
    }

    (found,) = differences(change, SCHEMAS["aws_vpc"])

    assert (found.argument, found.before, found.after) == ("tags_all", {"team": "shop"}, {})
    stack = Stack({"resource": {"aws_vpc": {"k8s": {}}}}, {"aws_vpc.k8s": {"": {}}}, {}, {})
    assert stack.keep([found]) == Kept({}, {})


def test_what_the_provider_gives_up_is_said_and_not_kept() -> None:
    change = {
        "address": "aws_eks_addon.coredns",
        "change": {
            "actions": ["update"],
            "before": {"resolve_conflicts": "OVERWRITE"},
            "after": {"resolve_conflicts": None},
            "after_unknown": {},
        },
    }
    schema = {"attributes": {"resolve_conflicts": {**OPTIONAL, "deprecated": True}}}

    (found,) = differences(change, schema)

    assert found.argument == "resolve_conflicts"
    stack = Stack({"resource": {"aws_eks_addon": {"coredns": {}}}}, {}, {}, {})
    assert stack.keep([found]) == Kept({}, {})


@pytest.mark.parametrize(
    ("each", "keys", "said"),
    [
        ("count", ("0", "1"), '${["a", "b"][count.index]}'),
        ("for_each", ('"x"', '"y"'), '${{"x": "a", "y": "b"}[each.key]}'),
    ],
)
def test_each_instance_keeps_its_own(each: str, keys: tuple[str, str], said: str) -> None:
    instances = dict(zip(keys, ({"cidr_block": "a"}, {"cidr_block": "b"}), strict=True))
    stack = Stack(
        {"resource": {"aws_subnet": {"private": {each: 2}}}},
        {"aws_subnet.private": instances},
        {},
        {},
    )
    address = f"aws_subnet.private[{keys[0]}]"
    found = Difference(address, ("cidr_block",), "a", "c", replaces=True)

    assert stack.keep([found]).overrides == {"aws_subnet.private": {"cidr_block": said}}


GROUP: Json = {
    "attributes": {"force_delete": OPTIONAL, "wait": OPTIONAL},
    "block_types": {"reservation": block(preference={**OPTIONAL, "computed": True})},
}


def test_what_an_imported_state_has_not_is_left_to_the_provider() -> None:
    change = {
        "address": "aws_autoscaling_group.node",
        "change": {
            "actions": ["update"],
            "before": {"force_delete": None, "wait": None, "reservation": [{"preference": None}]},
            "after": {"force_delete": False, "wait": "", "reservation": [{"preference": ""}]},
            "after_unknown": {},
        },
    }

    found = differences(change, GROUP)

    assert [each.argument for each in found] == ["force_delete", "wait"]
    stack = Stack({"resource": {"aws_autoscaling_group": {"node": {}}}}, {}, {}, {})
    assert stack.keep(found).ignore_changes == {
        "aws_autoscaling_group.node": ["force_delete", "wait"]
    }


def test_what_only_the_form_of_changes_is_shown_and_left_to_the_provider() -> None:
    change = {
        "address": "aws_autoscaling_group.node",
        "change": {
            "actions": ["update"],
            "before": {"reservation": [{"preference": None}]},
            "after": {"reservation": [{"preference": ""}]},
            "after_unknown": {},
        },
    }

    (found,) = differences(change, GROUP)

    assert found.argument == "reservation"
    stack = Stack({"resource": {"aws_autoscaling_group": {"node": {}}}}, {}, {}, {})
    assert stack.keep([found]).ignore_changes == {"aws_autoscaling_group.node": ["reservation"]}
