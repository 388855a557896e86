"""What the options of a spec ask of EKS beyond the chapter's cluster."""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from .conftest import NODE_ROLE
from .eks.clusters import may_go_back
from .eks.model import Cluster


def described(eks, cluster):
    return eks.describe_cluster(name=cluster["name"])["cluster"]


# Control plane


def test_an_upgrade_can_be_taken_back_once(eks, new_cluster):
    name = new_cluster(version="1.34")["name"]
    eks.update_cluster_version(name=name, version="1.35")

    update = eks.update_cluster_version(name=name, version="1.34")["update"]

    assert update["type"] == "VersionRollback"
    assert eks.describe_cluster(name=name)["cluster"]["version"] == "1.34"
    with pytest.raises(ClientError, match="Unsupported Kubernetes minor version update"):
        eks.update_cluster_version(name=name, version="1.33")


def test_the_way_back_closes_after_seven_days():
    cluster = Cluster({}, set(), previous_version="1.34", upgraded_at=1000.0)

    assert may_go_back(cluster, "1.34", now=1000.0 + 7 * 86_400 - 1)
    assert not may_go_back(cluster, "1.34", now=1000.0 + 7 * 86_400)
    assert not may_go_back(cluster, "1.33", now=1000.0)


def test_each_version_tells_when_its_standard_support_ends(eks):
    versions = eks.describe_cluster_versions()["clusterVersions"]
    now = datetime.now(UTC)

    assert {each["clusterVersion"] for each in versions} >= {"1.33", "1.36"}
    for each in versions:
        over = each["endOfStandardSupportDate"] <= now
        assert each["versionStatus"] == ("EXTENDED_SUPPORT" if over else "STANDARD_SUPPORT")


def test_an_upgrade_whose_nodes_have_followed_stays(eks, new_node_group):
    name = new_node_group()["clusterName"]
    eks.update_cluster_version(name=name, version="1.35")
    eks.update_nodegroup_version(clusterName=name, nodegroupName="apps", version="1.35")

    with pytest.raises(ClientError, match=r"Node groups apps are ahead of 1\.34"):
        eks.update_cluster_version(name=name, version="1.34")


def test_the_control_planes_tier_is_standard_until_another_is_asked_for(eks, new_cluster):
    cluster = new_cluster()
    assert cluster["controlPlaneScalingConfig"] == {"tier": "standard"}
    larger = {"tier": "tier-xl"}

    eks.update_cluster_config(name=cluster["name"], controlPlaneScalingConfig=larger)

    assert described(eks, cluster)["controlPlaneScalingConfig"] == larger
    with pytest.raises(ClientError, match="Unsupported control plane scaling tier huge"):
        eks.update_cluster_config(name=cluster["name"], controlPlaneScalingConfig={"tier": "huge"})


def test_the_control_planes_way_out_is_awss_until_another_is_asked_for(new_cluster):
    assert new_cluster()["resourcesVpcConfig"]["controlPlaneEgressMode"] == "AWS_MANAGED"
    routed = new_cluster(vpc_config={"controlPlaneEgressMode": "CUSTOMER_ROUTED"})
    assert routed["resourcesVpcConfig"]["controlPlaneEgressMode"] == "CUSTOMER_ROUTED"
    with pytest.raises(ClientError, match="Unsupported egress mode NONE"):
        new_cluster(vpc_config={"controlPlaneEgressMode": "NONE"})


def test_components_are_configured_at_creation_and_later(eks, new_cluster):
    ports = {"serviceNodePortRange": {"minPort": 30000, "maxPort": 30100}}
    cluster = new_cluster(kubeApiServerConfig=ports)
    assert cluster["kubeApiServerConfig"] == ports
    assert "kubeSchedulerConfig" not in cluster

    longer = {"eventTtl": "30m"}
    eks.update_cluster_config(name=cluster["name"], kubeApiServerConfig=longer)

    assert described(eks, cluster)["kubeApiServerConfig"] == longer


def test_an_ipv6_cluster_has_services_of_ipv6_only(new_cluster):
    network = new_cluster(kubernetesNetworkConfig={"ipFamily": "ipv6"})["kubernetesNetworkConfig"]

    assert network["ipFamily"] == "ipv6"
    assert network["serviceIpv6Cidr"].endswith("/108")
    assert "serviceIpv4Cidr" not in network
    both = {"ipFamily": "ipv6", "serviceIpv4Cidr": "10.100.0.0/16"}
    with pytest.raises(ClientError, match="serviceIpv4Cidr cannot be specified"):
        new_cluster(kubernetesNetworkConfig=both)


# Nodes


def test_a_node_group_tells_its_update_strategy_unasked(eks, new_node_group):
    node_group = new_node_group()
    assert node_group["updateConfig"] == {"maxUnavailable": 1, "updateStrategy": "DEFAULT"}
    name = {"clusterName": node_group["clusterName"], "nodegroupName": "apps"}

    eks.update_nodegroup_config(**name, updateConfig={"maxUnavailablePercentage": 25})

    updated = eks.describe_nodegroup(**name)["nodegroup"]["updateConfig"]
    assert updated == {"maxUnavailablePercentage": 25, "updateStrategy": "DEFAULT"}
    with pytest.raises(ClientError, match="Only one of maxUnavailable and maxUnavailablePer"):
        eks.update_nodegroup_config(
            **name, updateConfig={"maxUnavailablePercentage": 25, "maxUnavailable": 1}
        )


def test_a_node_group_keeps_a_warm_pool(eks, new_node_group):
    warm = {"enabled": True, "minSize": 1, "poolState": "STOPPED"}
    node_group = new_node_group(warmPoolConfig=warm)
    assert node_group["warmPoolConfig"] == warm
    name = {"clusterName": node_group["clusterName"], "nodegroupName": "apps"}

    eks.update_nodegroup_config(**name, warmPoolConfig={**warm, "minSize": 2})

    assert eks.describe_nodegroup(**name)["nodegroup"]["warmPoolConfig"]["minSize"] == 2


def test_the_life_of_a_fargate_profile(eks, new_cluster, subnets):
    cluster = new_cluster()
    name = {"clusterName": cluster["name"], "fargateProfileName": "system"}
    selectors = [{"namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}}]
    wanted = {"podExecutionRoleArn": NODE_ROLE, "subnets": subnets, "selectors": selectors}
    profile = eks.create_fargate_profile(**name, **wanted, tags={"a": "b"})["fargateProfile"]

    assert wanted.items() <= profile.items()
    assert eks.describe_fargate_profile(**name)["fargateProfile"]["status"] == "ACTIVE"
    assert eks.list_fargate_profiles(clusterName=cluster["name"])["fargateProfileNames"] == [
        "system"
    ]
    eks.tag_resource(resourceArn=profile["fargateProfileArn"], tags={"c": "d"})
    assert eks.describe_fargate_profile(**name)["fargateProfile"]["tags"] == {"a": "b", "c": "d"}
    with pytest.raises(ClientError, match="Fargate profile system already exists"):
        eks.create_fargate_profile(**name, **wanted)
    with pytest.raises(ClientError, match="has Fargate profiles attached"):
        eks.delete_cluster(name=cluster["name"])
    eks.delete_fargate_profile(**name)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        eks.describe_fargate_profile(**name)


@pytest.mark.parametrize("number", [0, 6])
def test_a_fargate_profile_takes_one_to_five_selectors(eks, new_cluster, subnets, number):
    with pytest.raises(ClientError, match="1 to 5 selectors"):
        eks.create_fargate_profile(
            clusterName=new_cluster()["name"],
            fargateProfileName="many",
            podExecutionRoleArn=NODE_ROLE,
            subnets=subnets,
            selectors=[{"namespace": f"n{each}"} for each in range(number)],
        )


# People


def test_the_life_of_an_identity_provider(eks, new_cluster):
    name = {"clusterName": new_cluster()["name"]}
    oidc = {
        "identityProviderConfigName": "dex",
        "issuerUrl": "https://dex.example.com",
        "clientId": "kubernetes",
        "groupsClaim": "groups",
    }
    which = {"identityProviderConfig": {"type": "oidc", "name": "dex"}}

    answer = eks.associate_identity_provider_config(**name, oidc=oidc, tags={"a": "b"})

    assert answer["update"]["type"] == "AssociateIdentityProviderConfig"
    found = eks.describe_identity_provider_config(**name, **which)["identityProviderConfig"]["oidc"]
    assert oidc.items() <= found.items()
    assert (found["status"], found["tags"]) == ("ACTIVE", {"a": "b"})
    assert eks.list_identity_provider_configs(**name)["identityProviderConfigs"] == [
        which["identityProviderConfig"]
    ]
    with pytest.raises(ClientError, match="One identity provider a cluster"):
        eks.associate_identity_provider_config(**name, oidc=oidc)
    eks.disassociate_identity_provider_config(**name, **which)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        eks.describe_identity_provider_config(**name, **which)


def test_an_issuer_is_reached_over_tls(eks, new_cluster):
    plain = {
        "identityProviderConfigName": "dex",
        "issuerUrl": "http://dex.example.com",
        "clientId": "kubernetes",
    }
    with pytest.raises(ClientError, match="issuerUrl must begin with https://"):
        eks.associate_identity_provider_config(clusterName=new_cluster()["name"], oidc=plain)


# Add-ons


@pytest.mark.parametrize(
    "name",
    [
        *("adot", "amazon-cloudwatch-observability", "aws-fsx-csi-driver", "aws-guardduty-agent"),
        *("aws-mountpoint-s3-csi-driver", "cert-manager", "eks-node-monitoring-agent"),
        *("external-dns", "kube-state-metrics", "prometheus-node-exporter", "snapshot-controller"),
    ],
)
def test_an_addon_is_offered_with_a_version_and_made(eks, new_cluster, name):
    (addon,) = eks.describe_addon_versions(addonName=name, kubernetesVersion="1.34")["addons"]
    cluster = new_cluster()["name"]
    made = eks.create_addon(clusterName=cluster, addonName=name)["addon"]

    assert made["addonVersion"] == addon["addonVersions"][0]["addonVersion"]
