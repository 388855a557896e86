"""Quick imports change nothing in what is written, and never stand in the way."""

import ast
import errno
import importlib
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import pytest

from constructs_lib.terraform import bindings
from constructs_lib.terraform.bindings import prepared
from tests import golden, synthesis

SETTINGS = (
    bindings.VARIABLE,
    "JSII_RUNTIME_PACKAGE_CACHE",
    "JSII_RUNTIME_PACKAGE_CACHE_ROOT",
    "NODE_COMPILE_CACHE",
    "NODE_OPTIONS",
    "XDG_CACHE_HOME",
)
ENTRY = b"""\
"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.vpc = exports.sns = void 0;
exports.sns = require("./sns");
exports.vpc = require("./vpc");
"""


@pytest.fixture(autouse=True)
def _settings_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.setenv(name, "")  # so that what the test sets is undone as well
        monkeypatch.delenv(name)


def run_python(script: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `script` in a Python of its own, in the project, as if nobody had prepared anything."""
    inherited = {k: v for k, v in os.environ.items() if k != "JSII_RUNTIME_PACKAGE_CACHE_ROOT"}
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=synthesis.ROOT,
        env={**inherited, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


# --- the output is that of the plain way -------------------------------------------------------

SYNTHESISE_ALL = f"""
import json, os, sys
from tests import golden
files = {{
    str(path): text for case in golden.cases() for path, text in golden.synthesised(case).items()
}}
modules = sum(name.startswith("{bindings.AWS}.") for name in sys.modules)
prepared = "JSII_RUNTIME_PACKAGE_CACHE_ROOT" in os.environ
json.dump({{"files": files, "modules": modules, "prepared": prepared}}, sys.stdout)
"""


@pytest.fixture(scope="module")
def imported_plainly() -> dict[str, str]:
    """What the golden cases give with everything imported: takes a while, so once."""
    run = run_python(SYNTHESISE_ALL, BINDINGS="plain")
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["modules"] > 1000, "all of the package's modules were to be imported"
    assert not found["prepared"], "jsii was to be left to itself"
    files: dict[str, str] = found["files"]
    return files


@pytest.mark.parametrize("case", golden.cases(), ids=lambda case: case.name)
def test_output_is_that_of_the_plain_import_to_the_byte(
    case: Path, imported_plainly: dict[str, str]
) -> None:
    quick = {str(path): text for path, text in golden.synthesised(case).items()}

    assert quick
    assert {path: imported_plainly[path] for path in quick} == quick


def test_only_modules_in_use_are_loaded_and_node_reads_the_prepared_copy() -> None:
    synthesis.synth()

    loaded = {name.split(".")[1] for name in sys.modules if name.startswith(f"{bindings.AWS}.")}
    assert "vpc" in loaded
    assert len(loaded) < 100
    run = run_python(f"import constructs_lib, {bindings.AWS}.vpc", JSII_DEBUG="1")
    load = run.stderr.partition(f"name: '{prepared.NAMES[bindings.AWS]}'")[2]
    assert "extraction resulted in a cache hit" in load, run.stderr[-1000:]


# --- in Python ---------------------------------------------------------------------------------


def test_reading_specs_pays_for_none_of_it() -> None:
    run = run_python(
        "import sys, constructs_lib.check\n"
        "heavy = {'jsii', 'constructs', 'cdktf', 'subprocess', 'tarfile'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )

    assert run.stdout == "[]\n", run.stderr


def test_modules_can_be_had_in_every_way_python_knows() -> None:
    package = importlib.import_module(bindings.AWS)
    namespace: dict[str, object] = {}
    exec(f"from {bindings.AWS} import sns_topic", namespace)  # noqa: S102

    assert namespace["sns_topic"] is package.sns_topic
    assert package.sqs_queue.SqsQueue.__name__ == "SqsQueue"
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = package.nothing
    with pytest.raises(ModuleNotFoundError, match="nothing"):
        importlib.import_module(f"{bindings.AWS}.nothing")


def test_versions_in_use_are_those_it_was_made_for() -> None:
    assert {package: version(package) for package in bindings.KNOWN} == bindings.KNOWN


@pytest.mark.parametrize("package", bindings.KNOWN)
def test_other_version_is_imported_plainly_and_said_once(
    package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(bindings.KNOWN, package, "0.0.1")
    bindings.plain.cache_clear()
    try:
        assert bindings.plain()
        assert bindings.plain()
        assert bindings.Finder().find_spec(bindings.AWS) is None
    finally:
        bindings.plain.cache_clear()

    assert capsys.readouterr().err == (
        f"bindings: {package} is {version(package)}, not 0.0.1; importing it the plain way, which "
        "takes ten times longer (see docs/performance.md)\n"
    )


def test_package_that_is_not_installed_is_left_to_pythons_own_error() -> None:
    script = (
        "import constructs_lib.terraform.bindings as b, sys\n"
        "sys.path[:] = [p for p in sys.path if 'site-packages' not in p]\n"
        f"import {bindings.AWS}"
    )

    assert f"No module named '{bindings.AWS}'" in run_python(script).stderr


def test_node_named_by_its_owner_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", "/opt/node")

    bindings.use_packaged_node()

    assert os.environ["JSII_NODE"] == "/opt/node"


def test_only_constructs_import_a_provider_and_never_all_of_it() -> None:
    for path in synthesis.ROOT.glob("[!.]*/**/*.py"):
        if "node_modules" in path.parts or path.is_relative_to(synthesis.ROOT / "tests"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imports = [
            name
            for node in ast.walk(tree)
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else []
            )
            if name.startswith("cdktf_cdktf_provider_")
        ]
        where = path.relative_to(synthesis.ROOT)
        assert not imports or where.parts[0] == "constructs_lib", where
        assert all("." in name for name in imports), f"{where} imports a whole provider"


# --- the prepared copy -------------------------------------------------------------------------


@pytest.mark.parametrize("module", prepared.NAMES)
def test_prepared_copy_is_the_package_but_for_what_is_named(module: str) -> None:
    copies = prepared.fill(
        prepared.directory() / f"jsii-{bindings.KNOWN['jsii']}-{prepared.LAYOUT}"
    )
    copy = dict(zip(prepared.NAMES, copies, strict=True))[module]
    left_out, entry = set(), b""
    with tarfile.open(prepared.Package.of(module).tarball, "r|gz") as archive:
        for member in archive:
            name = member.name.removeprefix("package/")
            file = archive.extractfile(member)
            assert file is not None
            installed = file.read()
            if not (copy / name).exists():
                left_out.add(name)
            elif (kept := (copy / name).read_bytes()) != installed:
                assert module == bindings.AWS, name
                if name == "lib/index.js":
                    entry, installed = installed, prepared.REQUIRE.sub(prepared.GETTER, installed)
                source_map = installed.removeprefix(kept)
                assert source_map != installed or not kept, name
                assert source_map.startswith(prepared.SOURCE_MAP.strip()), name
                assert source_map.count(b"\n") <= 1, name
    assert {name for name in left_out if not name.endswith((".d.ts", ".map", ".md"))} == set()
    if module == bindings.AWS:
        modules = [path.decode() for _, path in prepared.REQUIRE.findall(entry)]
        assert len(modules) > 1500
        assert all((copy / "lib" / path / "index.js").is_file() for path in modules)


def test_entry_asks_for_a_module_when_it_is_used() -> None:
    entry = prepared.on_demand(ENTRY)

    assert b'"vpc", { enumerable: true, configurable: true, get: () => require("./vpc") }' in entry
    assert entry.splitlines()[:3] == ENTRY.splitlines()[:3]


@pytest.mark.parametrize(
    "entry",
    [b"", b'__exportStar(require("./vpc"), exports);', ENTRY + b'var x = require("./x");\n'],
    ids=["empty", "another compiler", "one line more"],
)
def test_entry_of_unknown_form_is_refused(entry: bytes) -> None:
    with pytest.raises(prepared.Unfit, match="has an unknown form"):
        prepared.on_demand(entry)


# --- its faults, with a package of two modules -------------------------------------------------


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small package in place of the AWS bindings; jsii and its index are the real ones."""
    directory = tmp_path / "package"
    pack(directory, ENTRY)
    real = prepared.installed

    def installed(name: str) -> Path:
        return directory if name == bindings.AWS else real(name)

    monkeypatch.setattr(prepared, "installed", installed)
    monkeypatch.setattr(prepared, "NAMES", {bindings.AWS: "@cdktf/provider-aws"})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return directory


def pack(directory: Path, entry: bytes, manifest: bytes = b'{"types": {}}') -> None:
    tarball = directory / "_jsii" / "provider-aws@1.2.3.jsii.tgz"
    tarball.parent.mkdir(parents=True, exist_ok=True)
    members = {".jsii": manifest, "lib/index.js": entry, "lib/vpc/index.d.ts": b"", "LICENSE": b""}
    with tarfile.open(tarball, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            archive.addfile(info, BytesIO(content))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The copies that were made, in turn."""
    copies: list[Path] = []
    make = prepared.make

    def note(missing: dict[Path, prepared.Package], scratch: Path) -> None:
        copies.extend(missing)
        time.sleep(0.05)  # let the others come to the lock
        make(missing, scratch)

    monkeypatch.setattr(prepared, "make", note)
    return copies


def root() -> Path:
    return prepared.directory() / "jsii-test-1"


@pytest.mark.usefixtures("package")
def test_missing_copy_is_made_once_and_named_as_jsii_names_it(made: list[Path]) -> None:
    (copy,) = prepared.fill(root())

    assert prepared.fill(root()) == [copy]
    assert made == [copy]
    assert prepared.complete(copy)
    assert copy.parent == root() / "@cdktf" / "provider-aws" / "1.2.3"
    assert sorted(path.name for path in (copy / "lib").iterdir()) == ["index.js"]
    assert not (root() / "unfinished").exists()


def test_copy_of_another_package_is_not_taken(package: Path, made: list[Path]) -> None:
    (before,) = prepared.fill(root())
    pack(package, ENTRY.replace(b"vpc", b"vpn"))

    (after,) = prepared.fill(root())

    assert made == [before, after]
    assert b"vpn" in (after / "lib" / "index.js").read_bytes()


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("lost", [prepared.MARKER, prepared.INDEX])
def test_incomplete_copy_is_made_anew(lost: str, made: list[Path]) -> None:
    (copy,) = prepared.fill(root())
    (copy / lost).unlink()

    assert prepared.fill(root()) == [copy]
    assert len(made) == 2
    assert prepared.complete(copy)


@pytest.mark.usefixtures("package")
def test_of_several_at_once_one_makes_the_copy_and_the_others_wait(made: list[Path]) -> None:
    with ThreadPoolExecutor(4) as pool:
        copies = list(pool.map(prepared.fill, [root()] * 4))

    assert copies == [made] * 4
    assert len(made) == 1


def test_run_that_was_killed_leaves_nothing_that_stands_in_the_way(package: Path) -> None:
    script = f"""
import pathlib, sys, time
from constructs_lib.terraform.bindings import prepared
prepared.installed = lambda name: pathlib.Path({str(package)!r})
prepared.NAMES.pop("cdktf")
def start_index(half):
    print("halfway", flush=True)
    time.sleep(600)
prepared.start_index = start_index
prepared.fill(pathlib.Path({str(root())!r}))
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=synthesis.ROOT, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "halfway\n"
        other.send_signal(signal.SIGKILL)
    assert (root() / "unfinished" / "0" / ".jsii").exists()

    (copy,) = prepared.fill(root())

    assert prepared.complete(copy)
    assert not (root() / "unfinished").exists()


@pytest.mark.usefixtures("package")
def test_jsii_is_pointed_to_the_copy_and_nodes_options_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--max-old-space-size=3000")

    expected = root()

    for _ in "here", "in a child process, which inherits the setting":
        prepared.use("test")
        assert os.environ["JSII_RUNTIME_PACKAGE_CACHE_ROOT"] == str(expected)

    assert os.environ["NODE_OPTIONS"] == "--max-old-space-size=3000"
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_without_room_for_a_copy_jsii_does_without_a_cache_and_it_is_said_once(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write_bytes(path: Path, _: bytes) -> int:
        raise OSError(number, os.strerror(number), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_bytes)
        prepared.use("test")

    assert os.environ["JSII_RUNTIME_PACKAGE_CACHE"] == "disabled"
    assert "JSII_RUNTIME_PACKAGE_CACHE_ROOT" not in os.environ
    assert not (root() / "unfinished").exists()
    assert capsys.readouterr().err == (
        f"bindings: cannot keep a prepared copy in {root()} ({os.strerror(number)}), and synth "
        "takes ten times longer without; make it writable, or set XDG_CACHE_HOME to where there "
        "is room\n"
    )


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("mode", [0o555, 0o777], ids=["read-only", "open to everybody"])
def test_directory_we_cannot_keep_to_ourselves_is_not_used(
    mode: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared.fill(root())
    if mode == 0o555 and os.getuid() == 0:  # to root nothing is read-only but a file system
        monkeypatch.setattr(os, "access", lambda *_: False)
    root().chmod(mode)
    try:
        prepared.use("test")
    finally:
        root().chmod(0o700)

    assert "JSII_RUNTIME_PACKAGE_CACHE_ROOT" not in os.environ
    assert "cannot keep a prepared copy" in capsys.readouterr().err


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("mode", "used"),
    [(0o755, True), (0o777, False), (0o1777, True), (0o775, True)],
    ids=["private", "open to everybody", "sticky", "open to the own group"],
)
def test_those_above_are_asked_too(
    mode: int, *, used: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared.fill(root())
    above = root().parent.parent
    above.chmod(mode)
    try:
        prepared.use("test")
    finally:
        above.chmod(0o700)

    assert ("JSII_RUNTIME_PACKAGE_CACHE_ROOT" in os.environ) == used
    assert (f"others can write to {above}" in capsys.readouterr().err) == (not used)


@pytest.mark.usefixtures("package")
def test_a_group_that_is_not_the_own_counts_as_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared.fill(root())
    root().parent.chmod(0o770)
    monkeypatch.setattr(os, "getgid", lambda: root().stat().st_gid + 1)
    prepared.use("test")
    assert f"others can write to {root().parent}" in capsys.readouterr().err


@pytest.mark.usefixtures("package")
def test_the_directory_of_the_copies_is_private() -> None:
    root().mkdir(parents=True)
    root().chmod(0o755)
    prepared.use("test")
    assert root().stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("home", ["file/home", None], ids=["not writable", "unknown"])
def test_without_a_home_the_copies_are_in_the_virtual_environment(
    home: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.delenv("XDG_CACHE_HOME")
    if home is None:

        def unknown() -> Path:
            raise RuntimeError

        monkeypatch.setattr(Path, "home", unknown)
    else:
        monkeypatch.setenv("HOME", str(tmp_path / home))
    venv = tmp_path / "venv"
    venv.mkdir()
    monkeypatch.setattr(sys, "prefix", str(venv))
    assert prepared.directory() == venv / "eks-cluster"

    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    if home is None:
        with pytest.raises(prepared.NoHome, match="nobody knows your home"):
            prepared.directory()
    else:
        assert prepared.directory() == tmp_path / home / ".cache" / "eks-cluster"


def test_package_that_cannot_be_prepared_is_left_to_jsii(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for entry, manifest, problem in [
        (b"module.exports = {};", b'{"types": {}}', "has an unknown form"),
        (ENTRY, b"{", "jsii made no index"),
        (ENTRY, b'{"usedFeatures": ["telepathy"]}', "telepathy"),
    ]:
        pack(package, entry, manifest)

        prepared.use("test")

        assert not [name for name in os.environ if name.startswith("JSII_RUNTIME_PACKAGE")]
        message = capsys.readouterr().err
        assert problem in message
        assert message.count("bindings: ") == 1


@pytest.mark.usefixtures("package")
def test_settings_of_jsii_are_heeded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JSII_RUNTIME_PACKAGE_CACHE", "disabled")
    prepared.use("test")
    assert "JSII_RUNTIME_PACKAGE_CACHE_ROOT" not in os.environ

    monkeypatch.delenv("JSII_RUNTIME_PACKAGE_CACHE")
    monkeypatch.setenv("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(tmp_path / "jsii"))
    prepared.use("test")
    chosen = tmp_path / "jsii" / "eks-cluster" / "jsii-test-1"
    assert os.environ["JSII_RUNTIME_PACKAGE_CACHE_ROOT"] == str(chosen)


def test_synth_works_where_nothing_can_be_cached(tmp_path: Path) -> None:
    """The real thing, end to end: a file stands where the directory should be."""
    (tmp_path / "cache").touch()
    script = (
        "import sys; from tests import synthesis\n"
        "sys.stdout.write(synthesis.stacks(synthesis.LOVELACE.read_text())['lovelace'])"
    )

    run = run_python(script, XDG_CACHE_HOME=str(tmp_path / "cache"))

    assert run.stdout == synthesis.stacks(synthesis.LOVELACE.read_text("utf-8"))["lovelace"]
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("bindings: cannot keep a prepared copy in ")
