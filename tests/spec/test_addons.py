"""EKS add-ons."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, also, in_group, told
from tests.spec.test_nodes import fargate_alone

BAD: dict[str, tuple[Change, str]] = {
    "a version for an add-on": (
        also("addons: {coredns: latest}"),
        "6: addons.coredns: is not a mapping, got latest; write a mapping with keys like "
        "addon_version: ...",
    ),
    "a driver for the section": (
        also("storage: ebs"),
        "6: storage: is not a mapping, got ebs; write a mapping with keys like ebs: ...",
    ),
    "an add-on version that is none": (
        also("addons: {vpc-cni: {addon_version: latest}}"),
        "6: addons.vpc-cni.addon_version: is not an add-on version, got latest; write eks_default, "
        "or one like v1.20.4-eksbuild.1; `aws eks describe-addon-versions` lists them",
    ),
    "an add-on that no node awaits": (
        lambda text: in_group("min_size: 0")(also("addons: {coredns: {}, vpc-cni: {}}")(text)),
        "6: addons.coredns: waits for a node, and every node group may start with none; give one "
        "of them min_size: 1 or more",
    ),
    "an add-on misspelt": (
        also("addons: {vpc-cin: {}}"),
        "6: addons.vpc-cin: is no add-on of EKS; did you mean vpc-cni?",
    ),
    "a kube-proxy newer than the cluster": (
        also("addons: {kube-proxy: {addon_version: v1.37.0-eksbuild.1}}"),
        "6: addons.kube-proxy.addon_version: does not go with Kubernetes 1.36, got "
        "v1.37.0-eksbuild.1; use a version of 1.36, like v1.36.0-eksbuild.14, or at most 3 minor "
        "versions older",
    ),
    "a driver that no node awaits": (
        lambda text: in_group("min_size: 0")(also("storage: {ebs: true}")(text)),
        "6: storage.ebs: waits for a node, and every node group may start with none; give one of "
        "them min_size: 1 or more",
    ),
    "a driver with nothing but Fargate": (
        lambda text: text.replace(
            "  node:\n    min_size: 1\n    max_size: 2\n",
            "  pods: {kind: fargate, selectors: [{namespace: kube-system}]}\n"
            "kube2iam: {enabled: false}\nstorage: {efs: true}\n",
        ),
        "9: storage.efs: gets its role by Pod Identity, which Fargate has not, and there are no "
        "other nodes; write pod_identity: irsa, or add a group of nodes",
    ),
    "a variable of vpc-cni that is no text": (
        also("addons: {vpc-cni: {configuration_values: {env: {WARM_IP_TARGET: 5}}}}"),
        "6: addons.vpc-cni.configuration_values.env.WARM_IP_TARGET: is not text, as every variable "
        "is, got 5; write it in quotes",
    ),
    "a switch of vpc-cni that is no text": (
        also("addons: {vpc-cni: {configuration_values: {enableNetworkPolicy: true}}}"),
        "6: addons.vpc-cni.configuration_values.enableNetworkPolicy: is not text, got true; write "
        "it in quotes",
    ),
    "a number of coredns that is text": (
        also("addons: {coredns: {configuration_values: {replicaCount: '3'}}}"),
        "6: addons.coredns.configuration_values.replicaCount: is not a whole number, got 3; write "
        "it without quotes",
    ),
    "tolerations that are no list": (
        also("addons: {coredns: {configuration_values: {tolerations: {key: a}}}}"),
        "6: addons.coredns.configuration_values.tolerations: is not a list, got a mapping; write a "
        "list",
    ),
    "two default storage classes": (
        also(
            "storage: {ebs: true}\naddons: {aws-ebs-csi-driver: {addon_version: eks_default, "
            "configuration_values: {defaultStorageClass: {enabled: true}}}}"
        ),
        "7: addons.aws-ebs-csi-driver.configuration_values.defaultStorageClass: is a default class "
        "beside the one that storage.ebs applies; delete it, or say storage: {storage_classes: "
        "false}",
    ),
    "an autoscaler of groups that have one size": (
        lambda text: in_group("min_size: 2")(also("cluster_autoscaler: true")(text)),
        "6: cluster_autoscaler: has no group to grow or shrink: none has its tags, and max_size "
        "above min_size; give one of node_groups more room",
    ),
    "an autoscaler of groups without its tags": (
        lambda text: in_group("cluster_autoscaler_tags: false")(
            also("cluster_autoscaler: {enabled: true}")(text)
        ),
        "6: cluster_autoscaler: has no group to grow or shrink: none has its tags, and max_size "
        "above min_size; give one of node_groups more room",
    ),
    "an autoscaler's image without a tag": (
        also("cluster_autoscaler: {enabled: true, image: autoscaler}"),
        "6: cluster_autoscaler.image: is not an image with a tag, got autoscaler; write one like "
        "registry.k8s.io/autoscaling/cluster-autoscaler:v1.36.1",
    ),
    "an autoscaler's image alone": (
        also("cluster_autoscaler: {image: 'example.com/autoscaler:v1'}"),
        "6: cluster_autoscaler.image: has no effect without enabled, got "
        "example.com/autoscaler:v1; add enabled: true",
    ),
    "an autoscaler that is a manifest too": (
        also(
            "cluster_autoscaler: true\n"
            "manifests: {cluster-autoscaler: {path: manifests/kube2iam.yaml}}"
        ),
        "7: manifests.cluster-autoscaler: is what cluster_autoscaler applies; delete one of the "
        "two",
    ),
    "a role of another partition": (
        also(
            "addons: {vpc-cni: {service_account_role_arn: "
            "'arn:aws-cn:iam::123456789012:role/vpc-cni'}}"
        ),
        "6: addons.vpc-cni.service_account_role_arn: is not of us-west-2's partition, got "
        "arn:aws-cn:iam::123456789012:role/vpc-cni; write arn:aws:...",
    ),
    "a coredns that no Fargate profile takes": (
        fargate_alone("pod_identity: none\naddons: {coredns: {addon_version: eks_default}}"),
        "7: addons.coredns: waits for a node, and no Fargate profile takes the pods of "
        "kube-system; add {namespace: kube-system} to the selectors of one, or a group with "
        "nodes",
    ),
    "a coredns that is not told of Fargate": (
        lambda text: fargate_alone(
            "pod_identity: none\naddons: {coredns: {addon_version: eks_default}}"
        )(text).replace("namespace: shop", "namespace: kube-*"),
        "7: addons.coredns: waits for a node, as it runs on Fargate only where it is told so; "
        "add configuration_values: {computeType: Fargate}",
    ),
    "a metrics-server that no Fargate profile takes": (
        fargate_alone("pod_identity: none\nmonitoring: {metrics_server: true}"),
        "7: monitoring.metrics_server: waits for a node, and no Fargate profile takes the pods "
        "of kube-system; add {namespace: kube-system} to the selectors of one, or a group with "
        "nodes",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
