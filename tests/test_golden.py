"""Today's Terraform JSON is the golden one, and the same to the byte wherever it is made."""

import json
import os
import shutil
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from constructs_lib.spec import ClusterSpec
from tests import golden, synthesis

CASES = golden.cases()

OF_ADOPTED_CLUSTERS = {"adopted", "as_printed"}
"""Sections that no cluster made here has: `examples/` has their cases."""

SYNTHESISE_ALL = """
import json, sys
from tests import golden
json.dump({
    path.relative_to(golden.DIRECTORY).as_posix(): text
    for case in golden.cases() for path, text in golden.synthesised(case).items()
}, sys.stdout)
"""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_json_is_the_golden_one(case: Path) -> None:
    different = {path: diff for path, diff in golden.differences().items() if case in path.parents}

    assert not different, "".join(different.values()) + "\nmeant? run `make golden`"


def test_cases_together_use_every_field_of_the_spec() -> None:
    specs = [yaml.safe_load(golden.spec(case).read_text(encoding="utf-8")) for case in CASES]
    used = {path for spec in specs for path in _used(spec, ClusterSpec)}

    missing = set(_fields(ClusterSpec)) - used
    assert sorted(f for f in missing if f.partition(".")[0] not in OF_ADOPTED_CLUSTERS) == []


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


def _used(data: Any, section: Any, path: str = "") -> Iterator[str]:
    """The fields of the spec that a YAML file sets, such as `node_groups.*.image.family`."""
    for key, field in section.model_fields.items():
        if isinstance(data, dict) and key in data:
            yield f"{path}{key}"
            many, inner = _section_in(field.annotation)
            if inner is not None:
                values = data[key]
                if many:
                    values = values.values() if isinstance(values, dict) else values
                for value in values if many else [values]:
                    yield from _used(value, inner, f"{path}{key}.")


def _fields(section: type[BaseModel], path: str = "") -> Iterator[str]:
    for key, field in section.model_fields.items():
        yield f"{path}{key}"
        _, inner = _section_in(field.annotation)
        if inner is not None:
            yield from _fields(inner, f"{path}{key}.")


def _section_in(annotation: Any) -> tuple[bool, type[BaseModel] | None]:
    """The section an annotation holds, and whether it holds many of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return False, annotation
    many = typing.get_origin(annotation) in (dict, tuple)
    for argument in typing.get_args(annotation):
        inner_many, inner = _section_in(argument)
        if inner is not None:
            return many or inner_many, inner
    return many, None
