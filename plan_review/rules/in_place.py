"""What an update in place takes away, for whatever no other rule names.

A loss has its last net in losses.py; this is the one for changes. It knows no types, only what
is the same in all of them: something that was set is set no longer, a list of others gets
shorter, a number of copies falls, a reference leads elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.facts.aws_auth import is_aws_auth
from plan_review.facts.cidr import networks, not_covered
from plan_review.facts.kinds import Kind, kind_of
from plan_review.facts.leaves import Leaf
from plan_review.levels import Level
from plan_review.masking import shown_path
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import ABSENT, UNKNOWN, Json, Path, dotted, is_empty
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_DOCS: Final = "https://developer.hashicorp.com/terraform/language/resources/syntax"
_WORDS_ONLY: Final = re.compile(
    r"(?i)(effective_|terraform_|resource_|user_|system_|default_)?(labels?|tags?(_all)?)|tag_?set"
    r"|description|comments?|display_?name|notes?|timeouts|triggers\w*|keepers|sid|documentation"
    r"|\w*_description|last_\w+|\w*(_at|_date|_time|timestamp|(?<!backtrack_)window|hash|checksum|etag|md5|sha256)"
    r"|dashboard_(body|json)|metadata_?version|resource_version|generation|revision|uid|self_link|creation_\w+"
)
"""Arguments that say something to people, or to the state alone."""
_OTHERS: Final = re.compile(
    r"(?i)\w*_?(id|arn|instance|network_interface|instance_profile|ids|arns|name_servers?|url|uri|endpoint|address(es)?|dns_name|fqdns?"
    r"|rrdatas|records?|backend\w*|bucket_name|destination\w*|target|roles?|role_name)"
)
"""Arguments that name another object."""
_A_VERSION: Final = re.compile(r"(?i)\w*(version|task_definition|image|layer|object|deployment)\w*")
_COPIES: Final = re.compile(
    r"(?i)\w*(count|capacity|capacities|replicas?|nodes?|shards?|size|instances?|units?|number"
    r"|copies|retention\w*|backups?|snapshots?|days|concurrency|quota|limits?|cpu|memory)"
    r"(_\w+)?"
)
_A_TIME: Final = re.compile(
    r"(?i)(?!\w*retention)\w*(timeout|interval|period|delay|threshold|grace|port|ttl|age)\w*"
)
_SWITCH: Final = re.compile(
    r"(?i)(is_|enable_)?\w*(enabled?|active|protect\w*|lock\w*|secure|encrypt\w*|verify|require\w*"
    r"|enforce\w*|restrict\w*|block\w*|audit\w*|logging|logs?|monitor\w*|backup\w*|versioning"
    r"|recovery|renew|rotat\w*|multi_az|failover|redundan\w*|replicat\w*|policy|allow\w*_dns\w*)"
    r"(_\w+)?"
)
_UNDOES: Final = re.compile(
    r"(?i)(skip|force|ignore|disable|bypass|allow_(?!remote_vpc_dns)|public|suspend|insecure"
    r"|apply_immediately|delete_|wait|overwrite|prevent_overwrite)\w*|\w*_(disabled|public)"
)
_OFF: Final = ("disabled", "off", "inactive", "suspended", "paused", "none", "not_signing", "false")
_ON: Final = ("enabled", "on", "active", "signing", "true", "required", "deny", "block")


_SIZES: Final = re.compile(
    r"(?i)sku(_name)?|tier|size|vm_size|machine_type|instance_(type|class|size)|node_type"
    r"|capacity|database_version|engine_version|version|sku_capacity|cloud_service_tier"
)
_RUNS: Final = (Kind.DATA_STORE, Kind.WORKLOAD, Kind.CLUSTER)
_VERSIONS: Final = re.compile(
    r"(?i)kubernetes_version|min_master_version|orchestrator_version|node_version|version"
)
_NO_RESTART: Final = re.compile(
    r"(helm|kubernetes|kubectl|github|gitlab|cloudflare|postgresql|mysql|vault)_\w+"
    r"|\w+_(key|certificate|secret|key_vault)|azurerm_(storage_account|resource_group|dns_zone)"
    r"|google_(storage_bucket|bigquery\w+|artifact\w+)"
)
_FALLS_TO_NOTHING: Final = re.compile(
    r"(?i)(?!min_|required_|retry_|\w+_(batch|page|block|disk|volume|storage)_)(\w+_)?"
    r"(count|capacity|replicas|size|instances|nodes)"
)


@rule(
    "CHG02",
    Level.DISRUPTION,
    when="outside of AWS's own provider, a machine, a database or a cluster gets another size, "
    "class or version in place, or fewer nodes; anywhere, a number of instances falls to nothing "
    "and no other finding names the object; will-fail where a cluster's version skips a minor or "
    "goes back",
    title="It {what}",
    why="{why}",
    action="Do it in a window; check that what uses it connects again by itself.",
    source=_DOCS,
    is_last=True,
)
def it_restarts(facts: Facts, named: frozenset[str]) -> Iterator[Match]:
    """By the argument's name; AWS's own types have rules that know more."""
    for change in facts.rewritten:
        if change.action is not Action.UPDATE or change.address in named:
            continue
        for leaf in facts.authored(change):
            stopped = _stops(change, leaf)
            if stopped is not None:
                what, why, level = stopped
                yield Match(change.address, {"what": what, "why": why}, level)
                break


def _stops(change: ResourceChange, leaf: Leaf) -> tuple[str, str, Level | None] | None:
    """What a difference stops, why, and how bad that is; None where it stops nothing."""
    name = leaf.name
    before, after = leaf.before, leaf.after
    if is_empty(before) or after is ABSENT or isinstance(before, bool):
        return None
    shown = code(dotted(leaf.path))
    is_number = _FALLS_TO_NOTHING.fullmatch(name) is not None and not isinstance(after, bool)
    if is_number and after in (0, "0") and before not in (0, "0", -1, "-1"):
        return f"goes to nothing: {shown} is 0", "What it does stops.", None
    kind = kind_of(change.type)
    runs = kind in _RUNS and not _NO_RESTART.fullmatch(change.type)
    if runs and is_number and (numbers := _numbers(before, after)):
        is_less = numbers[1] < numbers[0] and not name.startswith("max")
        return (f"gets smaller: {shown} falls", _MOVES, None) if is_less else None
    if not runs or not (_SIZES.fullmatch(name) or _VERSIONS.fullmatch(name)):
        return None
    if kind is Kind.CLUSTER and _is_refused(before, after):
        return f"goes to another version by {shown}", _ONE_AT_A_TIME, Level.WILL_FAIL
    return f"gets another {shown}", _RESTARTS, None


_MOVES: Final = "What ran on the part that goes has to move to the rest."
_RESTARTS: Final = "It restarts, or moves to another machine: connections break."
_ONE_AT_A_TIME: Final = (
    "A control plane goes up by one minor at a time, and never back; it is refused."
)


def _is_refused(before: Json, after: Json) -> bool:
    """Whether a version of Kubernetes skips a minor, or goes back."""
    old, new = (_MINOR.match(side) if isinstance(side, str) else None for side in (before, after))
    return old is not None and new is not None and int(new[1]) - int(old[1]) not in (0, 1)


_MINOR: Final = re.compile(r"1\.(\d{1,3})\b")


@rule(
    "CHG01",
    Level.REVIEW,
    when="an update in place takes something away, and no other finding names the object: an "
    "argument is emptied, a list gets shorter, a number of copies or days falls, something is "
    "switched off, a reference leads elsewhere (words for people, tags and labels aside)",
    title="It {what}",
    why="No rule here knows what depends on it.",
    action="Check what relies on the part that goes.",
    source=_DOCS,
    is_last=True,
)
def something_is_taken_away(facts: Facts, named: frozenset[str]) -> Iterator[Match]:
    """The net under all other rules, for what stays; what only comes is routine."""
    for change in facts.rewritten:
        if change.action is not Action.UPDATE or change.address in named or is_aws_auth(change):
            continue
        told = list(dict.fromkeys(filter(None, map(_in_words, _worth_a_look(facts, change)))))
        if told:
            more = f", and {len(told) - _MOST} more" if len(told) > _MOST else ""
            yield Match(change.address, {"what": ", ".join(told[:_MOST]) + more})


_MOST: Final = 3
_FILTER: Final = ("ingress", "egress")
_TEMPLATE: Final = (
    "iam_instance_profile",
    "network_interfaces",
    "security_groups",
    "user_data",
    "user_data_base64",
    "vpc_security_group_ids",
)
_JUDGED: Final[dict[str, tuple[str, ...]]] = {
    "aws_autoscaling_group": ("max_instance_lifetime", "max_size", "min_size"),
    "aws_default_network_acl": _FILTER,
    "aws_default_security_group": _FILTER,
    "aws_dynamodb_table": ("ttl", "global_secondary_index"),
    "aws_eks_addon": ("pod_identity_association", "service_account_role_arn"),
    "aws_eks_cluster": (
        "access_config",
        "enabled_cluster_log_types",
        "upgrade_policy",
        "vpc_config",
        "zonal_shift_config",
    ),
    "aws_launch_configuration": _TEMPLATE,
    "aws_launch_template": _TEMPLATE,
    "aws_network_acl": _FILTER,
    "aws_security_group": _FILTER,
    "aws_wafv2_rule_group": ("rule",),
    "aws_wafv2_web_acl": ("rule",),
}
"""Arguments that rules of their own have weighed: what they do not tell is none."""


def _worth_a_look(facts: Facts, change: ResourceChange) -> Iterator[Leaf]:
    """The differences that are not for people alone, nor inside a policy."""
    judged = _JUDGED.get(change.type, ())
    for leaf in facts.authored(change):
        if leaf.top in judged:
            continue
        names = [key for key in leaf.path if isinstance(key, str)]
        if not any(_WORDS_ONLY.fullmatch(name) for name in names) and "Statement" not in names:
            yield leaf


def _in_words(leaf: Leaf) -> str:
    """Say what a difference takes away; empty where it does not."""
    name = leaf.name
    shown = code(dotted(_without_places(leaf.path)))
    if leaf.after is True and _DISABLES.fullmatch(name):
        return f"switches off by {shown}"
    if _is_switched_off(name, leaf.before, leaf.after):
        return f"switches {shown} off"
    if leaf.after is UNKNOWN or is_empty(leaf.before) or isinstance(leaf.before, bool):
        return ""
    if is_empty(leaf.after):
        return f"loses {shown}"
    if isinstance(leaf.before, list) and isinstance(leaf.after, list):
        return f"loses a part of {shown}" if _lost(leaf.before, leaf.after) else ""
    return _of_values(shown, leaf)


def _lost(before: list[Json], after: list[Json]) -> list[Json]:
    """What leaves a list; a range that others cover is still there, a text only changes."""
    kept = networks(after)
    before = [one for one in before if not (isinstance(one, str) and "\n" in one)]
    return [
        one
        for one in before
        if one not in after and not (networks(one) and not not_covered(networks(one), kept))
    ]


def _is_switched_off(name: str, before: Json, after: Json) -> bool:
    if before is True:
        is_switch = _SWITCH.fullmatch(name) is not None and not _UNDOES.match(name)
        return is_switch and (after is False or is_empty(after))
    texts = isinstance(before, str) and isinstance(after, str)
    return texts and before.lower() in _ON and after.lower() in _OFF


def _of_values(shown: str, leaf: Leaf) -> str:
    """Say what becomes of one value that is there before and after."""
    if not isinstance(leaf.after, bool) and (numbers := _numbers(leaf.before, leaf.after)):
        is_endless = leaf.name == "retention_in_days" and leaf.after == 0
        plain = re.sub(r"\W", "_", leaf.name)
        counts = (
            _COPIES.fullmatch(plain)
            and not plain.startswith("desired")
            and not _A_TIME.fullmatch(plain)
            and not is_endless
        )
        return f"lowers {shown}" if counts and numbers[1] < numbers[0] else ""
    refers = _OTHERS.fullmatch(leaf.name) and not _A_VERSION.fullmatch(leaf.name)
    texts = isinstance(leaf.before, str) and isinstance(leaf.after, str)
    return f"points {shown} elsewhere" if refers and texts else ""


def _numbers(before: Json, after: Json) -> tuple[float, float] | None:
    """Two values as numbers, `604800s` and `"10"` too; None where they are none."""
    found = [_NUMBER.fullmatch(str(side)) for side in (before, after)]
    if found[0] is None or found[1] is None or found[0][2] != found[1][2]:
        return None
    return float(found[0][1]), float(found[1][1])


_NUMBER: Final = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([a-zA-Z]{0,3})")
_DISABLES: Final = re.compile(r"(?i)(is_)?(disabled?|suspend(ed)?|paused?|\w+_disabled)")


def _without_places(path: Path) -> Path:
    return tuple(key for key in shown_path(path) if isinstance(key, str))
