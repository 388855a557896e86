"""Today's Terraform JSON is the golden one, and the same to the byte wherever it is made."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_origin

import pytest
import yaml

from constructs_lib.spec import ClusterSpec, shape
from constructs_lib.spec.section import Section
from tests import golden, synthesis

CASES = golden.cases()

OF_ADOPTED_CLUSTERS = ("adopted", "as_printed", "node_groups.(launch_configuration).")
"""Sections that no cluster made here has: `examples/` has their cases."""

SYNTHESISE_ALL = """
import json, sys
from tests import golden
json.dump({
    path.relative_to(golden.DIRECTORY).as_posix(): text
    for case in golden.cases() for path, text in golden.synthesised(case).items()
}, sys.stdout)
"""


@pytest.fixture(scope="module")
def differences() -> Mapping[Path, str]:
    """What differs, of all cases."""
    return golden.differences()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_json_is_the_golden_one(case: Path, differences: Mapping[Path, str]) -> None:
    different = {path: diff for path, diff in differences.items() if case in path.parents}

    assert not different, "".join(different.values()) + "\nmeant? run `make golden`"


def test_cases_together_use_every_field_of_the_spec() -> None:
    specs = [yaml.safe_load(golden.spec(case).read_text(encoding="utf-8")) for case in CASES]
    used = {path for spec in specs for path in _used(spec, ClusterSpec)}

    missing = set(_fields(ClusterSpec)) - used
    assert sorted(field for field in missing if not field.startswith(OF_ADOPTED_CLUSTERS)) == []


def test_another_directory_and_another_hash_seed_give_the_same_bytes(tmp_path: Path) -> None:
    for name in (
        "constructs_lib",
        "manifests",
        "examples",
        "tests/golden",
        "packer/node-image.json",
    ):
        copy = shutil.copytree if (synthesis.ROOT / name).is_dir() else shutil.copy
        (tmp_path / name).parent.mkdir(exist_ok=True)
        copy(synthesis.ROOT / name, tmp_path / name)
    for module in ("__init__", "synthesis", "golden", "terraform_json"):
        shutil.copy(synthesis.ROOT / "tests" / f"{module}.py", tmp_path / "tests")

    run = subprocess.run(
        [sys.executable, "-c", SYNTHESISE_ALL],
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": "", "TZ": "Asia/Tokyo"},
        stdout=subprocess.PIPE,
        check=True,
    )

    assert json.loads(run.stdout) == {
        path.relative_to(golden.DIRECTORY).as_posix(): text
        for case in CASES
        for path, text in golden.synthesised(case).items()
    }


def test_notes_of_cdktf_are_not_in_the_golden_files() -> None:
    for path in golden.DIRECTORY.glob(f"**/{golden.JSON}"):
        assert '"//"' not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_address_is_the_id_of_its_construct(case: Path) -> None:
    for text in golden.synthesised(case).values():
        document = json.loads(text)
        for section, prefix in (("resource", ""), ("data", "data.")):
            for kind, named in document.get(section, {}).items():
                for name, block in named.items():
                    path = block["//"]["metadata"]["path"]
                    assert path.endswith(f"/{prefix}{kind}.{name}"), path


def test_the_cluster_that_ships_is_the_chapters() -> None:
    shipped = synthesis.ROOT / "clusters" / "lovelace.yaml"
    if not shipped.exists() or shipped.read_bytes() != synthesis.LOVELACE.read_bytes():
        pytest.skip("clusters/lovelace.yaml is not the chapter's any more, but its owner's")


def _used(data: Any, annotation: Any, path: str = "") -> Iterator[str]:
    """The fields of the spec that a YAML file sets, such as `node_groups.image.family`."""
    for tag, section in _sections(annotation):
        for one in _each(data, annotation):
            if shape.chosen(_innermost(annotation), one) is section and isinstance(one, dict):
                for key in section.model_fields.keys() & one:
                    where = _where(path, tag, key)
                    yield where
                    field = shape.of_field(section.model_fields[key])
                    yield from _used(one[key], field, f"{where}.")


def _fields(annotation: Any, path: str = "") -> Iterator[str]:
    """Every field there is; of what comes in several kinds, those of each."""
    for tag, section in _sections(annotation):
        for key, field in section.model_fields.items():
            where = _where(path, tag, key)
            yield where
            yield from _fields(shape.of_field(field), f"{where}.")


def _where(path: str, tag: str | None, key: str) -> str:
    return f"{path}{key}" if tag is None else f"{path}({tag}).{key}"


def _sections(annotation: Any) -> Iterator[tuple[str | None, type[Section]]]:
    """The sections that an annotation holds, each with the kind that it is."""
    for tag, member in shape.members(_innermost(annotation)).items():
        if shape.is_section(member):
            yield tag, member


def _innermost(annotation: Any) -> Any:
    """What stands in an annotation's lists and mappings."""
    member = shape.chosen(annotation, None)
    if get_origin(member) in (dict, tuple):
        return _innermost(shape.item(member, 0))
    return annotation


def _each(data: Any, annotation: Any) -> list[Any]:
    """What stands in lists and mappings, as `_innermost` has it."""
    member = shape.chosen(annotation, None)
    if get_origin(member) not in (dict, tuple):
        return [data]
    inside = data.values() if isinstance(data, dict) else data or []
    return [one for each in inside for one in _each(each, shape.item(member, 0))]


def test_every_kind_is_looked_at() -> None:
    """What the test of the fields stands on: that it sees each kind of a node group."""
    found = {field for field in _fields(ClusterSpec) if field.startswith("node_groups.")}
    kinds = [tag for tag, _ in _sections(ClusterSpec.model_fields["node_groups"].annotation)]
    assert len(kinds) > 1
    for kind in kinds:
        assert f"node_groups.({kind}).labels" in found or kind == "fargate", kind
