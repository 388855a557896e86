"""Trust policies and AWS managed policies, in the partition of the cluster's region."""

from collections.abc import Mapping

from cdktf import Fn, Token
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from constructs_lib.identity import Identity


def role(
    scope: Construct,
    address: str,
    *,
    name: str,
    trust_policy: str,
    cluster: Identity,
    path: str | None = None,
    permissions_boundary: str | None = None,
) -> IamRole:
    """Make `aws_iam_role.<address>` as the organisation wants its roles, unless said otherwise."""
    wanted = cluster.iam
    return IamRole(
        scope,
        f"aws_iam_role.{address}",
        name=f"{wanted.name_prefix or ''}{name}",
        path=path or (None if wanted.path == "/" else wanted.path),
        permissions_boundary=permissions_boundary or wanted.permissions_boundary,
        assume_role_policy=trust_policy,
    )


def arn_in_aws_auth(role_: IamRole, cluster: Identity) -> str:
    """The ARN of a role of the cluster's as aws-auth knows it: without the path.

    https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting_iam.html
    """
    arn = role_.arn
    path = cluster.iam.path
    return arn if path == "/" else Token.as_string(Fn.replace(arn, f":role{path}", ":role/"))


class ServiceRole(Construct):
    """A role that one AWS service assumes, with AWS managed policies."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        address: str,
        name: str,
        service: str,
        managed_policies: Mapping[str, str],
        cluster: Identity,
    ) -> None:
        """Make `aws_iam_role.<address>` with its trust policy's document of the same name.

        `managed_policies` maps the name in the attachment's address to the policy's name.
        """
        super().__init__(scope, id_)
        trust = DataAwsIamPolicyDocument(
            self,
            f"data.aws_iam_policy_document.{address}",
            statement=[
                DataAwsIamPolicyDocumentStatement(
                    actions=["sts:AssumeRole"],
                    principals=[
                        DataAwsIamPolicyDocumentStatementPrincipals(
                            type="Service", identifiers=[service]
                        )
                    ],
                )
            ],
        )
        self.role = role(self, address, name=name, trust_policy=trust.json, cluster=cluster)
        role_name = self.role.name
        self.attachments = [
            IamRolePolicyAttachment(
                self,
                f"aws_iam_role_policy_attachment.{attachment}",
                role=role_name,
                policy_arn=cluster.managed_policy(policy),
            )
            for attachment, policy in managed_policies.items()
        ]
