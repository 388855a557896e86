from pathlib import Path

import pytest

from .conftest import Checkout

TARGETS = [
    *("synth", "test", "check", "golden", "contract", "schema", "diff", "review", "deploy"),
    *("destroy", "adopt", "bench", "programs", "machine", "full", "image-test", "clean"),
]


def test_help_is_the_default_and_has_one_line_for_each_target(checkout: Checkout) -> None:
    result = checkout.run("make")
    lines = result.stdout.splitlines()
    assert [line.split()[1] for line in lines] == ["help", *TARGETS, "cdktf", "wheels", "lock"]
    assert all(len(line) < 100 for line in lines)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_a_recipe_without_holes(checkout: Checkout, target: str) -> None:
    result = checkout.run("make", "--dry-run", "--warn-undefined-variables", "STATE=x", target)
    assert result.returncode == 0, result.stderr
    assert result.stdout
    undefined = [line for line in result.stderr.splitlines() if "undefined variable" in line]
    assert [line for line in undefined if "'ARGS'" not in line and "`ARGS'" not in line] == []


@pytest.mark.parametrize(
    ("typed", "called"),
    [
        (["diff"], "plan"),
        (["diff", "CLUSTER=ada"], "plan ada"),
        (["review", "CLUSTER=ada"], "review ada --fail-on will-fail"),
        (["review", "FAIL_ON=outage"], "review --fail-on outage"),
        (["deploy"], "deploy"),
        (["deploy", "STACK=ada-state"], "deploy --stack ada-state"),
        (["deploy", "CLUSTER=a b", "ARGS=--auto-approve"], "deploy a b --auto-approve"),
        (["deploy", "MIGRATE=1"], "deploy --migrate"),
        (["destroy", "CLUSTER=ada"], "destroy ada"),
        (["synth"], "synth"),
    ],
)
def test_a_target_calls_the_command(installed: Checkout, typed: list[str], called: str) -> None:
    result = installed.run("make", *typed)
    assert (result.returncode, result.stderr) == (0, "")
    assert installed.calls[-1].split() == ["eks-cluster", *called.split()]


@pytest.mark.parametrize("target", ["diff", "review", "deploy", "destroy"])
def test_what_a_shell_exports_neither_aims_nor_answers(installed: Checkout, target: str) -> None:
    exported = {"STACK": "lovelace", "ARGS": "--auto-approve", "MIGRATE": "1"}
    result = installed.run("make", target, "CLUSTER=grace", env=exported)
    assert result.returncode == 0
    assert "ARGS MIGRATE STACK of the environment does not count" in result.stderr
    fail_on = ["--fail-on", "will-fail"] if target == "review" else []
    command = "plan" if target == "diff" else target
    assert installed.calls[-1].split() == ["eks-cluster", command, "grace", *fail_on]


@pytest.mark.parametrize("target", ["diff", "review", "deploy", "destroy"])
def test_a_cluster_that_a_shell_exports_is_refused(installed: Checkout, target: str) -> None:
    result = installed.run("make", target, env={"CLUSTER": "grace"})
    assert result.returncode != 0
    assert (
        "CLUSTER of the environment does not count; name it after make: "
        f"make {target} CLUSTER=grace" in result.stderr
    )
    assert not [call for call in installed.calls if call.startswith("eks-cluster")]


def test_synth_passes_the_cluster_on_to_the_app(installed: Checkout) -> None:
    installed.program(Path(".venv/bin/eks-cluster"), 'echo "CLUSTERS=$CLUSTERS"')
    assert "CLUSTERS=hopper\n" in installed.run("make", "synth", "CLUSTER=hopper").stdout
    both = {"CLUSTERS": "hopper,turing"}
    assert "CLUSTERS=hopper,turing\n" in installed.run("make", "synth", env=both).stdout
    assert "CLUSTERS=\n" in installed.run("make", "synth").stdout


def test_make_elsewhere_is_one_clear_line(checkout: Checkout) -> None:
    result = checkout.run("sh", "-c", "cd clusters && make -f ../Makefile synth")
    assert "run make where its Makefile is, as in: make -C .." in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.returncode != 0
