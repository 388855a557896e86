import pytest

from .conftest import Checkout

TARGETS = [
    *("synth", "test", "check", "golden", "contract", "schema", "diff", "review", "deploy"),
    *("destroy", "adopt", "bench", "programs", "clean"),
]


def test_help_is_the_default_and_has_one_line_for_each_target(checkout: Checkout) -> None:
    result = checkout.run("make")
    lines = result.stdout.splitlines()
    assert [line.split()[1] for line in lines] == ["help", *TARGETS, "lock"]
    assert all(len(line) < 100 for line in lines)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_a_recipe_without_holes(checkout: Checkout, target: str) -> None:
    result = checkout.run("make", "--dry-run", "--warn-undefined-variables", "STATE=x", target)
    assert result.returncode == 0, result.stderr
    assert result.stdout
    undefined = [line for line in result.stderr.splitlines() if "undefined variable" in line]
    assert [line for line in undefined if "'ARGS'" not in line and "`ARGS'" not in line] == []


def test_the_only_cluster_need_not_be_named(checkout: Checkout) -> None:
    assert checkout.run("make", "cluster").returncode == 0


def test_of_several_clusters_one_must_be_named(checkout: Checkout) -> None:
    (checkout.path / "clusters/hopper.yaml").touch()
    result = checkout.run("make", "diff")
    assert result.stderr.splitlines()[0] == "which cluster? CLUSTER=hopper or CLUSTER=lovelace"
    assert result.returncode != 0


def test_a_cluster_that_does_not_exist_is_said(checkout: Checkout) -> None:
    result = checkout.run("make", "deploy", "CLUSTER=lovelase")
    assert result.stderr.splitlines()[0] == "no clusters/lovelase.yaml"
    assert result.returncode != 0


@pytest.mark.parametrize(
    ("target", "needed"),
    [
        ("diff", ["terraform"]),
        ("review", ["terraform"]),
        ("destroy", ["terraform"]),
        ("deploy", ["terraform", "kubectl", "aws"]),
    ],
)
def test_what_is_missing_is_said_before_anything_is_installed(
    checkout: Checkout, target: str, needed: list[str]
) -> None:
    result = checkout.run("make", target)
    said = result.stderr.splitlines()[:-1]
    assert [line.split()[1].rstrip(",").lower() for line in said] == [
        {"aws": "the"}.get(tool, tool) for tool in needed
    ]
    assert result.returncode != 0
    assert not (checkout.path / ".venv").exists()


def test_synth_passes_the_cluster_on_to_the_app(installed: Checkout) -> None:
    installed.program(installed.path / ".venv/bin/python", 'echo "CLUSTERS=$CLUSTERS"; exit 1')
    for name in ("hopper", "turing"):
        (installed.path / f"clusters/{name}.yaml").touch()
    assert "CLUSTERS=hopper\n" in installed.run("make", "synth", "CLUSTER=hopper").stdout
    both = {"CLUSTERS": "hopper,turing"}
    assert "CLUSTERS=hopper,turing\n" in installed.run("make", "synth", env=both).stdout
    assert "CLUSTERS=\n" in installed.run("make", "synth").stdout
