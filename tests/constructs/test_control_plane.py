"""The EKS cluster."""

from typing import Any

from tests.conftest import Synth


def cluster(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["resource"]["aws_eks_cluster"]["control_plane"]
    return found


def test_whoever_creates_the_cluster_is_not_locked_out(lovelace: dict[str, Any]) -> None:
    assert cluster(lovelace)["access_config"] == {
        "authentication_mode": "API_AND_CONFIG_MAP",
        "bootstrap_cluster_creator_admin_permissions": True,
    }


def test_service_range_is_written_so_that_dns_can_be_known(synth: Synth) -> None:
    assert cluster(synth())["kubernetes_network_config"] == {"service_ipv4_cidr": "172.20.0.0/16"}
    other = synth(control_plane={"service_ipv4_cidr": "10.100.0.0/16"})
    assert cluster(other)["kubernetes_network_config"] == {"service_ipv4_cidr": "10.100.0.0/16"}


def test_control_plane_reaches_into_all_subnets(lovelace: dict[str, Any]) -> None:
    assert cluster(lovelace)["vpc_config"]["subnet_ids"] == (
        "${concat(aws_subnet.public[*].id, aws_subnet.private[*].id)}"
    )


def test_control_plane_keeps_to_its_zones_when_one_is_appended(synth: Synth) -> None:
    zones = ["eu-central-1a", "eu-central-1b"]
    document = synth(
        availability_zones=[*zones, "eu-central-1c"], control_plane={"availability_zones": zones}
    )

    assert cluster(document)["vpc_config"]["subnet_ids"] == (
        "${[for subnet in concat(aws_subnet.public, aws_subnet.private) : subnet.id "
        'if contains(["eu-central-1a", "eu-central-1b"], subnet.availability_zone)]}'
    )


def test_role_has_its_policy_before_the_cluster_is_made(lovelace: dict[str, Any]) -> None:
    assert cluster(lovelace)["depends_on"] == ["aws_iam_role_policy_attachment.eks_cluster"]
    assert cluster(lovelace)["role_arn"] == "${aws_iam_role.control_plane.arn}"


def test_api_answers_everyone_unless_told_otherwise(synth: Synth) -> None:
    config = cluster(synth())["vpc_config"]

    assert (config["endpoint_public_access"], config["endpoint_private_access"]) == (True, True)
    assert "public_access_cidrs" not in config


def test_api_can_be_narrowed(synth: Synth) -> None:
    config = cluster(synth(control_plane={"public_access_cidrs": ["198.51.100.0/24"]}))[
        "vpc_config"
    ]

    assert config["public_access_cidrs"] == ["198.51.100.0/24"]


def test_api_can_be_private(synth: Synth) -> None:
    config = cluster(
        synth(
            control_plane={
                "endpoint_public_access": False,
                "ingress": {"vpn": {"description": "VPN", "cidr_blocks": ["10.9.0.0/16"]}},
            }
        )
    )["vpc_config"]

    assert (config["endpoint_public_access"], config["endpoint_private_access"]) == (False, True)


def test_logs_are_sent_only_where_asked_for(synth: Synth) -> None:
    assert "enabled_cluster_log_types" not in cluster(synth())
    logged = cluster(synth(control_plane={"enabled_cluster_log_types": ["audit"]}))
    assert logged["enabled_cluster_log_types"] == ["audit"]


def test_log_group_is_made_before_the_cluster_where_asked_for(synth: Synth) -> None:
    section = {"enabled_cluster_log_types": ["audit"], "logs": {"retention_in_days": 90}}
    document = synth(control_plane=section)

    group = document["resource"]["aws_cloudwatch_log_group"]["control_plane"]
    assert group["name"] == "/aws/eks/${var.cluster_name}/cluster"
    assert group["retention_in_days"] == 90
    assert "aws_cloudwatch_log_group.control_plane" in cluster(document)["depends_on"]


def test_there_is_no_log_group_of_ours_unless_asked_for(synth: Synth) -> None:
    document = synth(control_plane={"enabled_cluster_log_types": ["audit"]})

    assert "aws_cloudwatch_log_group" not in document["resource"]
