"""EKS's calendar, which the specs and the plan review each keep."""

from datetime import date

import pytest

from constructs_lib.tables import kubernetes_versions as specs
from plan_review.facts import kubernetes_versions as reviews
from plan_review.facts.kubernetes_versions import Version, version_of


def test_both_calendars_say_the_same() -> None:
    of_the_specs = {
        release.minor: (release.end_of_standard_support, release.end_of_extended_support)
        for release in specs.RELEASES
    }
    of_the_reviews = {
        str(version): (release.end_of_standard_support, release.end_of_extended_support)
        for version, release in reviews.SUPPORT.items()
    }
    assert of_the_reviews == of_the_specs
    assert reviews.AS_OF == specs.AS_OF


def test_a_version_is_retired_when_its_extended_support_ends() -> None:
    assert reviews.SUPPORT[Version(1, 36)].end_of_extended_support == date(2028, 8, 2)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.36", Version(1, 36)),
        ("v1.36.2-eks-1", Version(1, 36)),
        ("1", None),
        ("latest", None),
        (1.36, None),
        (None, None),
    ],
)
def test_a_version_is_parsed_or_is_none(text: object, version: Version | None) -> None:
    assert version_of(text) == version
