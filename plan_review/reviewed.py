"""Whether what is about to be applied is what was reviewed: the check before an apply.

    python -m plan_review.reviewed --stack lovelace --record reviewed.json --commit SHA \
      --before SHA --branch main

The review of a pull request uploads a record of its plan (record.py). It is looked for by the
pull request's last commit, among the artifacts of this workflow's own runs: unlike a comment,
nobody can edit one. Only a pull request that was merged into the branch counts. Where a push holds
several, or an earlier one was never applied, the plan of any of them will do: what it does has been
looked at. Environment: as for github.py. Exit codes: 0 it is, 1 it is not, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from plan_review.errors import ReviewError
from plan_review.github import GitHub
from plan_review.record import Record, parse_record
from plan_review.report.markdown import safe_name

RECORD: Final = "reviewed.json"
"""The one file in the artifact of a review."""
WORKFLOW: Final = ".github/workflows/plan.yml"
_MOST_EARLIER: Final = 30


def artifact_name(stack: str) -> str:
    """What the artifact of a stack's review is called."""
    return f"plan-review-{safe_name(stack)}"


class Reviews:
    """The records that the reviews of one stack have left, by the commit they reviewed."""

    def __init__(self, github: GitHub, stack: str, workflow: str) -> None:
        """Take the stack, and the file of the workflow whose runs are trusted."""
        self._github = github
        self._workflow = workflow
        self._of_commit: dict[str, list[dict[str, Any]]] = {}
        for artifact in github.artifacts(artifact_name(stack)):
            run = artifact.get("workflow_run")
            if isinstance(run, dict) and not artifact.get("expired"):
                self._of_commit.setdefault(str(run.get("head_sha")), []).append(artifact)

    def of(self, commit: str) -> Record | None:
        """The newest record of a commit, None where there is none that can be trusted."""
        artifacts = self._of_commit.get(commit, [])
        for artifact in sorted(artifacts, key=lambda a: str(a.get("created_at")), reverse=True):
            run = self._github.run(int(artifact["workflow_run"].get("id", 0)))
            home, head = run.get("repository"), run.get("head_repository")
            if (
                str(run.get("path")).partition("@")[0] == self._workflow
                and run.get("event") == "pull_request"
                and run.get("head_sha") == commit
                and isinstance(home, dict)
                and isinstance(head, dict)
                and home.get("id") == head.get("id")
            ):
                return self._read(int(artifact["id"]))
        return None

    def _read(self, artifact: int) -> Record:
        where = f"the artifact {artifact}"
        try:
            with zipfile.ZipFile(io.BytesIO(self._github.download(artifact))) as archive:
                raw = archive.open(RECORD).read(100_000)
        except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
            raise ReviewError(f"{where} is not a record of a review") from None
        return parse_record(raw, where)


def check(
    github: GitHub, record: Record, reviews: Reviews, *, stack: str, commits: list[str], branch: str
) -> str:
    """Say which pull request's review a plan was in.

    `commits` are those of the push, the newest last.

    Raises:
        ReviewError: it was in none, or the plan is another one.
    """
    pushed = list(_merged(github, commits, branch))
    numbers = {pull["number"] for pull in pushed}
    found = []
    for pull in (*pushed, *_earlier(github, branch, numbers)):
        reviewed = reviews.of(_head(pull))
        if reviewed is None:
            continue
        if reviewed.plan == record.plan:
            _same_providers(reviewed, record, stack, pull["number"])
            late = "" if pull["number"] in numbers else ", which no apply has carried out yet"
            return f"the plan is the one reviewed in pull request {pull['number']}{late}"
        if pull["number"] in numbers:
            found.append(pull["number"])
    raise ReviewError(_why_not(stack, commits[-1], branch, pushed, found))


def _why_not(
    stack: str, commit: str, branch: str, pushed: list[dict[str, Any]], reviewed: list[int]
) -> str:
    way_out = (
        f"open a pull request that changes nothing (git commit --allow-empty), read its review of "
        f"{stack}, and merge it"
    )
    if not pushed:
        return f"commit {commit} came from no pull request merged into {branch}; {way_out}"
    numbers = " and ".join(str(pull["number"]) for pull in pushed)
    which = f"pull request {numbers}" if len(pushed) == 1 else f"pull requests {numbers}"
    if not reviewed:
        return (
            f"{which} left no plan review of {stack} (it is kept for 90 days, and a fork's leaves "
            f"none); {way_out}"
        )
    if len(pushed) == 1:
        return (
            f"the plan of {stack} is not the one reviewed in {which}; what it does has changed "
            f"since; {way_out}"
        )
    return (
        f"the plan of {stack} is none of those reviewed in {which}, which were merged together; "
        f"{way_out}"
    )


def _merged(github: GitHub, commits: list[str], branch: str) -> Iterator[dict[str, Any]]:
    """The pull requests that a push has merged into its branch, the newest first."""
    seen = set()
    for commit in reversed(commits):
        for pull in github.pull_requests_of(commit):
            made = pull.get("merge_commit_sha")
            number = pull.get("number")
            if number in seen or not pull.get("merged_at") or made not in commits:
                continue
            if _base(pull) == branch:
                seen.add(number)
                yield pull


def _earlier(github: GitHub, branch: str, but: set[int]) -> Iterator[dict[str, Any]]:
    """The pull requests merged before; their own apply may have been dropped from a queue."""
    pulls = [pull for pull in github.merged_into(branch) if pull.get("number") not in but]
    pulls.sort(key=lambda pull: str(pull.get("merged_at")), reverse=True)
    yield from (pull for pull in pulls[:_MOST_EARLIER] if _base(pull) == branch)


def _same_providers(reviewed: Record, record: Record, stack: str, pull: int) -> None:
    if reviewed.providers == record.providers:
        return
    names = reviewed.providers.keys() | record.providers.keys()
    differing = [n for n in sorted(names) if reviewed.providers.get(n) != record.providers.get(n)]
    told = [
        f"{name} {_version(reviewed, name)} then, {_version(record, name)} now"
        for name in differing
    ]
    raise ReviewError(
        f"pull request {pull} was planned with other providers: {'; '.join(told)}; keep "
        f"clusters/{stack}.lock.hcl in git, so that every plan is made with the same"
    )


def _version(record: Record, name: str) -> str:
    provider = record.providers.get(name)
    return f"{provider.version} ({provider.checksums[:8]})" if provider else "none"


def _head(pull: dict[str, Any]) -> str:
    head = pull.get("head")
    return str(head.get("sha")) if isinstance(head, dict) else ""


def _base(pull: dict[str, Any]) -> str:
    base = pull.get("base")
    return str(base.get("ref")) if isinstance(base, dict) else ""


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        record = parse_record(_read(options.record), options.record)
        github = GitHub.from_environment()
        answer = check(
            github,
            record,
            Reviews(github, options.stack, options.workflow),
            stack=options.stack,
            commits=github.commits_between(options.before, options.commit)
            if options.before
            else [options.commit],
            branch=options.branch,
        )
    except ReviewError as error:
        print(f"plan_review.reviewed: {error}", file=sys.stderr)  # noqa: T201  # the command's own error
        return 1
    print(answer)  # noqa: T201  # the command's own answer
    return 0


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise ReviewError(f"cannot read {name!r}: {str(error.strerror).lower()}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m plan_review.reviewed", allow_abbrev=False)
    parser.add_argument("--stack", required=True, metavar="NAME")
    parser.add_argument("--record", required=True, metavar="FILE", help="that of this plan")
    parser.add_argument("--commit", required=True, metavar="SHA", help="the newest of the push")
    parser.add_argument("--before", default="", metavar="SHA", help="where the branch was before")
    parser.add_argument("--branch", required=True, help="the branch that is applied")
    parser.add_argument(
        "--workflow",
        default=_own_workflow(),
        metavar="FILE",
        help=f"the workflow whose runs are trusted (its own on GitHub, else {WORKFLOW})",
    )
    return parser


def _own_workflow() -> str:
    """The file of the running workflow, from `owner/name/FILE@ref`."""
    parts = os.environ.get("GITHUB_WORKFLOW_REF", "").partition("@")[0].split("/", 2)
    return parts[-1] if len(parts) > 2 else WORKFLOW  # noqa: PLR2004  # owner, name, file


if __name__ == "__main__":
    sys.exit(main())
