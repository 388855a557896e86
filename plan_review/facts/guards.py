"""Arguments that guard something, told by their names, whatever the type they belong to.

An argument of one name means the same in most types and in most clouds: `authorization`,
`transit_encryption_mode`, `privileged`. Where it does not, a row names the types.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from plan_review.facts.leaves import Leaf
from plan_review.levels import Level
from plan_review.plan.paths import ABSENT, Json, is_empty

ANY: Final = "(whatever was there)"
NOTHING: Final = "(nothing)"


@dataclass(frozen=True)
class Guard:
    """A change of an argument that lets more in than before."""

    effect: str
    before: tuple[Json, ...]
    after: tuple[Json, ...]
    level: Level = Level.SECURITY
    types: str = r".*"

    def is_weakened(self, type_: str, leaf: Leaf) -> bool:
        """Whether a leaf of an object of some type goes from what guards to what does not."""
        was, now = _spoken(leaf.before), _spoken(leaf.after)
        if was == now or not _is_one_of(now, self.after) or not _is_one_of(was, self.before):
            return False
        return re.fullmatch(self.types, type_) is not None


_ON: Final = (True, "true", "enabled", "on", "active", "required", "require", "strict")
_OFF: Final = (False, NOTHING, "false", "disabled", "off", "none", "inactive")
_NO: Final = (False, NOTHING, "false", "disabled")
_LOGIN: Final = "Who calls it is no longer asked for a login."
_PLAIN: Final = "What is on the way, or stored, can be read."
_EVERYONE: Final = "It can be reached from outside of its network."
_POD: Final = "A container that is broken into has the node with it."
_REVIEW: Final = Level.REVIEW

_GUARDS: Final[dict[str, tuple[Guard, ...]]] = {
    # who is let in
    "authorization": (Guard(_LOGIN, (ANY,), ("none",)),),
    "authorization_type": (
        Guard(_LOGIN, (ANY,), ("none",), types=r"(?!aws_lambda_function_url).*"),
    ),
    "auth_type": (Guard(_LOGIN, (ANY,), ("none",)),),
    "auth_mode": (Guard(_LOGIN, (ANY,), ("none",)),),
    "authentication_type": (Guard(_LOGIN, (ANY,), ("none", "api_key")),),
    "mutual_authentication.mode": (
        Guard(
            "Clients need no certificate any more.", ("verify",), ("off", "passthrough", NOTHING)
        ),
    ),
    "unauthenticated": (Guard(_LOGIN, _NO, (True,)),),
    "allow_unauthenticated_identities": (Guard(_LOGIN, _NO, (True,)),),
    "allow_classic_flow": (Guard(_LOGIN, _NO, (True,), _REVIEW),),
    "anonymous_auth_enabled": (Guard(_LOGIN, _NO, (True,)),),
    "anonymous_pull_enabled": (Guard(_LOGIN, _NO, (True,)),),
    "no_password_required": (Guard(_LOGIN, _NO, (True,)),),
    "auth_enabled": (Guard(_LOGIN, _ON, _OFF),),
    "auth_token": (Guard(_LOGIN, (ANY,), (NOTHING,), types="aws_elasticache_.*"),),
    "acl_name": (Guard(_LOGIN, (ANY,), ("open-access",)),),
    "user_group_ids": (Guard(_LOGIN, (ANY,), (NOTHING,), types="aws_elasticache_.*"),),
    "api_key_required": (Guard(_LOGIN, _ON, _OFF, _REVIEW),),
    "iam_database_authentication_enabled": (
        Guard("Roles can no longer log in; passwords are left.", _ON, _OFF, _REVIEW),
    ),
    "mfa_configuration": (Guard("A password is enough.", ("on",), ("off", "optional", NOTHING)),),
    "allow_admin_create_user_only": (Guard("Anybody can sign up.", _ON, _OFF),),
    "admin_enabled": (
        Guard("One shared password rules it.", _NO, (True,), _REVIEW, "azurerm_container_registry"),
    ),
    "shared_access_key_enabled": (Guard("One shared key opens it.", _NO, (True,), _REVIEW),),
    "local_auth_enabled": (Guard("One shared key opens it.", _NO, (True,), _REVIEW),),
    "local_authentication_enabled": (Guard("One shared key opens it.", _NO, (True,), _REVIEW),),
    "local_authentication_disabled": (Guard("One shared key opens it.", _ON, _OFF, _REVIEW),),
    "local_account_disabled": (Guard("One shared login rules it.", _ON, _OFF),),
    "role_based_access_control_enabled": (Guard("Who is in may do everything.", _ON, _OFF),),
    "azure_rbac_enabled": (Guard("The cloud's roles no longer count.", _ON, _OFF),),
    "enable_legacy_abac": (Guard("Who is in may do everything.", _NO, (True,)),),
    "permissions_mode": (Guard("Who is in may do everything.", (ANY,), ("allow_all",)),),
    "trusted_key_groups": (Guard("No signature is asked for.", (ANY,), (NOTHING,)),),
    "trusted_signers": (Guard("No signature is asked for.", (ANY,), (NOTHING,)),),
    "http_tokens": (
        Guard(
            "Any flaw that fetches a URL yields credentials.",
            ("required",),
            ("optional",),
            types=r"(?!aws_(launch_\w+|instance)$).*",
        ),
    ),
    "account_ids": (
        Guard("Every AWS account has it.", (ANY, NOTHING), ("all",), types="aws_ssm_document"),
    ),
    # how far it can be reached
    "state": (
        Guard(
            "It can be shared with everybody.",
            ("block-all-sharing", "block-new-sharing"),
            ("unblocked",),
        ),
        Guard(
            "What it asked for at a login is not asked for.",
            ("enabled",),
            ("disabled", "enabledforreportingbutnotenforced"),
            types="azuread_conditional_access_policy",
        ),
    ),
    "internet_gateway_block_mode": (
        Guard(_EVERYONE, ("block-bidirectional", "block-ingress"), ("off",)),
    ),
    "endpoint_type": (Guard(_EVERYONE, ("vpc", "vpc_endpoint"), ("public",)),),
    "types": (Guard(_EVERYONE, ("private",), ("regional", "edge"), types="aws_api_gateway_.*"),),
    "direct_internet_access": (Guard(_EVERYONE, ("disabled",), ("enabled",)),),
    "associate_public_ip_address": (Guard(_EVERYONE, _NO, (True, "true"), _REVIEW),),
    "proxied": (
        Guard("Its origin answers to everybody.", _ON, _OFF, _REVIEW, types="cloudflare_.*"),
    ),
    "superuser": (Guard("It may do everything.", _NO, (True,), types="(postgresql|mysql)_role"),),
    "ssl": (
        Guard(
            _PLAIN,
            ("strict", "full", "origin_pull"),
            ("off", "flexible"),
            types="cloudflare_.*",
        ),
    ),
    "assign_public_ip": (Guard(_EVERYONE, _NO, (True, "enabled"), _REVIEW),),
    "ipv4_enabled": (Guard(_EVERYONE, _NO, (True,), _REVIEW, "google_sql_.*"),),
    "enable_private_endpoint": (Guard(_EVERYONE, _ON, _OFF),),
    "enable_private_nodes": (Guard(_EVERYONE, _ON, _OFF),),
    "private_cluster_enabled": (Guard(_EVERYONE, _ON, _OFF),),
    "ingress": (
        Guard(
            _EVERYONE,
            ("ingress_traffic_internal_only", "ingress_traffic_internal_load_balancer"),
            ("ingress_traffic_all",),
        ),
    ),
    "network_access_control": (
        Guard(_EVERYONE, (ANY,), (NOTHING,), types="aws_grafana_workspace"),
    ),
    "network_access_policy": (Guard(_EVERYONE, ("denyall", "allowprivate"), ("allowall",)),),
    "container_access_type": (
        Guard("Everybody can read it.", ("private",), ("blob", "container")),
    ),
    "project_visibility": (Guard("Everybody can read it.", ("private",), ("public_read",)),),
    "visibility": (
        Guard("Everybody can read it.", ("private", "internal"), ("public",), types="git.*"),
    ),
    "private": (Guard("Everybody can read it.", _ON, (False,), types="git.*"),),
    "AllowFromPublic": (Guard(_EVERYONE, _NO, (True,)),),
    "authorize_all_groups": (Guard("Every user may use it.", _NO, (True,)),),
    "service.beta.kubernetes.io/aws-load-balancer-scheme": (
        Guard(_EVERYONE, ("internal", NOTHING), ("internet-facing",)),
    ),
    "service.beta.kubernetes.io/azure-load-balancer-internal": (Guard(_EVERYONE, _ON, _OFF),),
    "spec.type": (
        Guard(
            _EVERYONE, ("clusterip", "nodeport"), ("loadbalancer",), types="kubernetes_service.*"
        ),
    ),
    "load_balancer_source_ranges": (
        Guard(_EVERYONE, (ANY,), (NOTHING,), types="kubernetes_service.*"),
    ),
    "object_ownership": (Guard("ACLs count again.", ("bucketownerenforced",), (ANY,), _REVIEW),),
    "uniform_bucket_level_access": (Guard("ACLs count again.", _ON, _OFF, _REVIEW),),
    # encryption
    "non_ssl_port_enabled": (Guard(_PLAIN, _NO, (True,)),),
    "enable_non_ssl_port": (Guard(_PLAIN, _NO, (True,)),),
    "https_only": (Guard(_PLAIN, _ON, _OFF),),
    "ssl_mode": (Guard(_PLAIN, (ANY,), ("allow_unencrypted_and_encrypted",)),),
    "transit_encryption_mode": (
        Guard(_PLAIN, ("server_authentication", "required"), ("disabled",)),
        Guard(_PLAIN, ("required",), ("preferred",), _REVIEW),
    ),
    "transparent_data_encryption_enabled": (Guard(_PLAIN, _ON, _OFF),),
    "node_to_node_encryption.enabled": (Guard(_PLAIN, _ON, _OFF),),
    "encrypt_at_rest.enabled": (Guard(_PLAIN, _ON, _OFF),),
    "server_side_encryption.enabled": (Guard("AWS's own key is left.", _ON, _OFF, _REVIEW),),
    "sqs_managed_sse_enabled": (Guard(_PLAIN, _ON, _OFF, _REVIEW),),
    "encryption_type": (Guard(_PLAIN, (ANY,), ("none",)),),
    "encrypted": (Guard(_PLAIN, _ON, _OFF),),
    "sse_algorithm": (
        Guard("AWS's own key is left.", ("aws:kms", "aws:kms:dsse"), ("aes256",), _REVIEW),
    ),
    # what watches, and what keeps out
    "web_acl_id": (Guard("No web ACL is in front any more.", (ANY,), (NOTHING,)),),
    "web_acl_arn": (Guard("No web ACL is in front any more.", (ANY,), (NOTHING,)),),
    "mode": (Guard("Attacks are only counted.", ("prevention",), ("detection",)),),
    "threat_intel_mode": (
        Guard("Attacks are only counted.", ("deny",), ("alert", "off"), _REVIEW),
    ),
    "stateless_default_actions": (Guard(_EVERYONE, ("aws:drop",), ("aws:pass",)),),
    "stateless_fragment_default_actions": (Guard(_EVERYONE, ("aws:drop",), ("aws:pass",)),),
    "action": (
        Guard(
            "What was kept out is only counted.",
            ("block",),
            ("alert", "allow"),
            types="aws_route53_resolver_firewall_rule",
        ),
    ),
    "status": (
        Guard("Nothing is looked for any more.", ("enabled",), ("paused",), types="aws_macie2_.*"),
        Guard(
            "Nothing is copied any more.",
            ("enabled",),
            ("disabled",),
            _REVIEW,
            "aws_s3_bucket_replication_configuration",
        ),
    ),
    "audit_logs.enable": (Guard("Nothing is looked for any more.", _ON, _OFF),),
    "s3_logs.enable": (Guard("Nothing is looked for any more.", _ON, _OFF),),
    "ebs_volumes.enable": (Guard("Nothing is looked for any more.", _ON, _OFF),),
    "auto_enable_organization_members": (
        Guard("New accounts are not watched.", (ANY,), ("none",), _REVIEW),
    ),
    "control_status": (
        Guard("It is not looked for any more.", ("enabled",), ("disabled",), _REVIEW),
    ),
    "network_policy.enabled": (Guard("Pods reach one another freely.", _ON, _OFF),),
    "azure_policy_enabled": (Guard("Policies no longer count.", _ON, _OFF, _REVIEW),),
    "evaluation_mode": (
        Guard("Every image may run.", (ANY,), ("disabled", "always_allow"), _REVIEW),
    ),
    "enable_shielded_nodes": (Guard("Nodes no longer prove what they are.", _ON, _OFF, _REVIEW),),
    "failure_policy": (
        Guard("What the webhook refuses passes while it is away.", ("fail",), ("ignore",), _REVIEW),
    ),
    "enforce": (Guard("The policy no longer counts.", _ON, _OFF, _REVIEW, "google_.*"),),
    "tier": (
        Guard(
            "Attacks are no longer looked for.",
            ("standard",),
            ("free",),
            _REVIEW,
            "azurerm_security_center_.*",
        ),
    ),
    "all_supported": (Guard("Part of the account is not recorded.", _ON, _OFF, _REVIEW),),
    "bypass_policy_lockout_safety_check": (
        Guard("A policy may lock all out.", _NO, (True,), _REVIEW),
    ),
    "transfer_lock": (Guard("The domain may be taken elsewhere.", _ON, _OFF, _REVIEW),),
    "enable_waf_fail_open": (Guard("Requests pass while the ACL is away.", _NO, (True,), _REVIEW),),
    "drop_invalid_header_fields": (Guard("Smuggled headers pass.", _ON, _OFF, _REVIEW),),
    # pods
    "privileged": (Guard(_POD, _NO, (True,)),),
    "host_network": (Guard(_POD, _NO, (True,)),),
    "host_pid": (Guard(_POD, _NO, (True,)),),
    "host_ipc": (Guard(_POD, _NO, (True,)),),
    "allow_privilege_escalation": (Guard(_POD, _NO, (True,), _REVIEW),),
    "run_as_non_root": (Guard(_POD, _ON, _OFF, _REVIEW),),
    "pod-security.kubernetes.io/enforce": (
        Guard(_POD, ("restricted", "baseline"), ("privileged", NOTHING)),
        Guard(_POD, ("restricted",), ("baseline",), _REVIEW),
    ),
}


_ENDS: Final = frozenset({*_GUARDS, *(name.rpartition(".")[2] for name in _GUARDS)})
"""The last names of all of them, to pass over the others at once."""


def weakened(type_: str, leaf: Leaf) -> Guard | None:
    """The guard that a leaf of an object of some type weakens, None where it weakens none."""
    if leaf.path[-1:] and isinstance(leaf.path[-1], str) and leaf.path[-1] not in _ENDS:
        return None
    names = [key for key in leaf.path if isinstance(key, str)]
    for name in dict.fromkeys((".".join(names[-2:]), *names[-1:])):
        for guard in _GUARDS.get(name, ()):
            if guard.is_weakened(type_, leaf):
                return guard
    return None


def _spoken(value: Json) -> Json:
    """Write a value as the table does; a list of one is what is in it."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is ABSENT or is_empty(value):
        return NOTHING
    return value.lower() if isinstance(value, str) else value


def _is_one_of(value: Json, allowed: tuple[Json, ...]) -> bool:
    if ANY in allowed and value != NOTHING:
        return True
    return any(type(value) is type(one) and value == one for one in allowed)
