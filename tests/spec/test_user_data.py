"""Scripts of the owner's in the user data of a group of nodes."""

from pathlib import Path

import pytest

from tests.spec.bad import GOOD, Change, add, in_group, told, warnings


def scripts(text: str) -> Change:
    """Give the group scripts, in line 8."""
    return in_group(f"user_data: {{{text}}}")


LONG = "#!/bin/sh " + "x" * 16_000

BAD: dict[str, tuple[Change, str]] = {
    "a script without its program": (
        scripts("before: echo hello"),
        "8: node_groups.node.user_data.before: does not begin with #!, got echo hello; write the "
        "program that runs it into the first line, like #!/bin/bash",
    ),
    "a script with an accent": (
        scripts('after: "#!/bin/sh\\necho caff\\xE8"'),
        "8: node_groups.node.user_data.after: holds '\\xe8', which cloud-init might change; write "
        "printable ASCII",
    ),
    "a script after Amazon's": (
        in_group('image: {family: al2023}\n    user_data: {after: "#!/bin/sh"}'),
        "9: node_groups.node.user_data.after: is not for al2023, whose user data ends before the "
        "node joins; write it into before, or run it as a DaemonSet",
    ),
    "a script too long for EC2": (
        scripts(f'before: "{LONG}", after: "#!/bin/sh {"y" * 400}"'),
        "8: node_groups.node.user_data: makes, with what else the nodes are told, up to 16749 "
        "bytes, and EC2 takes 16384; have a short script fetch the long one, or put it into an "
        "image",
    ),
}

ADVICE: dict[str, tuple[Change, str]] = {
    "a secret in a script": (
        scripts('before: "#!/bin/sh\\nset -u\\nexport DB_PASSWORD=hunter2hunter2"'),
        "8: node_groups.node.user_data.before: warning: seems to hold a secret in its line 3, "
        "which many can read; have the script fetch it by the node's role",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_script_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]


@pytest.mark.parametrize(("change", "message"), ADVICE.values(), ids=ADVICE.keys())
def test_a_script_that_may_be_wrong_is_warned_of(root: Path, change: Change, message: str) -> None:
    add(root, "ada", change(GOOD))
    assert warnings(root) == [f"clusters/ada.yaml:{message}"]


@pytest.mark.parametrize(
    ("line", "is_secret"),
    [
        ("aws_key=AKIAABCDEFGHIJKLMNOP", True),
        ("-----BEGIN RSA PRIVATE KEY-----", True),
        ("curl -H 'api_key: abcdef123'", True),
        ("TOKEN=$(curl --silent -X PUT http://169.254.169.254/latest/api/token)", False),
        ('PASSWORD="$(aws secretsmanager get-secret-value)"', False),
        ("echo the secret is out", False),
    ],
)
def test_what_looks_like_a_secret(root: Path, line: str, is_secret: bool) -> None:
    block = f"user_data:\n      before: |\n        #!/bin/sh\n        {line}\n    min_size: 1"
    add(root, "ada", in_group(block)(GOOD))
    assert bool(warnings(root)) == is_secret
