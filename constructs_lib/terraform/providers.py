"""The AWS provider: its region, and which versions of provider and Terraform fit."""

from collections.abc import Mapping
from types import MappingProxyType

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.provider import (
    AwsProvider,
    AwsProviderAssumeRole,
    AwsProviderDefaultTags,
)
from cdktf_cdktf_provider_null.provider import NullProvider
from constructs import Construct

from constructs_lib.spec import ClusterSpec
from constructs_lib.tables import newer_arguments

TERRAFORM_VERSION = ">= 1.11"
"""S3 native locking and `removed` blocks in JSON."""

PROVIDER_VERSIONS = {"aws": ">= 5.100, < 7", "null": ">= 2.1.2, < 4"}
"""Ranges that the tests and the bindings (generated from aws 6.25) stand for. The bindings would
pin the one version they were generated from."""


class Providers(Construct):
    """The providers. Credentials come from the environment, never from here.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs#authentication-and-configuration
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: str,
        account_id: str | None = None,
        role_arn: str | None = None,
        tags: Mapping[str, str] = MappingProxyType({}),
        aws: str = PROVIDER_VERSIONS["aws"],
    ) -> None:
        """Configure both providers for `region`; with `account_id`, for that AWS account alone.

        `role_arn` is assumed for everything, `tags` are on whatever takes tags, and `aws` is the
        range of versions of the AWS provider.
        """
        super().__init__(scope, id_)
        AwsProvider(
            self,
            "aws",
            region=region,
            allowed_account_ids=None if account_id is None else [account_id],
            assume_role=None if role_arn is None else [AwsProviderAssumeRole(role_arn=role_arn)],
            default_tags=[AwsProviderDefaultTags(tags=tags)] if tags else None,
        )
        NullProvider(self, "null")
        stack = TerraformStack.of(self)
        stack.add_override("terraform.required_version", TERRAFORM_VERSION)
        for name, versions in (PROVIDER_VERSIONS | {"aws": aws}).items():
            stack.add_override(
                f"terraform.required_providers.{name}",
                {"source": f"hashicorp/{name}", "version": versions},
            )


def versions_of_aws(spec: ClusterSpec) -> str:
    """The range of AWS providers that take all that `spec` asks for.

    Not of version 5, where it asks for what only version 6 has.
    """
    asked = [
        newer_arguments.release(address.partition(".")[0], over)
        for address, over in spec.overrides.items()
    ]
    if spec.control_plane.deletion_protection is not None:
        asked.append(newer_arguments.FLOOR)
    if any(group.kind == "managed" and group.update for group in spec.node_groups.values()):
        written = {"update_config": {"update_strategy": "DEFAULT"}}
        asked.append(newer_arguments.release("aws_eks_node_group", written))
    floors = [release for release in asked if release is not None]
    if not floors:
        return PROVIDER_VERSIONS["aws"]
    major, minor = max(floors)
    return f">= {major}.{minor}, < {major + 1}"
