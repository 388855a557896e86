"""How the zones of a VPC made here get their subnets: by their place in the list, or by name."""

from collections.abc import Mapping, Sequence
from typing import Any

from cdktf import Fn, Op, TerraformCount, TerraformIterator, TerraformLocal, Token
from cdktf_cdktf_provider_aws.subnet import Subnet
from constructs import Construct

from constructs_lib.identity import Identity
from constructs_lib.spec import NetworkingSpec, ZoneSubnetsSpec
from constructs_lib.terraform.addresses import every, every_value


class Numbered:
    """Subnets by their zone's place in the list, as the chapter has them: ``private[0]``.

    Their ranges are cut from the VPC's.
    """

    def __init__(self, spec: NetworkingSpec, range_: str, cluster: Identity) -> None:
        """Cut `range_`, the VPC's, as `spec` says."""
        self._zones = cluster.zones
        self._count = TerraformCount.of(Token.as_number(Fn.length_of(cluster.zones)))
        number = self._count.index
        behind_the_public = Token.as_number(Op.add(number, 1))
        self._ranges = {
            "public": Fn.cidrsubnet(range_, spec.public_newbits, number),
            "private": Fn.cidrsubnet(range_, spec.private_newbits, behind_the_public),
        }
        if len(spec.pod_cidrs) == 1:
            self._ranges["pods"] = Fn.cidrsubnet(spec.pod_cidrs[0], spec.private_newbits, number)
        elif spec.pod_cidrs:
            self._ranges["pods"] = Token.as_string(Fn.element(list(spec.pod_cidrs), number))

    def each(self) -> dict[str, Any]:
        """What makes a resource one for each zone."""
        return {"count": self._count}

    def subnet(self, kind: str) -> dict[str, Any]:
        """Zone and range of the subnet of `kind` in each zone."""
        zone = Token.as_string(Fn.element(self._zones, self._count.index))
        return {"availability_zone": zone, "cidr_block": self._ranges[kind]}

    def ids(self, subnets: Subnet) -> list[str]:
        """The ids of `subnets`, in the order of the zones."""
        return every(subnets, "id")

    def id_in(self, subnets: Subnet, number: int) -> str:
        """The id of that of `subnets` in the zone of a number."""
        return Token.as_string(Fn.element(self.ids(subnets), number))

    def id_in_each(self, subnets: Subnet) -> str:
        """The id of that of `subnets` in each zone."""
        return Token.as_string(Fn.element(self.ids(subnets), self._count.index))

    def table_in_each(self, tables: Sequence[str]) -> str:
        """The route table of each zone: the one there is, or that of its number."""
        if len(tables) == 1:
            return tables[0]
        return Token.as_string(Fn.element(list(tables), self._count.index))

    def listed(self, subnets: Subnet) -> str:
        """The expression of `subnets` as a list."""
        return subnets.node.id

    def id_by_zone(self, subnets: Subnet) -> str:
        """The ids of `subnets` by zone, as an expression of Terraform's."""
        return f"zipmap(var.availability_zones, {subnets.node.id}[*].id)"


class Keyed:
    """Subnets by their zone's name, in ranges of the spec: ``aws_subnet.private["us-west-2a"]``.

    A zone may be added or taken away at any place without a word to the others
    (docs/adr/0030-subnets-by-zone.md).
    """

    def __init__(
        self, scope: Construct, subnets: Mapping[str, ZoneSubnetsSpec], cluster: Identity
    ) -> None:
        """Take the ranges of `subnets`, by zone."""
        self._scope = scope
        self._zones = list(subnets)
        self._each = TerraformIterator.from_list(cluster.zones)
        for kind in ("public", "private", "pods"):
            ranges = {zone: getattr(spec, kind) for zone, spec in subnets.items()}
            if any(ranges.values()):
                TerraformLocal(scope, f"local.{kind}_ranges", ranges)

    def each(self) -> dict[str, Any]:
        """What makes a resource one for each zone."""
        return {"for_each": self._each}

    def subnet(self, kind: str) -> dict[str, Any]:
        """Zone and range of the subnet of `kind` in each zone."""
        return {
            "availability_zone": "${each.key}",
            "cidr_block": f"${{local.{kind}_ranges[each.key]}}",
        }

    def ids(self, subnets: Subnet) -> list[str]:
        """The ids of `subnets`, in the order of the zones' names."""
        return every_value(subnets, "id")

    def id_in(self, subnets: Subnet, number: int) -> str:
        """The id of that of `subnets` in the zone of a number."""
        return f'${{{subnets.node.id}["{self._zones[number]}"].id}}'

    def id_in_each(self, subnets: Subnet) -> str:
        """The id of that of `subnets` in each zone."""
        return f"${{{subnets.node.id}[each.key].id}}"

    def table_in_each(self, tables: Sequence[str]) -> str:
        """The route table of each zone: the one there is, or its own."""
        if len(tables) == 1:
            return tables[0]
        own = dict(zip(self._zones, tables, strict=True))
        TerraformLocal(self._scope, "local.private_tables", own)
        return "${local.private_tables[each.key]}"

    def listed(self, subnets: Subnet) -> str:
        """The expression of `subnets` as a list."""
        return f"values({subnets.node.id})"

    def id_by_zone(self, subnets: Subnet) -> str:
        """The ids of `subnets` by zone, as an expression of Terraform's."""
        return f"{{for zone, subnet in {subnets.node.id} : zone => subnet.id}}"
