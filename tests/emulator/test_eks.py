import base64

import pytest
from botocore.exceptions import ClientError

from .conftest import NO_ENTRIES, NODE_ROLE, ROLE, ZONES, new_subnet

ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
BOTH = {"authenticationMode": "API_AND_CONFIG_MAP"}


def describe(eks, cluster):
    return eks.describe_cluster(name=cluster["name"])["cluster"]


def interfaces(ec2, cluster):
    """The cluster's network interfaces: subnet -> security groups."""
    described = {"Name": "description", "Values": [f"Amazon EKS {cluster['name']}"]}
    found = ec2.describe_network_interfaces(Filters=[described])["NetworkInterfaces"]
    return {each["SubnetId"]: {group["GroupId"] for group in each["Groups"]} for each in found}


# Creation


def test_a_cluster_is_described_as_it_was_wanted(eks, new_cluster, vpc_id, subnets):
    wanted = {
        "upgradePolicy": {"supportType": "STANDARD"},
        "zonalShiftConfig": {"enabled": True},
        "tags": {"team": "platform"},
    }
    cluster = new_cluster(accessConfig=BOTH, **wanted)
    described = describe(eks, cluster)
    assert described["status"] == "ACTIVE"
    assert described["version"] == "1.34"
    assert described["accessConfig"] == BOTH
    assert described["resourcesVpcConfig"]["vpcId"] == vpc_id
    assert described["resourcesVpcConfig"]["subnetIds"] == subnets[:2]
    assert described["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"
    assert wanted.items() <= described.items()


def test_what_was_not_wanted_is_the_default(new_cluster):
    cluster = new_cluster()
    assert cluster["accessConfig"] == NO_ENTRIES
    assert cluster["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert cluster["resourcesVpcConfig"]["endpointPublicAccess"] is True
    assert cluster["resourcesVpcConfig"]["endpointPrivateAccess"] is False
    assert [entry["enabled"] for entry in cluster["logging"]["clusterLogging"]] == [False]


def test_the_default_version_is_listed_as_default(eks, new_cluster):
    versions = eks.describe_cluster_versions()["clusterVersions"]
    default = [each["clusterVersion"] for each in versions if each["defaultVersion"]]
    assert default == [new_cluster(version="")["version"]]


def test_clusters_report_the_endpoint_that_a_test_chose(aws, tmp_path, new_cluster):
    ca_path = tmp_path / "ca.crt"
    ca_path.write_text("a certificate")
    aws.serve_clusters_at("https://127.0.0.1:6443", ca_path)
    cluster = new_cluster()
    assert cluster["endpoint"] == "https://127.0.0.1:6443"
    assert base64.b64decode(cluster["certificateAuthority"]["data"]) == b"a certificate"


def test_two_clusters_have_two_oidc_issuers(new_cluster):
    issuers = {new_cluster()["identity"]["oidc"]["issuer"] for _ in range(2)}
    assert len(issuers) == 2


def test_regions_are_apart(aws, new_cluster):
    cluster = new_cluster()
    elsewhere = aws.client("eks", "eu-central-1").list_clusters()["clusters"]
    assert cluster["name"] not in elsewhere


def test_the_cluster_security_group_is_real_and_goes_with_the_cluster(eks, ec2, new_cluster):
    cluster = new_cluster()
    group_id = cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    group = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    assert group["GroupName"].startswith(f"eks-cluster-sg-{cluster['name']}-")
    eks.delete_cluster(name=cluster["name"])
    with pytest.raises(ClientError, match=r"InvalidGroup\.NotFound"):
        ec2.describe_security_groups(GroupIds=[group_id])


def test_the_service_cidr_moves_out_of_the_vpcs_way(ec2, new_cluster):
    vpc_id = ec2.create_vpc(CidrBlock="172.20.0.0/16")["Vpc"]["VpcId"]
    subnet_ids = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=block, AvailabilityZone=zone)["Subnet"][
            "SubnetId"
        ]
        for block, zone in (("172.20.0.0/24", ZONES[0]), ("172.20.1.0/24", ZONES[1]))
    ]
    cluster = new_cluster(subnet_ids=subnet_ids)
    assert cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "10.100.0.0/16"
    with pytest.raises(ClientError, match="overlaps"):
        new_cluster(
            subnet_ids=subnet_ids, kubernetesNetworkConfig={"serviceIpv4Cidr": "172.20.0.0/16"}
        )


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        ({"version": "1.10"}, "unsupported Kubernetes version 1.10"),
        ({"name": "-"}, "Invalid cluster name: -"),
        ({"subnet_ids": ["subnet-0", "subnet-1"]}, "The subnet ID 'subnet-0' does not exist"),
        (
            {"vpc_config": {"securityGroupIds": ["sg-0"]}},
            "The security group 'sg-0' does not exist",
        ),
        (
            {"vpc_config": {"endpointPublicAccess": False, "endpointPrivateAccess": False}},
            "cannot both be set to false",
        ),
    ],
)
def test_a_cluster_that_cannot_be_is_refused(new_cluster, arguments, refusal):
    with pytest.raises(ClientError, match=refusal):
        new_cluster(**arguments)


def test_a_name_is_taken_once(new_cluster):
    name = new_cluster()["name"]
    with pytest.raises(ClientError, match=f"ResourceInUse.*already exists with name: {name}"):
        new_cluster(name=name)


def test_one_zone_is_not_enough(new_cluster, subnets):
    with pytest.raises(ClientError, match="at least two different AZs"):
        new_cluster(subnet_ids=[subnets[0]])


def test_two_vpcs_are_too_many(ec2, new_cluster, subnets):
    other_vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    with pytest.raises(ClientError, match="must belong to the same VPC"):
        new_cluster(subnet_ids=[subnets[0], new_subnet(ec2, other_vpc, ZONES[1], 1)])


# Updates


def test_the_version_moves_to_the_next(eks, new_cluster):
    cluster = new_cluster(version="1.34")
    update = eks.update_cluster_version(name=cluster["name"], version="1.35")["update"]
    assert describe(eks, cluster)["version"] == "1.35"
    seen = eks.describe_update(name=cluster["name"], updateId=update["id"])["update"]
    assert (seen["status"], seen["type"]) == ("Successful", "VersionUpdate")


@pytest.mark.parametrize(
    ("version", "refusal"),
    [
        ("1.36", "Unsupported Kubernetes minor version update from 1.34 to 1.36"),
        ("1.33", "Unsupported Kubernetes minor version update from 1.34 to 1.33"),
        ("1.34", "already at the desired Kubernetes version 1.34"),
        ("1.99", "unsupported Kubernetes version 1.99"),
    ],
)
def test_no_other_version_is_taken(eks, new_cluster, version, refusal):
    cluster = new_cluster(version="1.34")
    with pytest.raises(ClientError, match=f"InvalidParameterException.*{refusal}"):
        eks.update_cluster_version(name=cluster["name"], version=version)
    assert describe(eks, cluster)["version"] == "1.34"


@pytest.mark.parametrize(
    ("old", "new"), [("CONFIG_MAP", "API_AND_CONFIG_MAP"), ("API_AND_CONFIG_MAP", "API")]
)
def test_authentication_moves_one_step_towards_the_api(eks, new_cluster, old, new):
    cluster = new_cluster(accessConfig={"authenticationMode": old})
    wanted = {"authenticationMode": new}
    eks.update_cluster_config(name=cluster["name"], accessConfig=wanted)
    assert describe(eks, cluster)["accessConfig"] == wanted


@pytest.mark.parametrize(
    ("old", "new"),
    [("CONFIG_MAP", "API"), ("API", "API_AND_CONFIG_MAP"), ("API_AND_CONFIG_MAP", "CONFIG_MAP")],
)
def test_authentication_moves_no_other_way(eks, new_cluster, old, new):
    cluster = new_cluster(accessConfig={"authenticationMode": old})
    with pytest.raises(ClientError, match=f"authentication mode update from {old} to {new}"):
        eks.update_cluster_config(name=cluster["name"], accessConfig={"authenticationMode": new})


def test_subnets_may_change_within_the_zones(eks, ec2, new_cluster, vpc_id, subnets):
    cluster = new_cluster(subnet_ids=subnets[:2])
    other = new_subnet(ec2, vpc_id, ZONES[0], 9)
    wanted = {"subnetIds": [other, subnets[1]]}
    eks.update_cluster_config(name=cluster["name"], resourcesVpcConfig=wanted)
    assert set(interfaces(ec2, cluster)) == {other, subnets[1]}
    ec2.delete_subnet(SubnetId=subnets[0])


@pytest.mark.parametrize("chosen", [slice(0, 3), slice(1, 3), slice(0, 1)])
def test_the_zones_are_for_life(eks, new_cluster, subnets, chosen):
    cluster = new_cluster(subnet_ids=subnets[:2])
    with pytest.raises(ClientError, match="exact set of AZs"):
        eks.update_cluster_config(
            name=cluster["name"], resourcesVpcConfig={"subnetIds": subnets[chosen]}
        )
    assert describe(eks, cluster)["resourcesVpcConfig"]["subnetIds"] == subnets[:2]


def test_the_vpc_is_for_life(eks, ec2, new_cluster):
    cluster = new_cluster()
    other_vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    moved = [new_subnet(ec2, other_vpc, zone, index) for index, zone in enumerate(ZONES[:2])]
    with pytest.raises(ClientError, match="must belong to the cluster's VPC"):
        eks.update_cluster_config(name=cluster["name"], resourcesVpcConfig={"subnetIds": moved})


def test_an_endpoint_update_keeps_the_rest_of_the_vpc_config(eks, new_cluster):
    cluster = new_cluster()
    wanted = {"endpointPrivateAccess": True, "publicAccessCidrs": ["192.0.2.0/24"]}
    eks.update_cluster_config(name=cluster["name"], resourcesVpcConfig=wanted)
    expected = {**cluster["resourcesVpcConfig"], **wanted}
    assert describe(eks, cluster)["resourcesVpcConfig"] == expected


def test_log_types_are_switched_one_by_one(eks, new_cluster):
    cluster = new_cluster(logging={"clusterLogging": [{"types": ["api"], "enabled": True}]})
    changes = [{"types": ["api"], "enabled": False}, {"types": ["audit"], "enabled": True}]
    eks.update_cluster_config(name=cluster["name"], logging={"clusterLogging": changes})
    on, off = describe(eks, cluster)["logging"]["clusterLogging"]
    assert on == {"types": ["audit"], "enabled": True}
    assert off["types"] == ["api", "authenticator", "controllerManager", "scheduler"]


def test_one_call_takes_one_kind_of_update(eks, new_cluster):
    name = new_cluster()["name"]
    with pytest.raises(ClientError, match="Only one type of update"):
        eks.update_cluster_config(
            name=name,
            accessConfig=BOTH,
            resourcesVpcConfig={"endpointPrivateAccess": True},
        )
    with pytest.raises(ClientError, match="No changes requested"):
        eks.update_cluster_config(name=name)


def test_encryption_is_added_once(eks, new_cluster):
    name = new_cluster()["name"]
    key = {"keyArn": "arn:aws:kms:us-west-2:123456789012:key/1"}
    encryption = [{"resources": ["secrets"], "provider": key}]
    eks.associate_encryption_config(clusterName=name, encryptionConfig=encryption)
    with pytest.raises(ClientError, match="Encryption is already enabled"):
        eks.associate_encryption_config(clusterName=name, encryptionConfig=encryption)


# Deletion


def test_a_cluster_with_node_groups_stays(eks, new_cluster, subnets):
    name = new_cluster()["name"]
    eks.create_nodegroup(
        clusterName=name, nodegroupName="apps", nodeRole=NODE_ROLE, subnets=subnets
    )
    with pytest.raises(ClientError, match="Cluster has nodegroups attached"):
        eks.delete_cluster(name=name)
    eks.delete_nodegroup(clusterName=name, nodegroupName="apps")
    eks.delete_cluster(name=name)
    with pytest.raises(ClientError, match=f"No cluster found for name: {name}"):
        eks.describe_cluster(name=name)


def test_a_protected_cluster_stays(eks, new_cluster):
    name = new_cluster(deletionProtection=True)["name"]
    with pytest.raises(ClientError, match="deletion protection"):
        eks.delete_cluster(name=name)
    eks.update_cluster_config(name=name, deletionProtection=False)
    eks.delete_cluster(name=name)


def test_its_interfaces_hold_subnets_and_security_groups(eks, ec2, new_cluster, vpc_id, subnets):
    group = ec2.create_security_group(GroupName="control-plane", Description="-", VpcId=vpc_id)
    group_id = group["GroupId"]
    cluster = new_cluster(vpc_config={"securityGroupIds": [group_id]})
    own_group_id = cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    worn = {group_id, own_group_id}
    assert interfaces(ec2, cluster) == {subnets[0]: worn, subnets[1]: worn}
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnets[0])
    for held in worn:
        with pytest.raises(ClientError, match="DependencyViolation"):
            ec2.delete_security_group(GroupId=held)
    eks.delete_cluster(name=cluster["name"])
    assert interfaces(ec2, cluster) == {}
    ec2.delete_subnet(SubnetId=subnets[0])
    ec2.delete_security_group(GroupId=group_id)


# Managed node groups


def test_a_node_group_takes_the_clusters_version(new_node_group):
    node_group = new_node_group()
    assert node_group["version"] == "1.34"
    assert node_group["instanceTypes"] == ["t3.medium"]
    assert "remoteAccess" not in node_group


def test_a_node_group_is_never_ahead_of_its_cluster(new_node_group):
    with pytest.raises(ClientError, match=r"greater than the cluster version 1.34"):
        new_node_group(version="1.35")


def test_a_node_group_launches_from_a_template(eks, new_node_group, launch_template):
    node_group = new_node_group(launchTemplate={"id": launch_template})
    assert node_group["launchTemplate"]["version"] == "1"
    assert node_group["instanceTypes"] == []
    name = {"clusterName": node_group["clusterName"], "nodegroupName": "apps"}
    newer = {"id": launch_template, "version": "2"}
    eks.update_nodegroup_version(**name, launchTemplate=newer)
    assert eks.describe_nodegroup(**name)["nodegroup"]["launchTemplate"]["version"] == "2"


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        ({"diskSize": 50}, "Disk size must be specified within the launch template"),
        ({"remoteAccess": {"ec2SshKey": "key"}}, "Remote access configuration cannot"),
    ],
)
def test_what_the_template_says_the_node_group_may_not(
    new_node_group, launch_template, arguments, refusal
):
    with pytest.raises(ClientError, match=refusal):
        new_node_group(launchTemplate={"id": launch_template}, **arguments)


def test_a_node_group_is_updated_in_place(eks, new_node_group):
    taint = {"key": "dedicated", "value": "apps", "effect": "NO_SCHEDULE"}
    node_group = new_node_group(labels={"old": "1", "kept": "1"}, taints=[taint])
    name = {"clusterName": node_group["clusterName"], "nodegroupName": "apps"}
    eks.update_nodegroup_config(
        **name,
        scalingConfig={"maxSize": 5},
        updateConfig={"maxUnavailablePercentage": 25},
        labels={"addOrUpdateLabels": {"new": "1"}, "removeLabels": ["old"]},
        taints={"addOrUpdateTaints": [{**taint, "value": "other"}]},
    )
    updated = eks.describe_nodegroup(**name)["nodegroup"]
    assert updated["scalingConfig"] == {"minSize": 1, "maxSize": 5, "desiredSize": 2}
    assert updated["updateConfig"]["maxUnavailablePercentage"] == 25
    assert updated["labels"] == {"new": "1", "kept": "1"}
    assert updated["taints"] == [{**taint, "value": "other"}]


def test_the_node_role_gets_an_entry_where_there_are_entries(eks, new_node_group):
    cluster_name = new_node_group(accessConfig=BOTH)["clusterName"]
    entry = eks.describe_access_entry(clusterName=cluster_name, principalArn=NODE_ROLE)
    assert entry["accessEntry"]["type"] == "EC2_LINUX"
    assert entry["accessEntry"]["kubernetesGroups"] == ["system:nodes"]


# Access entries


def test_the_creator_is_admin_unless_told(eks, new_cluster):
    name = new_cluster(accessConfig=BOTH)["name"]
    (creator,) = eks.list_access_entries(clusterName=name)["accessEntries"]
    policies = eks.list_associated_access_policies(clusterName=name, principalArn=creator)
    assert [each["policyArn"] for each in policies["associatedAccessPolicies"]] == [ADMIN_POLICY]
    closed = {**BOTH, "bootstrapClusterCreatorAdminPermissions": False}
    name = new_cluster(accessConfig=closed)["name"]
    assert eks.list_access_entries(clusterName=name)["accessEntries"] == []


def test_a_role_that_makes_a_cluster_is_its_creator(aws, eks, new_cluster):
    deployer = "arn:aws:iam::123456789012:role/clusters/deployer"
    given = aws.client("sts").assume_role(RoleArn=deployer, RoleSessionName="ci")["Credentials"]
    as_role = aws.client("eks", key=given["AccessKeyId"])
    name = new_cluster(accessConfig=BOTH, by=as_role)["name"]
    assert eks.list_access_entries(clusterName=name)["accessEntries"] == [deployer]
    name = new_cluster(accessConfig=NO_ENTRIES, by=as_role)["name"]
    assert aws.creator_of(name, aws.region) == deployer
    name = new_cluster(accessConfig=NO_ENTRIES)["name"]
    assert aws.creator_of(name, aws.region).endswith(":user/moto")


def test_the_creator_gets_an_entry_when_entries_come(eks, new_cluster):
    name = new_cluster(accessConfig=NO_ENTRIES)["name"]
    eks.update_cluster_config(name=name, accessConfig=BOTH)
    assert len(eks.list_access_entries(clusterName=name)["accessEntries"]) == 1


def test_a_config_map_cluster_has_no_entries(eks, new_cluster):
    name = new_cluster(accessConfig=NO_ENTRIES)["name"]
    with pytest.raises(ClientError, match="authentication mode must be set to one of"):
        eks.create_access_entry(clusterName=name, principalArn=ROLE)


def test_the_life_of_an_access_entry(eks, new_cluster):
    name = {"clusterName": new_cluster(accessConfig=BOTH)["name"], "principalArn": ROLE}
    entry = eks.create_access_entry(**name, kubernetesGroups=["viewers"])["accessEntry"]
    assert entry["username"].endswith("assumed-role/control-plane/{{SessionName}}")
    with pytest.raises(ClientError, match="already in use on this cluster"):
        eks.create_access_entry(**name)
    eks.update_access_entry(**name, kubernetesGroups=["editors"])
    assert eks.describe_access_entry(**name)["accessEntry"]["kubernetesGroups"] == ["editors"]
    scope = {"type": "namespace", "namespaces": ["apps"]}
    eks.associate_access_policy(**name, policyArn=ADMIN_POLICY, accessScope=scope)
    (policy,) = eks.list_associated_access_policies(**name)["associatedAccessPolicies"]
    assert policy["accessScope"] == scope
    eks.disassociate_access_policy(**name, policyArn=ADMIN_POLICY)
    eks.delete_access_entry(**name)
    with pytest.raises(ClientError, match=r"ResourceNotFound.*principalArn could not be found"):
        eks.describe_access_entry(**name)


def test_a_nodes_entry_takes_neither_groups_nor_policies(eks, new_cluster):
    name = {"clusterName": new_cluster(accessConfig=BOTH)["name"], "principalArn": NODE_ROLE}
    with pytest.raises(ClientError, match="kubernetesGroups parameter is not supported"):
        eks.create_access_entry(**name, type="EC2_LINUX", kubernetesGroups=["admins"])
    eks.create_access_entry(**name, type="EC2_LINUX")
    with pytest.raises(ClientError, match="does not support access policies"):
        eks.associate_access_policy(**name, policyArn=ADMIN_POLICY, accessScope={"type": "cluster"})


# Add-ons and pod identity


def test_the_life_of_an_addon(eks, new_cluster):
    cluster = new_cluster()
    name = {"clusterName": cluster["name"], "addonName": "vpc-cni"}
    offered = eks.describe_addon_versions(addonName="vpc-cni", kubernetesVersion="1.34")
    version = offered["addons"][0]["addonVersions"][0]["addonVersion"]
    addon = eks.create_addon(**name, configurationValues='{"env":{}}')["addon"]
    assert addon["addonVersion"] == version
    assert addon["configurationValues"] == '{"env":{}}'
    with pytest.raises(ClientError, match="Addon already exists"):
        eks.create_addon(**name)
    eks.update_addon(**name, addonVersion="v1.21.0-eksbuild.1")
    assert eks.describe_addon(**name)["addon"]["addonVersion"] == "v1.21.0-eksbuild.1"
    eks.delete_addon(**name)
    with pytest.raises(ClientError, match="No addon: vpc-cni found in cluster"):
        eks.describe_addon(**name)


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        ({"addonName": "vpc-cin"}, "Addon vpc-cin specified is not supported in 1.34"),
        (
            {"addonName": "vpc-cni", "addonVersion": "1.20"},
            "Addon version specified is not supported: 1.20",
        ),
    ],
)
def test_an_addon_that_does_not_exist_is_refused(eks, new_cluster, arguments, refusal):
    with pytest.raises(ClientError, match=refusal):
        eks.create_addon(clusterName=new_cluster()["name"], **arguments)


def test_an_addon_owns_its_pod_identity_associations(eks, new_cluster):
    name = new_cluster()["name"]
    wanted = [{"serviceAccount": "ebs-csi-controller-sa", "roleArn": ROLE}]
    addon = {"clusterName": name, "addonName": "aws-ebs-csi-driver"}
    created = eks.create_addon(**addon, podIdentityAssociations=wanted)["addon"]
    (owned,) = eks.list_pod_identity_associations(clusterName=name)["associations"]
    assert owned["ownerArn"] == created["addonArn"]
    eks.delete_addon(**addon)
    assert eks.list_pod_identity_associations(clusterName=name)["associations"] == []


def test_the_life_of_a_pod_identity_association(eks, new_cluster):
    account = {
        "clusterName": new_cluster()["name"],
        "namespace": "kube-system",
        "serviceAccount": "cluster-autoscaler",
    }
    created = eks.create_pod_identity_association(**account, roleArn=ROLE)["association"]
    with pytest.raises(ClientError, match="Association already exists"):
        eks.create_pod_identity_association(**account, roleArn=ROLE)
    name = {
        "clusterName": account["clusterName"],
        "associationId": created["associationId"],
    }
    eks.update_pod_identity_association(**name, roleArn=NODE_ROLE)
    described = eks.describe_pod_identity_association(**name)["association"]
    assert described["roleArn"] == NODE_ROLE
    eks.delete_pod_identity_association(**name)
    assert eks.list_pod_identity_associations(**account)["associations"] == []


# Tags, and the edge of what is emulated


def test_tags_are_changed_by_arn(eks, new_cluster):
    arn = new_cluster(tags={"old": "1", "kept": "1"})["arn"]
    eks.tag_resource(resourceArn=arn, tags={"new": "1"})
    eks.untag_resource(resourceArn=arn, tagKeys=["old"])
    assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"kept": "1", "new": "1"}


def test_what_is_not_emulated_says_so_and_is_not_tried_again(eks, new_cluster):
    with pytest.raises(ClientError, match="the emulated EKS has no GET /clusters/") as refusal:
        eks.list_capabilities(clusterName=new_cluster()["name"])
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
