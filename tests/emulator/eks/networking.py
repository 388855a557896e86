"""What EKS asks of a VPC, and the network interfaces that it puts there."""

import ipaddress
import secrets
from collections.abc import Iterable
from typing import Any

from moto.ec2.exceptions import (
    DependencyViolationError,
    InvalidNetworkInterfaceIdError,
    InvalidSubnetIdError,
)

from .errors import invalid_parameter
from .model import Cluster, EksRequest, Json

SERVICE_CIDRS = ("172.20.0.0/16", "10.100.0.0/16")


def find_subnets(request: EksRequest, subnet_ids: Iterable[str]) -> list[Any]:
    return [_find_subnet(request, subnet_id) for subnet_id in subnet_ids]


def _find_subnet(request: EksRequest, subnet_id: str) -> Any:
    try:
        return request.ec2.get_subnet(subnet_id)
    except InvalidSubnetIdError:
        raise invalid_parameter(f"The subnet ID '{subnet_id}' does not exist") from None


def vpc_of(subnets: list[Any]) -> str:
    """Name the one VPC of subnets that can carry a control plane."""
    vpc_ids = {subnet.vpc_id for subnet in subnets}
    if len(vpc_ids) > 1:
        raise invalid_parameter("Subnets specified must belong to the same VPC")
    if len(zones_of(subnets)) < 2:
        raise invalid_parameter("Subnets specified must be in at least two different AZs")
    return str(vpc_ids.pop())


def zones_of(subnets: list[Any]) -> set[str]:
    return {subnet.availability_zone for subnet in subnets}


def check_security_groups(request: EksRequest, group_ids: Iterable[str], vpc_id: str) -> None:
    for group_id in group_ids:
        group = request.ec2.get_security_group_from_id(group_id)
        if group is None:
            raise invalid_parameter(f"The security group '{group_id}' does not exist")
        if group.vpc_id != vpc_id:
            raise invalid_parameter(f"Security group(s) [{group_id}] are not in VPC {vpc_id}")


def check_same_vpc_and_zones(cluster: Cluster, subnets: list[Any]) -> None:
    """Hold new subnets against the cluster's birth: its VPC and its zones are for life."""
    vpc_id = cluster.description["resourcesVpcConfig"]["vpcId"]
    if {subnet.vpc_id for subnet in subnets} != {vpc_id}:
        raise invalid_parameter(f"Provided subnets must belong to the cluster's VPC {vpc_id}")
    if zones_of(subnets) != cluster.zones:
        raise invalid_parameter(
            f"Provided subnets belong to the AZs {_listed(zones_of(subnets))}. But they should "
            f"belong to the exact set of AZs {_listed(cluster.zones)} in which subnets were "
            "provided during cluster creation."
        )


def _listed(zones: set[str]) -> str:
    return f"[{', '.join(sorted(zones))}]"


def choose_service_cidr(request: EksRequest, vpc_id: str, wanted: str | None) -> str:
    """Take the wanted service CIDR, or the first of EKS's own that the VPC leaves free."""
    vpc = request.ec2.get_vpc(vpc_id)
    vpc_networks = [ipaddress.ip_network(block) for block in _cidr_blocks(vpc)]
    for candidate in [wanted] if wanted else SERVICE_CIDRS:
        network = ipaddress.ip_network(candidate)
        if not any(network.overlaps(vpc_network) for vpc_network in vpc_networks):
            return candidate
    raise invalid_parameter(f"The service CIDR {wanted or SERVICE_CIDRS} overlaps the VPC's CIDR")


def _cidr_blocks(vpc: Any) -> list[str]:
    return [association["cidr_block"] for association in vpc.cidr_block_association_set]


def create_cluster_security_group(request: EksRequest, cluster_name: str, vpc_id: str) -> str:
    """Make the group that EKS puts on the control plane and on managed nodes."""
    group = request.ec2.create_security_group(
        f"eks-cluster-sg-{cluster_name}-{secrets.randbelow(10**9)}",
        "EKS created security group applied to ENI that is attached to EKS Control Plane master "
        "nodes, as well as any managed workloads.",
        vpc_id=vpc_id,
        tags={
            "Name": f"eks-cluster-sg-{cluster_name}",
            f"kubernetes.io/cluster/{cluster_name}": "owned",
        },
    )
    request.ec2.authorize_security_group_ingress(
        group.id, "-1", None, None, [], source_groups=[{"GroupId": group.id}]
    )
    return str(group.id)


def place_interfaces(request: EksRequest, cluster: Cluster) -> None:
    """Put the control plane's interfaces in its subnets, in place of the old ones.

    EKS spreads two to four over the subnets as it likes. Here each subnet gets one, so that
    deleting a subnet or a security group under a living cluster is refused every time.
    """
    remove_interfaces(request, cluster)
    vpc_config: Json = cluster.description["resourcesVpcConfig"]
    groups = [vpc_config["clusterSecurityGroupId"], *vpc_config["securityGroupIds"]]
    for subnet_id in vpc_config["subnetIds"]:
        interface = request.ec2.create_network_interface(
            subnet_id, None, group_ids=groups, description=f"Amazon EKS {cluster.name}"
        )
        interface.requester_managed = True
        interface.status = "in-use"
        cluster.interface_ids.append(interface.id)


def remove_interfaces(request: EksRequest, cluster: Cluster) -> None:
    for interface_id in cluster.interface_ids:
        try:
            request.ec2.delete_network_interface(interface_id)
        except InvalidNetworkInterfaceIdError:
            continue
    cluster.interface_ids.clear()


def delete_cluster_security_group(request: EksRequest, cluster: Cluster) -> None:
    """Delete it unless nodes still wear it: then EKS, too, leaves it behind."""
    group_id = cluster.description["resourcesVpcConfig"]["clusterSecurityGroupId"]
    if request.ec2.get_security_group_from_id(group_id) is None:
        return
    try:
        request.ec2.delete_security_group(group_id=group_id)
    except DependencyViolationError:
        return
