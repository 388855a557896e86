"""EKS add-ons: what runs in the cluster besides the pods of its users."""

import json
from collections.abc import Mapping

from cdktf_cdktf_provider_aws.eks_addon import EksAddon
from constructs import Construct

from constructs_lib.control_plane import ControlPlane
from constructs_lib.spec import AddonSpec
from constructs_lib.terraform.addresses import literal


class Addons(Construct):
    """EKS add-ons, at `aws_eks_addon.<name>`."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        specs: Mapping[str, AddonSpec],
        *,
        control_plane: ControlPlane,
    ) -> None:
        """Make each add-on of `specs`; one that EKS installed unmanaged is taken over."""
        super().__init__(scope, id_)
        for name, spec in specs.items():
            values = spec.configuration_values
            EksAddon(
                self,
                f"aws_eks_addon.{name}",
                cluster_name=control_plane.connection.name,
                addon_name=name,
                addon_version=spec.addon_version,
                service_account_role_arn=spec.service_account_role_arn,
                configuration_values=None
                if values is None
                else literal(json.dumps(values, sort_keys=True)),
                resolve_conflicts_on_create="OVERWRITE",
                resolve_conflicts_on_update="PRESERVE",
            )
