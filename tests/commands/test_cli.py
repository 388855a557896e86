"""The command line as a whole: its help, its exit codes, what it loads."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

from commands import cli
from commands.names import ClusterName, StackName

ROOT = Path(__file__).parents[2]
NAMES = [name for section in cli.COMMANDS.values() for name in section]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == 0
    assert f"Usage: eks-cluster {name}" in capsys.readouterr().out


def test_the_help_lists_every_command_and_loads_none() -> None:
    code = (
        "import sys; from commands.cli import main; main(['--help']); "
        "print([m for m in sys.modules if m.startswith(('commands.', 'rich', 'pydantic'))])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert printed.splitlines()[-1] == "['commands.stopping', 'commands.cli']"
    assert [name for name in NAMES if f"\n  {name} " not in printed] == []


def test_it_says_which_release_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"eks-cluster, version {project['version']}\n"


def test_a_command_that_is_not_there_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["depoly"]) == 2
    assert "No such command 'depoly'; did you mean deploy?" in capsys.readouterr().err
    assert cli.main(["frobnicate"]) == 2
    assert "No such command 'frobnicate'.\n" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
def test_a_full_disk_is_told_once() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "commands", "list"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "no space left on device\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyboardInterrupt(), "interrupted"),
        (click.Abort(), "interrupted"),
        (OSError(28, "No space left on device", "x/y"), "x/y: no space left on device"),
        (OSError(5, "Input/output error"), "input/output error"),
    ],
)
def test_what_stops_a_command_is_one_line(
    error: BaseException,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails() -> None:
        raise error

    fails_too = click.Command("synth", callback=fails)
    monkeypatch.setattr(cli.Commands, "get_command", lambda *_: fails_too)
    assert cli.main(["synth"]) == 1
    # click ends the line in which ^C stands
    assert capsys.readouterr().err.removeprefix("\n") == f"{said}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_be_given_completion(shell: str) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "commands"],
        cwd=ROOT,
        env={"_EKS_CLUSTER_COMPLETE": f"{shell}_source", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "_EKS_CLUSTER_COMPLETE" in printed


COMPLETED: dict[str, type[click.ParamType[Any]]] = {
    "cluster": ClusterName,
    "clusters": ClusterName,
    "stack": StackName,
    "state": click.Path,
    "output": click.Path,
    "directory": click.Path,
}


@pytest.mark.parametrize("name", NAMES)
def test_every_name_and_file_is_completed(name: str) -> None:
    command = cli.eks_cluster.get_command(click.Context(cli.eks_cluster), name)
    assert command is not None
    for parameter in command.params:
        if parameter.name in COMPLETED:
            assert isinstance(parameter.type, COMPLETED[parameter.name]), parameter.name


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("eks-cluster de", ["deploy", "destroy"]),
        ("eks-cluster deploy lo", ["lovelace"]),
        ("eks-cluster synth lovelace g", ["grace"]),
        ("eks-cluster deploy lovelace --auto", ["--auto-approve"]),
        ("eks-cluster deploy lovelace --stack l", ["lovelace", "lovelace-state"]),
        ("eks-cluster kubeconfig g", ["grace"]),
        ("eks-cluster review lo", ["lovelace"]),
        ("eks-cluster recover lovelace-", ["lovelace-state"]),
        ("eks-cluster run lovelace-", ["lovelace-state"]),
    ],
)
def test_a_shell_completes_commands_clusters_and_stacks(
    typed: str, completed: list[str], tmp_path: Path
) -> None:
    (tmp_path / "clusters").mkdir()
    for name in ("grace", "lovelace"):
        (tmp_path / "clusters" / f"{name}.yaml").touch()
    for name in ("lovelace", "lovelace-state"):
        stack = tmp_path / "cdktf.out" / "stacks" / name
        stack.mkdir(parents=True)
        (stack / "cdk.tf.json").touch()
    printed = subprocess.run(
        [sys.executable, "-m", "commands"],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "_EKS_CLUSTER_COMPLETE": "bash_complete",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(typed.split()) - 1),
        },
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert [line.partition(",")[2] for line in printed.splitlines()] == completed


@pytest.mark.parametrize("command", [["recover", "x"], ["run", "x", "state", "list"]])
def test_a_stack_that_is_not_there_is_one_line(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli.main(command) == 1
    said = capsys.readouterr().err
    assert said == "cdktf.out/stacks/x is not synthesised; run: .venv/bin/eks-cluster synth\n"
