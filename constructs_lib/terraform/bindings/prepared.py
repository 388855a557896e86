"""A copy of the AWS bindings from which Node, too, loads only what is in use.

The jsii kernel unpacks each package once into a cache and then loads it from there. For the AWS
bindings that means 2,231 files of JavaScript on each run, and a manifest of 131 MB wherever its
index is missing, which a short run never finishes. So the cache is filled here first:

- ``lib/index.js`` asks for a module when it is used: a getter in place of each ``require``;
- source maps, type declarations and documentation, which nothing reads at run time, are left out;
- the index is made by jsii's own program for that.

Everything else is the installed package's, byte for byte. CDKTF itself is unpacked here as well,
for its 2,500 files take jsii two seconds.

A copy is named by its package's digest, as jsii does it: of another package, or by another jsii, it
is not found, and jsii unpacks the package itself. It gets its place by a rename when it is
complete, so a run that was killed leaves nothing that another would take for one.
"""

import fcntl
import hashlib
import importlib.machinery
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from constructs_lib.terraform import bindings

NAMES = {bindings.AWS: "@cdktf/provider-aws", "cdktf": "cdktf"}
"""What is prepared: the packages in Python, the largest first, and their names in Node."""

PROJECT = "eks-cluster"
"""The directory of the copies in the user's cache."""

LAYOUT = 1
"""Raise it when a copy that was made before should be made again."""

MARKER = ".jsii-runtime-package-cache"
"""jsii's sign of a complete copy."""

INDEX = ".jsii.runtime.v1.json"
"""The last file that jsii writes of its index."""

UNREAD = (".d.ts", ".map", ".md")
SOURCE_MAP = b"\n//# sourceMappingURL=data:"
ENTRY = PurePosixPath("lib/index.js")
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


@dataclass(frozen=True)
class Package:
    """A package as it is installed: its name in Node, and the file that holds it."""

    name: str
    tarball: Path

    @classmethod
    def of(cls, module: str) -> "Package":
        """Find the package that the Python package `module` brings.

        Raises:
            Unfit: it brings none, or several.
        """
        tarballs = sorted((installed(module) / "_jsii").glob("*@*.jsii.tgz"))
        if len(tarballs) != 1:
            raise Unfit(f"{module} brings {len(tarballs)} packages for Node instead of one")
        return cls(NAMES[module], tarballs[0])

    @property
    def version(self) -> str:
        """Its version, which stands in the file's name."""
        return self.tarball.name.rpartition("@")[2].removesuffix(".jsii.tgz")

    def copy(self, root: Path) -> Path:
        """Where its copy stands below `root`; jsii looks for it there."""
        with self.tarball.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        for part in (self.name, self.version):
            digest.update(b"\0" + part.encode())
        return root / self.name / self.version / digest.hexdigest()


class NoHome(Exception):  # noqa: N818 - says what the user is without
    """There is nowhere to keep a copy."""


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
    except NoHome as error:
        bindings.say(f"cannot keep a prepared copy ({error}), and synth takes ten times longer")
        os.environ["JSII_RUNTIME_PACKAGE_CACHE"] = "disabled"
    except (Unfit, tarfile.TarError, EOFError, subprocess.SubprocessError, RuntimeError) as error:
        bindings.say(f"cannot prepare a copy ({error}), and synth takes several times longer")
    else:
        os.environ["JSII_RUNTIME_PACKAGE_CACHE_ROOT"] = str(root)
        # Node would store what it compiles under a path that differs in each run
        os.environ.pop("NODE_COMPILE_CACHE", None)


def directory() -> Path:
    """Where copies are kept: the user's cache, which all checkouts and virtual environments share.

    Or within the cache that somebody chose for jsii, unless that was `use` in a parent process. Who
    has no home that he can write to, as in many a container, has them in the virtual environment.

    Raises:
        NoHome: there is neither.
    """
    if chosen := os.environ.get("JSII_RUNTIME_PACKAGE_CACHE_ROOT"):
        cache = Path(chosen).absolute()
        return cache.parent if cache.parent.name == PROJECT else cache / PROJECT
    home = os.environ.get("XDG_CACHE_HOME", "")
    if Path(home).is_absolute():
        return Path(home) / PROJECT
    try:
        cache = Path.home() / ".cache"
    except RuntimeError:
        cache = Path()
    if cache.is_absolute() and _can_be_written(cache):
        return cache / PROJECT
    if sys.prefix != sys.base_prefix and os.access(sys.prefix, os.W_OK):
        return Path(sys.prefix) / PROJECT
    if cache.is_absolute():
        return cache / PROJECT  # whose fault will be told
    raise NoHome("nobody knows your home; set XDG_CACHE_HOME to where there is room")


def _can_be_written(directory: Path) -> bool:
    """Whether a directory can be written to, or made: its nearest ancestor that is there."""
    there = next(path for path in (directory, *directory.parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK)


def fill(root: Path) -> list[Path]:
    """Make sure that `root` holds the copies; return their directories.

    Raises:
        OSError: where it cannot be written.
        Unfit: where the bindings, or Node, are not what they were.
    """
    copies = {package.copy(root): package for package in map(Package.of, NAMES)}
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_private(root)
    if not all(map(complete, copies)):
        with alone(root):  # somebody else may make them meanwhile
            missing = {copy: package for copy, package in copies.items() if not complete(copy)}
            make(missing, root / "unfinished")
    return list(copies)


def complete(copy: Path) -> bool:
    """Whether jsii will find everything in `copy`."""
    return (copy / MARKER).is_file() and (copy / INDEX).is_file()


def installed(package: str) -> Path:
    """Find the directory of a package without importing it.

    Raises:
        Unfit: it is not installed.
    """
    spec = importlib.machinery.PathFinder.find_spec(package)
    if spec is None or spec.origin is None:
        raise Unfit(f"{package} is not installed")
    return Path(spec.origin).parent


def check_private(root: Path) -> None:
    """Refuse a directory that others may write to, or move: what is in it will be run.

    Those above it are asked too, but for sticky ones, in which nobody moves what is another's, and
    for what the user's own group may write to: where each has a group of his own, that is nobody
    else. And one that we may not write to is refused, because jsii notes in it when a copy was last
    used.

    Raises:
        PermissionError: naming the directory.
    """
    root = root.resolve()
    if not os.access(root, os.W_OK):
        raise PermissionError(None, "not writable", str(root))
    for directory in (root, *root.parents):
        status = directory.stat()
        others = stat.S_IWOTH if status.st_gid == os.getgid() else stat.S_IWOTH | stat.S_IWGRP
        if status.st_uid not in (os.getuid(), 0) or (
            status.st_mode & others and not status.st_mode & stat.S_ISVTX
        ):
            raise PermissionError(None, f"others can write to {directory}", str(root))
    if root.stat().st_mode & 0o077:
        root.chmod(0o700)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold a lock that the system gives back when its process ends, however it does."""
    with (root / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make(missing: Mapping[Path, Package], scratch: Path) -> None:
    """Make the `missing` copies, in `scratch` until all are complete.

    Raises:
        Unfit: jsii made no index, or a package is not as expected.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    halves: dict[Path, tuple[Path, subprocess.Popen[str]]] = {}
    try:
        for number, (copy, package) in enumerate(missing.items()):
            half = scratch / str(number)
            for path, content in files(package):
                (half / path).parent.mkdir(parents=True, exist_ok=True)
                (half / path).write_bytes(content)
                if str(path) == ".jsii":  # comes first: its index is made beside the rest
                    halves[copy] = half, start_index(half)
        if halves.keys() != missing.keys():
            raise Unfit("a package holds no manifest")
        for copy, (half, index) in halves.items():
            _, errors = index.communicate(timeout=TIMEOUT)
            if index.returncode or not (half / INDEX).is_file():
                raise Unfit(f"jsii made no index: {errors.strip() or index.returncode}")
            (half / MARKER).touch()
            shutil.rmtree(copy, ignore_errors=True)
            copy.parent.mkdir(parents=True, exist_ok=True)
            half.rename(copy)
    finally:
        for _, index in halves.values():
            if index.poll() is None:
                index.kill()
                index.communicate()
        shutil.rmtree(scratch, ignore_errors=True)


def files(package: Package) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The files of the package as they stand in a prepared copy.

    Raises:
        Unfit: a file of it would stand outside.
    """
    with tarfile.open(package.tarball, "r|gz") as archive:
        for member in archive:
            path = PurePosixPath(*PurePosixPath(member.name).parts[1:])
            if path.is_absolute() or ".." in path.parts or member.issym() or member.islnk():
                raise Unfit(f"{package.tarball.name} holds {member.name}")
            if (file := archive.extractfile(member)) and not path.name.endswith(UNREAD):
                content = file.read()
                if package.name == NAMES[bindings.AWS] and path.suffix == ".js":
                    content = without_source_map(content)
                    if path == ENTRY:
                        content = on_demand(content)
                yield path, content


def without_source_map(script: bytes) -> bytes:
    """Leave out the last line of `script` if it is a source map."""
    lines, found, rest = script.rpartition(SOURCE_MAP)
    return lines + b"\n" if found and b"\n" not in rest.rstrip() else script


def on_demand(index: bytes) -> bytes:
    """Replace each ``require`` of the package's entry by a getter.

    Raises:
        Unfit: the entry has another form.
    """
    changed, found = REQUIRE.subn(GETTER, index)
    if not found or found != index.count(b"require("):
        raise Unfit(f"{ENTRY} of the AWS bindings has an unknown form")
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
