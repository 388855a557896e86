"""Set-up: it finds a Python, installs what the lock files say, and mends what is gone."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import MERMAID_LOCK, NPM, PYTHON, ROOT, Checkout

OLD = """case "$2" in *print*) echo 3.9.6 ;; *) exit 1 ;; esac"""
NEWER = """case "$2" in *print*) echo 3.15.0 ;; *) exit 1 ;; esac"""
WITHOUT_VENV = """case "$2" in *print*) echo 3.12.3 ;; *ensurepip*) exit 1 ;; esac"""

MADE = [f"Creating .venv with Python {sys.version.split()[0]}", "Installing uv into .venv"]
PACKAGES = "Installing Python packages into .venv"
VARIABLES = "set PIP_INDEX_URL, HTTPS_PROXY or SSL_CERT_FILE: see docs/how-to/behind-a-proxy.md"


def snapshot(directory: Path) -> dict[str, tuple[int, int]]:
    """When each file was last changed, and which it is."""
    paths = [directory, *directory.rglob("*")]
    return {str(p): (p.lstat().st_mtime_ns, p.lstat().st_ino) for p in paths}


def change(checkout: Checkout, text: str = "\n") -> None:
    """Add to the lock file of the commands."""
    lock = checkout.path / "requirements/runtime.txt"
    lock.write_text(lock.read_text() + text)


# Which Python


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (None, "python3 is not there"),
        (OLD, "python3 is 3.9.6"),
        (NEWER, "python3 is 3.15.0"),
    ],
    ids=["none", "old", "newer than the lock"],
)
def test_a_python_that_does_not_fit_is_one_clear_line(
    checkout: Checkout, body: str | None, found: str
) -> None:
    if body:
        checkout.program("python3", body)
    result = checkout.run("tools/setup", "runtime")
    assert result.stderr == (
        f"needs Python 3.11 to 3.14, {found}; "
        "install one, or name it: PYTHON=python3.12 make synth\n"
    )
    assert result.returncode == 1


def test_a_python_without_venv_is_one_clear_line(checkout: Checkout) -> None:
    checkout.program("python3", WITHOUT_VENV)
    result = checkout.run("tools/setup", "runtime")
    assert result.stderr == (
        "python3 (3.12.3) cannot make a virtual environment; "
        "on Debian and Ubuntu install python3-venv\n"
    )
    assert result.returncode == 1


@pytest.mark.parametrize("body", [OLD, NEWER], ids=["old", "newer than the lock"])
def test_another_python_beside_one_that_does_not_fit_is_found(fresh: Checkout, body: str) -> None:
    fresh.program("python3", body)
    (fresh.bin / "python3.12").symlink_to(PYTHON)
    result = fresh.run("tools/setup", "runtime")
    assert result.stdout.splitlines() == [*MADE, PACKAGES]


def test_the_python_that_is_named_is_used_though_its_path_has_a_blank(fresh: Checkout) -> None:
    fresh.program("python3", OLD)
    (fresh.path / "my python").symlink_to(PYTHON)
    named = {"PYTHON": str(fresh.path / "my python")}
    assert fresh.run("tools/setup", "runtime", env=named).stdout.splitlines() == [*MADE, PACKAGES]
    assert fresh.run("tools/setup", "runtime", env=named).stdout == ""


def test_another_python_named_later_makes_another_environment(ready: Checkout) -> None:
    ready.program("mine", f'case $1 in -V) echo Python 3.12.9 ;; *) exec "{PYTHON}" "$@" ;; esac')
    stamp = ready.path / ".venv/set-up.json"
    stamp.write_text(stamp.read_text().replace(sys.version.split()[0], "3.10.0"))
    result = ready.run("tools/setup", "runtime", env={"PYTHON": "mine"})
    assert result.stdout.splitlines() == [*MADE, PACKAGES]


# What it installs


def test_a_fresh_checkout_is_set_up_without_npm(fresh: Checkout) -> None:
    result = fresh.run("tools/setup", "runtime")

    assert (result.stdout.splitlines(), result.stderr) == ([*MADE, PACKAGES], "")
    packages, project = [call["arguments"] for call in fresh.uv]
    assert packages[:3] == ["pip", "install", "--quiet"]
    assert "--require-hashes" in packages
    assert packages[packages.index("--only-binary") + 1] == ":all:"
    assert packages[-2:] == ["--requirement", "requirements/runtime.txt"]
    assert project[-2:] == ["--editable", "."]
    assert "--offline" in project
    assert not [call for call in fresh.calls if call.startswith("npm")]
    assert fresh.run(".venv/bin/eks-cluster", "synth").stdout == "eks-cluster synth\n"


def test_the_installed_project_is_found_whatever_the_locale(ready: Checkout) -> None:
    (pth,) = (ready.path / ".venv/lib").glob("python3*/site-packages/*eks_cluster*.pth")
    way = pth.read_text(encoding="ascii").rstrip("\n")
    assert not Path(way).is_absolute()
    assert (pth.parent / way).resolve() == ready.path.resolve()


@pytest.mark.parametrize("set_", ["runtime", "cdktf", "test"])
def test_a_second_run_changes_nothing(ready: Checkout, set_: str) -> None:
    assert ready.run("tools/setup", set_).returncode == 0
    before = snapshot(ready.path / ".venv"), snapshot(ready.path / "tools")
    result = ready.run("tools/setup", set_)
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    assert (snapshot(ready.path / ".venv"), snapshot(ready.path / "tools")) == before


def test_a_changed_lock_file_is_installed(ready: Checkout) -> None:
    change(ready)
    before = len(ready.uv)
    assert ready.run("tools/setup", "runtime").stdout.splitlines() == [PACKAGES]
    assert [call["arguments"][-1] for call in ready.uv[before:]] == ["requirements/runtime.txt"]


@pytest.mark.parametrize("version", ["v20.20.2", "v24.9.0"])
def test_another_node_than_22_is_left_aside(ready: Checkout, version: str) -> None:
    ready.program("node", f"echo {version}")
    result = ready.run("tools/setup", "runtime")
    assert result.stdout.splitlines()[-1] == "Installing Python packages and Node 22 into .venv"
    assert ready.run("tools/run", "node", "--version").stdout == "v22.20.0\n"
    assert ready.run("tools/setup", "runtime").stdout == ""


def test_cdktf_is_installed_when_it_is_asked_for(ready: Checkout) -> None:
    result = ready.run("tools/run", "cdktf", "deploy", "lovelace")
    assert result.stdout == "cdktf deploy lovelace\n"
    assert result.stderr.splitlines() == ["Installing CDKTF's command line"]
    (npm,) = [call for call in ready.calls if call.startswith("npm")]
    assert "--ignore-scripts" in npm.split()
    assert ready.run("tools/run", "cdktf", "list").stderr == ""


def test_the_mermaid_parser_is_installed_for_the_tests_only(ready: Checkout) -> None:
    assert ready.run("tools/setup", "cdktf").returncode == 0
    assert not (ready.path / MERMAID_LOCK).with_name("node_modules").exists()
    result = ready.run("tools/setup", "test")
    assert result.stdout.splitlines() == [PACKAGES, "Installing the Mermaid parser"]


# What it mends

Damage = Callable[[Checkout], None]


def remove_package(checkout: Checkout) -> None:
    shutil.rmtree(next((checkout.path / ".venv/lib").glob("python3*/site-packages/jsii-*")))


def remove_module(checkout: Checkout) -> None:
    shutil.rmtree(next((checkout.path / ".venv/lib").glob("python3*/site-packages/jsii")))


def remove_command(checkout: Checkout) -> None:
    (checkout.path / ".venv/bin/eks-cluster").unlink()


def remove_uv(checkout: Checkout) -> None:
    (checkout.path / ".venv/bin/uv").unlink()


def python_is_gone(checkout: Checkout) -> None:
    python = checkout.path / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3")


def python_is_another_version(checkout: Checkout) -> None:
    stamp = checkout.path / ".venv/set-up.json"
    stamp.write_text(stamp.read_text().replace(sys.version.split()[0], "3.10.0"))


def moved(checkout: Checkout) -> None:
    stamp = checkout.path / ".venv/set-up.json"
    stamp.write_text(stamp.read_text().replace("check out", "elsewhere"))


def stamp_is_torn(checkout: Checkout) -> None:
    (checkout.path / ".venv/set-up.json").write_text('{"python": [')


@pytest.mark.parametrize(
    "damage",
    [
        *(remove_package, remove_module, remove_command, remove_uv),
        *(python_is_gone, python_is_another_version, moved, stamp_is_torn),
    ],
)
def test_set_up_looks_before_it_believes(ready: Checkout, damage: Damage) -> None:
    look = [".venv/bin/python", "-EsS", "-m", "tools.installation", "runtime", "--look"]
    assert ready.run(*look).returncode == 0
    damage(ready)
    assert (ready.path / ".venv/bin/python").exists() == (damage is not python_is_gone)
    assert damage is python_is_gone or ready.run(*look).returncode == 1


@pytest.mark.parametrize("damage", [remove_module, python_is_gone])
def test_an_environment_that_does_not_fit_is_made_anew(ready: Checkout, damage: Damage) -> None:
    damage(ready)
    assert ready.run("tools/setup", "runtime").stdout.splitlines() == [*MADE, PACKAGES]
    assert ready.run("tools/setup", "runtime").stdout == ""
    assert list((ready.path / ".venv/lib").glob("python3*/site-packages/jsii"))
    assert not list(ready.path.glob(".venv.before*"))


def test_an_activated_environment_is_made_anew_by_the_python_below_it(ready: Checkout) -> None:
    stamp_is_torn(ready)

    activated = f"{ready.path}/.venv/bin:{ready.bin}"
    result = ready.run("tools/setup", "runtime", env={"PATH": activated})

    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [*MADE, PACKAGES]


def test_an_environment_of_the_users_own_is_moved_aside(fresh: Checkout) -> None:
    for name in (".venv", ".venv.before-1"):
        (fresh.path / name).mkdir()
        (fresh.path / name / "mine").write_text(name)
    result = fresh.run("tools/setup", "runtime")
    assert result.stdout.splitlines() == [
        ".venv was not made by set-up: moved to .venv.before-2",
        *MADE,
        PACKAGES,
    ]
    assert (fresh.path / ".venv.before-2/mine").read_text() == ".venv"
    assert (fresh.path / ".venv.before-1/mine").read_text() == ".venv.before-1"


def test_an_installation_that_fails_is_done_again(ready: Checkout) -> None:
    change(ready)
    (ready.path / "fail").write_text("error: no route to host\n")
    for _ in range(2):
        result = ready.run("tools/setup", "runtime")
        assert result.stdout.splitlines() == [PACKAGES]
        assert result.stderr.splitlines()[0] == "error: no route to host"
        assert result.stderr.splitlines()[-1].endswith(VARIABLES)
        assert result.returncode == 1
    (ready.path / "fail").unlink()
    assert ready.run("tools/setup", "runtime").returncode == 0


def test_packages_that_did_not_arrive_are_not_believed(ready: Checkout) -> None:
    (ready.path / "lose").touch()
    change(ready, "absent==1.0 \\\n")
    result = ready.run("tools/setup", "runtime")
    assert result.stderr.startswith("not in .venv though installed: absent; ")
    assert result.returncode == 1
    (ready.path / "lose").unlink()
    assert ready.run("tools/setup", "runtime").stdout.splitlines() == [PACKAGES]


def test_two_at_once_take_turns(ready: Checkout) -> None:
    (ready.path / "hold").touch()
    change(ready)
    command = ["tools/setup", "runtime"]

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, cwd=ready.path, env=ready.environment, stdout=subprocess.PIPE, text=True
        )

    with start() as first:
        while not ready.uv:
            assert first.poll() is None
            time.sleep(0.01)
        with start() as second:
            assert second.stdout is not None
            assert second.stdout.readline() == "Waiting for another set-up of this checkout\n"
            (ready.path / "hold").unlink()
            assert (first.wait(), second.wait()) == (0, 0)
            assert second.stdout.read() == ""
    assert len(ready.uv) == 1


# What the environment may not do


@pytest.mark.parametrize(
    "variables",
    [
        {"PIP_USER": "1", "PIP_PREFIX": "{aside}", "PIP_ROOT": "{aside}"},
        {"PIP_TARGET": "{aside}", "PIP_NO_BINARY": ":all:", "PIP_DRY_RUN": "1"},
        {"PIP_CONFIG_FILE": "{aside}/pip.conf"},
        {"PYTHONPATH": "{aside}", "PYTHONSAFEPATH": "1", "PYTHONOPTIMIZE": "2"},
        {"PYTHONHOME": "{aside}", "LC_ALL": "POSIX"},
        {"VIRTUAL_ENV": "{aside}", "UV_TARGET": "{aside}", "UV_CONSTRAINT": "{aside}/pip.conf"},
    ],
    ids="+".join,
)
def test_no_variable_leads_set_up_elsewhere(
    fresh: Checkout, tmp_path: Path, variables: dict[str, str]
) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    for module in ("json", "yaml", "ast", "hashlib"):
        (aside / f"{module}.py").write_text("raise SystemExit('a foreign module was read')\n")
    (aside / "pip.conf").write_text(f"[install]\ntarget = {aside}\nuser = true\n")
    before = snapshot(aside)
    environment = {name: value.format(aside=aside) for name, value in variables.items()}
    result = fresh.run("tools/setup", "runtime", env=environment)
    assert (result.stdout.splitlines(), result.stderr) == ([*MADE, PACKAGES], "")
    assert snapshot(aside) == before
    for call in fresh.uv:
        assert not {"UV_TARGET", "UV_CONSTRAINT", "VIRTUAL_ENV", "PIP_TARGET"} & set(
            call["environment"]
        )


@pytest.mark.parametrize("script", ["setup", "run"])
def test_cdpath_sends_no_script_elsewhere(ready: Checkout, tmp_path: Path, script: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    for directory in ("tools", ".venv"):
        (elsewhere / directory).mkdir(parents=True)
    before = snapshot(elsewhere)
    arguments = {"setup": ["runtime"], "run": ["tools/setup", "runtime"]}[script]
    result = ready.run(f"tools/{script}", *arguments, env={"CDPATH": str(elsewhere)})
    assert result.returncode == 0, result.stderr
    assert snapshot(elsewhere) == before
    assert (ready.path / ".venv").exists()


def test_the_index_that_pip_knows_is_uvs(ready: Checkout, tmp_path: Path) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text(
        "[global]\nindex-url = https://in.house/simple\ntrusted-host = in.house\n"
        "cert = /etc/house.pem\n[install]\nextra-index-url =\n  https://a/simple\n  https://b\n"
    )
    variables = {"PIP_CONFIG_FILE": str(settings), "PIP_PROXY": "http://proxy:3128"}
    change(ready)
    assert ready.run("tools/setup", "runtime", env=variables).returncode == 0
    seen = ready.uv[0]["environment"]
    assert seen["UV_DEFAULT_INDEX"] == "https://in.house/simple"
    assert seen["UV_INDEX"] == "https://a/simple https://b"
    assert seen["UV_INSECURE_HOST"] == "in.house"
    assert seen["SSL_CERT_FILE"] == "/etc/house.pem"
    assert seen["ALL_PROXY"] == "http://proxy:3128"
    assert "--no-index" in ready.uv[0]["arguments"]


def test_what_the_user_said_to_uv_goes_before(ready: Checkout) -> None:
    said = {"UV_DEFAULT_INDEX": "https://uv/simple", "SSL_CERT_FILE": str(ROOT / "LICENSE")}
    variables = {**said, "PIP_INDEX_URL": "https://pip/simple", "PIP_CERT": "/etc/pip.pem"}
    change(ready)
    assert ready.run("tools/setup", "runtime", env=variables).returncode == 0
    assert said.items() <= ready.uv[0]["environment"].items()


def test_an_index_that_is_not_there_is_one_line_without_its_password(fresh: Checkout) -> None:
    index = {"PIP_INDEX_URL": "http://me:secret@127.0.0.1:9/simple"}
    result = fresh.run(
        "tools/setup", "runtime", env={**index, "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": ""}
    )
    assert result.stderr.splitlines()[-1] == (
        "could not install uv from http://127.0.0.1:9/simple; where that needs another index, "
        f"a proxy or a company's certificates, {VARIABLES}"
    )
    assert result.returncode == 1
    assert "secret" not in result.stdout + result.stderr


def test_a_registry_that_is_not_there_is_one_line(ready: Checkout) -> None:
    ready.program("npm", "echo npm error network >&2; exit 1")
    registry = {"NPM_CONFIG_REGISTRY": "https://me:secret@npm.house"}
    result = ready.run("tools/setup", "cdktf", env=registry)
    assert result.stderr.splitlines()[0] == "npm error network"
    assert result.stderr.splitlines()[1].endswith(
        "asks for from https://npm.house; where that needs another registry, a proxy or a "
        "company's certificates, set npm_config_registry, HTTPS_PROXY or NODE_EXTRA_CA_CERTS: "
        "see docs/how-to/behind-a-proxy.md"
    )
    assert "secret" not in result.stderr


def test_npm_installs_into_the_checkout_whatever_its_variables_say(ready: Checkout) -> None:
    ready.program("npm", f"env >npm.env\n{NPM}")
    variables = {
        "npm_config_global": "true",
        "NPM_CONFIG_PREFIX": "/usr/local",
        "npm_config_dry_run": "true",
        "npm_config_package_lock": "false",
        "npm_config_registry": "https://npm.house",
        "SSL_CERT_FILE": "/etc/house.pem",
    }
    assert ready.run("tools/setup", "cdktf", env=variables).returncode == 0
    seen = dict(
        line.partition("=")[::2] for line in (ready.path / "npm.env").read_text().splitlines()
    )
    assert {name for name in seen if name.lower().startswith("npm_config_")} == {
        *("npm_config_fetch_retries", "npm_config_fetch_retry_mintimeout", "npm_config_registry")
    }
    assert seen["NODE_EXTRA_CA_CERTS"] == "/etc/house.pem"
    assert seen["NODE_USE_SYSTEM_CA"] == "1"


def test_who_has_no_home_needs_none(ready: Checkout, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    change(ready)
    home = {"HOME": str(tmp_path / "file/home")}
    result = ready.run("tools/setup", "cdktf", env=home)
    assert (result.returncode, result.stderr) == (0, "")
    assert ready.uv[0]["environment"]["UV_NO_CACHE"] == "1"


def test_files_are_as_private_as_the_umask_says(ready: Checkout) -> None:
    change(ready)
    result = ready.run("sh", "-c", "umask 077 && tools/setup runtime")
    assert result.returncode == 0, result.stderr
    assert (ready.path / ".venv/set-up.json").stat().st_mode & 0o077 == 0


def test_a_clone_with_other_line_ends_starts(tmp_path: Path) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    (origin / "tools").mkdir(parents=True)
    for name in (".gitattributes", "tools/setup", "Makefile"):
        shutil.copy(ROOT / name, origin / name)
    name = ["-c", "user.name=n", "-c", "user.email=e"]
    for command in (
        ["init", "--quiet"],
        ["add", "."],
        [*name, "commit", "--quiet", "--no-verify", "-m", "first"],
        ["clone", "--quiet", "--config", "core.autocrlf=true", str(origin), str(clone)],
    ):
        subprocess.run(["git", *command], cwd=origin, check=True, capture_output=True)
    for path in ("tools/setup", "Makefile"):
        assert (clone / path).read_bytes() == (ROOT / path).read_bytes()
