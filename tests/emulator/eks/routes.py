"""Which operation answers which path, and how moto's server hands a call over."""

import json
import os
import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from moto.eks import urls

from . import access, addons, clusters, fargate, identity_providers, node_groups, tags
from .errors import EksError
from .model import EksModel, EksRequest, Json

Operation = Callable[..., Json]

# "*" is one part of the path, URL-encoded, and becomes one argument of the operation.
OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/cluster-versions"): clusters.describe_cluster_versions,
    ("POST", "/clusters"): clusters.create_cluster,
    ("GET", "/clusters"): clusters.list_clusters,
    ("GET", "/clusters/*"): clusters.describe_cluster,
    ("DELETE", "/clusters/*"): clusters.delete_cluster,
    ("POST", "/clusters/*/update-config"): clusters.update_cluster_config,
    ("POST", "/clusters/*/updates"): clusters.update_cluster_version,
    ("GET", "/clusters/*/updates"): clusters.list_updates,
    ("GET", "/clusters/*/updates/*"): clusters.describe_update,
    ("POST", "/clusters/*/encryption-config/associate"): clusters.associate_encryption_config,
    ("POST", "/clusters/*/node-groups"): node_groups.create_node_group,
    ("GET", "/clusters/*/node-groups"): node_groups.list_node_groups,
    ("GET", "/clusters/*/node-groups/*"): node_groups.describe_node_group,
    ("DELETE", "/clusters/*/node-groups/*"): node_groups.delete_node_group,
    ("POST", "/clusters/*/node-groups/*/update-config"): node_groups.update_node_group_config,
    ("POST", "/clusters/*/node-groups/*/update-version"): node_groups.update_node_group_version,
    ("POST", "/clusters/*/access-entries"): access.create_access_entry,
    ("GET", "/clusters/*/access-entries"): access.list_access_entries,
    ("GET", "/clusters/*/access-entries/*"): access.describe_access_entry,
    ("POST", "/clusters/*/access-entries/*"): access.update_access_entry,
    ("DELETE", "/clusters/*/access-entries/*"): access.delete_access_entry,
    ("POST", "/clusters/*/access-entries/*/access-policies"): access.associate_access_policy,
    ("GET", "/clusters/*/access-entries/*/access-policies"): (
        access.list_associated_access_policies
    ),
    ("DELETE", "/clusters/*/access-entries/*/access-policies/*"): (
        access.disassociate_access_policy
    ),
    ("GET", "/addons/supported-versions"): addons.describe_addon_versions,
    ("POST", "/clusters/*/addons"): addons.create_addon,
    ("GET", "/clusters/*/addons"): addons.list_addons,
    ("GET", "/clusters/*/addons/*"): addons.describe_addon,
    ("DELETE", "/clusters/*/addons/*"): addons.delete_addon,
    ("POST", "/clusters/*/addons/*/update"): addons.update_addon,
    ("POST", "/clusters/*/pod-identity-associations"): addons.create_association,
    ("GET", "/clusters/*/pod-identity-associations"): addons.list_associations,
    ("GET", "/clusters/*/pod-identity-associations/*"): addons.describe_association,
    ("POST", "/clusters/*/pod-identity-associations/*"): addons.update_association,
    ("DELETE", "/clusters/*/pod-identity-associations/*"): addons.delete_association,
    ("POST", "/clusters/*/fargate-profiles"): fargate.create_profile,
    ("GET", "/clusters/*/fargate-profiles"): fargate.list_profiles,
    ("GET", "/clusters/*/fargate-profiles/*"): fargate.describe_profile,
    ("DELETE", "/clusters/*/fargate-profiles/*"): fargate.delete_profile,
    ("POST", "/clusters/*/identity-provider-configs/associate"): identity_providers.associate,
    ("GET", "/clusters/*/identity-provider-configs"): identity_providers.list_configs,
    ("POST", "/clusters/*/identity-provider-configs/describe"): identity_providers.describe,
    ("POST", "/clusters/*/identity-provider-configs/disassociate"): (
        identity_providers.disassociate
    ),
    ("GET", "/tags/*"): tags.list_tags,
    ("POST", "/tags/*"): tags.tag_resource,
    ("DELETE", "/tags/*"): tags.untag_resource,
}

# One call at a time: the server is threaded, the model is plain dictionaries.
LOCK = threading.Lock()


def install(model: EksModel) -> None:
    """Put this EKS in the place of moto's, before moto's server builds its URL map."""

    def answer(request: Any, _full_url: str, headers: Any) -> tuple[int, dict[str, str], str]:
        return _answer(model, request, headers)

    urls.url_paths.clear()
    for path in ("clusters$", "clusters/(?P<rest>.+)$", "tags/(?P<rest>.+)$"):
        urls.url_paths["{0}/" + path] = answer
    for path in ("addons/(?P<rest>.+)$", "cluster-versions$"):
        urls.url_paths["{0}/" + path] = answer


def _answer(model: EksModel, request: Any, headers: Any) -> tuple[int, dict[str, str], str]:
    # The path as it was sent: an ARN in it has encoded slashes, which werkzeug has decoded.
    url = urlsplit(request.environ["REQUEST_URI"])
    response_headers = {"Content-Type": "application/json"}
    try:
        operation, arguments = find_operation(request.method, url.path.rstrip("/"))
        call = EksRequest(
            model=model,
            region=_region(headers),
            body=json.loads(request.get_data() or b"{}"),
            query=parse_qs(url.query),
            key=_key(headers),
        )
        with LOCK:
            return 200, response_headers, json.dumps(operation(call, *arguments))
    except EksError as error:
        response_headers["x-amzn-ErrorType"] = error.code
        return error.status, response_headers, json.dumps({"message": error.message})


def find_operation(method: str, path: str) -> tuple[Operation, list[str]]:
    for (operation_method, pattern), operation in OPERATIONS.items():
        match = re.fullmatch(pattern.replace("*", "([^/]+)"), path)
        if match and method == operation_method:
            return operation, [unquote(part) for part in match.groups()]
    # 400, not 5xx: the provider tries a 5xx 25 times over.
    raise EksError("NotImplementedException", f"the emulated EKS has no {method} {path}", 400)


def _key(headers: Any) -> str:
    """Read the access key that the call was signed with."""
    signed = re.search(r"Credential=([^/]+)/", headers.get("Authorization", ""))
    return signed.group(1) if signed else ""


def _region(headers: Any) -> str:
    """Read the region that the call was signed for."""
    signed = re.search(r"Credential=[^/]+/\d+/([^/]+)/", headers.get("Authorization", ""))
    return signed.group(1) if signed else os.environ.get("AWS_REGION", "us-east-1")
