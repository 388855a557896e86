"""What Terraform says when it fails -> one sentence with the way out."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from commands import leftovers
from commands.environment import CONFIGURATION
from commands.locks import Lock
from commands.providers import kept_lock
from commands.stacks import STATE_SUFFIX, Stack
from commands.terraform import Diagnostic, Outcome, Program

INTERRUPTED: Final = "docs/how-to/an-apply-was-interrupted.md"

_NOISE: Final = re.compile(r",? ?(?:RequestID|HostID|request id): [^,\n]*,?")
_LONGEST: Final = 600


def lock_of(outcome: Outcome) -> Lock | None:
    """The lock that stood in the way, if one did."""
    for error in outcome.errors:
        if "acquiring the state lock" in error.summary:
            return Lock.told_in(error.detail)
    return None


def in_words(outcome: Outcome, stack: Stack, program: Program) -> list[str]:
    """A line for each thing that went wrong, without repeating one."""
    return _each(outcome, lambda error: _explained(error, stack, program), program.command)


def own_words(outcome: Outcome, program: str) -> list[str]:
    """The same where there is no stack that could explain it: what Terraform says, shortened."""
    return _each(outcome, _shortened, program)


def _each(outcome: Outcome, told: Callable[[Diagnostic], str], program: str) -> list[str]:
    lines = [told(error) for error in outcome.errors]
    if not lines and outcome.text:
        text = "\n".join(line.strip(" │╷╵") for line in outcome.text)
        at = max(text.find("Error: "), 0)
        lines = [told(Diagnostic("error", text[at:]))]
    if not lines:
        lines = [f"{program} ended with {outcome.code} and said nothing"]
    return list(dict.fromkeys(lines))


def _explained(error: Diagnostic, stack: Stack, program: Program) -> str:
    whole = f"{error.summary}\n{error.detail}"
    for pattern, explain in _EXPLANATIONS:
        if found := re.search(pattern, whole, re.IGNORECASE | re.DOTALL):
            return explain(_Case(found, error, stack, program))
    return _shortened(error)


def _shortened(error: Diagnostic) -> str:
    """Terraform's own words on one line, without the numbers that only AWS can read."""
    words = " ".join(_NOISE.sub("", f"{error.summary}\n{error.detail}").split())
    text = words if len(words) <= _LONGEST else f"{words[:_LONGEST]} ..."
    return f"{error.address}: {text}" if error.address else text


@dataclass(frozen=True)
class _Case:
    """A failure that was recognised: what the pattern found, and where."""

    found: re.Match[str]
    error: Diagnostic
    stack: Stack
    program: Program


def _no_credentials(_: _Case) -> str:
    return (
        "no AWS credentials: looked at AWS_ACCESS_KEY_ID and AWS_PROFILE, at ~/.aws/credentials "
        "and ~/.aws/config, and for the role of a container or instance; sign in (aws sso login, "
        "or aws configure) until aws sts get-caller-identity answers"
    )


def _expired(_: _Case) -> str:
    return "the AWS credentials have expired; renew them (aws sso login), then run this again"


def _unknown_credentials(_: _Case) -> str:
    return (
        "AWS does not accept the credentials; see which ones are used with "
        "aws sts get-caller-identity, and sign in again"
    )


def _other_account(case: _Case) -> str:
    return (
        f"the credentials are of account {case.found[1]}, and that is not the cluster's: "
        f"clusters/{case.stack.cluster}.yaml says account_id; change AWS_PROFILE"
    )


def _denied(case: _Case) -> str:
    who = f"{case.found['who']} may not " if case.found["who"] else "denied: "
    return f"{_at(case)}AWS says {who}{case.found['what']}; ask for that permission"


def _state_stack(case: _Case) -> Stack | None:
    """The stack that makes the bucket and the table for the state, if the spec wants one."""
    made = Stack(case.stack.cluster, case.stack.cluster + STATE_SUFFIX, case.stack.out)
    return made if (made.directory / CONFIGURATION).exists() else None


def _no_bucket(case: _Case) -> str:
    made = _state_stack(case)
    if made is not None:
        return (
            f"the bucket {case.found[1]} that is to hold the state does not exist yet; "
            f"{made.again('deploy')} makes it"
        )
    return (
        f"the bucket {case.found[1]} that is to hold the state does not exist; make it, correct "
        f"state.bucket in clusters/{case.stack.cluster}.yaml, or say state: {{create: true}} there"
    )


def _no_table(case: _Case) -> str:
    made = _state_stack(case)
    way = (
        f"{made.again('deploy')} makes it"
        if made is not None
        else "make it, or say use_lockfile: true in place of dynamodb_table"
    )
    return f"the table that is to hold the state's lock does not exist; {way}"


def _no_image(case: _Case) -> str:
    return (
        f"{case.error.address}: the account has no such node image in this region; build one "
        "(docs/how-to/node-image.md), or take Amazon's: image: {family: al2023} in the node group"
    )


def _locked(case: _Case) -> str:
    lock = Lock.told_in(case.error.detail)
    who, since, id_ = (lock.who, lock.since, lock.id) if lock else ("somebody", "some time", "ID")
    return (
        f"the state is locked by {who} since {since}; wait for it, and only if nobody is at it any "
        f"more: {case.stack.by_hand('force-unlock', '-force', id_)} ({INTERRUPTED})"
    )


def _protected(case: _Case) -> str:
    return (
        f"{case.found[1]} is protected from being destroyed (prevent_destroy), "
        "so nothing of this plan is done"
    )


def _no_providers(case: _Case) -> str:
    return (
        "the providers cannot be fetched from their registry; check the network and the proxy "
        f"(HTTPS_PROXY), or set up a mirror: {_MIRRORS[case.program.name]}"
    )


_MIRRORS: Final = {
    "OpenTofu": "https://opentofu.org/docs/cli/config/config-file/#provider-installation",
    "Terraform": "https://developer.hashicorp.com/terraform/cli/config/config-file"
    "#provider-installation",
}


def _stale(_: _Case) -> str:
    return (
        "the state has changed since the plan was made, so this plan is not applied; run this "
        "again, and look at the new one"
    )


def _no_version(case: _Case) -> str:
    return (
        f"{case.found[1]} {case.found[2]} cannot be had here, and "
        f"{kept_lock(case.stack, case.program)} asks for it; docs/how-to/pin-the-providers.md says "
        "how to take another"
    )


def _other_providers(case: _Case) -> str:
    return (
        f"{kept_lock(case.stack, case.program)} holds no checksum for this machine's providers; "
        "docs/how-to/pin-the-providers.md says how to add it"
    )


def _unreachable(case: _Case) -> str:
    return (
        f"{_at(case)}AWS does not answer: {case.found[0].strip()}; check the network, the proxy "
        "(HTTPS_PROXY, NO_PROXY) and the region"
    )


def _not_empty(case: _Case) -> str:
    return (
        f"{_at(case)}AWS deletes nothing that is in use: something that Terraform did not make is "
        f"in it, such as a load balancer, a network interface or an object; {leftovers.HOW_TO} "
        "says how to find and clear it"
    )


def _kubectl(case: _Case) -> str:
    return case.found[1].strip()


def _at(case: _Case) -> str:
    return f"{case.error.address}: " if case.error.address.partition(".")[2] else ""


_EXPLANATIONS: Final[tuple[tuple[str, Callable[[_Case], str]], ...]] = (
    (r"acquiring the state lock.*Lock Info", _locked),
    (r"(?:^|\n)(kubectl (?:apply|delete) of [^\n]+)", _kubectl),
    (r"DependencyViolation|BucketNotEmpty|mapped public address\(es\)", _not_empty),
    (
        r"ExpiredToken|token (?:included in the request )?(?:is|has) expired|RequestExpired",
        _expired,
    ),
    (r"No valid credential sources|failed to refresh cached credentials", _no_credentials),
    (
        r"InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient|AuthFailure",
        _unknown_credentials,
    ),
    (r"Saved plan is stale", _stale),
    (r"AWS account ID not allowed: (\d+)", _other_account),
    (r'S3 bucket "([^"]+)" does not exist', _no_bucket),
    (r"state lock.*ResourceNotFoundException", _no_table),
    (
        r"(?P<who>arn:[\w:/.+=,@-]+) is not authorized to perform: (?P<what>[\w:*-]+"
        r"(?: on resource: [^\s,]+)?)",
        _denied,
    ),
    (r"(?P<who>)(?P<what>\w*(?:AccessDenied|UnauthorizedOperation)\w*[^\n]*)", _denied),
    (r"query returned no results", _no_image),
    (r"Instance cannot be destroyed.*?Resource (\S+) has lifecycle\.prevent_destroy", _protected),
    (r"(?:doesn't|does not) match any of the checksums", _other_providers),
    (
        r"for provider ([\w/.-]+): the previously-selected version (\S+) is no longer available",
        _no_version,
    ),
    (r"Failed to query available provider|could not connect to registry", _no_providers),
    (
        r"no such host|connection refused|i/o timeout|network is unreachable|TLS handshake",
        _unreachable,
    ),
)
"""What a failure says, and what to say of it; the first that fits."""


def warnings_of(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Terraform's warnings that are not about what this project chose itself."""
    seen = set()
    for outcome in outcomes:
        for warning in outcome.diagnostics:
            ours = "dynamodb_table" in warning.detail or "lock file" in warning.summary
            if warning.severity == "warning" and not ours and warning.summary not in seen:
                seen.add(warning.summary)
                yield f"warning: {_shortened(warning)}"
