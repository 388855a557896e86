"""Clusters as public repositories have them, of other shapes than the chapter's.

The real Terraform applies the owner's files, `adopt` writes the spec, and the plan of it, refreshed
from the emulator, changes what `adopt` said, and replaces or destroys nothing.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from adopt.state import read
from adopt.takeover import TakenOver, take_over
from commands.offline_plan import OfflinePlanner
from tests import synthesis
from tests.adoption.conftest import CHAPTER
from tests.adoption.test_variants import edited
from tests.emulator.aws import AwsEmulator
from tests.emulator.kubernetes_api import KubernetesApi
from tests.requirements import require
from tests.terraform.conftest import add_node_images
from tests.terraform.project import Project, changed

pytestmark = pytest.mark.full

SHAPES = Path(__file__).with_name("shapes")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    require(shutil.which("kubectl"), "kubectl is not on PATH")
    with KubernetesApi() as kubernetes, AwsEmulator() as aws:
        aws.serve_clusters_at(kubernetes.url, kubernetes.ca_path)
        aws.client("ec2").create_key_pair(KeyName="lovelace")
        add_node_images(aws)
        made = Project(tmp_path, aws, {})
        (tmp_path / "owner").mkdir()
        kubernetes.write_kubeconfig(tmp_path / "owner" / "kubeconfig")
        yield made


def adopted(project: Project) -> tuple[TakenOver, dict[str, list[str]]]:
    """Apply what is in the owner's directory, adopt it, and plan the spec on the owner's state."""
    owner = project.path / "owner"
    project.init(owner)
    for command in (["apply"], ["apply", "-refresh-only"]):
        project.run(project.program, *command, "-input=false", "-auto-approve", directory=owner)
    with OfflinePlanner() as planner:
        taken = take_over(
            read(project.run(project.program, "show", "-json", directory=owner)), planner
        )
    name = taken.spec["name"]
    shutil.copy(owner / "terraform.tfstate", project.path / f"terraform.{name}.tfstate")
    stack = project.stack(name)
    stack.mkdir(parents=True)
    written = yaml.safe_dump(taken.spec, sort_keys=False)
    (stack / "cdk.tf.json").write_text(synthesis.stacks(written)[name])
    project.init(stack)
    plan = changed(project.plan(name))
    doing = {a: what for a, what in plan.items() if a.startswith("aws_") and what != ["forget"]}
    assert set(doing) == {change.partition(": ")[0] for change in taken.changes}
    assert all("delete" not in what for what in doing.values())
    return taken, doing


def owner_of(project: Project, shape: str) -> None:
    """Put the files of a shape into the owner's directory."""
    shutil.copytree(SHAPES / shape, project.path / "owner", dirs_exist_ok=True)
    shutil.copy(CHAPTER / "aws.tf", project.path / "owner")


def test_public_subnets_only(project: Project) -> None:
    owner_of(project, "public-subnets")

    taken, _ = adopted(project)

    assert set(taken.spec["networking"]) == {"vpc"}
    assert "aws_vpc.main" in taken.neighbours


def test_managed_groups(project: Project) -> None:
    owner_of(project, "managed-groups")

    taken, _ = adopted(project)

    assert {key: g["kind"] for key, g in taken.spec["node_groups"].items()} == {
        "general": "managed",
        "batch": "managed",
    }
    assert taken.spec["control_plane"]["logs"] == {"retention_in_days": 14}


def test_a_nat_gateway_in_each_zone(project: Project) -> None:
    owner_of(project, "nat-by-zone")

    taken, doing = adopted(project)

    assert taken.spec["networking"]["nat"] == "per_zone"
    assert not any(a.startswith(("aws_vpc", "aws_subnet", "aws_nat", "aws_route")) for a in doing)


def test_modules_that_most_people_take(project: Project) -> None:
    owner_of(project, "modules")

    taken, doing = adopted(project)

    assert taken.spec["networking"]["nat"] == "per_zone"
    assert {f"module.vpc.aws_subnet.database[{number}]" for number in range(3)} <= set(
        taken.neighbours
    )
    assert not any(a.startswith(("aws_vpc", "aws_subnet", "aws_nat", "aws_eks")) for a in doing)


PATHS = [
    {
        "file": file,
        "replace": f'name               = "{role}"',
        "by": f'name = "{role}"\n  path = "/eks/"',
    }
    for file, role in (("control_plane.tf", "EKSControlPlane"), ("nodes.tf", "EKSNode"))
]


def test_roles_with_a_path(project: Project) -> None:
    edited(CHAPTER, PATHS, project.path / "owner")

    taken, doing = adopted(project)

    assert taken.spec["iam"] == {"path": "/eks/"}
    assert doing == {}


TEMPLATE = """
resource "aws_launch_template" "node" {
  name          = "eks-node"
  image_id      = data.aws_ami.eks-worker.id
  instance_type = "c5.large"
  key_name      = var.key_name
  user_data     = base64encode("#!/bin/sh\\n/etc/eks/bootstrap.sh lovelace")
  iam_instance_profile {
    name = aws_iam_instance_profile.node.name
  }
  network_interfaces {
    security_groups = [aws_security_group.nodes.id]
  }
  block_device_mappings {
    device_name = "/dev/sda1"
    ebs {
      volume_type = "gp3"
      volume_size = 120
    }
  }
  monitoring {
    enabled = true
  }
}
"""
WITH_A_TEMPLATE = [
    {
        "file": "nodes.tf",
        "replace": "  launch_configuration = aws_launch_configuration.node.id\n",
        "by": "  launch_template {\n    id      = aws_launch_template.node.id\n"
        "    version = aws_launch_template.node.latest_version\n  }\n",
    },
    {"file": "nodes.tf", "by": TEMPLATE},
]


def test_nodes_with_a_launch_template(project: Project) -> None:
    edited(CHAPTER, WITH_A_TEMPLATE, project.path / "owner")

    taken, doing = adopted(project)

    assert taken.spec["node_groups"]["node"]["volume_size_gib"] == 120
    assert doing == {}
    assert taken.spec["lifecycle"]["ignore_changes"] == {"aws_launch_template.node": ["user_data"]}


NEWER_RULES = """
resource "aws_vpc_security_group_ingress_rule" "{name}" {{
  description                  = "{name}"
  security_group_id            = aws_security_group.nodes.id
  referenced_security_group_id = aws_security_group.{source}.id
  ip_protocol                  = "{protocol}"
  {ports}
}}
"""
INSIDE = """resource "aws_security_group" "control_plane" {
  ingress {
    protocol        = "tcp"
    from_port       = 443
    to_port         = 443
    security_groups = [aws_security_group.nodes.id]
  }
"""


def rules_of_other_forms(owner: Path) -> None:
    """Say the API's rule inside its group, and two of the nodes by the newer type."""
    file = owner / "nodes.tf"
    text = file.read_text()
    for name in (
        "control_plane-ingress-nodes",
        "node-kubelet-ingress-control_plane",
        "nodes-ingress-self",
    ):
        head, found, rest = text.partition(f'resource "aws_security_group_rule" "{name}" {{\n')
        assert found
        text = head + rest.partition("\n}\n")[2]
    ports = "from_port = 10250\n  to_port = 10250"
    text += NEWER_RULES.format(name="self", source="nodes", protocol="-1", ports="")
    text += NEWER_RULES.format(name="exec", source="control_plane", protocol="tcp", ports=ports)
    file.write_text(text)


def test_rules_of_other_forms(project: Project) -> None:
    own = 'resource "aws_security_group" "control_plane" {\n'
    inside = {"file": "control_plane.tf", "replace": own, "by": INSIDE}
    edited(CHAPTER, [inside], project.path / "owner")
    rules_of_other_forms(project.path / "owner")

    taken, doing = adopted(project)

    assert {address.partition(".")[2] for address in taken.spec["adopted"]["imports"]} == {
        "control_plane-ingress-nodes",
        "node-kubelet-ingress-control_plane",
        "nodes-ingress-self",
    }
    assert (taken.neighbours, taken.notes, doing) == ([], [], {})
