"""The process behind `AwsEmulator`: a moto server with our EKS, our fixes and questions of our own.

Started by `aws.py` as `python -m ...aws_server`. Writes its port on standard output, then serves
until its standard input ends: so it never outlives the tests, however they end.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# moto reads it at import: without it, attaching an AWS managed policy to a role fails.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import Ami
from moto.ec2.utils import random_ami_id
from moto.moto_api._internal import urls as control_urls
from moto.moto_api._internal.models import MotoAPIBackend
from moto.moto_server import threaded_moto_server as moto_server

from . import moto_fixes, moto_images, moto_options
from .calls import Application, RecordCalls
from .eks import routes
from .eks.model import ACCOUNT, ApiEndpoint, EksModel
from .repeated import AnswerRepeated

Control = Callable[[dict[str, Any]], dict[str, Any]]


def add_image(wanted: dict[str, Any]) -> dict[str, Any]:
    """Make an image, of any owner: with boto3 a test could make only its own."""
    backend = ec2_backends[ACCOUNT][wanted["region"]]
    image = Ami(
        backend,
        wanted["id"] or random_ami_id(),
        name=wanted["name"],
        description=wanted["name"],
        owner_id=wanted["owner"],
        public=wanted["owner"] != ACCOUNT,
        image_location=f"{wanted['owner']}/{wanted['name']}",
        virtualization_type="hvm",
        hypervisor="xen",
        architecture=wanted["architecture"],
        root_device_type="ebs",
        region_name=wanted["region"] + "a",
    )
    backend.amis[image.id] = image
    return {"ImageId": image.id}


def install(model: EksModel) -> None:
    """Put everything of ours into moto; before its server starts."""

    def serve_clusters_at(wanted: dict[str, Any]) -> dict[str, Any]:
        model.api_endpoint = ApiEndpoint(wanted["url"], wanted["ca"].encode("ascii"))
        return {}

    def creator_of(wanted: dict[str, Any]) -> dict[str, Any]:
        return {"arn": model.clusters[wanted["region"]][wanted["name"]].creator}

    reset_moto = MotoAPIBackend.reset

    def reset(self: MotoAPIBackend) -> None:
        model.reset()
        reset_moto(self)

    moto_fixes.install()
    moto_options.install()
    moto_images.install()
    routes.install(model)
    MotoAPIBackend.reset = reset  # type: ignore[method-assign]
    _answer_control("images", add_image)
    _answer_control("cluster-endpoint", serve_clusters_at)
    _answer_control("cluster-creator", creator_of)


def _answer_control(name: str, control: Control) -> None:
    def answer(request: Any, _full_url: str, _headers: Any) -> tuple[int, dict[str, str], str]:
        answer = control(json.loads(request.get_data()))
        return 200, {"Content-Type": "application/json"}, json.dumps(answer)

    url_paths: dict[str, Any] = control_urls.url_paths
    url_paths["{0}/moto-api/emulator/" + name] = answer


def _recorded(application: Application) -> Application:
    file = os.environ.get("RECORD_CALLS")
    return RecordCalls(application, Path(file)) if file else application


def main() -> None:
    install(EksModel())
    application = moto_server.DomainDispatcherApplication
    moto_server.DomainDispatcherApplication = lambda *given: _recorded(
        AnswerRepeated(application(*given))
    )
    server = moto_server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    # Not server.stop(): it waits half a second for nothing.
    os._exit(0)


if __name__ == "__main__":
    main()
