"""A Kubernetes API for one test: an HTTPS server that the real kubectl takes for a cluster.

It serves what kubectl asks for: discovery, the openapi document that its validation reads, get,
list, watch, create, apply (client-side, server-side, dry run), diff, delete, rollout status, wait.
It checks the token, so that a test sees whether `aws eks get-token` was asked.

Not served: the protobuf that `kubectl create namespace` and the like send (415), and the kinds of
custom resource definitions.
"""

import contextlib
import json
import re
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.servers import Handler, Loopback, Server

from .certificates import write_certificates
from .kubernetes_objects import KubernetesError, ObjectStore
from .kubernetes_resources import BY_URL, RESOURCES, Json, Resource, discovery_documents

EKS_TOKEN_PREFIX = "k8s-aws-v1."  # noqa: S105 - what `aws eks get-token` puts before each token
OBJECT_PATH = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group_version>[^/]+/[^/]+))"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?"
)


@dataclass(frozen=True)
class ApiRequest:
    """A request as it was received, and the HTTP status that it got."""

    method: str
    path: str
    query: dict[str, str]
    content_type: str
    token: str
    body: str
    status: int


class KubernetesApi(Server):
    """A cluster's API that begins with `with` and ends with it.

        with AwsEmulator() as aws, KubernetesApi() as kubernetes:
            aws.serve_clusters_at(kubernetes.url, kubernetes.ca_path)
            subprocess.run(["terraform", "apply"], env=aws.environment(os.environ))
            assert kubernetes.get("ConfigMap", "aws-auth", "kube-system")

    Several can run at once; each takes a free port of this machine and makes its own CA.
    """

    def __init__(self, version: str = "1.36", token_prefix: str = EKS_TOKEN_PREFIX) -> None:
        self.version = version
        self.token_prefix = token_prefix
        self.url = ""
        self.ca_path = Path()
        self._documents = discovery_documents(version)
        self._lock = threading.RLock()
        self._refusals_left = 0
        self._server: _Server | None = None
        self.clear()

    # Life

    def begin(self) -> None:
        self.ca_path, certificate = write_certificates(self.directory)
        self._server = _Server(certificate, self._answer)
        self._server.start()
        self.url = self._server.url

    def end(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def clear(self) -> None:
        """Forget all objects and requests, and what is left of `refuse_next`."""
        with self._lock:
            self._store = ObjectStore()
            self._requests: list[ApiRequest] = []
            self._refusals_left = 0

    # What a test tells it

    def put(self, document: Json) -> None:
        """Store an object as if somebody had created it before the test."""
        resource = _resource_of_kind(document["kind"])
        namespace = document["metadata"].get("namespace", "default") if resource.namespaced else ""
        with self._lock:
            self._store.create(resource, namespace, document, {})

    def refuse_next(self, count: int) -> None:
        """Answer the next requests with 503, as a control plane does that is not up yet."""
        with self._lock:
            self._refusals_left = count

    # What a test asks it

    def objects(self) -> list[Json]:
        """List all objects, those that it began with (four namespaces) too."""
        with self._lock:
            return self._store.all()

    def get(self, kind: str, name: str, namespace: str = "") -> Json | None:
        """Give one object, or None."""
        with self._lock, contextlib.suppress(KubernetesError):
            return self._store.get(_resource_of_kind(kind), namespace, name)
        return None

    def requests(self) -> list[ApiRequest]:
        with self._lock:
            return list(self._requests)

    def write_kubeconfig(self, path: Path) -> Path:
        """Write a kubeconfig that leads here with a fixed token, for kubectl without AWS."""
        cluster = {"server": self.url, "certificate-authority": str(self.ca_path)}
        user = {"token": self.token_prefix + "fixed"}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "emulator", "cluster": cluster}],
            "users": [{"name": "emulator", "user": user}],
            "contexts": [
                {"name": "emulator", "context": {"cluster": "emulator", "user": "emulator"}}
            ],
            "current-context": "emulator",
        }
        path.write_text(json.dumps(config))
        return path

    # How it answers

    def _answer(self, call: "_Call") -> tuple[int, bytes]:
        with self._lock:
            try:
                status, answer = self._route(call)
            except KubernetesError as error:
                status, answer = error.status, error.document()
            self._requests.append(call.recorded(status))
        return status, answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    def _route(self, call: "_Call") -> tuple[int, Json | bytes]:
        if self._refusals_left:
            self._refusals_left -= 1
            raise KubernetesError(503, "ServiceUnavailable", "the API is not up yet")
        if not call.token.startswith(self.token_prefix):
            raise KubernetesError(401, "Unauthorized", "Unauthorized")
        if call.path in ("/healthz", "/livez", "/readyz"):
            return 200, b"ok"
        if call.path == "/openapi/v2":
            # Protobuf, and empty: kubectl checks nothing itself. It asks for a `kind: List` only.
            return 200, b""
        if call.path in self._documents:
            return 200, self._documents[call.path]
        if "protobuf" in call.content_type:
            message = "this emulator reads JSON only: use kubectl apply"
            raise KubernetesError(415, "UnsupportedMediaType", message)
        match = OBJECT_PATH.fullmatch(call.path)
        resource = match and BY_URL.get((match["core"] or match["group_version"], match["plural"]))
        if not match or not resource:
            message = "the server could not find the requested resource"
            raise KubernetesError(404, "NotFound", message)
        return self._object(call, resource, match["namespace"] or "", match["name"] or "")

    def _object(
        self, call: "_Call", resource: Resource, namespace: str, name: str
    ) -> tuple[int, Json | bytes]:
        store, options = self._store, call.query
        if call.method == "GET" and name:
            return 200, store.get(resource, namespace, name)
        if call.method == "GET":
            found = store.list(resource, namespace, options)
            return 200, _watch_events(found) if options.get("watch") in ("1", "true") else found
        if call.method == "POST":
            return 201, store.create(resource, namespace, call.document(), options)
        if call.method == "PUT":
            return 200, store.replace(resource, namespace, call.document(), options)
        if call.method == "PATCH":
            return 200, store.patch(
                resource,
                namespace,
                name,
                patch=call.document(),
                patch_type=call.content_type,
                options=options,
            )
        if call.method == "DELETE" and name:
            return 200, store.delete(resource, namespace, name, options)
        raise KubernetesError(405, "MethodNotAllowed", f"{call.method} is not supported here")


def _resource_of_kind(kind: str) -> Resource:
    return next(resource for resource in RESOURCES if resource.kind == kind)


def _watch_events(found: Json) -> bytes:
    """Tell what there is, then let the stream end; kubectl asks again if it needs to."""
    events = [{"type": "ADDED", "object": each} for each in found["items"]]
    return "".join(json.dumps(event) + "\n" for event in events).encode()


@dataclass(frozen=True)
class _Call:
    method: str
    path: str
    query: dict[str, str]
    content_type: str
    token: str
    body: str

    def document(self) -> Json:
        try:
            document = json.loads(self.body)
        except ValueError as error:
            raise KubernetesError(400, "BadRequest", f"not JSON: {error}") from None
        if not isinstance(document, dict):
            raise KubernetesError(400, "BadRequest", "not an object")
        return document

    def recorded(self, status: int) -> ApiRequest:
        return ApiRequest(**vars(self), status=status)


class _Server(Loopback):
    """HTTPS on a free port of this machine."""

    def __init__(self, certificate: Path, answer: Callable[[_Call], tuple[int, bytes]]) -> None:
        super().__init__(_Handler)
        self.answer = answer
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"https://127.0.0.1:{self.server_port}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands here, in the connection's own thread: a slow client holds up nobody."""
        request.settimeout(60)
        try:
            secured = self._tls.wrap_socket(request, server_side=True)
        except (ssl.SSLError, OSError):
            # A client that does not trust this CA; it says so itself.
            return
        with secured, contextlib.suppress(ConnectionError, TimeoutError):
            super().finish_request(secured, client_address)


class _Handler(Handler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def answer(self) -> None:
        url = urlsplit(self.path)
        call = _Call(
            method=self.command,
            path=url.path.rstrip("/"),
            query=dict(parse_qsl(url.query, keep_blank_values=True)),
            content_type=self.headers.get("Content-Type") or "",
            token=self.headers.get("Authorization", "").removeprefix("Bearer "),
            body=self.body().decode("utf-8", "replace"),
        )
        status, answer = self.server.answer(call)
        self.reply(status, answer, Content_Type="application/json")
