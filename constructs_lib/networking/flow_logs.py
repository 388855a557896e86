"""Flow logs: who talked to whom in the VPC."""

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
)
from cdktf_cdktf_provider_aws.flow_log import FlowLog
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

from constructs_lib import naming
from constructs_lib.iam import ServiceRole
from constructs_lib.identity import Identity
from constructs_lib.spec import FlowLogsSpec

WRITE = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
"""https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html"""


class FlowLogs(Construct):
    """Flow logs of the whole VPC, into a log group of their own or a bucket of the owner's."""

    def __init__(
        self, scope: Construct, id_: str, spec: FlowLogsSpec, *, cluster: Identity, vpc: Vpc
    ) -> None:
        """Record what `spec` asks for."""
        super().__init__(scope, id_)
        role_arn = None
        if spec.to == "s3":
            destination = f"arn:{cluster.partition}:s3:::{spec.bucket}"
        else:
            group = CloudwatchLogGroup(
                self,
                "aws_cloudwatch_log_group.flow_logs",
                name=naming.flow_logs(cluster.name),
                retention_in_days=spec.retention_in_days,
            )
            destination = group.arn
            role = ServiceRole(
                self,
                "role",
                address="flow_logs",
                name=naming.flow_logs(cluster.name),
                service="vpc-flow-logs.amazonaws.com",
                managed_policies={},
                cluster=cluster,
            ).role
            role_arn = role.arn
            document = DataAwsIamPolicyDocument(
                self,
                "data.aws_iam_policy_document.write_flow_logs",
                statement=[
                    DataAwsIamPolicyDocumentStatement(
                        actions=list(WRITE), resources=[group.arn, f"{group.arn}:*"]
                    )
                ],
            )
            IamRolePolicy(
                self,
                "aws_iam_role_policy.flow_logs",
                name=naming.flow_logs(cluster.name),
                role=role.id,
                policy=document.json,
            )
        self.log = FlowLog(
            self,
            "aws_flow_log.vpc",
            vpc_id=vpc.id,
            traffic_type=spec.traffic_type,
            log_destination_type="s3" if spec.to == "s3" else "cloud-watch-logs",
            log_destination=destination,
            iam_role_arn=role_arn,
            max_aggregation_interval=spec.max_aggregation_interval,
            tags={"Name": cluster.name},
        )
