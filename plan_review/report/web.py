"""The report as one HTML file: no script, nothing loaded from elsewhere, light or dark.

For those who keep reports as a job's artifact. It says what the Markdown says, the drawing aside:
Mermaid needs a script.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final

from plan_review.masking import Mask
from plan_review.report import words
from plan_review.report.blocks import Told, addresses, told
from plan_review.report.difference import blocks, imports, moves, tags_only
from plan_review.report.escape import code_span
from plan_review.report.markdown import cause_line
from plan_review.review import Review
from plan_review.rules.findings import MARKS

_MOST_ADDRESSES: Final = 20
_MOST_BLOCKS: Final = 2_000
_CODE_OR_BOLD: Final = re.compile(
    r"(?P<fence>`+)(?P<code>.+?)(?<!`)(?P=fence)(?!`)|\*\*(?P<bold>.+?)\*\*"
)
_SIGNS: Final = {"+": "new", "-": "old", "!": "head"}
_STYLE: Final = """
:root { color-scheme: light dark; --line: #d0d7de; --code: #eff1f3; --old: #cf222e; --new: #1a7f37 }
@media (prefers-color-scheme: dark) {
  :root { --line: #3d444d; --code: #262c36; --old: #ff7b72; --new: #3fb950 }
}
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: 0.85em/1.45 ui-monospace, monospace; background: var(--code); border-radius: 4px }
code { padding: 0.1em 0.3em; overflow-wrap: anywhere }
pre { padding: 0.75rem; white-space: pre-wrap; overflow-wrap: anywhere }
li { margin: 0 0 1rem; list-style: none }
ul { padding: 0 }
p { margin: 0.25rem 0 }
section > p { margin: 0.75rem 0 }
.verdict { border-left: 4px solid var(--line); padding-left: 1rem; font-weight: 600 }
.outage, .data-loss { border-color: var(--old) }
.rule, footer { font-size: 0.8em; opacity: 0.75 }
footer { overflow-wrap: anywhere }
.old { color: var(--old) } .new { color: var(--new) } .head { font-weight: 600 }
.accepted { opacity: 0.6 }
"""


def as_html(review: Review, *, stack: str = "", commit: str = "") -> str:
    """Write the report as a page of its own; every text from the plan is masked and escaped."""
    mask = review.facts.mask
    name = mask.text(stack or review.facts.stack.name)
    title = f"Plan review{f' — {name}' if name else ''}"
    new = words.new_cluster(review, quoted=code_span)
    version = mask.text(review.facts.plan.terraform_version)
    tool = f" · {review.facts.plan.program} {version}" if version else ""
    level = review.verdict.value
    parts = [
        f"<h1>{MARKS[review.verdict]} {html.escape(title)}</h1>",
        f"<p><strong>{_inline(new)}</strong></p>" if new else "",
        f'<p class="verdict {level}">{level}: {_inline(words.verdict(review))}</p>',
        f"<p>{_inline(words.counts(review) + tool)}</p>",
        _list((_finding(one, mask) for one in told(review.findings)), ""),
        _list(
            (f"<li>{_inline(cause_line(cause, mask))}</li>" for cause in review.causes),
            "Where the replacements start",
        ),
        _changes(review),
        _list((f"<li>{_inline(note)}</li>" for note in review.notes), "Notes"),
        f"<footer><p>{_inline(f'{words.NEVER_SHOWN} {words.CANNOT_BE_KNOWN}')}</p>"
        f"<p>{html.escape(' '.join(['Plan', review.fingerprint, mask.text(commit)]))}</p></footer>",
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body>\n</html>\n"
    )


def _inline(text: str) -> str:
    """Turn a sentence of the review into HTML: code spans and bold text, all else escaped."""
    done, place = "", 0
    for match in _CODE_OR_BOLD.finditer(text):
        done += html.escape(text[place : match.start()])
        if match["code"] is None:
            done += f"<strong>{html.escape(match['bold'])}</strong>"
        else:
            done += f"<code>{html.escape(match['code'].strip())}</code>"
        place = match.end()
    return done + html.escape(text[place:])


def _list(entries: Iterable[str], title: str) -> str:
    found = list(entries)
    if not found:
        return ""
    head = f"<h2>{title}</h2>\n" if title else ""
    return f"<section>\n{head}<ul>\n{chr(10).join(found)}\n</ul>\n</section>"


def _finding(one: Told, mask: Mask) -> str:
    finding = one.finding
    if finding.is_accepted:
        why = f"Accepted until {finding.accepted_until}: "
        lines = [why + code_span(mask.text(finding.accepted_because).replace("`", "'"))]
    else:
        lines = [text for text in (finding.why, finding.action and f"→ {finding.action}") if text]
        if finding.proposed_because:
            reason = code_span(mask.text(finding.proposed_because).replace("`", "'"))
            lines.append(f"{words.PROPOSED} {reason}")
    where = addresses(finding.addresses, mask, _MOST_ADDRESSES)
    shown = "".join(f"<p>{_inline(line)}</p>" for line in (where, *lines))
    state = ' class="accepted"' if finding.is_accepted else ""
    return (
        f"<li{state}><p>{MARKS[finding.level]} <strong>{finding.level.value}</strong> · "
        f"<strong>{_inline(one.title)}</strong> "
        f'<span class="rule">{html.escape(finding.rule)}</span></p>{shown}</li>'
    )


def _changes(review: Review) -> str:
    found = blocks(review)
    tagged, tags = tags_only(review.facts)
    pieces = [_lines(block.lines) for block in found[:_MOST_BLOCKS]]
    if len(found) > _MOST_BLOCKS:
        pieces.append(f"<p>and {len(found) - _MOST_BLOCKS:,} more</p>")
    if tagged:
        head = f"! change only the tags of {words.plural(len(tagged), 'resource')}"
        pieces.append(_lines((head, *tags)))
    for verb, lines in (("move", moves(review.facts)), ("import", imports(review.facts))):
        if lines:
            pieces.append(_lines(f"{verb} {line}" for line in lines[:_MOST_BLOCKS]))
    if not pieces:
        return ""
    return f"<section>\n<h2>Changes, what goes first</h2>\n{chr(10).join(pieces)}\n</section>"


def _lines(lines: Iterable[str]) -> str:
    shown = [
        f'<span class="{_SIGNS[line[0]]}">{html.escape(line)}</span>'
        if line[:1] in _SIGNS
        else html.escape(line)
        for line in lines
    ]
    return f"<pre>{chr(10).join(shown)}</pre>"
