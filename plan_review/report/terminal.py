"""The report for a terminal: plain text, in colour where the terminal wants it."""

from __future__ import annotations

import textwrap
from typing import Final

from plan_review.levels import Level
from plan_review.report import words
from plan_review.report.blocks import told
from plan_review.report.difference import blocks, imports, moves, tags_only
from plan_review.report.markdown import cause_line
from plan_review.review import Review

_WIDTH: Final = 80
_RESET: Final = "\x1b[0m"
_BOLD: Final = "\x1b[1m"
_COLOURS: Final = {
    Level.OUTAGE: "\x1b[1;31m",
    Level.DATA_LOSS: "\x1b[1;31m",
    Level.SECURITY: "\x1b[31m",
    Level.WILL_FAIL: "\x1b[31m",
    Level.DISRUPTION: "\x1b[33m",
    Level.REVIEW: "\x1b[34m",
    Level.ROUTINE: "\x1b[32m",
}
_SIGNS: Final = {"+": "\x1b[32m", "-": "\x1b[31m", "!": "\x1b[33m"}
_MOST_ADDRESSES: Final = 6
_MOST_MOVED: Final = 100


def text(review: Review, *, stack: str = "", in_colour: bool = False) -> str:
    """Write the report as text; without colour it holds no escape sequence at all."""
    paint = _paint if in_colour else _plain
    mask = review.facts.mask
    name = mask.text(stack or review.facts.stack.name)
    title = f"Plan review{': ' + name if name else ''}"
    new = words.new_cluster(review)
    lines = [*([paint(new, _BOLD), ""] if new else []), paint(title, _BOLD)]
    lines += [*_wrapped(words.counts(review), "", "  "), ""]
    verdict = _wrapped(f"{review.verdict.value}: {words.verdict(review)}", "", "  ")
    lines += [*(paint(line, _COLOURS[review.verdict]) for line in verdict), ""]
    for one in told(review.findings):
        finding = one.finding
        level = finding.level.value
        if finding.is_accepted:
            reason = mask.text(finding.accepted_because)
            until = f"accepted until {finding.accepted_until}: [{finding.rule}] {one.title}"
            lines += _wrapped(until, "", "    ")
            lines += _wrapped(f"reason: {reason}")
        else:
            head = _wrapped(f"{level} [{finding.rule}] {one.title}", "", "    ")
            lines += [head[0].replace(level, paint(level, _COLOURS[finding.level]), 1), *head[1:]]
            lines += _wrapped(finding.why)
            lines += _wrapped(f"-> {finding.action}") if finding.action else []
            if finding.proposed_because:
                lines += _wrapped(f"{words.PROPOSED} {mask.text(finding.proposed_because)}")
        lines += [f"    at {mask.text(where)}" for where in finding.addresses[:_MOST_ADDRESSES]]
        if len(finding.addresses) > _MOST_ADDRESSES:
            lines.append(f"    and {len(finding.addresses) - _MOST_ADDRESSES} more")
        lines.append("")
    if review.causes:
        lines.append(paint("Where the replacements start", _BOLD))
        for cause in review.causes:
            lines += _wrapped(f"- {cause_line(cause, mask).replace('**', '')}", "", "  ")
        lines.append("")
    lines += _changes(review, in_colour=in_colour)
    for note in (*(f"note: {note}" for note in review.notes), words.CANNOT_BE_KNOWN):
        lines += _wrapped(note, "", "  ")
    return "\n".join(lines) + "\n"


def _changes(review: Review, *, in_colour: bool) -> list[str]:
    paint = _paint if in_colour else _plain
    lines = []
    for block in blocks(review):
        lines += [paint(line, _SIGNS.get(line[0], "")) for line in block.lines]
    addresses, tags = tags_only(review.facts)
    if addresses:
        lines += [f"! change only the tags of {words.plural(len(addresses), 'resource')}", *tags]
    for verb, found in (("move", moves(review.facts)), ("import", imports(review.facts))):
        lines += [f"  {verb} {line}" for line in found[:_MOST_MOVED]]
        if len(found) > _MOST_MOVED:
            lines.append(f"  {verb} {len(found) - _MOST_MOVED:,} more")
    return [paint("Changes", _BOLD), *lines, ""] if lines else []


def _wrapped(sentence: str, first: str = "    ", indent: str = "    ") -> list[str]:
    return textwrap.wrap(
        sentence,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _paint(line: str, colour: str) -> str:
    return f"{colour}{line}{_RESET}" if colour else line


def _plain(line: str, colour: str) -> str:  # noqa: ARG001  # stands in for _paint
    return line
