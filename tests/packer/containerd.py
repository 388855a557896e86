"""The step of the image's build that writes what every container starts from."""

import os
import re
import subprocess

from tests.built import built
from tests.packer.paths import PACKER


def runtime_specification(command: str = "") -> str:
    """What containerd's own ctr prints for the installer's step, or for `command`."""
    installer = (PACKER / "provisioners/install-containerd.sh").read_text(encoding="utf-8")
    (step,) = re.findall(r"^(ctr oci spec .*?)>\"\$downloads", installer, re.M | re.S)
    return subprocess.run(
        ["sh", "-c", command or step],
        env={"PATH": f"{built('containerd').parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
