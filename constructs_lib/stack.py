"""One cluster: its constructs wired together, top to bottom."""

from constructs import Construct

from constructs_lib import adoption, outputs, overlay
from constructs_lib.access import grant
from constructs_lib.addons import before_nodes, on_nodes
from constructs_lib.addons.autoscaler import autoscale
from constructs_lib.addons.controllers import Controllers
from constructs_lib.addons.manifests import Manifests
from constructs_lib.addons.storage_classes import storage_classes
from constructs_lib.bastion import Bastion
from constructs_lib.control_plane import ControlPlane
from constructs_lib.draining import drain
from constructs_lib.identity import Identity
from constructs_lib.kubectl import Kubectl
from constructs_lib.networking import Networking
from constructs_lib.nodes import NodeGroups
from constructs_lib.nodes.fargate import open_for_fargate
from constructs_lib.nodes.machine import Machine
from constructs_lib.nodes.max_pods import MaxPods
from constructs_lib.nodes.role import NodeRoles
from constructs_lib.pod_identity.kube2iam import kube2iam
from constructs_lib.pod_identity.roles import PodIdentity, PodRoles
from constructs_lib.security_groups import SecurityGroups
from constructs_lib.spec import endpoints
from constructs_lib.spec.fleet import Cluster
from constructs_lib.spec.nodes import with_machines
from constructs_lib.terraform import addresses
from constructs_lib.terraform.backend import keep_state
from constructs_lib.terraform.providers import Providers, versions_of_aws


class ClusterStack(addresses.Stack):
    """One cluster, one stack, one state."""

    def __init__(self, scope: Construct, cluster: Cluster) -> None:
        """Make everything `cluster` asks for.

        Raises:
            AddressError: two constructs share a Terraform address.
            SpecErrors: `overrides` or `lifecycle` names what the stack has not.
        """
        adopted = adoption.translate(cluster.spec)
        spec, manifests = adopted.spec, cluster.manifests
        super().__init__(scope, spec.name)
        Providers(
            self,
            "aws",
            region=spec.region,
            account_id=spec.account_id,
            role_arn=spec.role_arn,
            tags=spec.tags,
            aws=versions_of_aws(spec),
        )
        keep_state(self, spec.state, spec.role_arn)

        here = Identity(self, "variables", spec=spec)
        network = Networking(
            self,
            "networking",
            spec.networking,
            vpc_cidr=spec.vpc_cidr,
            zones=spec.availability_zones,
            endpoints=endpoints.wanted(spec),
            service_ipv4_cidr=spec.control_plane.service_ipv4_cidr,
            cluster=here,
        )
        groups = SecurityGroups(
            self,
            "security-groups",
            spec.node_ingress,
            spec.control_plane.ingress,
            cluster=here,
            network=network,
        )
        plane = ControlPlane(
            self,
            "control-plane",
            spec.control_plane,
            access=spec.access,
            cluster=here,
            network=network,
            groups=groups,
        )
        kubectl = Kubectl(self, "kubectl", cluster=here, control_plane=plane)
        roles = NodeRoles(self, "node-roles", spec.node_groups, cluster=here, control_plane=plane)
        granted = grant(self, spec, cluster=here, roles=roles, kubectl=kubectl)
        identity = PodIdentity(self, "pod-identity", spec.ways, control_plane=plane, roles=roles)
        addons = before_nodes(
            self, spec, cluster=here, control_plane=plane, network=network, groups=groups
        )
        openings = open_for_fargate(groups, spec.node_groups, control_plane=plane, groups=groups)
        machines = with_machines(spec.node_groups).values()
        max_pods = MaxPods(self, "max-pods", spec.networking, machines)
        nodes = NodeGroups(
            self,
            "node-groups",
            spec.node_groups,
            machine=Machine(roles, groups, plane.connection, spec.key_name, max_pods),
            cluster=here,
            network=network,
            granted=[*granted, *addons.resources, *openings],
        )
        on_nodes(addons, spec, cluster=here, control_plane=plane, nodes=nodes, identity=identity)
        kube2iam(self, spec, manifests, cluster=here, roles=roles, kubectl=kubectl)
        drain(
            self, spec, manifests, cluster=here, nodes=nodes, kubectl=kubectl, trust=identity.trust
        )
        storage_classes(self, spec, manifests, kubectl=kubectl)
        autoscale(self, spec, manifests, cluster=here, kubectl=kubectl, trust=identity.own)
        Controllers(
            self,
            "controllers",
            spec.controllers,
            cluster=here,
            control_plane=plane,
            roles=roles,
            trust=identity.own,
        )
        PodRoles(
            identity,
            "roles",
            spec.pod_identity.roles,
            # where kube2iam reaches them, today or in another week
            path=here.pod_role_path(spec.kube2iam.role_path),
            cluster=here,
            control_plane=plane,
            trust=identity.trust,
        )
        Manifests(
            self, "manifests", spec.manifests, manifests, kubectl=kubectl, nodes=nodes.resources
        )
        if spec.bastion is not None:
            Bastion(
                self,
                "bastion",
                spec.bastion,
                key_name=spec.key_name,
                cluster=here,
                network=network,
                groups=groups,
            )
        outputs.of_cluster(self, roles=roles, kubectl=kubectl)
        overlay.lay_over(self, adopted, cluster)
