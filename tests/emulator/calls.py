"""Which calls reach the emulator, as the IAM actions that they need: `RECORD_CALLS=FILE`.

With `RECORD_CALLS_OF=ID`, only the calls that this access key has signed.
docs/iam/ is held against what is recorded so: the calls of S3, whose actions in IAM have other
names than its calls, aside.
"""

import functools
import io
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import botocore.session

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

_SIGNED = re.compile(r"Credential=([^/]+)/\d+/[^/]+/([a-z0-9-]+)/aws4_request")


class RecordCalls:
    """Writes each action once, a line each, before the call is answered."""

    def __init__(self, application: Application, file: Path) -> None:
        self._application = application
        self._file = file
        self._seen: set[str] = set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        action = self._action(environ)
        if action and action not in self._seen:
            self._seen.add(action)
            with self._file.open("a", encoding="utf-8") as out:
                out.write(f"{action}\n")
        return self._application(environ, start_response)

    def _action(self, environ: dict[str, Any]) -> str:
        signed = _SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
        if signed is None or signed[2] == "s3":
            return ""
        by, service = signed.groups()
        if by != os.environ.get("RECORD_CALLS_OF", by):
            return ""
        if target := environ.get("HTTP_X_AMZ_TARGET", ""):
            return f"{service}:{target.rpartition('.')[2]}"
        if "form" in environ.get("CONTENT_TYPE", ""):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            return f"{service}:{parse_qs(body.decode()).get('Action', ['?'])[0]}"
        for method, path, name in _operations(service):
            if method == environ["REQUEST_METHOD"] and path.fullmatch(environ["PATH_INFO"]):
                return f"{service}:{name}"
        return f"{service}:?{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"


@functools.cache
def _operations(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    """The calls of a REST service: method, path, name; those with fewer placeholders first."""
    model = botocore.session.get_session().get_service_model(service)
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = http["requestUri"].partition("?")[0]
        # an ARN in a path may hold slashes
        pattern = re.sub(r"\{(\w*[aA]rn)\}", ".+", path)
        pattern = re.sub(r"\{\w+\}", "[^/]+", pattern)
        found.append((path.count("{"), http["method"], re.compile(pattern), name))
    return [each[1:] for each in sorted(found, key=lambda each: each[0])]
