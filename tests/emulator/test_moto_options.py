"""One test a fault that an option of a spec meets: it fails on plain moto."""

import pytest


@pytest.fixture
def vpc(ec2):
    return ec2.create_vpc(CidrBlock="10.9.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]


@pytest.fixture
def subnet(ec2, vpc):
    (block,) = vpc["Ipv6CidrBlockAssociationSet"]
    return ec2.create_subnet(
        VpcId=vpc["VpcId"],
        CidrBlock="10.9.0.0/24",
        Ipv6CidrBlock=block["Ipv6CidrBlock"].replace("/56", "/64"),
        AvailabilityZone="us-west-2a",
    )["Subnet"]


def test_a_subnet_is_found_by_its_ipv6_block(ec2, subnet):
    (block,) = subnet["Ipv6CidrBlockAssociationSet"]

    def found(association):
        wanted = {"Name": "ipv6-cidr-block-association.association-id", "Values": [association]}
        return [each["SubnetId"] for each in ec2.describe_subnets(Filters=[wanted])["Subnets"]]

    assert found(block["AssociationId"]) == [subnet["SubnetId"]]
    assert found("subnet-cidr-assoc-0") == []
    assert block["Ipv6CidrBlockState"] == {"State": "associated"}


@pytest.mark.parametrize("launched", [[], [{"ResourceType": "instance", "Tags": []}]])
def test_a_launch_templates_own_tags_are_not_of_what_it_launches(ec2, request, launched):
    own = {"ResourceType": "launch-template", "Tags": [{"Key": "Name", "Value": "own"}]}
    for each in launched:
        each["Tags"] = [{"Key": "Name", "Value": "node"}]
    data = {"InstanceType": "c5.large", **({"TagSpecifications": launched} if launched else {})}
    template = ec2.create_launch_template(
        LaunchTemplateName=request.node.name, LaunchTemplateData=data, TagSpecifications=[own]
    )["LaunchTemplate"]

    identity = {"LaunchTemplateId": template["LaunchTemplateId"]}
    (version,) = ec2.describe_launch_template_versions(**identity)["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"].get("TagSpecifications", []) == launched
    (described,) = ec2.describe_launch_templates(LaunchTemplateIds=[identity["LaunchTemplateId"]])[
        "LaunchTemplates"
    ]
    assert described["Tags"] == own["Tags"]


@pytest.fixture
def group(aws, subnet, request):
    """`group(**changes)`: an autoscaling group is made, or updated, and described."""
    autoscaling, name = aws.client("autoscaling"), request.node.name
    autoscaling.create_launch_configuration(
        LaunchConfigurationName=name, ImageId=aws.add_image(name), InstanceType="c5.large"
    )

    def described(do=autoscaling.update_auto_scaling_group, **changes):
        do(AutoScalingGroupName=name, **changes)
        answer = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return answer["AutoScalingGroups"][0]

    def make(**arguments):
        return described(
            autoscaling.create_auto_scaling_group,
            LaunchConfigurationName=name,
            MinSize=1,
            MaxSize=2,
            VPCZoneIdentifier=subnet["SubnetId"],
            **arguments,
        )

    described.make = make
    return described


ARGUMENTS = {
    "DefaultInstanceWarmup": 60,
    "MaxInstanceLifetime": 604800,
    "InstanceMaintenancePolicy": {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 120},
    "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-only"},
}


def test_an_autoscaling_group_keeps_its_arguments(group):
    made = group.make(**ARGUMENTS)
    assert ARGUMENTS.items() <= made.items()

    longer = group(DefaultInstanceWarmup=120)
    assert {**ARGUMENTS, "DefaultInstanceWarmup": 120}.items() <= longer.items()
    without = group(
        DefaultInstanceWarmup=-1,
        MaxInstanceLifetime=0,
        InstanceMaintenancePolicy={"MinHealthyPercentage": -1, "MaxHealthyPercentage": -1},
    )
    assert ARGUMENTS.keys() & without.keys() == {"AvailabilityZoneDistribution"}


def test_an_autoscaling_group_gets_arguments_later(group):
    assert not ARGUMENTS.keys() & group.make().keys()
    assert ARGUMENTS.items() <= group(**ARGUMENTS).items()


def test_flow_logs_keep_how_they_are_written(aws, ec2, vpc):
    where = {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
    aws.client("s3").create_bucket(Bucket="flow-logs-of-a-vpc", **where)
    options = {"FileFormat": "parquet", "HiveCompatiblePartitions": True, "PerHourPartition": True}
    (name,) = ec2.create_flow_logs(
        ResourceIds=[vpc["VpcId"]],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination="arn:aws:s3:::flow-logs-of-a-vpc",
        DestinationOptions=options,
    )["FlowLogIds"]

    (described,) = ec2.describe_flow_logs(FlowLogIds=[name])["FlowLogs"]
    assert described["DestinationOptions"] == options


def test_a_nat_gateway_is_of_one_zone(ec2, subnet):
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=subnet["SubnetId"], AllocationId=address)["NatGateway"]

    (described,) = ec2.describe_nat_gateways(NatGatewayIds=[made["NatGatewayId"]])["NatGateways"]
    assert described["AvailabilityMode"] == "zonal"


@pytest.mark.parametrize("wanted", [{}, {"logGroupClass": "INFREQUENT_ACCESS"}])
def test_a_log_group_keeps_its_class(aws, request, wanted):
    logs = aws.client("logs")
    logs.create_log_group(logGroupName=request.node.name, **wanted)

    (group,) = logs.describe_log_groups(logGroupNamePrefix=request.node.name)["logGroups"]
    assert group["logGroupClass"] == wanted.get("logGroupClass", "STANDARD")


def test_a_launch_template_tells_of_tags_that_it_was_given_later(ec2, request):
    template = ec2.create_launch_template(
        LaunchTemplateName=request.node.name, LaunchTemplateData={"InstanceType": "c5.large"}
    )["LaunchTemplate"]
    ids = [template["LaunchTemplateId"]]
    ec2.create_tags(Resources=ids, Tags=[{"Key": "team", "Value": "shop"}])

    (found,) = ec2.describe_launch_templates(LaunchTemplateIds=ids)["LaunchTemplates"]
    assert found["Tags"] == [{"Key": "team", "Value": "shop"}]
