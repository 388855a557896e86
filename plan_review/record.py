"""What a review leaves for the apply: the plan's fingerprint, and which providers planned it.

It holds nothing of the plan's values. The job that reviews uploads it; the job that applies makes
its own and compares (reviewed.py).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Final

from plan_review.errors import ReviewError

_PROVIDER: Final = re.compile(
    r'^provider\s+"(?P<source>[^"\s]+)"\s*\{(?P<body>.*?)^\}', re.M | re.S
)
_VERSION: Final = re.compile(r'^\s*version\s*=\s*"([^"\s]+)"', re.M)
_HASH: Final = re.compile(r'"((?:h1|zh):[^"\s]+)"')
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Provider:
    """One provider as it was locked: its version, and a digest of the checksums beside it."""

    version: str
    checksums: str


@dataclass(frozen=True)
class Record:
    """The fingerprint of one plan, and the providers that made it, by their source."""

    plan: str
    providers: dict[str, Provider]


def providers_of(lock: str) -> dict[str, Provider]:
    """Read Terraform's dependency lock file.

    https://developer.hashicorp.com/terraform/language/files/dependency-lock
    """
    found = {}
    for match in _PROVIDER.finditer(lock):
        version = _VERSION.search(match["body"])
        checksums = "\n".join(sorted(_HASH.findall(match["body"])))
        digest = hashlib.sha256(checksums.encode()).hexdigest()
        found[match["source"]] = Provider(version[1] if version else "", digest)
    return found


def write_record(record: Record) -> str:
    """Write a record as JSON, the same bytes for the same record."""
    document = {
        "plan": record.plan,
        "providers": {
            source: {"version": provider.version, "checksums": provider.checksums}
            for source, provider in sorted(record.providers.items())
        },
    }
    return json.dumps(document, indent=2) + "\n"


def parse_record(raw: bytes, where: str) -> Record:
    """Read a record.

    Raises:
        ReviewError: it is none; `where` stands in the text.
    """
    try:
        document = json.loads(raw)
        providers = {
            str(source): Provider(str(entry["version"]), str(entry["checksums"]))
            for source, entry in document["providers"].items()
        }
        plan = str(document["plan"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ReviewError(f"{where} is not a record of a review") from None
    if not _FINGERPRINT.fullmatch(plan):
        raise ReviewError(f"{where} is not a record of a review: it has no fingerprint")
    return Record(plan, providers)
