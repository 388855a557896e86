"""The manifests a spec names -> text that kubectl takes."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from constructs_lib.spec.source import Loader, explain_yaml

MAX_MANIFEST_BYTES = 100_000
"""Linux takes 131,072 bytes in one environment variable (MAX_ARG_STRLEN), which is how a manifest
reaches kubectl's standard input."""


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
    file = root / path
    try:
        text = file.read_text(encoding="utf-8")
        objects = _objects(text)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ValueError(f"cannot be read from {path}: {reason}; add the file") from None
    except UnicodeDecodeError:
        raise ValueError(f"is not text in {path}; save it as UTF-8") from None
    except yaml.YAMLError as error:
        line, text = explain_yaml(error)
        raise ValueError(f"{text}, in {path} line {line}") from None
    if not objects:
        raise ValueError(f"is empty in {path}; write the objects to apply")
    for index, item in enumerate(objects, start=1):
        if not isinstance(item, dict) or not {"apiVersion", "kind"} <= item.keys():
            raise ValueError(f"has no apiVersion and kind in document {index} of {path}; add them")
    if len(text.encode()) > MAX_MANIFEST_BYTES:
        raise ValueError(
            f"is larger than {MAX_MANIFEST_BYTES} bytes in {path}; split it over several keys"
        )
    return Manifest(path, text)


@functools.lru_cache(maxsize=64)  # the clusters of a fleet share their manifests
def _objects(text: str) -> tuple[Any, ...]:
    """The documents of a file, those left out that hold nothing."""
    return tuple(o for o in yaml.load_all(text, Loader=Loader) if o is not None)
