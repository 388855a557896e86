"""How many pods a node may run, where the network gives them other addresses than usual."""

from collections.abc import Iterable

from cdktf import TerraformLocal
from cdktf_cdktf_provider_aws.data_aws_ec2_instance_type import DataAwsEc2InstanceType
from constructs import Construct

from constructs_lib.spec import NetworkingSpec, NodeGroupSpec
from constructs_lib.tables import cni


class MaxPods(Construct):
    """The pods that each instance type carries, worked out from what EC2 says of it.

    A node counts by itself, but knows nothing of custom networking and prefixes; it has to be told
    at its start.
    """

    def __init__(
        self, scope: Construct, id_: str, network: NetworkingSpec, specs: Iterable[NodeGroupSpec]
    ) -> None:
        """Look up each type of `specs` once; none where nodes count right, or are told a number."""
        super().__init__(scope, id_)
        self._by_type: dict[str, str] = {}
        custom, prefixes = network.has_pod_subnets, network.pods_per_node == "high"
        if not custom and not prefixes:
            return
        for type_ in {type_: None for s in specs if s.max_pods is None for type_ in s.types}:
            name = type_.replace(".", "-")
            found = DataAwsEc2InstanceType(
                self, f"data.aws_ec2_instance_type.{name}", instance_type=type_
            )
            pods = cni.pods(found.node.id, custom_networking=custom, prefixes=prefixes)
            TerraformLocal(self, f"local.max_pods_{name}", f"${{{pods}}}")
            self._by_type[type_] = f"local.max_pods_{name}"

    def of(self, spec: NodeGroupSpec) -> int | str | None:
        """The limit of a group's nodes: its own, that of the smallest of its types, or none."""
        if spec.max_pods is not None or not self._by_type:
            return spec.max_pods
        smallest = ", ".join(self._by_type[type_] for type_ in spec.types)
        return f"${{min({smallest})}}"
