"""Rules of a team's own, as data in `plan-review.toml`: no code, and nothing that takes long.

    [[level]]                              # another level for a rule, at some addresses
    rule = "RUN01"
    address = "null_resource.seed*"        # `*` stands for any text
    level = "disruption"
    reason = "it empties the cache"

    [[store]]                              # keeps data: its loss is data-loss (OWN01)
    type = "snowflake_database"
    name = "warehouse"

    [[protected]]                          # may not be destroyed or replaced (OWN02)
    address = "aws_vpc.k8s"
    reason = "peered with the data centre"

    [scope]                                # what changes elsewhere is worth a look (OWN03)
    addresses = ["aws_eks_node_group.*", "aws_autoscaling_group.*"]

    [[rule]]
    id = "ACME1"
    level = "security"
    type = "aws_db_instance"
    actions = ["create", "update"]         # those that change something, when left out
    attribute = "publicly_accessible"      # `a[0].b`, `a[*].b`; any change of the object without it
    is = true                              # or is_not, or like = "10.*"; any change without them
    title = "A database is public"
    why = "Ours are reached through the proxy."
    do = "Set publicly_accessible to false."

On a pull request it is the base branch's file that counts, as with acceptances.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from plan_review.errors import ReviewError
from plan_review.facts import Facts
from plan_review.levels import Level
from plan_review.own.condition import condition_of, matching, type_of
from plan_review.own.table import Table, excerpt, tables
from plan_review.plan import Action
from plan_review.plan.decoding import decode_toml
from plan_review.plan.paths import Json, covers, names_a_type
from plan_review.quoting import code, codes
from plan_review.rules import RULES
from plan_review.rules.findings import Finding
from plan_review.rules.rule import Find, Match, Rule

SOURCE: Final = "docs/how-to/review-a-plan.md"
STORE, PROTECTED, SCOPE = "OWN01", "OWN02", "OWN03"

_ID: Final = re.compile(r"[A-Z][A-Z0-9]{1,11}")
_ANY: Final = "*"


@dataclass(frozen=True)
class OtherLevel:
    """Another level for what a rule finds at some addresses."""

    rule: str
    address: str
    level: Level

    def applies_to(self, rule: str, address: str) -> bool:
        """Whether it is meant for what a rule finds at an address."""
        return rule == self.rule and covers(self.address, address)


@dataclass(frozen=True)
class OwnRules:
    """What a team adds to the rules, and the levels that it changes."""

    rules: tuple[Rule, ...] = ()
    levels: tuple[OtherLevel, ...] = ()

    def relevelled(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings, in parts where some of their addresses have another level."""
        for finding in findings:
            parts: dict[Level, list[str]] = {}
            for address in finding.addresses:
                own = (
                    o.level
                    for o in self.levels
                    if o.rule == finding.rule and covers(o.address, address)
                )
                parts.setdefault(next(own, finding.level), []).append(address)
            for level, addresses in parts.items():
                yield replace(finding, level=level, addresses=tuple(addresses))


def parse_own_rules(raw: bytes, name: str, scope: Sequence[str] = ()) -> OwnRules:
    """Parse `plan-review.toml`; `name` stands in the errors, `scope` is added to the file's.

    Raises:
        ReviewError: it is not such a file; naming it and the key.
    """
    document = decode_toml(raw, name)
    known = ("level", "store", "protected", "scope", "rule")
    unknown = sorted(document.keys() - set(known))
    if unknown:
        raise ReviewError(f"{name}: unknown key {unknown[0]!r}; known are {', '.join(known)}")
    rules: list[Rule] = []
    types: dict[str, str] = {}
    for entry, where in tables(document, "store", name):
        store = Table(entry, where, ("type", "name"))
        if type_of(store) in types:
            raise ReviewError(f"{where}.type: {type_of(store)} is there already; keep one of them")
        types[type_of(store)] = store.text("name")
    if types:
        rules.append(_STORE_RULE(partial(_stores_lost, types=types)))
    protected = [
        _protection(Table(entry, where, ("address", "reason"), ("level",)))
        for entry, where in tables(document, "protected", name)
    ]
    if protected:
        rules.append(_PROTECTED_RULE(partial(_protected_lost, entries=tuple(protected))))
    addresses = [*_scope(document.get("scope", {}), f"{name}: scope"), *scope]
    if addresses:
        rules.append(_SCOPE_RULE(partial(_outside, addresses=tuple(addresses))))
    for entry, where in tables(document, "rule", name):
        made = _own_rule(Table(entry, where, _GIVEN, _OPTIONAL))
        if made.id in {rule.id for rule in (*RULES, *rules)}:
            raise ReviewError(f"{where}.id: {made.id} is taken; every rule has an id of its own")
        rules.append(made)
    every = {rule.id: rule for rule in (*RULES, *rules)}
    levels = [
        _other_level(Table(entry, where, ("rule", "address", "level", "reason")), every)
        for entry, where in tables(document, "level", name)
    ]
    return OwnRules(tuple(rules), tuple(levels))


_GIVEN: Final = ("id", "level", "type", "title", "why", "do")
_OPTIONAL: Final = ("actions", "attribute", "is", "is_not", "like")


def _other_level(table: Table, rules: dict[str, Rule]) -> OtherLevel:
    rule, address, level = table.text("rule"), table.text("address"), table.level("level")
    table.text("reason")
    if rule not in rules:
        raise ReviewError(f"{table.where}.rule: there is no rule {rule!r}")
    own = rules[rule].level
    worst = own.is_at_least(Level.DATA_LOSS) and not level.is_at_least(own)
    if worst and _ANY in address and not names_a_type(address):
        raise ReviewError(
            f"{table.where}.address: {address!r} would make {own.value} milder for anything; "
            "write the address, or at least the type: aws_s3_bucket.*"
        )
    return OtherLevel(rule, address, level)


def _protection(table: Table) -> tuple[str, str, Level]:
    level = table.level("level") if "level" in table.entry else Level.OUTAGE
    return table.text("address"), table.text("reason"), level


def _rule(id_: str, level: Level, when: str, words: tuple[str, str, str], find: Find) -> Rule:
    title, why, action = words
    return Rule(id_, level, when, title, why, action, SOURCE, find)


_STORE_RULE: Final = partial(
    _rule,
    STORE,
    Level.DATA_LOSS,
    "something that plan-review.toml calls a store is destroyed or replaced",
    (
        "The {store} {name} is {what}",
        "{because} It keeps data, as plan-review.toml says.",
        "Keep the argument that forces it, or copy the data out first.",
    ),
)
_PROTECTED_RULE: Final = partial(
    _rule,
    PROTECTED,
    Level.OUTAGE,
    "something that plan-review.toml protects is destroyed, replaced or forgotten",
    (
        "What is protected is {what}",
        "{because} plan-review.toml protects it: {reason}.",
        "Keep it; if it has to go, take it out of plan-review.toml first.",
    ),
)
_SCOPE_RULE: Final = partial(
    _rule,
    SCOPE,
    Level.REVIEW,
    "something outside of the declared scope changes",
    (
        "Outside of the declared scope",
        "The change is meant to touch {scope} and nothing else.",
        "Take it out of this change, or widen the scope and say why.",
    ),
)

GENERAL: Final = tuple(made(lambda _: ()) for made in (_STORE_RULE, _PROTECTED_RULE, _SCOPE_RULE))
"""The rules that plan-review.toml gives a subject, without one: for the table of rules."""


def _stores_lost(facts: Facts, *, types: dict[str, str]) -> Iterator[Match]:
    for change in facts.changes:
        kind = next((name for type_, name in types.items() if covers(type_, change.type)), None)
        if kind is not None and change.is_lost:
            yield Match(
                change.address,
                {
                    "store": kind,
                    "name": code(change.name),
                    "what": change.fate,
                    "because": facts.because(change),
                },
            )


def _protected_lost(
    facts: Facts, *, entries: tuple[tuple[str, str, Level], ...]
) -> Iterator[Match]:
    for change in facts.changes:
        found = (entry for entry in entries if covers(entry[0], change.address))
        entry = next(found, None) if change.is_lost else None
        if entry is not None:
            because = facts.because(change)
            values = {"what": change.fate, "because": because, "reason": entry[1]}
            yield Match(change.address, values, entry[2])


def _scope(entry: Json, where: str) -> list[str]:
    if entry == {}:
        return []
    addresses = Table(entry, where, ("addresses",)).entry["addresses"]
    if not isinstance(addresses, list) or not all(isinstance(a, str) and a for a in addresses):
        raise ReviewError(
            f"{where}.addresses: expected a list of addresses, got {excerpt(addresses)}"
        )
    if not addresses:
        raise ReviewError(f"{where}.addresses is empty; write what is in scope, or delete [scope]")
    return addresses


def _outside(facts: Facts, *, addresses: tuple[str, ...]) -> Iterator[Match]:
    silent = (Action.NO_OP, Action.READ, Action.EPHEMERAL)
    for change in facts.changes:
        moves = change.previous_address is not None or change.is_import
        if (change.action not in silent or moves) and not any(
            covers(pattern, change.address) for pattern in addresses
        ):
            yield Match(change.address, {"scope": codes(addresses)})


def _own_rule(table: Table) -> Rule:
    id_ = table.text("id")
    if not _ID.fullmatch(id_):
        raise ReviewError(
            f"{table.where}.id: expected capitals and digits, as in ACME1, got {id_!r}"
        )
    condition = condition_of(table)
    return _rule(
        id_,
        table.level("level"),
        "plan-review.toml says so",
        (table.words("title"), table.words("why") + condition.words, table.words("do")),
        partial(matching, condition=condition),
    )
