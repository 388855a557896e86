"""EKS add-ons."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, also, in_group, told

BAD: dict[str, tuple[Change, str]] = {
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
    "a role of another partition": (
        also(
            "addons: {vpc-cni: {service_account_role_arn: "
            "'arn:aws-cn:iam::123456789012:role/vpc-cni'}}"
        ),
        "6: addons.vpc-cni.service_account_role_arn: is not of us-west-2's partition, got "
        "arn:aws-cn:iam::123456789012:role/vpc-cni; write arn:aws:...",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
