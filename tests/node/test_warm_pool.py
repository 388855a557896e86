"""An instance waits in a warm pool, is stopped there, and joins when it is wanted."""

from pathlib import Path

import pytest

from constructs_lib.tables.user_data import Node as Told
from tests.control_plane.server import ControlPlane
from tests.emulator.aws import AwsEmulator

from .test_join import KUBELETS, SCRIPT, order, started

pytestmark = pytest.mark.full

TARGET = "meta-data/autoscaling/target-lifecycle-state"


def test_an_instance_of_a_warm_pool_joins_when_it_is_taken_into_service(
    tmp_path: Path, aws: AwsEmulator, control_plane: ControlPlane
) -> None:
    told = Told(
        instance_store="mount",
        before=SCRIPT.format("before"),
        after=SCRIPT.format("after"),
        warm_pool=True,
    )
    warmed = {TARGET: "Warmed:Stopped"}
    with started(
        tmp_path, KUBELETS[-1], told, aws=aws, api=control_plane, disks=2, **warmed
    ) as node:
        waits = "is for the warm pool (Warmed:Stopped), and joins when it leaves it"
        waiting = lambda: waits in node.machine.journal("warm-pool.service")  # noqa: E731
        node.machine.wait_for("it to wait", waiting)
        assert node.machine.read("/var/lib/order") == "before inactive\n"
        assert node.object() is None

        node.machine.power_off()
        node.machine.metadata[TARGET] = "InService"
        node.machine.boot()
        node.machine.wait_for("the node", lambda: node.object() is not None)
        node.machine.wait_for("the script after", lambda: len(order(node)) == 2)
        assert order(node) == ["before inactive", "after active"]
        for number in (1, 2):
            found = node.machine.run("findmnt", "--noheadings", f"/mnt/k8s-disks/{number}")
            assert f"/dev/nvme{number}n1 ext4" in " ".join(found.stdout.split())
