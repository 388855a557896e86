"""Programs of the machine's that tests run, and those that they put on PATH."""

import sys
from pathlib import Path

from commands.terraform import Program, ProgramMissingError, find
from tests.requirements import require


def terraform() -> Program:
    """Terraform or OpenTofu: the one that the commands would start, so TERRAFORM_BINARY_NAME's.

    The test is skipped where neither is there.
    """
    try:
        return find()
    except ProgramMissingError as error:
        require(False, str(error))
        raise


def write_aws(directory: Path) -> Path:
    """Put the AWS CLI of the tests' own requirements into `directory`, as `aws`.

    The script that pip makes does not start where the path of the checkout has a space.
    """
    directory.mkdir(parents=True, exist_ok=True)
    aws = directory / "aws"
    aws.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m awscli "$@"\n')
    aws.chmod(0o755)
    return aws
