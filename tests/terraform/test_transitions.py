"""What it does to a lovelace that runs to turn an option on and off: the table of the reference.

Each option is planned and reviewed by itself; those that are changed in place are applied, all
together, after which a plan has nothing to do, and taken away again.
"""

import json
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from constructs_lib.tables.transitions import (
    FAILS,
    IN_PLACE,
    NOTHING,
    REPLACES,
    SUBNETS,
    TRANSITIONS,
)
from plan_review import Level, review
from tests.emulator.aws import AwsEmulator
from tests.synthesis import LOVELACE, stacks
from tests.terraform.project import Project, changed

pytestmark = pytest.mark.full

NAME = "lovelace"
GATEWAY = "gateway"
CLUSTER = "aws_eks_cluster.control_plane"
TOGETHER = {
    number: [
        name for name, told in TRANSITIONS.items() if told.on == IN_PLACE and told.applied == number
    ]
    for number in (1, 2, 3)
}
AND_BACK = [name for name in TOGETHER[1] if TRANSITIONS[name].off not in (REPLACES, FAILS)]


def lovelace(*names: str, **more: Any) -> str:
    """Lovelace's spec with these options, its state in a file."""
    spec = yaml.safe_load(LOVELACE.read_text(encoding="utf-8"))
    del spec["state"]
    options = {k: v for name in names for k, v in TRANSITIONS[name].options.items()} | more
    for path, value in options.items():
        below = spec
        *parts, last = path.split(".")
        for part in parts:
            below = below.setdefault(part, {})
        below[last] = value
        if value is None:
            del below[last]
    return yaml.safe_dump(spec)


def write(project: Project, text: str) -> dict[str, Any]:
    """Put the stack's JSON in its place, as synth does, with the gateway that the account has."""
    text = re.sub(r"vgw-\w+", (project.path / GATEWAY).read_text(), text)
    stack = project.stack(NAME)
    stack.mkdir(parents=True, exist_ok=True)
    (stack / "cdk.tf.json").write_text(stacks(text)[NAME], encoding="utf-8")
    return dict(json.loads(stacks(text)[NAME]))


def plan(project: Project, text: str) -> tuple[str, str]:
    """What a plan for a spec does, in the words of the table, and the review's level."""
    stack = write(project, text)
    planned = project.plan(NAME, "-refresh=false")
    level = review(planned, stack=stack).verdict
    return FAILS if level is Level.WILL_FAIL else words(planned), level.value


def words(planned: Mapping[str, Any]) -> str:
    actions = changed(planned)
    replaced = {address for address, done in actions.items() if len(done) > 1}
    gone = {address for address, done in actions.items() if done == ["delete"]}
    if CLUSTER in replaced:
        return REPLACES
    if any(address.startswith("aws_subnet.") for address in replaced | gone):
        return SUBNETS
    # of a null_resource it means that kubectl applies again
    if others := [address for address in replaced if not address.startswith("null_resource.")]:
        return f"replaces {', '.join(sorted(others))}"
    return IN_PLACE if actions else NOTHING


def apply(project: Project, text: str) -> None:
    """Apply a spec, and see that a plan has nothing to do afterwards."""
    write(project, text)
    project.apply(NAME)
    printed = project.terraform(NAME, "plan", "-input=false", "-no-color")
    assert "No changes." in printed, printed[-3000:]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, aws: AwsEmulator) -> Project:
    """Lovelace, applied."""
    path = tmp_path_factory.mktemp("transitions") / "project"
    project = Project(path, aws, {NAME: lovelace()})
    made = aws.client("ec2").create_vpn_gateway(Type="ipsec.1")["VpnGateway"]
    (path / GATEWAY).write_text(made["VpnGatewayId"])
    write(project, lovelace())
    project.init(NAME)
    apply(project, lovelace())
    return project


@pytest.fixture(scope="module")
def with_all(project: Project) -> Callable[[int], Project]:
    """Lovelace with all that is turned on together in place."""
    now = 0

    def turn_on(number: int) -> Project:
        nonlocal now
        if now != number:
            apply(project, lovelace(*TOGETHER[number]))
            now = number
        return project

    return turn_on


@pytest.mark.parametrize("option", TRANSITIONS)
def test_an_option_is_turned_on_as_the_reference_says(project: Project, option: str) -> None:
    seen = plan(project, lovelace(option))
    told = TRANSITIONS[option]

    sys.stdout.write(f"ON {option}: {seen}\n")
    sys.stdout.flush()
    assert seen == (told.on, told.review_on)


@pytest.mark.parametrize("option", [*TOGETHER[3], *TOGETHER[2], *TOGETHER[1]])
def test_an_option_is_turned_off_as_the_reference_says(
    with_all: Callable[[int], Project], option: str
) -> None:
    told = TRANSITIONS[option]
    others = (name for name in TOGETHER[told.applied] if name != option)
    seen = plan(with_all(told.applied), lovelace(*others))

    sys.stdout.write(f"OFF {option}: {seen}\n")
    sys.stdout.flush()
    assert seen == (told.off, told.review_off)


def test_a_changed_tag_is_changed_in_place_and_once(with_all: Callable[[int], Project]) -> None:
    """Else the group that follows the template's version ends in "inconsistent final plan"."""
    text = lovelace(*TOGETHER[1], tags={"team": "shop", "stage": "live"})
    project = with_all(1)

    assert plan(project, text)[0] == IN_PLACE
    apply(project, text)


def test_what_is_turned_off_in_place_leaves_nothing_to_do(
    with_all: Callable[[int], Project],
) -> None:
    stay = [name for name in TOGETHER[1] if name not in AND_BACK]
    apply(with_all(1), lovelace(*stay, **{"control_plane.zonal_shift": False}))
