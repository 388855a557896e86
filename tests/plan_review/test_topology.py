"""The diagram: the real parser takes every one, hostile names included."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from plan_review import Review, parse_plan, review
from plan_review.report.markdown import markdown
from plan_review.report.topology import MOST_CHARACTERS, escaped, topology
from tests.requirements import require

from .build import CREATE, change, cluster, reviewed, same, subnet, update
from .conftest import MERMAID, plan_bytes, plan_names

HOSTILE = [
    '"] --> x["',
    "end",
    "`<script>`",
    "a\nb",
    "%%{init}%%",
    "é 漢 \u202e",
    "# ; | & }}",
    "- a",
]


def hostile_plans() -> list[Review]:
    return [
        reviewed(
            change("aws_eks_cluster.c", CREATE, None, {"name": text, "version": text}),
            change("aws_subnet.s", CREATE, None, {"availability_zone": text, "cidr_block": text}),
            change("aws_vpc.v", CREATE, None, {"cidr_block": text}),
            change("aws_autoscaling_group.g", CREATE, None, {"name": text}),
        )
        for text in HOSTILE
    ]


def diagrams(report: str) -> list[str]:
    return re.findall(r"```mermaid\n(.*?)\n```", report, re.DOTALL)


def test_the_real_mermaid_parser_takes_every_diagram(node: str) -> None:
    require((MERMAID / "node_modules").exists(), "run npm ci in tests/plan_review/mermaid")
    real = [review(parse_plan(plan_bytes(name))) for name in plan_names()]
    texts = [text for result in real for text in diagrams(markdown(result))]
    assert len(texts) >= 11
    drawn = [topology(result.facts) for result in hostile_plans()]
    texts += [found.mermaid for found in drawn if found]
    ran = subprocess.run(
        [node, "parse.mjs"],
        cwd=MERMAID,
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert json.loads(ran.stdout) == []


def test_a_label_keeps_only_harmless_characters_and_codes_for_the_rest() -> None:
    assert escaped('a"b`c') == "a#34;b#96;c"
    assert escaped("10.1.0.0/16 → x") == "10.1.0.0/16 → x"


@pytest.mark.parametrize("result", hostile_plans())
def test_a_hostile_name_never_leaves_its_label(result: Review) -> None:
    drawn = topology(result.facts)
    assert drawn is not None
    for line in drawn.mermaid.splitlines():
        assert line.count('"') in (0, 2), line


def test_what_changes_carries_a_sign_and_a_class() -> None:
    before = cluster()
    drawn = topology(
        reviewed(
            update("aws_eks_cluster.c", before, version="1.36"),
            same("aws_subnet.a", subnet(1, "us-west-2a")),
            change("aws_subnet.b", CREATE, None, subnet(2, "us-west-2b")),
        ).facts
    )
    assert drawn is not None
    assert '"~ EKS lovelace 1.35 → 1.36"' in drawn.mermaid
    assert '"+ private 10.1.2.0/24"' in drawn.mermaid
    assert '"private 10.1.1.0/24"' in drawn.mermaid
    assert re.search(r"class n\d+ add", drawn.mermaid)


def test_subnets_are_drawn_in_their_zones() -> None:
    drawn = topology(reviewed(same("aws_subnet.a", subnet(1, "us-west-2a"))).facts)
    assert drawn is not None
    assert re.search(r'subgraph z\d+\["us-west-2a"\]\n +n0\[', drawn.mermaid)


def test_nothing_is_drawn_where_there_is_no_network_and_no_cluster() -> None:
    assert topology(reviewed(change("aws_s3_bucket.b", CREATE, None, {})).facts) is None


def test_a_diagram_too_large_for_mermaid_is_left_out() -> None:
    subnets = [
        change(f"aws_subnet.s[{n}]", CREATE, None, subnet(n, "us-west-2a" * 5)) for n in range(1500)
    ]
    assert topology(reviewed(*subnets).facts) is None
    assert MOST_CHARACTERS < 50_000


def test_an_update_without_a_network_leaves_the_drawing_open_only_for_the_worst() -> None:
    calm = reviewed(update("aws_eks_cluster.c", cluster(), tags={"a": "b"}))
    bad = reviewed(update("aws_eks_cluster.c", cluster(), version="1.37"))
    assert "<details><summary>Topology" in markdown(calm)
    assert "<details open><summary>Topology" in markdown(bad)
