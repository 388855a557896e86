"""Pins a program at another version: `python -m tools.programs.pin kubelet-1.36 1.36.4`.

Rewrites go.mod and go.sum of the module. What a release replaces in its own go.mod counts only
where it is the main module, so the replacements are copied from there. Those that point into the
release's own tree, for a module required at v0.0.0, are what Kubernetes publishes beside itself:
k8s.io/api v0.36.4 belongs to k8s.io/kubernetes v1.36.4.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools.programs.pinned import ORDER, go, program


def main(arguments: list[str]) -> int:
    """Pin a program; the exit code."""
    if len(arguments) != 2 or arguments[0] not in ORDER:  # noqa: PLR2004
        print(
            f"usage: python -m tools.programs.pin NAME VERSION; NAME is one of {', '.join(ORDER)}",
            file=sys.stderr,
        )
        return 1
    now, version = program(arguments[0]), arguments[1].removeprefix("v")
    try:
        _pin(now.directory, now.module, version, now.commands)
    except subprocess.CalledProcessError as error:
        print(error.stderr, end="", file=sys.stderr)
        return 1
    return 0


def _pin(directory: Path, module: str, version: str, commands: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        beside = Path(scratch)
        _go(beside, "mod", "init", f"eks-cluster/tools/programs/{directory.name}")
        release = json.loads(_go(beside, "list", "-m", "-json", f"{module}@v{version}"))
        written = json.loads(_go(beside, "mod", "edit", "-json", release["GoMod"]))
        replaced = _replacements(written, version)
        _go(beside, "mod", "edit", f"-go={release['GoVersion']}", *replaced)
        # Not `go mod tidy`: it fetches what the tests of every dependency need.
        _go(beside, "get", "-tool", *(f"{command}@v{version}" for command in commands))
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(beside / name, directory / name)


def _replacements(written: Any, version: str) -> list[str]:
    """What a release replaces in its own go.mod, as arguments of `go mod edit`."""
    unpublished = {each["Path"] for each in written["Require"] if each["Version"] == "v0.0.0"}
    published = "v0." + version.partition(".")[2]
    found = []
    for replace in written["Replace"] or []:
        old, new = replace["Old"], replace["New"]
        if old["Path"] in unpublished:
            found.append(f"-replace={old['Path']}={old['Path']}@{published}")
        elif "Version" in new:
            at = f"@{old['Version']}" if "Version" in old else ""
            found.append(f"-replace={old['Path']}{at}={new['Path']}@{new['Version']}")
    return found


def _go(directory: Path, *arguments: str) -> str:
    done = go(directory, *arguments)
    done.check_returncode()
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
