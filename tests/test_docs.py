"""The documents: what they show works, and what they point to is there."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from constructs_lib.spec import ClusterSpec
from constructs_lib.spec.loader import load
from constructs_lib.spec.nodes import KINDS
from constructs_lib.spec.problems import SpecErrors
from constructs_lib.tables import kubernetes_versions
from tests import synthesis
from tests.requirements import require

ROOT = synthesis.ROOT
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])

OF_A_GROUP = {name for kind in KINDS.values() for name in kind.model_fields}
FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")

COMMANDS = ("sh", "console", "bash")
OF_OTHERS = {"jobs", "steps", "on", "repos", "include"}
"""Keys at the top of YAML that is for GitHub, GitLab or pre-commit."""

TEXTS = {".json", ".md", ".py", ".sh", ".toml", ".yaml", ".yml"}
"""Files whose comments and messages may name a document."""

MADE_BY_RUNNING = ("cdktf.out/", ".venv/", "node_modules/")
NEW_MANIFEST = "manifests/storage-class.yaml"
EXAMPLES = (
    *("clusters/grace.yaml", "clusters/ada.yaml", NEW_MANIFEST),
    *("clusters/lovelace.lock.hcl", "clusters/lovelace.tofu.lock.hcl"),
    "constructs_lib/audit_bucket.py",
)
"""Files that a how-to has the reader make, or that the commands make."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    document: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"


def blocks(document: Path) -> Iterator[Block]:
    text = document.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        indent, language, body = match.groups()
        lines = [line.removeprefix(indent) for line in body.splitlines(keepends=True)]
        line = text.count("\n", 0, match.start()) + 1
        yield Block(document, line, language, "".join(lines))


BLOCKS = [block for document in DOCUMENTS for block in blocks(document)]
YAML = [block for block in BLOCKS if block.language in ("yaml", "yml")]


def prose(document: Path) -> str:
    return FENCE.sub("", document.read_text(encoding="utf-8"))


def commands() -> list[tuple[str, str]]:
    """Each command line that a document shows, with where."""
    found = []
    for block in BLOCKS:
        if block.language in COMMANDS:
            lines = block.text.replace("\\\n", " ").splitlines()
            if block.language == "console":
                lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
            found += [(str(block), line) for line in lines]
    for document in DOCUMENTS:
        found += [(document.name, code) for code in INLINE.findall(prose(document))]
    return found


@pytest.mark.parametrize("block", YAML, ids=str)
def test_yaml_is_a_spec_that_loads(block: Block) -> None:
    documents = [d for d in yaml.safe_load_all(block.text) if d is not None]
    for data in documents:
        keys = set(data)
        if {"apiVersion", "kind"} <= keys or keys & OF_OTHERS:
            continue
        if keys <= OF_A_GROUP:
            data = {"node_groups": {"node": data}}  # noqa: PLW2901
        assert keys <= set(ClusterSpec.model_fields) | OF_A_GROUP, keys
        whole = data if {"name", "region"} <= keys else merged(_lovelace(), data)
        files = dict.fromkeys((NEW_MANIFEST, "manifests/gateway.yaml"), _new_manifest())
        synthesis.read(yaml.safe_dump(whole), files)


def test_clusters_of_the_how_tos_live_side_by_side(tmp_path: Path) -> None:
    texts = {synthesis.name_of(b.text): b.text for b in YAML if re.search("(?m)^name:", b.text)}
    (tmp_path / "clusters").mkdir()
    synthesis.copy_manifests(tmp_path)
    for name, text in texts.items():
        (tmp_path / "clusters" / f"{name}.yaml").write_text(text, encoding="utf-8")

    fleet = load(tmp_path, today=kubernetes_versions.AS_OF)

    assert {"ada", "grace", "lovelace"} <= {cluster.spec.name for cluster in fleet.clusters}
    assert fleet.warnings == ()


SHOWN = ("cheap", "production")


def test_readme_shows_the_files_that_ship() -> None:
    shown = [b.text for b in YAML if b.document.name == "README.md"][:3]
    shipped = [synthesis.LOVELACE, *(ROOT / "examples" / f"{n}.yaml" for n in SHOWN)]

    assert shown == [file.read_text(encoding="utf-8") for file in shipped]


def test_readme_shows_what_synth_prints() -> None:
    (shown,) = [b for b in BLOCKS if b.document.name == "README.md" and b.language == "console"]
    stacks = synthesis.stacks(synthesis.LOVELACE.read_text(encoding="utf-8"))

    assert shown.text.splitlines() == [
        "$ make synth",
        *(f"Wrote cdktf.out/stacks/{stack}/cdk.tf.json" for stack in stacks),
    ]


def test_readme_shows_a_real_error(tmp_path: Path) -> None:
    (shown,) = [b for b in BLOCKS if b.document.name == "README.md" and b.language == "text"]
    wrong = synthesis.LOVELACE.read_text(encoding="utf-8").replace('"1.36"', "1.36")
    (tmp_path / "clusters").mkdir()
    synthesis.copy_manifests(tmp_path)
    (tmp_path / "clusters" / "lovelace.yaml").write_text(wrong, encoding="utf-8")

    with pytest.raises(SpecErrors) as errors:
        load(tmp_path, today=kubernetes_versions.AS_OF)

    assert f"{errors.value}\n" == shown.text


def test_json_is_part_of_what_is_generated(lovelace: dict[str, Any]) -> None:
    shown = [
        b for b in BLOCKS if b.language == "json" and b.document.parent in (ROOT, ROOT / "docs")
    ]

    assert shown
    for block in shown:
        assert is_part(json.loads(block.text), lovelace), str(block)


def test_drawings_are_mermaids() -> None:
    drawings = [block.text for block in BLOCKS if block.language == "mermaid"]
    parser = ROOT / "tests" / "plan_review" / "mermaid"
    node = os.environ.get("JSII_NODE") or shutil.which("node")
    require(node and (parser / "node_modules").exists(), f"run npm ci in {parser}")

    run = subprocess.run(
        [str(node), "parse.mjs"],
        cwd=parser,
        input=json.dumps(drawings),
        capture_output=True,
        text=True,
        check=True,
    )

    assert drawings
    assert json.loads(run.stdout) == []


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))

    shown = {
        (where, target)
        for where, line in commands()
        for target in re.findall(r"(?:^|[;&|] *)make ([a-z-]+)", line)
    }
    assert shown
    assert [(where, target) for where, target in shown if target not in targets] == []


def test_python_modules_exist() -> None:
    shown = {
        (where, module)
        for where, line in commands()
        for module in re.findall(r"python3? -m ([\w.]+)", line)
    }

    assert [(w, m) for w, m in shown if importlib.util.find_spec(m) is None] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for link in LINK.findall(prose(document)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_in_code_marks_are_there(document: Path) -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}
    for code in INLINE.findall(prose(document)):
        if code in EXAMPLES or code.startswith(MADE_BY_RUNNING):
            continue
        if "NAME" in code:
            continue
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", code) and code.partition("/")[0] in folders:
            assert (ROOT / code).exists(), code


def test_documents_that_any_file_names_are_there() -> None:
    """In comments, messages and docstrings too, where no link is followed."""
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    missing = []
    for name in tracked:
        if (path := ROOT / name).suffix in TEXTS and path.exists():
            named = re.findall(r"(?<![\w/.-])docs/(?:[\w.-]+/)*[\w-]+\.md", path.read_text("utf-8"))
            missing += [(name, document) for document in named if not (ROOT / document).exists()]
    assert missing == []


def test_every_how_to_can_be_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    reached = {(ROOT / link.partition("#")[0]).resolve() for link in LINK.findall(readme)}
    for document in list(reached):
        if document.suffix == ".md" and document.exists():
            found = LINK.findall(prose(document))
            reached |= {(document.parent / link.partition("#")[0]).resolve() for link in found}

    missing = [path.name for path in ROOT.glob("docs/how-to/*.md") if path.resolve() not in reached]
    assert missing == []


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    records = sorted(p.name for p in ROOT.glob("docs/adr/[0-9]*.md"))

    assert sorted(LINK.findall(index)) == records


def test_no_document_names_a_place_on_somebodys_machine() -> None:
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.])/(work|home|root|Users)/", text), document


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`base` with a fragment put into it: mappings grow together, all else is replaced."""
    both = {
        key: merged(base[key], value)
        for key, value in changes.items()
        if isinstance(value, dict) and isinstance(base.get(key), dict)
    }
    return {**base, **changes, **both}


def is_part(part: Any, whole: Any) -> bool:
    """Whether `whole` says all that `part` says."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and is_part(value, whole[key]) for key, value in part.items())
    return bool(part == whole)


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives to a document's headings."""
    headings = HEADING.findall(prose(document))
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def _new_manifest() -> str:
    (text,) = [b.text for b in YAML if b.document.name == "add-a-manifest.md" and "kind:" in b.text]
    return text


def _lovelace() -> dict[str, Any]:
    spec: dict[str, Any] = yaml.safe_load(synthesis.LOVELACE.read_text(encoding="utf-8"))
    return spec
