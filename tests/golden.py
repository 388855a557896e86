"""The golden cases: a spec, and the Terraform JSON that it has given so far.

The files are without CDKTF's notes under ``//``, which say where in the code a construct stands:
moving code shows an empty diff. ``python -m tests.golden`` writes them anew and prints what
changed, for the pull request.
"""

import difflib
import json
import sys
from pathlib import Path

from tests import synthesis
from tests.terraform_json import without_notes

DIRECTORY = Path(__file__).with_name("golden")
EXAMPLES = synthesis.ROOT / "examples"
SPEC = "cluster.yaml"
JSON = "cdk.tf.json"


def cases() -> list[Path]:
    """The folder of each case, sorted: those with a spec of their own, and one for each example."""
    own = [path.parent for path in DIRECTORY.glob(f"*/{SPEC}")]
    return sorted([*own, *(DIRECTORY / path.stem for path in EXAMPLES.glob("*.yaml"))])


def needs_version_6(case: Path) -> bool:
    """Whether a case asks for a provider that no test can run: its schema alone is compared."""
    if not (case / JSON).exists():  # before `make golden`
        return False
    document = json.loads((case / JSON).read_text(encoding="utf-8"))
    versions: str = document["terraform"]["required_providers"]["aws"]["version"]
    return versions.startswith(">= 6.")


def spec(case: Path) -> Path:
    """The file of a case's spec."""
    own = case / SPEC
    return own if own.exists() else EXAMPLES / f"{case.name}.yaml"


def files(case: Path) -> dict[Path, str]:
    """What a case's folder should hold: the cluster's stack, and others in folders of their own.

    The folder of the stack `<cluster>-state` is `state`.
    """
    return {path: _without_notes(text) for path, text in synthesised(case).items()}


def synthesised(case: Path) -> dict[Path, str]:
    """What the project writes for a case to the byte, by the path of the golden file."""
    text = spec(case).read_text(encoding="utf-8")
    name = synthesis.name_of(text)
    return {
        case / stack.removeprefix(name).removeprefix("-") / JSON: written
        for stack, written in synthesis.stacks(text).items()
    }


def differences() -> dict[Path, str]:
    """The unified diff of each file that is not what its spec gives today."""
    found = {}
    for case in cases():
        wanted = files(case)
        for path in sorted({*wanted, *case.glob(f"**/{JSON}")}):
            old = path.read_text(encoding="utf-8") if path.exists() else ""
            new = wanted.get(path, "")
            if old != new:
                found[path] = _diff(path, old, new)
    return found


def rewrite() -> dict[Path, str]:
    """Write what the specs give today; give the diffs to what was there."""
    found = differences()
    for case in cases():
        wanted = files(case)
        for path in found:
            if path in wanted:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(wanted[path], encoding="utf-8")
            elif case in path.parents:
                path.unlink()
    return found


def _without_notes(text: str) -> str:
    return json.dumps(without_notes(json.loads(text)), indent=2, ensure_ascii=False) + "\n"


def _diff(path: Path, old: str, new: str) -> str:
    shown = path.relative_to(DIRECTORY.parent.parent).as_posix()
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{shown}", f"b/{shown}"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


if __name__ == "__main__":
    changed = rewrite()
    sys.stdout.writelines(changed.values())
    sys.stdout.write(f"{len(cases())} cases, {len(changed)} files changed\n")
