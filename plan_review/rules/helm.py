"""Helm releases: another chart, a version back or far ahead, values that stop what runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.plan import Action, ResourceChange
from plan_review.plan.paths import UNKNOWN, dicts
from plan_review.quoting import code
from plan_review.rules.rule import Match, rule

_DOCS: Final = "https://helm.sh/docs/helm/helm_upgrade/"
_STOPPED: Final = re.compile(
    r"(?m)^\s*[\"']?(?:\w*[rR]eplicas?(?:Count)?)[\"']?\s*:\s*[\"']?0[\"']?\s*$"
)
_REPLICAS: Final = re.compile(r"(?:.*\.)?\w*[rR]eplicas?(?:Count)?")


@rule(
    "HELM01",
    Level.REVIEW,
    when="a release goes to another chart or repository, a version back, or another major version",
    title="The release {name} {what}",
    why="What a chart makes of its values, and what it no longer makes, is in no plan.",
    action="Compare both versions with `helm template`, and read the chart's notes on upgrades.",
    source=_DOCS,
)
def release_is_another(facts: Facts) -> Iterator[Match]:
    """A minor or a patch ahead is routine."""
    for release in facts.of("helm_release"):
        if release.action is not Action.UPDATE:
            continue
        name = code(release.old_text("name") or release.name)
        for argument in ("chart", "repository"):
            old, new = release.old_text(argument), release.new_text(argument)
            if old and new and old != new:
                yield Match(release.address, {"name": name, "what": f"comes from {code(new)}"})
        before = _numbers(release.old_text("version"))
        after = _numbers(release.new_text("version"))
        shown = f"from {code(release.old_text('version'))} to {code(release.new_text('version'))}"
        if before and after and after < before:
            yield Match(release.address, {"name": name, "what": f"goes back {shown}"})
        elif before and after and after[0] > before[0]:
            yield Match(release.address, {"name": name, "what": f"goes {shown}"})


@rule(
    "HELM02",
    Level.DISRUPTION,
    when="the values of a release set a number of replicas to nothing that they did not before",
    title="The release {name} runs nothing any more",
    why="A number of replicas in its values is 0: what it runs stops.",
    action="Check that nothing waits for it.",
    source=_DOCS,
)
def release_is_stopped(facts: Facts) -> Iterator[Match]:
    """By the names that charts give it."""
    for release in facts.of("helm_release"):
        if release.action is Action.UPDATE and _stops(release, after=True) > _stops(release):
            yield Match(release.address, {"name": code(release.old_text("name") or release.name)})


def _stops(release: ResourceChange, *, after: bool = False) -> int:
    """How many numbers of replicas are 0."""
    read = release.new if after else release.old
    values, settings = read("values"), read("set")
    texts = values if isinstance(values, list) else []
    lines = sum(len(_STOPPED.findall(text)) for text in texts if isinstance(text, str))
    given = dicts(settings) if settings is not UNKNOWN else []
    return lines + sum(
        _REPLICAS.fullmatch(str(one.get("name"))) is not None and str(one.get("value")) == "0"
        for one in given
    )


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"v?(\d{1,9}(?:\.\d{1,9})*)", version)
    return tuple(int(part) for part in match[1].split(".")) if match else ()
