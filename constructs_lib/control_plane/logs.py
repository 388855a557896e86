"""The log group that EKS writes the control plane's logs to."""

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct

from constructs_lib.identity import Identity
from constructs_lib.spec import LogsSpec


class ControlPlaneLogs(Construct):
    """The log group by the name that EKS looks for, made before EKS makes one that never forgets.

    https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
    """

    def __init__(self, scope: Construct, id_: str, spec: LogsSpec, *, cluster: Identity) -> None:
        """Keep the logs as long as `spec` says."""
        super().__init__(scope, id_)
        self.group = CloudwatchLogGroup(
            self,
            "aws_cloudwatch_log_group.control_plane",
            name=f"/aws/eks/{cluster.name}/cluster",
            retention_in_days=spec.retention_in_days,
            kms_key_id=spec.kms_key,
            log_group_class=spec.log_group_class,
        )
