"""The programs that a command needs beside Terraform: whether they are there, and new enough."""

import re
import shutil
import subprocess
from collections.abc import Iterator

from commands.terraform import ProgramMissingError, find

KUBECTL_MINOR = 26
"""What the script asks for that applies manifests."""

KUBECTL_HOME = "https://kubernetes.io/docs/tasks/tools/"
AWS_HOME = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"


def require(*, to_apply: bool = False) -> None:
    """See that what a plan needs is there, or what an apply needs.

    Raises:
        ProgramMissingError: with a line for each that is missing or too old.
    """
    lines = list(_missing(to_apply))
    if lines:
        raise ProgramMissingError("\n".join(lines))


def _missing(to_apply: bool) -> Iterator[str]:
    try:
        find()
    except ProgramMissingError as error:
        yield str(error)
    if not to_apply:
        return
    kubectl = _kubectl()
    if kubectl:
        yield f"needs kubectl 1.{KUBECTL_MINOR} or newer, kubectl {kubectl}; see {KUBECTL_HOME}"
    if shutil.which("aws") is None:
        yield f"needs the AWS CLI, which is not on PATH; see {AWS_HOME}"


def _kubectl() -> str | None:
    """What is wrong with kubectl, if something is."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        return "is not on PATH"
    told = subprocess.run(
        [kubectl, "version", "--client"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = re.search(r"v(\d+)\.(\d+)", told)
    if found is None:
        return "is of unknown version"
    major, minor = int(found[1]), int(found[2])
    return None if (major, minor) >= (1, KUBECTL_MINOR) else f"is {major}.{minor}"
