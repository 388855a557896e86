"""The report as a GitHub comment or a job summary.

It is filled by severity up to a budget, and cut only between whole pieces: never inside a
list entry, a fence or a `<details>`. What did not fit is counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from plan_review.facts.causes import Cause
from plan_review.levels import Level
from plan_review.masking import Mask
from plan_review.report import words
from plan_review.report.blocks import MOST_ADDRESSES, addresses, entry, told, worst_different
from plan_review.report.difference import Block, blocks, imports, moves, tags_only
from plan_review.report.escape import code_span, fence_for
from plan_review.report.topology import topology
from plan_review.review import Review
from plan_review.rules.findings import MARKS

COMMENT_BUDGET: Final = 60_000
"""Characters; GitHub refuses a comment of more than 65,536."""
SUMMARY_BUDGET: Final = 500_000
"""Characters; GitHub shows no job summary of more than 1024 KiB, and one may take two bytes."""
SMALLEST_BUDGET: Final = 4_000

_MOST_IN_ALERT: Final = 3
_MOST_VALUES: Final = 3
_MOST_PROPOSED: Final = 5
_MOST_TAGGED: Final = 100
_TAIL: Final = 1_200
"""Kept free for what was left out and the footer."""
_ALERTS: Final = {
    Level.OUTAGE: "CAUTION",
    Level.DATA_LOSS: "CAUTION",
    Level.SECURITY: "CAUTION",
    Level.WILL_FAIL: "WARNING",
    Level.DISRUPTION: "WARNING",
    Level.REVIEW: "NOTE",
    Level.ROUTINE: "NOTE",
}
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass
class _Page:
    """Pieces of a report, taken as long as they fit."""

    budget: int
    pieces: list[str] = field(default_factory=list)
    used: int = 0

    def room(self) -> int:
        return self.budget - self.used - _TAIL

    def put(self, piece: str) -> None:
        self.pieces.append(piece)
        self.used += len(piece) + 2

    def put_if_it_fits(self, piece: str) -> bool:
        fits = len(piece) + 2 <= self.room()
        if fits:
            self.put(piece)
        return fits


def markdown(
    review: Review,
    *,
    stack: str = "",
    commit: str = "",
    budget: int = COMMENT_BUDGET,
    summary_url: str = "",
) -> str:
    """Write the report in at most `budget` characters.

    `stack` names the stack where several are reviewed in one pull request, `summary_url` is
    where the long form is to be found.
    """
    page = _Page(budget)
    name = stack or review.facts.stack.name
    page.put(marker(review, name, commit))
    if new := words.new_cluster(review, quoted=code_span):
        page.put(f"**{new}**")
    page.put(_heading(review, name))
    page.put(_alert(review))
    if any(finding.proposed_because for finding in review.findings):
        page.put(_proposed(review))
    page.put(_numbers(review))
    left_out = [
        _put_findings(page, review),
        _put_causes(page, review),
        _put_topology(page, review),
        _put_changes(page, review),
        _put_tags(page, review),
        _put_moves(page, review),
        _put_outputs(page, review),
        _put_notes(page, review),
    ]
    _put_tail(page, [text for text in left_out if text], summary_url)
    return "\n\n".join(page.pieces) + "\n"


def safe_name(name: str) -> str:
    """A stack's name as it stands in the marker."""
    return _UNSAFE.sub("-", name).strip("-")[:100] or "plan"


def marker_start(name: str) -> str:
    """How the hidden marker of a stack's comment begins."""
    return f"<!-- plan-review:{safe_name(name)} "


def marker(review: Review, name: str, commit: str) -> str:
    """The hidden line by which a comment is found again, and the apply checks its plan."""
    parts = [f"verdict={review.verdict.value}", f"plan={review.fingerprint}"]
    if commit:
        parts.append(f"commit={safe_name(commit)}")
    return f"{marker_start(name)}{' '.join(parts)} -->"


def _heading(review: Review, name: str) -> str:
    shown = f" — {safe_name(name)}" if name else ""
    return f"## {MARKS[review.verdict]} Plan review{shown}"


def _alert(review: Review) -> str:
    mask = review.facts.mask
    lines = [f"> [!{_ALERTS[review.verdict]}]", f"> **{words.verdict(review)}**"]
    different = worst_different(review, _MOST_IN_ALERT)
    worst = [one for one in different if one.finding.level.is_at_least(Level.DISRUPTION)]
    for one in worst or different:
        lines[-1] += "  "
        lines.append(f"> {one.title}: {addresses(one.finding.addresses, mask, 2)}")
    return "\n".join(lines)


def _proposed(review: Review) -> str:
    """Say what the pull request accepts for itself; it changes no verdict."""
    mask = review.facts.mask
    lines = [f"**{words.PROPOSED}**", ""]
    own = [finding for finding in review.findings if finding.proposed_because]
    for finding in own[:_MOST_PROPOSED]:
        reason = code_span(mask.text(finding.proposed_because).replace("`", "'")[:200])
        where = addresses(finding.addresses, mask, MOST_ADDRESSES)
        lines.append(f"- {finding.level.value}: {finding.title}: {where}: {reason}")
    if len(own) > _MOST_PROPOSED:
        lines.append(f"- and {len(own) - _MOST_PROPOSED} more")
    return "\n".join(lines)


def _numbers(review: Review) -> str:
    version = review.facts.plan.terraform_version
    tool = f" · {review.facts.plan.program} {safe_name(version)}" if version else ""
    return f"**{words.counts(review)}**{tool}"


def _put_findings(page: _Page, review: Review) -> str:
    entries: list[str] = []
    room = page.room()
    size = 0
    every = told(review.findings)
    for one in every:
        text = entry(one, review.facts.mask)
        if size + len(text) + 1 > room:
            break
        entries.append(text)
        size += len(text) + 1
    if entries:
        page.put("\n".join(entries))
    missing = sum(one.count for one in every[len(entries) :])
    return words.plural(missing, "finding") if missing else ""


def _put_causes(page: _Page, review: Review) -> str:
    if not review.causes:
        return ""
    lines = ["### Where the replacements start", ""]
    room = page.room()
    for cause in review.causes:
        line = f"- {cause_line(cause, review.facts.mask)}"
        if sum(map(len, lines)) + len(line) + len(lines) + 2 > room:
            break
        lines.append(line)
    missing = len(review.causes) - len(lines) + 2
    page.put("\n".join(lines))
    return words.plural(missing, "origin") if missing else ""


def cause_line(cause: Cause, mask: Mask) -> str:
    """Write where one replacement starts, in one line of Markdown."""
    by_variable = bool(cause.variables) and len(cause.addresses) > 1
    if by_variable:
        names = ", ".join(code_span(mask.text(name)) for name in cause.variables)
        line = f"{names} is read by {len(cause.addresses)} resources that cannot change in place: "
    else:
        line = ""
    line += addresses(cause.addresses, mask, MOST_ADDRESSES)
    if cause.argument:
        arguments = cause.argument.split(", ")
        line += f": {_values(tuple(map(mask.text, arguments)))}"
        if not by_variable:
            line += f" {_values(cause.before)} → {_values(cause.after)}"
    else:
        line += f": {cause.reason}"
    if cause.takes:
        line += f" **takes {cause.takes} more with it**"
    if cause.variables and not by_variable:
        line += f" (from {', '.join(code_span(mask.text(name)) for name in cause.variables)})"
    if cause.through:
        line += f" (because of {addresses(cause.through, mask, 2)})"
    if cause.construct_paths:
        line += f" — construct {addresses(cause.construct_paths, mask, 2)}"
    return line


def _values(values: tuple[str, ...]) -> str:
    shown = ", ".join(code_span(value) for value in dict.fromkeys(values[:_MOST_VALUES]))
    return f"{shown}, …" if len(values) > _MOST_VALUES else shown


def _put_topology(page: _Page, review: Review) -> str:
    drawn = topology(review.facts)
    if drawn is None or review.facts.plan.is_change_free:
        return ""
    is_open = " open" if review.verdict in (Level.OUTAGE, Level.WILL_FAIL) else ""
    title = (
        f"Topology after apply ({words.plural(drawn.parts, 'part')}; "
        "green + new, yellow ~ changed, red ± replaced, red \u2212 gone)"
    )
    text = _details(title, f"```mermaid\n{drawn.mermaid}\n```", is_open)
    return "" if page.put_if_it_fits(text) else "the topology"


def _details(title: str, body: str, is_open: str = "") -> str:
    return f"<details{is_open}><summary>{title}</summary>\n\n{body}\n\n</details>"


def _put_changes(page: _Page, review: Review) -> str:
    found = blocks(review)
    if not found:
        return ""
    pieces: list[str] = []
    shown = 0
    room = page.room() - 200
    size = 0
    for block in _adjoined(found):
        lines = list(block.lines)
        fence = fence_for(lines)
        piece = "\n".join([f"{fence}diff", *lines, fence])
        if size + len(piece) + 2 > room:
            break
        pieces.append(piece)
        size += len(piece) + 2
        shown += block.changes
    every = sum(block.changes for block in found)
    if pieces:
        title = f"Changes, what goes first ({words.plural(shown, 'resource')})"
        page.put(_details(title, "\n\n".join(pieces)))
    return f"the changes of {words.plural(every - shown, 'resource')}" if every > shown else ""


def _adjoined(found: list[Block]) -> list[Block]:
    """Join the blocks of one line into one: a list of what is made reads better than a stack."""
    result: list[Block] = []
    for block in found:
        last = result[-1] if result else None
        is_list = last is not None and len(last.lines) == last.changes
        if last and is_list and len(block.lines) == 1:
            result[-1] = Block((*last.lines, *block.lines), last.changes + block.changes)
        else:
            result.append(block)
    return result


def _put_tags(page: _Page, review: Review) -> str:
    tagged, lines = tags_only(review.facts)
    if not tagged:
        return ""
    fence = fence_for(lines)
    body = "\n".join([f"{fence}diff", *lines[:_MOST_TAGGED], fence])
    body += "\n\n" + addresses(tuple(tagged), review.facts.mask, _MOST_TAGGED)
    title = f"{words.plural(len(tagged), 'resource')} with changed tags only"
    return "" if page.put_if_it_fits(_details(title, body)) else "the changed tags"


def _put_moves(page: _Page, review: Review) -> str:
    """Say what changes its address, and what is taken into the state."""
    missing = []
    found = ((moves(review.facts), "address moved"), (imports(review.facts), "object imported"))
    for lines, noun in found:
        if not lines:
            continue
        fence = fence_for(lines)
        more = [f"and {len(lines) - _MOST_TAGGED} more"] if len(lines) > _MOST_TAGGED else []
        body = "\n".join([fence, *lines[:_MOST_TAGGED], *more, fence])
        many, _, verb = noun.partition(" ")
        plural = {"address": "addresses"}.get(many, f"{many}s")
        title = f"{len(lines):,} {many if len(lines) == 1 else plural} {verb}"
        if not page.put_if_it_fits(_details(title, body)):
            missing.append(title)
    return ", ".join(missing)


def _put_outputs(page: _Page, review: Review) -> str:
    mask = review.facts.mask
    names = sorted(
        name
        for name, change in review.facts.plan.output_changes.items()
        if change.get("actions") != ["no-op"]
    )
    if not names:
        return ""
    body = addresses(tuple(names), mask, _MOST_TAGGED)
    title = words.plural(len(names), "output change")
    return "" if page.put_if_it_fits(_details(title, body)) else title


def _put_notes(page: _Page, review: Review) -> str:
    missing = 0
    for note in review.notes:
        missing += not page.put_if_it_fits(f"- {note}")
    return words.plural(missing, "note") if missing else ""


def _put_tail(page: _Page, left_out: list[str], summary_url: str) -> None:
    if left_out:
        where = f" It is all in the [job summary]({summary_url})." if summary_url else ""
        page.put(f"**Left out to fit here:** {', '.join(left_out)}.{where}")
    page.put(f"<sub>{words.NEVER_SHOWN} {words.CANNOT_BE_KNOWN}</sub>")
