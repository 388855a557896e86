"""What a state says becomes the key that a spec has for it; test_takeover.py plans some of it."""

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from adopt.state import StateError, read
from adopt.takeover import written
from constructs_lib.spec.loader import problems_of
from tests.adoption.test_adopt import STATE, Document, resources, values

CLUSTER = "aws_eks_cluster.control_plane"
GROUP = "aws_autoscaling_group.node"
ACCOUNT = "arn:aws:iam::123456789012"


@pytest.fixture
def document() -> Document:
    found: Document = json.loads(STATE.read_text(encoding="utf-8"))
    return found


def spec_of(document: Document) -> tuple[Document, dict[str, str], list[str]]:
    """The spec, the address in the state by ours, and the notes."""
    parts, spec = written(read(json.dumps(document)))
    assert problems_of(spec) == []
    return spec, {address: r.address for address, r in parts.placed()}, parts.notes


def add(document: Document, address: str, **said: Any) -> Document:
    """Put a resource into the state."""
    kind, _, name = address.partition(".")
    found: Document = {"address": address, "mode": "managed", "type": kind, "name": name}
    found["values"] = {"id": said.pop("id", address), **said}
    resources(document).append(found)
    return found


def copied(document: Document, address: str, new: str, **changed: Any) -> Document:
    """Put a resource into the state that is like another."""
    there = next(r for r in resources(document) if r["address"] == address)
    found: Document = copy.deepcopy(there)
    found |= {"address": new, "name": new.partition(".")[2].partition("[")[0]}
    found.pop("index", None)
    found["values"] |= changed
    resources(document).append(found)
    return found


# --- the control plane ---------------------------------------------------------------------------


def set_(address: str, **changed: Any) -> Callable[[Document], object]:
    return lambda document: values(document, address).update(changed)


KEY = "arn:aws:kms:us-west-2:123456789012:key/1f"
SECRETS = [{"provider": [{"key_arn": KEY}], "resources": ["secrets"]}]
LOGGING = {"enabled_cluster_log_types": ["audit"]}


def log_group(**said: Any) -> Callable[[Document], object]:
    def change(document: Document) -> None:
        values(document, CLUSTER).update(LOGGING)
        name = "/aws/eks/lovelace/cluster"
        add(document, "aws_cloudwatch_log_group.eks", id=name, name=name, **said)

    return change


def public_from(*cidrs: str) -> Callable[[Document], object]:
    def change(document: Document) -> None:
        network = values(document, CLUSTER)["vpc_config"][0]
        network |= {"public_access_cidrs": cidrs, "endpoint_private_access": True}

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_(CLUSTER, encryption_config=SECRETS), {"secrets_key": KEY}),
        (set_(CLUSTER, upgrade_policy=[{"support_type": "STANDARD"}]), {"support": "standard"}),
        (set_(CLUSTER, upgrade_policy=[{"support_type": "EXTENDED"}]), {}),
        (public_from("0.0.0.0/0", "198.51.100.0/24"), {}),
        (public_from("198.51.100.0/24"), {"public_access_cidrs": ["198.51.100.0/24"]}),
        (set_(CLUSTER, zonal_shift_config=[{"enabled": True}]), {"zonal_shift": True}),
        (set_(CLUSTER, deletion_protection=True), {"deletion_protection": True}),
        (
            set_(CLUSTER, bootstrap_self_managed_addons=False),
            {"bootstrap_self_managed_addons": False},
        ),
        (
            log_group(retention_in_days=30, log_group_class="STANDARD"),
            {"enabled_cluster_log_types": ["audit"], "logs": {"retention_in_days": 30}},
        ),
        (
            log_group(retention_in_days=0),
            {"enabled_cluster_log_types": ["audit"], "logs": {"log_group_class": "STANDARD"}},
        ),
        (
            log_group(retention_in_days=0, log_group_class="INFREQUENT_ACCESS", kms_key_id=KEY),
            {
                "enabled_cluster_log_types": ["audit"],
                "logs": {"kms_key": KEY, "log_group_class": "INFREQUENT_ACCESS"},
            },
        ),
    ],
)
def test_the_control_plane(
    document: Document, change: Callable[[Document], object], said: Document
) -> None:
    before, _, _ = spec_of(copy.deepcopy(document))
    change(document)

    spec, _, notes = spec_of(document)

    private = values(document, CLUSTER)["vpc_config"][0]["endpoint_private_access"]
    assert spec["control_plane"] == before["control_plane"] | said | {
        "endpoint_private_access": private
    }
    assert notes == []


def test_an_imported_cluster_keeps_that_eks_does_not_tell_of_its_addons(document: Document) -> None:
    values(document, CLUSTER)["bootstrap_self_managed_addons"] = None

    spec, _, _ = spec_of(document)

    assert spec["lifecycle"] == {"ignore_changes": {CLUSTER: ["bootstrap_self_managed_addons"]}}


def test_a_log_group_without_logs_stays_its_owners(document: Document) -> None:
    add(document, "aws_cloudwatch_log_group.eks", name="/aws/eks/lovelace/cluster")

    spec, placed, notes = spec_of(document)

    assert "logs" not in spec["control_plane"]
    assert "aws_cloudwatch_log_group.control_plane" not in placed
    assert notes == [
        "aws_cloudwatch_log_group.eks: has no place here, is forgotten and left running"
    ]


OIDC = {
    "client_id": "kubernetes",
    "issuer_url": "https://login.example.com",
    "identity_provider_config_name": "people",
    "groups_claim": "groups",
    "groups_prefix": "people:",
    "required_claims": None,
    "username_claim": "email",
    "username_prefix": "",
}


def test_oidc(document: Document) -> None:
    add(document, "aws_eks_identity_provider_config.x", cluster_name="lovelace", oidc=[OIDC])

    spec, placed, _ = spec_of(document)

    assert spec["control_plane"]["oidc"] == {
        "name": "people",
        "issuer_url": "https://login.example.com",
        "client_id": "kubernetes",
        "username_claim": "email",
        "groups_claim": "groups",
        "groups_prefix": "people:",
    }
    assert placed["aws_eks_identity_provider_config.oidc"] == "aws_eks_identity_provider_config.x"


def test_what_the_spec_refuses_stays_its_owners_and_is_said(document: Document) -> None:
    refused = OIDC | {"groups_prefix": ""}
    add(document, "aws_eks_identity_provider_config.x", cluster_name="lovelace", oidc=[refused])

    spec, placed, notes = spec_of(document)

    assert "oidc" not in spec["control_plane"]
    assert "aws_eks_identity_provider_config.oidc" not in placed
    assert notes[0].startswith("control_plane.oidc")
    assert notes[1].startswith("aws_eks_identity_provider_config.x: has no place here")


# --- roles, tags, add-ons, people ----------------------------------------------------------------


def roles(document: Document) -> list[Document]:
    return [r["values"] for r in resources(document) if r["type"] == "aws_iam_role"]


def test_a_path_and_a_boundary_of_all_roles(document: Document) -> None:
    for role in roles(document):
        role |= {"path": "/eks/", "permissions_boundary": f"{ACCOUNT}:policy/limit"}
        role["arn"] = role["arn"].replace(":role/", ":role/eks/")
    values(document, CLUSTER)["role_arn"] = f"{ACCOUNT}:role/eks/EKSControlPlane"

    spec, _, _ = spec_of(document)

    assert spec["iam"] == {"path": "/eks/", "permissions_boundary": f"{ACCOUNT}:policy/limit"}


def test_a_path_of_one_role_is_no_key(document: Document) -> None:
    roles(document)[0]["path"] = "/eks/"

    spec, _, _ = spec_of(document)

    assert "iam" not in spec


def test_the_tags_that_the_owners_provider_puts_everywhere(document: Document) -> None:
    for resource in resources(document):
        there = resource["values"]
        if "tags_all" in there:
            there["tags_all"] = {**(there.get("tags") or {}), "team": "shop", "cost": "1"}
    values(document, "aws_vpc.k8s")["tags_all"].pop("cost")

    spec, _, _ = spec_of(document)

    assert spec["tags"] == {"team": "shop"}


def test_addons(document: Document) -> None:
    settings: dict[str, Document] = {
        "vpc-cni": {"preserve": True, "configuration_values": '{"env": {"A": "1"}}'},
        "coredns": {"preserve": None, "configuration_values": ""},
        "aws-ebs-csi-driver": {"service_account_role_arn": f"{ACCOUNT}:role/ebs"},
    }
    for name, more in settings.items():
        there = {"cluster_name": "lovelace", "addon_name": name} | more
        there["addon_version"] = "v1.2.3-eksbuild.1"
        add(document, f"aws_eks_addon.{name}", **there)
    add(document, "aws_eks_addon.other", cluster_name="byron", addon_name="vpc-cni")

    spec, placed, _ = spec_of(document)

    version = {"addon_version": "v1.2.3-eksbuild.1"}
    assert spec["addons"] == {
        "vpc-cni": {**version, "configuration_values": {"env": {"A": "1"}}},
        "coredns": {**version, "preserve": False},
        "aws-ebs-csi-driver": {**version, "service_account_role_arn": f"{ACCOUNT}:role/ebs"},
    }
    assert {"aws_eks_addon.vpc-cni", "aws_eks_addon.coredns"} <= placed.keys()


def test_irsa(document: Document) -> None:
    issuer = "https://oidc.eks.us-west-2.amazonaws.com/id/ABC"
    values(document, CLUSTER)["identity"] = [{"oidc": [{"issuer": issuer}]}]
    add(document, "aws_iam_openid_connect_provider.eks", url=issuer.removeprefix("https://"))

    spec, placed, _ = spec_of(document)

    assert spec["pod_identity"] == {"by": ["kube2iam", "irsa"]}
    assert "aws_iam_openid_connect_provider.irsa" in placed


def test_access_entries(document: Document) -> None:
    access = values(document, CLUSTER)["access_config"][0]
    access["authentication_mode"] = "API"
    entries: tuple[tuple[str, str, Document], ...] = (
        ("node", f"{ACCOUNT}:role/EKSNode", {"type": "EC2_LINUX"}),
        ("ada", f"{ACCOUNT}:user/ada", {"user_name": "ada", "kubernetes_groups": ["dev"]}),
        ("admin", f"{ACCOUNT}:role/admin", {"user_name": "admin"}),
    )
    for name, arn, said in entries:
        there = {"cluster_name": "lovelace", "principal_arn": arn, "type": "STANDARD"} | said
        add(document, f"aws_eks_access_entry.{name}", **there)
    add(
        document,
        "aws_eks_access_policy_association.x",
        cluster_name="lovelace",
        principal_arn=f"{ACCOUNT}:role/admin",
        policy_arn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        access_scope=[{"type": "cluster"}],
    )

    spec, placed, _ = spec_of(document)

    assert spec["access"] == {"by": "access_entries", "authentication_mode": "API"}
    assert spec["map_users"] == [
        {"userarn": f"{ACCOUNT}:user/ada", "username": "ada", "groups": ["dev"]}
    ]
    assert spec["map_roles"] == [
        {"rolearn": f"{ACCOUNT}:role/admin", "username": "admin", "groups": ["system:masters"]}
    ]
    assert {
        "aws_eks_access_entry.node",
        "aws_eks_access_entry.user-123456789012-ada",
        "aws_eks_access_policy_association.role-123456789012-admin",
    } <= placed.keys()


# --- nodes ---------------------------------------------------------------------------------------


def launch_template(document: Document, **said: Any) -> None:
    """Let the group launch a template in place of its launch configuration."""
    there = values(document, "aws_launch_configuration.node")
    resources(document)[:] = [
        r for r in resources(document) if r["type"] != "aws_launch_configuration"
    ]
    block = {"device_name": "/dev/sda1", "ebs": [{"volume_size": 50, "volume_type": "gp3"}]}
    template = {
        "id": "lt-1",
        "name": "nodes",
        "image_id": there["image_id"],
        "instance_type": "m5.large",
        "iam_instance_profile": [{"name": "EKSNode", "arn": ""}],
        "vpc_security_group_ids": there["security_groups"],
        "block_device_mappings": [block],
    }
    add(document, "aws_launch_template.node", **(template | said))
    group = values(document, GROUP)
    group |= {"launch_configuration": "", "launch_template": [{"id": "lt-1", "version": "1"}]}


def test_a_launch_template(document: Document) -> None:
    launch_template(document)
    group = values(document, GROUP)
    group |= {"suspended_processes": ["AZRebalance"], "max_instance_lifetime": 86_400 * 30}
    group["vpc_zone_identifier"] = group["vpc_zone_identifier"][:1]

    spec, placed, _ = spec_of(document)

    (zone,) = spec["node_groups"]["node"].pop("availability_zones")
    assert zone in spec["availability_zones"]
    assert spec["node_groups"]["node"] == {
        "instance_type": "m5.large",
        "min_size": 1,
        "max_size": 2,
        "volume_size_gib": 50,
        "suspended_processes": ["AZRebalance"],
        "max_lifetime_days": 30,
    }
    assert placed["aws_launch_template.node"] == "aws_launch_template.node"


def test_what_two_groups_launch_is_placed_once(document: Document) -> None:
    launch_template(document)
    copied(document, GROUP, "aws_autoscaling_group.other", id="other", name="other")

    spec, placed, _ = spec_of(document)

    assert set(spec["node_groups"]) == {"node", "other"}
    assert spec["node_groups"]["other"]["instance_type"] == "m5.large"
    assert [address for address in placed if "template" in address] == ["aws_launch_template.node"]
    assert spec["adopted"]["launch_templates"] == {"node": "nodes"}


@pytest.mark.parametrize("size", [None, 8])
def test_a_volume_that_the_spec_does_not_take_is_an_overrides(
    document: Document, size: int | None
) -> None:
    values(document, "aws_launch_configuration.node")["root_block_device"][0]["volume_size"] = size

    spec, _, _ = spec_of(document)

    assert "volume_size_gib" not in spec["node_groups"]["node"]


def test_a_group_of_another_region_is_none_of_the_clusters(document: Document) -> None:
    copied(document, GROUP, "aws_autoscaling_group.far", id="far", region="eu-west-1")

    spec, _, notes = spec_of(document)

    assert set(spec["node_groups"]) == {"node"}
    assert "aws_autoscaling_group.far: has no place here, is forgotten and left running" in notes


def test_several_types_and_spot(document: Document) -> None:
    launch_template(document)
    distribution = {
        "on_demand_allocation_strategy": "prioritized",
        "on_demand_base_capacity": 1,
        "on_demand_percentage_above_base_capacity": 0,
        "spot_allocation_strategy": "capacity-optimized",
        "spot_instance_pools": 0,
        "spot_max_price": "",
    }
    overrides = [
        {"instance_type": type_, "weighted_capacity": ""} for type_ in ("m5.large", "m5a.large")
    ]
    launched = {
        "launch_template_specification": [{"launch_template_id": "lt-1", "version": "1"}],
        "override": overrides,
    }
    policy = {"instances_distribution": [distribution], "launch_template": [launched]}
    values(document, GROUP).update(mixed_instances_policy=[policy], launch_template=[])

    spec, _, _ = spec_of(document)

    assert spec["node_groups"]["node"]["mixed_instances"] == {
        "instance_types": ["m5.large", "m5a.large"],
        "on_demand_base": 1,
        "on_demand_percentage": 0,
        "on_demand_strategy": "prioritized",
        "spot_strategy": "capacity-optimized",
    }
    assert "instance_type" not in spec["node_groups"]["node"]


def managed_only(document: Document) -> None:
    """Two groups that EKS runs, one with a launch template, and none of the cluster's own."""
    group = values(document, GROUP)
    gone = ("aws_autoscaling_group", "aws_launch_configuration", "aws_iam_instance_profile")
    resources(document)[:] = [r for r in resources(document) if r["type"] not in gone]
    there = {
        "cluster_name": "lovelace",
        "node_group_name": "blue",
        "node_role_arn": f"{ACCOUNT}:role/EKSNode",
        "subnet_ids": group["vpc_zone_identifier"],
        "instance_types": ["t3.large"],
        "capacity_type": "SPOT",
        "labels": {"team": "shop"},
        "taint": [{"key": "gpu", "value": "", "effect": "NO_SCHEDULE"}],
        "scaling_config": [{"min_size": 1, "max_size": 3, "desired_size": 2}],
        "launch_template": [],
    }
    add(document, "aws_eks_node_group.this", **there)
    add(
        document,
        "aws_launch_template.green",
        id="lt-2",
        name="green",
        instance_type="m5.large",
        image_id="ami-0123456789abcdef0",
        vpc_security_group_ids=[values(document, "aws_security_group.nodes")["id"]],
    )
    other: Document = {"labels": {}, "taint": [], "instance_types": [], "capacity_type": ""}
    other["launch_template"] = [{"id": "lt-2", "version": "3"}]
    add(document, "aws_eks_node_group.green", **(there | other))


def test_managed_groups(document: Document) -> None:
    managed_only(document)

    spec, placed, _ = spec_of(document)

    assert spec["node_groups"] == {
        "blue": {
            "kind": "managed",
            "min_size": 1,
            "max_size": 3,
            "image": {"family": "al2023"},
            "instance_types": ["t3.large"],
            "capacity_type": "spot",
            "labels": {"team": "shop"},
            "taints": [{"key": "gpu", "effect": "NoSchedule"}],
        },
        "green": {
            "kind": "managed",
            "min_size": 1,
            "max_size": 3,
            "image": {"family": "al2023", "id": "ami-0123456789abcdef0"},
            "instance_type": "m5.large",
            "metadata": {"http_tokens": "optional"},
        },
    }
    assert spec["adopted"]["autoscaling_groups"] == {}
    assert placed["aws_eks_node_group.node-blue"] == "aws_eks_node_group.this"
    assert placed["aws_launch_template.node-green"] == "aws_launch_template.green"


def test_managed_groups_of_bottlerocket(document: Document) -> None:
    managed_only(document)
    values(document, "aws_eks_node_group.this")["ami_type"] = "BOTTLEROCKET_x86_64"
    sizes = {"/dev/xvda": 5, "/dev/xvdb": 80}
    values(document, "aws_launch_template.green").update(
        user_data=base64.b64encode(b"[settings.kubernetes]\nmax-pods = 20\n").decode(),
        block_device_mappings=[
            {"device_name": name, "ebs": [{"volume_size": size, "encrypted": "true"}]}
            for name, size in sizes.items()
        ],
    )

    spec, _, _ = spec_of(document)

    blue, green = (spec["node_groups"][key] for key in ("blue", "green"))
    assert blue["image"] == {"family": "bottlerocket"}
    assert green["image"] == {"family": "bottlerocket", "id": "ami-0123456789abcdef0"}
    assert green["volume_size_gib"] == 80


def test_fargate(document: Document) -> None:
    subnets = values(document, GROUP)["vpc_zone_identifier"]
    add(document, "aws_iam_role.pods", arn=f"{ACCOUNT}:role/pods", name="pods", path="/")
    add(
        document,
        "aws_eks_fargate_profile.pods",
        cluster_name="lovelace",
        fargate_profile_name="pods",
        pod_execution_role_arn=f"{ACCOUNT}:role/pods",
        subnet_ids=subnets,
        selector=[{"namespace": "shop", "labels": {"a": "b"}}, {"namespace": "x", "labels": None}],
    )

    spec, placed, _ = spec_of(document)

    assert spec["node_groups"]["pods"] == {
        "kind": "fargate",
        "selectors": [{"namespace": "shop", "labels": {"a": "b"}}, {"namespace": "x"}],
    }
    assert placed["aws_iam_role.fargate"] == "aws_iam_role.pods"


# --- the network ---------------------------------------------------------------------------------


def tables_by_zone(document: Document, gateways: int) -> None:
    """Give each private subnet a table of its own, with so many NAT gateways."""
    kept = next(r for r in resources(document) if r["address"] == "aws_default_route_table.private")
    resources(document).remove(kept)
    (route,) = kept["values"]["route"]
    route = dict.fromkeys(values(document, "aws_route_table.public")["route"][0], "") | route
    for number in range(2):
        nat = route["nat_gateway_id"]
        if number and gateways > 1:
            nat = f"nat-{number}"
            copied(document, "aws_eip.nat", f"aws_eip.nat{number}", id=f"eipalloc-{number}")
            subnet = values(document, f"aws_subnet.public[{number}]")["id"]
            copied(
                document,
                "aws_nat_gateway.nat_gateway",
                f"aws_nat_gateway.other{number}",
                id=nat,
                allocation_id=f"eipalloc-{number}",
                subnet_id=subnet,
            )
        ways = [] if not gateways else [route | {"nat_gateway_id": nat}]
        table = add(document, f"aws_route_table.private{number}", id=f"rtb-{number}", route=ways)
        table["values"]["vpc_id"] = values(document, "aws_vpc.k8s")["id"]
        association = values(document, f"aws_route_table_association.private[{number}]")
        association["route_table_id"] = f"rtb-{number}"


RANGES = {
    "us-west-2a": {"private": "10.1.64.0/18", "public": "10.1.0.0/24"},
    "us-west-2b": {"private": "10.1.128.0/18", "public": "10.1.1.0/24"},
}


@pytest.mark.parametrize(("gateways", "nat"), [(1, None), (2, "per_zone")])
def test_a_table_in_each_zone(document: Document, gateways: int, nat: str | None) -> None:
    tables_by_zone(document, gateways)

    spec, placed, _ = spec_of(document)

    assert spec["networking"] == {"subnets": RANGES} | ({"nat": nat} if nat else {})
    assert placed['aws_subnet.private["us-west-2b"]'] == "aws_subnet.private[1]"
    assert placed["aws_route_table.private-us-west-2b"] == "aws_route_table.private1"
    expected = [f"aws_nat_gateway.nat_gateway-us-west-2{zone}" for zone in "ab"[:gateways]]
    assert [address for address in placed if "nat_gateway" in address] == expected


def test_a_main_table_for_the_first_zone_alone(document: Document) -> None:
    table = values(document, "aws_default_route_table.private")
    copied(document, "aws_eip.nat", "aws_eip.b", id="eipalloc-b")
    copied(
        document,
        "aws_nat_gateway.nat_gateway",
        "aws_nat_gateway.b",
        id="nat-b",
        allocation_id="eipalloc-b",
        subnet_id=values(document, "aws_subnet.public[1]")["id"],
    )
    other = copy.deepcopy(table) | {"id": "rtb-b"}
    other["route"][0]["nat_gateway_id"] = "nat-b"
    add(document, "aws_route_table.b", **other)
    values(document, "aws_route_table_association.private[1]")["route_table_id"] = "rtb-b"

    spec, placed, _ = spec_of(document)

    assert spec["networking"] == {"nat": "per_zone"}
    assert placed["aws_nat_gateway.nat_gateway-us-west-2b"] == "aws_nat_gateway.b"
    assert placed["aws_route_table.private-us-west-2b"] == "aws_route_table.b"


def test_addresses_of_somebody_elses_for_the_gateways(document: Document) -> None:
    resources(document)[:] = [r for r in resources(document) if r["type"] != "aws_eip"]
    values(document, "aws_nat_gateway.nat_gateway")["allocation_id"] = "eipalloc-0abc1234"

    spec, _, _ = spec_of(document)

    assert spec["networking"] == {"nat_eips": ["eipalloc-0abc1234"]}


def test_another_cut(document: Document) -> None:
    for number, (public, private) in enumerate(
        [("10.1.0.0/20", "10.1.32.0/19"), ("10.1.16.0/20", "10.1.64.0/19")]
    ):
        values(document, f"aws_subnet.public[{number}]")["cidr_block"] = public
        values(document, f"aws_subnet.private[{number}]")["cidr_block"] = private

    spec, _, _ = spec_of(document)

    assert spec["networking"] == {"public_newbits": 4, "private_newbits": 3}


def test_routes_that_stand_beside_their_table_come_inside(document: Document) -> None:
    table = values(document, "aws_default_route_table.private")
    (route,) = table["route"]
    table["route"] = []
    add(
        document,
        "aws_route.nat",
        route_table_id=table["id"],
        destination_cidr_block="0.0.0.0/0",
        nat_gateway_id=route["nat_gateway_id"],
    )

    parts, spec = written(read(json.dumps(document)))

    (inside,) = parts.of("aws_default_route_table.private").blocks("route")
    assert inside["nat_gateway_id"] == route["nat_gateway_id"]
    assert [r.address for r in parts.absorbed] == ["aws_route.nat"]
    assert "aws_route.nat" in spec["adopted"]["forget"]
    assert parts.notes == []


# --- somebody else's network ---------------------------------------------------------------------


def public_only(document: Document) -> None:
    """Let nodes and control plane be in the public subnets, and no others be there."""
    gone = {f"aws_subnet.private[{n}]" for n in range(2)}
    gone |= {f"aws_route_table_association.private[{n}]" for n in range(2)}
    gone |= {"aws_nat_gateway.nat_gateway", "aws_eip.nat", "aws_default_route_table.private"}
    resources(document)[:] = [r for r in resources(document) if r["address"] not in gone]
    subnets = [values(document, f"aws_subnet.public[{n}]")["id"] for n in range(2)]
    values(document, GROUP)["vpc_zone_identifier"] = subnets
    values(document, CLUSTER)["vpc_config"][0]["subnet_ids"] = subnets


def regional(document: Document) -> None:
    values(document, "aws_nat_gateway.nat_gateway").update(
        availability_mode="regional", subnet_id=None, allocation_id=None
    )


def regional_elsewhere(document: Document) -> None:
    """Let the private tables lead to a gateway of the region that has another address here."""
    route = values(document, "aws_default_route_table.private")["route"][0]
    regional = {"availability_mode": "regional", "subnet_id": None, "allocation_id": None}
    copied(document, "aws_nat_gateway.nat_gateway", "aws_nat_gateway.all", id="nat-9", **regional)
    route["nat_gateway_id"] = "nat-9"


def shared_table(document: Document) -> None:
    """One table for all private subnets that is not the VPC's main one."""
    tables_by_zone(document, 1)
    values(document, "aws_route_table_association.private[1]")["route_table_id"] = "rtb-0"


def without_a_way_out(document: Document) -> None:
    """No NAT gateway, and no endpoints that the spec would ask for."""
    tables_by_zone(document, 0)


def small(document: Document) -> None:
    """A VPC that is smaller than any cut of a spec."""
    for kind, at in (("public", 0), ("private", 64)):
        for number in range(2):
            subnet = values(document, f"aws_subnet.{kind}[{number}]")
            subnet["cidr_block"] = f"10.1.0.{at + 32 * number}/27"
    values(document, "aws_vpc.k8s")["cidr_block"] = "10.1.0.0/25"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            public_only,
            "nodes are in public subnets, aws_subnet.public[0], aws_subnet.public[1]",
        ),
        (regional, "aws_nat_gateway.nat_gateway is in none of its public subnets"),
        (regional_elsewhere, "aws_nat_gateway.all is in none of its public subnets"),
        (
            shared_table,
            "its private subnets have neither the VPC's main table nor one in each zone, but "
            "aws_route_table.private0",
        ),
        (
            without_a_way_out,
            "it has no NAT gateway, and nothing else by which the spec would let nodes out",
        ),
        (small, "10.1.0.0/25 leaves no room for the subnets that a spec makes"),
    ],
)
def test_another_network_stays_its_owners(
    document: Document, change: Callable[[Document], object], why: str
) -> None:
    change(document)
    nodes = sorted(values(document, GROUP)["vpc_zone_identifier"])
    plane = sorted(values(document, CLUSTER)["vpc_config"][0]["subnet_ids"])
    public = sorted(values(document, f"aws_subnet.public[{n}]")["id"] for n in range(2))
    public = [id_ for id_ in public if id_ not in nodes]

    spec, placed, notes = spec_of(document)

    vpc: Document = {"id": values(document, "aws_vpc.k8s")["id"], "private_subnets": {"ids": nodes}}
    if plane != nodes:
        vpc["control_plane_subnets"] = {"ids": plane}
    if public:
        vpc["public_subnets"] = {"ids": public}
    assert spec["networking"] == {"vpc": vpc}
    assert ("bastion" in spec) == bool(public)
    assert "vpc_cidr" not in spec
    assert not any(address.startswith(("aws_vpc.", "aws_subnet.")) for address in placed)
    assert notes[0] == f"aws_vpc.k8s: stays its owner's, since {why}"
    assert "aws_vpc.k8s: has no place here, is forgotten and left running" in notes


def test_subnets_that_no_state_holds_are_said(document: Document) -> None:
    gone = values(document, "aws_subnet.private[1]")["id"]
    resources(document)[:] = [r for r in resources(document) if r["values"].get("id") != gone]

    with pytest.raises(StateError, match=f"^does not hold {gone}, so the zones"):
        written(read(json.dumps(document)))
