"""The AWS provider: its region, and which versions of provider and Terraform fit."""

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_null.provider import NullProvider
from constructs import Construct

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
        self, scope: Construct, id_: str, *, region: str, account_id: str | None = None
    ) -> None:
        """Configure both providers for `region`; with `account_id`, for that AWS account alone."""
        super().__init__(scope, id_)
        AwsProvider(
            self,
            "aws",
            region=region,
            allowed_account_ids=None if account_id is None else [account_id],
        )
        NullProvider(self, "null")
        stack = TerraformStack.of(self)
        stack.add_override("terraform.required_version", TERRAFORM_VERSION)
        for name, versions in PROVIDER_VERSIONS.items():
            stack.add_override(
                f"terraform.required_providers.{name}",
                {"source": f"hashicorp/{name}", "version": versions},
            )
