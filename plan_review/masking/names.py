"""Names that speak of a secret: `DB_PASS`, `adminPassword`, `jwt-key`, `_authToken`.

A name is judged by its words, however they are joined. What it ends in can take the suspicion
away again: `secret_arn` is not a secret, `password_length` neither.
"""

from __future__ import annotations

import functools
import itertools
import re
from typing import Final

from plan_review.plan.paths import Json

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST_NAME: Final = 200

_STEMS: Final = re.compile(
    r"passw(or)?d|passphrase|passcode|secret|credential|token$|tokens$"
    r"|(access|account|api|auth|client|encryption|private|secret|session|shared|signing)keys?$"
)
"""Within one word, so that `pgpassword` and `apikey` are found too."""
_WORDS: Final = re.compile(
    r"""
    bearer | cred | creds | dockerconfigjson | otp | pass | passkey | passwords | psk | pw | pwd
    | requirepass | sensitive | totp
    """,
    re.VERBOSE,
)
_OF_A_KEY: Final = re.compile(
    r"""
    access | account | admin | aes | api | app | auth | client | crypto | decryption | deploy |
    encryption | hmac | integration | jwt | license | master | preshared | private | root | rsa
    | session | shared | signing | storage | webhook
    """,
    re.VERBOSE,
)
"""What makes a secret of the `key` that follows it."""
_PAIRS: Final = frozenset(
    {
        ("basic", "auth"),
        ("connection", "string"),
        ("connection", "strings"),
        ("key", "material"),
        ("origin", "verify"),
        ("redis", "auth"),
    }
)
_HARMLESS_END: Final = re.compile(
    r"""
    age | algorithm | arn | arns | bucket | config | configuration | configurations | count |
    days | dir | disabled | domain | domains | duration | enabled | encryption | endpoint |
    expiration | expires | expiry | expression | field | file | fingerprint | format |
    generation | header | host | id | ids | interval | length | lifetime | list | mode | name |
    names | only | path | period | policies | policy | port | prevention | properties | provider
    | ref | reference | region | required | revocation | rotation | rules | selection | settings
    | size | source | spec | state | status | stdin | storage | strategy | timeout | ttl | type
    | types | units | uri | url | validity | version | versions
    """,
    re.VERBOSE,
)
"""What a name ends in that only speaks about a secret."""
_VARIABLE_OF_A_KEY: Final = re.compile(r"[A-Z][A-Z0-9_]*_KEY")
_NO_SECRET_KEY: Final = re.compile(
    r"""
    bucket| cache| column| config| context| dedup| delivery| event| field| file|
    foreign| group| hash| header| idempotency| index| kms| label| lookup| map| merge|
    metadata| object| order| param| parameter| partition| path| primary| prop| property|
    public| range| registry| route| routing| s| \d+| search| sort| ssh| state| store| tag|
    topic| translation| unique| vary
    """,
    re.VERBOSE,
)
"""What makes something harmless of the `_KEY` that ends the name of an environment variable."""
_NO_TOKEN: Final = frozenset(
    {"creation", "creations", "dkim", "lock", "max", "min", "overlap", "put", "update", "version"}
)
"""What makes something harmless of the `token` or `tokens` that follows it: a counter, a lock."""
_SECRET_ALL_THE_SAME: Final = (("access", "key", "id"), ("secret", "id"))
"""An access key's id, and the `secret_id` of an application's role."""
_HARMLESS: Final = frozenset({"http_tokens"})
_ANY_VALUE: Final = re.compile(r"arn:aws[a-z-]*:|\((hidden|sensitive|known after apply)\)?")
_SAYS_NOTHING: Final = frozenset({"", "false", "none", "null", "true"})
_SMALLEST_SECRET: Final = 1000
_FIELD_OF_A_NAME: Final = frozenset({"key", "name", "option", "variable"})
_FIELD_OF_A_VALUE: Final = frozenset(
    {"content", "data", "default", "text", "val", "value", "values"}
)


@functools.lru_cache(maxsize=8192)
def names_a_secret(name: str) -> bool:
    """Whether an argument, key, flag or variable of this name is expected to hold a secret."""
    words = tuple(word.lower() for word in _WORD.findall(name.rpartition(":")[2][:_LONGEST_NAME]))
    if not words or name in _HARMLESS:
        return False
    if any(words[-len(end) :] == end for end in _SECRET_ALL_THE_SAME):
        return True
    if (
        _VARIABLE_OF_A_KEY.fullmatch(name)
        and words[-2:-1]
        and not _NO_SECRET_KEY.fullmatch(words[-2])
    ):
        return True
    return not _HARMLESS_END.fullmatch(words[-1]) and _speaks(words)


def _speaks(words: tuple[str, ...]) -> bool:
    if words[-1] in ("token", "tokens") and words[-2:-1] and words[-2] in _NO_TOKEN:
        return False
    if any(_WORDS.fullmatch(word) or _STEMS.search(word) for word in words):
        return True
    return any(
        pair in _PAIRS or (pair[1] in ("key", "keys") and _OF_A_KEY.fullmatch(pair[0]))
        for pair in itertools.pairwise(words)
    )


def is_harmless(value: object) -> bool:
    """Whether a value gives nothing away, whatever its name: a boolean, a small number, an ARN.

    A boolean may be written as text; a number is small below 1,000, which is no PIN.
    """
    if isinstance(value, str):
        word = value.strip().lower()
        return word in _SAYS_NOTHING or bool(_ANY_VALUE.match(value))
    if isinstance(value, int | float):
        return abs(value) < _SMALLEST_SECRET
    return value is None


def secret_keys(value: Json) -> list[str]:
    """The keys under which an object says of itself that it holds a secret.

    The value of a pair such as `{name, value}` or `{parameter_name, parameter_value}` whose name
    speaks of one, the data of a Kubernetes Secret, the value of a parameter of type SecureString.
    """
    if not isinstance(value, dict):
        return []
    if value.get("kind") == "Secret":
        return [key for key in ("data", "stringData") if key in value]
    values, names = _fields(tuple(value))
    named = values and (
        value.get("type") == "SecureString"
        or any(isinstance(value[key], str) and names_a_secret(value[key]) for key in names)
    )
    return list(values) if named else []


@functools.lru_cache(maxsize=8192)
def _fields(keys: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which of an object's keys hold a value, and which its name."""
    return (
        tuple(key for key in keys if _last_word(key) in _FIELD_OF_A_VALUE),
        tuple(key for key in keys if _last_word(key) in _FIELD_OF_A_NAME),
    )


def _last_word(name: str) -> str:
    words = _WORD.findall(name[:_LONGEST_NAME])
    return words[-1].lower() if words else ""
