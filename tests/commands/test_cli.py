"""The command line as a whole: its help, its exit codes, what it loads."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from commands import cli

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
    assert printed.splitlines()[-1] == "['commands.cli']"
    assert [name for name in NAMES if f"\n  {name} " not in printed] == []


def test_a_command_that_is_not_there_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["deplox"]) == 2
    assert "No such command 'deplox'" in capsys.readouterr().err


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
