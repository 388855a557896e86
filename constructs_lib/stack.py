"""One cluster: its constructs wired together, top to bottom, and its outputs."""

from cdktf import TerraformOutput
from constructs import Construct

from constructs_lib.access import AccessEntries, AwsAuth
from constructs_lib.addons import Addons, Manifests
from constructs_lib.bastion import Bastion
from constructs_lib.control_plane import ControlPlane
from constructs_lib.kubectl.kubeconfig import Kubeconfig
from constructs_lib.networking import Networking
from constructs_lib.nodes import NodeGroup, NodeImages, NodeRole
from constructs_lib.pod_identity.kube2iam import Kube2iam
from constructs_lib.security_groups import SecurityGroups
from constructs_lib.spec import AdoptedSpec, NodeGroupAsPrintedSpec
from constructs_lib.spec.fleet import Cluster
from constructs_lib.terraform import addresses
from constructs_lib.terraform.backend import keep_state_in_checkout, keep_state_in_s3
from constructs_lib.terraform.providers import Aws
from constructs_lib.variables import Variables


class ClusterStack(addresses.Stack):
    """One cluster, one stack, one state."""

    def __init__(self, scope: Construct, cluster: Cluster) -> None:
        """Make everything `cluster` asks for.

        Raises:
            AddressError: two constructs share a Terraform address.
        """
        spec = cluster.spec
        super().__init__(scope, spec.name)
        Aws(self, "aws", region=spec.region)
        if spec.state is None:
            keep_state_in_checkout(self)
        else:
            keep_state_in_s3(self, spec.state)

        variables = Variables(self, "variables", spec=spec)
        names, printed = spec.names(variables.cluster_name.string_value), spec.printed
        networking = Networking(self, "networking", as_printed=printed, variables=variables)
        security_groups = SecurityGroups(
            self,
            "security-groups",
            node_ingress=spec.node_ingress,
            adopted={} if spec.adopted is None else spec.adopted.security_group_rules,
            descriptions=printed.rule_descriptions,
            names=names,
            variables=variables,
            networking=networking,
        )
        control_plane = ControlPlane(
            self,
            "control-plane",
            spec=spec.control_plane,
            adopted=spec.adopted,
            as_printed=printed,
            names=names,
            region=spec.region,
            variables=variables,
            networking=networking,
            security_groups=security_groups,
        )
        kubeconfig = Kubeconfig(self, "kubeconfig", control_plane=control_plane, region=spec.region)
        node_role = NodeRole(self, "node-role", names=names, region=spec.region)
        access: AwsAuth | AccessEntries
        if spec.access == "config_map":
            access = AwsAuth(
                self,
                "aws-auth",
                map_roles=spec.map_roles,
                map_users=spec.map_users,
                node_role=node_role,
                control_plane=control_plane,
                kubeconfig=kubeconfig,
            )
        else:
            access = AccessEntries(
                self,
                "access-entries",
                map_roles=spec.map_roles,
                map_users=spec.map_users,
                node_role=node_role,
                control_plane=control_plane,
                region=spec.region,
            )
        as_printed = {
            key: printed.node_groups.get(key) or NodeGroupAsPrintedSpec()
            for key in spec.node_groups
        }
        images = NodeImages(
            self,
            "node-images",
            specs=[g for key, g in spec.node_groups.items() if as_printed[key].image_id is None],
            variables=variables,
        )
        for key, group in spec.node_groups.items():
            NodeGroup(
                self,
                f"node-group-{key}",
                key=key,
                spec=group,
                as_printed=as_printed[key],
                names=names,
                key_name=spec.key_name,
                variables=variables,
                networking=networking,
                security_groups=security_groups,
                node_role=node_role,
                images=images,
                control_plane=control_plane,
                access=access.granted,
            )
        if spec.kube2iam.enabled:
            Kube2iam(
                self,
                "kube2iam",
                spec=spec.kube2iam,
                of_the_chapter=printed.kube2iam_of_the_chapter,
                names=names,
                manifest=cluster.manifests["kube2iam"].text,
                region=spec.region,
                variables=variables,
                node_role=node_role,
                control_plane=control_plane,
                kubeconfig=kubeconfig,
            )
        Addons(self, "addons", specs=spec.addons, control_plane=control_plane)
        Manifests(
            self,
            "manifests",
            manifests={name: cluster.manifests[name].text for name in spec.manifests},
            control_plane=control_plane,
            kubeconfig=kubeconfig,
        )
        if spec.bastion is not None:
            bastion = Bastion(
                self,
                "bastion",
                spec=spec.bastion,
                as_printed=printed,
                names=names,
                key_name=spec.key_name,
                region=spec.region,
                networking=networking,
                security_groups=security_groups,
            )
            TerraformOutput(self, "output.bastion_public_ip", value=bastion.public_ip)
        TerraformOutput(self, "output.cluster_name", value=control_plane.connection.name)
        TerraformOutput(self, "output.cluster_endpoint", value=control_plane.connection.endpoint)
        TerraformOutput(
            self,
            "output.node_role_arn",
            value=node_role.arn,
            description="What the roles of pods have to trust for kube2iam",
        )
        TerraformOutput(
            self,
            "output.kubeconfig",
            value=kubeconfig.content,
            description="For people: terraform output -raw kubeconfig > FILE, then KUBECONFIG=FILE",
        )
        here = addresses.check(self)
        addresses.say_moved(self, here, spec.adopted.moved if spec.adopted else None)
        if spec.adopted is not None:
            self._take_over(spec.adopted)

    def _take_over(self, adopted: AdoptedSpec) -> None:
        """Tell Terraform what of AWS to take into the state, and what of the state to forget."""
        for block, entries in (
            ("import", [{"to": address, "id": id_} for address, id_ in adopted.imports.items()]),
            (
                "removed",
                [{"from": address, "lifecycle": {"destroy": False}} for address in adopted.forget],
            ),
        ):
            if entries:
                self.add_override(block, entries)
