"""Who may do what in a cluster whose spec has the entries of docs/how-to/give-access.md.

The product's own aws-auth and access entries are put into the cluster, and each principal asks the
API by `kubectl auth can-i` what it may do there: what the page says, and no more.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import synthesis
from tests.emulator.aws import ACCOUNT, AwsEmulator

from .conftest import Credentials, create_cluster
from .script import Script
from .server import ControlPlane

PAGE = synthesis.ROOT / "docs" / "how-to" / "give-access.md"
KUBE2IAM = synthesis.ROOT / "manifests" / "kube2iam.yaml"
NODE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/node"

ANYBODY = [
    ("create", "selfsubjectreviews.authentication.k8s.io"),
    ("create", "selfsubjectaccessreviews.authorization.k8s.io"),
    ("get", "/version"),
]
"""What Kubernetes lets everybody do who is let in."""

NOTHING = [
    ("list", "pods"),
    ("get", "secrets"),
    ("create", "pods"),
    ("list", "nodes"),
    ("update", "configmaps/aws-auth", "--namespace=kube-system"),
    ("impersonate", "groups"),
]


def entries() -> dict[str, list[dict[str, Any]]]:
    """The entries of the page: people, then the role of other nodes."""
    text = PAGE.read_text(encoding="utf-8").replace("111122223333", ACCOUNT)
    people, nodes, *_ = map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", text, re.DOTALL))
    return {**people, "map_roles": people["map_roles"] + nodes["map_roles"]}


@pytest.fixture(scope="module", params=["config_map", "access_entries"])
def aws_of(request: pytest.FixtureRequest) -> Iterator[tuple[AwsEmulator, str]]:
    """An AWS of its own for each way to let people in."""
    with AwsEmulator() as emulator:
        yield emulator, request.param


@pytest.fixture
def let_in(aws_of: tuple[AwsEmulator, str], control_plane: ControlPlane, tmp_path: Path) -> Script:
    """A cluster that lets in whom the page names."""
    aws, way = aws_of
    control_plane.clear()
    control_plane.serve(aws)
    written = synthesis.synth(access=way, **entries())
    written = json.loads(json.dumps(written).replace("${aws_iam_role.node.arn}", NODE_ROLE))
    script = Script(aws, control_plane, tmp_path)
    if not aws.client("eks").list_clusters()["clusters"]:
        (cluster,) = written["resource"]["aws_eks_cluster"].values()
        mode = cluster["access_config"]["authentication_mode"]
        create_cluster(aws, "lovelace", accessConfig={"authenticationMode": mode})
        _make_entries(aws, written["resource"])
    if way == "config_map":
        assert script.apply_text(written["locals"]["aws_auth_manifest"], name="aws_auth").told == ""
    return script


def _make_entries(aws: AwsEmulator, resources: dict[str, Any]) -> None:
    eks = aws.client("eks")
    for entry in resources.get("aws_eks_access_entry", {}).values():
        known = {
            "principalArn": entry["principal_arn"],
            "type": entry["type"],
            "username": entry.get("user_name"),
            "kubernetesGroups": entry.get("kubernetes_groups"),
        }
        given = {key: value for key, value in known.items() if value}
        eks.create_access_entry(clusterName="lovelace", **given)
    for name, policy in resources.get("aws_eks_access_policy_association", {}).items():
        eks.associate_access_policy(
            clusterName="lovelace",
            principalArn=resources["aws_eks_access_entry"][name]["principal_arn"],
            policyArn=policy["policy_arn"].replace(
                "${data.aws_partition.current.partition}", "aws"
            ),
            accessScope=policy["access_scope"],
        )


def user(aws: AwsEmulator, name: str) -> Credentials:
    """What the AWS CLI needs to be a user; the user is made."""
    iam = aws.client("iam")
    if name not in {known["UserName"] for known in iam.list_users()["Users"]}:
        iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


def may_all(script: Script, who: Credentials, *actions: tuple[str, ...]) -> dict[str, bool]:
    """Whether somebody may, by action."""
    return {" ".join(action): script.may(who, *action) for action in actions}


def test_system_masters_may_do_everything(let_in: Script, assume: Callable[..., Any]) -> None:
    who = assume(let_in.aws, "platform")
    asked = may_all(let_in, who, ("*", "*", "--all-namespaces"), *NOTHING)
    assert asked == dict.fromkeys(asked, True)


@pytest.mark.parametrize("name", ["role/support", "user/ada"])
def test_any_other_group_may_do_what_rbac_says_of_it(
    let_in: Script, assume: Callable[..., Any], name: str
) -> None:
    kind, _, called = name.partition("/")
    aws = let_in.aws
    who = assume(aws, called) if kind == "role" else user(aws, called)
    assert all(may_all(let_in, who, *ANYBODY).values())
    asked = may_all(let_in, who, *NOTHING)
    assert asked == dict.fromkeys(asked, False)
    let_in.kubectl(
        *("create", "clusterrolebinding", "support", "--group=support"),
        "--clusterrole=system:aggregate-to-view",
    )
    asked = may_all(let_in, who, *NOTHING)
    assert asked == {**dict.fromkeys(asked, False), "list pods": True}


@pytest.mark.parametrize("role", ["node", "other-nodes"])
def test_nodes_may_do_what_nodes_do(let_in: Script, assume: Callable[..., Any], role: str) -> None:
    ec2 = let_in.aws.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    (instance,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
    who = assume(let_in.aws, role, instance["InstanceId"])
    asked = may_all(
        let_in,
        who,
        ("create", "nodes"),
        ("list", "services"),
        ("create", "certificatesigningrequests.certificates.k8s.io"),
        ("list", "secrets"),
        ("create", "clusterrolebindings.rbac.authorization.k8s.io"),
        ("update", "configmaps/aws-auth", "--namespace=kube-system"),
        ("delete", "deployments.apps", "--all-namespaces"),
        ("impersonate", "groups"),
    )
    assert [action for action, allowed in asked.items() if allowed] == list(asked)[:3]
    me = json.loads(let_in.ask("auth", "whoami", "-o", "json", **who).stdout)["status"]["userInfo"]
    assert me["username"] == f"system:node:{instance['PrivateDnsName']}"


def test_a_role_without_an_entry_is_not_let_in(let_in: Script, assume: Callable[..., Any]) -> None:
    assert let_in.ask("get", "--raw=/api", **assume(let_in.aws, "stranger")).returncode == 1


def test_kube2iam_may_read_pods_and_namespaces_and_no_more(script: Script) -> None:
    script.control_plane.clear()
    assert script.apply_text(KUBE2IAM.read_text(encoding="utf-8")).status == 0

    def may(account: str) -> set[str]:
        asked = f"--as=system:serviceaccount:kube-system:{account}"
        return set(script.kubectl("auth", "can-i", "--list", asked).splitlines())

    more = [line.split() for line in may("kube2iam") - may("another")]
    assert sorted(more) == [
        [resource, "[]", "[]", "[get", "list", "watch]"] for resource in ("namespaces", "pods")
    ]
