"""What Terraform keeps its hands off, and what the other sections have no key for."""

from typing import Annotated, Any

from pydantic import Strict

from constructs_lib.spec.section import Section
from constructs_lib.spec.types import NOT_EMPTY, UNIQUE, Text

Names = Annotated[tuple[Text, ...], Strict(False), NOT_EMPTY, UNIQUE]

Overrides = dict[str, dict[str, Any]]
"""Arguments of Terraform, by the address of their resource or data source."""


class LifecycleSpec(Section):
    """What no plan may destroy, and what Terraform leaves as it is.

    Each resource is named by its address, like `aws_eks_cluster.control_plane`, or together with
    all others of its part of the cluster: `networking`, `security_groups`, `control_plane`,
    `node_roles`, `node_groups` or one of them like `node_groups.gpu`, `bastion`, and so on.
    https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle
    """

    prevent_destroy: Annotated[tuple[Text, ...], Strict(False), UNIQUE] = ()
    """Addresses or parts that no plan may destroy or replace: it fails instead. None by default."""

    ignore_changes: dict[str, Names] = {}
    """Arguments that Terraform leaves as they are in AWS, by address or part; `all` for every
    one. For a part, those of its resources that have the argument. None by default."""
