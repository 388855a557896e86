"""Tags, roles and the identity that a whole organisation asks for."""

from typing import Any

import yaml

from tests.conftest import Synth
from tests.terraform_json import of_kind

ROLE = "arn:aws:iam::123456789012:role/deployer"
TAGS = {"team": "platform", "cost-centre": "4711"}
GROUPS = {
    "node": {},
    "eks": {"kind": "managed", "image": {"family": "al2023"}},
    "pods": {"kind": "fargate", "selectors": [{"namespace": "web"}]},
}
STATE = {"bucket": "ada-state", "key": "ada.tfstate", "region": "eu-central-1", "create": True}


def test_tags_reach_whatever_has_some_by_the_provider(synth: Synth) -> None:
    for document in (synth(tags=TAGS, state=STATE), synth(tags=TAGS, state=STATE, stack="state")):
        (provider,) = document["provider"]["aws"]
        assert provider["default_tags"] == [{"tags": TAGS}]


def test_tags_reach_what_the_provider_does_not_tag(synth: Synth) -> None:
    document = synth(tags=TAGS, node_groups={"node": {}, "eks": GROUPS["eks"]})

    for group in of_kind(document, "aws_autoscaling_group").values():
        launched = {t["key"]: t["value"] for t in group["tag"] if t["propagate_at_launch"]}
        assert launched.items() >= TAGS.items()
    templates = of_kind(document, "aws_launch_template").values()
    assert len(templates) == 2
    for template in templates:
        by_kind = {each["resource_type"]: each["tags"] for each in template["tag_specifications"]}
        assert by_kind.keys() == {"instance", "network-interface", "volume"}
        for tags in by_kind.values():
            assert tags.items() >= TAGS.items()


def test_without_tags_nothing_is_said_of_them(lovelace: dict[str, Any]) -> None:
    assert "default_tags" not in lovelace["provider"]["aws"][0]
    (template,) = of_kind(lovelace, "aws_launch_template").values()
    assert [each["resource_type"] for each in template["tag_specifications"]] == ["volume"]


def test_every_role_is_as_the_organisation_wants_it(synth: Synth) -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    iam = {"permissions_boundary": boundary, "path": "/clusters/", "name_prefix": "acme-"}
    document = synth(iam=iam, node_groups=GROUPS, networking={"flow_logs": {}})

    roles = of_kind(document, "aws_iam_role")
    assert len(roles) == 5
    for address, role in roles.items():
        assert role["permissions_boundary"] == boundary, address
        assert role["path"] == "/clusters/", address
        assert role["name"].startswith("acme-${var.cluster_name}"), address
    (profile,) = of_kind(document, "aws_iam_instance_profile").values()
    assert (profile["path"], profile["name"]) == ("/clusters/", "${aws_iam_role.node.name}")


def test_aws_auth_knows_roles_without_their_path(synth: Synth) -> None:
    document = synth(iam={"path": "/clusters/"}, node_groups=GROUPS)

    manifest = yaml.safe_load(document["locals"]["aws_auth_manifest"])
    assert [each["rolearn"] for each in yaml.safe_load(manifest["data"]["mapRoles"])] == [
        f'${{replace({role}.arn, ":role/clusters/", ":role/")}}'
        for role in ("aws_iam_role.node", "aws_iam_role.managed_node", "aws_iam_role.fargate")
    ]


def script(resource: dict[str, Any]) -> str:
    """What applies a manifest."""
    (provisioner,) = resource["provisioner"]
    text: str = provisioner["local-exec"]["interpreter"][2]
    return text


def test_one_role_does_everything(synth: Synth) -> None:
    document = synth(role_arn=ROLE, state=STATE)

    assert document["provider"]["aws"][0]["assume_role"] == [{"role_arn": ROLE}]
    assert document["terraform"]["backend"]["s3"]["assume_role"] == {"role_arn": ROLE}
    (user,) = yaml.safe_load(document["locals"]["kubeconfig"])["users"]
    assert user["user"]["exec"]["args"][-2:] == ["--role-arn", ROLE]
    for resource in of_kind(document, "null_resource").values():
        assert f"does not know these credentials: {ROLE}; apply with" in script(resource)
        assert "get-caller-identity" not in script(resource)
    (provider,) = synth(role_arn=ROLE, state=STATE, stack="state")["provider"]["aws"]
    assert provider["assume_role"] == [{"role_arn": ROLE}]


def test_without_a_role_whoever_applies_acts(lovelace: dict[str, Any]) -> None:
    assert "assume_role" not in lovelace["provider"]["aws"][0]
    assert "assume_role" not in lovelace["terraform"]["backend"]["s3"]
    assert "--role-arn" not in lovelace["locals"]["kubeconfig"]
    assert "get-caller-identity" in script(lovelace["resource"]["null_resource"]["aws_auth"])
