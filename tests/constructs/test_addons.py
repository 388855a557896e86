"""EKS add-ons and manifests of the spec."""

import json
from pathlib import Path

import yaml

from tests import golden
from tests.conftest import Synth
from tests.terraform_json import blocks

STORAGE_CLASS = "tests/golden/everything/storage-class.yaml"


def test_there_are_none_unless_asked_for(synth: Synth) -> None:
    assert "aws_eks_addon" not in synth()["resource"]


def test_addon_without_settings_has_the_defaults_of_eks(synth: Synth) -> None:
    addon = synth(addons={"coredns": {}})["resource"]["aws_eks_addon"]["coredns"]

    assert {k: v for k, v in addon.items() if k != "//"} == {
        "cluster_name": "${aws_eks_cluster.control_plane.name}",
        "addon_name": "coredns",
        "depends_on": ["aws_autoscaling_group.node"],
        "preserve": True,
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


def test_addon_follows_the_cluster_if_asked(synth: Synth) -> None:
    document = synth(addons={"coredns": {"addon_version": "eks_default"}})

    addon = document["resource"]["aws_eks_addon"]["coredns"]
    assert addon["addon_version"] == "${data.aws_eks_addon_version.coredns.version}"
    assert blocks(document)["data.aws_eks_addon_version.coredns"] == {
        "addon_name": "coredns",
        "kubernetes_version": "${var.k8s_version}",
    }


def test_what_nodes_need_comes_before_them_and_goes_after(synth: Synth) -> None:
    names = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns", "aws-ebs-csi-driver")
    resources = synth(addons={name: {} for name in names})["resource"]

    addons = resources["aws_eks_addon"]
    waiting = {name for name in names if "depends_on" in addons[name]}
    assert waiting == {"coredns", "aws-ebs-csi-driver"}
    assert addons["coredns"]["depends_on"] == ["aws_autoscaling_group.node"]
    for name in set(names) - waiting:
        assert f"aws_eks_addon.{name}" in resources["aws_autoscaling_group"]["node"]["depends_on"]


def test_software_that_no_cluster_can_be_without_stays(synth: Synth) -> None:
    specs = {
        "vpc-cni": {},
        "kube-proxy": {"preserve": False},
        "adot": {},
        "aws-ebs-csi-driver": {"preserve": True},
    }
    addons = synth(addons=specs)["resource"]["aws_eks_addon"]

    assert {name for name, addon in addons.items() if addon.get("preserve")} == {
        "vpc-cni",
        "aws-ebs-csi-driver",
    }


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


def test_the_cni_is_told_of_the_network_beside_its_own_settings(synth: Synth) -> None:
    own = {"env": {"AWS_VPC_K8S_CNI_LOGLEVEL": "${x}"}, "init": {"a": ["%{y}"]}}
    text = synth(
        networking={"pod_cidrs": ["100.64.0.0/16"], "pods_per_node": "high"},
        addons={"vpc-cni": {"configuration_values": own}},
    )["resource"]["aws_eks_addon"]["vpc-cni"]["configuration_values"]
    expression = (
        "${jsonencode({for zone, id in zipmap(var.availability_zones, aws_subnet.pods[*].id) : "
        "zone => {id = id, securityGroups = [aws_security_group.nodes.id]}})}"
    )

    assert expression in text
    assert json.loads(text.replace(expression, '"subnets"')) == {
        "eniConfig": {"create": True, "region": "eu-central-1", "subnets": "subnets"},
        "env": {
            "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true",
            "AWS_VPC_K8S_CNI_LOGLEVEL": "$${x}",
            "ENABLE_PREFIX_DELEGATION": "true",
            "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone",
            "WARM_PREFIX_TARGET": "1",
        },
        "init": {"a": ["%%{y}"]},
    }


def test_many_pods_in_usual_subnets_need_no_eni_config(synth: Synth) -> None:
    text = synth(networking={"pods_per_node": "high"}, addons={"vpc-cni": {}})["resource"][
        "aws_eks_addon"
    ]["vpc-cni"]["configuration_values"]

    assert json.loads(text) == {
        "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"}
    }


# What one key stands for


def test_a_driver_has_its_role_and_the_agent_whatever_pods_use(synth: Synth) -> None:
    document = synth(storage={"ebs": True, "efs": True})

    addons = document["resource"]["aws_eks_addon"]
    assert sorted(addons) == ["aws-ebs-csi-driver", "aws-efs-csi-driver", "eks-pod-identity-agent"]
    for driver in ("aws-ebs-csi-driver", "aws-efs-csi-driver"):
        version = f"${{data.aws_eks_addon_version.{driver}.version}}"
        assert addons[driver]["addon_version"] == version
        (association,) = addons[driver]["pod_identity_association"]
        assert association["role_arn"] == f"${{aws_iam_role.addon-{driver}.arn}}"
    trust = blocks(document)["data.aws_iam_policy_document.addon-aws-ebs-csi-driver-trust"]
    assert [statement["sid"] for statement in trust["statement"]] == ["PodIdentity"]


def test_a_driver_gets_its_role_by_irsa_where_pods_do(synth: Synth) -> None:
    addons = synth(storage={"ebs": True}, pod_identity="irsa")["resource"]["aws_eks_addon"]

    assert list(addons) == ["aws-ebs-csi-driver"]
    driver = addons["aws-ebs-csi-driver"]
    assert driver["service_account_role_arn"] == "${aws_iam_role.addon-aws-ebs-csi-driver.arn}"


def test_what_addons_says_of_a_driver_is_not_lost(synth: Synth) -> None:
    said = {"addon_version": "v1.51.0-eksbuild.1", "configuration_values": {"node": {}}}
    document = synth(storage={"ebs": True}, addons={"aws-ebs-csi-driver": said})

    driver = document["resource"]["aws_eks_addon"]["aws-ebs-csi-driver"]
    assert driver["addon_version"] == "v1.51.0-eksbuild.1"
    assert json.loads(driver["configuration_values"]) == {"node": {}}
    assert "pod_identity_association" in driver


def test_the_storage_classes_encrypt_and_gp3_is_the_one_default(synth: Synth) -> None:
    text = synth(storage={"ebs": True})["locals"]["storage-classes_manifest"]
    classes = {each["metadata"]["name"]: each for each in yaml.safe_load_all(text)}

    assert {name: each["parameters"]["type"] for name, each in classes.items()} == {
        "general-purpose": "gp3",
        "high-iops-ssd": "io2",
        "medium-iops-ssd": "io2",
        "throughput": "st1",
        "cold-storage": "sc1",
    }
    assert {each["parameters"]["encrypted"] for each in classes.values()} == {"true"}
    assert {each["volumeBindingMode"] for each in classes.values()} == {"WaitForFirstConsumer"}
    assert [name for name, each in classes.items() if "annotations" in each["metadata"]] == [
        "general-purpose"
    ]


def test_classes_that_are_there_already_stay_as_they_are(synth: Synth) -> None:
    document = synth(storage={"ebs": True, "storage_classes": False})

    assert "storage-classes" not in document["resource"]["null_resource"]


def test_what_needs_no_role_brings_no_agent(synth: Synth) -> None:
    watching = {"metrics_server": True, "node_monitoring": True}
    addons = synth(storage={"snapshots": True}, monitoring=watching)["resource"]["aws_eks_addon"]

    assert sorted(addons) == ["eks-node-monitoring-agent", "metrics-server", "snapshot-controller"]
