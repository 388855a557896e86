"""From a state, as Terraform shows it, to the sections of a spec; test_takeover.py plans it."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from adopt.state import read
from adopt.takeover import written
from adopt.text import yaml_text
from commands import cli
from constructs_lib.spec.loader import problems_of
from tests import synthesis

STATE = Path(__file__).with_name("state.json")
"""What `terraform show -json` says of the chapter's cluster, made in the emulator."""

Document = dict[str, Any]
Adopt = Callable[[Document], tuple[Document, list[str]]]


@pytest.fixture
def document() -> Document:
    found: Document = json.loads(STATE.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def adopt() -> Adopt:
    """`adopt(document)`: the sections of the spec, and what they cannot say."""

    def run(document: Document) -> tuple[Document, list[str]]:
        cluster, spec = written(read(json.dumps(document)))
        assert yaml.safe_load(yaml_text(spec, ())) == spec
        return spec, cluster.notes

    return run


def main(arguments: list[str]) -> int:
    return cli.main(["adopt", *arguments])


def resources(document: Document) -> list[Document]:
    found: list[Document] = document["values"]["root_module"]["resources"]
    return found


def values(document: Document, address: str) -> Document:
    found: Document = next(r["values"] for r in resources(document) if r["address"] == address)
    return found


def test_the_chapters_state_gives_the_example(document: Document, adopt: Adopt) -> None:
    example = yaml.safe_load(
        (synthesis.ROOT / "examples" / "chapter7-as-printed.yaml").read_text(encoding="utf-8")
    )
    example["control_plane"]["endpoint_public_access"] = True
    example["adopted"]["forget"] = ["null_resource.kube2iam"]
    image = values(document, "aws_launch_configuration.node")["image_id"]
    example["as_printed"]["node_groups"]["node"]["image_id"] = image

    spec, notes = adopt(document)

    assert spec == example
    assert notes == []


def test_the_spec_is_one_that_the_loader_takes(document: Document, adopt: Adopt) -> None:
    spec, _ = adopt(document)

    assert synthesis.read(yaml.safe_dump(spec)).spec.adopted is not None


def test_what_was_brought_up_to_date_is_not_as_printed(document: Document, adopt: Adopt) -> None:
    cluster = values(document, "aws_eks_cluster.control_plane")
    cluster["access_config"][0]["authentication_mode"] = "API_AND_CONFIG_MAP"
    volume = values(document, "aws_launch_configuration.node")["root_block_device"][0]
    volume |= {"volume_type": "gp3", "encrypted": True}
    resources(document)[:] = [r for r in resources(document) if r["name"] != "eks_service"]

    spec, _ = adopt(document)

    assert {"authentication_mode", "eks_service_policy"}.isdisjoint(spec["as_printed"])
    group = spec["as_printed"]["node_groups"]["node"]
    assert {"volume_type", "volume_encrypted"}.isdisjoint(group)


def test_what_has_no_place_is_forgotten_and_said(document: Document, adopt: Adopt) -> None:
    resources(document).append(
        {
            "address": 'aws_s3_bucket.logs["a"]',
            "mode": "managed",
            "type": "aws_s3_bucket",
            "name": "logs",
            "values": {"id": "logs"},
        }
    )

    spec, notes = adopt(document)

    assert "aws_s3_bucket.logs" in spec["adopted"]["forget"]
    assert 'aws_s3_bucket.logs["a"]: has no place here, is forgotten and left running' in notes


NODES = "arn:aws:iam::123456789012:role/EKSNode"
PEOPLE = f"""
mapRoles: |
  - rolearn: {NODES}
    username: system:node:{{{{EC2PrivateDNSName}}}}
  - rolearn: "arn:aws:iam::123456789012:role/admin"
    username: "1e3"
    groups: ['system:masters']
  - rolearn: arn:aws:iam::123456789012:role/other-nodes
    username: "system:node:{{{{EC2PrivateDNSName}}}}"
mapUsers: |
  - userarn: arn:aws:iam::123456789012:user/ada
    username: ada
"""


@pytest.mark.parametrize("kind", ["local_file", "whole_file", "kubernetes_config_map_v1"])
def test_people_in_aws_auth_come_into_the_spec(document: Document, adopt: Adopt, kind: str) -> None:
    data = yaml.safe_load(PEOPLE)
    values = {
        "local_file": {"content": f"# aws-auth\n{PEOPLE}"},
        "whole_file": {
            "content": json.dumps(
                {"metadata": {"name": "aws-auth"}, "kind": "ConfigMap", "data": data}
            )
        },
        "kubernetes_config_map_v1": {"metadata": [{"name": "aws-auth"}], "data": data},
    }[kind]
    type_ = "local_file" if "file" in kind else kind
    resources(document).append(
        {
            "address": f"{type_}.aws_auth",
            "mode": "managed",
            "type": type_,
            "name": "aws_auth",
            "values": values,
        }
    )

    spec, notes = adopt(document)

    assert f"{type_}.aws_auth" in spec["adopted"]["forget"]
    assert spec["map_roles"] == [
        {
            "rolearn": "arn:aws:iam::123456789012:role/admin",
            "username": "1e3",
            "groups": ["system:masters"],
        },
        {"type": "EC2_LINUX", "rolearn": "arn:aws:iam::123456789012:role/other-nodes"},
    ]
    assert spec["map_users"] == [
        {"userarn": "arn:aws:iam::123456789012:user/ada", "username": "ada"}
    ]
    assert notes == []


def test_accounts_in_aws_auth_are_said(document: Document, adopt: Adopt) -> None:
    data = {"mapAccounts": "- '123456789012'", "mapRoles": "- {username: nobody}"}
    resources(document).append(
        {
            "address": "kubernetes_config_map.aws_auth",
            "mode": "managed",
            "type": "kubernetes_config_map",
            "name": "aws_auth",
            "values": {"metadata": [{"name": "aws-auth"}], "data": data},
        }
    )

    _, notes = adopt(document)

    assert notes == [
        "kubernetes_config_map.aws_auth: mapRoles has an entry that is none; whom it lets in is "
        "shut out",
        "kubernetes_config_map.aws_auth: mapAccounts has no place here, and is gone after the "
        "apply",
    ]


def test_the_data_source_of_the_template_provider_is_said(document: Document, adopt: Adopt) -> None:
    resources(document).append(
        {
            "address": "data.template_file.kubeconfig",
            "mode": "data",
            "type": "template_file",
            "name": "kubeconfig",
            "values": {},
        }
    )

    _, notes = adopt(document)

    assert notes[0].startswith("data.template_file.kubeconfig: Terraform asks for its provider")


def test_further_groups_and_the_rule_of_the_printed_text_are_moved(
    document: Document, adopt: Adopt
) -> None:
    for kind in ("aws_autoscaling_group", "aws_launch_configuration"):
        group = next(r for r in resources(document) if r["type"] == kind)
        other = copy.deepcopy(group)
        other |= {"address": f"{kind}.gpu", "name": "gpu"}
        other["values"] |= {"id": "gpu-1", "name": "gpu-1", "launch_configuration": "gpu-1"}
        resources(document).append(other)
    for resource in resources(document):
        if resource["name"] == "nodes-ingress-control_plane":
            resource["address"] = "aws_security_group_rule.nodes-control_plane-proxy"

    spec, notes = adopt(document)

    assert spec["adopted"]["autoscaling_groups"] == {"node": "eks-node-lovelace", "gpu": "gpu-1"}
    assert spec["adopted"]["moved"] == {
        "aws_security_group_rule.nodes-control_plane-proxy": (
            "aws_security_group_rule.nodes-ingress-control_plane"
        ),
        "aws_autoscaling_group.gpu": "aws_autoscaling_group.node-gpu",
        "aws_launch_configuration.gpu": "aws_launch_configuration.node-gpu",
    }
    assert notes == []


def test_a_group_of_somebody_else_is_no_node_group(document: Document, adopt: Adopt) -> None:
    group = next(r for r in resources(document) if r["type"] == "aws_autoscaling_group")
    other = copy.deepcopy(group)
    other |= {"address": "aws_autoscaling_group.jenkins", "name": "jenkins"}
    other["values"]["tag"] = [{"key": "Name", "value": "jenkins", "propagate_at_launch": True}]
    resources(document).append(other)

    spec, notes = adopt(document)

    assert set(spec["node_groups"]) == {"node"}
    assert notes == [
        "aws_autoscaling_group.jenkins: has no place here, is forgotten and left running"
    ]


@pytest.mark.parametrize("name", ["Node_A", "node-a", "0a", "a" * 40])
def test_a_group_gets_a_key_that_a_spec_may_have(
    document: Document, adopt: Adopt, name: str
) -> None:
    for resource in resources(document):
        if resource["type"] == "aws_autoscaling_group":
            resource["address"] = f"aws_autoscaling_group.{name}"
            resource["name"] = name

    spec, _ = adopt(document)

    assert problems_of(spec) == []


def test_ssh_is_read_from_the_rule_for_ssh(document: Document, adopt: Adopt) -> None:
    ingress = values(document, "aws_security_group.ssh_bastion")["ingress"]
    ingress[0]["cidr_blocks"] = ["198.51.100.0/24"]
    vpn = {"protocol": "udp", "from_port": 1194, "to_port": 1194, "cidr_blocks": ["0.0.0.0/0"]}
    ingress.insert(0, ingress[0] | vpn)

    spec, _ = adopt(document)

    assert spec["bastion"] == {"instance_type": "t2.micro", "cidr_blocks": ["198.51.100.0/24"]}


def test_routes_to_elsewhere_come_into_the_spec(document: Document, adopt: Adopt) -> None:
    for address in ("aws_default_route_table.private", "aws_route_table.public"):
        routes = values(document, address)["route"]
        new = dict.fromkeys(routes[0], "") | {
            "cidr_block": "192.168.0.0/16",
            "transit_gateway_id": "tgw-0123456789abcdef0",
        }
        routes.append(new)

    spec, _ = adopt(document)

    route = {"to": "192.168.0.0/16", "via": "tgw-0123456789abcdef0"}
    assert spec["networking"] == {"routes": [route, {**route, "subnets": "public"}]}


# --- not made from the chapter -------------------------------------------------------------------


@pytest.fixture
def foreign(document: Document) -> Document:
    """The same cluster in somebody's modules, under names of their own."""
    return in_modules(document)


def in_modules(document: Document) -> Document:
    """`document` with every resource in a module, under another name."""
    root = document["values"]["root_module"]
    for number, resource in enumerate(root["resources"]):
        resource["name"] = f"r{number}"
        resource["index"] = 0
        resource["address"] = f"module.cluster.{resource['type']}.r{number}[0]"
    root["child_modules"] = [{"address": "module.cluster", "resources": root.pop("resources")}]
    return document


def test_a_cluster_of_another_making_is_found_by_its_relations(
    document: Document, adopt: Adopt
) -> None:
    """Each part is the one that has the address in the chapter."""
    ids = {r["address"]: r["values"]["id"] for r in managed(document)}
    foreign = in_modules(document)
    (module,) = foreign["values"]["root_module"]["child_modules"]
    ids_there = {
        r["address"]: r["values"]["id"] for r in module["resources"] if "id" in r["values"]
    }

    spec, notes = adopt(foreign)

    found = {new: ids_there[old] for old, new in spec["adopted"]["moved"].items()}
    key = next(iter(spec["node_groups"]))
    renamed = {address.replace(f".node-{key}", ".node"): id_ for address, id_ in found.items()}
    assert renamed == {a: id_ for a, id_ in ids.items() if not a.startswith("null_resource.")}
    assert notes == []
    assert "imports" not in spec["adopted"]


def managed(document: Document) -> list[Document]:
    return [r for r in resources(document) if r["mode"] == "managed"]


def test_a_subnet_is_public_where_its_table_leads_out(foreign: Document, adopt: Adopt) -> None:
    """Not where it gives addresses to what starts in it."""
    (module,) = foreign["values"]["root_module"]["child_modules"]
    subnets = [r for r in module["resources"] if r["type"] == "aws_subnet"]
    public = {r["address"] for r in subnets if r["values"]["map_public_ip_on_launch"]}
    for subnet in subnets:
        subnet["values"]["map_public_ip_on_launch"] = False

    spec, _ = adopt(foreign)

    moved = spec["adopted"]["moved"]
    assert {old for old, new in moved.items() if new.startswith("aws_subnet.public")} == public


# --- no cluster ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON; write it with `terraform show -json`"),
        (
            " ",
            "is empty, so `terraform show -json` failed: most often because a provider of another "
            "version wrote the state. Run `terraform init -upgrade` and `terraform apply "
            "-refresh-only` there, then `terraform show -json` again",
        ),
        ("[]", "is not a state; write it with `terraform show -json`"),
        (
            '{"lineage": "x", "encrypted_data": "x"}',
            "is encrypted by OpenTofu; write it where the key is known, with `tofu show -json`",
        ),
        ('{"lineage": "x"}', "is a raw state; write it with `terraform show -json`"),
        (
            '{"planned_values": {}}',
            "is a plan; write the state with `terraform show -json`, without a file",
        ),
        (
            '{"format_version": "1.0"}',
            "holds no resources; run `terraform show -json` where the cluster's are",
        ),
        (
            '{"values": {"root_module": {}}}',
            "holds no aws_eks_cluster; run `terraform show -json` where it is",
        ),
        (
            json.dumps(
                {
                    "values": {
                        "root_module": {
                            "resources": [
                                {
                                    "address": f"aws_eks_cluster.{name}",
                                    "mode": "managed",
                                    "type": "aws_eks_cluster",
                                    "values": {"name": name},
                                }
                                for name in "ab"
                            ]
                        }
                    }
                }
            ),
            "holds 2 clusters, a, b; choose one by --name",
        ),
    ],
)
def test_what_is_no_cluster_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    file = tmp_path / "state.json"
    file.write_text(text)

    assert main([str(file)]) == 1
    assert capsys.readouterr().err == f"{file}: {message}\n"


def test_a_missing_file_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "none.json"

    assert main([str(file)]) == 1
    assert capsys.readouterr().err == (
        f"{file}: cannot be read: no such file or directory; check the file\n"
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none/lovelace.yaml", "cannot be written: no such directory; choose another file"),
        ("state.json", "is there already; choose another file, or delete it first"),
    ],
)
def test_a_spec_that_cannot_be_written_is_told_in_a_sentence(
    document: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, reason: str
) -> None:
    state, spec = tmp_path / "state.json", tmp_path / name
    state.write_text(json.dumps(document))

    assert main([str(state), "-o", str(spec)]) == 1
    assert capsys.readouterr().err == f"{spec}: {reason}\n"
    assert json.loads(state.read_text()) == document


def test_a_cluster_without_what_every_cluster_has_is_told(
    document: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resources(document)[:] = [r for r in resources(document) if r["type"] != "aws_iam_role"]
    file = tmp_path / "state.json"
    file.write_text(json.dumps(document))

    assert main([str(file)]) == 1
    assert "has no aws_iam_role that could be aws_iam_role." in capsys.readouterr().err


@pytest.mark.parametrize("values", [[], {"vpc_config": 3}, {"arn": 7, "vpc_config": [[]]}])
def test_a_state_that_terraform_does_not_write_is_told_in_a_sentence(
    document: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str], values: Any
) -> None:
    for resource in resources(document):
        if resource["type"] == "aws_eks_cluster":
            resource["values"] = values
    file = tmp_path / "state.json"
    file.write_text(json.dumps(document))

    assert main([str(file)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
