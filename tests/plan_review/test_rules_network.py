"""The network, security groups and IAM, rule by rule, from small plans made by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .build import (
    CREATE,
    CREATE_FIRST,
    DELETE,
    REPLACE,
    change,
    cluster,
    found,
    refs,
    resource,
    reviewed,
    same,
    subnet,
    template,
    update,
)

EKS = "aws_eks_cluster.control_plane"
NODES = "aws_security_group.nodes"
A, B = "aws_subnet.private[0]", "aws_subnet.private[1]"


def replaced_subnet(address: str, number: int, path: str = "availability_zone") -> dict[str, Any]:
    values = subnet(number, "us-west-2a")
    return change(address, REPLACE, values, {**values}, {"id": True}, replace_paths=[[path]])


def test_a_subnet_that_a_staying_cluster_uses_cannot_be_replaced() -> None:
    keeps = same(B, subnet(2, "us-west-2b"))
    result = reviewed(same(EKS, cluster()), replaced_subnet(A, 1), keeps)
    assert found(result) == [("NET01", "will-fail")]
    assert "`aws_eks_cluster.control_plane`" in result.findings[0].why


def test_replacing_every_subnet_of_a_staying_cluster_is_an_outage() -> None:
    result = reviewed(same(EKS, cluster()), replaced_subnet(A, 1), replaced_subnet(B, 2))
    assert found(result) == [("NET01", "outage")]
    assert result.findings[0].addresses == (A, B)
    assert "END of the list" in result.findings[0].action


def test_the_zone_list_is_not_blamed_where_the_vpc_is_the_cause() -> None:
    result = reviewed(same(EKS, cluster()), replaced_subnet(A, 1, "vpc_id"))
    assert "zone" not in result.findings[0].action
    assert "Keep the VPC" in result.findings[0].action


def test_a_deleted_subnet_in_use_will_fail_as_well() -> None:
    gone = change(A, DELETE, subnet(1, "us-west-2a"), action_reason="delete_because_count_index")
    result = reviewed(same(EKS, cluster()), gone)
    assert found(result) == [("NET01", "will-fail")]
    assert "past the end of `count`" in result.findings[0].why


def test_a_subnet_whose_users_go_too_only_disturbs() -> None:
    result = reviewed(change(EKS, DELETE, cluster()), change(A, DELETE, subnet(1, "us-west-2a")))
    assert found(result) == [("EKS02", "outage"), ("NET09", "disruption")]


def test_a_subnet_replaced_new_one_first_only_disturbs() -> None:
    values = subnet(1, "us-west-2a")
    result = reviewed(same(EKS, cluster()), change(A, CREATE_FIRST, values, values))
    assert found(result) == [("NET09", "disruption")]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("aws_vpc.k8s", ("NET02", "outage")),
        ("aws_nat_gateway.n", ("NET03", "disruption")),
        ("aws_eip.n", ("NET04", "disruption")),
        ("aws_route.r", ("NET05", "disruption")),
        ("aws_route_table.r", ("NET05", "disruption")),
        ("aws_route_table_association.r", ("NET05", "disruption")),
        ("aws_internet_gateway.g", ("NET07", "disruption")),
    ],
)
@pytest.mark.parametrize("actions", [REPLACE, DELETE])
def test_the_network_s_parts_are_told_when_they_go(
    address: str, expected: tuple[str, str], actions: list[str]
) -> None:
    after = {"id": "x"} if actions == REPLACE else None
    assert found(reviewed(change(address, actions, {"id": "x"}, after))) == [expected]


def test_routes_that_change_in_place_are_for_review_and_their_tags_are_not() -> None:
    table = {"route": [{"cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-1"}], "tags": {}}
    moved = {"route": [{"cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-2"}]}
    assert found(reviewed(update("aws_route_table.r", table, **moved))) == [("NET06", "review")]
    assert found(reviewed(update("aws_route_table.r", table, tags={"a": "b"}))) == []


def test_a_gateway_moved_to_another_vpc_disturbs() -> None:
    moved = update("aws_internet_gateway.g", {"vpc_id": "vpc-1"}, vpc_id="vpc-2")
    assert found(reviewed(moved)) == [("NET07", "disruption")]


def test_a_subnet_that_loses_its_load_balancer_tag_disturbs() -> None:
    before = subnet(1, "us-west-2a", tags={"kubernetes.io/role/elb": "1", "Name": "a"})
    assert found(reviewed(update(A, before, tags={"Name": "a"}))) == [("NET08", "disruption")]
    assert found(reviewed(update(A, before, tags={"kubernetes.io/role/elb": "1"}))) == []


def ingress(port: int | tuple[int, int], *ranges: str, protocol: str = "tcp") -> dict[str, Any]:
    first, last = port if isinstance(port, tuple) else (port, port)
    return {
        "from_port": first,
        "to_port": last,
        "protocol": protocol,
        "cidr_blocks": [r for r in ranges if ":" not in r],
        "ipv6_cidr_blocks": [r for r in ranges if ":" in r],
        "security_groups": [],
        "self": False,
    }


def group(*rules: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"id": "sg-2", "name": "nodes", "ingress": list(rules), **values}


def old_style(port: int, *ranges: str) -> dict[str, Any]:
    return {
        "type": "ingress",
        "from_port": port,
        "to_port": port,
        "protocol": "tcp",
        "cidr_blocks": list(ranges),
        "security_group_id": "sg-2",
    }


def new_style(port: int, source: str) -> dict[str, Any]:
    key = "cidr_ipv6" if ":" in source else "cidr_ipv4"
    return {
        "from_port": port,
        "to_port": port,
        "ip_protocol": "tcp",
        key: source,
        "security_group_id": "sg-2",
    }


WORLD = "0.0.0.0/0"
OLD, NEW = "aws_security_group_rule.r", "aws_vpc_security_group_ingress_rule.r"


@pytest.mark.parametrize(
    "changes",
    [
        [update(NODES, group(ingress(22, "10.0.0.0/8")), ingress=[ingress(22, WORLD)])],
        [update(NODES, group(), ingress=[ingress(22, "::/0")])],
        [update(NODES, group(), ingress=[ingress(22, "0.0.0.0/1", "128.0.0.0/1")])],
        [update(NODES, group(), ingress=[ingress(22, "0.0.0.0/1"), ingress(22, "128.0.0.0/1")])],
        [update(NODES, group(), ingress=[ingress((0, 0), WORLD, protocol="-1")])],
        [change(NODES, CREATE, None, group(ingress(22, WORLD)))],
        [same(NODES, group()), change(OLD, CREATE, None, old_style(22, WORLD))],
        [same(NODES, group()), change(NEW, CREATE, None, new_style(22, WORLD))],
        [same(NODES, group()), change(NEW, CREATE, None, new_style(22, "::/0"))],
        [same(NODES, group()), update(NEW, new_style(22, "10.0.0.0/8"), cidr_ipv4=WORLD)],
        [change("module.a.aws_security_group.x", CREATE, None, group(ingress(22, WORLD)))],
    ],
)
def test_opening_to_the_world_is_seen_however_it_is_written(changes: list[dict[str, Any]]) -> None:
    assert found(reviewed(*changes)) == [("SG02", "security")]


@pytest.mark.parametrize("opened", [ingress(80, WORLD), ingress(443, WORLD)])
def test_web_ports_open_to_the_world_are_for_review(opened: dict[str, Any]) -> None:
    assert found(reviewed(update(NODES, group(), ingress=[opened]))) == [("SG02", "review")]


def test_what_was_open_before_is_not_opened() -> None:
    before = group(ingress((0, 65535), WORLD))
    after = [ingress((0, 65535), WORLD), ingress(22, WORLD)]
    assert found(reviewed(update(NODES, before, ingress=after))) == []


def test_moving_a_rule_from_inline_to_a_resource_of_its_own_is_no_opening() -> None:
    result = reviewed(
        update(NODES, group(ingress(22, WORLD)), ingress=[]),
        change(OLD, CREATE, None, old_style(22, WORLD)),
    )
    assert found(result) == []


def test_egress_to_the_world_is_no_opening() -> None:
    rule = {**old_style(443, WORLD), "type": "egress"}
    assert found(reviewed(change(OLD, CREATE, None, rule))) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [("198.51.100.0/24", [("SG03", "security")]), ("10.2.0.0/16", [("SG03", "review")])],
)
def test_opening_wider_depends_on_whose_addresses_they_are(
    source: str, expected: list[tuple[str, str]]
) -> None:
    before = group(ingress(22, "10.1.0.0/16"))
    after = [ingress(22, "10.1.0.0/16", source)]
    assert found(reviewed(update(NODES, before, ingress=after))) == expected


def test_a_new_group_for_private_addresses_is_routine() -> None:
    new = group(ingress(443, "10.0.0.0/8"))
    assert found(reviewed(change(NODES, CREATE, None, new))) == []


def test_unknown_addresses_are_said_to_be_unknown() -> None:
    rule = {**old_style(22), "cidr_blocks": None}
    block = resource(OLD, cidr_blocks=refs("aws_eip.nat.public_ip"))
    result = reviewed(change(OLD, CREATE, None, rule, {"cidr_blocks": True}), configuration=[block])
    assert found(result) == [("SG04", "review")]


def test_rules_that_aws_will_compute_are_not_unknown_addresses() -> None:
    new = {"name": "nodes"}
    block = resource(NODES, name={"constant_value": "nodes"})
    result = reviewed(change(NODES, CREATE, None, new, {"ingress": True}), configuration=[block])
    assert found(result) == []


def test_replacing_an_attached_group_will_fail_and_new_one_first_does_not() -> None:
    values = group(description="a")
    holder = same("aws_launch_template.node", template())
    gone = change(NODES, REPLACE, values, values, replace_paths=[["description"]])
    result = reviewed(holder, gone)
    assert found(result) == [("SG01", "will-fail")]
    assert "Attached to `aws_launch_template.node`" in result.findings[0].why
    made_first = reviewed(holder, change(NODES, CREATE_FIRST, values, values))
    assert found(made_first) == [("LOSS02", "review")]
    assert found(reviewed(gone)) == [("SG06", "review")]


def between(port: int, peer: str) -> dict[str, Any]:
    return {
        "type": "ingress",
        "from_port": port,
        "to_port": port,
        "protocol": "tcp",
        "security_group_id": "sg-2",
        "source_security_group_id": peer,
    }


def closed(rule: dict[str, Any]) -> list[tuple[str, str]]:
    return found(
        reviewed(
            same(EKS, cluster()),
            same("aws_launch_template.node", template()),
            same(NODES, {"id": "sg-2", "name": "nodes"}),
            same("aws_security_group.control_plane", {"id": "sg-1", "name": "cp"}),
            change(OLD, DELETE, rule),
        )
    )


def test_closing_the_kubelet_to_the_control_plane_disturbs() -> None:
    assert closed(between(10250, "sg-1")) == [("SG05", "disruption")]


def test_closing_another_port_between_groups_is_only_named() -> None:
    assert closed(between(22, "sg-1")) == [("SG09", "review")]


def policy(*actions: str, resource: str = "*", condition: Any = None) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


POLICY = "aws_iam_policy.p"
NARROW = policy("s3:GetObject", resource="arn:aws:s3:::a/*")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (policy("*"), [("IAM01", "security")]),
        (policy("s3:*", resource="arn:aws:s3:::a/*"), [("IAM01", "security")]),
        (policy("s3:PutObject"), [("IAM01", "security")]),
        (policy("ec2:DescribeInstances"), []),
        (policy("iam:PassRole"), [("IAM02", "security")]),
        (policy("sts:AssumeRole"), [("IAM02", "security")]),
        (policy("iam:PassRole", condition={"StringEquals": {"a": "b"}}), [("IAM02", "review")]),
        (policy("iam:PassRole", resource="arn:aws:iam::1:role/x"), []),
        (policy("iam:*"), [("IAM01", "security"), ("IAM02", "security")]),
        (NARROW, []),
    ],
)
def test_what_a_policy_newly_allows_is_weighed(after: str, expected: list[tuple[str, str]]) -> None:
    both = json.loads(NARROW)
    both["Statement"] += json.loads(after)["Statement"]
    result = reviewed(update(POLICY, {"policy": NARROW}, policy=json.dumps(both)))
    assert found(result) == expected


def test_what_a_policy_allowed_before_is_not_told() -> None:
    before = {"policy": policy("s3:*", "iam:PassRole")}
    after = policy("s3:*", "iam:PassRole", "s3:GetObject")
    assert found(reviewed(update(POLICY, before, policy=after))) == []


def test_a_new_policy_that_reads_is_routine_and_one_that_writes_everywhere_is_for_review() -> None:
    reads = change(POLICY, CREATE, None, {"policy": policy("autoscaling:DescribeTags")})
    assert found(reviewed(reads)) == []
    writes = change(POLICY, CREATE, None, {"policy": policy("autoscaling:SetDesiredCapacity")})
    assert found(reviewed(writes)) == [("IAM01", "review")]


def trust(**principal: Any) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return json.dumps({"Statement": [statement]})


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (
            trust(AWS="arn:aws:iam::999999999999:root"),
            [("IAM03", "security"), ("IAM09", "disruption")],
        ),
        (trust(Service=["ec2.amazonaws.com", "eks.amazonaws.com"]), [("IAM03", "review")]),
        (trust(Service="ec2.amazonaws.com"), []),
    ],
)
def test_who_a_role_newly_trusts_is_weighed(after: str, expected: list[tuple[str, str]]) -> None:
    before = {"name": "n", "assume_role_policy": trust(Service="ec2.amazonaws.com")}
    assert found(reviewed(update("aws_iam_role.r", before, assume_role_policy=after))) == expected


def test_a_boundary_that_goes_or_comes_is_weighed() -> None:
    before = {"name": "n", "permissions_boundary": "arn:aws:iam::1:policy/b"}
    gone = update("aws_iam_role.r", before, permissions_boundary="")
    assert found(reviewed(gone)) == [("IAM04", "security")]
    other = update("aws_iam_role.r", before, permissions_boundary="arn:aws:iam::1:policy/c")
    assert found(reviewed(other)) == [("IAM15", "review")]
    comes = update("aws_iam_role.r", {"name": "n"}, permissions_boundary="arn:aws:iam::1:policy/b")
    assert found(reviewed(comes)) == [("IAM15", "review")]
    assert found(reviewed(update("aws_iam_role.r", before, description="d"))) == []
    assert found(reviewed(change("aws_iam_role.r", CREATE, None, before))) == []


def test_attaching_administrator_access_is_a_security_finding() -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    made = change("aws_iam_role_policy_attachment.a", CREATE, None, {"policy_arn": arn})
    assert found(reviewed(made)) == [("IAM05", "security")]


def test_a_replaced_role_disturbs() -> None:
    gone = change("aws_iam_role.r", REPLACE, {"name": "a"}, {"name": "b"}, replace_paths=[["name"]])
    assert found(reviewed(gone)) == [("IAM06", "disruption")]


def attachment(name: str, role: str = "EKSNode") -> dict[str, Any]:
    return {"role": role, "policy_arn": f"arn:aws:iam::aws:policy/{name}"}


CNI = "aws_iam_role_policy_attachment.cni"


def test_a_node_role_that_loses_its_policy_disturbs() -> None:
    gone = change(CNI, DELETE, attachment("AmazonEKS_CNI_Policy"))
    assert found(reviewed(gone)) == [("IAM07", "disruption")]


def test_a_policy_attached_elsewhere_or_its_successor_is_not_lost() -> None:
    gone = change(CNI, DELETE, attachment("AmazonEC2ContainerRegistryReadOnly"))
    other = "aws_iam_role_policy_attachment.node"
    again = change(other, CREATE, None, attachment("AmazonEC2ContainerRegistryPullOnly"))
    assert found(reviewed(gone, again)) == [("LOSS02", "review")]


def test_a_policy_that_goes_with_its_role_is_not_told_twice() -> None:
    gone = change(CNI, DELETE, attachment("AmazonEKS_CNI_Policy"))
    result = reviewed(gone, change("aws_iam_role.node", DELETE, {"name": "EKSNode"}))
    assert found(result) == [("LOSS02", "review")]


def test_an_oidc_provider_that_goes_disturbs() -> None:
    gone = change("aws_iam_openid_connect_provider.o", DELETE, {"url": "https://x"})
    assert found(reviewed(gone)) == [("IAM08", "disruption")]


def test_what_goes_for_good_is_not_told_as_a_gap() -> None:
    for address, gap in (
        ("aws_internet_gateway.x", "meanwhile"),
        ("aws_route_table.x", "between delete and create"),
    ):
        values = {"id": "x", "vpc_id": "vpc-1"}
        gone = reviewed(change(address, DELETE, values)).findings[0]
        anew = reviewed(change(address, REPLACE, values, values, replace_paths=[["vpc_id"]]))
        assert gap not in gone.why
        assert "window" not in gone.action
        assert gap in anew.findings[0].why
        assert anew.findings[0].action == "Do it in a window."
