"""What goes beyond the quotas that accounts have at first: warnings, as AWS raises them."""

from collections.abc import Collection, Iterable, Iterator

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.spec.nodes import NodeGroupSpec, SelectorSpec, with_machines
from constructs_lib.spec.pod_identity import PodRoleSpec
from constructs_lib.spec.rules.node_network import number_of_security_groups
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Where, Wrong


@rule
def security_groups_fit_the_quota(group: NodeGroupSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups"""
    if (count := number_of_security_groups(group)) > _SECURITY_GROUPS:
        what = f"is, with the cluster's, {count} groups, and accounts have a quota of five"
        todo = "see that it was raised, or no node starts"
        yield Wrong(("security_group_ids",), what, todo, got=None)


_SECURITY_GROUPS = 5


@rule
def rules_fit_the_quota(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups"""
    openings: dict[Where, Iterable[Collection[str]]] = {
        ("node_ingress",): [each.cidr_blocks for each in spec.node_ingress.values()],
        ("control_plane", "ingress"): [
            (*(each.cidr_blocks or ()), *(each.security_groups or ()))
            for each in spec.control_plane.ingress.values()
        ],
    }
    for key, group in with_machines(spec.node_groups).items():
        own = (group.ingress or {}).values()
        openings["node_groups", key, "ingress"] = [each.cidr_blocks for each in own]
    for where, ranges in openings.items():
        if (count := sum(map(len, ranges))) > _RULES:
            what = f"is {count} rules of a security group, and accounts have a quota of {_RULES}"
            yield Wrong(where, what, "see that it was raised, or join ranges", got=None)


_RULES = 60
"""Of those that let in, for one family of addresses."""


@rule
def policies_fit_the_quota(role: PodRoleSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    if len(role.policies) > _POLICIES:
        what = f"is {len(role.policies)} policies, and accounts have a quota of {_POLICIES}"
        yield Wrong(("policies",), what, "see that it was raised, or join some", got=None)


_POLICIES = 10


@rule
def labels_of_selectors_fit_the_quota(selector: SelectorSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html"""
    if len(selector.labels) > _LABELS:
        what = f"is {len(selector.labels)} labels, and accounts have a quota of {_LABELS}"
        yield Wrong(("labels",), what, "see that it was raised, or leave some out", got=None)


_LABELS = 5
