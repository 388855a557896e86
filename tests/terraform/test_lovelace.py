"""The chapter's cluster, from nothing to applied and back, with the real tools.

The JSON is the one that ships: AWS_ENDPOINT_URL alone leads it to the emulator.
"""

import contextlib
import json
import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.aws import AwsEmulator
from tests.synthesis import LOVELACE, ROOT
from tests.terminal import Said
from tests.terraform.conftest import Cluster
from tests.terraform.project import CommandError, Project, changed

STATE = "lovelace-state"
NO_LOCK_FILE = "--skip-provider-lock"
"""`terraform providers lock` asks the registry even where a mirror of the providers is set up."""
NO_CHANGES = "No changes. Your infrastructure matches the configuration."


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, aws: AwsEmulator) -> Project:
    """Lovelace's project, synthesised by `cdktf synth`."""
    path = tmp_path_factory.mktemp("lovelace") / "project"
    project = Project(path, aws, {"lovelace": LOVELACE.read_text()})
    project.cdktf("synth")
    return project


@pytest.fixture(scope="module")
def bucket(project: Project) -> str:
    """The state's bucket and lock table, made by the stack that exists for it."""
    output = project.cdktf("deploy", STATE, "--auto-approve", NO_LOCK_FILE)
    assert "Apply complete!" in output
    name: str = json.loads(project.terraform(STATE, "output", "-json"))["bucket"]["value"]
    return name


@pytest.fixture(scope="module")
def declined(project: Project, aws: AwsEmulator, bucket: str) -> tuple[Said, list[str]]:
    """What the first deploy said to the answer no, and the clusters that there were then."""
    assert bucket
    terminal = project.terminal("deploy", "lovelace")
    terminal.asked()
    return terminal.answer("no\r"), aws.client("eks").list_clusters()["clusters"]


@pytest.fixture
def deployed(
    project: Project, declined: tuple[Said, list[str]], made: dict[str, Any]
) -> dict[str, Any]:
    """Lovelace as `eks-cluster deploy` made it: the state, as Terraform shows it.

    Made for the first test that asks, and again after one that has destroyed it.
    """
    assert declined
    if not made:
        terminal = project.terminal("deploy")
        shown = terminal.asked()
        assert (
            "NEW cluster: s3://lovelace-terraform-state/us-west-2.tfstate knows of no cluster "
            "lovelace, so this plan makes one." in shown
        )
        assert "In account 123456789012 as arn:aws:" in shown
        assert re.search(r"^lovelace: \d+ to add; plan of level \w+\r$", shown, re.MULTILINE)
        ended = terminal.answer("yes\r")
        assert ended.code == 0, ended.text
        made |= json.loads(project.terraform("lovelace", "show", "-json"))
        assert re.search(
            r"\nlovelace is deployed. Next:\n  \S*eks-cluster kubeconfig lovelace\n"
            r"  kubectl --kubeconfig=lovelace.kubeconfig get nodes\n\Z",
            ended.text,
        ), ended.text
        # of OpenTofu it is lovelace.tofu.lock.hcl
        assert len(list((project.path / "clusters").glob("lovelace*.lock.hcl"))) == 1
    return dict(made)


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """The state of what is there; empty while nothing is."""
    return {}


def resources(state: dict[str, Any], mode: str = "managed") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = state["values"]["root_module"]["resources"]
    return [resource for resource in found if resource["mode"] == mode]


def test_no_deploys_nothing(declined: tuple[Said, list[str]]) -> None:
    ended, clusters = declined
    assert (ended.code, ended.lines[-1]) == (
        1,
        "the answer was 'no', not yes: nothing was applied",
    )
    assert clusters == []


def test_cdktf_lists_both_stacks(project: Project) -> None:
    listed = project.cdktf("list")
    assert re.search(r"^lovelace\s", listed, re.MULTILINE)
    assert re.search(r"^lovelace-state\s", listed, re.MULTILINE)


def test_cdktf_synth_and_main_write_the_same_bytes(project: Project) -> None:
    written = {
        name: (project.stack(name) / "cdk.tf.json").read_bytes() for name in ("lovelace", STATE)
    }
    project.run(sys.executable, str(ROOT / "main.py"))
    assert written == {
        name: (project.stack(name) / "cdk.tf.json").read_bytes() for name in ("lovelace", STATE)
    }


def test_the_state_bucket_is_versioned_encrypted_private_and_tls_only(
    aws: AwsEmulator, bucket: str
) -> None:
    s3 = aws.client("s3")
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert len(blocked) == 4
    assert all(blocked.values())
    (statement,) = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_lock_table_is_on_demand_with_recovery(aws: AwsEmulator, bucket: str) -> None:
    assert bucket
    dynamodb = aws.client("dynamodb")
    table = dynamodb.describe_table(TableName="lovelace-terraform-lock")["Table"]
    assert table["KeySchema"] == [{"AttributeName": "LockID", "KeyType": "HASH"}]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    backups = dynamodb.describe_continuous_backups(TableName=table["TableName"])
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


def test_the_state_stacks_own_state_is_a_file_in_the_checkout(
    project: Project, bucket: str
) -> None:
    state = json.loads((project.path / "terraform.lovelace-state.tfstate").read_text())
    assert bucket in json.dumps(state)


def test_the_state_stack_refuses_to_be_destroyed(project: Project, bucket: str) -> None:
    assert bucket
    with pytest.raises(CommandError, match="prevent_destroy"):
        project.terraform(STATE, "destroy", "-auto-approve", "-input=false", "-no-color")


def test_terraform_finds_the_configuration_valid(
    project: Project, deployed: dict[str, Any]
) -> None:
    assert deployed
    assert json.loads(project.terraform("lovelace", "validate", "-json"))["valid"]


def test_planning_again_changes_nothing(project: Project, deployed: dict[str, Any]) -> None:
    assert deployed
    printed = project.terraform(
        "lovelace", "plan", "-detailed-exitcode", "-input=false", "-no-color"
    )
    assert NO_CHANGES in printed


Found = Callable[[Any, dict[str, Any]], object]

FOUND_THROUGH: dict[str, tuple[str, Found]] = {
    "aws_vpc": ("ec2", lambda c, v: c.describe_vpcs(VpcIds=[v["id"]])["Vpcs"]),
    "aws_internet_gateway": (
        "ec2",
        lambda c, v: c.describe_internet_gateways(InternetGatewayIds=[v["id"]])["InternetGateways"],
    ),
    "aws_eip": ("ec2", lambda c, v: c.describe_addresses(AllocationIds=[v["id"]])["Addresses"]),
    "aws_nat_gateway": (
        "ec2",
        lambda c, v: c.describe_nat_gateways(NatGatewayIds=[v["id"]])["NatGateways"],
    ),
    "aws_route_table": (
        "ec2",
        lambda c, v: c.describe_route_tables(RouteTableIds=[v["id"]])["RouteTables"],
    ),
    "aws_default_route_table": (
        "ec2",
        lambda c, v: c.describe_route_tables(RouteTableIds=[v["id"]])["RouteTables"],
    ),
    "aws_route_table_association": (
        "ec2",
        lambda c, v: [
            association
            for table in c.describe_route_tables(RouteTableIds=[v["route_table_id"]])["RouteTables"]
            for association in table["Associations"]
            if association["RouteTableAssociationId"] == v["id"]
        ],
    ),
    "aws_subnet": ("ec2", lambda c, v: c.describe_subnets(SubnetIds=[v["id"]])["Subnets"]),
    "aws_security_group": (
        "ec2",
        lambda c, v: c.describe_security_groups(GroupIds=[v["id"]])["SecurityGroups"],
    ),
    "aws_security_group_rule": (
        "ec2",
        lambda c, v: c.describe_security_group_rules(
            SecurityGroupRuleIds=[v["security_group_rule_id"]]
        )["SecurityGroupRules"],
    ),
    "aws_launch_template": (
        "ec2",
        lambda c, v: c.describe_launch_templates(LaunchTemplateIds=[v["id"]])["LaunchTemplates"],
    ),
    "aws_autoscaling_group": (
        "autoscaling",
        lambda c, v: c.describe_auto_scaling_groups(AutoScalingGroupNames=[v["name"]])[
            "AutoScalingGroups"
        ],
    ),
    "aws_iam_role": ("iam", lambda c, v: c.get_role(RoleName=v["name"])["Role"]),
    "aws_iam_role_policy": (
        "iam",
        lambda c, v: c.get_role_policy(RoleName=v["role"], PolicyName=v["name"])["PolicyDocument"],
    ),
    "aws_iam_role_policy_attachment": (
        "iam",
        lambda c, v: [
            policy
            for policy in c.list_attached_role_policies(RoleName=v["role"])["AttachedPolicies"]
            if policy["PolicyArn"] == v["policy_arn"]
        ],
    ),
    "aws_iam_instance_profile": (
        "iam",
        lambda c, v: c.get_instance_profile(InstanceProfileName=v["name"])["InstanceProfile"],
    ),
    "aws_eks_cluster": ("eks", lambda c, v: c.describe_cluster(name=v["name"])["cluster"]),
}
"""How boto3 finds a resource of each type, from the values Terraform has of it."""


def test_every_resource_of_the_state_exists_in_aws(
    aws: AwsEmulator, deployed: dict[str, Any]
) -> None:
    of_aws = [r for r in resources(deployed) if r["type"] != "null_resource"]
    assert {resource["type"] for resource in of_aws} == set(FOUND_THROUGH)
    for resource in of_aws:
        service, find = FOUND_THROUGH[resource["type"]]
        assert find(aws.client(service), resource["values"]), resource["address"]


def test_the_cluster_is_as_the_spec_says(aws: AwsEmulator, deployed: dict[str, Any]) -> None:
    assert deployed
    cluster = aws.client("eks").describe_cluster(name="lovelace")["cluster"]
    assert cluster["version"] == "1.36"
    assert cluster["accessConfig"]["authenticationMode"] == "API_AND_CONFIG_MAP"
    assert cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"
    assert len(cluster["resourcesVpcConfig"]["subnetIds"]) == 4
    assert cluster["resourcesVpcConfig"]["endpointPrivateAccess"]


def test_nodes_run_the_image_that_packer_built_for_the_version(
    aws: AwsEmulator, deployed: dict[str, Any]
) -> None:
    (image,) = [r for r in resources(deployed, "data") if r["type"] == "aws_ami"]
    assert image["values"]["name"].startswith("eks-worker-1.36-")
    ec2 = aws.client("ec2")
    (version,) = ec2.describe_launch_template_versions(
        LaunchTemplateName="lovelace-node", Versions=["$Latest"]
    )["LaunchTemplateVersions"]
    data = version["LaunchTemplateData"]
    assert data["ImageId"] == image["values"]["id"]
    assert data["InstanceType"] == "c5.large"
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    assert data["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert data["BlockDeviceMappings"][0]["Ebs"]["Encrypted"]


def test_aws_auth_lets_the_nodes_in(
    aws: AwsEmulator, kubernetes: Cluster, deployed: dict[str, Any]
) -> None:
    assert deployed
    role = aws.client("iam").get_role(RoleName="lovelace-node")["Role"]["Arn"]
    config_map = kubernetes.get("ConfigMap", "aws-auth", "kube-system")
    assert config_map is not None
    assert config_map["data"]["mapRoles"] == (
        f"- rolearn: {role}\n"
        "  username: system:node:{{EC2PrivateDNSName}}\n"
        "  groups:\n"
        "  - system:bootstrappers\n"
        "  - system:nodes\n"
    )


APPLIED = (
    ("ConfigMap", "aws-auth", "kube-system"),
    ("ServiceAccount", "kube2iam", "kube-system"),
    ("ClusterRole", "kube2iam", ""),
    ("ClusterRoleBinding", "kube2iam", ""),
    ("DaemonSet", "kube2iam", "kube-system"),
)


def in_the_cluster(kubernetes: Cluster) -> dict[str, Any]:
    """What was applied, without what the API keeps of each write."""
    found: dict[str, Any] = {}
    for kind, name, namespace in APPLIED:
        made = kubernetes.get(kind, name, namespace)
        assert made is not None, kind
        kept = {key: made[key] for key in made if key not in ("metadata", "status")}
        found[kind] = {**kept, "labels": made["metadata"].get("labels")}
    return found


def test_kube2iam_is_in_the_cluster(kubernetes: Cluster, deployed: dict[str, Any]) -> None:
    assert deployed
    daemon_set = in_the_cluster(kubernetes)["DaemonSet"]
    assert daemon_set["spec"]["template"]["spec"]["serviceAccountName"] == "kube2iam"


def test_applying_the_manifests_again_changes_none(
    project: Project, kubernetes: Cluster, deployed: dict[str, Any]
) -> None:
    assert deployed
    before = in_the_cluster(kubernetes)
    printed = project.apply(
        "lovelace", "-replace=null_resource.aws_auth", "-replace=null_resource.kube2iam"
    )
    applied = re.findall(r"\(local-exec\): (\S+) (serverside-applied|replaced)$", printed, re.M)
    assert sorted(applied) == [
        ("clusterrole.rbac.authorization.k8s.io/kube2iam", "serverside-applied"),
        ("clusterrolebinding.rbac.authorization.k8s.io/kube2iam", "serverside-applied"),
        ("configmap/aws-auth", "replaced"),
        ("daemonset.apps/kube2iam", "serverside-applied"),
        ("serviceaccount/kube2iam", "serverside-applied"),
    ]
    assert in_the_cluster(kubernetes) == before


def test_nothing_is_left_of_the_kubeconfig(project: Project, deployed: dict[str, Any]) -> None:
    assert deployed
    assert [path.name for path in project.scratch.iterdir() if "kubectl" in path.name] == []
    assert sorted(path.name for path in project.stack("lovelace").iterdir()) == [
        ".terraform",
        ".terraform.lock.hcl",
        "cdk.tf.json",
        *(["plan"] if (project.stack("lovelace") / "plan").exists() else []),
    ]


def test_people_reach_the_cluster_with_the_kubeconfig_that_terraform_prints(
    project: Project, deployed: dict[str, Any]
) -> None:
    assert deployed
    file = project.path / "kubeconfig"
    file.write_text(project.terraform("lovelace", "output", "-raw", "kubeconfig"))
    listed = project.run(
        "kubectl", f"--kubeconfig={file}", "-n", "kube-system", "get", "daemonset", "-o", "name"
    )
    assert "daemonset.apps/kube2iam" in listed


def test_the_state_in_the_bucket_holds_no_token(
    aws: AwsEmulator, bucket: str, deployed: dict[str, Any]
) -> None:
    assert deployed
    state = aws.client("s3").get_object(Bucket=bucket, Key="us-west-2.tfstate")["Body"].read()
    assert json.loads(state)["resources"]
    assert b"k8s-aws-v1." not in state
    assert b"emulator" not in state.replace(b"aws-emulator", b"")


def test_what_the_environment_says_changes_no_plan(
    project: Project, deployed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deployed
    for name, value in {
        "TF_CLI_ARGS": "-input=false",
        "TF_CLI_ARGS_plan": "-detailed-exitcode",
        "TF_CLI_ARGS_apply": "-auto-approve",
        "TF_VAR_cluster_name": "grace",
        "TF_VAR_vpc_cidr": "10.9.0.0/16",
        "TF_CLI_CONFIG_FILE": str(project.path / "gone"),
    }.items():
        monkeypatch.setitem(project.environment, name, value)
    ended = project.terminal("plan").end()
    assert ended.code == 0, ended.text
    assert "nothing to add, change or destroy" in ended.text
    monkeypatch.setitem(project.environment, "TF_WORKSPACE", "dev")
    ended = project.terminal("plan").end()
    assert (ended.code, ended.lines[-1]) == (
        1,
        "TF_WORKSPACE is set, got dev; a cluster has one state, in the workspace default: "
        "unset TF_WORKSPACE",
    )


def test_a_bad_variable_is_refused_at_plan_with_the_specs_rule(
    project: Project, deployed: dict[str, Any]
) -> None:
    assert deployed
    for argument, message in {
        "cluster_name=sg-": "cluster_name takes letters",
        "vpc_cidr=10.1.0.0/24": "vpc_cidr must be an IPv4 network",
        "vpc_cidr=10.1.2.0/16": "vpc_cidr must be an IPv4 network",
        'availability_zones=["us-east-1a","us-east-1b"]': "availability_zones must be",
        "k8s_version=1.28": "k8s_version must be one that EKS offers",
    }.items():
        with pytest.raises(CommandError, match=message):
            project.terraform("lovelace", "plan", "-input=false", "-no-color", f"-var={argument}")


def test_a_second_apply_is_refused_while_one_is_running(
    project: Project, deployed: dict[str, Any], tmp_path: Path
) -> None:
    assert deployed
    held, go = tmp_path / "held", tmp_path / "go"
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(
        f"#!/bin/sh\ntouch '{held}'\nwhile ! [ -e '{go}' ]; do sleep 0.1; done\n"
        "echo 'the test is over' >&2\nexit 1\n"
    )
    kubectl.chmod(kubectl.stat().st_mode | stat.S_IXUSR)
    path = project.environment["PATH"]
    project.environment["PATH"] = os.pathsep.join([str(kubectl.parent), path])
    first = project.start(
        "lovelace", "apply", "-auto-approve", "-input=false", "-replace=null_resource.kube2iam"
    )
    project.environment["PATH"] = path
    try:
        while not held.exists() and first.poll() is None:
            os.sched_yield()
        assert first.poll() is None
        with pytest.raises(CommandError, match="Error acquiring the state lock"):
            project.apply("lovelace")
    finally:
        go.touch()
        printed, _ = first.communicate(timeout=120)
    assert "kubectl does not tell its version" in printed
    assert changed(project.plan("lovelace")) == {"null_resource.kube2iam": ["delete", "create"]}
    project.apply("lovelace")


def test_destroy_asks_for_the_name_and_leaves_nothing(
    project: Project,
    aws: AwsEmulator,
    deployed: dict[str, Any],
    made: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made.clear()
    for command in ("apply", "destroy"):
        monkeypatch.setitem(project.environment, f"TF_CLI_ARGS_{command}", "-auto-approve")
    terminal = project.terminal("destroy")
    assert "This destroys lovelace. To go on, type lovelace: " in terminal.asked()
    assert terminal.answer("yes\r").code == 1
    assert aws.client("eks").list_clusters()["clusters"] == ["lovelace"]
    terminal = project.terminal("destroy")
    terminal.asked()
    ended = terminal.answer("lovelace\r")
    assert (ended.code, ended.lines[-1]) == (0, "lovelace is destroyed."), ended.text
    assert len(list((project.path / "kept" / "eks-cluster").glob("lovelace.*.tfstate"))) == 1
    assert "values" not in json.loads(project.terraform("lovelace", "show", "-json"))
    assert aws.client("eks").list_clusters()["clusters"] == []
    for resource in resources(deployed):
        if resource["type"] == "null_resource":
            continue
        service, find = FOUND_THROUGH[resource["type"]]
        left: Any = []
        with contextlib.suppress(ClientError):  # a service's way to say that it is gone
            left = find(aws.client(service), resource["values"])
        if resource["type"] == "aws_nat_gateway":  # AWS shows deleted ones for a while
            left = [gateway for gateway in left if gateway["State"] != "deleted"]
        assert not left, resource["address"]
