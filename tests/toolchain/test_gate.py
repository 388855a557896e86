"""`.ci/run`: what it asks for, what it leaves out, and that it says so."""

import re
import shutil
import subprocess

import pytest

from .conftest import ROOT, Checkout

GATE = ROOT / ".ci" / "run"
TEST_ENVIRONMENT = 'echo "$1 E2E=${REQUIRE_E2E:-} PROGRAMS=${REQUIRE_PROGRAMS:-}"'
ENOUGH, LITTLE = 31 * 1024 * 1024, 29 * 1024 * 1024


@pytest.fixture
def gate(checkout: Checkout) -> Checkout:
    """A checkout with the gate, on Linux as root with space, where all programs say yes."""
    (checkout.path / ".ci").mkdir()
    shutil.copy(GATE, checkout.path / ".ci" / "run")
    (checkout.bin / "make").unlink()
    (checkout.bin / "uname").unlink()
    (checkout.bin / "bash").symlink_to(str(shutil.which("bash")))
    checkout.program("make", f"{TEST_ENVIRONMENT} TF=${{TF_CLI_CONFIG_FILE:-}}")
    checkout.program("terraform")
    checkout.program("uname", "echo Linux")
    checkout.program("id", "echo 0")
    checkout.program("df", f"echo Size Free; echo / 1 2 {ENOUGH}")
    return checkout


def run(gate: Checkout) -> tuple[int, list[str]]:
    result = gate.run(".ci/run", env={"XDG_CACHE_HOME": str(gate.path / "cache")})
    return result.returncode, result.stdout.splitlines()


def test_where_all_is_to_be_had_nothing_may_be_skipped(gate: Checkout) -> None:
    status, lines = run(gate)

    assert status == 0
    file = gate.path.resolve() / ".cache/providers/terraformrc"
    assert lines == [
        "synth E2E= PROGRAMS= TF=",
        "check E2E= PROGRAMS= TF=",
        f"programs E2E=1 PROGRAMS= TF={file}",
        f"test E2E=1 PROGRAMS=1 TF={file}",
    ]
    assert f'path = "{file.parent}/.terraform/providers"' in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("there", [True, False], ids=["no providers", "no terraform"])
def test_without_the_providers_tests_with_terraform_are_left_out(
    gate: Checkout, there: bool
) -> None:
    if there:
        gate.program("terraform", "exit 1")
    else:
        (gate.bin / "terraform").unlink()

    status, lines = run(gate)

    assert status == 0
    log = gate.path.resolve() / ".cache/providers/init.log"
    reason = f"terraform init has no hashicorp/aws 5.100.0, see {log}"
    assert lines[-2:] == [
        "test E2E= PROGRAMS=1 TF=",
        f"left out: the tests with Terraform: {reason}",
    ]
    assert log.exists()


@pytest.mark.parametrize(
    ("program", "body", "said"),
    [
        ("uname", "echo Darwin", "they need Linux, and root for namespaces"),
        ("id", "echo 1000", "they need Linux, and root for namespaces"),
        ("df", f"echo Size Free; echo / 1 2 {LITTLE}", "make programs needs 30 GB free in {cache}"),
        (
            "make",
            f"{TEST_ENVIRONMENT}; [ $1 != programs ]",
            "make programs needs Go to build them",
        ),
    ],
)
def test_where_programs_cannot_be_built_theirs_are_left_out(
    program: str, body: str, said: str, gate: Checkout
) -> None:
    gate.program(program, body)

    status, lines = run(gate)

    assert status == 0
    assert lines[-2].startswith("test E2E=1 PROGRAMS=")
    assert "PROGRAMS=1" not in lines[-2]
    cache = gate.path / "cache"
    assert lines[-1] == f"left out: the tests with real programs: {said.format(cache=cache)}"


def test_where_programs_should_be_built_and_are_not_the_gate_fails(gate: Checkout) -> None:
    gate.program("go")
    gate.program("make", f"{TEST_ENVIRONMENT}; [ $1 != programs ]")

    status, lines = run(gate)

    assert status == 1
    assert lines[-2:] == ["test E2E=1 PROGRAMS=", "failed: make programs, see above"]


@pytest.mark.parametrize("target", ["synth", "check", "test"])
def test_what_fails_fails_the_gate_and_what_was_left_out_is_said(
    target: str, gate: Checkout
) -> None:
    gate.program("id", "echo 1000")
    gate.program("make", f"{TEST_ENVIRONMENT}; [ $1 != {target} ] || exit 1")

    status, lines = run(gate)

    assert status == 1
    last = [
        "left out: the tests with real programs: they need Linux, and root for namespaces",
        "failed: make test",
    ]
    assert (lines[-2:] == last) is (target == "test")


def test_it_runs_nothing_from_outside_the_checkout() -> None:
    text = GATE.read_text(encoding="utf-8")

    assert re.findall(r"\.\./?\S*", text) == ['.."']
    assert not re.search(r"\beval\b|^\s*(source|\.) ", text, re.MULTILINE)


def test_opentofu_finds_the_same_providers_under_its_own_registry(gate: Checkout) -> None:
    here = ".terraform/providers/registry.{}/hashicorp/aws/5.100.0/linux_amd64"
    terraforms, tofus = (here.format(each) for each in ("terraform.io", "opentofu.org"))
    made = f"{gate.path}/.cache/providers/{terraforms}"
    gate.program("terraform", f"mkdir -p '{made}'; echo >'{made}/x'")
    run(gate)
    assert (gate.path / ".cache/providers" / tofus / "x").is_file()


@pytest.mark.parametrize("named", [True, False], ids=["by the variable", "alone"])
def test_opentofu_takes_terraforms_place(gate: Checkout, named: bool) -> None:
    (gate.bin / "terraform").rename(gate.bin / "tofu")
    if named:
        gate.program("terraform", "exit 1")
    variables = {"TERRAFORM_BINARY_NAME": "tofu"} if named else {}

    result = gate.run(".ci/run", env={"XDG_CACHE_HOME": str(gate.path / "cache"), **variables})

    assert "test E2E=1" in result.stdout


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not on PATH")
def test_terraform_reads_the_file_that_it_writes(gate: Checkout) -> None:
    run(gate)
    file = gate.path / ".cache/providers/terraformrc"

    said = subprocess.run(
        ["terraform", "version"],
        env={
            "PATH": str(gate.bin.parent),
            "TF_CLI_CONFIG_FILE": str(file),
            "CHECKPOINT_DISABLE": "1",
        },
        executable=shutil.which("terraform"),
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Warning" not in said.stdout + said.stderr
    assert "Error" not in said.stdout + said.stderr
