"""The way out of the private subnets: one gateway, one in each zone, or none."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from constructs import Construct

from constructs_lib.spec import NetworkingSpec


class NatGateways(Construct):
    """NAT gateways, in the order of the zones.

    The first has the chapter's address whatever their number, so that from one to many it stays;
    each other is called after its zone, so that a zone can leave without a word to the others.
    Where the subnets are called after their zones, so is each gateway.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        spec: NetworkingSpec,
        *,
        zones: Sequence[str],
        public_subnet_ids: Sequence[str],
        gateway: InternetGateway | None,
    ) -> None:
        """Make the gateways that `spec` asks for, in `public_subnet_ids` of `zones`."""
        super().__init__(scope, id_)
        wanted = {"none": 0, "single": 1, "per_zone": len(zones)}[spec.nat]
        self.gateways = []
        for number, zone in enumerate(zones[:wanted]):
            behind = "" if number == 0 and spec.subnets is None else f"-{zone}"
            if spec.nat_eips is None:
                address = Eip(
                    self,
                    f"aws_eip.nat{behind}",
                    domain="vpc",
                    depends_on=None if gateway is None else [gateway],
                ).id
            else:
                address = spec.nat_eips[number]
            self.gateways.append(
                NatGateway(
                    self,
                    f"aws_nat_gateway.nat_gateway{behind}",
                    allocation_id=address,
                    subnet_id=public_subnet_ids[number],
                )
            )
