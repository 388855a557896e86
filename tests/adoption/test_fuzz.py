"""Whatever a state holds: a spec, or one sentence. Never a traceback, and never live YAML of it."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from adopt.state import StateError, read
from adopt.takeover import written
from adopt.text import printable, yaml_text
from commands import cli
from constructs_lib.spec.loader import problems_of
from tests.spec.test_fuzz import BOUNDED, values

DOCUMENT = json.loads(Path(__file__).with_name("state.json").read_text(encoding="utf-8"))
RESOURCES = DOCUMENT["values"]["root_module"]["resources"]

hostile = st.sampled_from(
    [
        "\nnode_groups: {x: {}}",
        "\r\nname: eve",
        "\x85name: eve",
        "\u2028name: eve",
        "\x1b[2J",
        "\ud800",
        "\U000e0001",
        "${file('x')}",
        "# x",
        ": x",
        "1e3",
        "",
    ]
)


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


json_values = values.filter(_is_json)


def adopted(document: Any) -> str:
    """What is written of a state: the file, or the sentence that stands in its place."""
    try:
        cluster, spec = written(read(json.dumps(document)))
    except StateError as error:
        return str(error)
    problems_of(spec)
    text = yaml_text(spec, [f"- {note}" for note in cluster.notes])
    assert all(line.isprintable() for line in text.split("\n"))
    assert yaml.safe_load(text) == spec
    return text


@BOUNDED
@given(json_values)
def test_any_json_is_a_sentence(document: Any) -> None:
    assert adopted(document)
    assert adopted({"values": {"root_module": document}})
    assert adopted({"values": {"root_module": {"resources": [document]}}})


@BOUNDED
@given(st.integers(0, len(RESOURCES) - 1), st.data(), json_values | hostile)
def test_any_value_of_a_resource_is_written_or_a_sentence(
    index: int, data: st.DataObject, value: Any
) -> None:
    document = copy.deepcopy(DOCUMENT)
    resource = document["values"]["root_module"]["resources"][index]
    where = data.draw(st.sampled_from([resource, resource["values"]]))
    where[data.draw(st.sampled_from(sorted(where)))] = value
    assert adopted(document)


@BOUNDED
@given(st.integers(0, len(RESOURCES) - 1), hostile, st.sampled_from(["address", "name", "index"]))
def test_no_address_gets_out_of_its_comment(index: int, text: str, part: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    resource = document["values"]["root_module"]["resources"][index]
    resource[part] = f"{resource[part]}{text}" if part in resource else text
    adopted(document)
    stranger = {"mode": "managed", "type": f"aws_s3_bucket{text}", "name": text, "values": {}}
    document = copy.deepcopy(DOCUMENT)
    document["values"]["root_module"]["resources"].append(
        {**stranger, "address": f"aws_s3_bucket.logs{text}"}
    )
    adopted(document)


@pytest.mark.parametrize("text", ["a\x1b[2J\nb", "a\u2028\x7f", "\ud800\U000e0001"])
def test_what_is_not_printable_is_written_as_yaml_reads_it(text: str) -> None:
    assert printable(text).isprintable()
    assert yaml.safe_load(f'"{printable(text)}"') == text


@pytest.mark.parametrize(
    "changed", [{"address": "aws_eip.nat\x1b[2J\n::error::"}, {"name": "x\x1b[2J\n::error::"}]
)
def test_no_sentence_reaches_the_terminal_raw(
    changed: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = copy.deepcopy(DOCUMENT)
    for resource in document["values"]["root_module"]["resources"]:
        if resource["type"] == "aws_eks_cluster":
            resource |= {"deposed_key": "0f", **changed}
            resource["values"] |= changed
    file = tmp_path / "state.json"
    file.write_text(json.dumps(document), encoding="utf-8")

    assert cli.main(["adopt", str(file)]) == 1

    said = capsys.readouterr().err
    assert said.startswith(f"{file}: ")
    assert "\x1b" not in said
    assert not [line for line in said.splitlines() if line.startswith("::")]
