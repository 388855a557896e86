"""Where the nodes of a group stand, and who reaches them."""

import json

from cdktf import Fn, TerraformIterator, Token
from cdktf_cdktf_provider_aws.data_aws_security_group import DataAwsSecurityGroup
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from constructs import Construct

from constructs_lib import naming
from constructs_lib.identity import Identity
from constructs_lib.networking import Networking
from constructs_lib.networking.existing import after, ids_of, subnets_by_id
from constructs_lib.security_groups import SecurityGroups, open_nodes
from constructs_lib.spec import FargateSpec, NodeGroupSpec
from constructs_lib.terraform.addresses import every_value


def subnet_ids(
    scope: Construct, key: str, spec: NodeGroupSpec | FargateSpec, network: Networking
) -> list[str]:
    """The private subnets, those in the zones of the group `key`, or its own."""
    if spec.subnet_ids is not None:
        found = subnets_by_id(
            scope,
            naming.node_group_address(key),
            list(spec.subnet_ids),
            key=f"node_groups.{key}.subnet_ids",
            vpc=network.vpc,
        )
        return ids_of(found)
    if spec.availability_zones is None:
        return network.private_subnet_ids
    # a construct's id is its address
    return Token.as_list(
        f"${{[for subnet in {network.private_subnets.node.id} : subnet.id "
        f"if contains({json.dumps(spec.availability_zones)}, subnet.availability_zone)]}}"
    )


def security_group_ids(
    scope: Construct,
    key: str,
    spec: NodeGroupSpec,
    *,
    cluster: Identity,
    network: Networking,
    groups: SecurityGroups,
) -> list[str]:
    """The security group of all nodes, that of the group `key`, if it has one, and the owner's.

    The first alone has the cluster's tag, and opens the way out.
    """
    ids: list[str] = [groups.nodes.id]
    address, name = naming.node_group_address(key), naming.node_group(cluster.name, key)
    if spec.ingress is not None:
        own = SecurityGroup(
            scope,
            f"aws_security_group.{address}",
            name=name,
            description=f"Nodes of the group {key}",
            vpc_id=network.vpc.id,
            tags={"Name": name},
        )
        open_nodes(scope, address, spec.ingress, own)
        ids.append(own.id)
    if spec.security_group_ids:
        owners = _owners(scope, key, spec, cluster, network)
        return Token.as_list(Fn.concat([ids, owners]))
    return ids


def _owners(
    scope: Construct, key: str, spec: NodeGroupSpec, cluster: Identity, network: Networking
) -> list[str]:
    """The ids of the owner's security groups.

    A plan ends where one would keep nodes from starting, or load balancers from reaching them.
    https://github.com/kubernetes/kubernetes/issues/73906
    """
    each = TerraformIterator.from_list(list(spec.security_group_ids))
    where = f"node_groups.{key}.security_group_ids"
    tag = naming.cluster_tag("%s")
    found = DataAwsSecurityGroup(
        scope,
        f"data.aws_security_group.{naming.node_group_address(key)}",
        for_each=each,
        id=Token.as_string(each.value),
        lifecycle=after(
            (
                f"self.vpc_id == {network.vpc.node.id}.id",
                f"{where}: ${{self.id}} is of another VPC, ${{self.vpc_id}}",
            ),
            (
                f'!contains(keys(self.tags), format("{tag}", {cluster.name}))',
                f"{where}: ${{self.id}} has the tag {cluster.tag}, which one security group of a "
                "node may have, the cluster's; take the tag away",
            ),
        ),
    )
    return every_value(found, "id")
