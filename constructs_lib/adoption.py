"""What the sections `adopted` and `as_printed` mean: ordinary options, and overrides.

They are the readable form of version 0.1 for a cluster that was not made here. The constructs know
nothing of them: the tables below say which option or which argument each field stands for. synth
reads them forwards, `adopt` backwards.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from constructs_lib import naming
from constructs_lib.spec import ClusterSpec, Section
from constructs_lib.spec.nodes import KINDS
from constructs_lib.spec.section import KIND
from constructs_lib.tables.openings import OPENINGS

Path = tuple[str, ...]

CLUSTER = "aws_eks_cluster.control_plane"
CONTROL_PLANE_GROUP = "aws_security_group.control_plane"
NODES_GROUP = "aws_security_group.nodes"
BASTION_GROUP = "aws_security_group.ssh_bastion"
BASTION = "aws_instance.ssh_bastion"

ANY = object()
"""In a row: whatever the field's value is."""

VALUE = object()
"""In a row: the field's own value."""


@dataclass(frozen=True)
class Row:
    """A field of the two sections, and where its value goes.

    A ``*`` in `field` stands for any key; the same in `to` or `address` for that key there.
    """

    field: str
    """Path of the field, such as `adopted.node_role`."""

    to: Path
    """Path of the argument below `address`, or of the option in the spec."""

    address: str = ""
    """Address of the resource; empty for an option."""

    when: object = ANY
    """The value that counts; another means today's."""

    gives: object = VALUE
    """What is laid there, None to remove the argument."""

    today: object = None
    """What the argument is without the field: a state that has the same needs no word. None where
    the field is always said; ``${...}`` is another resource's; of a mapping, some of its keys."""


def _overrides() -> Iterator[Row]:
    yield Row("adopted.control_plane_role", ("name",), "aws_iam_role.control_plane")
    yield Row("adopted.node_role", ("name",), "aws_iam_role.node")
    yield Row(
        "adopted.node_instance_profile",
        ("name",),
        "aws_iam_instance_profile.node",
        today="${aws_iam_role.node.name}",
    )
    yield Row("adopted.kube2iam_policy", ("name",), "aws_iam_role_policy.node")
    for group, field, tagged in (
        (CONTROL_PLANE_GROUP, "adopted.control_plane_security_group", False),
        (NODES_GROUP, "adopted.nodes_security_group", True),
        (BASTION_GROUP, "adopted.bastion_security_group", True),
    ):
        yield Row(f"{field}.name", ("name",), group)
        yield Row(f"{field}.description", ("description",), group)
        if tagged:
            yield Row(f"{field}.name", ("tags", "Name"), group)
    yield Row("adopted.bastion_security_group.name", ("tags", "Name"), BASTION)
    groups = "adopted.autoscaling_groups.*", "aws_autoscaling_group.*"
    yield Row(groups[0], ("name",), groups[1])
    yield Row(groups[0], ("tag", "0", "value"), groups[1])
    templates = "adopted.launch_templates.*", "aws_launch_template.*"
    yield Row(templates[0], ("name",), templates[1])
    yield Row(templates[0], ("tag_specifications", "0", "tags", "Name"), templates[1])
    for rule in OPENINGS:
        field = f"adopted.security_group_rules.{rule.name}"
        for port in ("from_port", "to_port"):
            yield Row(f"{field}.{port}", (port,), rule.address, today=getattr(rule, port))
        if rule.by_self:
            itself = f"${{{NODES_GROUP}.id}}"
            by_self = (f"{field}.by_self", rule.address)
            yield Row(by_self[0], ("self",), by_self[1], when=False, gives=None, today=True)
            yield Row(by_self[0], ("source_security_group_id",), by_self[1], False, itself)
    for name in (*(rule.name for rule in OPENINGS), naming.BASTION_RULE):
        field = f"as_printed.rule_descriptions.{name}"
        yield Row(field, ("description",), f"aws_security_group_rule.{name}")
    for group in (CONTROL_PLANE_GROUP, NODES_GROUP, BASTION_GROUP):
        yield Row("as_printed.rule_descriptions.egress", ("egress", "0", "description"), group)
    ssh = f"as_printed.rule_descriptions.{naming.BASTION_SSH}"
    yield Row(ssh, ("ingress", "0", "description"), BASTION_GROUP)
    for kind, tag in naming.LOAD_BALANCER_TAGS.items():
        address = f"aws_subnet.{kind}"
        field = "as_printed.load_balancer_tags"
        yield Row(field, ("tags", tag), address, when=False, gives=None, today=ANY)
    volume = {"encrypted": True, "volume_type": "gp3"}
    for field, value, argument, address, today in (
        ("root_volume_of_the_image", True, "root_block_device", BASTION, volume),
        ("http_tokens", "optional", "metadata_options", BASTION, {"http_tokens": "required"}),
        ("security_group_tags", False, "tags", BASTION_GROUP, {"Name": ANY}),
    ):
        yield Row(f"as_printed.bastion.{field}", (argument,), address, value, None, today)


OVERRIDES: Sequence[Row] = tuple(_overrides())
"""Fields that stand for an argument of a resource that is there anyway."""

_GROUP = "as_printed.node_groups.*"

OPTIONS: Sequence[Row] = (
    Row("as_printed.authentication_mode", ("access", "authentication_mode")),
    Row(
        "adopted.bootstrap_cluster_creator_admin_permissions",
        ("access", "creator_admin"),
    ),
    Row("as_printed.eks_service_policy", ("control_plane", "eks_service_policy")),
    Row("as_printed.kube2iam_of_the_chapter", ("kube2iam", "reach"), when=True, gives="account"),
    Row("as_printed.kube2iam_of_the_chapter", ("kube2iam", "manifest"), when=True, gives=False),
    Row(f"{_GROUP}.launch_configuration", ("node_groups", "*", KIND), gives="launch_configuration"),
    Row(f"{_GROUP}.launch_configuration", ("node_groups", "*", "name_prefix")),
    Row(f"{_GROUP}.image_id", ("node_groups", "*", "image", "id")),
    Row(f"{_GROUP}.volume_type", ("node_groups", "*", "volume", "type")),
    Row(f"{_GROUP}.volume_encrypted", ("node_groups", "*", "volume", "encrypted")),
    Row(f"{_GROUP}.http_tokens", ("node_groups", "*", "metadata", "http_tokens")),
    Row(f"{_GROUP}.cluster_autoscaler_tags", ("node_groups", "*", "cluster_autoscaler_tags")),
)
"""Fields that stand for an option that any cluster may have."""


@dataclass(frozen=True)
class Adoption:
    """A spec without the two sections, and what they add to it."""

    spec: ClusterSpec
    overrides: Mapping[str, Mapping[str, Any]]
    """Arguments by address; an address that the stack has not stands for nothing."""

    prevent_destroy: Sequence[str]
    moved: Mapping[str, str]
    imports: Mapping[str, str]
    forget: Sequence[str]


def translate(spec: ClusterSpec) -> Adoption:
    """Say in options and overrides what the sections `adopted` and `as_printed` of `spec` say."""
    if spec.adopted is None:
        return Adoption(spec, {}, (), {}, {}, ())
    sections = {
        name: section.model_dump(exclude_unset=True, exclude_none=True)
        for name, section in (("adopted", spec.adopted), ("as_printed", spec.as_printed))
        if section is not None
    }
    overrides: dict[str, Any] = {}
    for row in OVERRIDES:
        for key, value in _values(sections, row):
            name = naming.node_group_address(key) if key else ""
            _put(overrides, (row.address.replace("*", name), *row.to), value)
    today = spec
    if spec.bastion is not None and "kubernetes_api" not in spec.bastion.model_fields_set:
        # a bastion of somebody's hand gets no rule that nobody asked for
        today = _with(today, ("bastion", "kubernetes_api"), False)
    for row in OPTIONS:
        for key, value in _values(sections, row):
            today = _with(today, tuple(key if part == "*" else part for part in row.to), value)
    return Adoption(
        today.model_copy(update={"adopted": None, "as_printed": None}),
        overrides,
        # a plan that would replace a cluster of somebody's hand fails, whatever the reason
        (CLUSTER,),
        spec.adopted.moved,
        spec.adopted.imports,
        spec.adopted.forget,
    )


def _values(sections: Mapping[str, Any], row: Row) -> Iterator[tuple[str, Any]]:
    """What a row gives of the sections: the key that `*` stands for, and the value."""
    for key, value in _found(sections, row.field.split(".")):
        if row.when is ANY or value == row.when:
            yield key, value if row.gives is VALUE else row.gives


def _found(data: Any, path: Sequence[str], key: str = "") -> Iterator[tuple[str, Any]]:
    if not path:
        yield key, data
    elif isinstance(data, Mapping):
        for name in data if path[0] == "*" else [path[0]] if path[0] in data else []:
            yield from _found(data[name], path[1:], name if path[0] == "*" else key)


def _put(data: dict[str, Any], path: Path, value: Any) -> None:
    for part in path[:-1]:
        data = data.setdefault(part, {})
    data[path[-1]] = value


_T = TypeVar("_T", bound=Section)


def _with(section: _T, path: Path, value: Any) -> _T:
    """A copy of `section` in which the option at `path` is `value`."""
    name, rest = path[0], path[1:]
    if name == KIND:
        kept = {key: each for key, each in section if key != KIND}
        return cast(_T, KINDS[value].model_construct(**kept, kind=value))
    if not rest:
        return section.model_copy(update={name: value})
    inner = getattr(section, name)
    if isinstance(inner, dict):
        key = rest[0]
        changed: Any = {**inner, key: _with(inner[key], rest[1:], value)}
    else:
        changed = _with(inner, rest, value)
    return section.model_copy(update={name: changed})
