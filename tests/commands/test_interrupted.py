"""An apply that is stopped, or cannot write its state: by the real Terraform, on a terminal.

docs/how-to/an-apply-was-interrupted.md is followed here, by the commands that are printed.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commands.terraform import VARIABLE
from tests.commands.conftest import Project, write_program
from tests.commands.stopped import SIGNALLED
from tests.emulator.aws import AwsEmulator
from tests.plan_review import build
from tests.programs import terraform
from tests.synthesis import ROOT
from tests.terminal import TIMEOUT_SECONDS, Said, Terminal

BUCKET = "states"
CTRL_C, ENTER = "\x03", "\r"

WAITS = "touch ../../../begun; until [ -e ../../../go ]; do sleep 0.1; done"


def stack(key: str) -> dict[str, Any]:
    """A stack of two objects, the second of which waits until the test lets it go."""
    return {
        "terraform": {
            "backend": {
                "s3": {"bucket": BUCKET, "key": key, "region": "us-west-2", "use_lockfile": True}
            }
        },
        "resource": {
            "terraform_data": {
                "first": {"input": "1"},
                "second": {
                    "input": "${terraform_data.first.id}",
                    "provisioner": [{"local-exec": {"command": WAITS}}],
                },
            }
        },
    }


@pytest.fixture(scope="module")
def account() -> Iterator[AwsEmulator]:
    with AwsEmulator() as emulator:
        yield emulator


@pytest.fixture
def project(playing: Project, account: AwsEmulator) -> Project:
    """A cluster whose stack is a small one, the real Terraform, its state in a bucket."""
    make_bucket(account)
    (playing.path / "cdktf.out" / "stacks" / "ada" / "cdk.tf.json").write_text(
        json.dumps(stack(f"{playing.path.parent.name}.tfstate"))
    )
    programs = playing.path.parent / "bin"
    (programs / "terraform").unlink()
    write_program(
        programs / "eks-cluster", f'#!/bin/sh\nexec "{sys.executable}" -m commands "$@"\n'
    )
    project = Project(
        playing.path,
        {
            **account.environment(playing.environment),
            "PATH": playing.environment["PATH"],
            VARIABLE: terraform().path,
        },
        playing.program,
    )
    return project


def make_bucket(account: AwsEmulator) -> None:
    s3 = account.client("s3")
    if BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        where = {"LocationConstraint": "us-west-2"}
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)


def one_change() -> dict[str, Any]:
    return build.plan(build.change("aws_eip.more", build.CREATE, None, {"domain": "vpc"}))


def wait_until(there: Path) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not there.exists():
        assert time.monotonic() < deadline, there
        time.sleep(0.05)


def begin(project: Project) -> Terminal:
    """Deploy, and come back while the second object is being made."""
    for file in ("begun", "go"):
        (project.path / file).unlink(missing_ok=True)
    terminal = project.terminal("deploy")
    terminal.asked()
    terminal.child.send(f"yes{ENTER}")
    while not (project.path / "begun").exists():
        assert terminal.child.isalive()
        time.sleep(0.05)
    return terminal


def typed(project: Project, command: str) -> Said:
    """Run a command that was printed, as a user would type it."""
    program, *arguments = shlex.split(command)
    assert Path(program).name == "eks-cluster"
    return Project(project.path, project.environment).run(*arguments)


def in_state(project: Project) -> list[str]:
    return typed(project, "eks-cluster run ada state list").lines


def test_ctrl_c_keeps_what_was_made_and_the_next_deploy_goes_on(project: Project) -> None:
    terminal = begin(project)
    terminal.child.send(CTRL_C)
    terminal.wait_for(f"stopping: {terraform().name} ends what it is at and writes the state")
    terminal.child.send(CTRL_C)  # a second one would make Terraform drop the state
    (project.path / "go").touch()
    ended = terminal.end()
    assert ended.code == 1
    last = [line for line in ended.lines if line != "^C"][-1]  # which the terminal itself shows
    assert last.startswith("interrupted: what was done so far is in the state (s3://")
    assert "eks-cluster deploy ada goes on from there" in last
    assert "terraform_data.first" in in_state(project)

    terminal = project.terminal("deploy")
    terminal.asked()
    ended = terminal.answer(f"yes{ENTER}")
    assert ended.code == 0
    assert in_state(project) == ["terraform_data.first", "terraform_data.second"]


WAITING = 'touch "$here/begun"; while :; do sleep 0.1; done'


@pytest.mark.parametrize(
    "where",
    ["commands.applying:_left:1", "commands.state:rescue:2", "commands.cli:_not_done:1", "exit"],
)
@pytest.mark.parametrize("before", ["interrupted", "not finished"])
def test_no_signal_after_the_end_of_terraform_takes_the_last_words_away(
    playing: Project, where: str, before: str
) -> None:
    stops = "kill -INT $PPID; trap 'exit 1' INT; while :; do sleep 0.1; done"
    playing.plays(one_change(), apply=stops if before == "interrupted" else "exit 1")
    late = Project(playing.path, playing.environment, "tests.commands.stopped")
    terminal = late.terminal("deploy", STOPPED_IN=where)
    terminal.asked()
    ended = terminal.answer(f"yes{ENTER}")
    assert ended.code == 1
    said = [line for line in ended.lines if line != f"{SIGNALLED}{where}"]
    assert len(said) == len(ended.lines) - 1
    assert said[-1].startswith(f"{before}: what was done so far is in the state (terraform.")
    assert "eks-cluster deploy ada goes on from there" in said[-1]


@pytest.mark.parametrize("plan", ["kill -INT $PPID; exit 1", "exit 1"])
def test_no_signal_after_a_plan_that_failed_takes_the_last_words_away(
    playing: Project, plan: str
) -> None:
    playing.plays(one_change(), plan=plan)
    late = Project(playing.path, playing.environment, "tests.commands.stopped")
    ended = late.terminal("deploy", STOPPED_IN="shutil:rmtree:1").end()
    assert f"{SIGNALLED}shutil:rmtree:1" in ended.text
    assert (ended.code, ended.lines[-1]) == (
        1,
        "interrupted; nothing was applied"
        if "kill" in plan
        else "terraform ended with 1 and said nothing",
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_finds_no_terraform_leaves_no_plan_behind(
    playing: Project, number: signal.Signals, tmp_path: Path
) -> None:
    (tmp_path / "scratch").mkdir()
    playing.plays(one_change())
    terminal = playing.terminal("deploy", TMPDIR=str(tmp_path / "scratch"))
    terminal.asked()
    assert list((tmp_path / "scratch").iterdir())
    time.sleep(0.5)  # the question stands there before Python reads, and is deaf in between
    os.kill(terminal.child.pid, number)
    ended = terminal.end()
    assert (ended.code, ended.lines[-1]) == (1, "no answer: nothing was applied")
    assert not list((tmp_path / "scratch").iterdir())


def test_terraform_ends_well_after_its_terminal_is_closed(playing: Project) -> None:
    failed = json.dumps({"type": "apply_errored", "hook": {"resource": {"addr": "aws_eip.more"}}})
    (playing.path / "said.json").write_text(f"{failed}\n")
    says = 'cat "$here/said.json"'
    goes_on = f'{says}; sleep 1; {says} && touch "$here/ended"; exit 1'
    playing.plays(one_change(), apply=f"trap '{goes_on}' INT; {WAITING}")
    terminal = playing.terminal("deploy")
    terminal.asked()
    terminal.child.send(f"yes{ENTER}")
    wait_until(playing.path / "begun")
    terminal.child.ptyproc.fileobj.close()
    wait_until(playing.path / "ended")


def test_what_nohup_ignores_stays_ignored(playing: Project) -> None:
    playing.plays(one_change(), apply="kill -HUP $PPID; exit 0")
    command = [sys.executable, "-m", playing.program, "deploy", "ada", "--auto-approve"]
    done = subprocess.run(
        ["nohup", *command],
        cwd=playing.path,
        env=playing.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_another_signal_to_stop_does_the_same(project: Project, number: signal.Signals) -> None:
    terminal = begin(project)
    os.kill(terminal.child.pid, number)
    terminal.wait_for("stopping")
    (project.path / "go").touch()
    ended = terminal.end()
    assert ended.code == 1
    assert ended.lines[-1].startswith("interrupted: what was done so far is in the state")
    assert "terraform_data.first" in in_state(project)


def test_a_second_command_on_the_stack_is_refused_with_a_word(project: Project) -> None:
    terminal = begin(project)
    for command in ("plan", "review", "destroy"):
        asked = project.terminal(command).end()
        assert asked.code == 1
        assert re.fullmatch(
            rf"deploy \(process {terminal.child.pid}, since \d\d:\d\d\) is at ada in this "
            "checkout; wait for it",
            asked.lines[-1],
        )
    (project.path / "go").touch()
    assert terminal.end().code == 0


def test_who_holds_the_lock_is_said_and_waited_for(project: Project, account: AwsEmulator) -> None:
    lock = f"{project.path.parent.name}.tfstate.tflock"
    held = {"ID": "0f0f0f0f", "Who": "ada@laptop", "Created": "2026-11-25T20:00:00Z"}
    account.client("s3").put_object(Bucket=BUCKET, Key=lock, Body=json.dumps(held))
    assert "2 to add" in project.run("plan").text  # takes no lock

    terminal = project.terminal("deploy")
    terminal.wait_for(
        "ada@laptop holds the state's lock since 2026-11-25 20:00:00; waiting, at most"
    )
    account.client("s3").delete_object(Bucket=BUCKET, Key=lock)
    terminal.asked()
    assert terminal.answer(ENTER).code == 1


def test_a_state_that_cannot_be_written_is_kept_and_pushed_by_two_commands(
    project: Project, account: AwsEmulator
) -> None:
    s3 = account.client("s3")
    terminal = begin(project)
    for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=entry["Key"])
    s3.delete_bucket(Bucket=BUCKET)
    (project.path / "go").touch()
    ended = terminal.end()
    assert ended.code == 1
    errored = project.path / "errored.ada.tfstate"
    assert errored.stat().st_mode & 0o777 == 0o600
    assert not list((project.path / "cdktf.out").rglob("errored*"))
    assert "errored.ada.tfstate holds what the last apply made and could not write" in ended.text

    refused = project.run("plan")
    assert refused.code == 1
    assert "Nothing is planned before it is there" in refused.text
    assert errored.exists()

    make_bucket(account)
    unlock, push, remove = re.findall(r"^  (.+)$", refused.text, re.MULTILINE)
    assert unlock.endswith("eks-cluster run ada force-unlock -force ID")
    assert typed(project, push).code == 0
    assert remove == "rm errored.ada.tfstate"
    errored.unlink()
    assert in_state(project) == ["terraform_data.first", "terraform_data.second"]
    assert "nothing to add, change or destroy" in project.run("plan").text


def test_no_command_of_the_makefile_removes_a_state(project: Project) -> None:
    left = project.path / "cdktf.out" / "stacks" / "ada" / "errored.tfstate"
    left.write_text("{}")
    (project.path / "Makefile").symlink_to(ROOT / "Makefile")
    os.system(f"make -C {shlex.quote(str(project.path))} clean >/dev/null")  # noqa: S605
    assert left.exists()


def test_a_copy_of_the_state_is_restored_as_the_how_to_says(project: Project) -> None:
    (project.path / "go").touch()
    terminal = project.terminal("deploy")
    terminal.asked()
    assert terminal.answer(f"yes{ENTER}").code == 0
    terminal = project.terminal("destroy")
    terminal.asked()
    destroyed = terminal.answer(f"ada{ENTER}")
    assert destroyed.code == 0
    (copy,) = re.findall(r"A copy of the state is kept in (\S+)", destroyed.text)
    assert in_state(project) == []

    text = (ROOT / "docs/how-to/keep-the-state.md").read_text()
    (push,) = re.findall(r"^(eks-cluster run lovelace state push .+)$", text, re.MULTILINE)
    assert typed(project, push.replace("lovelace", "ada", 1).replace("FILE", copy)).code == 0
    assert in_state(project) == ["terraform_data.first", "terraform_data.second"]


def test_ctrl_c_while_it_plans_applies_nothing(playing: Project) -> None:
    playing.plays({}, plan='trap "exit 1" INT; touch "$here/begun"; while :; do sleep 0.1; done')
    terminal = playing.terminal("deploy")
    while not (playing.path / "begun").exists():
        assert terminal.child.isalive()
        time.sleep(0.05)
    ended = terminal.answer(CTRL_C)
    assert (ended.code, ended.lines[-1]) == (1, "interrupted; nothing was applied")
    assert not playing.is_applied


def test_a_plan_that_somebody_overtook_is_not_applied(project: Project) -> None:
    (project.path / "go").touch()
    terminal = project.terminal("deploy")
    terminal.asked()
    there = project.path / "cdktf.out" / "stacks" / "ada"
    overtaken = subprocess.run(
        [terraform().path, f"-chdir={there}", "apply", "-auto-approve", "-no-color"],
        env=project.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert overtaken.returncode == 0, overtaken.stderr
    ended = terminal.answer(f"yes{ENTER}")
    assert (ended.code, ended.lines[-1]) == (
        1,
        "the state has changed since the plan was made, so this plan is not applied; run this "
        "again, and look at the new one",
    )
