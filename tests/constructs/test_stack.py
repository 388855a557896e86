"""The wiring: what a cluster's stack holds, and what it tells."""

from typing import Any

import pytest

from constructs_lib import stack
from constructs_lib.terraform import addresses
from tests import synthesis
from tests.conftest import Synth


def test_outputs_are_what_people_and_pods_need(lovelace: dict[str, Any]) -> None:
    assert {name: output["value"] for name, output in lovelace["output"].items()} == {
        "cluster_name": "${aws_eks_cluster.control_plane.name}",
        "cluster_endpoint": "${aws_eks_cluster.control_plane.endpoint}",
        "kubeconfig": "${local.kubeconfig}",
        "node_role_arn": "${aws_iam_role.node.arn}",
    }


def test_bastion_tells_its_address(synth: Synth) -> None:
    document = synth(key_name="operators", bastion={"cidr_blocks": ["198.51.100.0/24"]})

    assert document["output"]["bastion_public_ip"]["value"] == (
        "${aws_instance.ssh_bastion.public_ip}"
    )


def test_stack_checks_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    monkeypatch.setattr(addresses, "check", checked.append)

    from cdktf import App  # noqa: PLC0415

    made = stack.ClusterStack(App(), synthesis.read(synthesis.as_yaml(None, {})))

    assert checked == [made]


def test_order_of_keys_in_the_spec_does_not_matter_to_other_groups(synth: Synth) -> None:
    one = synth(node_groups={"node": {}, "batch": {"max_size": 5}})["resource"]
    other = synth(node_groups={"batch": {"max_size": 5}, "node": {}})["resource"]

    assert one == other
