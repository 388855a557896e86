"""What may be printed of a value: masks by shape, by name and by pattern.

By shape: what Terraform marks sensitive. By name: an argument called `password`, or a
`{name, value}` pair whose name says so. By pattern: keys and tokens that can be told by their
looks. Last, whatever the plan itself shows to be secret (a sensitive variable's value, a
masked attribute) is taken out wherever else it turns up, so that one unmarked copy does not
undo the marks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from plan_review.plan import Plan, ResourceChange
from plan_review.plan.paths import ABSENT, UNKNOWN, Json, Path, shape_below, strings

SENSITIVE: Final = "(sensitive)"
HIDDEN: Final = "(hidden)"
USER_DATA: Final = "(user data, not shown)"
_SHORTEST_INSIDE: Final = 8
_SHORTEST_WHOLE: Final = 4
_TELLING_PART: Final = 60
_CODE: Final = re.compile("`([^`]*)`")
_REST: Final = re.compile(r"[^\s`]*")
_LONGEST_TEXT: Final = 160
_LONGEST_LIST: Final = 8

_SECRET_NAME: Final = re.compile(
    r"pass(word|wd|phrase)|secret|token|credential|private_?key|api_?key|access_?key"
    r"|client_?key|signing_?key|auth_?key|connection_?string|bearer|^pwd$|[_.-]pwd$",
    re.IGNORECASE,
)
_HARMLESS_NAME: Final = re.compile(
    r"^(http_tokens|tokens?_(type|ttl|validity\w*|revocation)|password_(length|policy\w*|reset_\w+)"
    r"|(?!access_key)\w*(secret|token|password|credential|private_?key|api_?key)s?_?"
    r"(id|ids|arn|arns|name|version|versions|enabled|length|count|rotation\w*|wo_version))$",
    re.IGNORECASE,
)
_USER_DATA_NAME: Final = re.compile(r"user_?data|custom_?data|cloud_?init|startup_script", re.I)

_SECRET_TEXT: Final = re.compile(
    r"""
    -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY            # PEM
    | \b(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b      # AWS access key ids
    | \b(ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}   # GitHub tokens
    | \bgithub_pat_[A-Za-z0-9_]{20,}
    | \bglpat-[A-Za-z0-9_-]{16,}                 # GitLab
    | \bxox[abeoprs]-[A-Za-z0-9-]{10,}           # Slack
    | \bhooks\.slack\.com/services/
    | \bsk_(live|test)_[A-Za-z0-9]{10,}          # Stripe
    | \bAIza[A-Za-z0-9_-]{30,}                   # Google
    | \bnpm_[A-Za-z0-9]{30,}
    | \bpypi-[A-Za-z0-9_-]{30,}
    | \bhvs\.[A-Za-z0-9_-]{20,}                  # Vault
    | \bdop_v1_[a-f0-9]{30,}                     # DigitalOcean
    | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}  # JSON web tokens
    | [a-z][a-z0-9+.-]{0,20}://[^/\s:@]*:[^/\s@]+@    # credentials in a URL
    | \b(password|passwd|secret|token|api_?key)(\s*=\s*|:\s+)\S{4,}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SCRIPT: Final = re.compile(r"\s*(#!|#cloud-config|Content-Type: multipart)|IyEv|I2Nsb3VkLWNvbmZpZ")
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def printable(text: str) -> str:
    """Write control, direction and invisible characters as escapes, so that a line stays one."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def in_code(text: str) -> str:
    """Write text so that it can stand between two backticks and not end them."""
    return printable(text).replace("`", "'")


def names_a_secret(name: str) -> bool:
    """Whether an argument of this name is expected to hold a secret."""
    return bool(_SECRET_NAME.search(name)) and not _HARMLESS_NAME.match(name)


def is_user_data(path: Path) -> bool:
    """Whether a path leads into user data, which often carries credentials and is never shown."""
    return any(isinstance(key, str) and _USER_DATA_NAME.search(key) for key in path)


class Mask:
    """Turns values into text that may be shown."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Remember the strings that must not appear, wherever they come from.

        Long ones are taken out of any text, by their beginning, since a text may be cut.
        Short ones count only where they are the whole value: inside a text they would take
        ordinary words with them.
        """
        self._short: set[str] = set()
        self._long: dict[str, list[str]] = {}
        for secret in sorted(set(secrets)):
            for form in dict.fromkeys((secret, in_code(secret))):
                if len(form) >= _SHORTEST_INSIDE:
                    self._long.setdefault(form[:_SHORTEST_INSIDE], []).append(form)
                elif len(form) >= _SHORTEST_WHOLE:
                    self._short.add(form)

    def text(self, text: str) -> str:
        """Return a text from the plan with secrets and unprintable characters taken out."""
        text = self._without_known(text)
        if text in self._short or _SECRET_TEXT.search(text):
            return HIDDEN
        return printable(text)

    def _without_known(self, text: str) -> str:
        """Replace known secrets; of a long one its beginning is enough, and its rest goes too.

        Looked up by their first characters, so that many secrets cost no more than one.
        """
        starts = range(len(text) - _SHORTEST_INSIDE + 1)
        if not self._long or not any(text[n : n + _SHORTEST_INSIDE] in self._long for n in starts):
            return text
        parts = []
        place = 0
        while place < len(text):
            length = self._length_of_known(text, place)
            parts.append(HIDDEN if length else text[place])
            place += length or 1
        return "".join(parts)

    def _length_of_known(self, text: str, place: int) -> int:
        found = 0
        for secret in self._long.get(text[place : place + _SHORTEST_INSIDE], ()):
            telling = secret[:_TELLING_PART]
            if text.startswith(telling, place):
                rest = _REST.match(text, place + len(telling)) if telling != secret else None
                found = max(found, rest.end() - place if rest else len(telling))
        return found

    def words(self, text: str) -> str:
        """Return a sentence of this review with every secret taken out of its code spans."""
        return _CODE.sub(lambda span: f"`{self.text(span[1])}`", text)

    def value(self, value: Json, path: Path = (), *, is_sensitive: bool = False) -> str:
        """Return a value as one line of text, masked.

        `path` is where it stands; any name on the way that speaks of a secret hides it.
        """
        if value is UNKNOWN or value is ABSENT:
            return str(value.value)
        hidden = _hidden(path, is_sensitive=is_sensitive)
        if hidden:
            return hidden
        if isinstance(value, list):
            return self._list(value, path)
        if isinstance(value, dict):
            return self._object(value, path)
        return self._string(value) if isinstance(value, str) else json.dumps(value)[:_LONGEST_TEXT]

    def _string(self, value: str) -> str:
        if not value:
            return '""'
        if _SCRIPT.match(value):
            return USER_DATA
        if "\n" in value:
            return f"(text of {len(value.splitlines())} lines, not shown)"
        if len(value) > _LONGEST_TEXT:
            return f"(text of {len(value)} characters, not shown)"
        return self.text(value)

    def _list(self, values: list[Json], path: Path) -> str:
        shown = [self.value(child, path) for child in values[:_LONGEST_LIST]]
        if len(values) > _LONGEST_LIST:
            shown.append(f"and {len(values) - _LONGEST_LIST} more")
        return ", ".join(shown) if shown else "[]"

    def _object(self, value: dict[str, Json], path: Path) -> str:
        hidden = pair_is_secret(value)
        parts = [
            f"{self.text(key)}={HIDDEN if hidden else self.value(child, (*path, key))}"
            for key, child in sorted(value.items())
            if child is not None
        ]
        return "{" + ", ".join(parts[:_LONGEST_LIST]) + "}"


def _hidden(path: Path, *, is_sensitive: bool) -> str:
    """Return what stands in for a value that its mark or its place hides, else nothing."""
    if is_sensitive:
        return SENSITIVE
    if is_user_data(path):
        return USER_DATA
    if any(isinstance(key, str) and names_a_secret(key) for key in path):
        return HIDDEN
    return ""


def pair_is_secret(value: Json) -> bool:
    """Whether an object is a `{name, value}` pair whose name speaks of a secret."""
    if not isinstance(value, dict) or "value" not in value:
        return False
    names = (value.get("name"), value.get("key"))
    return any(isinstance(name, str) and names_a_secret(name) for name in names)


def secrets_of(plan: Plan) -> set[str]:
    """Collect the strings that the plan itself shows to be secret.

    Sensitive attributes and outputs, the values of variables that are declared sensitive or
    named like a secret, and provider credentials.
    """
    found = set()
    for change in (*plan.changes, *plan.drift):
        found |= set(_marked_in(change))
    for output in plan.output_changes.values():
        found |= set(_marked(output.get("before"), output.get("before_sensitive")))
        found |= set(_marked(output.get("after"), output.get("after_sensitive")))
    found |= set(_variables(plan)) | set(_credentials(plan))
    return {secret for secret in found if secret.strip()}


def _marked_in(change: ResourceChange) -> Iterator[str]:
    yield from _marked(change.before, change.before_sensitive)
    yield from _marked(change.after, change.after_sensitive)


def _marked(value: Json, shape: Json) -> Iterator[str]:
    if shape is True:
        yield from strings(value)
    elif isinstance(value, dict) and isinstance(shape, dict):
        for key in value.keys() & shape.keys():
            yield from _marked(value[key], shape[key])
    elif isinstance(value, list) and isinstance(shape, list):
        for number, child in enumerate(value):
            yield from _marked(child, shape_below(shape, number))


def _variables(plan: Plan) -> Iterator[str]:
    root = plan.configuration.get("root_module")
    declared = root.get("variables") if isinstance(root, dict) else None
    declared = declared if isinstance(declared, dict) else {}
    for name in sorted(plan.variables.keys() | declared.keys()):
        block = declared.get(name)
        block = block if isinstance(block, dict) else {}
        if block.get("sensitive") is True or names_a_secret(name):
            value = plan.variables.get(name)
            yield from strings(value.get("value") if isinstance(value, dict) else None)
            yield from strings(block.get("default"))


def _credentials(plan: Plan) -> Iterator[str]:
    providers = plan.configuration.get("provider_config")
    for provider in providers.values() if isinstance(providers, dict) else ():
        expressions = provider.get("expressions") if isinstance(provider, dict) else None
        for name, expression in expressions.items() if isinstance(expressions, dict) else ():
            if names_a_secret(name) and isinstance(expression, dict):
                yield from strings(expression.get("constant_value"))
