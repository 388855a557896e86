"""The network of a cluster: a VPC made here, or one that is there."""

import json
from collections.abc import Sequence

from cdktf import ITerraformDependable, TerraformElement, Token
from cdktf_cdktf_provider_aws.route53_zone_association import Route53ZoneAssociation
from constructs import Construct

from constructs_lib.identity import Identity
from constructs_lib.networking.existing import ExistingVpc
from constructs_lib.networking.own import OwnVpc
from constructs_lib.spec import NetworkingSpec


class Networking(Construct):
    """The VPC and its subnets, as the other parts of the cluster see them."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        spec: NetworkingSpec,
        *,
        vpc_cidr: str,
        zones: Sequence[str],
        endpoints: Sequence[str],
        service_ipv4_cidr: str,
        cluster: Identity,
    ) -> None:
        """Make a VPC in the range `vpc_cidr` and in `zones`, or look up the one of `spec`.

        `endpoints` are services; `service_ipv4_cidr` may not overlap a VPC that is there.
        """
        super().__init__(scope, id_)
        of: OwnVpc | ExistingVpc
        if spec.vpc is None:
            of = OwnVpc(
                self,
                "own",
                spec,
                vpc_cidr=vpc_cidr,
                zones=zones,
                endpoints=endpoints,
                cluster=cluster,
            )
        else:
            of = ExistingVpc(
                self, "existing", spec.vpc, service_ipv4_cidr=service_ipv4_cidr, cluster=cluster
            )
        self.region = cluster.region
        self.vpc = of.vpc
        self.private_subnets: TerraformElement = of.private_subnets
        self.private_subnet_ids = of.private_subnet_ids
        self.public_subnet_ids = of.public_subnet_ids
        self.ways_out: Sequence[ITerraformDependable] = of.ways_out
        self.pod_subnets_by_zone = of.pod_subnets_by_zone
        self._of_control_plane = of.control_plane_subnets
        self._ids_of_control_plane = of.control_plane_subnet_ids
        ours = of.ours() if isinstance(of, ExistingVpc) and spec.private_zones else None
        for zone in spec.private_zones:
            Route53ZoneAssociation(
                self,
                f"aws_route53_zone_association.zone-{zone}",
                zone_id=zone,
                vpc_id=self.vpc.id,
                lifecycle=ours,
            )

    def subnet_ids(self, zones: Sequence[str] | None) -> list[str]:
        """The ids of all subnets of the control plane, or of those in `zones`."""
        if zones is None:
            return self._ids_of_control_plane
        named = ", ".join(self._of_control_plane)
        return Token.as_list(
            f"${{[for subnet in concat({named}) : subnet.id "
            f"if contains({json.dumps(zones)}, subnet.availability_zone)]}}"
        )
