"""A good spec, ways to spoil it, and what the loader says then."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from constructs_lib.spec import ClusterSpec
from constructs_lib.spec.loader import load
from constructs_lib.spec.problems import SpecErrors
from constructs_lib.tables import kubernetes_versions

TODAY = date(2026, 11, 23)

GOOD = """\
name: ada
region: us-west-2
availability_zones: [us-west-2a, us-west-2b]
vpc_cidr: 10.1.0.0/16
kubernetes_version: "1.36"
node_groups:
  node:
    min_size: 1
    max_size: 2
"""

KEYS = ", ".join(ClusterSpec.model_fields)
VERSIONS = ", ".join(kubernetes_versions.offered())
NAME_RULE = (
    "use 1 to 50 letters, digits, hyphens and underscores, "
    "starting with a letter or digit, but not with sg-"
)
GROUP_RULE = (
    "use lower-case letters, digits and hyphens, not starting with node-: "
    "the address is node-<key> already"
)
ADA = "arn:aws:iam::123456789012:user/ada"

Change = Callable[[str], str]


def instead(old: str, new: str) -> Change:
    """Write `new` where the good spec has `old`."""
    assert old in GOOD
    return lambda text: text.replace(old, new)


def also(line: str) -> Change:
    """Add a top-level line, which becomes line 6."""
    return instead("node_groups:\n", f"{line}\nnode_groups:\n")


def in_group(line: str) -> Change:
    """Write `line` in the node group, in line 8."""
    return instead("min_size: 1", line)


def whole(text: str) -> Change:
    """Write nothing but `text`."""
    return lambda _: text


def named(name: str, change: Change) -> Change:
    """Make `change` in a cluster called `name`."""
    return lambda text: change(text).replace("name: ada", f"name: {name}")


def add(root: Path, name: str, text: str = GOOD) -> None:
    """Write the spec of a cluster called `name`."""
    (root / "clusters" / f"{name}.yaml").write_text(text.replace("name: ada", f"name: {name}"))


def problems(root: Path, *names: str) -> list[str]:
    """What is wrong with the specs in `root`, a line each."""
    with pytest.raises(SpecErrors) as caught:
        load(root, names=names, today=TODAY)
    return str(caught.value).splitlines()


def warnings(root: Path, *names: str) -> list[str]:
    """What the owners of the good specs in `root` are told, a line each."""
    return [str(warning) for warning in load(root, names=names, today=TODAY).warnings]


def told(root: Path, change: Change) -> list[str]:
    """What is wrong with the good spec after a change: lines, places and sentences."""
    (root / "clusters" / "ada.yaml").write_text(change(GOOD))
    return [line.removeprefix("clusters/ada.yaml:") for line in problems(root)]
