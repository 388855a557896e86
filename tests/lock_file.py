"""What a test may leave out of `.terraform.lock.hcl`."""

import re
from pathlib import Path

_HASHES = re.compile(r"^  hashes = \[.*?\]\n", re.MULTILINE | re.DOTALL)


def forget_checksums(directory: Path) -> None:
    """Keep of a stack's providers the versions alone.

    With a checksum Terraform reads all 700 MB of the AWS provider anew in every command, which is a
    third of the time of a small one. What the project does with lock files has tests of its own.
    """
    file = directory / ".terraform.lock.hcl"
    file.write_text(_HASHES.sub("", file.read_text(encoding="utf-8")), encoding="utf-8")
