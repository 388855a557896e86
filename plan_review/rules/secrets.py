"""Secrets: that one changes is said; what it is, never."""

from __future__ import annotations

from collections.abc import Iterator

from plan_review.facts import Facts
from plan_review.facts.leaves import Leaf
from plan_review.levels import Level
from plan_review.masking import is_called_a_secret, is_user_data, shown_path
from plan_review.masking.names import is_harmless
from plan_review.plan import ResourceChange
from plan_review.plan.paths import ABSENT, UNKNOWN, dotted
from plan_review.quoting import codes
from plan_review.rules.rule import Match, rule


@rule(
    "SEC01",
    Level.REVIEW,
    when="a value that is masked here changes",
    title="A masked value changes: {paths}",
    why="The report cannot show it, and what uses it may need a restart.",
    action="Check where the value comes from, and what reads it.",
    source="https://developer.hashicorp.com/terraform/language/manage-sensitive-data",
)
def masked_value_changes(facts: Facts) -> Iterator[Match]:
    """A computed secret that is merely unknown does not count."""
    for change in facts.rewritten:
        told = [leaf.path for leaf in facts.leaves(change) if _counts(facts, change, leaf)]
        paths = [dotted(shown_path(path)) for path in told]
        if paths:
            yield Match(change.address, {"paths": codes(paths, 3)})


def _counts(facts: Facts, change: ResourceChange, leaf: Leaf) -> bool:
    if is_user_data(leaf.path) or not (leaf.is_sensitive or _is_hidden_by_name(leaf)):
        return False
    return leaf.after is not UNKNOWN or facts.is_set(change, *leaf.path) is True


def _is_hidden_by_name(leaf: Leaf) -> bool:
    known = [side for side in (leaf.before, leaf.after) if side not in (ABSENT, UNKNOWN)]
    told = bool(known) and all(map(is_harmless, known))
    return is_called_a_secret(leaf.path) and not told
