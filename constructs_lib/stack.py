"""One cluster: its constructs wired together, top to bottom."""

from constructs import Construct

from constructs_lib import adoption, outputs, overlay
from constructs_lib.access import OfEks, grant
from constructs_lib.addons import Addons, cni
from constructs_lib.addons.manifests import Manifests
from constructs_lib.bastion import Bastion
from constructs_lib.control_plane import ControlPlane
from constructs_lib.identity import Identity
from constructs_lib.kubectl import Kubectl
from constructs_lib.networking import Networking
from constructs_lib.nodes import NodeGroups
from constructs_lib.nodes.machine import Machine
from constructs_lib.nodes.max_pods import MaxPods
from constructs_lib.nodes.role import FargateRole, ManagedNodeRole, NodeRole
from constructs_lib.pod_identity.kube2iam import Kube2iam, remove_kube2iam
from constructs_lib.pod_identity.roles import PodIdentity, PodRoles, addon_roles
from constructs_lib.security_groups import SecurityGroups
from constructs_lib.spec import endpoints
from constructs_lib.spec.fleet import Cluster
from constructs_lib.spec.nodes import with_machines
from constructs_lib.spec.pod_identity_of_addons import gets_a_role
from constructs_lib.tables import addon_order
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
        role = NodeRole(self, "node-role", cluster=here)
        kinds = {group.kind for group in spec.node_groups.values()}
        managed = (
            ManagedNodeRole(self, "managed-node-role", cluster=here) if "managed" in kinds else None
        )
        fargate = (
            FargateRole(self, "fargate-role", cluster=here, cluster_arn=plane.cluster.arn)
            if "fargate" in kinds
            else None
        )
        granted = grant(
            self,
            spec,
            cluster=here,
            role=role,
            of_eks=OfEks(managed, fargate),
            kubectl=kubectl,
        )
        max_pods = MaxPods(
            self, "max-pods", spec.networking, with_machines(spec.node_groups).values()
        )
        machine = Machine(role, managed, fargate, groups, plane.connection, spec.key_name, max_pods)
        identity = PodIdentity(
            self,
            "pod-identity",
            spec,
            control_plane=plane,
            node_roles=[role.arn] if managed is None else [role.arn, managed.arn],
        )
        first, later = addon_order.split(spec.addons)
        addons = Addons(
            self,
            "addons",
            first,
            settings={"vpc-cni": cni.settings(spec.networking, network, groups)},
            cluster=here,
            control_plane=plane,
            after=(),
        )
        nodes = NodeGroups(
            self,
            "node-groups",
            spec.node_groups,
            machine=machine,
            cluster=here,
            network=network,
            granted=[*granted, *addons.resources],
        )
        Addons(
            addons,
            "on-nodes",
            later,
            settings={},
            cluster=here,
            control_plane=plane,
            after=nodes.resources,
            roles=addon_roles(
                identity,
                [name for name in later if gets_a_role(spec, name)],
                cluster=here,
                trust=identity.trust,
            ),
            by_association=identity.trust.pod_identity,
        )
        if spec.kube2iam.remove:
            remove_kube2iam(
                self, manifests["kube2iam"], groups=spec.node_groups, cluster=here, kubectl=kubectl
            )
        PodRoles(
            identity,
            "roles",
            spec,
            cluster=here,
            control_plane=plane,
            trust=identity.trust,
        )
        if spec.gives_roles_by("kube2iam"):
            Kube2iam(
                self,
                "kube2iam",
                spec.kube2iam,
                manifest=manifests.get("kube2iam"),
                cluster=here,
                role=role,
                managed=managed,
                kubectl=kubectl,
            )
        named = {name: manifests[name] for name in spec.manifests}
        Manifests(self, "manifests", spec.manifests, named, kubectl=kubectl, nodes=nodes.resources)
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
        outputs.of_cluster(self, role=role, managed=managed, kubectl=kubectl)
        overlay.lay_over(self, adopted, cluster)
