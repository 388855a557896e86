"""EKS Auto Mode: switched off whole, in part, or one of its node pools."""

from __future__ import annotations

from typing import Any

from .build import found, reviewed, same, update

Json = Any
GROUP = {"cluster_name": "prod", "scaling_config": [{"max_size": 3}]}


def cluster(*, compute: bool, others: bool, pools: tuple[str, ...] = ("system",)) -> Json:
    return {
        "name": "prod",
        "compute_config": [{"enabled": compute, "node_pools": list(pools)}],
        "kubernetes_network_config": [{"elastic_load_balancing": [{"enabled": others}]}],
        "storage_config": [{"block_storage": [{"enabled": others}]}],
    }


ON = cluster(compute=True, others=True)
OFF = cluster(compute=False, others=False, pools=())


def test_auto_mode_switched_off_is_an_outage_unless_other_nodes_are_there() -> None:
    alone = reviewed(update("aws_eks_cluster.x", ON, **OFF))
    assert found(alone) == [("EKS27", "outage")]
    assert "load balancers" in alone.findings[0].why
    beside = reviewed(update("aws_eks_cluster.x", ON, **OFF), same("aws_eks_node_group.a", GROUP))
    assert found(beside) == [("EKS27", "disruption")]
    assert "`aws_eks_node_group.a`" in beside.findings[0].why
    of_another = {**GROUP, "cluster_name": "test"}
    apart = reviewed(
        update("aws_eks_cluster.x", ON, **OFF), same("aws_eks_node_group.a", of_another)
    )
    assert found(apart) == [("EKS27", "outage")]


def test_auto_mode_switched_on_is_routine() -> None:
    assert found(reviewed(update("aws_eks_cluster.x", OFF, **ON))) == []


def test_a_node_pool_that_goes_is_a_disruption_and_one_that_comes_is_not() -> None:
    both = cluster(compute=True, others=True, pools=("general-purpose", "system"))
    result = reviewed(update("aws_eks_cluster.x", both, **ON))
    assert found(result) == [("EKS27", "disruption")]
    assert "`general-purpose`" in result.findings[0].title
    assert found(reviewed(update("aws_eks_cluster.x", ON, **both))) == []


def test_the_three_parts_go_together() -> None:
    torn = cluster(compute=False, others=True, pools=())
    result = reviewed(update("aws_eks_cluster.x", ON, **torn))
    assert ("EKS28", "will-fail") in found(result)
    assert found(reviewed(update("aws_eks_cluster.x", torn, tags={"a": "b"}))) == []
    lacking = {"compute_config": [{"enabled": True, "node_pools": ["system"]}]}
    half = reviewed(
        update(
            "aws_eks_cluster.x",
            {
                "name": "prod",
                **lacking | {"compute_config": [{"enabled": False, "node_pools": []}]},
            },
            **lacking,
        )
    )
    assert found(half) == [("EKS28", "will-fail")]
