"""What may be printed of a value: the one place that decides it, for every report.

By mark: what Terraform marks sensitive. By name: an argument called `password`, or a
`{name, value}` pair whose name says so (secret_names.py). By looks: tokens, and what a text
itself calls a secret (secret_texts.py). JSON inside a string is read as what it is. Last,
whatever the plan itself shows to be secret is taken out wherever else it turns up, so that one
unmarked copy does not undo the marks.
"""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

from plan_review.masking.names import is_harmless, names_a_secret, secret_keys
from plan_review.masking.texts import assigned, holds_a_secret, of_base64
from plan_review.plan import Action, Plan
from plan_review.plan.paths import (
    ABSENT,
    UNKNOWN,
    Json,
    Path,
    at,
    embedded_json,
    has_mark,
    is_marked,
    shape_below,
    strings,
)

SENSITIVE: Final = "(sensitive)"
HIDDEN: Final = "(hidden)"
USER_DATA: Final = "(user data, not shown)"
_SHORTEST_INSIDE: Final = 8
_SHORTEST_WHOLE: Final = 4
_SHORTEST_NUMBER: Final = 6
_TELLING_PART: Final = 60
_CODE: Final = re.compile("`([^`]*)`")
_REST: Final = re.compile(r"[^\s`]*")
_LONGEST_TEXT: Final = 160
_LONGEST_LIST: Final = 8

_USER_DATA_NAME: Final = re.compile(r"user_?data|custom_?data|cloud_?init|startup_script", re.I)

_SCRIPT: Final = re.compile(r"\s*(#!|#cloud-config|Content-Type: multipart)|IyEv|I2Nsb3VkLWNvbmZpZ")
_SECRET_AT_THE_END: Final = frozenset(
    {"auth", "_auth", "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"}
)
"""What Docker and npm call a login, and headers as they are written in HTTP."""
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


def _forms(secret: str) -> Iterator[str]:
    """A secret as it may stand in a report: itself, in code, in base64, and in a URL."""
    forms = [secret, in_code(secret)]
    if len(secret) >= _SHORTEST_INSIDE:
        forms.append(base64.b64encode(secret.encode("utf-8", "replace")).decode().rstrip("="))
        forms.append(quote(secret, safe="", errors="replace"))
    return iter(dict.fromkeys(forms))


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
        self._shown: dict[str, str] = {}
        for secret in sorted(set(secrets)):
            for form in _forms(secret):
                if len(form) >= _SHORTEST_INSIDE:
                    self._long.setdefault(form[:_SHORTEST_INSIDE], []).append(form)
                elif len(form) >= _SHORTEST_WHOLE:
                    self._short.add(form)

    def text(self, text: str) -> str:
        """A text from the plan with secrets and unprintable characters taken out."""
        if text not in self._shown:
            self._shown[text] = self._masked(text)
        return self._shown[text]

    def _masked(self, text: str) -> str:
        text = self._without_known(text)
        if text in self._short or holds_a_secret(text):
            return HIDDEN
        if self._long:
            every = filter(None, map(of_base64, _MAYBE_BASE64.findall(text)))
            if any(self._without_known(decoded) != decoded for decoded in every):
                return HIDDEN
        return printable(text)

    def _without_known(self, text: str) -> str:
        """Replace known secrets; of a long one its beginning is enough, and its rest goes too.

        Looked up by their first characters, so that many secrets cost no more than one.
        """
        size = _SHORTEST_INSIDE
        parts_of_it = (text[n : n + size] for n in range(len(text) - size + 1))
        if not self._long or self._long.keys().isdisjoint(parts_of_it):
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
        """A sentence of this review with every secret taken out of its code spans."""
        return _CODE.sub(lambda span: f"`{self.text(span[1])}`", text)

    def value(self, value: Json, path: Path = (), *, is_sensitive: bool = False) -> str:
        """A value as one line of text, masked.

        `path` is where it stands; any name on the way that speaks of a secret hides it.
        """
        if value is UNKNOWN or value is ABSENT:
            return str(value.value)
        hidden = _hidden(value, path, is_sensitive=is_sensitive)
        if hidden:
            return hidden
        if isinstance(value, list):
            return self._list(value, path)
        if isinstance(value, dict):
            return self._object(value, path)
        if isinstance(value, str):
            return self._string(value, path)
        return self.text(json.dumps(value)[:_LONGEST_TEXT])

    def value_in(self, root: Json, path: Path, *shapes: Json) -> str:
        """What stands at `path` below `root` as one line of text, masked.

        As `value`, and with what only the objects on the way can tell: a `value` whose `name`
        beside it speaks of a secret, a mark of one of the `shapes` on it or on a part of it.
        """
        is_sensitive = any(is_marked(shape, path) or has_mark(at(shape, path)) for shape in shapes)
        on_the_way = any(key in secret_keys(at(root, path[:n])) for n, key in enumerate(path))
        value = at(root, path)
        if on_the_way and not (is_sensitive or is_harmless(value)):
            return HIDDEN
        return self.value(value, path, is_sensitive=is_sensitive)

    def _string(self, value: str, path: Path) -> str:
        if not value:
            return '""'
        if _SCRIPT.match(value):
            return USER_DATA
        text = value.rstrip("\n")
        if "\n" in text:
            return f"(text of {len(text.splitlines())} lines, not shown)"
        if len(text) > _LONGEST_TEXT:
            return f"(text of {len(text)} characters, not shown)"
        document = embedded_json(text)
        return self.text(text) if document is None else self.value(document, path)

    def _list(self, values: list[Json], path: Path) -> str:
        shown = [
            HIDDEN if follows_a_flag(values, number) else self.value(child, path)
            for number, child in enumerate(values[:_LONGEST_LIST])
        ]
        if len(values) > _LONGEST_LIST:
            shown.append(f"and {len(values) - _LONGEST_LIST} more")
        return ", ".join(shown) if shown else "[]"

    def _object(self, value: dict[str, Json], path: Path) -> str:
        secret = secret_keys(value)
        parts = []
        for key, child in sorted(value.items()):
            if child is not None:
                hidden = key in secret and not is_harmless(child)
                shown = HIDDEN if hidden else self.value(child, (*path, key))
                parts.append(f"{self.text(key)}={shown}")
        return "{" + ", ".join(parts[:_LONGEST_LIST]) + "}"


def _hidden(value: Json, path: Path, *, is_sensitive: bool) -> str:
    """What stands in for a value that its mark or its place hides, else nothing."""
    if is_sensitive:
        return SENSITIVE
    if is_harmless(value):
        return ""
    if is_user_data(path):
        return USER_DATA
    return HIDDEN if is_called_a_secret(path) else ""


@functools.lru_cache(maxsize=8192)
def is_called_a_secret(path: Path) -> bool:
    """Whether any name on a path speaks of a secret; some do at its end only."""
    return any(isinstance(key, str) and names_a_secret(key) for key in path) or (
        bool(path) and path[-1] in _SECRET_AT_THE_END
    )


_MAYBE_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{12,100000}={0,2}", re.ASCII)
_NO_WORDS: Final = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])\S{12,}", re.ASCII)


def shown_path(path: Path) -> Path:
    """A path without the keys below a secret's name that are no words: they may be the secret."""
    shown: list[str | int] = []
    is_below = False
    for key in path:
        hides = is_below and isinstance(key, str) and _NO_WORDS.fullmatch(key) is not None
        shown.append(HIDDEN if hides else key)
        is_below = is_below or (isinstance(key, str) and names_a_secret(key))
    return tuple(shown)


def follows_a_flag(values: list[Json], number: int) -> bool:
    """Whether an element of a command line stands after a flag that speaks of a secret."""
    before = values[number - 1] if number else None
    return isinstance(before, str) and before.startswith("-") and names_a_secret(before)


def secrets_of(plan: Plan) -> set[str]:
    """Collect the strings that the plan itself shows to be secret.

    Sensitive attributes and outputs, the values of variables that are declared sensitive or
    named like a secret, provider credentials; and of what changes, what is called a secret and
    is no ordinary word.
    """
    found: set[str] = set()
    for change in (*plan.changes, *plan.drift):
        if change.has_sensitive:
            found.update(_marked(change.before, change.before_sensitive))
            found.update(_marked(change.after, change.after_sensitive))
        if change.action is not Action.NO_OP:
            _called(change.before, found)
            _called(change.after, found, change.before)
    for output in plan.output_changes.values():
        found |= set(_marked(output.get("before"), output.get("before_sensitive")))
        found |= set(_marked(output.get("after"), output.get("after_sensitive")))
    found |= set(_variables(plan)) | set(_credentials(plan))
    return {secret for secret in found if secret.strip()}


_MAY_HOLD_ONE: Final = (str, dict, list)


def _called(value: Json, found: set[str], earlier: Json = None, *, is_named: bool = False) -> None:
    """Add the strings that names, or texts themselves, call a secret.

    `earlier` is what stood there before and has been looked at: what is still the same is left
    out, unless what stands beside it tells what it is.
    """
    if isinstance(value, dict):
        secret = secret_keys(value)
        known = earlier if isinstance(earlier, dict) and not secret else {}
        for key, child in value.items():
            if not child or not isinstance(child, _MAY_HOLD_ONE):
                continue
            if isinstance(child, str) and len(child) < _SHORTEST_INSIDE:
                continue
            before = known.get(key)
            if child != before:
                named = is_named or key in secret or names_a_secret(key)
                if isinstance(child, str):
                    _called_text(child, found, is_named=named)
                else:
                    _called(child, found, before, is_named=named)
    elif isinstance(value, list):
        of_then = earlier if isinstance(earlier, list) else []
        for number, child in enumerate(value):
            if child and isinstance(child, _MAY_HOLD_ONE):
                before = of_then[number] if number < len(of_then) else None
                if child != before or isinstance(child, str):
                    named = is_named or follows_a_flag(value, number)
                    _called(child, found, before, is_named=named)
    elif isinstance(value, str) and len(value) >= _SHORTEST_INSIDE:
        _called_text(value, found, is_named=is_named)


def _called_text(value: str, found: set[str], *, is_named: bool) -> None:
    document = embedded_json(value)
    if document is not None:
        _called(document, found, is_named=is_named)
        return
    texts = [value] if is_named and not is_harmless(value) else assigned(value)
    if texts:
        found.update(text for text in texts if _is_no_word(text))


def _is_no_word(text: str) -> bool:
    """Whether a text is long and mixed enough not to stand anywhere by chance."""
    return len(text) >= _SHORTEST_INSIDE and not (text.isalpha() and text.islower())


def _marked(value: Json, shape: Json) -> Iterator[str]:
    if shape is True:
        yield from strings(value)
        yield from map(str, _long_numbers(value))
    elif isinstance(value, dict) and isinstance(shape, dict):
        for key, below in shape.items():
            if below and key in value:
                yield from _marked(value[key], below)
    elif isinstance(value, list) and isinstance(shape, list):
        for number, child in enumerate(value):
            yield from _marked(child, shape_below(shape, number))


def _long_numbers(value: Json) -> Iterator[Json]:
    """The numbers in a value that are long enough to be known again."""
    if isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _long_numbers(child)
    elif not isinstance(value, bool) and isinstance(value, int | float):
        yield from [value] if len(str(value)) >= _SHORTEST_NUMBER else []


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
