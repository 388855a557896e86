"""Which add-ons of EKS get a role that is made here."""

from constructs_lib.spec.cluster import ClusterSpec
from constructs_lib.tables import addon_identities


def gets_a_role(spec: ClusterSpec, addon: str) -> bool:
    """Whether the pods of an add-on get a role by Pod Identity or, without that, by IRSA.

    Not where the spec names a role of the owner's, and not without a way.
    """
    if addon not in addon_identities.POLICIES or addon not in spec.addons:
        return False
    by = spec.gives_roles_by("eks_pod_identity") or spec.gives_roles_by("irsa")
    return by and spec.addons[addon].service_account_role_arn is None
