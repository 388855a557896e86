"""Whatever a file holds: a spec, or sentences in its own lines. Never a traceback."""

import re
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.spec.loader import load
from constructs_lib.spec.manifests import read_manifest
from constructs_lib.spec.problems import SpecErrors
from tests.spec.bad import GOOD, TODAY
from tests.synthesis import ROOT, copy_manifests

# deterministic and without a clock: what fails, fails on every machine
BOUNDED = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

EVERYTHING = yaml.safe_load(
    (ROOT / "tests" / "golden" / "everything" / "cluster.yaml").read_text(encoding="utf-8")
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.binary(max_size=4)
    | st.text(max_size=20)
    | st.sampled_from(["0.0.0.0/0", "10.1.0.0/16", "${x}", "#{TfToken[TOKEN.0]}", "::error::", ""])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def said_about(text: str | bytes) -> list[str]:
    """The problems of a spec that reads `text`; none when it is a good one."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "clusters").mkdir()
        copy_manifests(root)
        file = root / "clusters" / "hopper.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode(errors="surrogatepass"))
        try:
            load(root, today=TODAY)
        except SpecErrors as errors:
            return str(errors).splitlines()
        return []


def are_sentences(said: list[str], text: str | bytes) -> None:
    """Each is one printable line about a line that is there, with a way out."""
    last = len(text.splitlines()) + 1
    for line in said:
        found = re.match(r"clusters/hopper\.yaml:(\d+): .+; .+", line)
        assert found, line
        assert line.isprintable()
        assert 1 <= int(found[1]) <= last


@BOUNDED
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_is_a_spec_or_sentences(text: str | bytes) -> None:
    said = said_about(text)
    assert said
    are_sentences(said, text)


@BOUNDED
@given(st.data())
def test_any_value_at_any_place_is_a_spec_or_sentences(data: st.DataObject) -> None:
    spec = yaml.safe_load(yaml.safe_dump(EVERYTHING))
    for _ in range(data.draw(st.integers(1, 3))):
        _spoil(spec, data)
    text = yaml.safe_dump(spec, sort_keys=False, allow_unicode=data.draw(st.booleans()))
    are_sentences(said_about(text), text)


@BOUNDED
@given(st.data())
def test_any_line_of_yaml_in_a_spec_is_a_spec_or_sentences(data: st.DataObject) -> None:
    lines = GOOD.replace("name: ada", "name: hopper").splitlines()
    marks = st.text(st.sampled_from("ab:-?[]{}&*!<|>'\"#%@, \t~0=1.e"), max_size=12)
    at = data.draw(st.integers(0, len(lines)))
    lines.insert(at, data.draw(marks))
    text = "\n".join(lines) + "\n"
    are_sentences(said_about(text), text)


@BOUNDED
@given(st.text(max_size=200) | values.map(yaml.safe_dump))
def test_any_manifest_is_taken_or_told(text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "web.yaml")
        path.write_bytes(text.encode(errors="surrogatepass"))
        try:
            said = read_manifest(path.parent, "web.yaml", "1.36").path
        except ValueError as error:
            said = str(error)
        assert "web.yaml" in said


def _spoil(node: Any, data: st.DataObject) -> None:
    """Put some value somewhere into `node`."""
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    key = data.draw(st.sampled_from(keys)) if keys else None
    if key is not None and isinstance(node[key], dict | list) and data.draw(st.booleans()):
        _spoil(node[key], data)
    elif isinstance(node, dict):
        key = key if data.draw(st.booleans()) else None
        node[data.draw(st.text(max_size=8)) if key is None else key] = data.draw(values)
    else:
        node.append(data.draw(values))
