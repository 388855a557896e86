"""The schema that the bindings of cdktn were generated from, read back from their JavaScript.

Above the getter of each argument the generator writes `// name - computed: .., optional: ..,
required: ..`, and what is below it stands in a class of its own.
"""

import io
import re
import subprocess
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.provider_schemas import BLOCK, COMPUTED, HERE, OBJECT, OPTIONAL, REQUIRED, Schema

PACKAGE = "cdktn-provider-aws"
PINNED = HERE / "bindings.txt"

_CLASS = re.compile(r"^class (\w+) extends", re.MULTILINE)
_ARGUMENT = re.compile(
    r"^ +// (\w+) - computed: (true|false), optional: (true|false), required: (true|false)$", re.M
)
_INNER = re.compile(r"= new (\w+?)(?:List|Map|OutputReference)\(this, \"(\w+)\"")
_TYPE = re.compile(r"static tfResourceType = \"(\w+)\";")
_VERSION = re.compile(r"providerVersion: '([\d.]+)'")


def read(types: set[str], *, newest: bool = False) -> Schema:
    """Download the bindings, the pinned ones or PyPI's newest, and read the types' schema."""
    with tempfile.TemporaryDirectory() as directory:
        wheel = _download(Path(directory), newest=newest)
        return parse(wheel, types)


def parse(wheel: Path, types: set[str]) -> Schema:
    """Read the schema of some types from the wheel of the bindings."""
    wanted = {_module(name): name for name in types}
    found: dict[str, dict[str, str]] = {}
    version = ""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".jsii.tgz")]
        packed = io.BytesIO(archive.read(name))
    with tarfile.open(fileobj=packed, mode="r|gz") as package:
        for member in package:
            module = member.name.removeprefix("package/lib/").removesuffix("/index.js")
            if module not in wanted or not member.name.endswith("/index.js"):
                continue
            file = package.extractfile(member)
            assert file is not None
            text = file.read().decode().partition("\n//# sourceMappingURL")[0]
            found[wanted[module]] = _arguments(text, module)
            version = version or _VERSION.search(text)[1]  # type: ignore[index]
    return Schema(f"hashicorp/aws {version}", found)


def _module(name: str) -> str:
    """The module of a type: `resource.aws_vpc` -> "vpc", `data.aws_ami` -> "data-aws-ami"."""
    section, _, kind = name.partition(".")
    if section == "provider":
        return section
    dashed = kind.replace("_", "-")
    return f"data-{dashed}" if section == "data" else dashed.removeprefix("aws-")


def _arguments(text: str, module: str) -> dict[str, str]:
    """Every argument of the resource in a module, by its path."""
    starts = list(_CLASS.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    classes = {match[1]: text[match.start() : end] for match, end in zip(starts, ends, strict=True)}
    (resource,) = [name for name, body in classes.items() if _TYPE.search(body)]
    return dict(_of_class(resource, classes, "", nested=module != "provider"))


def _of_class(
    name: str, classes: dict[str, str], prefix: str, *, nested: bool
) -> Iterator[tuple[str, str]]:
    body = classes[name]
    inner = {match[2]: match[1] for match in _INNER.finditer(body)} if nested else {}
    for argument, *flags in _ARGUMENT.findall(body):
        marks = zip((COMPUTED, OPTIONAL, REQUIRED), flags, strict=True)
        set_by = {word for word, flag in marks if flag == "true"}
        words = [word for word in (REQUIRED, OPTIONAL, COMPUTED) if word in set_by]
        if argument in inner:
            # a block is never computed: what is, and has arguments below it, is an attribute
            words.append(OBJECT if COMPUTED in set_by else BLOCK)
        yield f"{prefix}{argument}", " ".join(words)
        if argument in inner:
            below = f"{inner[argument]}OutputReference"
            yield from _of_class(below, classes, f"{prefix}{argument}.", nested=nested)


def _download(directory: Path, *, newest: bool) -> Path:
    """Fetch the wheel with pip, as whoever works here has set it up."""
    venv.create(directory / "venv", with_pip=True)
    python = str(directory / "venv" / "bin" / "python")
    command = [python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    wanted = [PACKAGE] if newest else ["--require-hashes", "--requirement", str(PINNED)]
    target = directory / "wheels"
    subprocess.run([*command, "--dest", str(target), *wanted], check=True)
    (wheel,) = target.glob("*.whl")
    return wheel
