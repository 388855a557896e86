"""IAM principals in the cluster."""

from collections.abc import Iterator

from constructs_lib import naming
from constructs_lib.spec.access import ADMIN_GROUP, AccessSpec
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
    """Of two entries the last would win, without a word."""
    seen: set[str] = set()
    for where, arn in _principals(spec):
        if arn in seen:
            yield Wrong(where, "is mapped already", "keep one entry for each principal")
        seen.add(arn)


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
def access_entries_take_the_groups(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html"""
    if spec.access.by != _ENTRIES:
        return
    for key, identities in (("map_roles", spec.map_roles), ("map_users", spec.map_users)):
        for index, identity in enumerate(identities):
            for number, group in enumerate(identity.groups):
                if group.startswith("system:") and group != ADMIN_GROUP:
                    yield Wrong(
                        (key, index, "groups", number),
                        "is a group that EKS refuses in access entries",
                        "use system:masters or a group without system: in front",
                    )
