"""Files and directories, and what the owner of a good spec is told."""

import os
from datetime import date
from pathlib import Path

import pytest

from constructs_lib.spec.loader import load
from constructs_lib.spec.problems import SpecErrors
from tests.spec.bad import GOOD, TODAY, add, problems, told, warnings


def test_a_good_spec_has_no_problem(root: Path) -> None:
    (cluster,) = load(root, today=TODAY).clusters
    assert cluster.spec.name == "ada"


def test_a_file_that_is_not_text_is_told(root: Path) -> None:
    (root / "clusters" / "ada.yaml").write_bytes(b"\xff\xfe\x00")
    assert problems(root) == ["clusters/ada.yaml:1: is not text; save it as UTF-8"]


def test_a_file_that_cannot_be_read_is_told(root: Path) -> None:
    (root / "clusters" / "ada.yaml").unlink()
    (root / "clusters" / "ada.yaml").mkdir()
    assert problems(root) == ["clusters/ada.yaml:1: cannot be read: is a directory; check the file"]


def test_a_pipe_is_told_instead_of_waited_for(root: Path) -> None:
    (root / "clusters" / "ada.yaml").unlink()
    os.mkfifo(root / "clusters" / "ada.yaml")
    assert problems(root) == [
        "clusters/ada.yaml:1: cannot be read: not a regular file; check the file"
    ]


def test_a_huge_file_is_told_instead_of_read(root: Path) -> None:
    assert told(root, lambda text: text + "#" * 500_000) == [
        "1: is larger than 500000 bytes; split it"
    ]


def test_a_file_called_yml_is_told_rather_than_overlooked(root: Path) -> None:
    (root / "clusters" / "bob.yml").write_text(GOOD)
    assert problems(root) == ["clusters/bob.yml:1: ends in .yml; rename it to bob.yaml"]


def test_an_empty_directory_is_told(root: Path) -> None:
    (root / "clusters" / "ada.yaml").unlink()
    assert problems(root) == [
        "clusters:1: holds no cluster; make a first one: eks-cluster new NAME"
    ]


def test_a_directory_outside_of_the_project_is_read(root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "bob.yaml").write_text("name: -\n")
    (root / "project").mkdir()
    assert problems_in(root / "project", elsewhere)[0].startswith(f"{elsewhere}/bob.yaml:1: ")


def problems_in(root: Path, directory: Path) -> list[str]:
    with pytest.raises(SpecErrors) as caught:
        load(root, str(directory), today=TODAY)
    return str(caught.value).splitlines()


def test_a_cluster_like_no_other_is_told_with_all_there_are(root: Path) -> None:
    assert problems(root, "zuse") == ["clusters:1: has no cluster called zuse; it has ada"]


def test_a_cluster_that_is_not_there_is_told_with_the_nearest_name(root: Path) -> None:
    assert problems(root, "adam") == [
        "clusters:1: has no cluster called adam; did you mean ada? it has ada"
    ]


def test_a_version_in_extended_support_is_a_warning(root: Path) -> None:
    add(root, "ada", GOOD.replace("1.36", "1.33"))
    assert warnings(root) == [
        "clusters/ada.yaml:5: kubernetes_version: warning: 1.33 left standard support on "
        "2026-07-29 and is billed as extended support, at about six times the price, until "
        "2027-07-29; plan the upgrade, one minor version at a time"
    ]


def test_a_spec_that_was_good_is_good_tomorrow_and_its_owner_is_told(root: Path) -> None:
    text = GOOD.replace("1.36", "1.31").replace("min_size: 1", "image: {family: al2023}")
    add(root, "ada", text)
    (warning,) = load(root, today=date(2026, 11, 27)).warnings
    assert str(warning) == (
        "clusters/ada.yaml:5: kubernetes_version: warning: 1.31 was retired by EKS on 2026-11-26: "
        "a new cluster cannot have it, and AWS upgrades those that do; "
        "take the version that yours runs"
    )


def test_a_state_without_a_lock_is_a_warning(root: Path) -> None:
    add(root, "ada", GOOD + "state: {bucket: states, key: ada.tfstate, region: us-west-2}\n")
    assert warnings(root) == [
        "clusters/ada.yaml:10: state: warning: has no lock, so two people can spoil it at once; "
        "add dynamodb_table or use_lockfile: true"
    ]


def test_one_file_is_its_cluster(root: Path) -> None:
    add(root, "bob")
    fleet = load(root, "clusters/bob.yaml", today=TODAY)
    assert [cluster.spec.name for cluster in fleet.clusters] == ["bob"]


def test_a_directory_that_is_not_there_is_told(root: Path) -> None:
    assert problems_in(root, Path("custers")) == [
        "custers:1: is no directory; name the one that holds the specs, or make a first one: "
        "eks-cluster new NAME"
    ]
