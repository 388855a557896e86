"""Secrets that can be told from a text alone: tokens by their looks, and what is called one.

`DB_PASSWORD=x`, `"password": "x"`, `--token x`, `Authorization: Bearer x`, `?sig=x`,
`://user:x@host`. Every pattern starts at one place and looks at a bounded number of characters
from there, so that the time is linear in the length of a text, whatever is in it.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Iterator
from typing import Final

from plan_review.masking.names import is_harmless, names_a_secret

_LOOKS: Final = re.compile(
    r"""
    -----BEGIN[ ][A-Z0-9 ]{0,40}PRIVATE[ ]KEY             # PEM, OpenSSH, PGP
    | \bPuTTY-User-Key-File
    | \b(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b               # AWS access key ids
    | \b(ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20}             # GitHub
    | \bgithub_pat_[A-Za-z0-9_]{20}
    | \bgl(pat|dt|rt|cbt|ptt|ft|soat|agent)-[A-Za-z0-9_-]{16}   # GitLab
    | \bxox[abeoprs]-[A-Za-z0-9-]{10}                     # Slack
    | \bxapp-[0-9]-[A-Za-z0-9-]{10}
    | \bhooks\.(slack\.com/(services|workflows)|zapier\.com/hooks)/
    | \bdiscord(app)?\.com/api/webhooks/\d{1,30}/\S
    | \bapi\.telegram\.org/bot\d{1,20}:\S
    | /IncomingWebhook/\S                                 # Teams
    | \bevents(\.eu)?\.pagerduty\.com/(x-ere|integration)/\S
    | \$(2[abxy]|5|6|7|y|argon2[a-z]{1,2}|scrypt)\$[A-Za-z0-9./$=,+-]{16}   # hashed passwords
    | \b(sqlplus\s{1,9}|:thin:)[^\s/@:]{1,100}/[^\s/@]{1,200}@             # Oracle
    | \b[rs]k_(live|test)_[A-Za-z0-9]{10}                 # Stripe
    | \bsk-[A-Za-z0-9_-]{20}                              # OpenAI, Anthropic
    | \bAIza[A-Za-z0-9_-]{30}                             # Google
    | \bya29\.[A-Za-z0-9_-]{20}
    | \bGOCSPX-[A-Za-z0-9_-]{20}
    | \bnpm_[A-Za-z0-9]{30}
    | \bpypi-[A-Za-z0-9_-]{30}
    | \bhv[sbr]\.[A-Za-z0-9_-]{20}                        # Vault
    | \bdo[opr]_v1_[a-f0-9]{30}                           # DigitalOcean
    | \bdckr_pat_[A-Za-z0-9_-]{20}                        # Docker
    | \bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16}       # SendGrid
    | \bglsa_[A-Za-z0-9]{20}                              # Grafana
    | \bglc_[A-Za-z0-9+/=]{20}
    | \bhf_[A-Za-z0-9]{30}                                # Hugging Face
    | \bATATT[A-Za-z0-9_=-]{20}                           # Atlassian
    | \bshp(at|ca|pa|ss)_[a-fA-F0-9]{30}                  # Shopify
    | \bAGE-SECRET-KEY-1
    | \b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{20}       # HCP Terraform
    | \bdp\.(pt|st|ct)\.[A-Za-z0-9]{20}                   # Doppler
    | \beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{4}        # JSON web tokens
    | ://[^/\s:@"']{0,200}:[^/\s@"']{1,200}@              # credentials in a URL
    | \b(postgres(ql)?|mysql|mariadb|mongodb(\+srv)?|rediss?|amqps?|mssql|sqlserver)
      ://[^\s:@]{0,200}:[^\s@]{1,200}@
    | ://[^/\s:@?\#"'.]{20,200}@
    | [?&](sig|signature|x-(amz|goog|ms)-[a-z-]{0,40}(signature|credential|token)|key|code)=[^\s&]
    | \bauthorization(\\{0,4}["'])?\s{0,9}[:=]\s{0,9}\S
    | \b(bearer|negotiate)\s{1,9}(?!auth(entication|orization)?\b|tokens?\b)[a-z0-9._~+/=-]{6}
    | (?<!\S)-p(?![\s\d/-])(?!(a(ckages?|rallel(ism)?|th)|er(f|iod)|kg|l(ugin(-dir)?|ot)|o(licy|rt)
      |r(efix|int0?|etty|od|ofile|ogress|oject|ovider|oto)|ub|ublic)\b)[^\s=]   # mysql -pPASSWORD
    | (?<!\S)(-u|--user)(\s{1,9}|=)["']?(?!\d{1,9}:\d)[^\s:"']{1,200}:[^\s/]
    | \b(sshpass|mongo\w{0,20}|redis-cli|ldap\w{0,20}|(docker|podman|helm|registry|crane|oras|az)
      \s{1,9}login)\b[^\n]{0,300}\s-[apw]\s{1,9}(?!\d{1,9}(\s|$))\S
    | \bidentified\s{1,9}(with\s{1,9}\w{1,40}\s{1,9})?by\s{1,9}\S
    | \bpassword\s{1,9}\\{0,4}["'][^"']
    | \blogin\s{1,9}\S{1,200}\s{1,9}password\s{1,9}\S     # .netrc
    | \bpassword\s{1,9}is\s{1,9}
      (?!(empty|generated|in|managed|not|optional|read|required|set|stored)\b)\S
    | \baws_(secret_access_key|session_token)\s{1,9}\S
    | \bvault\s{1,9}login\s{1,9}(?!-)\S
    | \bhtpasswd\s[^\n]{0,100}-\w{0,5}b\w{0,5}\s
    | \bkind(\\{0,4}["'])?\s{0,9}:\s{0,9}(\\{0,4}["'])?Secret\b       # Kubernetes, in one line
    | \brequirepass\s{1,9}\S
    | :[^\s|]{1,200}\s{0,9}\|\s{0,9}(\S{1,20}\s{1,9})?chpasswd
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_ASSIGNED: Final = re.compile(
    r"(?<![A-Za-z0-9_])(?P<name>[A-Za-z_][A-Za-z0-9_.-]{0,100}+)(?=(?P<quote>(\\{0,4}[\"'])?\]?)"
    r"(?P<sep>\s{0,9}(=>|:=|==?|:)\s{0,9})"
    r"(\\{0,4}[\"'](?P<quoted>[^\"'\\]{1,200})"
    r"|(?P<bare>[^\s\"'\\,})\]][^\s\"'\\,;&})\]]{0,200})))",
    re.ASCII,
)
_FLAG: Final = re.compile(
    r"(?<![\w-])--?(?P<name>[A-Za-z][A-Za-z0-9_.-]{1,100}+)\s{1,9}"
    r"[\"']?(?P<value>[^\s\"'-][^\s\"']{0,200})",
    re.ASCII,
)
_ELEMENT: Final = re.compile(
    r"<(?P<name>[A-Za-z_][A-Za-z0-9_.-]{0,100}+)[^<>]{0,200}>(?P<value>[^<\s]{1,200})", re.ASCII
)
_NEEDS_NO_SPACE: Final = re.compile(
    r"(?i)(\w{0,40}[_-])?(pass(word|wd|phrase|code)|pwd)\Z", re.ASCII
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{8,100000}={0,2}\Z", re.ASCII)
_BASIC: Final = re.compile(r"(?i)\bbasic\s{1,9}([A-Za-z0-9+/]{6,2000}={0,2})", re.ASCII)


@functools.lru_cache(maxsize=8192)
def holds_a_secret(text: str) -> bool:
    """Whether a text shows, by itself, that there is a secret in it."""
    if _shows_one(text) or any(map(_is_basic, _BASIC.findall(text))):
        return True
    decoded = of_base64(text)
    return decoded is not None and _shows_one(decoded)


@functools.lru_cache(maxsize=8192)
def of_base64(text: str) -> str | None:
    """What a whole text is base64 of, None where that is no text."""
    return _decoded(text) if _BASE64.match(text) else None


def _shows_one(text: str) -> bool:
    return bool(_LOOKS.search(text) or assigned(text))


@functools.lru_cache(maxsize=8192)
def assigned(text: str) -> tuple[str, ...]:
    """What a text gives to names that speak of a secret: the `x` of `DB_PASSWORD=x`."""
    return tuple(_assigned(text))


def _assigned(text: str) -> Iterator[str]:
    for match in _ASSIGNED.finditer(text) if "=" in text or ":" in text else ():
        name, value = match["name"], match["quoted"] or match["bare"]
        if _is_assignment(match) and names_a_secret(name) and not _is_word(value):
            yield value
    for sign, pattern in (("-", _FLAG), ("<", _ELEMENT)):
        for match in pattern.finditer(text) if sign in text else ():
            if names_a_secret(match["name"]) and not _is_word(match["value"]):
                yield match["value"]


def _is_assignment(match: re.Match[str]) -> bool:
    """Whether a colon stands for one: `secretsmanager:GetSecretValue` is a name, not a value."""
    spaced = match["sep"][-1:].isspace() or "=" in match["sep"]
    return bool(spaced or match["quote"] or match["quoted"] or _NEEDS_NO_SPACE.match(match["name"]))


def _is_word(value: str) -> bool:
    return is_harmless(value)


def _is_basic(text: str) -> bool:
    decoded = _decoded(text)
    return decoded is not None and ":" in decoded


def _decoded(text: str) -> str | None:
    """What a text is base64 of, None where that is no text."""
    padded = text.rstrip("=").replace("-", "+").replace("_", "/")
    padded += "=" * (-len(padded) % 4)
    try:
        decoded = base64.b64decode(padded, validate=True).decode("utf-8")
    except (ValueError, binascii.Error):
        return None
    return decoded if decoded.isprintable() or "\n" in decoded else None
