"""VPC endpoints: AWS's services inside the VPC, for clusters whose nodes do not go out."""

from collections.abc import Sequence

from cdktf import TerraformOutput
from cdktf_cdktf_provider_aws.security_group import SecurityGroup, SecurityGroupIngress
from cdktf_cdktf_provider_aws.vpc import Vpc
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.tables.endpoints import GATEWAYS

HTTPS = 443


class Endpoints(Construct):
    """An endpoint for each service: a gateway where there is one, else an interface in each zone.

    https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        services: Sequence[str],
        *,
        cluster: Identity,
        vpc: Vpc,
        ranges: Sequence[str],
        subnet_ids: list[str],
        route_table_ids: Sequence[str],
    ) -> None:
        """Make those of `services`; gateways for `route_table_ids`, interfaces in `subnet_ids`.

        Whoever is in `ranges`, all of the VPC's, reaches the interfaces.
        """
        super().__init__(scope, id_)
        name = f"{cluster.name}-endpoints"
        group = None
        if set(services) - set(GATEWAYS):
            group = SecurityGroup(
                self,
                "aws_security_group.endpoints",
                name=name,
                description="VPC endpoints of AWS services",
                vpc_id=vpc.id,
                ingress=[
                    SecurityGroupIngress(
                        protocol="tcp",
                        from_port=HTTPS,
                        to_port=HTTPS,
                        cidr_blocks=list(ranges),
                        description="The VPC reaches AWS services",
                    )
                ],
                tags={"Name": name},
            )
        self.made = []
        for service in services:
            gateway = service in GATEWAYS
            self.made.append(
                VpcEndpoint(
                    self,
                    f"aws_vpc_endpoint.{service.replace('.', '-')}",
                    vpc_id=vpc.id,
                    service_name=naming.endpoint_service(cluster.region, service),
                    vpc_endpoint_type="Gateway" if gateway else "Interface",
                    route_table_ids=list(route_table_ids) if gateway else None,
                    subnet_ids=None if gateway else subnet_ids,
                    security_group_ids=None if gateway or group is None else [group.id],
                    private_dns_enabled=None if gateway else True,
                    tags={"Name": f"{cluster.name}-{service}"},
                )
            )
        TerraformOutput(
            self,
            "output.vpc_endpoints",
            value=list(services),
            description="AWS services that are reached inside the VPC",
        )
