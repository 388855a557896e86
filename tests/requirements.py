"""What a test needs of the machine: missing, the test is skipped; where all must run, it fails."""

import os

import pytest

ALL_MUST_RUN = "REQUIRE_E2E"
"""Environment variable that forbids skipping; `.ci/run` sets it to 1."""


def require(condition: object, reason: str) -> None:
    """Skip the test with `reason` unless `condition` holds; fail it where REQUIRE_E2E is 1."""
    if condition:
        return
    if os.environ.get(ALL_MUST_RUN) == "1":
        pytest.fail(f"{reason} (and {ALL_MUST_RUN}=1 forbids to skip)", pytrace=False)
    pytest.skip(reason)
