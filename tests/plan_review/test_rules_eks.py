"""The control plane and its nodes, rule by rule, from small plans made by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from plan_review import Level, review

from .build import (
    CREATE,
    CREATE_FIRST,
    DELETE,
    REPLACE,
    change,
    cluster,
    found,
    node_group,
    plan,
    refs,
    resource,
    reviewed,
    same,
    scaling_group,
    subnet,
    template,
    update,
    with_network,
)

EKS = "aws_eks_cluster.control_plane"
NG = "aws_eks_node_group.apps"
ASG = "aws_autoscaling_group.node"
LT = "aws_launch_template.node"


def versions(old: str, new: str) -> list[tuple[str, str]]:
    return found(reviewed(update(EKS, cluster(version=old), version=new)))


def network(**changed: Any) -> list[tuple[str, str]]:
    before = cluster()
    return found(reviewed(update(EKS, before, **with_network(before, **changed))))


def test_a_replaced_cluster_is_an_outage_and_names_the_argument() -> None:
    result = reviewed(
        change(EKS, REPLACE, cluster(), cluster(name="babbage"), replace_paths=[["name"]])
    )
    assert result.verdict is Level.OUTAGE
    assert found(result) == [("EKS01", "outage")]
    assert "Forced by `name`." in result.findings[0].why


def test_a_tainted_cluster_is_told_to_untaint() -> None:
    result = reviewed(
        change(EKS, REPLACE, cluster(), cluster(), action_reason="replace_because_tainted")
    )
    assert found(result) == [("EKS01", "outage"), ("TF03", "review")]
    assert "terraform untaint" in result.findings[0].action


def test_a_destroyed_cluster_is_an_outage() -> None:
    assert found(reviewed(change(EKS, DELETE, cluster()))) == [("EKS02", "outage")]


def test_a_skipped_version_will_fail_and_names_the_next_step() -> None:
    result = reviewed(update(EKS, cluster(version="1.33"), version="1.36"))
    assert found(result) == [("EKS03", "will-fail")]
    assert result.findings[0].title == "Kubernetes 1.33 → 1.36 skips 2 minor versions"
    assert result.findings[0].action.startswith("Go to 1.34 first")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("1.35", "1.34", [("EKS04", "disruption")]),
        ("1.36", "1.34", [("EKS04", "will-fail")]),
        ("1.35", "1.36", [("EKS05", "disruption")]),
        ("1.9", "1.10", [("EKS05", "disruption"), ("EKS05b", "review")]),
        ("1.37", "1.38", [("EKS05", "disruption"), ("EKS05b", "review")]),
        ("1.31", "1.32", [("EKS05", "disruption"), ("EKS05b", "review")]),
        ("1.35", "latest", []),
    ],
)
def test_versions_are_compared_as_numbers(
    old: str, new: str, expected: list[tuple[str, str]]
) -> None:
    assert versions(old, new) == expected


def test_a_new_cluster_in_extended_support_is_for_review() -> None:
    after = cluster(version="1.33")
    assert found(reviewed(change(EKS, CREATE, None, after))) == [("EKS05b", "review")]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2027, 8, 1), None),
        (date(2027, 8, 2), "is in extended support until 2028-08-02"),
        (date(2028, 8, 1), "is in extended support until 2028-08-02"),
        (date(2028, 8, 2), "has had no support since 2028-08-02"),
    ],
)
def test_a_support_ends_at_the_start_of_its_day(today: date, expected: str | None) -> None:
    document = plan(change(EKS, CREATE, None, cluster(version="1.36")))
    findings = [f for f in review(document, today=today).findings if f.rule == "EKS05b"]
    assert [f.title for f in findings] == ([f"Kubernetes 1.36 {expected}"] if expected else [])


def test_an_unsupported_version_says_since_when() -> None:
    result = reviewed(change(EKS, CREATE, None, cluster(version="1.29")))
    assert "has had no support since 2026-03-23" in result.findings[0].title


def test_a_replaced_vpc_under_an_updated_cluster_will_fail() -> None:
    vpc = {"id": "vpc-1", "cidr_block": "10.1.0.0/16"}
    result = reviewed(
        change("aws_vpc.k8s", REPLACE, vpc, vpc, replace_paths=[["cidr_block"]]),
        update(EKS, cluster(vpc_config={"vpc_id": ""}), tags={"a": "b"}),
        same("aws_subnet.a", subnet(1, "us-west-2a")),
    )
    assert found(result) == [("NET02", "outage"), ("EKS06", "will-fail")]


def test_subnets_of_another_vpc_will_fail() -> None:
    before = cluster()
    result = reviewed(
        update(EKS, before, **with_network(before, subnet_ids=["subnet-8", "subnet-9"])),
        same("aws_subnet.a", subnet(1, "us-west-2a")),
        same("aws_subnet.b", subnet(2, "us-west-2b")),
        same("aws_subnet.c", subnet(8, "us-west-2a", vpc_id="vpc-2")),
        same("aws_subnet.d", subnet(9, "us-west-2b", vpc_id="vpc-2")),
    )
    assert found(result) == [("EKS06", "will-fail"), ("EKS14", "review")]


def test_opening_the_api_to_everyone_is_a_security_finding() -> None:
    assert network(public_access_cidrs=["0.0.0.0/0"]) == [("EKS07", "security")]


def test_everyone_in_two_halves_is_still_everyone() -> None:
    assert network(public_access_cidrs=["0.0.0.0/1", "128.0.0.0/1"]) == [("EKS07", "security")]


def test_a_new_public_cluster_is_for_review_only() -> None:
    after = cluster(vpc_config={"public_access_cidrs": ["0.0.0.0/0"]})
    assert found(reviewed(change(EKS, CREATE, None, after))) == [("EKS07", "review")]


def test_a_new_cluster_that_leaves_the_allow_list_out_is_for_review() -> None:
    after = cluster(vpc_config={"public_access_cidrs": None})
    unknown = {"vpc_config": [{"public_access_cidrs": True}]}
    block = resource(EKS, vpc_config=[{"subnet_ids": refs("aws_subnet.a.id")}])
    result = reviewed(change(EKS, CREATE, None, after, unknown), configuration=[block])
    assert found(result) == [("EKS07", "review")]


def test_a_new_private_cluster_is_routine() -> None:
    after = cluster(vpc_config={"endpoint_public_access": False})
    assert found(reviewed(change(EKS, CREATE, None, after))) == []


def test_a_cluster_that_was_open_before_is_not_told_again() -> None:
    before = cluster(vpc_config={"public_access_cidrs": ["0.0.0.0/0"]})
    assert found(reviewed(update(EKS, before, tags={"a": "b"}))) == []


def test_a_wider_allow_list_is_a_security_finding_and_a_narrower_one_is_for_review() -> None:
    assert network(public_access_cidrs=["203.0.113.0/24", "198.51.100.7/32"]) == [
        ("EKS08", "security")
    ]
    assert network(public_access_cidrs=["203.0.113.0/25"]) == [("EKS19", "review")]
    assert network(public_access_cidrs=["203.0.113.0/25", "203.0.113.128/25"]) == []


def test_an_allow_list_known_only_after_the_apply_is_for_review() -> None:
    before = cluster()
    unknown = {"vpc_config": [{"public_access_cidrs": True}]}
    after = with_network(before, public_access_cidrs=None)
    assert found(reviewed(update(EKS, before, **after, unknown=unknown))) == [("EKS08", "review")]


def test_a_private_endpoint_made_public_for_some_is_opened_wider() -> None:
    before = cluster(vpc_config={"endpoint_public_access": False})
    after = with_network(before, endpoint_public_access=True)
    assert found(reviewed(update(EKS, before, **after))) == [("EKS08", "security")]


def test_switching_an_endpoint_off_disturbs() -> None:
    assert network(endpoint_public_access=False) == [("EKS09", "disruption")]
    assert network(endpoint_private_access=False) == [("EKS10", "disruption")]


def test_losing_the_audit_log_is_a_security_finding_and_losing_another_is_for_review() -> None:
    update_of = {"enabled_cluster_log_types": ["api"]}
    assert found(reviewed(update(EKS, cluster(), **update_of))) == [("EKS11", "security")]
    update_of = {"enabled_cluster_log_types": ["audit"]}
    assert found(reviewed(update(EKS, cluster(), **update_of))) == [("EKS21", "review")]


def test_adding_encryption_and_changing_the_upgrade_policy_are_for_review() -> None:
    before = cluster(encryption_config=[], upgrade_policy=[{"support_type": "EXTENDED"}])
    result = reviewed(
        update(
            EKS,
            before,
            encryption_config=[{"resources": ["secrets"]}],
            upgrade_policy=[{"support_type": "STANDARD"}],
        )
    )
    assert found(result) == [("EKS12", "review"), ("EKS13", "review")]


@pytest.mark.parametrize(
    ("after", "expected"),
    [([], [("EKS29", "will-fail")]), ([{"enabled": False}], [])],
)
def test_zonal_shift_is_turned_off_by_a_word_only(
    after: list[dict[str, bool]], expected: list[tuple[str, str]]
) -> None:
    before = cluster(zonal_shift_config=[{"enabled": True}])
    assert found(reviewed(update(EKS, before, zonal_shift_config=after))) == expected


def zones_after(*, later: list[dict[str, Any]], ids: Any) -> list[tuple[str, str]]:
    before = cluster()
    unknown = {"vpc_config": [{"subnet_ids": True}]} if ids is None else {}
    blocks = [
        resource(EKS, vpc_config=[{"subnet_ids": refs("aws_subnet.private")}]),
        resource("aws_subnet.private"),
    ]
    return found(
        reviewed(
            update(EKS, before, **with_network(before, subnet_ids=ids), unknown=unknown),
            same("aws_subnet.private[0]", subnet(1, "us-west-2a")),
            same("aws_subnet.private[1]", subnet(2, "us-west-2b")),
            *later,
            configuration=blocks,
        )
    )


def test_a_new_zone_will_fail_even_where_its_subnet_has_no_id_yet() -> None:
    new = change("aws_subnet.private[2]", CREATE, None, {"availability_zone": "us-west-2c"})
    assert zones_after(later=[new], ids=None) == [("EKS15", "will-fail")]


def test_a_known_subnet_in_a_new_zone_will_fail() -> None:
    other = same("aws_subnet.other", subnet(3, "us-west-2c"))
    ids = ["subnet-1", "subnet-2", "subnet-3"]
    assert zones_after(later=[other], ids=ids) == [("EKS15", "will-fail")]


def test_another_subnet_in_the_same_zone_is_for_review() -> None:
    new = change("aws_subnet.private[2]", CREATE, None, {"availability_zone": "us-west-2b"})
    assert zones_after(later=[new], ids=None) == [("EKS14", "review")]


def test_zones_that_the_plan_does_not_tell_are_not_guessed() -> None:
    new = change("aws_subnet.private[2]", CREATE, None, {}, {"availability_zone": True})
    assert zones_after(later=[new], ids=None) == [("EKS14", "review")]


def test_a_filter_between_subnets_and_cluster_is_not_guessed() -> None:
    unused = same("aws_subnet.private[2]", subnet(3, "us-west-2c"))
    assert zones_after(later=[unused], ids=None) == [("EKS14", "review")]


def test_who_may_log_in_is_watched() -> None:
    before = cluster(access_config=[{"authentication_mode": "CONFIG_MAP"}])
    after = {"access_config": [{"authentication_mode": "API"}]}
    assert found(reviewed(update(EKS, before, **after))) == [("EKS16", "review")]
    entry = {"principal_arn": "arn:aws:iam::123456789012:role/ci"}
    gone = change("aws_eks_access_entry.ci", DELETE, entry)
    assert found(reviewed(gone)) == [("EKS18", "disruption")]
    locked = cluster(access_config=[{"bootstrap_cluster_creator_admin_permissions": False}])
    assert found(reviewed(change(EKS, CREATE, None, locked))) == [("EKS17", "review")]
    entry_made = change("aws_eks_access_entry.ci", CREATE, None, entry)
    assert found(reviewed(change(EKS, CREATE, None, locked), entry_made)) == []


def replaced_group(actions: list[str] = REPLACE, **after: Any) -> dict[str, Any]:
    return change(
        NG, actions, node_group(), node_group(**after), replace_paths=[["instance_types"]]
    )


def test_replacing_the_only_nodes_is_an_outage() -> None:
    assert found(reviewed(replaced_group())) == [("NG01", "outage")]


@pytest.mark.parametrize(
    "other",
    [
        same("aws_eks_node_group.other", node_group(node_group_name="other")),
        same(ASG, scaling_group()),
        same("aws_eks_fargate_profile.f", {"cluster_name": "lovelace"}),
        change("aws_eks_node_group.other", CREATE, None, node_group(node_group_name="other")),
    ],
)
def test_replacing_some_nodes_disturbs_while_others_stay(other: dict[str, Any]) -> None:
    assert found(reviewed(replaced_group(), other)) == [("NG01", "disruption")]


@pytest.mark.parametrize(
    "other",
    [
        same("aws_eks_node_group.x", node_group(cluster_name="other")),
        same(ASG, scaling_group(tag=[{"key": "Name", "value": "bastion"}])),
        same("aws_eks_node_group.x", node_group(scaling_config=[{"max_size": 0}])),
    ],
)
def test_what_is_no_room_for_the_pods_does_not_count(other: dict[str, Any]) -> None:
    assert found(reviewed(replaced_group(), other)) == [("NG01", "outage")]


def test_a_group_replaced_new_one_first_disturbs_and_fails_under_its_own_name() -> None:
    other_name = replaced_group(CREATE_FIRST, node_group_name="apps-2")
    assert found(reviewed(other_name)) == [("NG01", "disruption")]
    assert found(reviewed(replaced_group(CREATE_FIRST))) == [("NG01", "will-fail")]


def test_the_advice_follows_the_forcing_argument() -> None:
    by_subnets = change(NG, REPLACE, node_group(), node_group(), replace_paths=[["subnet_ids"]])
    assert "one group a zone" in reviewed(by_subnets).findings[0].action
    assert "node_group_name_prefix" in reviewed(replaced_group()).findings[0].action


def test_destroying_the_last_nodes_is_an_outage_unless_the_cluster_goes_too() -> None:
    gone = change(NG, DELETE, node_group())
    assert found(reviewed(gone)) == [("NG02", "outage")]
    with_others = (gone, same(ASG, scaling_group()))
    assert found(reviewed(*with_others)) == [("NG02", "disruption")]
    with_cluster = (gone, change(EKS, DELETE, cluster()))
    assert found(reviewed(*with_cluster)) == [("EKS02", "outage"), ("NG02", "disruption")]


def test_a_new_release_or_template_version_rolls_the_nodes() -> None:
    before = node_group(release_version="1.35.0", launch_template=[{"id": "lt-1", "version": "1"}])
    assert found(reviewed(update(NG, before, release_version="1.35.2"))) == [("NG03", "disruption")]
    newer = {"launch_template": [{"id": "lt-1", "version": "2"}]}
    assert found(reviewed(update(NG, before, **newer))) == [("NG03", "disruption")]


def test_shrinking_disturbs_and_growing_is_routine() -> None:
    less = {"scaling_config": [{"desired_size": 1, "max_size": 6, "min_size": 1}]}
    more = {"scaling_config": [{"desired_size": 3, "max_size": 9, "min_size": 2}]}
    assert found(reviewed(update(NG, node_group(), **less))) == [("NG04", "disruption")]
    assert found(reviewed(update(NG, node_group(), **more))) == []


def test_a_new_taint_disturbs_and_one_taken_off_is_for_review() -> None:
    taint = {"key": "gpu", "value": "true", "effect": "NO_SCHEDULE"}
    bare, tainted = node_group(taint=[]), node_group(taint=[taint])
    assert found(reviewed(update(NG, bare, taint=[taint]))) == [("NG05", "disruption")]
    assert found(reviewed(update(NG, tainted, taint=[]))) == [("NG05", "review")]


def test_nodes_ahead_of_the_control_plane_will_fail() -> None:
    result = reviewed(same(EKS, cluster()), update(NG, node_group(), version="1.36"))
    assert found(result) == [("NG06", "will-fail"), ("NG03", "disruption")]


def test_nodes_four_minors_behind_are_for_review_and_three_are_not() -> None:
    up = update(EKS, cluster(version="1.35"), version="1.36")
    old = same(NG, node_group(version="1.32"))
    assert ("NG07", "review") in found(reviewed(up, old))
    recent = same(NG, node_group(version="1.33"))
    assert found(reviewed(up, recent)) == [("EKS05", "disruption")]


def test_a_skew_that_is_there_already_is_not_told() -> None:
    assert found(reviewed(same(EKS, cluster()), same(NG, node_group(version="1.36")))) == []


def test_replacing_a_cluster_s_only_scaling_group_is_an_outage() -> None:
    gone = change(ASG, REPLACE, scaling_group(), scaling_group(), replace_paths=[["name"]])
    assert found(reviewed(gone)) == [("ASG01", "outage")]
    assert found(reviewed(gone, same(NG, node_group()))) == [("ASG01", "disruption")]


def test_replacing_a_scaling_group_that_holds_no_nodes_disturbs() -> None:
    bare = scaling_group(tag=[])
    gone = change(ASG, REPLACE, bare, bare, replace_paths=[["name"]])
    assert found(reviewed(gone)) == [("ASG01", "disruption")]


def new_template_version(**group: Any) -> dict[str, Any]:
    before = scaling_group(**group)
    after = {"launch_template": [{"id": "lt-1"}]}
    return update(ASG, before, **after, unknown={"launch_template": [{"version": True}]})


def test_tags_alone_on_a_template_break_the_apply() -> None:
    tagged = update(
        LT, template(tags={"a": "1"}), tags={"a": "2"}, unknown={"latest_version": True}
    )
    result = reviewed(tagged, new_template_version())
    assert found(result) == [("ASG02", "will-fail")]
    assert result.tags_only == 1


def test_a_new_template_rolls_the_nodes_only_with_an_instance_refresh() -> None:
    changed = update(LT, template(), instance_type="m5.xlarge", unknown={"latest_version": True})
    assert found(reviewed(changed, new_template_version())) == [("ASG03", "disruption")]
    without = new_template_version(instance_refresh=[])
    assert found(reviewed(changed, without)) == [("ASG04", "review")]


def test_a_new_launch_configuration_counts_as_a_template() -> None:
    before = scaling_group(launch_template=[], launch_configuration="eks-1", instance_refresh=[])
    after = update(ASG, before, unknown={"launch_configuration": True})
    old = {"id": "eks-1", "name": "eks-1", "image_id": "ami-1"}
    new = {"image_id": "ami-2"}
    replaced = change("aws_launch_configuration.node", CREATE_FIRST, old, new)
    assert found(reviewed(replaced, after)) == [("ASG04", "review"), ("LOSS02", "review")]


def test_a_group_that_follows_latest_is_told_not_to_roll() -> None:
    changed = update(LT, template(), image_id="ami-2", unknown={"latest_version": True})
    group = scaling_group(launch_template=[{"id": "lt-1", "version": "$Latest"}])
    assert found(reviewed(changed, same(ASG, group))) == [("LT01", "review")]


def test_a_maximum_above_what_runs_may_fall_without_a_word() -> None:
    assert found(reviewed(update(ASG, scaling_group(), max_size=3))) == []
    assert found(reviewed(update(ASG, scaling_group(), max_size=1))) == [("ASG05", "disruption")]
    less = update(ASG, scaling_group(), desired_capacity=1)
    assert found(reviewed(less)) == [("ASG05", "disruption")]


def test_other_subnets_of_a_scaling_group_are_for_review() -> None:
    moved = update(ASG, scaling_group(), vpc_zone_identifier=["subnet-1", "subnet-3"])
    assert found(reviewed(moved)) == [("ASG06", "review")]
    swapped = scaling_group(vpc_zone_identifier=["a", "b"])
    assert found(reviewed(update(ASG, swapped, vpc_zone_identifier=["b", "a"]))) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"http_tokens": "required"}, {"http_tokens": "optional"}, [("LT02", "security")]),
        (
            {"http_put_response_hop_limit": 1},
            {"http_put_response_hop_limit": 2},
            [("LT02", "security")],
        ),
        ({"http_tokens": "optional"}, {"http_tokens": "required"}, []),
    ],
)
def test_instance_metadata_must_not_become_easier_to_reach(
    before: dict[str, Any], after: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    changed = update(LT, template(metadata_options=[before]), metadata_options=[after])
    assert found(reviewed(changed)) == expected


def test_a_new_template_without_session_tokens_is_for_review() -> None:
    open_template = template(metadata_options=[{"http_tokens": "optional"}])
    assert found(reviewed(change(LT, CREATE, None, open_template))) == [("LT02", "review")]


def test_nothing_that_stays_as_it_is_is_told() -> None:
    result = reviewed(
        same(EKS, cluster(version="1.20", vpc_config={"public_access_cidrs": ["0.0.0.0/0"]})),
        same(NG, node_group()),
        same(LT, template(metadata_options=[{"http_tokens": "optional"}])),
        same(ASG, scaling_group()),
    )
    assert found(result) == []
    assert result.facts.plan.is_change_free


def test_a_version_that_only_the_apply_knows_is_told() -> None:
    unknown = update("aws_eks_cluster.c", cluster(), unknown={"version": True})
    assert found(reviewed(unknown)) == [("EKS26", "review")]
    computed = [resource("aws_eks_cluster.c", name={"constant_value": "lovelace"})]
    assert found(reviewed(unknown, configuration=computed)) == []
