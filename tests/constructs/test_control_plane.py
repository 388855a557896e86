"""The EKS cluster."""

from typing import Any

import pytest

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


def test_nothing_is_said_of_options_that_nobody_chose(synth: Synth) -> None:
    assert not cluster(synth()).keys() & {
        *("bootstrap_self_managed_addons", "deletion_protection", "encryption_config"),
        *("upgrade_policy", "zonal_shift_config"),
    }


def test_a_key_of_the_clusters_own_encrypts_secrets_and_stays(synth: Synth) -> None:
    document = synth(control_plane={"secrets_key": "create"})

    assert cluster(document)["encryption_config"] == {
        "resources": ["secrets"],
        "provider": {"key_arn": "${aws_kms_key.secrets.arn}"},
    }
    key = document["resource"]["aws_kms_key"]["secrets"]
    assert (key["enable_key_rotation"], key["deletion_window_in_days"]) == (True, 30)
    assert key["lifecycle"] == {"prevent_destroy": True}
    assert "policy" not in key
    alias = document["resource"]["aws_kms_alias"]["secrets"]
    assert alias["name"] == "alias/${var.cluster_name}-secrets"


def test_a_key_of_the_owners_encrypts_secrets(synth: Synth) -> None:
    arn = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-86ef-1234567890ab"
    document = synth(control_plane={"secrets_key": arn})

    assert cluster(document)["encryption_config"]["provider"] == {"key_arn": arn}
    assert "aws_kms_key" not in document["resource"]


def test_support_and_zonal_shift_are_said_both_ways(synth: Synth) -> None:
    on = cluster(synth(control_plane={"support": "standard", "zonal_shift": True}))
    off = cluster(synth(control_plane={"support": "extended", "zonal_shift": False}))

    assert on["upgrade_policy"] == {"support_type": "STANDARD"}
    assert on["zonal_shift_config"] == {"enabled": True}
    assert off["upgrade_policy"] == {"support_type": "EXTENDED"}
    assert off["zonal_shift_config"] == {"enabled": False}


@pytest.mark.parametrize("protected", [True, False])
def test_deletion_protection_asks_for_a_provider_that_has_it(synth: Synth, protected: bool) -> None:
    document = synth(control_plane={"deletion_protection": protected})

    assert cluster(document)["deletion_protection"] is protected
    assert document["terraform"]["required_providers"]["aws"]["version"] == ">= 6.48, < 7"


def test_a_bare_cluster_is_made_bare(synth: Synth) -> None:
    document = synth(control_plane={"bootstrap_self_managed_addons": False})

    assert cluster(document)["bootstrap_self_managed_addons"] is False


def test_people_come_in_by_oidc(synth: Synth) -> None:
    section = {
        "issuer_url": "https://login.example.com",
        "client_id": "k8s",
        "groups_claim": "groups",
        "groups_prefix": "people:",
        "required_claims": {"team": "platform"},
    }
    document = synth(control_plane={"oidc": section})

    config = document["resource"]["aws_eks_identity_provider_config"]["oidc"]
    assert config["cluster_name"] == "${aws_eks_cluster.control_plane.name}"
    assert config["oidc"] == {**section, "identity_provider_config_name": "oidc"}


def test_the_log_group_has_key_and_class(synth: Synth) -> None:
    key = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-86ef-1234567890ab"
    logs = {"kms_key": key, "log_group_class": "INFREQUENT_ACCESS"}
    document = synth(control_plane={"enabled_cluster_log_types": ["audit"], "logs": logs})

    group = document["resource"]["aws_cloudwatch_log_group"]["control_plane"]
    assert (group["kms_key_id"], group["log_group_class"]) == (key, "INFREQUENT_ACCESS")
    assert "retention_in_days" not in group
