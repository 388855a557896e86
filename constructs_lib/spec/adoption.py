"""What a cluster that was not made here has otherwise."""

from typing import Annotated, Literal

from pydantic import Field, Strict

from constructs_lib.spec.section import Section, WithoutIt
from constructs_lib.spec.types import (
    UNIQUE,
    Address,
    IamName,
    ImageId,
    PrintedText,
    Text,
    WholeAddress,
)


class SecurityGroupNameSpec(Section):
    """What EC2 never changes of a security group."""

    name: Text
    """Name of the group."""

    description: Text
    """Description of the group; Terraform's own is `Managed by Terraform`."""


class AdoptedRuleSpec(Section):
    """What EC2 never changes of a rule between nodes and control plane; by default today's."""

    from_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """First port, as the state has it."""

    to_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """Last port, as the state has it."""

    by_self: bool | None = None
    """Whether the rule from nodes to nodes says `self`; false where it names the group's id."""


def _for_life(what: str) -> WithoutIt:
    """A field an adopted cluster has to say for as long as it lives."""
    return WithoutIt(what, "write what the state has; `python -m adopt` prints it")


class AdoptedSpec(Section):
    """What a cluster that was not made here has otherwise, for as long as it lives.

    AWS renames none of it: another value is another resource, in place of the one that works.
    `python -m adopt` writes this section from a Terraform state.
    """

    control_plane_role: Annotated[IamName, _for_life("another role replaces the cluster")]
    """Name of the control plane's role."""

    node_role: Annotated[IamName, _for_life("another role shuts the nodes out")]
    """Name of the nodes' role."""

    node_instance_profile: IamName | None = None
    """Name of the nodes' instance profile; by default that of their role."""

    kube2iam_policy: IamName | None = None
    """Name of the nodes' inline policy for kube2iam; by default today's."""

    bootstrap_cluster_creator_admin_permissions: Annotated[
        bool, _for_life("another value replaces the cluster")
    ]
    """What the state says of it: the provider keeps it since the cluster was made, and EKS does
    not tell."""

    autoscaling_groups: Annotated[
        dict[str, Text],
        _for_life("another group ends all nodes at once"),
    ]
    """Name of the autoscaling group of each node group that was adopted, by the node group's
    key. Delete a line together with its node group only. Empty, `{}`, where no node group is of a
    kind that has one."""

    launch_templates: dict[str, Text] = {}
    """Name of the launch template of each adopted node group that has one. None by default."""

    control_plane_security_group: Annotated[
        SecurityGroupNameSpec, _for_life("another group is cut off from the nodes")
    ]
    """The control plane's security group."""

    nodes_security_group: Annotated[
        SecurityGroupNameSpec, _for_life("another group cuts off the nodes")
    ]
    """The nodes' security group."""

    bastion_security_group: SecurityGroupNameSpec | None = None
    """The bastion's security group; its name is the bastion's too. By default today's."""

    security_group_rules: dict[str, AdoptedRuleSpec] = {}
    """Rules that differ from today's, by the last part of their addresses, like
    `nodes-ingress-self`. None by default."""

    forget: Annotated[tuple[WholeAddress, ...], Strict(False), UNIQUE] = ()
    """Addresses of the state that have no place here: forgotten by the next apply, not destroyed.
    Delete this line after it. None by default."""

    moved: dict[Address, Address] = {}
    """New address by old one, for what the state has under another. None by default."""

    imports: dict[Address, Text] = {}
    """The id in AWS by address, for what the state does not have. Delete this after the apply.
    None by default."""


class NodeGroupAsPrintedSpec(Section):
    """A node group as the chapter has it, where it differs from today's."""

    launch_configuration: Text | None = None
    """The `name_prefix` of the launch configuration that the group runs. Without it the group
    runs a launch template."""

    image_id: ImageId | None = None
    """The image that the group runs. Without it, the newest of its `image`."""

    volume_type: Literal["gp2", "gp3"] = "gp3"
    """Type of the root volume."""

    volume_encrypted: bool = True
    """Whether the root volume is encrypted; false leaves it to the account's own setting."""

    http_tokens: Literal["optional", "required"] = "required"
    """Whether the instance metadata service wants a token (IMDSv2); with `required` pods cannot
    reach it, with `optional` the image's and the account's settings hold."""

    cluster_autoscaler_tags: bool = True
    """Whether the group has the two tags by which cluster-autoscaler finds it."""


class BastionAsPrintedSpec(Section):
    """The bastion as the chapter has it, where it differs from today's."""

    root_volume_of_the_image: bool = False
    """Whether the root volume is as the image says, instead of encrypted gp3. Another volume is
    another bastion, with another address."""

    http_tokens: Literal["optional", "required"] = "required"
    """Whether the instance metadata service wants a token (IMDSv2)."""

    security_group_tags: bool = True
    """Whether the security group has the tag `Name`."""


class AsPrintedSpec(Section):
    """What an adopted cluster has as the chapter printed it, and may leave behind.

    Every line deleted here is one reviewed step to today's defaults: docs/how-to/adopt-a-cluster.md
    says which change nothing that runs, which replace nodes, and in which order.
    """

    authentication_mode: Literal["CONFIG_MAP", "API_AND_CONFIG_MAP"] = "API_AND_CONFIG_MAP"
    """How EKS knows IAM principals. `CONFIG_MAP` is what a cluster has that never said. EKS does
    not go back to it."""

    eks_service_policy: bool = False
    """Whether the control plane's role has AmazonEKSServicePolicy, which EKS does not need since
    April 2020."""

    load_balancer_tags: bool = True
    """Whether the subnets have the tags by which load balancers find them."""

    rule_descriptions: dict[str, PrintedText] = {}
    """Descriptions of security group rules, by the last part of their addresses; `egress` and
    `bastion-ingress-ssh` are those inside the groups. By default today's."""

    kube2iam_of_the_chapter: bool = False
    """Whether the nodes may assume every role of the account, and kube2iam runs as it was applied
    by hand."""

    node_groups: dict[str, NodeGroupAsPrintedSpec] = {}
    """Node groups by their keys. By default all are today's."""

    bastion: BastionAsPrintedSpec = BastionAsPrintedSpec()
    """The bastion; by default today's."""
