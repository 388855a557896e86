"""Tags, roles, and who acts."""

from pathlib import Path

import pytest

from tests.spec.bad import GOOD, Change, add, also, in_group, named, problems, told, warnings

ROLE = "arn:aws:iam::123456789012:role/deployer"
ADOPTED = (
    "adopted: {control_plane_role: a, node_role: b, "
    "bootstrap_cluster_creator_admin_permissions: true, autoscaling_groups: {node: c}, "
    "control_plane_security_group: {name: d, description: e}, "
    "nodes_security_group: {name: f, description: g}, "
    "bastion_security_group: {name: h, description: i}}"
)

BAD: dict[str, tuple[Change, str]] = {
    "a tag of this project": (
        also("tags: {Name: shop}"),
        "6: tags.Name: is a key that AWS, Kubernetes or this project sets itself, got Name; choose "
        "another",
    ),
    "a tag of AWS": (
        also("tags: {'AWS:team': shop}"),
        "6: tags.AWS:team: is a key that AWS, Kubernetes or this project sets itself, got "
        "AWS:team; choose another",
    ),
    "a tag of Kubernetes": (
        also("tags: {kubernetes.io/cluster/ada: owned}"),
        "6: tags.kubernetes.io/cluster/ada: is a key that AWS, Kubernetes or this project sets "
        "itself, got kubernetes.io/cluster/ada; choose another",
    ),
    "a tag with an expression": (
        also("tags: {team: '${var.team}'}"),
        "6: tags.team: is not a value of tags that all services of AWS take, got ${var.team}; "
        "use at most 256 ASCII letters, digits, spaces and _.:/=+@-",
    ),
    "a tag with an umlaut": (
        also("tags: {b\u00fcro: x}"),
        "6: tags.b\u00fcro: is not a key of tags that all services of AWS take, got b\u00fcro; "
        "use at most 128 ASCII letters, digits, spaces and _.:/=+@-",
    ),
    "a number for a tag": (
        also("tags: {cost-centre: 4711}"),
        '6: tags.cost-centre: is read by YAML as a number, got 4711; write it in quotes: "4711"',
    ),
    "tags that differ in case": (
        also("tags: {team: a, Team: b}"),
        "6: tags.Team: is team but for case, which IAM does not tell apart; keep one of the two",
    ),
    "more tags than AWS takes": (
        also(f"tags: {{{', '.join(f'a{n}: b' for n in range(41))}}}"),
        "6: tags: holds more than 40, which with those of Kubernetes AWS would refuse, got 41 "
        "tags; leave some out",
    ),
    "tags beside labels": (
        lambda text: also(f"tags: {{{', '.join(f'a{n}: b' for n in range(40))}}}")(text).replace(
            "min_size: 1", f"labels: {{{', '.join(f'a{n}: b' for n in range(7))}}}"
        ),
        "6: tags: make, with labels and taints of node_groups.node, 51 tags, and EC2 takes 50; "
        "leave some out, or say cluster_autoscaler_tags: false there",
    ),
    "a path without its slashes": (
        also("iam: {path: clusters}"),
        "6: iam.path: is not a path of IAM, got clusters; write one that starts and ends with a "
        "slash, like /clusters/, of 460 characters at most",
    ),
    "a boundary that is no policy": (
        also("iam: {permissions_boundary: boundary}"),
        "6: iam.permissions_boundary: is not the ARN of an IAM policy, got boundary; write "
        "arn:aws:iam::<account>:policy/<name>",
    ),
    "a boundary of another partition": (
        also("iam: {permissions_boundary: 'arn:aws-cn:iam::123456789012:policy/b'}"),
        "6: iam.permissions_boundary: is not of us-west-2's partition, got "
        "arn:aws-cn:iam::123456789012:policy/b; write arn:aws:...",
    ),
    "a prefix with a slash": (
        also("iam: {name_prefix: acme/}"),
        "6: iam.name_prefix: is no start of a role's name, got acme/; use at most 31 letters, "
        "digits, hyphens and underscores, like acme-",
    ),
    "a prefix for adopted roles": (
        also(
            "control_plane: {service_ipv4_cidr: 172.20.0.0/16}\n"
            f"iam: {{name_prefix: acme-}}\n{ADOPTED}"
        ),
        "7: iam.name_prefix: would make other roles, while adopted keeps those that are there, got "
        "acme-; delete it",
    ),
    "a role of another account": (
        also(f'role_arn: {ROLE}\naccount_id: "111122223333"'),
        "6: role_arn: is a role of account 123456789012, while account_id is 111122223333; correct "
        "one of the two",
    ),
    "a deployer of another partition": (
        also("role_arn: arn:aws-us-gov:iam::123456789012:role/deployer"),
        "6: role_arn: is not of us-west-2's partition, got "
        "arn:aws-us-gov:iam::123456789012:role/deployer; write arn:aws:...",
    ),
    "a user as the deployer": (
        also("role_arn: arn:aws:iam::123456789012:user/ada"),
        "6: role_arn: is not the ARN of an IAM role, got arn:aws:iam::123456789012:user/ada; "
        "write arn:aws:iam::<account>:role/<name>",
    ),
    "a bastion where nobody publishes Ubuntu": (
        lambda text: also("key_name: ada\nbastion: {cidr_blocks: [203.0.113.0/24]}")(
            text.replace("us-west-2", "eusc-de-east-1")
        ),
        "7: bastion: runs Ubuntu, of which no publisher in aws-eusc is known; delete it, and "
        "reach the nodes by Session Manager",
    ),
    "Canonical's image where nobody publishes it": (
        lambda text: in_group("image: {family: ubuntu-eks}")(
            text.replace("us-west-2", "us-iso-east-1")
        ),
        "8: node_groups.node.image.family: is an image of which no publisher in aws-iso is "
        "known, got ubuntu-eks; use al2023 or packer, or name it with image.id",
    ),
    "a boundary of another account": (
        also(
            "account_id: '210987654321'\n"
            "iam: {permissions_boundary: 'arn:aws:iam::123456789012:policy/bound'}"
        ),
        "7: iam.permissions_boundary: is of account 123456789012, while account_id is "
        "210987654321; correct one of the two",
    ),
    "an add-on's role of another account": (
        also(
            "account_id: '210987654321'\n"
            "addons: {vpc-cni: {addon_version: eks_default, service_account_role_arn: "
            f"'{ROLE}'}}}}"
        ),
        "7: addons.vpc-cni.service_account_role_arn: is of account 123456789012, while "
        "account_id is 210987654321; correct one of the two",
    ),
    "a node role of another account": (
        also(
            "account_id: '210987654321'\n"
            "access: access_entries\n"
            f"map_roles: [{{rolearn: '{ROLE}', type: EC2_LINUX}}]"
        ),
        "8: map_roles[0].rolearn: is of account 123456789012, while account_id is 210987654321; "
        "correct one of the two",
    ),
    "a path too long for pods' roles": (
        also(f"iam: {{path: /{'a' * 459}/}}"),
        "6: iam.path: is not a path of IAM, got "
        "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...; "
        "write one that starts and ends with a slash, like /clusters/, of 460 characters at most",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    assert told(root, change) == [message]


PREFIX = also("iam: {name_prefix: acme-plat-}")
TOO_LONG = named("a" * 41, PREFIX)


@pytest.mark.parametrize("length", [40, 41])
def test_a_prefix_leaves_room_for_the_name(root: Path, length: int) -> None:
    name = "a" * length
    add(root, name, PREFIX(GOOD))

    if length == 40:
        assert warnings(root) == []
    else:
        assert problems(root) == [
            f"clusters/{name}.yaml:6: iam.name_prefix: leaves no room for the cluster's name, with "
            "which it may have 50 characters, got acme-plat-; shorten one of the two"
        ]


@pytest.mark.parametrize(
    "line",
    [
        "tags: {cost-centre: '4711', example.com/team: '', 'a b': 'x=y+z@w'}",
        f"role_arn: {ROLE}\naccount_id: '123456789012'",
        "iam: {path: /a/b/, permissions_boundary: 'arn:aws:iam::aws:policy/PowerUserAccess'}",
    ],
)
def test_what_aws_takes_is_taken(root: Path, line: str) -> None:
    add(root, "ada", also(line)(GOOD))

    assert warnings(root) == []
