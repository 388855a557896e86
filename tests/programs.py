"""Programs that tests put on PATH."""

import sys
from pathlib import Path


def write_aws(directory: Path) -> Path:
    """Put the AWS CLI of the tests' own requirements into `directory`, as `aws`.

    The script that pip makes does not start where the path of the checkout has a space.
    """
    directory.mkdir(parents=True, exist_ok=True)
    aws = directory / "aws"
    aws.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m awscli "$@"\n')
    aws.chmod(0o755)
    return aws
