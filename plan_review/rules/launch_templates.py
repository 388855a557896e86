"""Launch templates and configurations: which one a group uses, and how open they leave IMDS."""

from __future__ import annotations

from collections.abc import Iterator

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_TEMPLATES = ("aws_launch_template", "aws_launch_configuration")
_PATHS = (
    ("launch_template",),
    ("mixed_instances_policy", 0, "launch_template", 0, "launch_template_specification"),
)
_FLOATING = ("$Latest", "$Default")


def template_of(facts: Facts, group: ResourceChange) -> ResourceChange | None:
    """The launch template or configuration that a group of nodes uses."""
    ids = {
        group.old_text(*path, 0, key)
        for path in _PATHS
        for key in ("id", "launch_template_id", "name", "launch_template_name")
    }
    ids.add(group.old_text("launch_configuration"))
    for template in facts.of(*_TEMPLATES):
        if {template.old_text("id"), template.old_text("name")} & ids - {""}:
            return template
    for path in (*_PATHS, ("launch_configuration",)):
        for change in facts.upstream(group, *path):
            if change.type in _TEMPLATES:
                return change
    return None


def floating_version(group: ResourceChange) -> str | None:
    """`$Latest` or `$Default` if that is what a group names instead of a version."""
    for path in _PATHS:
        value = group.new(*path, 0, "version")
        if value in _FLOATING:
            return str(value)
    return None


@rule(
    "LT01",
    Level.REVIEW,
    when="a launch template changes and a group names its version as `$Latest` or `$Default`",
    title="Nodes will not roll: the group follows {version}",
    why="Terraform sees no change in the group, so neither an instance refresh nor a node group "
    "update starts; old nodes stay as they are until something else replaces them.",
    action="Refer to the template's `latest_version`, or start the refresh yourself.",
    source="https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/autoscaling_group",
)
def group_follows_latest(facts: Facts) -> Iterator[Match]:
    """A reviewed change that does not happen."""
    for group in facts.of("aws_autoscaling_group", "aws_eks_node_group"):
        version = floating_version(group)
        template = template_of(facts, group) if version and group.stays else None
        if (
            version
            and template is not None
            and template.action is Action.UPDATE
            and not facts.is_tags_only(template)
        ):
            yield Match(group.address, {"version": code(version)})


@rule(
    "LT02",
    Level.SECURITY,
    when="instance metadata loses its session tokens, or its hop limit rises",
    title="Instance metadata is easier to reach: {what}",
    why="{why}",
    action="Keep `http_tokens = required`, and a hop limit of 1 unless pods must reach it.",
    source="https://aws.github.io/aws-eks-best-practices/security/docs/iam/",
)
def metadata_is_opened(facts: Facts) -> Iterator[Match]:
    """Review, not security, where a new template starts that way."""
    tokens = ("metadata_options", 0, "http_tokens")
    hops = ("metadata_options", 0, "http_put_response_hop_limit")
    for change in facts.of(*_TEMPLATES, "aws_instance"):
        if change.action not in (Action.CREATE, Action.UPDATE, Action.REPLACE):
            continue
        old, new = change.old(*tokens), change.new(*tokens)
        is_new = change.before is None
        lost = old == "required" and new not in ("required", UNKNOWN)
        if lost or (new == "optional" and (is_new or old not in ("optional", "", None))):
            yield Match(
                change.address,
                {
                    "what": "session tokens (IMDSv2) are no longer required"
                    if not is_new
                    else "session tokens (IMDSv2) are optional",
                    "why": "Without them any flaw that makes a pod fetch a URL yields the "
                    "node's credentials.",
                },
                Level.REVIEW if is_new else None,
            )
        was, now = change.old(*hops), change.new(*hops)
        if isinstance(was, int) and isinstance(now, int) and now > was > 0:
            yield Match(
                change.address,
                {
                    "what": f"hop limit {was} → {now}",
                    "why": "With more than one hop, pods reach the node's credentials.",
                },
            )
