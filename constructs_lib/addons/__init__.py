"""EKS add-ons: what runs in the cluster besides the pods of its users."""

import json
from collections.abc import Mapping, Sequence

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.data_aws_eks_addon_version import DataAwsEksAddonVersion
from cdktf_cdktf_provider_aws.eks_addon import EksAddon
from constructs import Construct

from constructs_lib.control_plane import ControlPlane
from constructs_lib.identity import Identity
from constructs_lib.spec import AddonSpec
from constructs_lib.spec.addons import EKS_DEFAULT
from constructs_lib.tables.addon_order import VITAL
from constructs_lib.terraform.addresses import literal


class Addons(Construct):
    """EKS add-ons, at `aws_eks_addon.<name>`."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        specs: Mapping[str, AddonSpec],
        *,
        cluster: Identity,
        control_plane: ControlPlane,
        after: Sequence[ITerraformDependable],
    ) -> None:
        """Make each add-on of `specs`, when `after` is there, and delete it before.

        One that EKS installed unmanaged is taken over.
        """
        super().__init__(scope, id_)
        self.resources = [
            EksAddon(
                self,
                f"aws_eks_addon.{name}",
                cluster_name=control_plane.connection.name,
                addon_name=name,
                addon_version=self._version(name, spec, cluster),
                preserve=(name in VITAL if spec.preserve is None else spec.preserve) or None,
                service_account_role_arn=spec.service_account_role_arn,
                configuration_values=None
                if spec.configuration_values is None
                else literal(json.dumps(spec.configuration_values, sort_keys=True)),
                resolve_conflicts_on_create="OVERWRITE",
                resolve_conflicts_on_update="PRESERVE",
                depends_on=list(after) or None,
            )
            for name, spec in specs.items()
        ]

    def _version(self, name: str, spec: AddonSpec, cluster: Identity) -> str | None:
        if spec.addon_version != EKS_DEFAULT:
            return spec.addon_version
        return DataAwsEksAddonVersion(
            self,
            f"data.aws_eks_addon_version.{name}",
            addon_name=name,
            kubernetes_version=cluster.version,
        ).version
