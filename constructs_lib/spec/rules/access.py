"""IAM principals in the cluster."""

from collections.abc import Iterator

from constructs_lib import naming
from constructs_lib.spec.access import ADMIN_GROUP, AccessSpec, MapRoleSpec
from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Where, Wrong

_ENTRIES = "access_entries"


def _principals(spec: ClusterSpec) -> Iterator[tuple[Where, str]]:
    for index, role in enumerate(spec.map_roles):
        yield ("map_roles", index, "rolearn"), role.rolearn
    for index, user in enumerate(spec.map_users):
        yield ("map_users", index, "userarn"), user.userarn


@rule
def principals_are_mapped_once(spec: ClusterSpec) -> Iterator[Wrong]:
    """Of two entries the last would win, without a word. A path makes no other principal."""
    seen: set[str] = set()
    for where, arn in _principals(spec):
        if (known := naming.without_path(arn)) in seen:
            yield Wrong(where, "is mapped already", "keep one entry for each principal")
        seen.add(known)


@rule
def principals_are_of_the_partition(spec: ClusterSpec) -> Iterator[Wrong]:
    """China and GovCloud know no principals of elsewhere, and nobody knows theirs.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    partition = naming.partition(spec.region)
    for where, arn in _principals(spec):
        if arn.split(":")[1] != partition:
            yield Wrong(where, f"is not of {spec.region}'s partition", f"write arn:{partition}:...")


@rule
def the_nodes_are_let_in_once(spec: ClusterSpec) -> Iterator[Wrong]:
    """The role of the cluster's own nodes is mapped without a word in the spec."""
    adopted = spec.adopted
    prefix = spec.iam.name_prefix or ""
    own = {prefix + naming.node(spec.name) if adopted is None else adopted.node_role}
    if any(group.kind == "managed" for group in spec.node_groups.values()):
        own.add(prefix + naming.managed_node(spec.name))
    for index, role in enumerate(spec.map_roles):
        account, name = role.rolearn.split(":")[4], role.rolearn.rpartition("/")[2]
        if name in own and spec.account_id in (None, account):
            where = ("map_roles", index, "rolearn")
            what = "is the role of the cluster's own nodes, which are let in already"
            yield Wrong(where, what, "delete this entry")


@rule
def nodes_have_the_names_that_eks_gives(role: MapRoleSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html"""
    if role.type == "STANDARD":
        if role.username is None:
            yield Wrong(("username",), "is missing", "add it, or say type: EC2_LINUX", got=None)
        return
    for key in ("username", "groups"):
        if key in role.model_fields_set:
            yield Wrong((key,), "is given to nodes by EKS", "delete the key, or say type: STANDARD")


@rule
def principals_have_addresses_of_their_own(spec: ClusterSpec) -> Iterator[Wrong]:
    """An access entry's address is made of the ARN, in which two characters may become one."""
    if spec.access.by != _ENTRIES:
        return
    by_address: dict[str, str] = {}
    for where, arn in _principals(spec):
        other = by_address.setdefault(naming.principal(arn), arn)
        if other != arn:
            yield Wrong(
                where,
                f"would have the address of {other}, {naming.principal(arn)}",
                "rename one of the two in IAM",
            )


_KEPT_PREFIXES = ("system:", "eks:", "aws:", "amazon:", "iam:")


@rule
def access_entries_take_the_usernames(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html"""
    if spec.access.by != _ENTRIES:
        return
    for key, identities in (("map_roles", spec.map_roles), ("map_users", spec.map_users)):
        for index, identity in enumerate(identities):
            where, name = (key, index, "username"), identity.username or ""
            if name.startswith(_KEPT_PREFIXES):
                what = f"starts like the names that EKS keeps ({', '.join(_KEPT_PREFIXES)})"
                yield Wrong(where, what, "choose a name without such a prefix")
            head, session, _ = name.partition("{{SessionName")
            if session and ":" not in head:
                what = "has the session's name without a colon before it, which EKS refuses"
                yield Wrong(where, what, "write one like admin:{{SessionName}}")


@rule
def somebody_administers_the_cluster(spec: ClusterSpec) -> Iterator[Wrong]:
    """Whoever is let in by aws-auth is let in by kubectl, and so by somebody who is in already."""
    if spec.access.creator_admin:
        return
    where, what = (
        ("access", "creator_admin"),
        "is off, and nobody else could administer the cluster",
    )
    principals = (*spec.map_roles, *spec.map_users)
    if spec.access.by != _ENTRIES or not any(ADMIN_GROUP in each.groups for each in principals):
        yield Wrong(
            where,
            what,
            f"say by: {_ENTRIES}, and map a role of yours with the group {ADMIN_GROUP}",
            got=None,
        )


@rule
def access_entries_need_their_mode(access: AccessSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html"""
    if access.by == _ENTRIES and access.authentication_mode == "CONFIG_MAP":
        yield Wrong(
            ("authentication_mode",),
            "is the mode in which EKS refuses access entries",
            "write API_AND_CONFIG_MAP and apply, before by: access_entries",
        )


@rule
def the_config_map_needs_its_mode(access: AccessSpec) -> Iterator[Wrong]:
    """Nodes that are in aws-auth alone would not join."""
    if access.by != _ENTRIES and access.authentication_mode == "API":
        yield Wrong(
            ("authentication_mode",),
            "is the mode in which EKS does not read aws-auth",
            f"say by: {_ENTRIES}, and apply that first",
        )


@rule
def access_entries_take_the_groups(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html"""
    if spec.access.by != _ENTRIES:
        return
    for key, identities in (("map_roles", spec.map_roles), ("map_users", spec.map_users)):
        for index, identity in enumerate(identities):
            for number, group in enumerate(identity.groups):
                if group.startswith("system:") and group != ADMIN_GROUP:
                    todo = "use system:masters or a group without system: in front"
                    if group == "system:nodes" and key == "map_roles":
                        todo = "say type: EC2_LINUX instead of username and groups"
                    where = (key, index, "groups", number)
                    yield Wrong(where, "is a group that EKS refuses in access entries", todo)
