"""What the options of a spec bring, with the real provider: made, unchanged, gone."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.programs import terraform
from tests.requirements import require

from .aws import AwsEmulator

pytestmark = pytest.mark.full

CONFIGURATION = Path(__file__).with_name("options.tf")


def test_what_options_bring_is_made_stays_and_goes(tmp_path: Path) -> None:
    program = terraform().path
    shutil.copy(CONFIGURATION, tmp_path / "main.tf")
    with AwsEmulator() as aws:
        environment = {
            **aws.environment(os.environ),
            "CHECKPOINT_DISABLE": "1",
            "TF_VAR_image": aws.add_image("node"),
        }

        def run(*arguments: str) -> str:
            done = subprocess.run(
                [program, *arguments, "-no-color", "-input=false"],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            if arguments[0] == "init":
                there = "Failed to query available provider" not in done.stdout
                require(there, "terraform init cannot fetch the provider hashicorp/aws")
            assert done.returncode == 0, done.stdout
            return done.stdout

        run("init")
        assert "Apply complete!" in run("apply", "-auto-approve")
        assert "No changes." in run("plan", "-detailed-exitcode")
        assert "Destroy complete!" in run("destroy", "-auto-approve")
