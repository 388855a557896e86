"""Findings that somebody has accepted, in a committed file, with a reason and an end.

    [[accept]]
    rule = "RUN01"
    address = "null_resource.aws_auth"   # `*` stands for any text
    reason = "kubectl apply can run twice"
    expires = 2027-03-31

An accepted finding stays in the report, struck through, and no longer counts. One that has
expired, or matches nothing any more, is itself a finding.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from plan_review.errors import ReviewError
from plan_review.levels import Level
from plan_review.plan.paths import Json
from plan_review.quoting import code
from plan_review.rules.findings import Finding

_KEYS: Final = ("rule", "address", "reason", "expires")
_SOURCE: Final = "docs/how-to/review-a-plan.md"


@dataclass(frozen=True)
class Acceptance:
    """One accepted finding."""

    rule: str
    address: str
    reason: str
    expires: datetime.date

    def matches(self, rule: str, address: str) -> bool:
        """Whether it accepts this rule at this address."""
        pattern = ".*".join(map(re.escape, self.address.split("*")))
        return rule == self.rule and re.fullmatch(pattern, address) is not None


def parse_acceptances(raw: bytes, name: str) -> list[Acceptance]:
    """Parse a TOML file of acceptances; `name` stands in the errors."""
    try:
        document = tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise ReviewError(f"{name} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ReviewError(f"{name} is not TOML: {error}") from None
    except RecursionError:
        raise ReviewError(f"{name} is nested too deeply") from None
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
            raise ReviewError(f"{where}.{key} is missing")
    unknown = sorted(entry.keys() - set(_KEYS))
    if unknown:
        raise ReviewError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(_KEYS)}")
    for key in ("rule", "address", "reason"):
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise ReviewError(f"{where}.{key}: expected a text that says something")
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
    return Acceptance(entry["rule"], entry["address"], entry["reason"].strip(), expires)


def apply_acceptances(
    findings: list[Finding], acceptances: list[Acceptance], today: datetime.date
) -> list[Finding]:
    """Split each finding into what is accepted and what is not, and add what is overdue."""
    valid = [acceptance for acceptance in acceptances if acceptance.expires >= today]
    result: list[Finding] = []
    for finding in findings:
        result += _split(finding, valid)
    return [*result, *_overdue(findings, acceptances, today)]


def _split(finding: Finding, acceptances: list[Acceptance]) -> Iterator[Finding]:
    left: list[str] = []
    accepted: dict[Acceptance, list[str]] = {}
    for address in finding.addresses:
        found = next((a for a in acceptances if a.matches(finding.rule, address)), None)
        if found is None:
            left.append(address)
        else:
            accepted.setdefault(found, []).append(address)
    if left:
        yield replace(finding, addresses=tuple(left))
    for acceptance, addresses in accepted.items():
        yield replace(
            finding,
            addresses=tuple(addresses),
            accepted_because=acceptance.reason,
            accepted_until=acceptance.expires,
        )


def _overdue(
    findings: list[Finding], acceptances: list[Acceptance], today: datetime.date
) -> Iterator[Finding]:
    for acceptance in acceptances:
        matched = any(
            acceptance.matches(finding.rule, address)
            for finding in findings
            for address in finding.addresses
        )
        what = f"{code(acceptance.rule)} at {code(acceptance.address)}"
        if acceptance.expires < today:
            yield Finding(
                rule="ACC01",
                level=Level.REVIEW,
                title=f"An acceptance has expired: {what}",
                why=f"It ran until {acceptance.expires} and no longer counts.",
                action="Mend the finding, or accept it again with a new date.",
                addresses=(acceptance.address,),
                source=_SOURCE,
            )
        elif not matched:
            yield Finding(
                rule="ACC02",
                level=Level.REVIEW,
                title=f"An acceptance matches nothing: {what}",
                why="The finding is gone, or rule or address are misspelt; a stale acceptance "
                "would hide the next one.",
                action="Delete it from the file.",
                addresses=(acceptance.address,),
                source=_SOURCE,
            )
