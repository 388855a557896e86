"""A copy of the AWS bindings from which Node, too, loads only what is in use.

The jsii kernel unpacks each package once into a cache and then loads it from there. For the AWS
bindings that means 2,231 files of JavaScript on each run, and a manifest of 131 MB wherever its
index is missing, which a short run never finishes. So the cache is filled here first:

- ``lib/index.js`` asks for a module when it is used: a getter in place of each ``require``;
- source maps and type declarations, which nothing reads at run time, are left out;
- the index is made by jsii's own program for that.

Everything else is the installed package's, byte for byte. The directory is named by the package's
digest, as jsii does it: of another package, or by another jsii, it is not found, and jsii unpacks
the package itself. A copy gets its place by a rename when it is complete, so a run that was killed
leaves nothing that another would take for one.
"""

import fcntl
import hashlib
import importlib.machinery
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from constructs_lib import bindings

NAME = "@cdktf/provider-aws"
VERSION = bindings.KNOWN["cdktf-cdktf-provider-aws"]

PROJECT = "eks-cluster"
"""The directory of the copies in the user's cache."""

LAYOUT = 1
"""Raise it when a copy that was made before should be made again."""

MARKER = ".jsii-runtime-package-cache"
"""jsii's sign of a complete copy."""

INDEX = ".jsii.runtime.v1.json"
"""The last file that jsii writes of its index."""

SOURCE_MAP = b"//# sourceMappingURL=data:"
REQUIRE = re.compile(rb'^exports\.(\w+) = require\("(\./[\w-]+)"\);$', re.MULTILINE)
GETTER = (
    rb'Object.defineProperty(exports, "\1", '
    rb'{ enumerable: true, configurable: true, get: () => require("\2") });'
)

MAKE_INDEX = """
const { Worker } = require("worker_threads");
const [script, packageDir] = process.argv.slice(1);
const supportedFeatures = ["intersection-types", "class-covariant-overrides"];
const worker = new Worker(script, { workerData: { packageDir, supportedFeatures } });
worker.on("message", ({ error }) => { console.error(error); process.exitCode = 1; });
"""
TIMEOUT = 300
"""Seconds for the index; it takes three."""


class Unfit(Exception):  # noqa: N818 - says what the bindings are
    """The bindings cannot be prepared."""


def use(jsii: str) -> None:
    """Have the jsii kernel read the prepared copy, made now if there is none.

    Where that cannot be, say so and leave jsii to itself.
    """
    if os.environ.get("JSII_RUNTIME_PACKAGE_CACHE", "enabled").lower() != "enabled":
        return  # its owner wants no cache
    try:
        root = directory() / f"jsii-{jsii}-{LAYOUT}"
        fill(root)
    except OSError as error:
        bindings.say(
            f"cannot keep a prepared copy in {root} ({error.strerror or error}), and synth takes "
            "ten times longer without; make it writable, or set XDG_CACHE_HOME to where there is "
            "room"
        )
        # jsii's own cache is a neighbour, and it gives up where it cannot write
        os.environ["JSII_RUNTIME_PACKAGE_CACHE"] = "disabled"
    except (Unfit, tarfile.TarError, EOFError, subprocess.SubprocessError, RuntimeError) as error:
        bindings.say(f"cannot prepare a copy ({error}), and synth takes several times longer")
    else:
        os.environ["JSII_RUNTIME_PACKAGE_CACHE_ROOT"] = str(root)
        # Node would store what it compiles under a path that differs in each run
        os.environ.pop("NODE_COMPILE_CACHE", None)


def directory() -> Path:
    """Where copies are kept: the user's cache, which all checkouts and virtual environments share.

    Or within the cache that somebody chose for jsii, unless that was `use` in a parent process.

    Raises:
        RuntimeError: nobody knows the user's home.
    """
    if chosen := os.environ.get("JSII_RUNTIME_PACKAGE_CACHE_ROOT"):
        cache = Path(chosen).absolute()
        return cache.parent if cache.parent.name == PROJECT else cache / PROJECT
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".cache") / PROJECT


def fill(root: Path) -> Path:
    """Make sure that `root` holds a copy; return its directory.

    Raises:
        OSError: where it cannot be written.
        Unfit: where the bindings, or Node, are not what they were.
    """
    tarball = installed(bindings.AWS) / "_jsii" / f"provider-aws@{VERSION}.jsii.tgz"
    if not tarball.is_file():
        raise Unfit(f"{tarball.name} is not installed")
    copy = root / NAME / VERSION / digest(tarball)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_private(root)
    if not complete(copy):
        with alone(root):
            if not complete(copy):  # somebody else may have made it meanwhile
                make(tarball, copy, root / "unfinished")
    return copy


def complete(copy: Path) -> bool:
    """Whether jsii will find everything in `copy`."""
    return (copy / MARKER).is_file() and (copy / INDEX).is_file()


def installed(package: str) -> Path:
    """Find the directory of a package without importing it."""
    spec = importlib.machinery.PathFinder.find_spec(package)
    if spec is None or spec.origin is None:
        raise Unfit(f"{package} is not installed")
    return Path(spec.origin).parent


def digest(tarball: Path) -> str:
    """Name the copy of `tarball` as jsii does."""
    with tarball.open("rb") as file:
        sha = hashlib.file_digest(file, "sha256")
    for part in (NAME, VERSION):
        sha.update(b"\0" + part.encode())
    return sha.hexdigest()


def check_private(root: Path) -> None:
    """Refuse a directory that others may write to: what is in it will be run.

    And one that we may not write to, because jsii notes in it when a copy was last used.
    """
    status = root.stat()
    if status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise PermissionError(None, "others can write to it", str(root))
    if not os.access(root, os.W_OK):
        raise PermissionError(None, "not writable", str(root))


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold a lock that the system gives back when its process ends, however it does."""
    with (root / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make(tarball: Path, copy: Path, scratch: Path) -> None:
    """Make `copy` from `tarball`, in `scratch` until it is complete."""
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        index = None
        for path, content in files(tarball):
            target = scratch / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            if path.name == ".jsii":  # comes first: its index is made beside the rest
                index = start_index(scratch)
        if index is None:
            raise Unfit(f"{tarball.name} holds no manifest")
        _, errors = index.communicate(timeout=TIMEOUT)
        if index.returncode or not (scratch / INDEX).is_file():
            raise Unfit(f"jsii made no index: {errors.strip() or index.returncode}")
        (scratch / MARKER).touch()
        shutil.rmtree(copy, ignore_errors=True)
        copy.parent.mkdir(parents=True, exist_ok=True)
        scratch.rename(copy)
    finally:
        if index is not None and index.poll() is None:
            index.kill()
            index.communicate()
        shutil.rmtree(scratch, ignore_errors=True)


def files(tarball: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Give the files of the package as they stand in a prepared copy."""
    with tarfile.open(tarball, "r|gz") as archive:
        for member in archive:
            path = PurePosixPath(*PurePosixPath(member.name).parts[1:])
            if path.is_absolute() or ".." in path.parts:
                raise Unfit(f"{tarball.name} holds {member.name}")
            if (file := archive.extractfile(member)) and not path.name.endswith(".d.ts"):
                content = file.read()
                if path.suffix == ".js":
                    content, _, _ = content.partition(SOURCE_MAP)
                if path == PurePosixPath("lib/index.js"):
                    content = on_demand(content)
                yield path, content


def on_demand(index: bytes) -> bytes:
    """Replace each ``require`` of the package's entry by a getter; refuse an entry unlike it."""
    changed, found = REQUIRE.subn(GETTER, index)
    if not found or found != index.count(b"require("):
        raise Unfit(f"{NAME} {VERSION} has an entry of unknown form")
    return changed


def start_index(scratch: Path) -> subprocess.Popen[str]:
    """Start jsii's program for the index of the package in `scratch`."""
    script = installed("jsii") / "_embedded" / "jsii" / "lib__runtime-index-worker.js"
    node = os.environ.get("JSII_NODE", "node")
    return subprocess.Popen(  # noqa: S603 - the Node that jsii itself starts
        [node, "--max-old-space-size=4096", "-e", MAKE_INDEX, str(script), str(scratch)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
