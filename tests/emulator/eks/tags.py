"""Tags of everything that EKS names by ARN."""

from collections.abc import Iterator

from .errors import EksError
from .model import EksRequest, Json


def list_tags(request: EksRequest, arn: str) -> Json:
    return {"tags": _tags_of(request, arn)}


def tag_resource(request: EksRequest, arn: str) -> Json:
    _tags_of(request, arn).update(request.required("tags"))
    return {}


def untag_resource(request: EksRequest, arn: str) -> Json:
    tags = _tags_of(request, arn)
    for key in request.query.get("tagKeys", []):
        tags.pop(key, None)
    return {}


def _tags_of(request: EksRequest, arn: str) -> dict[str, str]:
    for resource_arn, resource in _resources(request):
        if resource_arn == arn:
            tags: dict[str, str] = resource["tags"]
            return tags
    raise EksError("NotFoundException", f"Resource was not found: {arn}", 404)


def _resources(request: EksRequest) -> Iterator[tuple[str, Json]]:
    for cluster in request.clusters.values():
        yield cluster.description["arn"], cluster.description
        for kind, resources in (
            ("nodegroupArn", cluster.node_groups),
            ("addonArn", cluster.addons),
            ("accessEntryArn", cluster.access_entries),
            ("associationArn", cluster.pod_identity_associations),
            ("fargateProfileArn", cluster.fargate_profiles),
            ("identityProviderConfigArn", cluster.identity_providers),
        ):
            for resource in resources.values():
                yield resource[kind], resource
