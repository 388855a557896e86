"""EKS add-ons and manifests of the spec."""

import json
from pathlib import Path

from tests import golden
from tests.conftest import Synth

STORAGE_CLASS = "tests/golden/everything/storage-class.yaml"


def test_there_are_none_unless_asked_for(synth: Synth) -> None:
    assert "aws_eks_addon" not in synth()["resource"]


def test_addon_without_settings_has_the_defaults_of_eks(synth: Synth) -> None:
    addon = synth(addons={"coredns": {}})["resource"]["aws_eks_addon"]["coredns"]

    assert {k: v for k, v in addon.items() if k != "//"} == {
        "cluster_name": "${aws_eks_cluster.control_plane.name}",
        "addon_name": "coredns",
        "resolve_conflicts_on_create": "OVERWRITE",
        "resolve_conflicts_on_update": "PRESERVE",
    }


def test_addon_takes_version_role_and_settings(synth: Synth) -> None:
    settings = {"env": {"WARM_IP_TARGET": "2"}, "a": 1}
    spec = {
        "addon_version": "v1.20.4-eksbuild.1",
        "service_account_role_arn": "arn:aws:iam::111122223333:role/cni",
        "configuration_values": settings,
    }
    addon = synth(addons={"vpc-cni": spec})["resource"]["aws_eks_addon"]["vpc-cni"]

    assert addon["addon_version"] == "v1.20.4-eksbuild.1"
    assert addon["service_account_role_arn"] == "arn:aws:iam::111122223333:role/cni"
    assert json.loads(addon["configuration_values"]) == settings


def test_settings_are_text_not_expressions(synth: Synth) -> None:
    spec = {"configuration_values": {"template": "${node}"}}
    addon = synth(addons={"vpc-cni": spec})["resource"]["aws_eks_addon"]["vpc-cni"]

    assert addon["configuration_values"] == '{"template": "$${node}"}'


def test_manifest_of_the_spec_goes_to_kubectl_as_it_stands(synth: Synth) -> None:
    document = synth(manifests={"storage-class": {"path": STORAGE_CLASS}})
    file = Path(golden.DIRECTORY, "everything", "storage-class.yaml").read_text(encoding="utf-8")
    manifest = document["locals"]["storage-class_manifest"]

    assert "storage-class" in document["resource"]["null_resource"]
    assert manifest.replace("$${", "${").replace("%%{", "%{") == file
