"""The way out of CDKTF: the same constructs on cdktn, its continuation, give the golden files.

Its bindings are of a newer provider too, so what they write is a second witness that nothing in
the golden files is refused there.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import fleet, peers
from constructs_lib.terraform import bindings
from tests import golden, synthesis
from tests.provider_schemas import newest
from tests.provider_schemas.check import refused
from tests.requirements import require
from tests.terraform_json import without_notes

pytestmark = pytest.mark.full

CASES = golden.cases()

DIFFERENT: dict[str, str] = {}
"""Where the JSON may differ: the path, and why."""

OnCdktn = Callable[[Path], dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def on_cdktn(tmp_path_factory: pytest.TempPathFactory) -> OnCdktn:
    """`on_cdktn(case)`: the Terraform JSON of each stack of a golden case, made on cdktn."""
    scratch = tmp_path_factory.mktemp("cdktn")
    try:
        python = peers.install(scratch / "peers")
    except subprocess.CalledProcessError as error:
        require(False, f"cdktn cannot be installed: {str(error.stderr).strip().splitlines()[-1]}")
    bindings.use_packaged_node()
    environment = {
        **os.environ,
        "PYTHONPATH": str(synthesis.ROOT),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(scratch / "jsii"),
        "CLUSTERS": "",
    }

    def made(case: Path) -> dict[str, dict[str, Any]]:
        project = fleet.lay_out(scratch / case.name)
        fleet.copy_manifests(project)
        text = golden.spec(case).read_text(encoding="utf-8")
        name = synthesis.name_of(text)
        (project / "clusters" / f"{name}.yaml").write_text(text, encoding="utf-8")
        run = subprocess.run(
            [str(python), "-m", "bench.peers.cdktn_main"],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        return {
            stack.name.removeprefix(name).removeprefix("-"): without_notes(
                json.loads((stack / golden.JSON).read_text(encoding="utf-8"))
            )
            for stack in (project / "cdktf.out" / "stacks").iterdir()
        }

    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cdktn_writes_the_golden_files(case: Path, on_cdktn: OnCdktn) -> None:
    made = on_cdktn(case)

    assert made.keys() == {
        path.parent.relative_to(case).as_posix().removeprefix(".") for path in golden.files(case)
    }
    for folder, document in made.items():
        wanted = json.loads((case / folder / golden.JSON).read_text(encoding="utf-8"))
        different = set(_different(document, wanted, "")) - DIFFERENT.keys()
        assert different == set(), case.name
        assert refused(document, newest()) == []


def _different(one: Any, other: Any, path: str) -> Iterator[str]:
    """The paths at which two documents differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {*one, *other}:
            yield from _different(one.get(key), other.get(key), f"{path}.{key}" if path else key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (here, there) in enumerate(zip(one, other, strict=True)):
            yield from _different(here, there, f"{path}[{index}]")
    elif one != other:
        yield path
