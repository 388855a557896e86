"""What watches nodes and pods."""

from constructs_lib.spec.section import Section


class MonitoringSpec(Section):
    """What watches nodes and pods, each by one key: add-ons of EKS in the version that it prefers.

    https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html
    """

    metrics_server: bool = False
    """Whether `kubectl top` and HorizontalPodAutoscalers have figures: the add-on metrics-server.
    Off by default."""

    node_monitoring: bool = False
    """Whether what is wrong with a node is told as its condition: the add-on
    eks-node-monitoring-agent, which node repair goes by. Off by default."""

    cloudwatch: bool = False
    """Whether CloudWatch gets metrics, logs and traces: the add-on amazon-cloudwatch-observability,
    with a role of its own. CloudWatch bills them. Off by default."""
