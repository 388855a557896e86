"""The manifests a spec names -> text that kubectl takes."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from constructs_lib.spec.source import CDKTF_MARK, Document, NotYaml, Reader, nodes, read

MAX_MANIFEST_BYTES: Final = 100_000
"""Linux takes 131,072 bytes in one environment variable (MAX_ARG_STRLEN), which is how a manifest
reaches kubectl's standard input."""

MAX_MANIFEST_NODES: Final = 100_000
"""YAML nodes in one manifest, aliases and merges unfolded."""


@dataclass(frozen=True)
class Manifest:
    """Kubernetes YAML as it stands in a file."""

    path: str
    text: str


def read_manifest(root: Path, path: str) -> Manifest:
    """Read the Kubernetes YAML at ``root/path``.

    Raises:
        ValueError: with a sentence, when kubectl could not take it.
    """
    try:
        if not (root / path).resolve().is_relative_to(root.resolve()):
            raise ValueError(f"leads out of the project from {path}; copy the file here")
        text = read(root / path)
        if len(text.encode()) > MAX_MANIFEST_BYTES:
            raise NotYaml(
                f"is larger than {MAX_MANIFEST_BYTES} bytes", "split it over several keys"
            )
        objects = _objects(text)
    except NotYaml as error:
        place = path if error.line is None else f"{path} line {error.line}"
        raise ValueError(f"{error.what}, in {place}; {error.todo}") from None
    if CDKTF_MARK in text:
        what = f"holds {CDKTF_MARK} in {path}, which CDKTF would replace"
        raise ValueError(f"{what}; write another text")
    if not objects:
        raise ValueError(f"is empty in {path}; write the objects to apply")
    for index, item in enumerate(objects, start=1):
        if not isinstance(item, dict) or not {"apiVersion", "kind"} <= item.keys():
            raise ValueError(f"has no apiVersion and kind in document {index} of {path}; add them")
    return Manifest(path, text)


@functools.lru_cache(maxsize=64)  # the clusters of a fleet share their manifests
def _objects(text: str) -> tuple[Any, ...]:
    """The documents of a file, those left out that hold nothing. Raises NotYaml."""
    return tuple(_data(node) for node in nodes(text))


def _data(node: yaml.Node) -> Any:
    return Reader(Document(""), MAX_MANIFEST_NODES).value(node, ())
