"""One test a fault: it fails on plain moto."""

import base64
import json

import pytest
from botocore.exceptions import ClientError

USER_DATA = base64.b64encode(b"#!/bin/sh\n").decode()


@pytest.fixture
def ec2(aws):
    return aws.client("ec2")


@pytest.fixture
def autoscaling(aws):
    return aws.client("autoscaling")


@pytest.fixture
def vpc_id(ec2):
    return ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def subnet_id(ec2, vpc_id):
    return ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.9.0.0/24", AvailabilityZone="us-west-2a")[
        "Subnet"
    ]["SubnetId"]


@pytest.fixture
def new_group(ec2, vpc_id):
    def new(name):
        return ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"]

    return new


@pytest.fixture
def node_group(aws, autoscaling, subnet_id, request):
    """An autoscaling group that launches from a launch configuration of the same name."""
    name = request.node.name
    autoscaling.create_launch_configuration(
        LaunchConfigurationName=name,
        ImageId=aws.add_image(name),
        InstanceType="c5.large",
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchConfigurationName=name,
        MinSize=1,
        MaxSize=2,
        VPCZoneIdentifier=subnet_id,
    )
    return name


@pytest.fixture
def launch_template(aws, ec2, request):
    name = request.node.name
    data = {"ImageId": aws.add_image(name), "InstanceType": "c5.large", "UserData": USER_DATA}
    created = ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    return {"LaunchTemplateId": created["LaunchTemplate"]["LaunchTemplateId"], "Version": "1"}


def describe(autoscaling, name):
    answer = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return answer["AutoScalingGroups"][0]


def rule_of(ec2, group_id, *, is_egress=False):
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group_id]}])[
        "SecurityGroupRules"
    ]
    return next(rule for rule in found if rule["IsEgress"] == is_egress)


@pytest.mark.parametrize(
    ("service", "operation"),
    [("ec2", "describe_instance_event_windows"), ("dynamodb", "list_global_tables")],
)
def test_what_moto_lacks_is_refused_once_and_says_what_it_is(aws, service, operation):
    with pytest.raises(ClientError, match=r"NotEmulated.*the emulator has a fault") as refusal:
        getattr(aws.client(service), operation)()
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_rule_that_names_a_group_has_its_description(ec2, new_group):
    nodes, control_plane = new_group("nodes"), new_group("control-plane")
    ec2.authorize_security_group_ingress(
        GroupId=control_plane,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                "UserIdGroupPairs": [{"GroupId": nodes, "Description": "nodes to the API"}],
            }
        ],
    )
    assert rule_of(ec2, control_plane)["Description"] == "nodes to the API"


def test_a_rule_of_every_protocol_can_be_modified(ec2, new_group):
    group, other = new_group("group"), new_group("other")
    pair = {"GroupId": group, "Description": "before"}
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [pair]}]
    )
    rule_id = rule_of(ec2, group)["SecurityGroupRuleId"]
    change = {"IpProtocol": "-1", "ReferencedGroupId": other, "Description": "after"}
    ec2.modify_security_group_rules(
        GroupId=group,
        SecurityGroupRules=[{"SecurityGroupRuleId": rule_id, "SecurityGroupRule": change}],
    )
    rule = rule_of(ec2, group)
    assert rule["Description"] == "after"
    assert rule["ReferencedGroupInfo"]["GroupId"] == other
    assert rule.get("FromPort", -1) == -1


def test_a_lifecycle_hook_keeps_what_it_was_made_with(autoscaling, node_group):
    wanted = {
        "RoleARN": "arn:aws:iam::123456789012:role/hook",
        "NotificationTargetARN": "arn:aws:sqs:us-west-2:123456789012:drain",
        "NotificationMetadata": json.dumps({"cluster": "lovelace"}),
    }
    autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=node_group,
        LifecycleHookName="drain",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        **wanted,
    )
    hooks = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=node_group)
    assert wanted.items() <= hooks["LifecycleHooks"][0].items()


def test_a_scaling_policy_is_enabled(autoscaling, node_group):
    autoscaling.put_scaling_policy(
        AutoScalingGroupName=node_group,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
            "TargetValue": 60.0,
        },
    )
    policies = autoscaling.describe_policies(AutoScalingGroupName=node_group)
    assert policies["ScalingPolicies"][0]["Enabled"] is True
    assert "PredictiveScalingConfiguration" not in policies["ScalingPolicies"][0]


def test_an_instance_refresh_can_be_started_and_seen(autoscaling, node_group):
    preferences = {"MinHealthyPercentage": 90}
    started = autoscaling.start_instance_refresh(
        AutoScalingGroupName=node_group, Preferences=preferences
    )
    refresh = autoscaling.describe_instance_refreshes(AutoScalingGroupName=node_group)
    refresh = refresh["InstanceRefreshes"][0]
    assert refresh["InstanceRefreshId"] == started["InstanceRefreshId"]
    assert refresh["Status"] == "Successful"
    assert refresh["Preferences"] == preferences


def test_an_instance_refresh_of_no_group_is_refused(autoscaling):
    with pytest.raises(ClientError, match="AutoScalingGroup name not found - nobody"):
        autoscaling.start_instance_refresh(AutoScalingGroupName="nobody")


def test_a_launch_configuration_in_use_stays(autoscaling, node_group):
    with pytest.raises(ClientError, match="ResourceInUse"):
        autoscaling.delete_launch_configuration(LaunchConfigurationName=node_group)
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName=node_group, ForceDelete=True)
    autoscaling.delete_launch_configuration(LaunchConfigurationName=node_group)


def test_a_group_launches_from_a_configuration_or_from_a_template(
    autoscaling, node_group, launch_template
):
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=node_group, LaunchTemplate=launch_template
    )
    moved = describe(autoscaling, node_group)
    assert launch_template.items() <= moved["LaunchTemplate"].items()
    assert "LaunchConfigurationName" not in moved
    autoscaling.delete_launch_configuration(LaunchConfigurationName=node_group)


def test_changing_the_size_keeps_the_mixed_instances_policy(
    autoscaling, subnet_id, launch_template, request
):
    name = request.node.name
    policy = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": launch_template,
            "Overrides": [{"InstanceType": "c5.large"}, {"InstanceType": "c6i.large"}],
        }
    }
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        MixedInstancesPolicy=policy,
        MinSize=0,
        MaxSize=2,
        VPCZoneIdentifier=subnet_id,
    )
    before = describe(autoscaling, name)["MixedInstancesPolicy"]
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MaxSize=4)
    assert describe(autoscaling, name)["MixedInstancesPolicy"] == before


def test_a_mixed_group_of_one_has_an_instance(autoscaling, subnet_id, launch_template, request):
    name = request.node.name
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": launch_template,
                "Overrides": [{"InstanceType": "c5.large", "WeightedCapacity": "2"}],
            },
            "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 20},
        },
        MinSize=1,
        MaxSize=2,
        VPCZoneIdentifier=subnet_id,
    )
    group = describe(autoscaling, name)
    assert len(group["Instances"]) == 1
    shares = group["MixedInstancesPolicy"]["InstancesDistribution"]
    assert shares["OnDemandPercentageAboveBaseCapacity"] == 20


def test_detailed_monitoring_can_be_switched(aws, ec2, subnet_id):
    image_id = aws.add_image("monitored")
    instance = ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1, SubnetId=subnet_id)
    instance_id = instance["Instances"][0]["InstanceId"]

    def state():
        found = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]
        return found["Instances"][0]["Monitoring"]["State"]

    ec2.monitor_instances(InstanceIds=[instance_id])
    assert state() == "enabled"
    ec2.unmonitor_instances(InstanceIds=[instance_id])
    assert state() == "disabled"


def test_the_optimized_images_are_published(aws, ec2):
    prefix = "/aws/service/eks/optimized-ami/1.36/amazon-linux-2023/x86_64/standard/recommended"
    value = aws.client("ssm").get_parameter(Name=f"{prefix}/image_id")["Parameter"]["Value"]
    assert ec2.describe_images(ImageIds=[value])["Images"]
    with pytest.raises(ClientError, match="ParameterNotFound"):
        aws.client("ssm").get_parameter(Name=f"{prefix.replace('1.36', '1.9')}/image_id")


@pytest.mark.parametrize("field", ["image_id", "image_version"])
@pytest.mark.parametrize("release", ["latest", "1.54.0"])
def test_bottlerocket_is_published(aws, field, release):
    name = f"/aws/service/bottlerocket/aws-k8s-1.36-nvidia/arm64/{release}/{field}"
    value = aws.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    assert value.startswith("ami-" if field == "image_id" else "1.54.0-")


def test_a_volume_without_a_size_has_that_of_its_image(aws, ec2, subnet_id):
    mapping = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}
    image = aws.add_image("sized")
    ec2.create_launch_template(
        LaunchTemplateName="sized",
        LaunchTemplateData={"ImageId": image, "BlockDeviceMappings": [mapping]},
    )
    instance = ec2.run_instances(
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet_id,
        LaunchTemplate={"LaunchTemplateName": "sized"},
    )["Instances"][0]["InstanceId"]
    attached = [
        {"Name": "attachment.instance-id", "Values": [instance]},
        {"Name": "attachment.device", "Values": ["/dev/xvda"]},
    ]
    (volume,) = ec2.describe_volumes(Filters=attached)["Volumes"]
    assert (volume["Size"], volume["Encrypted"]) == (8, True)


# What EC2 does not let go of while it is in use


def test_a_worn_security_group_stays(ec2, new_group, subnet_id):
    group = new_group("worn")
    interface = ec2.create_network_interface(SubnetId=subnet_id, Groups=[group])
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
    interface_id = interface["NetworkInterface"]["NetworkInterfaceId"]
    ec2.delete_network_interface(NetworkInterfaceId=interface_id)
    ec2.delete_security_group(GroupId=group)


def test_a_security_group_named_by_anothers_rule_stays(ec2, new_group):
    nodes, control_plane = new_group("nodes"), new_group("control-plane")
    permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": nodes}]}
    ec2.authorize_security_group_ingress(GroupId=control_plane, IpPermissions=[permission])
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=nodes)
    ec2.revoke_security_group_ingress(GroupId=control_plane, IpPermissions=[permission])
    ec2.delete_security_group(GroupId=nodes)


def test_a_security_group_named_by_its_own_rule_goes(ec2, new_group):
    group = new_group("self")
    permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    ec2.delete_security_group(GroupId=group)


def test_a_subnet_with_an_instance_stays_until_it_is_terminated(aws, ec2, subnet_id):
    image_id = aws.add_image("in-subnet")
    instance = ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1, SubnetId=subnet_id)
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet_id)
    ec2.terminate_instances(InstanceIds=[instance["Instances"][0]["InstanceId"]])
    ec2.delete_subnet(SubnetId=subnet_id)


def test_an_autoscaling_groups_instances_hold_their_subnet(ec2, autoscaling, node_group, subnet_id):
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet_id)
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName=node_group, ForceDelete=True)
    ec2.delete_subnet(SubnetId=subnet_id)


def test_a_nat_gateway_holds_subnet_and_internet_gateway_until_it_is_deleted(
    ec2, vpc_id, subnet_id
):
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    allocation_id = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet_id, AllocationId=allocation_id)
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet_id)
    with pytest.raises(ClientError, match="mapped public address"):
        ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    ec2.delete_nat_gateway(NatGatewayId=nat["NatGateway"]["NatGatewayId"])
    address = ec2.describe_addresses(AllocationIds=[allocation_id])["Addresses"][0]
    assert not address.get("AssociationId")
    ec2.delete_subnet(SubnetId=subnet_id)
    ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)


def test_a_gateway_endpoint_is_routed_to_by_the_tables_it_has_now(ec2, vpc_id):
    tables = [ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"] for _ in range(2)]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc_id,
        VpcEndpointType="Gateway",
        ServiceName="com.amazonaws.us-west-2.s3",
        RouteTableIds=tables[:1],
    )["VpcEndpoint"]["VpcEndpointId"]

    def routed() -> list[bool]:
        found = ec2.describe_route_tables(RouteTableIds=tables)["RouteTables"]
        by_id = {each["RouteTableId"]: each["Routes"] for each in found}
        return [any(r.get("GatewayId") == endpoint for r in by_id[table]) for table in tables]

    ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint, AddRouteTableIds=tables[1:], RemoveRouteTableIds=tables[:1]
    )
    assert routed() == [False, True]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert routed() == [False, False]


def test_a_vpc_stays_while_anything_is_in_it(ec2, vpc_id, new_group):
    group = new_group("left-behind")
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc_id)
    ec2.delete_security_group(GroupId=group)
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc_id)
    ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    ec2.delete_vpc(VpcId=vpc_id)
