"""What records and what guards: trails, flow logs, detectors, firewalls in front."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, Json, dicts
from plan_review.quoting import code, codes
from plan_review.rules.rule import Match, rule

_GUIDE: Final = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide"
_RECORDERS: Final = {
    "aws_accessanalyzer_analyzer": "access analyzer",
    "aws_cloudtrail": "trail",
    "aws_cloudtrail_event_data_store": "event data store",
    "aws_config_config_rule": "rule of AWS Config",
    "aws_config_configuration_recorder": "configuration recorder",
    "aws_config_configuration_recorder_status": "configuration recorder",
    "aws_config_delivery_channel": "delivery channel of AWS Config",
    "aws_detective_graph": "Detective graph",
    "aws_flow_log": "flow log",
    "aws_guardduty_detector": "GuardDuty detector",
    "aws_guardduty_detector_feature": "GuardDuty feature",
    "aws_guardduty_member": "GuardDuty member",
    "aws_guardduty_organization_admin_account": "GuardDuty of the organisation",
    "aws_guardduty_organization_configuration": "GuardDuty of the organisation",
    "aws_guardduty_publishing_destination": "export of findings",
    "aws_inspector2_enabler": "Inspector",
    "aws_inspector2_organization_configuration": "Inspector of the organisation",
    "aws_macie2_account": "Macie",
    "aws_networkfirewall_logging_configuration": "log of the network firewall",
    "aws_route53_resolver_query_log_config": "query log of the resolver",
    "aws_route53_resolver_query_log_config_association": "query log of the resolver",
    "aws_s3_bucket_logging": "access log of a bucket",
    "aws_securityhub_account": "Security Hub",
    "aws_securityhub_member": "Security Hub member",
    "aws_securityhub_standards_subscription": "standard of Security Hub",
    "aws_securitylake_data_lake": "data lake of logs",
    "aws_wafv2_web_acl_logging_configuration": "log of a web ACL",
    "azurerm_monitor_diagnostic_setting": "diagnostic setting",
    "google_logging_folder_sink": "log sink",
    "google_logging_organization_sink": "log sink",
    "google_logging_project_sink": "log sink",
}
_GUARDS: Final = {
    "aws_cloudwatch_log_data_protection_policy": "data protection of a log group",
    "aws_controltower_control": "control of the organisation",
    "aws_ebs_snapshot_block_public_access": "block on public snapshots",
    "aws_fms_policy": "policy of the firewall manager",
    "aws_iam_account_password_policy": "password policy",
    "aws_networkfirewall_firewall_policy": "policy of the network firewall",
    "aws_networkfirewall_rule_group": "rule group of the network firewall",
    "aws_route53_resolver_firewall_rule": "rule of the DNS firewall",
    "aws_route53_resolver_firewall_rule_group_association": "DNS firewall",
    "aws_shield_protection": "Shield protection",
    "aws_ssoadmin_permissions_boundary_attachment": "boundary of a permission set",
    "aws_vpc_block_public_access_options": "block on public access of the VPCs",
    "aws_wafregional_web_acl_association": "web ACL in front of a balancer",
    "aws_wafv2_web_acl": "web ACL",
    "aws_wafv2_web_acl_association": "web ACL in front of a balancer",
    "azuread_conditional_access_policy": "conditional access policy",
    "azurerm_management_lock": "lock",
    "azurerm_web_application_firewall_policy": "web ACL",
    "cloudflare_access_policy": "access policy",
    "cloudflare_firewall_rule": "firewall rule",
    "cloudflare_zero_trust_access_policy": "access policy",
    "github_branch_protection": "branch protection",
    "github_branch_protection_v3": "branch protection",
    "github_repository_ruleset": "rules of a repository",
    "gitlab_branch_protection": "branch protection",
    "google_compute_security_policy": "web ACL",
    "google_org_policy_policy": "policy of the organisation",
}
_SWITCHES: Final = (
    "enable_logging",
    "enable_log_file_validation",
    "is_multi_region_trail",
    "is_organization_trail",
    "include_global_service_events",
    "is_enabled",
    "enable",
    "status",
    "event_selector",
)


@rule(
    "LOG01",
    Level.SECURITY,
    when="a trail, flow log, configuration recorder or detector goes, or is switched off in part",
    title="The {recorder} {name} is {fate}",
    why="{what} What happens from then on cannot be looked up afterwards; attackers begin here.",
    action="Keep it; where it is too dear, narrow what it records.",
    source=f"{_GUIDE}/best-practices-security.html",
)
def recorder_is_lost(facts: Facts) -> Iterator[Match]:
    """A flow log goes with its VPC, and is not told then."""
    vpcs = {vpc.old_text("id") for vpc in facts.of("aws_vpc") if vpc.is_destroyed}
    for change in facts.of(*_RECORDERS):
        values = {"recorder": _RECORDERS[change.type], "name": code(_name(change))}
        if change.is_destroyed and not change.creates_first:
            if change.old_text("vpc_id") not in vpcs - {""}:
                until = "A new one comes after it." if change.action is Action.REPLACE else ""
                yield Match(change.address, {**values, "fate": change.fate, "what": until})
        elif change.action is Action.UPDATE:
            off = [name for name in _SWITCHES if _is_switched_off(change, name)]
            if off:
                fate = "switched off" if off[0] in _WHOLE else "narrowed"
                what = f"Off now: {codes(off)}."
                yield Match(change.address, {**values, "fate": fate, "what": what})


_WHOLE: Final = ("enable_logging", "is_enabled", "enable", "status")


def _is_switched_off(change: ResourceChange, name: str) -> bool:
    if name == "event_selector":
        return _sees_less(change)
    if name == "status":
        return (change.old(name), change.new(name)) == ("ENABLED", "DISABLED")
    return change.old(name) is True and change.new(name) is False


def _sees_less(trail: ResourceChange) -> bool:
    """Whether a trail's selectors leave out reads, or what manages the account."""
    if trail.is_unknown("event_selector"):
        return False
    old, new = dicts(trail.old("event_selector")), dicts(trail.new("event_selector"))
    return bool(new) and any(
        any(one.get(key) == whole for one in old) and not any(one.get(key) == whole for one in new)
        for key, whole in (("read_write_type", "All"), ("include_management_events", True))
    )


@rule(
    "LOG02",
    Level.SECURITY,
    when="a web ACL, its association, a Shield protection or a firewall's rules go, or an ACL's "
    "default becomes to let everything through",
    title="The {guard} is {fate}",
    why="What it kept out reaches the service from then on.",
    action="Put the new guard in place first.",
    source="https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-associating.html",
)
def guard_is_lost(facts: Facts) -> Iterator[Match]:
    """Not told where the new one is there before."""
    for change in facts.of(*_GUARDS):
        guard = _GUARDS[change.type]
        if change.is_destroyed and not change.creates_first:
            yield Match(change.address, {"guard": guard, "fate": change.fate})
        elif change.old("default_action", 0, "block") and _lets_through(change):
            yield Match(change.address, {"guard": guard, "fate": "opened"})


@rule(
    "LOG03",
    Level.SECURITY,
    when="a rule of a web ACL goes, or only counts what it blocked",
    title="The web ACL {name} keeps less out: {rules}",
    why="What these rules blocked reaches the service from then on.",
    action="Check in the logs of the ACL what they kept out in the last days.",
    source="https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-rule-actions.html",
)
def acl_keeps_less_out(facts: Facts) -> Iterator[Match]:
    """By the rules' names; a rule that allows may go."""
    for change in facts.of("aws_wafv2_web_acl", "aws_wafv2_rule_group"):
        if change.action is not Action.UPDATE or change.new("rule") is UNKNOWN:
            continue
        still = {str(one.get("name")) for one in dicts(change.new("rule")) if _blocks(one)}
        gone = [
            str(one.get("name"))
            for one in dicts(change.old("rule"))
            if _blocks(one) and str(one.get("name")) not in still
        ]
        if gone:
            yield Match(change.address, {"name": code(_name(change)), "rules": codes(gone)})


def _blocks(rule_: dict[str, Json]) -> bool:
    """Whether a rule, or the group that it takes over, keeps something out."""
    if dicts(rule_.get("override_action")):
        return any(one.get("none") for one in dicts(rule_.get("override_action")))
    return any(
        one.get(verb)
        for one in dicts(rule_.get("action"))
        for verb in ("block", "captcha", "challenge")
    )


def _lets_through(change: ResourceChange) -> bool:
    """Whether a web ACL lets through what none of its rules names."""
    action = change.new("default_action", 0)
    return isinstance(action, dict) and bool(action.get("allow")) and not action.get("block")


def _name(change: ResourceChange) -> str:
    for key in ("name", "bucket", "id"):
        text = change.old_text(key)
        if text:
            return text
    return change.name
