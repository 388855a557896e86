"""What a released version has made is neither replaced nor destroyed by what today's gives.

Whatever else today's gives changes of it is listed in docs/upgrade-to-<version>.md.
"""

import functools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.terraform import addresses
from tests import synthesis
from tests.contract import record
from tests.contract.check import Change, Row, broken, changes, moved_in_changelog, rows
from tests.contract.stack import STATE, ContractStack, add_images
from tests.emulator.aws import AwsEmulator
from tests.programs import terraform

CHANGELOG = synthesis.ROOT / "CHANGELOG.md"
STATES = sorted(record.DIRECTORY.glob("*/*/*.state.json"))
NOTES = synthesis.ROOT / "docs" / f"upgrade-to-{record.version().rpartition('.')[0]}.md"

OLDER = [state for state in STATES if state.parts[-3] != record.version()]
"""States of the releases before this one, which its notes are about."""

Planned = Callable[[Path], dict[str, Any]]


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsEmulator]:
    """An AWS in which nothing exists but images."""
    terraform()
    with AwsEmulator() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def planned(aws: AwsEmulator, tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """`planned(state)`: the plan of what the recorded spec gives today on a recorded state."""

    def plan(state: Path) -> dict[str, Any]:
        spec = (state.parent / record.SPEC).read_text(encoding="utf-8")
        # not the cached: a test changes what is synthesised
        written = synthesis.stacks.__wrapped__(spec)[state.name.partition(".")[0]]
        aws.reset()
        add_images(aws, json.loads(written), json.loads(state.read_text(encoding="utf-8")))
        stack = ContractStack(tmp_path_factory.mktemp("contract") / "stack", written, aws)
        shutil.copy(state, stack.path / STATE)
        return stack.plan()

    return plan


@pytest.fixture(scope="module")
def today(planned: Planned) -> Planned:
    """The plan of a recorded state, made once."""
    return functools.cache(planned)


def test_a_version_is_released_once_it_is_recorded() -> None:
    recorded = {path.name for path in record.DIRECTORY.glob("*.*.*")}

    assert recorded == set(record.released(CHANGELOG))


def test_what_is_recorded_is_never_recorded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "version", lambda: "0.1.0")
    monkeypatch.setattr(record, "record", lambda *_: pytest.fail("it was recorded again"))

    with pytest.raises(SystemExit, match=r"^tests/contract/0\.1\.0 is there: .+ is never recorded"):
        record.main()


def test_cases_to_record_hold_every_type_of_resource_of_the_golden_cases() -> None:
    def types(document: dict[str, Any]) -> set[str]:
        return set(document.get("resource", {}))

    golden = {
        kind
        for path in (synthesis.ROOT / "tests" / "golden").glob("**/cdk.tf.json")
        for kind in types(json.loads(path.read_text(encoding="utf-8")))
    }
    recorded = {
        kind
        for path in record.CASES.values()
        for text in synthesis.stacks(path.read_text(encoding="utf-8")).values()
        for kind in types(json.loads(text))
    }

    assert golden - recorded == set(), "tests/contract/record.py: CASES wants one with it"


@pytest.mark.parametrize("state", STATES, ids=lambda path: "-".join(path.parts[-3:]))
def test_nothing_recorded_is_replaced_or_destroyed(state: Path, today: Planned) -> None:
    assert broken(today(state)) == []


@pytest.mark.parametrize("state", OLDER, ids=lambda path: "-".join(path.parts[-3:]))
def test_every_change_of_an_upgrade_is_in_its_notes(state: Path, today: Planned) -> None:
    cluster = state.parent.name

    unlisted = [
        change
        for change in changes(today(state))
        if not any(row.covers(cluster, change) for row in rows(NOTES))
    ]

    assert unlisted == [], f"{NOTES.name} does not list it"


def test_notes_list_no_change_that_the_upgrade_does_not_make(today: Planned) -> None:
    made = [(state.parent.name, change) for state in OLDER for change in changes(today(state))]

    assert [
        row
        for row in rows(NOTES)
        if not any(row.covers(cluster, change) for cluster, change in made)
    ] == []


def test_notes_say_of_every_change_why() -> None:
    assert [row for row in rows(NOTES) if len(row.why) < len("why")] == []


def test_addresses_that_moved_are_in_the_changelog() -> None:
    assert moved_in_changelog(CHANGELOG) == dict(addresses.MOVED)


# --- the contract fails when it should -----------------------------------------------------------


OLD, NEW = "aws_internet_gateway.gateway", "aws_internet_gateway.internet"


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the internet gateway another construct id."""
    from constructs_lib.networking import own  # noqa: PLC0415 - loads CDKTF

    gateway = vars(own)["InternetGateway"]

    @functools.wraps(gateway)
    def another_id(scope: Any, id_: str, **arguments: Any) -> Any:
        assert id_ == OLD
        return gateway(scope, NEW, **arguments)

    monkeypatch.setattr(own, "InternetGateway", another_id)


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


@pytest.mark.usefixtures("renamed")
def test_another_construct_id_is_a_change_that_the_notes_do_not_list(
    lovelace_state: Path, planned: Planned
) -> None:
    found = changes(planned(lovelace_state))

    assert Change(OLD, "destroy") in found
    assert Change(NEW, "create") in found
    assert Change("aws_route_table.public", "update", "route") in found


def test_a_row_speaks_of_the_clusters_addresses_and_arguments_that_it_names(tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text(
        "| Cluster | Address | Change | Argument | Why |\n|---|---|---|---|---|\n"
        "| `ada`, `grace` | `aws_subnet.*` | update | `tags` | one more |\n"
        "\n| Another | table |\n|---|---|\n| of | words |\n"
    )
    (row,) = rows(notes)

    assert row == Row("ada, grace", "aws_subnet.*", "update", "tags", "one more")
    assert row.covers("grace", Change("aws_subnet.a", "update", "tags"))
    assert not row.covers("alan", Change("aws_subnet.a", "update", "tags"))
    assert not row.covers("ada", Change("aws_vpc.a", "update", "tags"))
    assert not row.covers("ada", Change("aws_subnet.a", "replace", "tags"))
    assert not row.covers("ada", Change("aws_subnet.a", "update", "cidr_block"))
