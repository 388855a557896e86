"""Controllers of others that call AWS: their roles, for charts that are yours."""

from typing import Annotated

from pydantic import Strict

from constructs_lib.spec.networking import HostedZoneId
from constructs_lib.spec.section import Section
from constructs_lib.spec.types import UNIQUE
from constructs_lib.tables.controllers import EXTERNAL_DNS, KARPENTER, LOAD_BALANCERS


class ControllersSpec(Section):
    """Roles for controllers that you install: the role, its policy and its association alone.

    The policies are those that the vendors publish, bound to this cluster
    (`constructs_lib/tables/controllers.py`); the charts are yours.
    """

    load_balancers: bool = False
    """Whether there is a role for aws-load-balancer-controller: pods with the service account
    `aws-load-balancer-controller` in `kube-system`. Off by default."""

    external_dns_zones: Annotated[tuple[HostedZoneId, ...], Strict(False), UNIQUE] = ()
    """Ids of the hosted zones in which external-dns may write, with a role for pods with the
    service account `external-dns` in `external-dns`; the add-on of that name runs there too. None
    by default."""

    karpenter: bool = False
    """Whether there is a role for Karpenter: pods with the service account `karpenter` in
    `kube-system`. Its nodes get the role and the instance profile of the cluster's own nodes. Off
    by default."""

    def wanted(self) -> tuple[str, ...]:
        """The names that roles and associations of these have."""
        asked = {
            LOAD_BALANCERS: self.load_balancers,
            EXTERNAL_DNS: bool(self.external_dns_zones),
            KARPENTER: self.karpenter,
        }
        return tuple(name for name, there in asked.items() if there)
