"""Whatever form an owner gave to a thing, it is found, or named; test_takeover.py plans some."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from adopt import moves
from adopt.state import StateError, read
from adopt.takeover import written
from constructs_lib.spec.loader import problems_of
from tests.adoption.test_adopt import STATE, Document, resources, values
from tests.adoption.test_options import (
    CLUSTER,
    GROUP,
    add,
    copied,
    launch_template,
    set_,
    spec_of,
)

TEMPLATE = "aws_launch_configuration.node"
BASTION = "aws_security_group.ssh_bastion"
RULE, NEWER = "aws_security_group_rule", "aws_vpc_security_group_ingress_rule"


@pytest.fixture
def document() -> Document:
    found: Document = json.loads(STATE.read_text(encoding="utf-8"))
    return found


def drop(document: Document, *addresses: str) -> None:
    resources(document)[:] = [r for r in resources(document) if r["address"] not in addresses]


def refused(document: Document, name: str | None = None) -> str:
    with pytest.raises(StateError) as caught:
        written(read(json.dumps(document)), name)
    return str(caught.value)


# --- rules of security groups --------------------------------------------------------------------


def newer_rules(document: Document) -> None:
    """Say every rule by a resource of the newer type."""
    for rule in [r for r in resources(document) if r["type"] == RULE]:
        resources(document).remove(rule)
        said = rule["values"]
        every = said["protocol"] == "-1"
        add(
            document,
            f"{NEWER}.{rule['name']}",
            security_group_id=said["security_group_id"],
            ip_protocol=said["protocol"],
            from_port=None if every else said["from_port"],
            to_port=None if every else said["to_port"],
            referenced_security_group_id=said["source_security_group_id"],
            description=said["description"],
        )


def rules_inside(document: Document) -> None:
    """Say every rule inside its group."""
    groups = {
        r["values"]["id"]: r["values"]
        for r in resources(document)
        if r["type"] == "aws_security_group"
    }
    for rule in [r for r in resources(document) if r["type"] == RULE]:
        resources(document).remove(rule)
        said = rule["values"]
        kept = ("protocol", "from_port", "to_port", "description")
        inside = {key: said[key] for key in kept}
        itself = said["source_security_group_id"] == said["security_group_id"]
        inside |= {"self": itself, "cidr_blocks": []}
        inside["security_groups"] = [] if itself else [said["source_security_group_id"]]
        groups[said["security_group_id"]]["ingress"].append(inside)


@pytest.mark.parametrize("change", [newer_rules, rules_inside])
def test_rules_of_another_form_are_imported(
    document: Document, change: Callable[[Document], None]
) -> None:
    change(document)

    spec, placed, notes = spec_of(document)

    nodes, plane, bastion = (
        values(document, f"aws_security_group.{name}")["id"]
        for name in ("nodes", "control_plane", "ssh_bastion")
    )
    assert spec["adopted"]["imports"] == {
        f"{RULE}.nodes-ingress-self": f"{nodes}_ingress_all_0_0_self",
        f"{RULE}.control_plane-ingress-nodes": f"{plane}_ingress_tcp_443_443_{nodes}",
        f"{RULE}.node-kubelet-ingress-control_plane": f"{nodes}_ingress_tcp_10250_10250_{plane}",
        f"{RULE}.nodes-ingress-control_plane": f"{nodes}_ingress_tcp_0_65535_{plane}",
        f"{RULE}.bastion-ingress-nodes-ssh": f"{nodes}_ingress_tcp_22_22_{bastion}",
    }
    assert set(spec["adopted"]["imports"]) <= placed.keys()
    assert notes == []
    newer = [f"{NEWER}.nodes-ingress-self"] if change is newer_rules else []
    assert [a for a in spec["adopted"]["forget"] if a in newer] == newer


def test_an_ingress_inside_a_group_that_is_nowhere_here_is_said(document: Document) -> None:
    nodes = values(document, "aws_security_group.nodes")
    web = {"protocol": "tcp", "from_port": 80, "to_port": 81, "cidr_blocks": ["10.9.0.0/16"]}
    nodes["ingress"].append(web)

    _, _, notes = spec_of(document)

    assert notes == [
        "aws_security_group.nodes: lets in 10.9.0.0/16 (tcp 80-81) by a block of its own, which "
        "has no place here and stays as it is in AWS"
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"cidr_blocks": [], "ipv6_cidr_blocks": ["2001:db8::/32"]},
        {"cidr_blocks": [], "prefix_list_ids": ["pl-0123456789abcdef0"]},
        {"from_port": 20, "to_port": 25},
    ],
)
def test_whom_a_bastion_lets_in_otherwise_is_an_overrides(
    document: Document, changed: Document
) -> None:
    values(document, BASTION)["ingress"][0].update(changed)

    spec, _, _ = spec_of(document)

    assert spec["bastion"]["cidr_blocks"] == [spec["vpc_cidr"]]


def test_a_bastion_without_its_group_stays_its_owners(document: Document) -> None:
    drop(document, BASTION)

    spec, placed, notes = spec_of(document)

    assert "bastion" not in spec
    assert not any("bastion" in address for address in placed)
    assert "aws_instance.ssh_bastion: has no place here, is forgotten and left running" in notes


# --- nodes ---------------------------------------------------------------------------------------


def test_a_group_without_the_clusters_tag_is_found_by_its_role(document: Document) -> None:
    values(document, GROUP)["tag"] = []
    copied(document, GROUP, "aws_autoscaling_group.jenkins", id="ci", launch_configuration="ci")
    copied(document, TEMPLATE, "aws_launch_configuration.ci", id="ci", iam_instance_profile="ci")

    spec, _, notes = spec_of(document)

    assert set(spec["node_groups"]) == {"node"}
    assert (
        "aws_autoscaling_group.jenkins: has no place here, is forgotten and left running" in notes
    )


def test_a_template_is_found_by_its_name(document: Document) -> None:
    launch_template(document)
    values(document, GROUP)["launch_template"] = [{"id": "", "name": "nodes", "version": "1"}]

    spec, placed, _ = spec_of(document)

    assert spec["node_groups"]["node"]["instance_type"] == "m5.large"
    assert "aws_launch_template.node" in placed


@pytest.mark.parametrize(
    ("said", "key"),
    [({"instance_type": ""}, "instance_type"), ({"image_id": "resolve:ssm:/x"}, "image_id")],
)
def test_what_stands_for_a_type_or_an_image_is_an_overrides(
    document: Document, said: Document, key: str
) -> None:
    launch_template(document, **said)

    spec, _, _ = spec_of(document)

    of_group = spec["node_groups"]["node"] | spec["as_printed"]["node_groups"]["node"]
    assert key not in of_group


def test_the_root_volume_is_that_of_the_root_device(document: Document) -> None:
    disks = [
        {"device_name": device, "ebs": [{"volume_size": size, "volume_type": "gp3"}]}
        for device, size in (("/dev/sdb", 500), ("/dev/sda1", 50))
    ]
    launch_template(document, block_device_mappings=disks)

    spec, _, _ = spec_of(document)

    assert spec["node_groups"]["node"]["volume_size_gib"] == 50


def test_types_of_several_sizes_go_without_what_cluster_autoscaler_wants(
    document: Document,
) -> None:
    launch_template(document)
    types = [{"instance_type": type_} for type_ in ("m5.large", "c5.large")]
    launched = {"launch_template_specification": [{"launch_template_id": "lt-1"}]}
    policy = {"launch_template": [launched | {"override": types}]}
    values(document, GROUP).update(mixed_instances_policy=[policy], launch_template=[])

    spec, _, _ = spec_of(document)

    group = spec["node_groups"]["node"]
    assert group["mixed_instances"]["instance_types"] == ["m5.large", "c5.large"]
    assert group["cluster_autoscaler_tags"] is False


def test_a_cluster_without_nodes_in_the_state_is_told(document: Document) -> None:
    drop(document, GROUP)

    assert refused(document).startswith("holds no node group of lovelace: no autoscaling group ")


# --- the control plane and its network -----------------------------------------------------------


def of_services(**said: Any) -> Callable[[Document], object]:
    return set_(CLUSTER, kubernetes_network_config=[said])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (of_services(ip_family="ipv6"), "holds a cluster whose pods have IPv6 addresses, lovelace"),
        (
            set_(CLUSTER, compute_config=[{"enabled": True}]),
            "holds a cluster whose nodes EKS Auto Mode runs, lovelace",
        ),
        (of_services(), "does not tell all of the cluster lovelace, since a provider of long ago"),
    ],
)
def test_a_cluster_that_no_spec_could_say_is_named(
    document: Document, change: Callable[[Document], object], message: str
) -> None:
    change(document)

    assert refused(document).startswith(message)


def test_a_private_endpoint_alone(document: Document) -> None:
    network = values(document, CLUSTER)["vpc_config"][0]
    network |= {"endpoint_public_access": False, "endpoint_private_access": True}

    spec, _, _ = spec_of(document)

    assert spec["control_plane"]["endpoint_public_access"] is False


def test_subnets_that_a_data_source_reads(document: Document) -> None:
    """The network is in another state, as many have it."""
    for resource in resources(document):
        if resource["type"] == "aws_subnet":
            resource |= {"mode": "data", "address": f"data.{resource['address']}"}
    nodes = sorted(values(document, GROUP)["vpc_zone_identifier"])

    spec, _, notes = spec_of(document)

    assert spec["networking"]["vpc"]["private_subnets"] == {"ids": nodes}
    assert spec["availability_zones"] == ["us-west-2a", "us-west-2b"]
    assert notes[0] == "aws_vpc.k8s: stays its owner's, since the state holds only a part of it"


def two_clusters(document: Document) -> None:
    """A second cluster in the state, with nodes and people of its own."""
    copied(document, CLUSTER, "aws_eks_cluster.byron", id="byron", name="byron")
    tag = [{"key": "kubernetes.io/cluster/byron", "value": "owned"}]
    copied(document, GROUP, "aws_autoscaling_group.byron", id="byron", name="byron", tag=tag)
    for name, nodes in (("ours", "EKSNode"), ("byrons", "EKSNode-of-byron")):
        role = "- {{rolearn: arn:aws:iam::123456789012:role/{}, username: {}, groups: [system:{}]}}"
        roles = [role.format(nodes, "'system:node:{{EC2PrivateDNSName}}'", "nodes")]
        roles.append(role.format(f"admin-of-{name}", "admin", "masters"))
        metadata = [{"name": "aws-auth"}]
        data = {"mapRoles": "\n".join(roles)}
        add(document, f"kubernetes_config_map.{name}", metadata=metadata, data=data)


def test_one_of_two_clusters(document: Document) -> None:
    two_clusters(document)

    assert refused(document) == "holds 2 clusters, byron, lovelace; choose one by --name"
    assert refused(document, "keats") == "holds 2 clusters, byron, lovelace; choose one by --name"
    parts, spec = written(read(json.dumps(document)), "lovelace")
    assert problems_of(spec) == []
    assert set(spec["node_groups"]) == {"node"}
    assert [entry["rolearn"] for entry in spec["map_roles"]] == [
        "arn:aws:iam::123456789012:role/admin-of-ours"
    ]
    taken = "kubernetes_config_map.byrons: lets in no nodes of this cluster, so it is taken for"
    assert [note for note in parts.notes if note.startswith(taken)]
    assert "aws_eks_cluster.byron" not in {r.address for _, r in parts.placed()}


def test_a_state_of_terraform_0_12_names_the_way_out(document: Document) -> None:
    for resource in resources(document):
        resource["provider_name"] = "registry.terraform.io/-/aws"

    assert refused(document) == (
        "names its providers as Terraform 0.12 did; run `terraform state replace-provider "
        "registry.terraform.io/-/aws registry.terraform.io/hashicorp/aws` there, then `terraform "
        "show -json` again"
    )


def test_providers_of_terraform_0_12_itself_are_known(document: Document) -> None:
    for resource in resources(document):
        resource["provider_name"] = "aws"

    (vpc,) = (r for r in read(json.dumps(document)).resources if r.type == "aws_vpc")

    assert vpc.provider == "registry.terraform.io/hashicorp/aws"


# --- aws-auth ------------------------------------------------------------------------------------

ADMIN = "arn:aws:iam::123456789012:role/admin"
MAP = "kubernetes_config_map.aws_auth"
TWICE = f"- {{rolearn: {ADMIN}, username: a}}\n- {{rolearn: {ADMIN}, username: b}}"
OF_WINDOWS = f"""
- rolearn: {ADMIN}
  username: system:node:{{{{EC2PrivateDNSName}}}}
  groups: [system:bootstrappers, system:nodes, eks:kube-proxy-windows]
"""


@pytest.mark.parametrize(
    ("data", "said", "notes"),
    [
        ({"mapRoles": "{{{"}, {}, [f"{MAP}: mapRoles is no list; whom it lets in is shut out"]),
        (
            {"mapRoles": "- none"},
            {},
            [f"{MAP}: mapRoles has an entry that is none; whom it lets in is shut out"],
        ),
        (
            {"mapRoles": TWICE},
            {"map_roles": [{"rolearn": ADMIN, "username": "b"}]},
            [f"{MAP}: mapRoles has {ADMIN} twice; the last of them counts"],
        ),
        (
            {"mapUsers": "- {userarn: x, username: a}"},
            {},
            [
                "aws-auth: x is shut out: map_users[0].userarn: is not the ARN of an IAM user, got "
                "x; write arn:aws:iam::<account>:user/<name>"
            ],
        ),
        (
            {"mapRoles": OF_WINDOWS},
            {
                "map_roles": [
                    {
                        "rolearn": ADMIN,
                        "username": "system:node:{{EC2PrivateDNSName}}",
                        "groups": [
                            "system:bootstrappers",
                            "system:nodes",
                            "eks:kube-proxy-windows",
                        ],
                    }
                ]
            },
            [],
        ),
        (
            {"mapRoles": "- {rolearn: 'arn:aws:iam::123456789012:role/a/b/EKSNode', username: x}"},
            {},
            [],
        ),
    ],
)
def test_every_entry_of_aws_auth_is_taken_or_said(
    document: Document, data: Document, said: Document, notes: list[str]
) -> None:
    add(document, MAP, metadata=[{"name": "aws-auth"}], data=data)

    spec, _, found = spec_of(document)

    assert {key: spec[key] for key in ("map_roles", "map_users") if key in spec} == said
    assert found == notes


def test_people_beside_the_map_that_lets_nodes_in_are_taken_too(document: Document) -> None:
    nodes = "- {rolearn: 'arn:aws:iam::123456789012:role/EKSNode', username: nodes}"
    people = f"- {{rolearn: {ADMIN}, username: a}}"
    for name, roles in (("nodes", nodes), ("people", people)):
        data = {"mapRoles": roles}
        add(
            document,
            f"kubernetes_config_map_v1_data.{name}",
            metadata=[{"name": "aws-auth"}],
            data=data,
        )

    spec, _, _ = spec_of(document)

    assert spec["map_roles"] == [{"rolearn": ADMIN, "username": "a"}]


# --- addresses -----------------------------------------------------------------------------------


def test_what_has_the_address_of_a_part_is_told_and_not_forgotten(document: Document) -> None:
    role = next(r for r in resources(document) if r["address"] == "aws_iam_role.node")
    other: Document = copy.deepcopy(role)
    other["values"] |= {"id": "other", "name": "other", "arn": f"{ADMIN}-other"}
    role |= {"name": "workers", "address": "aws_iam_role.workers"}
    vpc = next(r for r in resources(document) if r["address"] == "aws_vpc.k8s")
    vpc |= {"name": "main", "address": "aws_vpc.main"}
    resources(document).append(other)

    spec, placed, notes = spec_of(document)

    assert placed["aws_iam_role.node"] == "aws_iam_role.workers"
    assert "aws_iam_role.node" not in spec["adopted"]["forget"]
    assert notes == [
        "aws_iam_role.node: is not the cluster's, and a part of the cluster has that address here; "
        "take it out of the state first, by the steps that adopt prints"
    ]


@pytest.mark.parametrize(
    ("moved", "by_hand"),
    [
        ({"aws_iam_role.workers": "aws_iam_role.node"}, []),
        ({"module.a.aws_iam_role.node": "aws_iam_role.node"}, []),
        ({"aws_iam_role.node": "aws_iam_role.managed_node"}, ["aws_iam_role.node"]),
        ({"aws_iam_role.node[0]": "aws_iam_role.managed_node"}, []),
        ({'aws_subnet.a["x"]': 'aws_subnet.b["x"]'}, []),
        ({"aws_subnet.a[1]": "aws_subnet.b[1]"}, ["aws_subnet.a[1]"]),
        (
            {"aws_iam_role.z": "aws_iam_role.node", "aws_iam_role.node": "aws_iam_role.y"},
            ["aws_iam_role.node"],
        ),
        (
            {"aws_iam_role.node": "aws_iam_role.y", "aws_iam_role.y": "aws_iam_role.x"},
            ["aws_iam_role.y", "aws_iam_role.node"],
        ),
    ],
)
def test_what_no_block_can_move_is_moved_by_hand(moved: dict[str, str], by_hand: list[str]) -> None:
    document = {
        "resource": {
            "aws_iam_role": {"node": {}},
            "aws_subnet": {"a": {"count": 2}, "b": {"count": 2}},
        }
    }

    found = moves.by_hand(moved, document)

    assert list(found) == by_hand
    assert list(moves.commands("ada", found, "tofu")) == [
        f"tofu state mv -state=terraform.ada.tfstate {shown(old)} {shown(moved[old])}"
        for old in by_hand
    ]


def shown(address: str) -> str:
    return f"'{address}'" if "[" in address else address
