"""What a released version has made is neither replaced nor destroyed by what today's gives."""

import functools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from constructs_lib import addresses
from tests import synthesis
from tests.contract import record
from tests.contract.check import broken, moved_in_changelog
from tests.contract.stack import STATE, ContractStack, add_images
from tests.emulator.aws import AwsEmulator
from tests.requirements import require

CHANGELOG = synthesis.ROOT / "CHANGELOG.md"
STATES = sorted(record.DIRECTORY.glob("*/*/*.state.json"))

Planned = Callable[[Path], dict[str, Any]]


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsEmulator]:
    """An AWS in which nothing exists but images."""
    require(shutil.which("terraform"), "terraform is not on PATH")
    with AwsEmulator() as emulator:
        yield emulator


@pytest.fixture
def planned(aws: AwsEmulator, tmp_path: Path) -> Planned:
    """`planned(state)`: the plan of what the recorded spec gives today on a recorded state."""

    def plan(state: Path) -> dict[str, Any]:
        spec = (state.parent / record.SPEC).read_text(encoding="utf-8")
        # not the cached: a test changes what is synthesised
        written = synthesis.stacks.__wrapped__(spec)[state.name.partition(".")[0]]
        add_images(aws, json.loads(written))
        stack = ContractStack(tmp_path / "stack", written, aws)
        shutil.copy(state, stack.path / STATE)
        return stack.plan()

    return plan


def test_this_version_is_recorded() -> None:
    assert {state.parent.name for state in STATES if state.parts[-3] == record.version()} == set(
        record.CASES
    )


def test_recorded_states_hold_every_type_of_resource_of_the_golden_cases() -> None:
    def types(documents: Iterator[dict[str, Any]]) -> set[str]:
        return {kind for document in documents for kind in document.get("resource", {})}

    golden = types(
        json.loads(path.read_text(encoding="utf-8"))
        for path in (synthesis.ROOT / "tests" / "golden").glob("**/cdk.tf.json")
    )
    recorded = {
        resource["type"]
        for state in STATES
        for resource in json.loads(state.read_text(encoding="utf-8"))["resources"]
    }

    assert golden - recorded == set()


@pytest.mark.parametrize("state", STATES, ids=lambda path: "-".join(path.parts[-3:]))
def test_nothing_recorded_is_replaced_or_destroyed(state: Path, planned: Planned) -> None:
    assert broken(planned(state)) == []


def test_addresses_that_moved_are_in_the_changelog() -> None:
    assert moved_in_changelog(CHANGELOG) == dict(addresses.MOVED)


# --- the contract fails when it should -----------------------------------------------------------


OLD, NEW = "aws_internet_gateway.gateway", "aws_internet_gateway.internet"


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the internet gateway another construct id."""
    from constructs_lib import networking  # noqa: PLC0415 - loads CDKTF

    gateway = vars(networking)["InternetGateway"]

    @functools.wraps(gateway)
    def another_id(scope: Any, id_: str, **arguments: Any) -> Any:
        assert id_ == OLD
        return gateway(scope, NEW, **arguments)

    monkeypatch.setattr(networking, "InternetGateway", another_id)


@pytest.fixture
def lovelace_state() -> Path:
    """What the newest recorded version made of the chapter's cluster."""
    return [state for state in STATES if state.parts[-2:] == ("lovelace", "lovelace.state.json")][
        -1
    ]


@pytest.mark.usefixtures("renamed")
def test_another_construct_id_breaks_the_contract(lovelace_state: Path, planned: Planned) -> None:
    assert broken(planned(lovelace_state)) == [f"{OLD}: destroyed or forgotten"]


@pytest.mark.usefixtures("renamed")
def test_a_moved_block_keeps_the_contract_but_wants_its_line_in_the_changelog(
    lovelace_state: Path, planned: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "MOVED", {OLD: NEW})
    changelog = tmp_path / "CHANGELOG.md"
    text = CHANGELOG.read_text(encoding="utf-8")

    assert broken(planned(lovelace_state)) == []
    assert moved_in_changelog(CHANGELOG) != dict(addresses.MOVED)
    changelog.write_text(f"{text}\n### Addresses\n\n- `{OLD}` is now `{NEW}`: clearer\n")
    assert moved_in_changelog(changelog) == dict(addresses.MOVED)
