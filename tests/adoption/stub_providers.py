"""Stand-ins for hashicorp/local and hashicorp/template, which the tests' mirror does not have.

Terraform wants the provider of everything in a state, even of what it only forgets. This one knows
`local_file` and `template_file` by their attributes and gives back what it is given: enough to plan
and apply `removed` blocks, which is all that a test asks of it.

It speaks protocol 5 (https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol)
through TF_REATTACH_PROVIDERS. The few messages are put together by hand: that takes a dozen lines.
"""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import grpc

SERVICE = "/tfplugin5.Provider/"
NAMES = ("local", "template")
REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")

FILE = ("id", "content", "filename", "directory_permission", "file_permission")
TEMPLATE = ("id", "rendered", "template")
TEXT, TEXTS = b'"string"', b'["map","string"]'

_VARINT, _BYTES = 0, 2
"""Wire types of protobuf, all that these messages have.
https://protobuf.dev/programming-guides/encoding/"""


class StubProviders:
    """A gRPC server that begins with `with` and ends with it."""

    def __init__(self) -> None:
        self._server = grpc.server(ThreadPoolExecutor(4))
        self._server.add_generic_rpc_handlers((_Handler(),))
        self._port = self._server.add_insecure_port("127.0.0.1:0")

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._server.stop(grace=None)

    def environment(self) -> dict[str, str]:
        """The variable that leads Terraform here."""
        here = {
            "Protocol": "grpc",
            "ProtocolVersion": 5,
            "Pid": os.getpid(),
            "Test": True,
            "Addr": {"Network": "tcp", "String": f"127.0.0.1:{self._port}"},
        }
        reattach = {
            f"{registry}/hashicorp/{name}": here for registry in REGISTRIES for name in NAMES
        }
        return {"TF_REATTACH_PROVIDERS": json.dumps(reattach)}


class _Handler(grpc.GenericRpcHandler):
    def service(self, call: Any) -> Any:
        """Answer the provider's own methods; go-plugin does without the others."""
        if not call.method.startswith(SERVICE):
            return None
        answer = _ANSWERS.get(call.method.removeprefix(SERVICE), lambda _: b"")
        return grpc.unary_unary_rpc_method_handler(lambda request, _: answer(_read(request)))


def _schema(_: dict[int, bytes]) -> bytes:
    file = b"".join(_attribute(name, TEXT) for name in FILE)
    template = b"".join(_attribute(name, TEXT) for name in TEMPLATE) + _attribute("vars", TEXTS)
    return (
        _bytes(1, _bytes(2, b""))
        + _bytes(2, _bytes(1, b"local_file") + _bytes(2, _bytes(2, file)))
        + _bytes(3, _bytes(1, b"template_file") + _bytes(2, _bytes(2, template)))
    )


def _attribute(name: str, type_: bytes) -> bytes:
    optional, computed = _number(5, 1), _number(6, 1)
    return _bytes(2, _bytes(1, name.encode()) + _bytes(2, type_) + optional + computed)


_ANSWERS: dict[str, Callable[[dict[int, bytes]], bytes]] = {
    "GetSchema": _schema,
    "PrepareProviderConfig": lambda request: _bytes(1, request[1]),
    # the state's JSON, as it is
    "UpgradeResourceState": lambda request: _bytes(1, _bytes(2, _read(request[3])[1])),
    "ReadResource": lambda request: _bytes(1, request[2]),
}
"""By method: from the fields of the request to the bytes of the response."""


def _read(message: bytes) -> dict[int, bytes]:
    """The fields of a message that are bytes, by number."""
    fields, at = {}, 0
    while at < len(message):
        key, at = _varint(message, at)
        value, at = _varint(message, at)
        if key & 7 == _BYTES:
            fields[key >> 3] = message[at : at + value]
            at += value
    return fields


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where the next field is."""
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _as_varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _as_varint(field << 3 | _VARINT) + _as_varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _as_varint(field << 3 | _BYTES) + _as_varint(len(value)) + value
