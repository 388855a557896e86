"""Every mistake is told at once, with its line, before anything is written or called."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from constructs_lib.spec.loader import load
from constructs_lib.spec.manifests import MAX_MANIFEST_BYTES
from constructs_lib.spec.problems import SpecErrors

TODAY = date(2026, 11, 23)
ROOT = Path(__file__).parent.parent

GOOD = """\
name: ada
region: us-west-2
availability_zones: [us-west-2a, us-west-2b]
vpc_cidr: 10.1.0.0/16
kubernetes_version: "1.36"
node_groups:
  node:
    min_size: 1
    max_size: 2
"""

KEYS = (
    "name, region, account_id, availability_zones, vpc_cidr, kubernetes_version, state, "
    "control_plane, node_groups, node_ingress, key_name, bastion, access, map_roles, map_users, "
    "kube2iam, addons, manifests, adopted, as_printed"
)
VERSIONS = "1.31, 1.32, 1.33, 1.34, 1.35, 1.36, 1.37"
NAME_RULE = (
    "use 1 to 50 letters, digits, hyphens and underscores, "
    "starting with a letter or digit, but not with sg-"
)
GROUP_RULE = (
    "use lower-case letters, digits and hyphens, not starting with node-: "
    "the address is node-<key> already"
)
ADA = "arn:aws:iam::123456789012:user/ada"

Change = Callable[[str], str]


def instead(old: str, new: str) -> Change:
    """Write `new` where the good spec has `old`."""
    assert old in GOOD
    return lambda text: text.replace(old, new)


def also(line: str) -> Change:
    """Add a top-level line, which becomes line 6."""
    return instead("node_groups:\n", f"{line}\nnode_groups:\n")


def in_group(line: str) -> Change:
    """Write `line` in the node group, in line 8."""
    return instead("min_size: 1", line)


def whole(text: str) -> Change:
    """Write nothing but `text`."""
    return lambda _: text


BAD = {
    "an unknown key": (
        instead("vpc_cidr", "vpc_cird"),
        "4: vpc_cird: is not a key of the spec, did you mean vpc_cidr? rename or delete it",
    ),
    "an unknown key like no other": (
        also("flavour: sweet"),
        f"6: flavour: is not a key of the spec, the keys here are {KEYS}; rename or delete it",
    ),
    "an unknown key of a node group": (
        instead("max_size", "maxsize"),
        "9: node_groups.node.maxsize: is not a key of the spec, did you mean max_size? "
        "rename or delete it",
    ),
    "a version without quotes": (
        instead('"1.36"', "1.30"),
        '5: kubernetes_version: is read by YAML as a number, got 1.30; write it in quotes: "1.30"',
    ),
    "a name that YAML reads as a boolean": (
        instead("name: ada", "name: no"),
        '1: name: is read by YAML as a boolean, got no; write it in quotes: "no"',
    ),
    "a name that YAML reads as a date": (
        instead("name: ada", "name: 2026-01-01"),
        '1: name: is read by YAML as a date, got 2026-01-01; write it in quotes: "2026-01-01"',
    ),
    "a key that stands twice": (
        instead("min_size: 1", "max_size: 1"),
        "9: node_groups.node.max_size: stands here a second time, first in line 8; "
        "keep one of the two",
    ),
    "a bad name": (
        instead("name: ada", "name: -ada"),
        f"1: name: is not a cluster name, got -ada; {NAME_RULE}",
    ),
    "a name EC2 keeps for itself": (
        instead("name: ada", "name: sg-ada"),
        f"1: name: is not a cluster name, got sg-ada; {NAME_RULE}",
    ),
    "a name too long for IAM": (
        instead("name: ada", f"name: {'a' * 51}"),
        f"1: name: is not a cluster name, got {'a' * 51}; {NAME_RULE}",
    ),
    "a name that is not the file's": (
        instead("name: ada", "name: grace"),
        "1: name: differs from the file's name, got grace; "
        "write name: ada or rename the file to grace.yaml",
    ),
    "a missing key": (instead("region: us-west-2\n", ""), "1: region: is missing; add it"),
    "a key without a value": (
        instead("region: us-west-2\n", "region:\n"),
        "2: region: is not a text, got nothing; write a text",
    ),
    "a bad region": (
        instead("region: us-west-2\n", "region: us-west2\n"),
        "2: region: is not a region, got us-west2; write its code, like us-west-2",
    ),
    "a bad CIDR": (
        instead("10.1.0.0/16", "10.1.0/16"),
        "4: vpc_cidr: is not an IPv4 CIDR, got 10.1.0/16; "
        "write an address and a prefix length, like 10.1.0.0/16",
    ),
    "a CIDR with host bits": (
        instead("10.1.0.0/16", "10.1.2.0/16"),
        "4: vpc_cidr: has host bits set, got 10.1.2.0/16; write 10.1.0.0/16",
    ),
    "a CIDR without a prefix": (
        instead("10.1.0.0/16", "10.1.0.0"),
        "4: vpc_cidr: has no prefix length, got 10.1.0.0; write 10.1.0.0/32 for this one address",
    ),
    "a VPC larger than AWS allows": (
        instead("10.1.0.0/16", "10.0.0.0/15"),
        "4: vpc_cidr: is larger than AWS allows a VPC to be, got 10.0.0.0/15; "
        "use a prefix from /16 to /20",
    ),
    "a VPC too small for its subnets": (
        instead("10.1.0.0/16", "10.1.0.0/21"),
        "4: vpc_cidr: is too small for its subnets: the public ones would be /29, "
        "and AWS allows /28 at least, got 10.1.0.0/21; use a prefix from /16 to /20",
    ),
    "a fourth zone": (
        instead("us-west-2b]", "us-west-2b, us-west-2c, us-west-2d]"),
        "3: availability_zones: is too long a list: a fourth private subnet runs past the VPC's "
        "range, got 4 zones; name two or three",
    ),
    "a single zone": (
        instead(", us-west-2b]", "]"),
        "3: availability_zones: is too short a list: EKS wants at least two zones, got 1 zone; "
        "name two or three",
    ),
    "a zone of another region": (
        instead("us-west-2b", "us-east-1b"),
        "3: availability_zones: is not a zone of us-west-2, got us-east-1b; "
        "write one like us-west-2a",
    ),
    "a repeated zone": (
        instead("us-west-2b", "us-west-2a"),
        "3: availability_zones: is repeated, got us-west-2a; list it once",
    ),
    "a text instead of a list": (
        instead("[us-west-2a, us-west-2b]", "us-west-2a"),
        "3: availability_zones: is not a list, got us-west-2a; write a list",
    ),
    "more nodes at least than at most": (
        in_group("min_size: 3"),
        "9: node_groups.node.max_size: is below min_size (3), got 2; swap the two",
    ),
    "more nodes at least than the default at most": (
        instead("min_size: 1\n    max_size: 2", "min_size: 3"),
        "7: node_groups.node.max_size: is below min_size (3), got 2; swap the two",
    ),
    "a negative size": (
        in_group("min_size: -1"),
        "8: node_groups.node.min_size: is too small, got -1; use 0 or more",
    ),
    "a size in quotes": (
        in_group('min_size: "1"'),
        '8: node_groups.node.min_size: is a text, got "1"; write a whole number, without quotes',
    ),
    "a retired version": (
        instead("1.36", "1.28"),
        "5: kubernetes_version: was retired by EKS on 2025-11-26, got 1.28; "
        f"use one of {VERSIONS}; an existing cluster was upgraded by AWS, so take its version",
    ),
    "an unknown version": (
        instead("1.36", "v1.36"),
        "5: kubernetes_version: is not a Kubernetes version of EKS, got v1.36; "
        f"did you mean 1.36? EKS offers {VERSIONS}",
    ),
    "a version that is not tested yet": (
        instead("1.36", "1.38"),
        "5: kubernetes_version: is newer than this project has been tested with, got 1.38; "
        f"use one of {VERSIONS}",
    ),
    "no node groups": (
        instead("node:\n    min_size: 1\n    max_size: 2", "{}"),
        "6: node_groups: is empty, so nothing could run; add a group, like node: {}",
    ),
    "a list of node groups": (
        instead("node:\n    min_size: 1\n    max_size: 2", "- node"),
        "6: node_groups: is not a mapping, got a list; write a mapping",
    ),
    "a node group whose address would stutter": (
        instead("  node:", "  node-spot:"),
        f"7: node_groups.node-spot: is not a key for a node group, got node-spot; {GROUP_RULE}",
    ),
    "a Service range inside the VPC": (
        also("control_plane: {service_ipv4_cidr: 10.1.64.0/20}"),
        "6: control_plane: has a service_ipv4_cidr that overlaps vpc_cidr 10.1.0.0/16, got "
        "10.1.64.0/20; choose another private range, like 10.100.0.0/16 or 172.20.0.0/16",
    ),
    "a VPC around the default Service range": (
        instead("10.1.0.0/16", "172.20.0.0/16"),
        "1: control_plane: has a service_ipv4_cidr that overlaps vpc_cidr 172.20.0.0/16, got "
        "172.20.0.0/16; choose another private range, like 10.100.0.0/16 or 172.20.0.0/16",
    ),
    "a public Service range": (
        also("control_plane: {service_ipv4_cidr: 11.0.0.0/16}"),
        "6: control_plane.service_ipv4_cidr: is not inside 10.0.0.0/8, 172.16.0.0/12 or "
        "192.168.0.0/16, got 11.0.0.0/16; EKS takes private ranges only, like 172.20.0.0/16",
    ),
    "a Service range EKS finds too small": (
        also("control_plane: {service_ipv4_cidr: 172.20.0.0/26}"),
        "6: control_plane.service_ipv4_cidr: is outside /12 to /24, got 172.20.0.0/26; "
        "use a range like 172.20.0.0/16",
    ),
    "a control plane zone the cluster lacks": (
        also("control_plane: {availability_zones: [us-west-2a, us-west-2c]}"),
        "6: control_plane: names a zone that is not among availability_zones, got us-west-2c; "
        "use those of us-west-2a, us-west-2b",
    ),
    "a control plane in one zone": (
        also("control_plane: {availability_zones: [us-west-2a]}"),
        "6: control_plane: has too few availability_zones: EKS wants at least two, got 1 zone; "
        "use two or more of us-west-2a, us-west-2b, or leave them out for all",
    ),
    "an API that nothing reaches": (
        also("control_plane: {endpoint_public_access: false, endpoint_private_access: false}"),
        "6: control_plane.endpoint_private_access: is off like endpoint_public_access, so nothing "
        "reaches the API, got false; turn one of them on",
    ),
    "public CIDRs without a public endpoint": (
        also("control_plane: {endpoint_public_access: false, public_access_cidrs: [10.0.0.0/8]}"),
        "6: control_plane.public_access_cidrs: has no effect while endpoint_public_access is "
        "false, got a list; delete it, or turn the public endpoint on",
    ),
    "an unknown log": (
        also("control_plane: {enabled_cluster_log_types: [audits]}"),
        "6: control_plane.enabled_cluster_log_types[0]: is not a choice, got audits; "
        "use 'api', 'audit', 'authenticator', 'controllerManager' or 'scheduler'",
    ),
    "a bastion without CIDRs": (
        also("key_name: ops\nbastion: {}"),
        "7: bastion.cidr_blocks: is missing; add it",
    ),
    "a bastion with an empty list of CIDRs": (
        also("key_name: ops\nbastion: {cidr_blocks: []}"),
        "7: bastion.cidr_blocks: is empty; list at least one",
    ),
    "a bastion open to the world by the way": (
        also("key_name: ops\nbastion: {cidr_blocks: [0.0.0.0/0]}"),
        "7: bastion.cidr_blocks: lets in the whole internet, got 0.0.0.0/0; "
        "name the ranges you mean, or say open_to_the_world: true beside it",
    ),
    "a bastion nobody has a key for": (
        also("bastion: {cidr_blocks: [203.0.113.0/24]}"),
        "6: bastion: has no key, so nobody could log in, got no key_name; "
        "add key_name with the name of an EC2 key pair",
    ),
    "nodes open to the world by the way": (
        also("node_ingress: {web: {description: web, from_port: 80, cidr_blocks: [0.0.0.0/0]}}"),
        "6: node_ingress.web.cidr_blocks: lets in the whole internet, got 0.0.0.0/0; "
        "name the ranges you mean, or say open_to_the_world: true beside it",
    ),
    "ports in the wrong order": (
        also(
            "node_ingress: {web: {description: web, from_port: 80, to_port: 70, "
            "cidr_blocks: [10.0.0.0/8]}}"
        ),
        "6: node_ingress.web.to_port: is below from_port (80), got 70; swap the two",
    ),
    "a port that does not exist": (
        also("node_ingress: {web: {description: x, from_port: 70000, cidr_blocks: [10.0.0.0/8]}}"),
        "6: node_ingress.web.from_port: is too large, got 70000; use 65535 or less",
    ),
    "a description EC2 refuses": (
        also("node_ingress: {web: {description: it's, from_port: 80, cidr_blocks: [10.0.0.0/8]}}"),
        "6: node_ingress.web.description: holds a character that EC2 refuses in descriptions, got "
        "it's; use letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
    ),
    "an empty state bucket": (
        also('state: {bucket: "", key: ada.tfstate, region: us-west-2}'),
        "6: state.bucket: is not a bucket name, got an empty text; "
        "use 3 to 63 lower-case letters, digits, dots and hyphens",
    ),
    "an empty state key": (
        also('state: {bucket: states, key: "", region: us-west-2}'),
        "6: state.key: is not an object key, got an empty text; "
        "write one without spaces or slashes at its ends, like us-west-2.tfstate",
    ),
    "an empty lock table": (
        also('state: {bucket: states, key: a, region: us-west-2, dynamodb_table: ""}'),
        "6: state.dynamodb_table: is not a table name, got an empty text; "
        "use 3 to 255 letters, digits, dots, hyphens and underscores",
    ),
    "a section that is no mapping": (
        also("state: s3"),
        "6: state: is not a mapping, got s3; write a mapping",
    ),
    "an instance type that is none": (
        in_group("instance_type: c5large"),
        "8: node_groups.node.instance_type: is not an instance type that runs Linux, got c5large; "
        "write one like c5.large or c7g.large",
    ),
    "an image family that is none": (
        in_group("image: {family: al2}"),
        "8: node_groups.node.image.family: is not a choice, got al2; "
        "use 'packer', 'ubuntu-eks' or 'al2023'",
    ),
    "a label kubelet may not set": (
        in_group("labels: {kubernetes.io/role: web}"),
        "8: node_groups.node.labels: holds something kubelet refuses: label 'kubernetes.io/role' "
        "belongs to Kubernetes and kubelet refuses to set it; "
        "use a prefix of your own or node.kubernetes.io/",
    ),
    "a label that YAML reads as a boolean": (
        in_group("labels: {gpu: true}"),
        "8: node_groups.node.labels.gpu: is read by YAML as a boolean, got true; "
        'write it in quotes: "true"',
    ),
    "a taint with a bad effect": (
        in_group("taints: [{key: gpu, effect: Never}]"),
        "8: node_groups.node.taints[0].effect: is not a choice, got Never; "
        "use 'NoSchedule', 'PreferNoSchedule' or 'NoExecute'",
    ),
    "a volume too small for the image": (
        in_group("volume_size_gib: 5"),
        "8: node_groups.node.volume_size_gib: is too small, got 5; use 20 or more",
    ),
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
        f"6: map_users: maps one principal twice, got {ADA}; keep one entry",
    ),
    "a group access entries do not take": (
        also(
            "access: access_entries\n"
            f"map_users: [{{userarn: '{ADA}', username: a, groups: ['system:nodes']}}]"
        ),
        "7: map_users: holds a group that EKS refuses in access entries, got system:nodes; "
        "use system:masters or a group without system: in front",
    ),
    "two principals with one address": (
        also(
            "access: access_entries\n"
            f"map_users: [{{userarn: '{ADA}.b', username: a}}, {{userarn: '{ADA}-b', username: b}}]"
        ),
        "7: map_users: maps two principals whose address would be user-123456789012-ada-b, got "
        f"{ADA}-b; rename one of the two, the other is {ADA}.b",
    ),
    "an opening called like the project's own": (
        also("node_ingress: {self: {description: x, from_port: 1, cidr_blocks: [10.0.0.0/8]}}"),
        "6: node_ingress.self: is the rule by which nodes reach each other, got self; "
        "choose another key",
    ),
    "a manifest outside the project": (
        also("manifests: {web: {path: ../web.yaml}}"),
        "6: manifests.web.path: is not a path inside the project, got ../web.yaml; "
        "write it from the project's root, without .. in it",
    ),
    "a role path that is none": (
        also("kube2iam: {role_path: pods}"),
        "6: kube2iam.role_path: is not an IAM path, got pods; "
        "write one that begins and ends with a slash, like /lovelace/",
    ),
    "an expression of Terraform's": (
        also('key_name: "${var.key}"'),
        "6: key_name: holds what Terraform would take for an expression, or a control character, "
        "got ${var.key}; write plain text on one line",
    ),
    "an add-on version that is none": (
        also("addons: {vpc-cni: {addon_version: latest}}"),
        "6: addons.vpc-cni.addon_version: is not an add-on version, got latest; write one like "
        "v1.20.4-eksbuild.1; `aws eks describe-addon-versions` lists them",
    ),
    "a manifest without a file": (
        also("manifests: {dashboard: {}}"),
        "6: manifests.dashboard: cannot be read from manifests/dashboard.yaml: "
        "no such file or directory; add the file",
    ),
    "a manifest with the project's own name": (
        also("manifests: {kube2iam: {}}"),
        "6: manifests.kube2iam: is the project's own manifest, got kube2iam; "
        "use the section kube2iam for it",
    ),
    "an empty file": (
        whole(""),
        "1: is empty; copy another cluster's file and change name and ranges",
    ),
    "a file of comments": (
        whole("# later\n"),
        "1: is empty; copy another cluster's file and change name and ranges",
    ),
    "a file that is a text": (
        whole("hello\n"),
        "1: holds a single value, not a mapping; write keys like `name: lovelace`",
    ),
    "a file that is a list": (
        whole("- name: ada\n"),
        "1: holds a list, not a mapping; write keys like `name: lovelace`",
    ),
    "a tab": (
        whole("name: ada\n\tregion: us-west-2\n"),
        "2: is not YAML: found a tab character that violates indentation; "
        "check the indentation, colons and quotes here",
    ),
    "an open quote": (
        whole('name: "ada\n'),
        "2: is not YAML: found unexpected end of stream; "
        "check the indentation, colons and quotes here",
    ),
    "two documents": (
        whole("name: ada\n---\nname: bob\n"),
        "2: holds more than one document; write one file for each cluster",
    ),
    "an alias of itself": (
        whole("name: &name [*name]\n"),
        "1: is nested too deeply, or in itself; a spec has few levels",
    ),
    "nesting without end": (
        whole(f"name: {'[' * 5000}{']' * 5000}\n"),
        "1: is nested too deeply, or in itself; a spec has few levels",
    ),
    "aliases that unfold to millions": (
        whole(
            "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
            + "".join(f"{y}: &{y} [{', '.join([f'*{x}'] * 10)}]\n" for x, y in ("ab", "bc", "cd"))
        ),
        "1: unfolds to more than 10000 values; a spec needs no such aliases",
    ),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one good cluster."""
    (tmp_path / "clusters").mkdir()
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "kube2iam.yaml").write_text("apiVersion: v1\nkind: List\n")
    (tmp_path / "clusters" / "ada.yaml").write_text(GOOD)
    return tmp_path


def problems(root: Path, **arguments: object) -> list[str]:
    with pytest.raises(SpecErrors) as caught:
        load(root, today=TODAY, **arguments)  # type: ignore[arg-type]
    return str(caught.value).splitlines()


def add(root: Path, name: str, text: str = GOOD) -> None:
    (root / "clusters" / f"{name}.yaml").write_text(text.replace("name: ada", f"name: {name}"))


def test_a_good_spec_has_no_problem(root: Path) -> None:
    (cluster,) = load(root, today=TODAY).clusters
    assert cluster.spec.name == "ada"


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    (root / "clusters" / "ada.yaml").write_text(change(GOOD))
    assert problems(root) == [f"clusters/ada.yaml:{message}"]


def test_the_table_has_at_least_forty_bad_specs() -> None:
    assert len(BAD) >= 40


def test_all_problems_of_all_files_are_told_in_one_run_sorted_by_file_and_line(root: Path) -> None:
    add(root, "ada", GOOD.replace("us-west-2b", "us-east-1b").replace("min_size: 1", "min_size: 3"))
    add(root, "bob", GOOD.replace("vpc_cidr", "cidr"))
    assert [line.split(" ")[0] for line in problems(root)] == [
        "clusters/ada.yaml:3:",
        "clusters/ada.yaml:9:",
        "clusters/bob.yaml:4:",
    ]


def test_two_files_with_one_name_are_refused(root: Path) -> None:
    (root / "clusters" / "bob.yaml").write_text(GOOD)
    assert problems(root) == [
        "clusters/bob.yaml:1: name: differs from the file's name, got ada; "
        "write name: bob or rename the file to ada.yaml"
    ]


def test_two_names_that_iam_does_not_tell_apart_are_refused(root: Path) -> None:
    add(root, "ADA")
    assert problems(root) == [
        "clusters/ada.yaml:1: name: differs from the name in clusters/ADA.yaml by case only, "
        "got ada; choose another, IAM does not tell them apart"
    ]


STATE = "state: {bucket: states, key: us-west-2.tfstate, region: us-west-2, create: true,"
STATE += " dynamodb_table: locks}\n"


def test_two_clusters_with_one_bucket_and_key_are_refused(root: Path) -> None:
    add(root, "ada", GOOD + STATE.replace(" create: true,", ""))
    add(root, "bob", GOOD + STATE.replace(" create: true,", ""))
    assert problems(root) == [
        "clusters/bob.yaml:10: state.key: is the key of clusters/ada.yaml in the same bucket, got "
        "us-west-2.tfstate; each cluster needs its own, like bob.tfstate"
    ]


def test_one_bucket_is_created_by_one_cluster_only(root: Path) -> None:
    add(root, "ada", GOOD + STATE)
    add(root, "bob", GOOD + STATE.replace("us-west-2.tfstate", "bob.tfstate"))
    assert problems(root) == [
        "clusters/bob.yaml:10: state.create: creates the bucket that clusters/ada.yaml creates "
        "already, got states; say create in one of them"
    ]


def test_a_cluster_may_not_be_called_like_anothers_state_stack(root: Path) -> None:
    add(root, "ada", GOOD + STATE)
    add(root, "ada-state")
    assert problems(root) == [
        "clusters/ada.yaml:10: state.create: makes a stack ada-state, and clusters/ada-state.yaml "
        "is called so; rename one"
    ]


def test_a_file_that_is_not_text_is_told(root: Path) -> None:
    (root / "clusters" / "ada.yaml").write_bytes(b"\xff\xfe\x00")
    assert problems(root) == ["clusters/ada.yaml:1: is not text; save it as UTF-8"]


def test_a_file_that_cannot_be_read_is_told(root: Path) -> None:
    (root / "clusters" / "ada.yaml").unlink()
    (root / "clusters" / "ada.yaml").mkdir()
    assert problems(root) == ["clusters/ada.yaml:1: cannot be read: is a directory; check the file"]


def test_a_file_called_yml_is_told_rather_than_overlooked(root: Path) -> None:
    (root / "clusters" / "bob.yml").write_text(GOOD)
    assert problems(root) == ["clusters/bob.yml:1: ends in .yml; rename it to bob.yaml"]


def test_an_empty_directory_is_told(root: Path) -> None:
    (root / "clusters" / "ada.yaml").unlink()
    assert problems(root) == ["clusters:1: holds no cluster; add a file like lovelace.yaml"]


def test_a_cluster_like_no_other_is_told_with_all_there_are(root: Path) -> None:
    assert problems(root, names=["zuse"]) == ["clusters:1: has no cluster called zuse; it has ada"]


def test_only_the_clusters_asked_for_are_read(root: Path) -> None:
    add(root, "bob", "not even YAML: [")
    assert [c.spec.name for c in load(root, names=["ada"], today=TODAY).clusters] == ["ada"]


def test_a_cluster_that_is_not_there_is_told_with_the_nearest_name(root: Path) -> None:
    assert problems(root, names=["adam"]) == [
        "clusters:1: has no cluster called adam, did you mean ada? it has ada"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty in manifests/web.yaml; write the objects to apply"),
        (
            "kind: Pod\n",
            "has no apiVersion and kind in document 1 of manifests/web.yaml; add them",
        ),
        (
            "a: [\n",
            "is not YAML: did not find expected node content; "
            "check the indentation, colons and quotes here, in manifests/web.yaml line 2",
        ),
        (
            f"apiVersion: v1\nkind: List\n#{'x' * MAX_MANIFEST_BYTES}\n",
            "is larger than 100000 bytes in manifests/web.yaml; split it over several keys",
        ),
    ],
)
def test_a_manifest_kubectl_could_not_take_is_told(root: Path, text: str, message: str) -> None:
    add(root, "ada", GOOD + "manifests: {web: {}}\n")
    (root / "manifests" / "web.yaml").write_text(text)
    assert problems(root) == [f"clusters/ada.yaml:10: manifests.web: {message}"]


def test_a_version_in_extended_support_is_a_warning(root: Path) -> None:
    add(root, "ada", GOOD.replace("1.36", "1.33"))
    assert list(map(str, load(root, today=TODAY).warnings)) == [
        "clusters/ada.yaml:5: kubernetes_version: warning: 1.33 left standard support on "
        "2026-07-29 and is billed as extended support, at about six times the price, until "
        "2027-07-29; plan the upgrade, one minor version at a time"
    ]


def test_a_version_is_refused_from_the_day_after_its_last(root: Path) -> None:
    add(root, "ada", GOOD.replace("1.36", "1.31"))
    assert load(root, today=date(2026, 11, 26)).clusters
    with pytest.raises(SpecErrors, match="was retired by EKS on 2026-11-26"):
        load(root, today=date(2026, 11, 27))


def test_a_state_without_a_lock_is_a_warning(root: Path) -> None:
    add(root, "ada", GOOD + "state: {bucket: states, key: ada.tfstate, region: us-west-2}\n")
    assert list(map(str, load(root, today=TODAY).warnings)) == [
        "clusters/ada.yaml:10: state: warning: has no lock, so two people can spoil it at once; "
        "add dynamodb_table or use_lockfile: true"
    ]


def run(root: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_main_tells_and_leaves_the_last_good_output_alone(root: Path) -> None:
    output = root / "cdktf.out" / "stacks" / "ada" / "cdk.tf.json"
    output.parent.mkdir(parents=True)
    output.write_text("the last good run's")
    add(root, "ada", GOOD.replace("vpc_cidr", "vpc_cird"))

    result = run(root, str(ROOT / "main.py"))

    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        "clusters/ada.yaml:4: vpc_cird: is not a key of the spec, did you mean vpc_cidr? "
        "rename or delete it\n"
    )
    assert output.read_text() == "the last good run's"


def test_main_tells_that_node_is_missing(root: Path) -> None:
    result = run(root, str(ROOT / "main.py"), JSII_NODE="/nowhere/node")
    assert (result.returncode, result.stderr) == (
        1,
        "/nowhere/node is not there; `make synth` brings Node 22, or install it\n",
    )


def test_main_tells_that_its_output_cannot_be_written(root: Path) -> None:
    (root / "cdktf.out").write_text("in the way")
    result = run(root, str(ROOT / "main.py"))
    assert result.returncode == 1
    assert result.stderr == (
        "cdktf.out cannot be written: not a directory, mkdir "
        f"'{root}/cdktf.out/stacks'; make it writable or remove it\n"
    )
    assert (root / "cdktf.out").read_text() == "in the way"


def test_check_tells_problems_and_counts_what_is_fine(root: Path) -> None:
    add(root, "bob", "")
    fine = run(root, "-m", "constructs_lib.check", CLUSTERS="ada")
    assert (fine.returncode, fine.stdout, fine.stderr) == (0, "1 fine: ada\n", "")
    bad = run(root, "-m", "constructs_lib.check")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr.startswith("clusters/bob.yaml:1: is empty;")


def test_main_tells_a_python_without_the_packages_where_they_are(root: Path) -> None:
    result = run(root, "-S", str(ROOT / "main.py"))  # -S: no installed packages
    assert result.returncode == 1
    assert re.fullmatch(
        r"\w+ is not installed here; `make synth` installs it, and \.venv/bin/python has it\n",
        result.stderr,
    )
