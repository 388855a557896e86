"""What a test needs of the machine: missing, the test is skipped; where all must run, it fails."""

import os
from collections.abc import MutableMapping
from pathlib import Path

import pytest

ALL_MUST_RUN = "REQUIRE_E2E"
"""Environment variable that forbids skipping; `.ci/run` sets it to 1."""


def require(condition: object, reason: str, variable: str = ALL_MUST_RUN) -> None:
    """Skip the test with `reason` unless `condition` holds; fail it where `variable` is 1."""
    if condition:
        return
    if os.environ.get(variable) == "1":
        pytest.fail(f"{reason} (and {variable}=1 forbids to skip)", pytrace=False)
    pytest.skip(reason)


def take_terraforms_settings_out_of(environment: MutableMapping[str, str]) -> None:
    """Take out what would change what Terraform does or prints in the tests.

    Where its providers are stays: a file of settings that is there, and the cache of plugins. One
    that is not there makes Terraform write a warning in front of its JSON.
    """
    for name in [name for name in environment if name.startswith("TF_")]:
        settings = name == "TF_CLI_CONFIG_FILE" and Path(environment[name]).is_file()
        if not settings and name != "TF_PLUGIN_CACHE_DIR":
            del environment[name]
