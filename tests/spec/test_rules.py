"""All rules are asked, each about what is right, and each is told at its own line."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from constructs_lib.spec import ClusterSpec
from constructs_lib.spec.loader import judge
from constructs_lib.spec.problems import SpecErrors
from constructs_lib.spec.rules import ADVICE, RULES
from constructs_lib.spec.rules.rule import Rule, Rules, rule
from constructs_lib.spec.section import Wrong
from constructs_lib.spec.source import parse
from tests.spec.bad import GOOD, Change, add, problems

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


def test_every_rule_has_a_bad_spec(tmp_path: Path) -> None:
    unproved = {each.check.__name__ for each in (*RULES.rules, *ADVICE.rules)}
    for change in bad_specs():
        text = change(GOOD)
        name = re.match(r"name: (\w+)$", text, re.MULTILINE)
        file = tmp_path / f"{name[1] if name else 'ada'}.yaml"
        file.write_text(text)
        try:
            spec, _ = judge(parse(file, file.name))
        except SpecErrors:
            continue
        for each in (*RULES.rules, *ADVICE.rules):
            if each.check.__name__ in unproved and list(Rules([each]).ask(spec)):
                unproved.remove(each.check.__name__)
    # what is adopted has its bad specs in tests/adoption/test_refusals.py
    assert unproved == {each.check.__name__ for each in RULES.rules if is_of_adoption(each)}


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
