"""Bytes into JSON or TOML, strictly; what is none is named for what it is."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Final, NoReturn

from plan_review.errors import ReviewError
from plan_review.plan.paths import Json

MAX_BYTES: Final = 60_000_000
_BINARY_PLAN: Final = b"PK\x03\x04"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_WRAPPER: Final = re.compile(r"\s*\[command\]|.*\n::(debug|error|warning|set-output)\b", re.DOTALL)
_WARNING: Final = re.compile(r"[^{\[]*CLI configuration file[^{\[]*(?=\{)")


def decode_json(raw: bytes, what: str) -> Json:
    """Decode JSON bytes strictly; `what` names them in the error.

    Refuses what is neither UTF-8 nor UTF-16 with its mark (as PowerShell writes it), what is too
    large, and `NaN`; says which other file of Terraform's this looks like, and who has spoilt it.

    Raises:
        ReviewError: it is not JSON, or not of a plan's size and depth.
    """
    if len(raw) > MAX_BYTES:
        raise ReviewError(
            f"{what} has {len(raw) / 1e6:.0f} MB, more than the {MAX_BYTES / 1e6:.0f} MB "
            "that are read; split the stack or plan with fewer resources"
        )
    if raw.startswith(_BINARY_PLAN):
        raise ReviewError(
            f"{what} is Terraform's binary plan file; turn it into JSON first: "
            "terraform show -json PLANFILE"
        )
    text = _text(raw, what)
    if not text.strip():
        raise ReviewError(f"{what} is empty")
    # Terraform writes this warning to standard output, in front of the JSON.
    warning = _WARNING.match(text) if not text.startswith(("{", "[")) else None
    try:
        return json.loads(text[warning.end() :] if warning else text, parse_constant=_refuse)
    except RecursionError:
        raise ReviewError(f"{what} is nested too deeply to be one") from None
    except json.JSONDecodeError as error:
        raise ReviewError(_reason(text, what, error)) from None
    except ValueError as error:
        raise ReviewError(f"{what} is not JSON: {error}") from None


def decode_toml(raw: bytes, what: str) -> dict[str, Json]:
    """Decode the TOML of a file that people write; `what` names it in the error.

    Raises:
        ReviewError: it is not TOML, or nested too deeply.
    """
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise ReviewError(f"{what} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ReviewError(f"{what} is not TOML: {error}") from None
    except RecursionError:
        raise ReviewError(f"{what} is nested too deeply") from None


def _text(raw: bytes, what: str) -> str:
    try:
        return raw.decode("utf-16" if raw.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        raise ReviewError(f"{what} is not UTF-8 text") from None


def _reason(text: str, what: str, error: json.JSONDecodeError) -> str:
    if _WRAPPER.match(text):
        return (
            f"{what} has lines of setup-terraform's wrapper around it ([command], ::debug::); set "
            "terraform_wrapper: false on that action"
        )
    if error.msg == "Extra data" and text.lstrip().startswith("{"):
        return (
            f"{what} holds more than one JSON value, like the log of terraform plan -json; "
            "give the output of terraform show -json PLANFILE"
        )
    return f"{what} is not JSON: {error.msg.lower()} at line {error.lineno}, column {error.colno}"


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
