from pathlib import Path

import pytest

from .conftest import Checkout

MANIFEST = '"synthesizedStackPath": "stacks/lovelace/cdk.tf.json",'
WRITES = f"mkdir -p cdktf.out && echo '{MANIFEST}' >cdktf.out/manifest.json"

TERRAFORM = "needs Terraform 1.11 or newer, terraform {}; see https://developer.hashicorp.com/terraform/install"
KUBECTL = "needs kubectl 1.24 or newer, kubectl {}; see https://kubernetes.io/docs/tasks/tools/"
AWS = (
    "needs the AWS CLI, which is not on PATH; see "
    "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
)


@pytest.mark.parametrize("version", ["1.11.0", "1.11.4", "1.15.0-beta1", "2.0.0"])
def test_a_terraform_new_enough_is_taken_without_a_word(checkout: Checkout, version: str) -> None:
    checkout.program("terraform", f"echo Terraform v{version}; echo on linux_amd64")
    result = checkout.run("tools/require", "terraform")
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)


@pytest.mark.parametrize(
    ("prints", "said"),
    [
        ("Terraform v1.10.5", "is 1.10.5"),
        ("Terraform v0.15.5", "is 0.15.5"),
        ("OpenTofu v1.11.0", "is of unknown version"),
        ("", "is of unknown version"),
    ],
)
def test_another_terraform_is_refused(checkout: Checkout, prints: str, said: str) -> None:
    checkout.program("terraform", f"echo '{prints}'")
    result = checkout.run("tools/require", "terraform")
    assert (result.stderr, result.returncode) == (TERRAFORM.format(said) + "\n", 1)


def test_everything_missing_is_said_at_once(checkout: Checkout) -> None:
    result = checkout.run("tools/require", "terraform", "kubectl", "aws")
    assert result.stderr.splitlines() == [
        TERRAFORM.format("is not on PATH"),
        KUBECTL.format("is not on PATH"),
        AWS,
    ]
    assert result.returncode == 1


@pytest.mark.parametrize(
    ("prints", "said"),
    [
        ("Client Version: v1.32.4-dispatcher", None),
        ("Client Version: v1.24.0", None),
        ("Client Version: v1.23.17", "is 1.23"),
        ("hello", "is 1.x"),
    ],
)
def test_a_kubectl_that_is_too_old_is_refused(
    checkout: Checkout, prints: str, said: str | None
) -> None:
    checkout.program("kubectl", f"echo '{prints}'")
    result = checkout.run("tools/require", "kubectl")
    assert result.stderr == (KUBECTL.format(said) + "\n" if said else "")
    assert result.returncode == (1 if said else 0)


def test_synth_ends_by_naming_the_files(installed: Checkout) -> None:
    installed.program("cdktf", WRITES)
    result = installed.run("make", "synth")
    assert result.stdout.splitlines()[-1] == "Wrote cdktf.out/stacks/lovelace/cdk.tf.json"
    assert (result.stderr, result.returncode) == ("", 0)


def test_problems_of_a_spec_are_said_once_and_by_the_checker(installed: Checkout) -> None:
    installed.program(Path(".venv/bin/python"), '[ "$1" = -c ] || { echo bad spec >&2; exit 1; }')
    result = installed.run("make", "synth")
    assert result.stderr.splitlines()[0] == "bad spec"
    assert result.returncode != 0
    assert not [call for call in installed.calls if call.startswith("cdktf")]


@pytest.fixture
def without_cdktf(installed: Checkout) -> Checkout:
    """A platform for which the CLI's terminal library is not built."""
    installed.program(
        "node",
        """case $1 in --version) echo v22.20.0 ;; -p) echo linux-arm64 ;; *) exit 1 ;; esac""",
    )
    installed.program(Path(".venv/bin/python"), WRITES)
    return installed


def test_where_cdktf_cannot_run_the_app_runs_alone_and_says_so(without_cdktf: Checkout) -> None:
    result = without_cdktf.run("make", "synth")
    assert result.stdout.splitlines() == [
        "cdktf's command line does not run on linux-arm64 with Node v22.20.0: "
        "main.py and terraform do its work.",
        "make synth, diff, deploy and destroy are as ever; "
        "cdktf synth, diff, deploy and destroy fail here.",
        "Wrote cdktf.out/stacks/lovelace/cdk.tf.json",
    ]
    assert without_cdktf.calls[-1] == "python main.py"


@pytest.mark.parametrize(("action", "command"), [("deploy", "apply"), ("destroy", "destroy")])
def test_where_cdktf_cannot_run_terraform_deploys(
    without_cdktf: Checkout, action: str, command: str
) -> None:
    without_cdktf.program("terraform")
    result = without_cdktf.run("tools/run", "tools/apply", action, "lovelace", "--auto-approve")
    assert result.returncode == 0, result.stderr
    assert [call for call in without_cdktf.calls if call.startswith("terraform")] == [
        "terraform -chdir=cdktf.out/stacks/lovelace init -input=false",
        f"terraform -chdir=cdktf.out/stacks/lovelace {command} --auto-approve",
    ]


@pytest.mark.parametrize("action", ["deploy", "destroy"])
def test_elsewhere_cdktf_deploys_what_was_synthesised(installed: Checkout, action: str) -> None:
    installed.run("tools/run", "tools/apply", action, "lovelace", "--auto-approve")
    assert installed.calls[-1] == f"cdktf {action} --skip-synth lovelace --auto-approve"


def test_nothing_is_applied_unasked(installed: Checkout) -> None:
    result = installed.run("tools/run", "tools/apply", "deploy", "lovelace")
    assert result.stderr == (
        "no terminal to ask on before the deploy of lovelace; "
        "ARGS=--auto-approve goes ahead without asking\n"
    )
    assert result.returncode == 1
    assert not [call for call in installed.calls if call.startswith("cdktf")]


def test_a_plan_is_reviewed_and_leaves_no_trace(installed: Checkout, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    installed.program("terraform", 'ls -ld "$TMPDIR"/plan.* >>modes')
    result = installed.run(
        "tools/plan", "lovelace", "--format", "text", env={"TMPDIR": str(scratch)}
    )
    assert result.returncode == 0, result.stderr
    assert [call.split()[2] for call in installed.calls[:-1]] == ["init", "plan", "show"]
    assert installed.calls[-1].startswith("python -m plan_review ")
    assert installed.calls[-1].endswith(
        " --stack-json cdktf.out/stacks/lovelace/cdk.tf.json --format text"
    )
    assert (installed.path / "modes").read_text().startswith("drwx------")
    assert not list(scratch.iterdir())


def test_what_terraform_says_of_a_plan_that_fails_is_shown(
    installed: Checkout, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    installed.program("terraform", 'echo "did $2"; [ "$2" = init ] || exit 1')
    result = installed.run("tools/plan", "lovelace", env={"TMPDIR": str(scratch)})
    assert (result.stdout, result.stderr, result.returncode) == ("", "did plan\n", 1)
    assert not list(scratch.iterdir())


def test_the_exit_code_of_the_review_is_the_plans(installed: Checkout) -> None:
    installed.program("terraform")
    installed.program(Path(".venv/bin/python"), "exit 3")
    assert installed.run("tools/plan", "lovelace").returncode == 3
