"""containerd's configuration and its base specification, read by the real containerd."""

import json
import subprocess
import tomllib

from tests.built import built
from tests.packer.containerd import runtime_specification

from .paths import ROOTFS, linux_only

pytestmark = linux_only

CONFIG = ROOTFS / "etc/containerd/config.toml"


def test_containerd_understands_all_of_its_configuration() -> None:
    done = subprocess.run(
        [built("containerd"), "--config", CONFIG, "config", "dump"],
        capture_output=True,
        text=True,
        check=True,
    )
    warnings = [line for line in done.stderr.splitlines() if "level=info" not in line]
    # version 3 is every containerd 2's; from 2.3 on there is a newer one as well
    assert [line for line in warnings if "migrated from version 3" not in line] == []
    plugins = tomllib.loads(done.stdout)["plugins"]
    ours = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["plugins"]
    for plugin, settings in ours.items():
        assert_within(settings, plugins[plugin], plugin)


def assert_within(wanted: object, found: object, where: str) -> None:
    """What we say is what containerd says after it has read it: no key was left aside."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), where
        for key, value in wanted.items():
            assert key in found, f"{where}.{key} is no setting of containerd"
            assert_within(value, found[key], f"{where}.{key}")
    else:
        assert wanted == found, where


def test_a_container_starts_from_containerds_own_specification_with_more_open_files() -> None:
    own, ours = (json.loads(runtime_specification(command)) for command in ("ctr oci spec", ""))
    limits = {"type": "RLIMIT_NOFILE", "soft": 65536, "hard": 1048576}
    assert ours == {**own, "process": {**own["process"], "rlimits": [limits]}}
