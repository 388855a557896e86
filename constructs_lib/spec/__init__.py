"""What a cluster is: a module a section, and the way from the YAML files to the typed specs.

Nothing here imports CDKTF: a spec is checked in milliseconds.
"""

from constructs_lib.spec.access import (
    ADMIN_GROUP,
    AccessSpec,
    IdentitySpec,
    MapRoleSpec,
    MapUserSpec,
)
from constructs_lib.spec.addons import AddonSpec, ManifestSpec
from constructs_lib.spec.adoption import (
    AdoptedRuleSpec,
    AdoptedSpec,
    AsPrintedSpec,
    BastionAsPrintedSpec,
    NodeGroupAsPrintedSpec,
    SecurityGroupNameSpec,
)
from constructs_lib.spec.bastion import BastionSpec
from constructs_lib.spec.cluster import CLUSTER_NAME, SECURITY_GROUP_ID_START, ClusterSpec
from constructs_lib.spec.cluster_autoscaler import ClusterAutoscalerSpec
from constructs_lib.spec.control_plane import (
    MADE_HERE,
    ControlPlaneIngressSpec,
    ControlPlaneSpec,
    LogsSpec,
    OidcSpec,
)
from constructs_lib.spec.controllers import ControllersSpec
from constructs_lib.spec.iam import IamSpec
from constructs_lib.spec.lifecycle import LifecycleSpec
from constructs_lib.spec.monitoring import MonitoringSpec
from constructs_lib.spec.networking import (
    MIN_VPC_PREFIX,
    MIN_ZONES,
    ExistingVpcSpec,
    FlowLogsSpec,
    NetworkingSpec,
    RouteSpec,
    SubnetsSpec,
    ZoneSubnetsSpec,
)
from constructs_lib.spec.nodes import (
    AutoscaledNodeGroupSpec,
    DataVolumeSpec,
    FargateSpec,
    ImageSpec,
    LaunchConfigurationNodeGroupSpec,
    MaintenanceSpec,
    ManagedNodeGroupSpec,
    MetadataSpec,
    MixedInstancesSpec,
    NodeGroup,
    NodeGroupSpec,
    RefreshSpec,
    ScheduleSpec,
    SelfManagedNodeGroupSpec,
    TaintSpec,
    VolumeSpec,
    WarmPoolSpec,
    with_machines,
)
from constructs_lib.spec.pod_identity import (
    Kube2iamSpec,
    PodIdentitySpec,
    PodRoleSpec,
    StatementSpec,
)
from constructs_lib.spec.section import Section
from constructs_lib.spec.security_groups import WORLD, NodeIngressSpec, OpenRange
from constructs_lib.spec.state import StateSpec
from constructs_lib.spec.storage import StorageSpec

__all__ = [
    "ADMIN_GROUP",
    "CLUSTER_NAME",
    "MADE_HERE",
    "MIN_VPC_PREFIX",
    "MIN_ZONES",
    "SECURITY_GROUP_ID_START",
    "WORLD",
    "AccessSpec",
    "AddonSpec",
    "AdoptedRuleSpec",
    "AdoptedSpec",
    "AsPrintedSpec",
    "AutoscaledNodeGroupSpec",
    "BastionAsPrintedSpec",
    "BastionSpec",
    "ClusterAutoscalerSpec",
    "ClusterSpec",
    "ControlPlaneIngressSpec",
    "ControlPlaneSpec",
    "ControllersSpec",
    "DataVolumeSpec",
    "ExistingVpcSpec",
    "FargateSpec",
    "FlowLogsSpec",
    "IamSpec",
    "IdentitySpec",
    "ImageSpec",
    "Kube2iamSpec",
    "LaunchConfigurationNodeGroupSpec",
    "LifecycleSpec",
    "LogsSpec",
    "MaintenanceSpec",
    "ManagedNodeGroupSpec",
    "ManifestSpec",
    "MapRoleSpec",
    "MapUserSpec",
    "MetadataSpec",
    "MixedInstancesSpec",
    "MonitoringSpec",
    "NetworkingSpec",
    "NodeGroup",
    "NodeGroupAsPrintedSpec",
    "NodeGroupSpec",
    "NodeIngressSpec",
    "OidcSpec",
    "OpenRange",
    "PodIdentitySpec",
    "PodRoleSpec",
    "RefreshSpec",
    "RouteSpec",
    "ScheduleSpec",
    "Section",
    "SecurityGroupNameSpec",
    "SelfManagedNodeGroupSpec",
    "StateSpec",
    "StatementSpec",
    "StorageSpec",
    "SubnetsSpec",
    "TaintSpec",
    "VolumeSpec",
    "WarmPoolSpec",
    "ZoneSubnetsSpec",
    "with_machines",
]
