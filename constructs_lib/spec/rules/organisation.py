"""What an organisation asks of a whole account: who acts, which tags, which roles."""

from collections.abc import Iterator

from constructs_lib import naming
from constructs_lib.spec.cluster import MAX_CLUSTER_NAME, ClusterSpec
from constructs_lib.spec.nodes import AutoscaledNodeGroupSpec, with_machines
from constructs_lib.spec.rules.rule import rule
from constructs_lib.spec.section import Where, Wrong
from constructs_lib.tables import node_image

MAX_TAGS = 50
"""https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html"""

_OTHERS = 4
"""Name, the cluster's, and two by which cluster-autoscaler finds a group."""


@rule
def tags_fit_beside_those_for_the_autoscaler(spec: ClusterSpec) -> Iterator[Wrong]:
    """cluster-autoscaler knows of labels and taints by tags of the group."""
    for key, group in spec.node_groups.items():
        if not isinstance(group, AutoscaledNodeGroupSpec) or not group.cluster_autoscaler_tags:
            continue
        hints = len(group.labels) + len({taint.key for taint in group.taints})
        number = _OTHERS + hints + len(spec.tags)
        if hints and spec.tags and number > MAX_TAGS:
            what = f"make, with labels and taints of node_groups.{key}, {number} tags, "
            what += f"and EC2 takes {MAX_TAGS}"
            todo = "leave some out, or say cluster_autoscaler_tags: false there"
            yield Wrong(("tags",), what, todo, got=None)


@rule
def names_of_roles_have_room(spec: ClusterSpec) -> Iterator[Wrong]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    prefix = spec.iam.name_prefix or ""
    if prefix and len(prefix) + len(spec.name) > MAX_CLUSTER_NAME:
        yield Wrong(
            ("iam", "name_prefix"),
            f"leaves no room for the cluster's name, with which it may have {MAX_CLUSTER_NAME} "
            "characters",
            "shorten one of the two",
        )


@rule
def the_boundary_is_of_the_partition(spec: ClusterSpec) -> Iterator[Wrong]:
    """China and GovCloud know no policies of elsewhere."""
    boundary, partition = spec.iam.permissions_boundary, naming.partition(spec.region)
    if boundary is not None and boundary.split(":")[1] != partition:
        where = ("iam", "permissions_boundary")
        yield Wrong(where, f"is not of {spec.region}'s partition", f"write arn:{partition}:...")


@rule
def ubuntu_is_of_the_partition(spec: ClusterSpec) -> Iterator[Wrong]:
    """Canonical publishes in three partitions.
    https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
    """
    partition = naming.partition(spec.region)
    if partition in node_image.CANONICAL:
        return
    if spec.bastion is not None:
        what = f"runs Ubuntu, of which no publisher in {partition} is known"
        yield Wrong(
            ("bastion",), what, "delete it, and reach the nodes by Session Manager", got=None
        )
    for key, group in with_machines(spec.node_groups).items():
        if group.image.family == "ubuntu-eks" and group.image.id is None:
            where = ("node_groups", key, "image", "family")
            what = f"is an image of which no publisher in {partition} is known"
            yield Wrong(where, what, "use al2023 or packer, or name it with image.id")


@rule
def the_role_is_of_the_account(spec: ClusterSpec) -> Iterator[Wrong]:
    """Terraform would refuse it at the first plan, or AWS the role."""
    if spec.role_arn is None:
        return
    partition, account = (spec.role_arn.split(":")[part] for part in (1, 4))
    if partition != naming.partition(spec.region):
        todo = f"write arn:{naming.partition(spec.region)}:..."
        yield Wrong(("role_arn",), f"is not of {spec.region}'s partition", todo)
    elif spec.account_id not in (None, account):
        what = f"is a role of account {account}, while account_id is {spec.account_id}"
        yield Wrong(("role_arn",), what, "correct one of the two", got=None)


@rule
def what_roles_have_is_of_the_account(spec: ClusterSpec) -> Iterator[Wrong]:
    """IAM attaches no policy of another account, and EKS passes no role of one on.

    https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
    """
    if spec.account_id is None:
        return
    for where, arn in _of_the_account(spec):
        account = arn.split(":")[4]
        if account not in ("aws", spec.account_id):
            what = f"is of account {account}, while account_id is {spec.account_id}"
            yield Wrong(where, what, "correct one of the two", got=None)


def _of_the_account(spec: ClusterSpec) -> Iterator[tuple[Where, str]]:
    if spec.iam.permissions_boundary is not None:
        yield ("iam", "permissions_boundary"), spec.iam.permissions_boundary
    for key, role in spec.pod_identity.roles.items():
        at = ("pod_identity", "roles", key)
        for index, arn in enumerate(role.policies):
            yield (*at, "policies", index), arn
        if role.permissions_boundary is not None:
            yield (*at, "permissions_boundary"), role.permissions_boundary
    for name, addon in spec.addons.items():
        if addon.service_account_role_arn is not None:
            yield ("addons", name, "service_account_role_arn"), addon.service_account_role_arn
    if spec.access.by == "access_entries":
        for index, mapped in enumerate(spec.map_roles):
            if mapped.type != "STANDARD":
                yield ("map_roles", index, "rolearn"), mapped.rolearn


@rule
def names_of_adopted_roles_are_theirs(spec: ClusterSpec) -> Iterator[Wrong]:
    """Another role of the control plane would be another cluster."""
    if spec.adopted is not None and "name_prefix" in spec.iam.model_fields_set:
        what = "would make other roles, while adopted keeps those that are there"
        yield Wrong(("iam", "name_prefix"), what, "delete it")
