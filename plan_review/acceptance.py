"""Findings that somebody has accepted, in a committed file, with a reason and an end.

    [[accept]]
    rule = "RUN01"
    level = "review"                     # as in the report; covers nothing worse
    address = "null_resource.aws_auth"   # `*` stands for any text
    reason = "kubectl apply can run twice"
    expires = 2027-01-31                 # at most 90 days ahead

An accepted finding stays in the report, struck through, and no longer counts. One that has
expired, runs too long, or matches nothing any more, is itself a finding. What a pull request
accepts for itself is shown, and counts all the same: only what is merged already is accepted.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from plan_review.errors import ReviewError
from plan_review.levels import Level
from plan_review.plan.decoding import decode_toml
from plan_review.plan.paths import Json, covers, names_a_type
from plan_review.quoting import code
from plan_review.rules.findings import Finding

MOST_DAYS: Final = 90
"""How long an acceptance may run, from the day of the plan."""

_KEYS: Final = ("rule", "level", "address", "reason", "expires")
_SOURCE: Final = "docs/how-to/review-a-plan.md"


@dataclass(frozen=True)
class Acceptance:
    """One accepted finding."""

    rule: str
    level: Level
    address: str
    reason: str
    expires: datetime.date

    def matches(self, rule: str, level: Level, address: str) -> bool:
        """Whether it accepts this rule at this address; never at a worse level than its own."""
        return rule == self.rule and self.level.is_at_least(level) and covers(self.address, address)

    def counts_on(self, day: datetime.date) -> bool:
        """Whether it has neither expired nor runs for too long."""
        return day <= self.expires <= day + datetime.timedelta(days=MOST_DAYS)


def parse_acceptances(raw: bytes, name: str) -> list[Acceptance]:
    """Parse a TOML file of acceptances; `name` stands in the errors.

    Raises:
        ReviewError: it is not such a file; naming it and the key.
    """
    document = decode_toml(raw, name)
    unknown = sorted(document.keys() - {"accept"})
    if unknown:
        raise ReviewError(f"{name}: unknown key {unknown[0]!r}; only [[accept]] tables are read")
    entries = document.get("accept", [])
    if not isinstance(entries, list):
        raise ReviewError(f"{name}: accept: write [[accept]], once for each finding")
    return [_acceptance(entry, f"{name}: accept[{n}]") for n, entry in enumerate(entries)]


def _acceptance(entry: Json, where: str) -> Acceptance:
    if not isinstance(entry, dict):
        raise ReviewError(f"{where}: expected a table")
    for key in _KEYS:
        if key not in entry:
            hint = "; write the level that the report gives the finding" if key == "level" else ""
            raise ReviewError(f"{where}.{key} is missing{hint}")
    unknown = sorted(entry.keys() - set(_KEYS))
    if unknown:
        raise ReviewError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(_KEYS)}")
    for key in ("rule", "level", "address", "reason"):
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise ReviewError(f"{where}.{key}: expected a text that says something")
    level = entry["level"]
    levels = [known.value for known in Level if known is not Level.ROUTINE]
    if level not in levels:
        raise ReviewError(f"{where}.level: expected one of {', '.join(levels)}, got {level!r}")
    worst = Level(level).is_at_least(Level.DATA_LOSS)
    if worst and "*" in entry["address"] and not names_a_type(entry["address"]):
        raise ReviewError(
            f"{where}.address: {entry['address']!r} would accept {level} of anything; "
            "write the address, or at least the type: aws_s3_bucket.*"
        )
    expires = entry["expires"]
    if isinstance(expires, datetime.datetime):
        expires = expires.date()
    if isinstance(expires, str):
        try:
            expires = datetime.date.fromisoformat(expires)
        except ValueError:
            expires = None
    if not isinstance(expires, datetime.date):
        raise ReviewError(f"{where}.expires: expected a date like 2027-03-31")
    reason = entry["reason"].strip()
    return Acceptance(entry["rule"], Level(level), entry["address"], reason, expires)


def apply_acceptances(
    findings: list[Finding],
    acceptances: Sequence[Acceptance],
    today: datetime.date,
    proposed: Sequence[Acceptance] | None = None,
) -> list[Finding]:
    """Split each finding into what is accepted and what is not, and add what is overdue.

    `proposed` are the acceptances of a pull request, where `acceptances` are those of the branch
    it goes to: what it adds is noted beside the finding, which counts all the same; what it takes
    out is not reported as stale.
    """
    valid = [acceptance for acceptance in acceptances if acceptance.counts_on(today)]
    added = [new for new in proposed or () if new not in acceptances and new.counts_on(today)]
    result: list[Finding] = []
    for finding in findings:
        for part in _split(finding, valid):
            result += [part] if part.is_accepted else _noted(part, added)
    kept = acceptances if proposed is None else proposed
    return [*result, *_overdue(findings, kept, today)]


def _split(finding: Finding, acceptances: list[Acceptance]) -> Iterator[Finding]:
    for acceptance, addresses in _sorted_out(finding, acceptances).items():
        if acceptance is None:
            yield replace(finding, addresses=tuple(addresses))
        else:
            yield replace(
                finding,
                addresses=tuple(addresses),
                accepted_because=acceptance.reason,
                accepted_until=acceptance.expires,
            )


def _noted(finding: Finding, added: list[Acceptance]) -> Iterator[Finding]:
    for acceptance, addresses in _sorted_out(finding, added).items():
        because = "" if acceptance is None else acceptance.reason
        yield replace(finding, addresses=tuple(addresses), proposed_because=because)


def _sorted_out(
    finding: Finding, acceptances: list[Acceptance]
) -> dict[Acceptance | None, list[str]]:
    """The addresses of a finding by the first acceptance that covers each; None first."""
    found: dict[Acceptance | None, list[str]] = {None: []}
    for address in finding.addresses:
        matching = (a for a in acceptances if a.matches(finding.rule, finding.level, address))
        found.setdefault(next(matching, None), []).append(address)
    return {acceptance: addresses for acceptance, addresses in found.items() if addresses}


def _overdue(
    findings: list[Finding], acceptances: Sequence[Acceptance], today: datetime.date
) -> Iterator[Finding]:
    for acceptance in acceptances:
        matched = any(
            acceptance.matches(finding.rule, finding.level, address)
            for finding in findings
            for address in finding.addresses
        )
        what = f"{code(acceptance.rule)} at {code(acceptance.address)}"
        rule, title, why, action = "", "", "", ""
        if acceptance.expires < today:
            rule, title = "ACC01", f"An acceptance has expired: {what}"
            why = f"It ran until {acceptance.expires} and no longer counts."
            action = "Mend the finding, or accept it again with a new date."
        elif not acceptance.counts_on(today):
            rule, title = "ACC03", f"An acceptance runs too long: {what}"
            why = f"It would run until {acceptance.expires}, more than {MOST_DAYS} days, and does "
            why += "not count."
            action = "Give it a nearer day; renew it when the time comes, if it still holds."
        elif not matched:
            rule, title = "ACC02", f"An acceptance matches nothing: {what}"
            why = "The finding is gone or has become worse, or rule or address are misspelt; a "
            why += "stale acceptance would hide the next one."
            action = "Delete it from the file, or write down the new level."
        if rule:
            where = (acceptance.address,)
            yield Finding(rule, Level.REVIEW, title, why, action, where, _SOURCE)
