"""From AWS, without a state: docs/how-to/adopt-a-cluster.md with nothing but ids."""

import json
import re
import shutil
from collections.abc import Iterator

import pytest
import yaml

from adopt.state import read
from adopt.takeover import take_over
from commands.offline_plan import OfflinePlanner
from tests.adoption.conftest import CHAPTER, NAME, Chapter
from tests.adoption.test_how_to import PAGE
from tests.emulator.aws import AwsEmulator
from tests.terraform.project import changed

pytestmark = pytest.mark.full


def block(language: str, word: str) -> str:
    """The page's block of a language in which a word is."""
    blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (found,) = (block for block in blocks if word in block)
    return found


def ids(aws: AwsEmulator) -> Iterator[str]:
    """The lines of the file `ids`, as AWS tells them."""
    (cluster,) = aws.client("eks").list_clusters()["clusters"]
    yield f"aws_eks_cluster ours {cluster}"
    vpc = aws.client("eks").describe_cluster(name=cluster)["cluster"]["resourcesVpcConfig"]["vpcId"]
    yield f"aws_vpc ours {vpc}"
    yield from of_the_network(aws, vpc)
    yield from of_nodes(aws)
    yield from of_roles(aws)


def of_the_network(aws: AwsEmulator, vpc: str) -> Iterator[str]:
    ec2, of_vpc = aws.client("ec2"), [{"Name": "vpc-id", "Values": [vpc]}]
    for number, subnet in enumerate(ec2.describe_subnets(Filters=of_vpc)["Subnets"]):
        yield f"aws_subnet s{number} {subnet['SubnetId']}"
    for gateway in ec2.describe_internet_gateways()["InternetGateways"]:
        if vpc in [attachment["VpcId"] for attachment in gateway["Attachments"]]:
            yield f"aws_internet_gateway ours {gateway['InternetGatewayId']}"
    for gateway in ec2.describe_nat_gateways(Filter=of_vpc)["NatGateways"]:
        yield f"aws_nat_gateway ours {gateway['NatGatewayId']}"
        yield f"aws_eip nat {gateway['NatGatewayAddresses'][0]['AllocationId']}"
    for number, table in enumerate(ec2.describe_route_tables(Filters=of_vpc)["RouteTables"]):
        id_ = table["RouteTableId"]
        main = any(association["Main"] for association in table["Associations"])
        yield f"aws_default_route_table main {vpc}" if main else f"aws_route_table t{number} {id_}"
        for index, association in enumerate(table["Associations"]):
            if "SubnetId" in association:
                name, subnet = f"a{number}{index}", association["SubnetId"]
                yield f"aws_route_table_association {name} {subnet}/{id_}"
    for number, group in enumerate(ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"]):
        if group["GroupName"] != "default" and not group["GroupName"].startswith("eks-cluster-sg"):
            yield f"aws_security_group g{number} {group['GroupId']}"


def of_nodes(aws: AwsEmulator) -> Iterator[str]:
    for number, reservation in enumerate(aws.client("ec2").describe_instances()["Reservations"]):
        for instance in reservation["Instances"]:
            tags = {tag["Key"] for tag in instance.get("Tags", ())}
            if "aws:autoscaling:groupName" not in tags:
                yield f"aws_instance i{number} {instance['InstanceId']}"
    groups = aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    for number, group in enumerate(groups):
        yield f"aws_autoscaling_group n{number} {group['AutoScalingGroupName']}"
        yield f"aws_launch_configuration n{number} {group['LaunchConfigurationName']}"


def of_roles(aws: AwsEmulator) -> Iterator[str]:
    iam = aws.client("iam")
    for profile in iam.list_instance_profiles()["InstanceProfiles"]:
        yield f"aws_iam_instance_profile nodes {profile['InstanceProfileName']}"
    for number, role in enumerate(iam.list_roles()["Roles"]):
        name = role["RoleName"]
        if role["Path"].startswith("/aws-service-role/"):
            continue
        yield f"aws_iam_role r{number} {name}"
        for index, policy in enumerate(iam.list_role_policies(RoleName=name)["PolicyNames"]):
            yield f"aws_iam_role_policy p{number}{index} {name}:{policy}"
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        for index, policy in enumerate(attached):
            address = f"aws_iam_role_policy_attachment p{number}{index}"
            yield f"{address} {name}/{policy['PolicyArn']}"


def test_a_cluster_of_which_only_the_ids_are_known(chapter: Chapter) -> None:
    owner = chapter.project.path / "imported"
    owner.mkdir()
    shutil.copy(CHAPTER / "aws.tf", owner)
    (owner / "ids").write_text("".join(f"{line}\n" for line in ids(chapter.aws)))

    chapter.project.run("bash", "-ec", block("sh", "terraform import"), directory=owner)
    shown = chapter.project.run(chapter.project.program, "show", "-json", directory=owner)
    with OfflinePlanner() as planner:
        taken = take_over(read(shown), planner)

    assert (taken.changes, taken.neighbours) == ([], [])
    assert {address.partition(".")[0] for address in taken.spec["adopted"]["imports"]} == {
        "aws_security_group_rule"
    }
    shutil.copy(owner / "terraform.tfstate", chapter.state)
    plan = chapter.plan(yaml.safe_dump(taken.spec, sort_keys=False))
    doing = {a: what for a, what in changed(plan).items() if a.startswith("aws_")}
    assert doing == {}
    chapter.apply_plan()
    assert json.loads(chapter.state.read_text())["resources"]
    again = chapter.plan(yaml.safe_dump(taken.spec, sort_keys=False))
    assert changed(again) == {}
    assert NAME in taken.spec["name"]
