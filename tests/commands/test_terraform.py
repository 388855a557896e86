"""Which program is Terraform, and that nothing else starts it."""

import re
from pathlib import Path

import pytest

from commands.terraform import Program, ProgramMissingError, find

ROOT = Path(__file__).parents[2]
HOMES = (
    "https://developer.hashicorp.com/terraform/install or https://opentofu.org/docs/intro/install/"
)


def program(directory: Path, name: str, prints: str) -> Path:
    path = directory / name
    path.write_text(f'#!/bin/sh\nif [ -n "$TF_CLI_ARGS" ]; then exit 1; fi\necho "{prints}"\n')
    path.chmod(0o755)
    return path


def test_terraform_goes_before_tofu(tmp_path: Path) -> None:
    program(tmp_path, "tofu", "OpenTofu v1.12.6")
    tofu = find({"PATH": str(tmp_path)})
    assert tofu == Program(str(tmp_path / "tofu"), "OpenTofu", "1.12.6")
    assert tofu.command == "tofu"
    terraform = program(tmp_path, "terraform", "Terraform v1.11.4")
    assert find({"PATH": str(tmp_path)}) == Program(str(terraform), "Terraform", "1.11.4")


def test_the_variable_goes_before_both(tmp_path: Path) -> None:
    program(tmp_path, "terraform", "Terraform v1.11.4")
    mine = program(tmp_path, "mine", "OpenTofu v1.11.0")
    for named in ("mine", str(mine)):
        assert find({"PATH": str(tmp_path), "TERRAFORM_BINARY_NAME": named}).path == str(mine)


def test_a_name_that_is_not_there_is_said(tmp_path: Path) -> None:
    program(tmp_path, "terraform", "Terraform v1.11.4")
    with pytest.raises(ProgramMissingError) as missing:
        find({"PATH": str(tmp_path), "TERRAFORM_BINARY_NAME": "mine"})
    assert str(missing.value) == (
        "needs Terraform or OpenTofu 1.11 or newer, TERRAFORM_BINARY_NAME=mine is not there; "
        f"see {HOMES}"
    )


def test_neither_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissingError) as missing:
        find({"PATH": str(tmp_path)})
    assert str(missing.value) == (
        "needs Terraform or OpenTofu 1.11 or newer, neither terraform nor tofu is on PATH; "
        f"see {HOMES}"
    )


@pytest.mark.parametrize(
    ("prints", "said"),
    [
        ("Terraform v1.10.5", "is Terraform 1.10.5"),
        ("Terraform v0.15.5", "is Terraform 0.15.5"),
        ("OpenTofu v1.10.9", "is OpenTofu 1.10.9"),
        ("hello", "does not tell its version"),
        ("", "does not tell its version"),
    ],
)
def test_another_terraform_is_refused(tmp_path: Path, prints: str, said: str) -> None:
    path = program(tmp_path, "terraform", prints)
    with pytest.raises(ProgramMissingError) as missing:
        find({"PATH": str(tmp_path)})
    assert str(missing.value) == (
        f"needs Terraform or OpenTofu 1.11 or newer, {path} {said}; see {HOMES}"
    )


@pytest.mark.parametrize(
    ("prints", "version"),
    [
        ("Terraform v1.11.0", "1.11.0"),
        ("Terraform v1.15.0-beta1\non linux_amd64", "1.15.0-beta1"),
        ("Terraform v2.0.0", "2.0.0"),
        ("switching to prod\nOpenTofu v1.11.0", "1.11.0"),
    ],
)
def test_a_version_is_read_whatever_a_wrapper_says_first(
    tmp_path: Path, prints: str, version: str
) -> None:
    program(tmp_path, "terraform", prints)
    assert find({"PATH": str(tmp_path), "TF_CLI_ARGS": "-input=false"}).version == version


def test_a_program_is_called_by_its_name_in_what_is_said() -> None:
    said = "run `terraform show -json`, which Terraform has since terraform.ada.tfstate"
    tofu = Program("/opt/tofu", "OpenTofu", "1.12.6")

    assert tofu.called(said) == (
        "run `tofu show -json`, which OpenTofu has since terraform.ada.tfstate"
    )
    assert Program("/opt/terraform", "Terraform", "1.11.4").called(said) == said


def test_no_other_module_starts_terraform() -> None:
    starts = re.compile(r"""TERRAFORM_BINARY_NAME|[\[(]\s*["'](terraform|tofu)["']\s*[,)]""")
    packages = ("adopt", "commands", "constructs_lib", "plan_review")
    found = {
        str(path.relative_to(ROOT))
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        if "import subprocess" in (text := path.read_text()) and starts.search(text)
    }
    assert found == {"commands/terraform.py"}
