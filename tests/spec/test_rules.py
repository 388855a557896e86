"""All rules are asked, each about what is right, and each is told at its own line."""

import ast
import contextlib
import importlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from constructs_lib.spec import ClusterSpec, Section, section
from constructs_lib.spec.loader import judge
from constructs_lib.spec.problems import SpecErrors
from constructs_lib.spec.rules import ADVICE, RULES
from constructs_lib.spec.rules.rule import Rule, Rules, rule, sections
from constructs_lib.spec.section import Wrong
from constructs_lib.spec.source import parse
from tests.spec.bad import GOOD, Change, add, problems
from tests.synthesis import ROOT

FIVE_FAULTS = """\
name: ada
region: us-west-2
availability_zones:
  - us-west-2a
  - us-east-1b
vpc_cidr: 10.1.0.0/16
node_groups:
  node:
    min_size: 3
    max_size: 2
control_plane:
  availability_zones:
    - us-west-2a
    - us-west-2c
  service_ipv4_cidr: 10.1.64.0/20
  endpoint_public_access: false
  endpoint_private_access: false
"""


def test_five_faults_in_two_sections_are_all_told_each_at_its_own_line(root: Path) -> None:
    add(root, "ada", FIVE_FAULTS)
    assert [line.split(", got")[0] for line in problems(root)] == [
        "clusters/ada.yaml:5: availability_zones[1]: is not a zone of us-west-2",
        "clusters/ada.yaml:10: node_groups.node.max_size: is below min_size (3)",
        "clusters/ada.yaml:14: control_plane.availability_zones[1]: is not among the cluster's "
        "availability_zones",
        "clusters/ada.yaml:15: control_plane.service_ipv4_cidr: overlaps vpc_cidr 10.1.0.0/16",
        "clusters/ada.yaml:17: control_plane.endpoint_private_access: is off like "
        "endpoint_public_access, so nothing reaches the API",
    ]


def test_the_order_of_keys_and_absent_keys_mean_nothing(root: Path) -> None:
    lines = FIVE_FAULTS.splitlines(keepends=True)
    add(root, "ada", "".join(lines[6:] + lines[:6]))
    assert len(problems(root)) == 5


def test_what_is_wrong_in_one_place_hides_nothing_in_another(root: Path) -> None:
    bad = "  web: {min_size: -1, max_size: 2}\n  gpu: {min_size: 9, max_size: 8}\n"
    add(root, "ada", FIVE_FAULTS.replace("  node:\n", f"{bad}  node:\n").replace("us-west-2a", "x"))
    assert [line.split(", got")[0].split(": ", 2)[1:] for line in problems(root)] == [
        ["availability_zones[0]", "is not a zone of us-west-2"],
        ["availability_zones[1]", "is not a zone of us-west-2"],
        ["node_groups.web.min_size", "is too small"],
        ["node_groups.gpu.max_size", "is below min_size (9)"],
        ["node_groups.node.max_size", "is below min_size (3)"],
        ["control_plane.availability_zones[1]", "is not among the cluster's availability_zones"],
        ["control_plane.service_ipv4_cidr", "overlaps vpc_cidr 10.1.0.0/16"],
        [
            "control_plane.endpoint_private_access",
            "is off like endpoint_public_access, so nothing reaches the API",
        ],
    ]


def test_a_rule_that_asks_for_what_is_wrong_is_not_asked_on(root: Path) -> None:
    # the range is no range: that it overlaps the Services' cannot be said
    add(root, "ada", GOOD.replace("10.1.0.0/16", "10.1.0/16") + "map_roles: []\n")
    assert len(problems(root)) == 1


def test_a_group_that_is_wrong_is_a_group(root: Path) -> None:
    # its place in adopted is right, and so is that of the group beside it
    add(
        root,
        "ada",
        GOOD + "  gpu: 5\n"
        "control_plane: {service_ipv4_cidr: 172.20.0.0/16}\n"
        "adopted: {control_plane_role: a, node_role: b, autoscaling_groups: {gpu: c, node: d}, "
        "bootstrap_cluster_creator_admin_permissions: true, "
        "control_plane_security_group: {name: e, description: f}, "
        "nodes_security_group: {name: g, description: h}}\n",
    )
    (problem,) = problems(root)
    assert problem.startswith("clusters/ada.yaml:10: node_groups.gpu: is not a mapping, got 5; ")


@rule
def _slips(spec: ClusterSpec) -> Iterator[Wrong]:
    yield Wrong((), spec.no_such_field, "")  # type: ignore[attr-defined]


def test_a_slip_of_the_pen_in_a_rule_is_no_silence() -> None:
    spec = ClusterSpec.model_construct()
    with pytest.raises(AttributeError, match="no_such_field"):
        list(Rules([_slips]).ask(spec))


ASKED = (*RULES.rules, *ADVICE.rules)

ELSEWHERE = {"adoption.py", "explain.py", "fleet.py", "loader.py"}
"""Whose sentences tests/adoption/test_refusals.py, test_shape.py, test_fleet.py and test_loader.py
read."""


@dataclass(frozen=True)
class Told:
    """What all the bad specs together bring about."""

    rules: set[str]
    lines: set[tuple[str, int]]
    """Where in the source what is wrong was put into words."""
    words: set[str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    told = Told(set(), set(), set())
    put = Wrong.__init__

    def put_and_told(wrong: Wrong, *args: Any, **named: Any) -> None:
        put(wrong, *args, **named)
        caller = sys._getframe(1)
        for frame in filter(None, (caller, caller.f_back)):
            told.lines.add((frame.f_code.co_filename, frame.f_lineno))
        told.words.add(wrong.what)

    section._of_text.cache_clear()  # what other tests have asked is told again
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Wrong, "__init__", put_and_told)
        for text in (change(GOOD) for change in bad_specs()):
            name = re.match(r"name: (\w+)$", text, re.MULTILINE)
            file = tmp_path_factory.mktemp("bad") / f"{name[1] if name else 'ada'}.yaml"
            file.write_text(text)
            with contextlib.suppress(SpecErrors):
                spec, _ = judge(parse(file, file.name))
                told.rules.update(name_of(each) for each in ASKED if list(Rules([each]).ask(spec)))
    return told


def name_of(each: Rule) -> str:
    return f"{each.check.__module__}.{each.check.__name__}"


def test_every_rule_has_a_bad_spec(told: Told) -> None:
    without = {name_of(each) for each in ASKED} - told.rules
    assert without == {name_of(each) for each in ASKED if is_of_adoption(each)}


def test_every_sentence_has_a_bad_spec(told: Told) -> None:
    unread = [
        f"{file}:{call.lineno}: {ast.unparse(call)}"
        for file, call in sentences()
        if not is_told(file, call, told)
    ]
    assert not unread, "\n".join(unread)


def test_every_kind_of_field_has_a_bad_spec(told: Told) -> None:
    assert told.words >= {
        *("is a text", "is read by YAML as a number", "is read by YAML as a boolean"),
        *("is not a list", "is not a mapping", "is not true or false", "is not a whole number"),
        *("is empty", "is missing", "is not a choice", "is not a key of the spec"),
        *("is too large", "is too small"),
    }


def sentences() -> Iterator[tuple[Path, ast.Call]]:
    """Where the source says what is wrong."""
    for file in Path(str(section.__file__)).parent.rglob("*.py"):
        if file.name in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if called in ("Wrong", "matching", "not_a_choice"):
                assert isinstance(node, ast.Call)
                yield file, node


def is_told(file: Path, call: ast.Call, told: Told) -> bool:
    if getattr(call.func, "id", "") == "matching":
        what = call.args[1]
        assert isinstance(what, ast.Constant)
        return what.value in told.words
    lines = range(call.lineno, (call.end_lineno or call.lineno) + 1)
    return any((str(file), line) in told.lines for line in lines)


def bad_specs() -> Iterator[Change]:
    for file in Path(__file__).parent.glob("test_*.py"):
        if file.stem != Path(__file__).stem:
            module = importlib.import_module(f"tests.spec.{file.stem}")
            for change, _ in {
                **getattr(module, "BAD", {}),
                **getattr(module, "ADVICE", {}),
            }.values():
                yield change
            if hasattr(module, "TOO_LONG"):
                yield module.TOO_LONG


def is_of_adoption(each: Rule) -> bool:
    return each.check.__module__.endswith(".adoption")


def test_every_rule_is_collected_and_says_what_it_is() -> None:
    assert len(RULES.rules) >= 15
    assert all(each.check.__doc__ for each in (*RULES.rules, *ADVICE.rules))


def everything(value: object) -> Iterator[object]:
    """A value and all that is in it."""
    yield value
    inner = vars(value).values() if isinstance(value, Section) else ()
    inner = value.values() if isinstance(value, dict) else inner
    inner = value if isinstance(value, tuple) else inner
    for each in inner:
        yield from everything(each)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.yaml")), ids=lambda p: p.stem)
def test_rules_are_asked_for_every_section(path: Path) -> None:
    spec = ClusterSpec.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))

    found = {id(section) for _, section in sections(spec, ())}

    assert found == {id(each) for each in everything(spec) if isinstance(each, Section)}
