"""The control plane of the tests itself: nothing of it is left, however it ends."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .server import ControlPlane

HELD = """\
import sys
from tests.control_plane.server import ControlPlane
control_plane = ControlPlane()
control_plane.start()
print(*(process.pid for process in control_plane._processes), control_plane.ca_path.parent)
sys.stdout.flush()
sys.stdin.read()
"""


def runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_nothing_is_left_after_stop() -> None:
    with ControlPlane() as control_plane:
        directory = control_plane.ca_path.parent
        assert control_plane.read("/api/v1/namespaces/kube-system")
        processes = list(control_plane._processes)
    assert all(process.poll() is not None for process in processes)
    assert not directory.exists()


@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv is not on PATH; Linux has it")
def test_nothing_runs_on_when_the_tests_are_killed() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HELD],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    *pids, directory = process.stdout.readline().split()
    try:
        assert len(pids) == 2
        assert all(runs(int(pid)) for pid in pids)
        process.kill()
        process.wait()
        while any(runs(int(pid)) for pid in pids):
            pass
    finally:
        process.kill()
        process.communicate()
        shutil.rmtree(directory)
