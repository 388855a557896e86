"""Trust policies and AWS managed policies, in the partition of the cluster's region."""

from collections.abc import Mapping

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from constructs_lib.identity import Identity


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
        self.role = IamRole(
            self, f"aws_iam_role.{address}", name=name, assume_role_policy=trust.json
        )
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
