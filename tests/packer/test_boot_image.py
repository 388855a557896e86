"""packer/boot-image with an AWS CLI that answers from a list, and notes what it was asked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .paths import PACKER

AWS = """\
#!{python}
import json, pathlib, sys
here = pathlib.Path({here!r})
with (here / "calls").open("a") as calls:
    print(json.dumps(sys.argv[1:]), file=calls)
answers = here / sys.argv[2]
left = json.loads(answers.read_text())
answer = left.pop(0) if len(left) > 1 else left[0]
answers.write_text(json.dumps(left))
if isinstance(answer, str):
    sys.exit(answer)
print(json.dumps(answer))
"""

BOOTED = "[   21.4] cloud-init[812]: Cloud-init v. 26.2 finished\r\n"
SAID = BOOTED + "[   23.1] eks-join[901]: eks-join: {}\r\n"
NO_ROLE = (
    "aws ec2 describe-instances found no credentials; give the launch template an instance profile"
)
JOINED = (
    "ip-10-1-0-7.us-west-2.compute.internal is a node of cluster lovelace (1.36): kubelet 1.36.2"
)
PLACE = ("--cluster", "lovelace", "--instance-profile", "node", "--subnet", "subnet-1")


class Account:
    def __init__(self, path: Path, architecture: str = "x86_64") -> None:
        self._path = path
        self.answers("describe-images", {"Images": [{"Architecture": architecture}]})
        self.answers("run-instances", {"Instances": [{"InstanceId": "i-1"}]})
        self.answers("terminate-instances", {})
        aws = path / "aws"
        aws.write_text(AWS.format(python=sys.executable, here=str(path)), encoding="utf-8")
        aws.chmod(0o755)

    def answers(self, operation: str, *answers: object) -> None:
        (self._path / operation).write_text(json.dumps(answers), encoding="utf-8")

    def calls(self) -> list[list[str]]:
        lines = (self._path / "calls").read_text(encoding="utf-8").splitlines()
        return [json.loads(line)[1:] for line in lines]

    def boot(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, PACKER / "boot-image", "ami-1", "--pause", "0", *arguments],
            env={**os.environ, "PATH": f"{self._path}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)


def test_an_image_that_misses_only_a_role_is_good(account: Account) -> None:
    account.answers("get-console-output", {}, {"Output": BOOTED}, {"Output": SAID.format(NO_ROLE)})
    done = account.boot()
    assert (done.returncode, done.stdout) == (0, f"ami-1 boots: {NO_ROLE}\n"), done.stderr
    start = account.calls()[1]
    assert start[:3] == ["run-instances", "--image-id", "ami-1"]
    assert "t3.medium" in start
    assert "--iam-instance-profile" not in start
    (tags,) = json.loads(start[start.index("--tag-specifications") + 1])
    assert tags["Tags"] == [{"Key": "Name", "Value": "packer boot of ami-1"}]
    assert account.calls()[-1][:3] == ["terminate-instances", "--instance-ids", "i-1"]


def test_with_a_cluster_it_has_to_join(tmp_path: Path) -> None:
    account = Account(tmp_path, "arm64")
    account.answers("get-console-output", {"Output": SAID.format(JOINED)})
    done = account.boot(*PLACE)
    assert (done.returncode, done.stdout) == (0, f"ami-1 boots: {JOINED}\n"), done.stderr
    start = account.calls()[1]
    assert "t4g.medium" in start
    assert start[start.index("--iam-instance-profile") + 1] == "Name=node"
    assert start[start.index("--subnet-id") + 1] == "subnet-1"
    (tags,) = json.loads(start[start.index("--tag-specifications") + 1])
    assert {"Key": "kubernetes.io/cluster/lovelace", "Value": "owned"} in tags["Tags"]

    account.answers("get-console-output", {"Output": SAID.format(NO_ROLE)})
    done = account.boot(*PLACE)
    assert done.returncode == 1
    assert done.stderr.endswith(f"ami-1 is not usable: eks-join said: {NO_ROLE}\n")


def test_an_image_that_does_not_boot_is_terminated_and_shown(account: Account) -> None:
    account.answers("get-console-output", {"Output": "Kernel panic\r\n"})
    done = account.boot("--minutes", "0")
    assert done.returncode == 1
    assert "Kernel panic" in done.stderr
    assert done.stderr.endswith(
        "ami-1 is not usable: eks-join said nothing, see its console above\n"
    )
    assert account.calls()[-1][0] == "terminate-instances"


def test_a_refusal_is_told_and_nothing_is_left(account: Account) -> None:
    account.answers("get-console-output", "An error occurred (UnauthorizedOperation)")
    done = account.boot()
    assert done.returncode == 1
    assert "aws ec2 get-console-output: An error occurred (UnauthorizedOperation)" in done.stderr
    assert account.calls()[-1][0] == "terminate-instances"


def test_half_a_place_is_none(account: Account) -> None:
    done = account.boot("--cluster", "lovelace")
    assert done.returncode == 2
    assert "--cluster, --instance-profile and --subnet go together; pass all or none" in done.stderr
