"""Builds the pinned programs that are not there yet: `make programs`.

One after the other, so that it fits beside other work, and each once for this user's machine.
"""

import contextlib
import fcntl
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.programs.pinned import ORDER, Program, cache, go, program

_LAST_LINES = 15
_FETCHING = re.compile(
    r"dial tcp|proxyconnect|TLS handshake|tls: failed|i/o timeout|: EOF$|: \d{3} [A-Z]", re.M
)
"""What Go says where it cannot fetch a module."""
_NO_NETWORK = "its modules cannot be fetched; check the network, HTTPS_PROXY and GOPROXY"
NO_GO = "needs Go 1.26.8 or newer, go is not on PATH; see https://go.dev/doc/install"
"""What is said where there is no Go client; the version is the newest that a go.mod names."""


def main(names: list[str]) -> int:
    """Build what is missing of `names`, or of all; the exit code."""
    unknown = [name for name in names if name not in ORDER]
    if unknown:
        print(f"no program {', '.join(unknown)}; there are {', '.join(ORDER)}", file=sys.stderr)
        return 1
    wanted = [program(name) for name in ORDER if name in (names or ORDER)]
    if all(each.built.is_dir() for each in wanted):
        return 0
    if shutil.which("go") is None:
        print(NO_GO, file=sys.stderr)
        return 1
    with _alone(cache()), _scratch(cache()) as scratch:
        missing = [each for each in wanted if not each.built.is_dir()]
        done = [_build(each, scratch) for each in missing]
        return 0 if all(done) else 1


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold the lock of `directory`: a second build waits, and then finds all there."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another build of the programs", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _scratch(directory: Path) -> Iterator[Path]:
    """A directory beside the programs, for Go's cache and what is half built; gone afterwards.

    Go's usual cache would keep 15 GB of objects that nothing asks for again.
    """
    for left in directory.glob(".build-*"):  # by a build that was killed
        shutil.rmtree(left)
    scratch = Path(tempfile.mkdtemp(prefix=".build-", dir=directory))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch)


def _build(each: Program, scratch: Path) -> bool:
    """Build a program, say how long it took; False if it failed."""
    started = time.monotonic()
    beside = scratch / each.name
    beside.mkdir()
    environment: dict[str, Any] = {
        "GOCACHE": str(scratch / "gocache"),
        "GOTMPDIR": str(scratch),
        "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
        "CGO_ENABLED": "0",
    }
    flags = f"-ldflags={each.linker_flags}"
    done = go(each.directory, "build", flags, "-o", f"{beside}/", "tool", **environment)
    if done.returncode:
        errors = "\n".join(done.stderr.splitlines()[-_LAST_LINES:])
        what = _NO_NETWORK if _FETCHING.search(errors) else "could not be built"
        print(f"{each.name} {each.version}: {what}\n{errors}", file=sys.stderr)
        return False
    for made, name in zip(sorted(beside.iterdir()), sorted(each.executables), strict=True):
        made.rename(beside / name)
    size = sum(path.stat().st_size for path in beside.iterdir()) / 1e6
    beside.rename(each.built)
    took = time.monotonic() - started
    print(f"{each.name} {each.version}: {took:.0f} s, {size:.0f} MB", flush=True)
    return True


if __name__ == "__main__":
    os.nice(10)
    sys.exit(main(sys.argv[1:]))
