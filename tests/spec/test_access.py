"""Who gets into the cluster."""

from pathlib import Path

import pytest

from constructs_lib.spec.loader import load
from tests.spec.bad import ADA, GOOD, TODAY, Change, add, also, told

ROLE = "arn:aws:iam::123456789012:role/admin"

BAD: dict[str, tuple[Change, str]] = {
    "a way in that there is not": (
        also("access: pods"),
        "6: access: is not a choice, got pods; use 'config_map' or 'access_entries'",
    ),
    "a mode in which EKS refuses access entries": (
        also("access: {by: access_entries, authentication_mode: CONFIG_MAP}"),
        "6: access.authentication_mode: is the mode in which EKS refuses access entries, got "
        "CONFIG_MAP; write API_AND_CONFIG_MAP and apply, before by: access_entries",
    ),
    "a user that is a role": (
        also(f"map_users: [{{userarn: '{ROLE}', username: a}}]"),
        f"6: map_users[0].userarn: is not the ARN of an IAM user, got {ROLE}; "
        "write arn:aws:iam::<account>:user/<name>",
    ),
    "a creator without rights and nobody else": (
        also("access: {creator_admin: false}"),
        "6: access.creator_admin: is off, and nobody else could administer the cluster; say by: "
        "access_entries, and map a role of yours with the group system:masters",
    ),
    "a ConfigMap that EKS does not read": (
        also("access: {authentication_mode: API}"),
        "6: access.authentication_mode: is the mode in which EKS does not read aws-auth, got API; "
        "say by: access_entries, and apply that first",
    ),
    "an ARN that is no role's": (
        also(f"map_roles: [{{rolearn: '{ADA}', username: admin}}]"),
        f"6: map_roles[0].rolearn: is not the ARN of an IAM role, got {ADA}; "
        "write arn:aws:iam::<account>:role/<name>",
    ),
    "an account in full-width digits": (
        also("map_roles: [{rolearn: 'arn:aws:iam::\uff11" + "2" * 11 + ":role/a', username: a}]"),
        "6: map_roles[0].rolearn: is not the ARN of an IAM role, got "
        "arn:aws:iam::\uff1122222222222:role/a (arn:aws:iam::\\uff1122222222222:role/a); write "
        "arn:aws:iam::<account>:role/<name>",
    ),
    "a name in Cyrillic letters": (
        also("map_roles: [{rolearn: 'arn:aws:iam::123456789012:role/\u0430dmin', username: a}]"),
        "6: map_roles[0].rolearn: is not the ARN of an IAM role, got "
        "arn:aws:iam::123456789012:role/\u0430dmin (arn:aws:iam::123456789012:role/\\u0430dmin); "
        "write arn:aws:iam::<account>:role/<name>",
    ),
    "one role mapped twice, with and without its path": (
        also(
            f"map_roles: [{{rolearn: '{ROLE}', username: a}}, "
            f"{{rolearn: '{ROLE.replace('role/', 'role/team/')}', username: b}}]"
        ),
        "6: map_roles[1].rolearn: is mapped already, got "
        "arn:aws:iam::123456789012:role/team/admin; keep one entry for each principal",
    ),
    "two roles with one address": (
        also(
            "access: access_entries\n"
            f"map_roles: [{{rolearn: '{ROLE}+b', username: a}}, "
            f"{{rolearn: '{ROLE}=b', username: b}}]"
        ),
        f"7: map_roles[1].rolearn: would have the address of {ROLE}+b, "
        f"role-123456789012-admin-b, got {ROLE}=b; rename one of the two in IAM",
    ),
    "a principal of another partition": (
        also(f"map_users: [{{userarn: '{ADA.replace('aws', 'aws-cn')}', username: a}}]"),
        "6: map_users[0].userarn: is not of us-west-2's partition, got "
        "arn:aws-cn:iam::123456789012:user/ada; write arn:aws:...",
    ),
    "the cluster's own node role": (
        also("map_roles: [{rolearn: 'arn:aws:iam::123456789012:role/ada-node', type: EC2_LINUX}]"),
        "6: map_roles[0].rolearn: is the role of the cluster's own nodes, which are let in "
        "already, got arn:aws:iam::123456789012:role/ada-node; delete this entry",
    ),
    "a role without a name for people": (
        also(f"map_roles: [{{rolearn: '{ROLE}'}}]"),
        "6: map_roles[0].username: is missing; add it, or say type: EC2_LINUX",
    ),
    "a role of nodes with groups": (
        also(f"map_roles: [{{rolearn: '{ROLE}', type: EC2_LINUX, groups: [a]}}]"),
        "6: map_roles[0].groups: is given to nodes by EKS, got a list; "
        "delete the key, or say type: STANDARD",
    ),
    "a second node role as people's": (
        also(
            "access: access_entries\n"
            f"map_roles: [{{rolearn: '{ROLE}', username: a, groups: ['system:nodes']}}]"
        ),
        "7: map_roles[0].groups[0]: is a group that EKS refuses in access entries, got "
        "system:nodes; say type: EC2_LINUX instead of username and groups",
    ),
    "a user name that EKS keeps": (
        also(f"access: access_entries\nmap_roles: [{{rolearn: '{ROLE}', username: 'eks:admin'}}]"),
        "7: map_roles[0].username: starts like the names that EKS keeps (system:, eks:, aws:, "
        "amazon:, iam:), got eks:admin; choose a name without such a prefix",
    ),
    "a session's name without a colon": (
        also(
            "access: access_entries\n"
            f"map_roles: [{{rolearn: '{ROLE}', username: 'admin-{{{{SessionName}}}}'}}]"
        ),
        "7: map_roles[0].username: has the session's name without a colon before it, which EKS "
        "refuses, got admin-{{SessionName}}; write one like admin:{{SessionName}}",
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
    "the ARN of a session": (
        also(
            "map_roles: [{rolearn: 'arn:aws:sts::123456789012:assumed-role/admin/ada', "
            "username: a}]"
        ),
        "6: map_roles[0].rolearn: is the ARN of a session, which ends, got "
        "arn:aws:sts::123456789012:assumed-role/admin/ada; write that of its role, which `aws "
        "iam get-role` shows",
    ),
    "a role with a name too long for IAM": (
        also(f"map_roles: [{{rolearn: 'arn:aws:iam::123456789012:role/{'a' * 65}', username: a}}]"),
        "6: map_roles[0].rolearn: has a name longer than the 64 characters that IAM takes, got "
        "arn:aws:iam::123456789012:role/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...; "
        "copy it from IAM",
    ),
    "a user without a name": (
        also("map_users: [{userarn: 'arn:aws:iam::123456789012:user/team/', username: a}]"),
        "6: map_users[0].userarn: is not the ARN of an IAM user, got "
        "arn:aws:iam::123456789012:user/team/; write arn:aws:iam::<account>:user/<name>",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]


def test_a_node_role_of_another_account_may_be_called_like_ours(root: Path) -> None:
    role = "{rolearn: 'arn:aws:iam::222222222222:role/ada-node', type: EC2_LINUX}"
    add(root, "ada", GOOD + f'account_id: "111111111111"\nmap_roles: [{role}]\n')
    assert load(root, today=TODAY).clusters
