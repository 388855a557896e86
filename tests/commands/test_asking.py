"""deploy and destroy over a terminal: what is an answer, and what is not."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from commands.deploy import command as deploy
from tests.commands.conftest import Project
from tests.plan_review import build

CTRL_C, CTRL_D, ENTER = "\x03", "\x04", "\r"

CLUSTER = "aws_eks_cluster.control_plane"
SUBNET = "aws_subnet.private"


def harmless() -> dict[str, Any]:
    """A plan with nothing in it that anybody would mind."""
    return build.plan(build.change("aws_eip.more", build.CREATE, None, {"domain": "vpc"}))


def outage() -> dict[str, Any]:
    """A plan that replaces the control plane."""
    values = build.cluster()
    return build.plan(
        build.change(
            CLUSTER, build.REPLACE, values, {**values, "name": "b"}, replace_paths=[["name"]]
        )
    )


def gone() -> dict[str, Any]:
    """A plan that destroys the cluster."""
    return build.plan(build.change(CLUSTER, build.DELETE, build.cluster(), None))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (f"no{ENTER}", "the answer was 'no', not yes: nothing was applied"),
        (ENTER, "the answer was nothing, not yes: nothing was applied"),
        (f"y{ENTER}", "the answer was 'y', not yes: nothing was applied"),
        (f"YES{ENTER}", "the answer was 'YES', not yes: nothing was applied"),
        (f"ada{ENTER}", "the answer was 'ada', not yes: nothing was applied"),
        (CTRL_C, "no answer: nothing was applied"),
        (CTRL_D, "no answer: nothing was applied"),
    ],
)
def test_only_yes_deploys(playing: Project, keys: str, said: str) -> None:
    playing.plays(harmless())
    terminal = playing.terminal("deploy")
    assert "plan of level routine" in terminal.asked()
    ended = terminal.answer(keys)
    assert (ended.code, ended.lines[-1]) == (1, said)
    assert not playing.is_applied


def test_yes_applies_exactly_the_plan_that_was_shown(playing: Project) -> None:
    playing.plays(harmless())
    terminal = playing.terminal("deploy", "ada")
    before = terminal.asked()
    assert "In account 123456789012 as arn:aws:iam::123456789012:user/ada, region" in before
    ended = terminal.answer(f"yes{ENTER}")
    assert ended.code == 0
    assert [call.split()[0] for call in playing.calls] == ["init", "plan", "show", "apply"]
    # a backend with another key or lock is the same state: no question, no migration
    assert playing.calls[0] == "init -json -input=false -reconfigure"
    (made,) = re.findall(r"-out=(\S+)", playing.calls[1])
    assert playing.calls[-1] == f"apply -lock-timeout=0s -json -input=false {made}"
    assert not os.path.lexists(made)


def test_what_terraform_writes_is_its_users_alone(playing: Project) -> None:
    playing.plays(
        harmless(),
        init='echo a >"$here/of-init"',
        apply='echo b >"$here/terraform.ada.tfstate"',
    )
    terminal = playing.terminal("deploy")
    terminal.asked()
    assert terminal.answer(f"yes{ENTER}").code == 0
    for file in ("of-init", "terraform.ada.tfstate"):
        assert (playing.path / file).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("keys", [f"yes{ENTER}", ENTER, CTRL_C, CTRL_D, f"grace{ENTER}"])
def test_yes_is_not_enough_for_an_outage(playing: Project, keys: str) -> None:
    playing.plays(outage())
    terminal = playing.terminal("deploy")
    assert "This is of level outage. To go on, type ada: " in terminal.asked()
    ended = terminal.answer(keys)
    assert ended.code == 1
    assert ended.lines[-1].endswith("nothing was applied")
    assert not playing.is_applied


def test_the_clusters_name_applies_an_outage_after_a_copy_of_the_state(playing: Project) -> None:
    playing.plays(outage())
    terminal = playing.terminal("deploy")
    terminal.asked()
    ended = terminal.answer(f"ada{ENTER}")
    assert ended.code == 0
    (kept,) = re.findall(r"A copy of the state is kept in (\S+)", ended.text)
    copy = Path(kept)
    assert copy.read_text() == '{"version": 4, "resources": [1]}\n'
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [call.split()[0] for call in playing.calls[-2:]] == ["state", "apply"]


@pytest.mark.parametrize("keys", [f"yes{ENTER}", f"no{ENTER}", ENTER, f"y{ENTER}", CTRL_C, CTRL_D])
def test_only_the_clusters_name_destroys(playing: Project, keys: str) -> None:
    playing.plays(gone())
    terminal = playing.terminal("destroy")
    assert "This destroys ada. To go on, type ada: " in terminal.asked()
    ended = terminal.answer(keys)
    assert ended.code == 1
    assert ended.lines[-1].endswith("nothing was applied")
    assert not playing.is_applied


def test_a_destroy_names_what_will_stand_in_its_way_before_it_asks(playing: Project) -> None:
    playing.plays(gone())
    asked = playing.terminal("destroy").asked()
    for what in (
        "load balancers: kubectl get services,ingresses",
        "their security groups: aws --region",
        "network interfaces: aws --region",
        "machines of Karpenter: aws --region",
        "a log group that EKS made: aws --region",
    ):
        assert what in asked
    assert "docs/how-to/tear-down.md" in asked
    assert asked.index("a log group") < asked.index("This destroys ada")


def test_the_clusters_name_destroys_after_a_copy_of_the_state(playing: Project) -> None:
    playing.plays(gone())
    terminal = playing.terminal("destroy")
    terminal.asked()
    ended = terminal.answer(f"ada{ENTER}")
    assert (ended.code, ended.lines[-1]) == (0, "ada is destroyed.")
    assert "A copy of the state is kept in " in ended.text
    assert "-destroy" in playing.calls[1]


def test_what_is_typed_before_the_question_is_no_answer(playing: Project) -> None:
    waits = 'until [ -e "$here/typed" ]; do sleep 0.1; done; echo >"${5#-out=}"'
    playing.plays(harmless(), plan=waits)
    terminal = playing.terminal("deploy")
    terminal.wait_for("Planning")
    terminal.child.send(f"yes{ENTER}")
    (playing.path / "typed").touch()
    terminal.asked()
    ended = terminal.answer(ENTER)
    assert (ended.code, playing.is_applied) == (1, False)


@pytest.mark.parametrize("command", ["deploy", "destroy"])
def test_nothing_is_applied_unasked(playing: Project, command: str) -> None:
    playing.plays(harmless())
    ended = playing.run(command)
    assert (ended.code, ended.text) == (
        1,
        f"no terminal to ask on before the {command}; --auto-approve (make: ARGS=--auto-approve) "
        "goes ahead without asking\n",
    )
    assert playing.calls == []


def test_auto_approve_prints_the_review_and_applies(playing: Project) -> None:
    playing.plays(harmless())
    ended = playing.run("deploy", "--auto-approve")
    assert ended.code == 0
    assert "Plan review: ada\n1 to add\n" in ended.text
    assert playing.is_applied


def test_auto_approve_stops_at_an_outage_unless_it_is_accepted(playing: Project) -> None:
    playing.plays(outage())
    ended = playing.run("deploy", "--auto-approve")
    assert (ended.code, ended.lines[-1]) == (
        1,
        "the plan is of level outage, which --auto-approve does not cover: accept its findings in "
        "clusters/ada.accept.toml (docs/how-to/review-a-plan.md), or answer on a terminal; "
        "nothing was applied",
    )
    assert "Plan review: ada\n" in ended.text
    assert not playing.is_applied
    rules = set(re.findall(r"(outage|data-loss) \[(\w+)\]", ended.text))
    (playing.path / "clusters" / "ada.accept.toml").write_text(
        "\n".join(
            f'[[accept]]\nrule = "{rule}"\nlevel = "{level}"\naddress = "{CLUSTER}"\n'
            'reason = "it is a test"\nexpires = 2026-12-24\n'
            for level, rule in sorted(rules)
        )
    )
    ended = playing.run("deploy", "--auto-approve")
    assert ended.code == 0, ended.text
    assert playing.is_applied


def test_auto_approve_destroys_only_a_cluster_that_is_named(playing: Project) -> None:
    playing.plays(gone())
    ended = playing.run("destroy", "--auto-approve")
    assert (ended.code, ended.text) == (
        1,
        "say which cluster is to be destroyed without asking; nothing was applied\n",
    )
    assert playing.run("destroy", "ada", "--auto-approve").code == 0
    assert playing.is_applied


@pytest.mark.parametrize(
    ("typed", "instead"),
    [
        (("ada", "destroy", "-auto-approve"), "destroy ada"),
        (("ada", "destroy"), "destroy ada"),
        (("ada", "apply"), "deploy ada"),
        (("ada", "apply", "-destroy", "-auto-approve"), "deploy ada"),
        (("ada", "-no-color", "apply", "-auto-approve", "-target", "aws_vpc.k8s"), "deploy ada"),
    ],
)
def test_terraform_itself_applies_no_plan_that_nobody_has_seen(
    playing: Project, typed: tuple[str, ...], instead: str
) -> None:
    done = playing.run("run", *typed)
    assert done.code == 1
    assert done.lines[-1].endswith(f"run: eks-cluster {instead}")
    assert playing.calls == []


def test_terraform_itself_applies_a_plan_in_a_file(playing: Project) -> None:
    (playing.path / "cdktf.out" / "stacks" / "ada" / "plan.out").touch()
    assert playing.run("run", "ada", "apply", "-input=false", "plan.out").code == 0
    assert playing.calls == ["apply -input=false plan.out"]


def test_a_plan_that_changes_nothing_is_not_asked_about(playing: Project) -> None:
    playing.plays(build.plan(build.same(CLUSTER, build.cluster())))
    ended = playing.terminal("deploy").end()
    assert (ended.code, ended.lines[-1]) == (0, "Nothing to apply.")
    assert not playing.is_applied


def test_a_plan_that_is_not_whole_is_not_applied(playing: Project) -> None:
    playing.plays({**harmless(), "errored": True})
    ended = playing.terminal("deploy").end()
    assert (ended.code, ended.lines[-1]) == (1, "the plan is not whole; nothing was applied")
    assert not playing.is_applied


def test_deploy_has_no_option_that_answers_the_question_by_half() -> None:
    assert {option for parameter in deploy.params for option in parameter.opts} == {
        *("cluster", "--stack", "--migrate", "--auto-approve"),
    }


@pytest.mark.parametrize(
    "one",
    [
        build.change(
            "aws_eip.more", build.NO_OP, {"id": "e"}, {"id": "e"}, importing={"id": "eipalloc-1"}
        ),
        build.same("aws_eip.more", {"id": "e"}, previous_address="aws_eip.less"),
        build.change("aws_eip.more", ["forget"], {"id": "e"}, None),
    ],
    ids=["import", "move", "forget"],
)
def test_a_copy_is_kept_before_the_state_itself_changes_hands(
    playing: Project, one: dict[str, Any]
) -> None:
    playing.plays(build.plan(one))
    ended = playing.run("deploy", "--auto-approve")
    assert ended.code == 0, ended.text
    assert "A copy of the state is kept in " in ended.text
    assert [call.split()[0] for call in playing.calls[-2:]] == ["state", "apply"]
