"""The dated table of what EKS offers."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from constructs_lib.tables import kubernetes_versions as versions

TODAY = versions.AS_OF


def test_table_is_in_order_without_gaps() -> None:
    minors = [int(r.minor.removeprefix("1.")) for r in versions.RELEASES]

    assert all(later == earlier + 1 for earlier, later in pairwise(minors))
    for release in versions.RELEASES:
        assert release.end_of_standard_support < release.end_of_extended_support


def test_default_is_offered_and_in_standard_support() -> None:
    assert versions.DEFAULT in versions.offered(TODAY)
    assert versions.warning(versions.DEFAULT, TODAY) is None


def test_offered_version_has_no_problem() -> None:
    for minor in versions.offered(TODAY):
        assert versions.problem(minor) is None


@pytest.mark.parametrize(
    ("minor", "what"),
    [
        ("1.28", "was retired by EKS on 2025-11-26"),
        ("1.99", "is newer than this project has been tested with"),
        ("1.3", "is not a Kubernetes version of EKS"),
        ("latest", "is not a Kubernetes version of EKS"),
    ],
)
def test_what_eks_does_not_run_is_told_apart(minor: str, what: str) -> None:
    problem = versions.problem(minor)

    assert problem is not None
    assert problem[0] == what
    assert versions.DEFAULT in problem[1]


def test_a_version_goes_at_the_start_of_the_day_on_which_its_support_ends() -> None:
    oldest = versions.offered(TODAY)[0]
    (release,) = [r for r in versions.RELEASES if r.minor == oldest]
    end = release.end_of_extended_support

    assert oldest in versions.offered(end - timedelta(days=1))
    assert oldest not in versions.offered(end)
    assert "was retired" in str(versions.warning(oldest, end))
    assert "was retired" not in str(versions.warning(oldest, end - timedelta(days=1)))


def test_standard_support_ends_at_the_start_of_its_day() -> None:
    assert versions.warning("1.36", date(2027, 8, 1)) is None
    assert "left standard support" in str(versions.warning("1.36", date(2027, 8, 2)))


def test_extended_support_is_a_warning_with_its_end() -> None:
    warning = versions.warning("1.33", date(2026, 11, 23))

    assert warning is not None
    assert "2026-07-29" in warning
    assert "2027-07-29" in warning
