"""cluster-autoscaler: as many nodes as the pods need."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from constructs_lib.spec.section import Section, matching


class ClusterAutoscalerSpec(Section):
    """The Deployment that sets how many nodes the groups have, between `min_size` and `max_size`.

    https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
    """

    enabled: bool = False
    """Whether Terraform applies `manifests/cluster-autoscaler.yaml` and makes its role, which
    reaches no groups but the cluster's. Off by default."""

    image: (
        Annotated[
            str,
            matching(
                r"[a-z0-9][\w.:/-]*:[\w][\w.-]{0,127}",
                "is not an image with a tag",
                "write one like registry.k8s.io/autoscaling/cluster-autoscaler:v1.36.1",
            ),
        ]
        | None
    ) = None
    """Image to run, with its tag, such as a copy in ECR. By default that of
    registry.k8s.io for the cluster's version (`constructs_lib/tables/cluster_autoscaler.py`)."""


def _in_one_word(value: Any) -> Any:
    """The short form: ``cluster_autoscaler: true``."""
    return {"enabled": value} if isinstance(value, bool) else value


ClusterAutoscaler = Annotated[
    ClusterAutoscalerSpec,
    BeforeValidator(_in_one_word, json_schema_input_type=bool | ClusterAutoscalerSpec),
]
