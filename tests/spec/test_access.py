"""Who gets into the cluster."""

from pathlib import Path

import pytest

from tests.spec.bad import ADA, Change, also, told

BAD: dict[str, tuple[Change, str]] = {
    "a role with a path, which aws-auth does not know": (
        also(
            "map_roles: [{rolearn: 'arn:aws:iam::123456789012:role/team/admin', username: admin}]"
        ),
        "6: map_roles[0].rolearn: is not the ARN of a role without a path, got "
        "arn:aws:iam::123456789012:role/team/admin; write arn:aws:iam::<account>:role/<name>, "
        "without the path that IAM may show in it",
    ),
    "one principal mapped twice": (
        also(f"map_users: [{{userarn: '{ADA}', username: a}}, {{userarn: '{ADA}', username: b}}]"),
        "6: map_users[1].userarn: is mapped already, got arn:aws:iam::123456789012:user/ada; "
        "keep one entry for each principal",
    ),
    "a group access entries do not take": (
        also(
            "access: access_entries\n"
            f"map_users: [{{userarn: '{ADA}', username: a, groups: ['system:nodes']}}]"
        ),
        "7: map_users[0].groups[0]: is a group that EKS refuses in access entries, got "
        "system:nodes; use system:masters or a group without system: in front",
    ),
    "two principals with one address": (
        also(
            "access: access_entries\n"
            f"map_users: [{{userarn: '{ADA}.b', username: a}}, {{userarn: '{ADA}-b', username: b}}]"
        ),
        "7: map_users[1].userarn: would have the address of "
        "arn:aws:iam::123456789012:user/ada.b, user-123456789012-ada-b, got "
        "arn:aws:iam::123456789012:user/ada-b; rename one of the two in IAM",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]
