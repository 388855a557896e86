"""deploy and destroy: plan, review, ask once, and apply exactly that plan."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from commands import failures, leftovers, state, stopping
from commands.asking import ask, can_ask
from commands.aws import Aws
from commands.planning import (
    Plan,
    PlanError,
    Work,
    locked_run,
    make_plan,
    private_directory,
    working,
)
from commands.reporting import show
from commands.stacks import Stack, own_command
from commands.steps import Step
from commands.terraform import Event, Outcome
from constructs_lib.errors import EksClusterError
from plan_review import Level
from plan_review.report import words

NOTHING: Final = "nothing was applied"
_LOCK_ID: Final = re.compile(r"^\s*ID:\s+(\S+)|lock ID:? [\"']?([\w-]+)", re.MULTILINE | re.I)
_DONE: Final = {"create": "made", "update": "changed", "delete": "destroyed"}


class ApplyError(EksClusterError):
    """An apply did not end well; the text says what is left, and the way on."""


def run(
    cluster: str | None,
    stack: str | None,
    *,
    destroy: bool,
    auto_approve: bool,
    migrate: bool,
) -> None:
    """Deploy or destroy a stack.

    Raises:
        EksClusterError: nothing, or not all, was applied; in words.
    """
    command = "destroy" if destroy else "deploy"
    if not auto_approve and not can_ask():
        raise PlanError(
            f"no terminal to ask on before the {command}; --auto-approve (make: "
            "ARGS=--auto-approve) goes ahead without asking"
        )
    if destroy and auto_approve and not cluster:
        raise PlanError(f"say which cluster is to be destroyed without asking; {NOTHING}")
    try:
        with (
            working(cluster, stack, command=command, to_apply=not destroy, migrate=migrate) as work,
            private_directory() as directory,
        ):
            plan = _confirmed(work, directory, destroy=destroy, auto_approve=auto_approve)
            if plan is None:
                click.echo("Nothing to apply.")
                return
            _apply(work, plan, command)
    except KeyboardInterrupt:
        raise PlanError(f"interrupted; {NOTHING}") from None
    click.echo(_next(work.stack, destroy=destroy))


def _confirmed(work: Work, directory: Path, *, destroy: bool, auto_approve: bool) -> Plan | None:
    """Plan, show the review and ask; None where there is nothing to apply.

    Raises:
        EksClusterError: there is no plan, or nobody wants it.
    """
    account = _account(work)
    plan = make_plan(work, directory, destroy=destroy, lock=True)
    show(work, plan)
    if not plan.review.is_whole:
        raise PlanError(f"the plan is not whole; {NOTHING}")
    if plan.review.facts.plan.is_change_free:
        return None
    _confirm(work, plan, account, destroy=destroy, auto_approve=auto_approve)
    counts = plan.review.counts
    if destroy or _is_loss(plan) or any(counts[verb] for verb in ("import", "move", "forget")):
        copy = state.keep_copy(work.terraform, work.stack)
        if copy is not None:
            work.steps.say(f"A copy of the state is kept in {copy}")
    return plan


def _is_loss(plan: Plan) -> bool:
    return plan.review.reaches(Level.DATA_LOSS)


def _provider(work: Work) -> dict[str, Any]:
    provider: list[dict[str, Any]] = work.stack.configuration().get("provider", {}).get("aws", [{}])
    return provider[0]


def _region(work: Work) -> str:
    return str(_provider(work).get("region", ""))


def _account(work: Work) -> str:
    """Where the plan would be applied: account, who asks, region."""
    region = _region(work)
    try:
        identity = Aws(region, role_arn=None).ask("sts", "get-caller-identity")
        who, account = _acting(identity["Arn"], identity["Account"], _provider(work))
    except (EksClusterError, ValueError, KeyError, TypeError):
        return f"account unknown (aws sts get-caller-identity does not answer), region {region}"
    return f"account {account} as {who}, region {region}"


def _acting(who: str, account: str, provider: Mapping[str, Any]) -> tuple[str, str]:
    """Who acts, in which account: the caller, or the role that the provider assumes."""
    if not provider.get("assume_role"):
        return who, account
    role: str = provider["assume_role"][0]["role_arn"]
    return f"{who}, who assumes {role}", role.split(":")[4]


def _confirm(work: Work, plan: Plan, account: str, *, destroy: bool, auto_approve: bool) -> None:
    """Let the plan be applied only if somebody who has seen the review wants it.

    Raises:
        EksClusterError: nobody does.
    """
    name, verdict = work.stack.name, plan.review.verdict.value
    click.echo(f"\n{name}: {words.counts(plan.review)}; plan of level {verdict}")
    click.echo(f"In {account}")
    if destroy and work.stack.is_cluster:
        click.echo("\n".join(leftovers.before(name, _region(work))))
    if auto_approve:
        if _is_loss(plan) and not destroy:
            raise PlanError(
                f"the plan is of level {verdict}, which --auto-approve does not cover: accept its "
                f"findings in clusters/{work.stack.cluster}.accept.toml "
                f"(docs/how-to/review-a-plan.md), or answer on a terminal; {NOTHING}"
            )
        return
    if destroy or _is_loss(plan):
        doing = f"destroys {name}" if destroy else f"is of level {verdict}"
        ask(f"This {doing}. To go on, type {name}:", name, nothing=NOTHING)
    else:
        ask("Apply this plan? Only yes goes on:", "yes", nothing=NOTHING)


def _apply(work: Work, plan: Plan, command: str) -> None:
    counts = plan.review.counts
    total = sum(counts[verb] for verb in ("add", "change", "destroy")) + 2 * counts["replace"]
    doing = {"deploy": "Deploying", "destroy": "Destroying"}[command]
    # from here on it is known at the end alone what was done, and that must be said
    stopping.no_more()
    with work.steps.step(f"{doing} {work.stack.name}") as step:
        arguments = ["apply", "-json", "-input=false", str(plan.file)]
        follow = _progress(step, total, work.terraform.program.name)
        outcome = locked_run(work, arguments, step.line, follow)
    for line in failures.warnings_of([outcome]):
        work.steps.say(line)
    if outcome.code == 0 and not outcome.interrupted:
        return
    raise ApplyError("\n".join(_left(work, outcome, command)))


def _progress(step: Step, total: int, program: str) -> Callable[[Event], None]:
    """A line for each resource that is done, and a moving one for those that are not."""
    going: dict[str, str] = {}
    done = 0

    def follow(event: Event) -> None:
        nonlocal done
        hook = event.get("hook") or {}
        address = str((hook.get("resource") or {}).get("addr", ""))
        match event.get("type"):
            case "apply_start" if hook.get("action") in _DONE:
                going[address] = ""
            case "apply_progress" if address in going:
                going[address] = f" ({hook.get('elapsed_seconds', 0)} s)"
            case "apply_complete" if hook.get("action") in _DONE:
                going.pop(address, None)
                done += 1
                step.line(f"{done} of {total}: {_DONE[hook['action']]} {address}")
            case "apply_errored":
                going.pop(address, None)
                step.line(f"failed: {address}")
            case "provision_progress":
                for line in str(hook.get("output", "")).splitlines():
                    if not line.startswith("Executing: "):
                        step.line(f"  {address}: {line}")
            case "stopping":
                step.line(
                    f"stopping: {program} ends what it is at and writes the state; wait for it "
                    f"(kill -KILL {event['pid']} would lose what it has just made)"
                )
        first = [f"{name}{since}" for name, since in going.items()][:3]
        step.at(f"{done} of {total}; {', '.join(first)}")

    return follow


def _left(work: Work, outcome: Outcome, command: str) -> list[str]:
    """What went wrong, what is left behind, and the way on."""
    stack = work.stack
    lines = (
        []
        if outcome.interrupted and not outcome.errors
        else failures.in_words(outcome, stack, work.terraform.program)
    )
    text = "\n".join(f"{error.summary}\n{error.detail}" for error in outcome.errors)
    found = _LOCK_ID.search(text)
    lock = (found[1] or found[2]) if found else ""
    if (file := state.rescue(stack)) is not None:
        return [*lines, state.say_errored(file, stack, lock)]
    if "Saved plan is stale" in text:
        return lines
    how = "interrupted" if outcome.interrupted else "not finished"
    lines.append(
        f"{how}: what was done so far is in the state ({state.wanted(stack)}), and "
        f"{stack.again(command)} goes on from there ({failures.INTERRUPTED})"
    )
    if "releasing the state lock" in text.lower():
        lines.append(f"the lock stayed: {stack.by_hand('force-unlock', '-force', lock or 'ID')}")
    return lines


def _next(stack: Stack, *, destroy: bool) -> str:
    """What to do after all went well."""
    if destroy:
        return f"{stack.name} is destroyed."
    if not stack.is_cluster:
        cluster = Stack(stack.cluster, stack.cluster, stack.out)
        return f"{stack.name} is there. Next: {cluster.again('deploy')}"
    file = f"{stack.name}.kubeconfig"
    return (
        f"{stack.name} is deployed. Next:\n"
        f"  {own_command()} kubeconfig {stack.name}\n"
        f"  kubectl --kubeconfig={file} get nodes"
    )
