"""The AWS CLI, with the user's credentials, for what is only read."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from commands.programs import AWS_HOME
from commands.terraform import ProgramMissingError
from constructs_lib.errors import EksClusterError


class AwsError(EksClusterError):
    """The AWS CLI did not do what it was asked; its own words, and the way out."""


class Aws:
    """AWS in one region, as the user, or as a role that the user assumes."""

    def __init__(self, region: str, role_arn: str | None) -> None:
        """Find the AWS CLI.

        Raises:
            ProgramMissingError: it is not there.
            AwsError: the role is not to be had.
        """
        program = shutil.which("aws")
        if program is None:
            raise ProgramMissingError(f"needs the AWS CLI, which is not on PATH; see {AWS_HOME}")
        self._program = program
        self._environment = {**os.environ, "AWS_PAGER": ""}
        if region:
            self._environment["AWS_REGION"] = region
        if role_arn is not None:
            self._environment |= _of_role(
                self.ask(
                    *("sts", "assume-role", "--role-arn", role_arn),
                    *("--role-session-name", "eks-cluster"),
                )
            )

    def ask(self, service: str, operation: str, *arguments: str) -> dict[str, Any]:
        """The answer of one call.

        Raises:
            AwsError: there is none.
        """
        done = subprocess.run(  # noqa: S603 - the AWS CLI on PATH
            [self._program, service, operation, *arguments, "--output", "json"],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            why = " ".join(done.stderr.split()) or "it failed without a word"
            raise AwsError(
                f"aws {service} {operation}: {why}; sign in, or name credentials that may do that "
                "(AWS_PROFILE)"
            )
        answer: dict[str, Any] = json.loads(done.stdout or "{}")
        return answer


def _of_role(answer: Mapping[str, Any]) -> dict[str, str]:
    credentials = answer["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
