"""The Kubernetes API."""

from pathlib import Path

import pytest

from tests.spec.bad import Change, also, told

KEY = "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-86ef-1234567890ab"
ELSEWHERE = KEY.replace("us-west-2", "us-east-1")
OIDC = "issuer_url: https://login.example.com, client_id: k8s"


def oidc(section: str) -> Change:
    """Add an OIDC provider."""
    return also(f"control_plane: {{oidc: {{{section}}}}}")


BAD: dict[str, tuple[Change, str]] = {
    "a Service range inside the VPC": (
        also("control_plane: {service_ipv4_cidr: 10.1.64.0/20}"),
        "6: control_plane.service_ipv4_cidr: overlaps vpc_cidr 10.1.0.0/16, got 10.1.64.0/20; "
        "use another range, like 172.20.0.0/16",
    ),
    "a public Service range": (
        also("control_plane: {service_ipv4_cidr: 11.0.0.0/16}"),
        "6: control_plane.service_ipv4_cidr: is not inside 10.0.0.0/8, 172.16.0.0/12 or "
        "192.168.0.0/16, got 11.0.0.0/16; EKS takes private ranges only, like 172.20.0.0/16",
    ),
    "a Service range EKS finds too small": (
        also("control_plane: {service_ipv4_cidr: 172.20.0.0/26}"),
        "6: control_plane.service_ipv4_cidr: is outside /12 to /24, got 172.20.0.0/26; "
        "use a range like 172.20.0.0/16",
    ),
    "a control plane zone the cluster lacks": (
        also("control_plane: {availability_zones: [us-west-2a, us-west-2c]}"),
        "6: control_plane.availability_zones[1]: is not among the cluster's "
        "availability_zones, got us-west-2c; use those of us-west-2a, us-west-2b",
    ),
    "a control plane in one zone": (
        also("control_plane: {availability_zones: [us-west-2a]}"),
        "6: control_plane.availability_zones: is too short a list: EKS wants at least two "
        "zones, got 1 zone; use two or more of us-west-2a, us-west-2b, or leave them out for "
        "all",
    ),
    "an API that nothing reaches": (
        also("control_plane: {endpoint_public_access: false, endpoint_private_access: false}"),
        "6: control_plane.endpoint_private_access: is off like endpoint_public_access, so nothing "
        "reaches the API, got false; turn one of them on",
    ),
    "public CIDRs without a public endpoint": (
        also(
            "control_plane: {endpoint_public_access: false, public_access_cidrs: [203.0.113.0/24], "
            "ingress: {vpn: {description: VPN, cidr_blocks: [10.9.0.0/16]}}}"
        ),
        "6: control_plane.public_access_cidrs: has no effect while endpoint_public_access is "
        "false, got a list; delete it, or turn the public endpoint on",
    ),
    "an opening for nobody": (
        also("control_plane: {ingress: {vpn: {description: VPN}}}"),
        "6: control_plane.ingress.vpn: lets nobody in; add cidr_blocks or security_groups",
    ),
    "a range that reaches the API twice": (
        also(
            "control_plane: {ingress: {a: {description: a, cidr_blocks: [10.9.0.0/16]}, "
            "b: {description: b, cidr_blocks: [10.9.1.0/24]}}}"
        ),
        "6: control_plane.ingress.b.cidr_blocks[0]: overlaps 10.9.0.0/16 of "
        "control_plane.ingress.a, which is let in to port 443, got 10.9.1.0/24; write the two as "
        "one, or cut one of them",
    ),
    "a group that reaches the API twice": (
        also(
            "control_plane: {ingress: {a: {description: a, security_groups: [sg-0a1b2c3d]}, "
            "b: {description: b, security_groups: [sg-0a1b2c3d]}}}"
        ),
        "6: control_plane.ingress.b.security_groups[0]: is let in by control_plane.ingress.a, got "
        "sg-0a1b2c3d; keep it in one of the two",
    ),
    "an API that the apply does not reach": (
        also("control_plane: {endpoint_public_access: false}"),
        "6: control_plane.endpoint_public_access: is off, and the apply runs kubectl where nothing "
        "but the nodes reaches the API; add control_plane.ingress for the place where the apply "
        "runs, in the VPC or linked to it",
    ),
    "a log group for nothing": (
        also("control_plane: {logs: {retention_in_days: 90}}"),
        "6: control_plane.logs.retention_in_days: is for logs that nobody writes, got 90; name "
        "them in enabled_cluster_log_types, or delete it",
    ),
    "a class of no logs": (
        also("control_plane: {logs: {log_group_class: INFREQUENT_ACCESS}}"),
        "6: control_plane.logs.log_group_class: is for logs that nobody writes, got "
        "INFREQUENT_ACCESS; name them in enabled_cluster_log_types, or delete it",
    ),
    "a key of no logs": (
        also(f"control_plane: {{logs: {{kms_key: {KEY}}}}}"),
        f"6: control_plane.logs.kms_key: is for logs that nobody writes, got {KEY}; name "
        "them in enabled_cluster_log_types, or delete it",
    ),
    "a class that CloudWatch has not": (
        also("control_plane: {enabled_cluster_log_types: [api], logs: {log_group_class: IA}}"),
        "6: control_plane.logs.log_group_class: is not a choice, got IA; "
        "use 'STANDARD' or 'INFREQUENT_ACCESS'",
    ),
    "a key of another region for logs": (
        also(
            f"control_plane: {{enabled_cluster_log_types: [api], logs: {{kms_key: {ELSEWHERE}}}}}"
        ),
        f"6: control_plane.logs.kms_key: is a key of another region, got {ELSEWHERE}; "
        "use a key of us-west-2",
    ),
    "a key of another region for Secrets": (
        also(f"control_plane: {{secrets_key: {ELSEWHERE}}}"),
        f"6: control_plane.secrets_key: is a key of another region, got {ELSEWHERE}; "
        "use a key of us-west-2",
    ),
    "a word for a key": (
        also("control_plane: {secrets_key: made}"),
        "6: control_plane.secrets_key: is neither create nor the ARN of a KMS key, got made; "
        "write create, or one like arn:aws:kms:us-west-2:123456789012:key/<id>",
    ),
    "an alias for a key": (
        also("control_plane: {secrets_key: arn:aws:kms:us-west-2:123456789012:alias/eks}"),
        "6: control_plane.secrets_key: is neither create nor the ARN of a KMS key, got "
        "arn:aws:kms:us-west-2:123456789012:alias/eks; "
        "write create, or one like arn:aws:kms:us-west-2:123456789012:key/<id>",
    ),
    "a support that EKS has not": (
        also("control_plane: {support: long}"),
        "6: control_plane.support: is not a choice, got long; use 'standard' or 'extended'",
    ),
    "a shift that is no switch": (
        also("control_plane: {zonal_shift: enabled}"),
        '6: control_plane.zonal_shift: is a text, got "enabled"; write true or false, without '
        "quotes",
    ),
    "an issuer without TLS": (
        oidc("issuer_url: http://login.example.com, client_id: k8s"),
        "6: control_plane.oidc.issuer_url: is not the URL of an OIDC issuer, got "
        "http://login.example.com; write one like https://login.example.com, which answers on the "
        "internet",
    ),
    "an issuer without a client": (
        oidc("issuer_url: https://login.example.com"),
        "6: control_plane.oidc.client_id: is missing; add it",
    ),
    "a provider's configuration with a space": (
        oidc(f"{OIDC}, name: our people"),
        "6: control_plane.oidc.name: is not a name for an identity provider, got our people; "
        "use letters, digits, hyphens and underscores",
    ),
    "groups as a provider calls them": (
        oidc(f"{OIDC}, groups_claim: groups"),
        "6: control_plane.oidc.groups_claim: gives groups as the provider calls them, also those "
        "that the cluster has for others; add groups_prefix, like `people:`",
    ),
    "a prefix for no groups": (
        oidc(f'{OIDC}, groups_prefix: "people:"'),
        "6: control_plane.oidc.groups_prefix: has no effect without groups_claim, got people:; "
        "add it, or delete this key",
    ),
    "a prefix of Kubernetes' own for groups": (
        oidc(f'{OIDC}, groups_claim: groups, groups_prefix: "system:"'),
        "6: control_plane.oidc.groups_prefix: holds system:, which is Kubernetes' own, got "
        "system:; write one like `people:`",
    ),
    "a prefix of Kubernetes' own for names": (
        oidc(f'{OIDC}, username_prefix: "system:"'),
        "6: control_plane.oidc.username_prefix: holds system:, which is Kubernetes' own, got "
        "system:; write one like `people:`",
    ),
    "an unknown log": (
        also("control_plane: {enabled_cluster_log_types: [audits]}"),
        "6: control_plane.enabled_cluster_log_types[0]: is not a choice, got audits; "
        "use 'api', 'audit', 'authenticator', 'controllerManager' or 'scheduler'",
    ),
    "a private range for the public endpoint": (
        also("control_plane: {public_access_cidrs: [203.0.113.0/24, 10.0.0.0/16]}"),
        "6: control_plane.public_access_cidrs[1]: is a private range, from which nobody comes to a "
        "public endpoint, got 10.0.0.0/16; write the public address that you are seen with",
    ),
    "more public ranges than EKS takes": (
        also(
            "control_plane: {public_access_cidrs: "
            f"[{', '.join(f'203.0.113.{n}/32' for n in range(41))}]}}"
        ),
        "6: control_plane.public_access_cidrs: is too long a list: EKS takes 40 ranges, got "
        "41 ranges; join neighbours, or leave some out",
    ),
    "nodes cut off from a narrowed API": (
        also(
            "control_plane: {endpoint_private_access: false, public_access_cidrs: [203.0.113.0/24]}"
        ),
        "6: control_plane.endpoint_private_access: is off while public_access_cidrs is narrowed, "
        "so the nodes never reach the API, got false; turn it on, or delete public_access_cidrs",
    ),
    "an opening for everyone": (
        also("control_plane: {ingress: {all: {description: all, cidr_blocks: [0.0.0.0/0]}}}"),
        "6: control_plane.ingress.all.cidr_blocks[0]: lets in the whole internet, got 0.0.0.0/0; "
        "name the ranges you mean",
    ),
    "an opening called like the nodes' own": (
        also("control_plane: {ingress: {nodes: {description: x, cidr_blocks: [10.0.0.0/8]}}}"),
        "6: control_plane.ingress.nodes: is an opening of the project's own, got nodes; "
        "choose another key",
    ),
    "a Service range without a prefix": (
        also("control_plane: {service_ipv4_cidr: 172.20.0.0}"),
        "6: control_plane.service_ipv4_cidr: has no prefix length, got 172.20.0.0; write an "
        "address and a prefix length, like 172.20.0.0/16",
    ),
    "a claim too long for EKS": (
        also(
            "control_plane: {oidc: {issuer_url: 'https://a.example', client_id: "
            f"a, required_claims: {{{'a' * 64}: b}}}}}}"
        ),
        "6: "
        "control_plane.oidc.required_claims.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:"
        " "
        "is not a claim of EKS, got "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; use at most 63 "
        "characters",
    ),
    "the value of a claim too long for EKS": (
        also(
            "control_plane: {oidc: {issuer_url: 'https://a.example', client_id: "
            f"a, required_claims: {{a: {'b' * 254}}}}}}}"
        ),
        "6: control_plane.oidc.required_claims.a: is too long for EKS, got "
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb...; "
        "use at most 253 characters",
    ),
    "an opening with the address of another's group": (
        also(
            "control_plane: {ingress: {a: {description: a, security_groups: "
            "[sg-0abc1234]}, a-sg-0abc1234: {description: b, cidr_blocks: [10.9.0.0/16]}}"
            "}"
        ),
        "6: control_plane.ingress.a-sg-0abc1234: would have the address of "
        "control_plane.ingress.a, control_plane-ingress-a-sg-0abc1234; rename one of the two",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
