"""Record the contract of the version in pyproject.toml: ``python -m tests.contract.record``.

Applies each case to the emulator and keeps its spec and its state. A version that is released is
never recorded again: what people have was made by it.
"""

import json
import re
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

from tests import synthesis
from tests.contract.stack import STATE, ContractStack, add_images
from tests.emulator.aws import AwsEmulator

DIRECTORY = Path(__file__).parent
SPEC = "cluster.yaml"

_GOLDEN = synthesis.ROOT / "tests" / "golden"
_EXAMPLES = synthesis.ROOT / "examples"
CASES = {
    "lovelace": _GOLDEN / "lovelace" / SPEC,
    "everything": _GOLDEN / "everything" / SPEC,
    "access-entries": _GOLDEN / "access-entries" / SPEC,
    "as-printed": _EXAMPLES / "chapter7-as-printed.yaml",
    **{
        name: _EXAMPLES / f"{name}.yaml"
        for name in (
            "drain",
            "existing-vpc",
            "fargate",
            "irsa",
            "people-by-oidc",
            "production",
            "subnets-by-zone",
        )
    },
}
"""Specs that together have every resource of this project."""

IMAGE_OF_THE_EXAMPLE = "ami-0a1b2c3d4e5f67890"
"""In an adopted cluster's spec the image has its id, and here it has to be one of the emulator."""

SECRETS = re.compile(
    r"(AKIA|ASIA)[0-9A-Z]{16}|PRIVATE KEY-----|k8s-aws-v1\."
    r"|(?i:password|secret)\w*\": \"[^\"]"
)


def version() -> str:
    """The version of this checkout."""
    text = (synthesis.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found: str = tomllib.loads(text)["project"]["version"]
    return found


def released(changelog: Path) -> list[str]:
    """The versions that a changelog has, without the one that is in the making."""
    text = changelog.read_text(encoding="utf-8")
    return re.findall(r"(?m)^## (\d+\.\d+\.\d+)$", text)


def record(case: str, target: Path, scratch: Path) -> None:
    """Apply the stacks of a case; keep its spec and their states in `target`."""
    text = CASES[case].read_text(encoding="utf-8")
    target.mkdir(parents=True)
    with AwsEmulator() as aws:
        text = text.replace(IMAGE_OF_THE_EXAMPLE, aws.add_image("eks-worker-by-hand"))
        (target / SPEC).write_text(text, encoding="utf-8")
        for name, written in synthesis.stacks(text).items():
            add_images(aws, json.loads(written))
            stack = ContractStack(scratch / name, written, aws)
            stack.apply()
            (target / f"{name}.state.json").write_text(
                shortened((stack.path / STATE).read_text(encoding="utf-8")), encoding="utf-8"
            )


def shortened(state: str) -> str:
    """A state without outputs and data sources, which every plan makes anew.

    Raises:
        ValueError: it holds something that looks like a secret.
    """
    document = json.loads(state)
    managed = [r for r in document["resources"] if r["mode"] == "managed"]
    document |= {"outputs": {}, "check_results": None, "resources": managed}
    text = json.dumps(document, indent=1) + "\n"
    if found := SECRETS.search(text):
        raise ValueError(f"the state holds what looks like a secret: {found[0]}")
    return text


def main() -> int:
    """Record all cases of this version, once: at its release."""
    target = DIRECTORY / version()
    if target.exists():
        raise SystemExit(
            f"{target.relative_to(synthesis.ROOT)} is there: what a release made is never recorded"
            " again; raise the version in pyproject.toml"
        )
    with tempfile.TemporaryDirectory() as directory:
        recorded = Path(directory) / "recorded"
        for case in CASES:
            record(case, recorded / case, Path(directory) / case)
            sys.stdout.write(f"recorded {case}\n")
        shutil.copytree(recorded, target)
    sys.stdout.write(f"{target.relative_to(synthesis.ROOT)} is the contract of {version()}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
