"""Capacity, rolling, addresses and aws-auth: each with a near plan that stays silent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .build import (
    CREATE,
    DELETE,
    REPLACE,
    change,
    cluster,
    found,
    node_group,
    reviewed,
    same,
    scaling_group,
    template,
    update,
)

EKS = "aws_eks_cluster.control_plane"
APPS = "aws_eks_node_group.apps"
ASG = "aws_autoscaling_group.node"
STANDING = same(EKS, cluster())


def sizes(desired: int, maximum: int) -> list[dict[str, int]]:
    return [{"desired_size": desired, "max_size": maximum, "min_size": 0}]


def test_the_only_nodes_that_go_to_zero_are_an_outage() -> None:
    empty = update(APPS, node_group(), scaling_config=sizes(0, 6))
    assert found(reviewed(STANDING, empty)) == [("NG04", "outage")]
    none = update(ASG, scaling_group(), min_size=0, max_size=0, desired_capacity=0)
    assert found(reviewed(STANDING, none)) == [("ASG05", "outage")]
    other = same("aws_eks_node_group.other", node_group(node_group_name="other"))
    assert found(reviewed(STANDING, other, empty)) == [("NG04", "disruption")]
    assert found(reviewed(STANDING, other, none)) == [("ASG05", "disruption")]
    fewer = update(APPS, node_group(), scaling_config=sizes(1, 6))
    assert found(reviewed(STANDING, fewer)) == [("NG04", "disruption")]
    jobs = scaling_group(tag=[{"key": "Name", "value": "jobs"}])
    no_node = update(ASG, jobs, min_size=0, max_size=0, desired_capacity=0)
    assert found(reviewed(STANDING, no_node)) == [("ASG05", "disruption")]


def test_a_group_of_the_same_name_at_a_new_address_takes_no_pods() -> None:
    gone = change(APPS, DELETE, node_group())
    again = change("aws_eks_node_group.workers", CREATE, None, node_group())
    assert found(reviewed(STANDING, gone, again)) == [("NG02", "outage"), ("ADDR01", "will-fail")]
    other = change("aws_eks_node_group.workers", CREATE, None, node_group(node_group_name="w"))
    assert found(reviewed(STANDING, gone, other)) == [("NG02", "disruption")]


@pytest.mark.parametrize(
    ("kind", "values", "level"),
    [
        ("aws_iam_role_policy_attachment", {"role": "n", "policy_arn": "arn:p"}, "disruption"),
        (
            "aws_security_group_rule",
            {"security_group_id": "sg-1", "type": "ingress", "from_port": 443, "to_port": 443},
            "disruption",
        ),
        (
            "aws_vpc_security_group_ingress_rule",
            {"security_group_id": "sg-1", "ip_protocol": "tcp", "cidr_ipv4": "10.0.0.0/8"},
            "disruption",
        ),
        ("aws_s3_bucket_versioning", {"bucket": "orders"}, "disruption"),
        ("aws_iam_role", {"name": "ca"}, "will-fail"),
        ("aws_iam_policy", {"name": "ca"}, "will-fail"),
        ("aws_s3_bucket", {"bucket": "orders"}, "will-fail"),
        ("aws_route53_record", {"zone_id": "Z", "name": "api", "type": "A"}, "will-fail"),
        (
            "kubernetes_deployment",
            {"metadata": [{"name": "web", "namespace": "a"}]},
            "will-fail",
        ),
        ("helm_release", {"namespace": "a", "name": "web"}, "will-fail"),
    ],
)
def test_the_same_object_at_a_new_address_is_told(
    kind: str, values: dict[str, Any], level: str
) -> None:
    gone = change(f"{kind}.old", DELETE, {"id": "1", **values})
    made = change(f"{kind}.new", CREATE, None, values, {"id": True})
    result = reviewed(gone, made)
    assert ("ADDR01", level) in found(result)
    told = next(finding for finding in result.findings if finding.rule == "ADDR01")
    assert f"`moved` from `{kind}.old` to `{kind}.new`" in told.action
    key = next(iter(values))
    other = change(f"{kind}.new", CREATE, None, {**values, key: "other"}, {"id": True})
    assert "ADDR01" not in [rule for rule, _ in found(reviewed(gone, other))]


def test_what_has_no_name_or_need_not_be_unique_is_not_compared() -> None:
    gone = change("aws_eip.a", DELETE, {"id": "1"})
    made = change("aws_eip.b", CREATE, None, {"domain": "vpc"})
    assert found(reviewed(gone, made)) == [("NET04", "disruption")]


def fargate(**values: Any) -> dict[str, Any]:
    names = {"cluster_name": "lovelace", "fargate_profile_name": "apps"}
    return {**names, "selector": [{"namespace": "apps"}], **values}


def test_a_fargate_profile_that_goes_takes_its_pods() -> None:
    address = "aws_eks_fargate_profile.apps"
    gone = change(address, DELETE, fargate())
    assert found(reviewed(STANDING, gone)) == [("NG09", "outage")]
    refuge = same(APPS, node_group())
    result = reviewed(STANDING, refuge, gone)
    assert found(result) == [("NG09", "disruption")]
    assert "`apps`" in result.findings[0].why
    anew = change(address, REPLACE, fargate(), fargate(), replace_paths=[["selector"]])
    assert found(reviewed(STANDING, anew)) == [("NG09", "outage")]
    whole = reviewed(change(EKS, DELETE, cluster()), gone)
    assert found(whole) == [("EKS02", "outage"), ("LOSS02", "review")]


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        (template(), {"vpc_security_group_ids": []}, "LT03"),
        (template(user_data="eA=="), {"user_data": None}, "LT03"),
        (
            template(iam_instance_profile=[{"name": "nodes"}]),
            {"iam_instance_profile": []},
            "LT03",
        ),
        (template(), {"vpc_security_group_ids": ["sg-3"]}, ""),
        (template(user_data="eA=="), {"user_data": "eQ=="}, ""),
        (
            template(),
            {"vpc_security_group_ids": [], "network_interfaces": [{"security_groups": ["sg-2"]}]},
            "",
        ),
    ],
)
def test_a_template_that_loses_what_nodes_need_disturbs(
    before: dict[str, Any], after: dict[str, Any], rule: str
) -> None:
    expected = [(rule, "disruption")] if rule else []
    assert found(reviewed(update("aws_launch_template.node", before, **after))) == expected


def test_an_instance_that_loses_its_user_data_disturbs() -> None:
    bastion = {"id": "i-1", "instance_type": "t3.micro", "user_data": "#!/bin/sh"}
    assert found(reviewed(update("aws_instance.b", bastion, user_data=None))) == [
        ("LT03", "disruption"),
        ("SRV02", "disruption"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (0, 2592000, [("ASG08", "review")]),
        (None, 2592000, [("ASG08", "review")]),
        (2592000, 86400, [("ASG08", "review")]),
        (86400, 2592000, []),
        (86400, 0, []),
    ],
)
def test_a_life_that_gets_shorter_is_told(
    old: int | None, new: int, expected: list[tuple[str, str]]
) -> None:
    group = scaling_group(max_instance_lifetime=old)
    assert found(reviewed(update(ASG, group, max_instance_lifetime=new))) == expected


@pytest.mark.parametrize(
    ("sizes", "level"),
    [
        ({"min_size": 0, "max_size": 0, "desired_capacity": 0}, "disruption"),
        ({"min_size": -1, "max_size": -1, "desired_capacity": 0}, "disruption"),
        ({"min_size": 1, "max_size": 3, "desired_capacity": -1}, "review"),
        ({"min_size": -1, "max_size": -1, "desired_capacity": -1}, ""),
    ],
)
def test_sizes_by_the_clock_are_told_where_a_group_is_there(
    sizes: dict[str, int], level: str
) -> None:
    night = {"autoscaling_group_name": "eks-node-lovelace", "recurrence": "0 20 * * *", **sizes}
    comes = change("aws_autoscaling_schedule.night", CREATE, None, night)
    expected = [("ASG09", level)] if level else []
    assert found(reviewed(same(ASG, scaling_group()), comes)) == expected
    assert found(reviewed(change(ASG, CREATE, None, scaling_group()), comes)) == []


def refresh(percentage: int | None) -> list[dict[str, Any]]:
    return [{"strategy": "Rolling", "preferences": [{"min_healthy_percentage": percentage}]}]


def test_a_refresh_that_may_take_every_instance_is_told() -> None:
    moved = {"launch_template": [{"id": "lt-1", "version": "2"}]}
    zero = update(ASG, scaling_group(), instance_refresh=refresh(0), **moved)
    assert ("ASG07", "disruption") in found(reviewed(zero))
    later = update(ASG, scaling_group(), instance_refresh=refresh(0))
    assert found(reviewed(later)) == [("ASG07", "review")]
    half = update(ASG, scaling_group(), instance_refresh=refresh(50), **moved)
    assert "ASG07" not in [rule for rule, _ in found(reviewed(half))]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"max_unavailable_percentage": 100}, [("NG03", "disruption"), ("NG08", "disruption")]),
        ({"max_unavailable": 2}, [("NG03", "disruption"), ("NG08", "disruption")]),
        ({"max_unavailable_percentage": 33}, [("NG03", "disruption")]),
        ({"max_unavailable": 1}, [("NG03", "disruption")]),
    ],
)
def test_an_update_of_all_nodes_at_once_is_told(
    config: dict[str, int], expected: list[tuple[str, str]]
) -> None:
    before = node_group(version="1.34")
    rolled = update(APPS, before, version="1.35", update_config=[config])
    assert found(reviewed(STANDING, rolled)) == expected


@pytest.mark.parametrize(
    ("type_", "had", "refused"),
    [
        ("AL2023_x86_64_STANDARD", "", True),
        ("BOTTLEROCKET_ARM_64", None, True),
        ("CUSTOM", "ami-0a", False),
        ("AL2023_x86_64_STANDARD", "ami-0a", False),
        (None, "", False),
    ],
)
def test_an_image_for_a_group_whose_image_eks_chose_is_told(
    type_: str | None, had: str | None, refused: bool
) -> None:
    before = node_group(ami_type=type_, launch_template=[{"id": "lt-1", "version": "1"}])
    group = update(APPS, before, launch_template=[{"id": "lt-1", "version": "2"}])
    named = update("aws_launch_template.apps", template(image_id=had), image_id="ami-0b")
    rules = dict(found(reviewed(STANDING, named, group)))
    assert rules.get("NG11") == ("will-fail" if refused else None)


@pytest.mark.parametrize("actions", [["forget", "create"], ["create", "forget"]])
def test_a_group_that_is_superseded_keeps_its_name(actions: list[str]) -> None:
    both = change(APPS, actions, node_group(), node_group())
    assert found(reviewed(STANDING, both)) == [("NG10", "will-fail"), ("TF01", "review")]
    other = change(APPS, actions, node_group(), node_group(node_group_name="new"))
    assert found(reviewed(STANDING, other)) == [("NG10", "review"), ("TF01", "review")]


def test_what_is_superseded_loses_no_data() -> None:
    table = {"name": "orders", "hash_key": "id"}
    kept = change("aws_dynamodb_table.t", ["forget", "create"], table, {**table, "name": "n"})
    assert found(reviewed(kept)) == [("TF01", "review")]


NODE = "arn:aws:iam::123456789012:role/EKSNode"
ADMIN = "arn:aws:iam::123456789012:role/admin"
NODES = ("system:bootstrappers", "system:nodes")


def yaml(*entries: tuple[str, tuple[str, ...]]) -> str:
    text = ""
    for arn, groups in entries:
        text += f'- "groups":\n{"".join(f"  - {group}{chr(10)}" for group in groups)}'
        text += f'  "rolearn": "{arn}"\n  "username": "x"\n'
    return text


def config_map(*entries: tuple[str, tuple[str, ...]], form: str = "yaml") -> dict[str, Any]:
    text = yaml(*entries)
    if form == "json":
        text = json.dumps([{"rolearn": arn, "groups": list(groups)} for arn, groups in entries])
    metadata = [{"name": "aws-auth", "namespace": "kube-system"}]
    return {"metadata": metadata, "data": {"mapRoles": text}}


MAP = "kubernetes_config_map_v1_data.auth"
BOTH = ((NODE, NODES), (ADMIN, ("system:masters",)))


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (BOTH, BOTH[1:], [("AUTH01", "outage")]),
        (BOTH, (), [("AUTH01", "outage")]),
        (BOTH, BOTH[:1], [("AUTH01", "disruption")]),
        (BOTH[:1], BOTH, [("AUTH02", "security")]),
        (BOTH[:1], (BOTH[0], (ADMIN, ("viewers",))), [("AUTH02", "review")]),
        (BOTH, (BOTH[1], BOTH[0]), []),
    ],
)
def test_who_aws_auth_lets_in_is_compared(
    form: str, before: Any, after: Any, expected: list[tuple[str, str]]
) -> None:
    values = config_map(*before, form=form)
    changed = update(MAP, values, data=config_map(*after, form=form)["data"])
    assert found(reviewed(STANDING, changed)) == expected


@pytest.mark.parametrize("address", ["kubernetes_config_map.a", "kubernetes_config_map_v1.a", MAP])
def test_an_aws_auth_that_is_destroyed_is_an_outage(address: str) -> None:
    result = reviewed(STANDING, change(address, DELETE, config_map(*BOTH)))
    assert found(result) == [("AUTH01", "outage")]
    assert f"`{NODE} (system:bootstrappers, system:nodes)`" in result.findings[0].why
    other = {"metadata": [{"name": "settings"}], "data": {"a": "b"}}
    assert ("AUTH01", "outage") not in found(reviewed(STANDING, change(address, DELETE, other)))


def test_an_aws_auth_that_kubectl_applied_is_read_too() -> None:
    body = "kind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n  mapRoles: |\n"
    body += "".join(f"    {line}\n" for line in yaml(*BOTH).splitlines())
    gone = change("kubectl_manifest.a", DELETE, {"name": "aws-auth", "yaml_body": body})
    assert found(reviewed(STANDING, gone)) == [("AUTH01", "outage")]


def test_an_aws_auth_that_the_cluster_does_not_read_is_for_review() -> None:
    api = same(EKS, cluster(access_config=[{"authentication_mode": "API"}]))
    gone = change("kubernetes_config_map.a", DELETE, config_map(*BOTH))
    assert found(reviewed(api, gone)) == [("AUTH01", "review")]


def test_an_aws_auth_known_only_after_the_apply_is_for_review() -> None:
    changed = update(MAP, config_map(*BOTH), unknown={"data": {"mapRoles": True}})
    assert found(reviewed(STANDING, changed)) == [("AUTH02", "review")]
