"""The SSH bastion, where there is one."""

from typing import Any

import pytest
import yaml

from tests import synthesis
from tests.conftest import Synth

SPEC = {"cidr_blocks": ["198.51.100.0/24", "203.0.113.7/32"]}


@pytest.fixture(scope="module")
def resources(synth: Synth) -> dict[str, Any]:
    found: dict[str, Any] = synth(key_name="operators", bastion=SPEC)["resource"]
    return found


def test_there_is_none_unless_asked_for(lovelace: dict[str, Any]) -> None:
    assert "aws_instance" not in lovelace["resource"]
    assert "ssh_bastion" not in lovelace["resource"]["aws_security_group"]
    assert "bastion_public_ip" not in lovelace["output"]


def test_ssh_is_open_to_the_specs_ranges_only(resources: dict[str, Any]) -> None:
    (ingress,) = resources["aws_security_group"]["ssh_bastion"]["ingress"]

    assert ingress["cidr_blocks"] == SPEC["cidr_blocks"]
    assert (ingress["protocol"], ingress["from_port"], ingress["to_port"]) == ("tcp", 22, 22)


def test_nodes_take_ssh_from_the_bastion(resources: dict[str, Any]) -> None:
    rule = resources["aws_security_group_rule"]["bastion-ingress-nodes-ssh"]

    assert rule["security_group_id"] == "${aws_security_group.nodes.id}"
    assert rule["source_security_group_id"] == "${aws_security_group.ssh_bastion.id}"
    assert (rule["protocol"], rule["from_port"], rule["to_port"]) == ("tcp", 22, 22)


def test_it_reaches_the_kubernetes_api(resources: dict[str, Any]) -> None:
    rule = resources["aws_security_group_rule"]["control_plane-ingress-bastion"]

    assert rule["security_group_id"] == "${aws_security_group.control_plane.id}"
    assert rule["source_security_group_id"] == "${aws_security_group.ssh_bastion.id}"
    assert (rule["protocol"], rule["from_port"], rule["to_port"]) == ("tcp", 443, 443)


def test_it_reaches_the_kubernetes_api_only_if_asked(synth: Synth) -> None:
    rules = synth(key_name="operators", bastion={**SPEC, "kubernetes_api": False})["resource"]

    assert "control_plane-ingress-bastion" not in rules["aws_security_group_rule"]


@pytest.mark.parametrize(("said", "there"), [({}, False), ({"kubernetes_api": True}, True)])
def test_an_adopted_one_gets_the_rule_only_if_asked(
    synth: Synth, said: dict[str, Any], there: bool
) -> None:
    spec = yaml.safe_load((synthesis.ROOT / "examples" / "chapter7-as-printed.yaml").read_text())
    rules = synth(spec, bastion={**spec["bastion"], **said})["resource"]["aws_security_group_rule"]

    assert ("control_plane-ingress-bastion" in rules) is there


def test_it_stands_in_the_first_public_subnet(resources: dict[str, Any]) -> None:
    instance = resources["aws_instance"]["ssh_bastion"]

    assert instance["subnet_id"] == "${element(aws_subnet.public[*].id, 0)}"
    assert instance["key_name"] == "operators"


def test_a_newer_image_does_not_replace_it(resources: dict[str, Any]) -> None:
    lifecycle = resources["aws_instance"]["ssh_bastion"]["lifecycle"]

    assert lifecycle == {"create_before_destroy": True, "ignore_changes": ["ami"]}


@pytest.mark.parametrize(
    ("instance_type", "architecture"), [("t3.micro", "x86_64"), ("t4g.nano", "arm64")]
)
def test_image_fits_the_processor(synth: Synth, instance_type: str, architecture: str) -> None:
    document = synth(key_name="operators", bastion={**SPEC, "instance_type": instance_type})
    filters = {f["name"]: f["values"] for f in document["data"]["aws_ami"]["ubuntu"]["filter"]}

    assert filters["architecture"] == [architecture]
    assert document["resource"]["aws_instance"]["ssh_bastion"]["instance_type"] == instance_type
