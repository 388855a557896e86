"""`python -m adopt`: from a state, as Terraform shows it, to a spec."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from adopt.__main__ import main
from tests import synthesis

STATE = Path(__file__).with_name("state.json")
"""What `terraform show -json` says of the chapter's cluster, without empty attributes."""

Document = dict[str, Any]
Adopt = Callable[[Document], tuple[Document, list[str]]]


@pytest.fixture
def document() -> Document:
    found: Document = json.loads(STATE.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def adopt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Adopt:
    """`adopt(document)`: the spec, and what it could not express."""

    def run(document: Document) -> tuple[Document, list[str]]:
        state, spec = tmp_path / "state.json", tmp_path / "spec.yaml"
        state.write_text(json.dumps(document))
        assert main([str(state), "-o", str(spec)]) == 0
        text = spec.read_text(encoding="utf-8")
        notes = capsys.readouterr().err.splitlines()
        assert all(note.removeprefix("not in the spec: ") in text for note in notes)
        written: Document = yaml.safe_load(text)
        return written, [note.removeprefix("not in the spec: ") for note in notes]

    return run


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


def test_people_in_aws_auth_are_said(document: Document, adopt: Adopt) -> None:
    content = (
        "mapRoles: |\n  - rolearn: arn:aws:iam::123456789012:role/EKSNode\n"
        "  - rolearn: arn:aws:iam::123456789012:role/admin\n"
    )
    resources(document).append(
        {
            "address": "local_file.aws_auth",
            "mode": "managed",
            "type": "local_file",
            "name": "aws_auth",
            "values": {"content": content},
        }
    )

    spec, notes = adopt(document)

    assert "local_file.aws_auth" in spec["adopted"]["forget"]
    assert notes == [
        "aws-auth: lets in arn:aws:iam::123456789012:role/admin; "
        "add it to map_roles or map_users, or it is shut out"
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
    assert notes == [
        "aws_autoscaling_group.gpu: tag Name is eks-node-lovelace, and will be the group's name"
    ]


def test_other_tags_are_said(document: Document, adopt: Adopt) -> None:
    values(document, "aws_vpc.k8s")["tags"]["team"] = "platform"

    _, notes = adopt(document)

    assert notes == ["aws_vpc.k8s: has other tags, which the plan changes in place"]


# --- not made from the chapter -------------------------------------------------------------------


@pytest.fixture
def foreign(document: Document) -> Document:
    """The same cluster in somebody's modules, under names of their own."""
    root = document["values"]["root_module"]
    for number, resource in enumerate(root["resources"]):
        resource["name"] = f"r{number}"
        resource["address"] = f"module.cluster.{resource['type']}.r{number}[0]"
    root["child_modules"] = [{"address": "module.cluster", "resources": root.pop("resources")}]
    return document


def test_a_cluster_of_another_making_is_imported(foreign: Document, adopt: Adopt) -> None:
    spec, notes = adopt(foreign)

    imports = spec["adopted"]["imports"]
    assert imports["aws_eks_cluster.control_plane"] == "lovelace"
    assert imports["aws_iam_role.node"] == "EKSNode"
    assert imports["aws_iam_role_policy_attachment.eks_node"] == (
        "EKSNode/arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
    )
    assert imports["aws_autoscaling_group.node"] == "eks-node-lovelace"
    assert imports["aws_vpc.k8s"].startswith("vpc-")
    assert imports["aws_default_route_table.private"] == imports["aws_vpc.k8s"]
    assert imports["aws_subnet.private[1]"].startswith("subnet-")
    assert imports["aws_route_table_association.public[0]"].startswith("subnet-")
    assert {"forget", "moved"}.isdisjoint(spec["adopted"])
    assert any("aws_security_group_rule.nodes-ingress-self: not found" in note for note in notes)


def test_imports_and_state_of_the_chapter_agree(document: Document, adopt: Adopt) -> None:
    """Each part that is found by its relations is the one that has the address in the chapter."""
    by_address = {r["address"]: r["values"] for r in resources(document)}
    for number, resource in enumerate(resources(document)):
        resource["address"] = f"{resource['type']}.r{number}"

    spec, _ = adopt(document)

    for address, id_ in spec["adopted"]["imports"].items():
        if address.startswith(("aws_iam_role_policy_", "aws_route_table_a", "aws_default")):
            continue  # their import ids are composed
        assert by_address[address]["id"] == id_, address


def test_subnets_that_are_cut_otherwise_are_said(foreign: Document, adopt: Adopt) -> None:
    (module,) = foreign["values"]["root_module"]["child_modules"]
    subnet = next(r for r in module["resources"] if r["type"] == "aws_subnet")
    subnet["values"]["cidr_block"] = "10.1.200.0/24"

    _, notes = adopt(foreign)

    assert any("do not apply" in note and "10.1.200.0/24" in note for note in notes)


# --- no cluster ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON; write it with `terraform show -json`"),
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
                                }
                                for name in "ab"
                            ]
                        }
                    }
                }
            ),
            "holds 2 clusters, aws_eks_cluster.a, aws_eks_cluster.b; split the state first",
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


def test_a_spec_that_cannot_be_written_is_told_in_a_sentence(
    document: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, spec = tmp_path / "state.json", tmp_path / "none" / "lovelace.yaml"
    state.write_text(json.dumps(document))

    assert main([str(state), "-o", str(spec)]) == 1
    assert capsys.readouterr().err == (
        f"{spec}: cannot be written: no such file or directory; choose another file\n"
    )


def test_a_cluster_without_what_every_cluster_has_is_told(
    document: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resources(document)[:] = [r for r in resources(document) if r["type"] != "aws_iam_role"]
    file = tmp_path / "state.json"
    file.write_text(json.dumps(document))

    assert main([str(file)]) == 1
    assert "has no aws_iam_role that could be aws_iam_role." in capsys.readouterr().err
