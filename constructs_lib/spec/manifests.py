"""The manifests a spec names -> text that kubectl takes."""

import functools
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import yaml

from constructs_lib.shipped import SHIPPED
from constructs_lib.spec.problems import dotted
from constructs_lib.spec.section import Where
from constructs_lib.spec.source import CDKTF_MARK, Document, NotYaml, Reader, nodes, read
from constructs_lib.tables import served_apis
from constructs_lib.tables.removed_apis import REMOVED

MAX_MANIFEST_BYTES: Final = 10_000_000
"""So that a file that is none is told at once: definitions of large operators have 4 MB."""

MAX_IN_ENVIRONMENT: Final = 100_000
"""Bytes of a manifest that goes through the environment, where Linux takes 131,072 in a variable.
https://man7.org/linux/man-pages/man2/execve.2.html"""

MAX_MANIFEST_NODES: Final = 100_000
"""YAML nodes in one manifest, aliases and merges unfolded; where it has more bytes, as many."""


@dataclass(frozen=True)
class Manifest:
    """Kubernetes YAML as it stands in a file."""

    path: str
    text: str
    file: Path
    """Where it is on this machine, an absolute path."""

    @property
    def is_large(self) -> bool:
        """Whether it is too large for the environment of kubectl's script."""
        return len(self.text.encode()) > MAX_IN_ENVIRONMENT


class BadManifestError(ValueError):
    """Why kubectl, or the cluster, could not take a manifest: sentences that name the file."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__(" and ".join(self.sentences))


def read_manifest(root: Path, path: str, kubernetes_version: str) -> Manifest:
    """Read the Kubernetes YAML at ``root/path``, for a cluster of a minor version.

    A project of its own need not have what comes with this one.

    Raises:
        BadManifestError: kubectl could not take it, or the cluster would refuse it.
    """
    if not os.path.lexists(root / path) and (SHIPPED / path).is_file():
        root = SHIPPED
    try:
        if not (root / path).resolve().is_relative_to(root.resolve()):
            raise NotYaml("leads out of the project", "copy the file here")
        text = read(root / path, MAX_MANIFEST_BYTES)
        wrong = _wrong_with(text, kubernetes_version)
    except NotYaml as error:
        wrong = (error,)
    if wrong:
        raise BadManifestError(_sentence(each, path) for each in wrong)
    return Manifest(path, text, (root / path).resolve())


_KUBE2IAM_IMAGE: Final = re.compile(r"^([ -]*image: )jtblin/kube2iam:\S+$", re.MULTILINE)


def with_image(manifest: Manifest, image: str) -> Manifest:
    """kube2iam's manifest with another image.

    Raises:
        BadManifestError: it does not name kube2iam's own, so a team has put its own there already.
    """
    text, found = _KUBE2IAM_IMAGE.subn(rf"\g<1>{image}", manifest.text)
    if not found:
        raise BadManifestError(
            [
                f"has no image jtblin/kube2iam, whose place kube2iam.image takes, in "
                f"{manifest.path}; name the image there, or delete that key"
            ]
        )
    return replace(manifest, text=text)


ECR: Final = re.compile(r"\d{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.[a-z.]+/.+", re.ASCII)
"""An image of a private repository, which endpoints reach. The public gallery has none.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html"""


def images_outside_ecr(manifest: Manifest) -> list[str]:
    """The images of a manifest's containers that no VPC endpoint reaches, sorted."""
    found = {image for item in yaml.safe_load_all(manifest.text) for image in _images(item)}
    return sorted(image for image in found if not ECR.fullmatch(image))


def has_in_kube_system(manifest: Manifest, kind: str, name: str) -> bool:
    """Whether a manifest has such an object in kube-system."""
    if name not in manifest.text:  # most have not, and some have megabytes
        return False
    items = yaml.load_all(manifest.text, yaml.BaseLoader)
    return any(_is(item, kind, name) for item in items)


def _is(item: Any, kind: str, name: str) -> bool:
    if not isinstance(item, dict):
        return False
    if isinstance(items := item.get("items"), list):
        return any(_is(each, kind, name) for each in items)
    metadata = item.get("metadata")
    return (
        item.get("kind") == kind
        and isinstance(metadata, dict)
        and (metadata.get("name"), metadata.get("namespace")) == (name, "kube-system")
    )


def _images(item: Any) -> Iterator[str]:
    if isinstance(item, list):
        for inner in item:
            yield from _images(inner)
    elif isinstance(item, dict):
        for key, inner in item.items():
            if key in _CONTAINERS and isinstance(inner, list):
                yield from (
                    c["image"]
                    for c in inner
                    if isinstance(c, dict) and isinstance(c.get("image"), str)
                )
            else:
                yield from _images(inner)


_CONTAINERS: Final = ("containers", "initContainers")


def _sentence(wrong: NotYaml, path: str) -> str:
    place = path if wrong.line is None else f"{path} line {wrong.line}"
    return f"{wrong.what}, in {place}; {wrong.todo}"


@functools.lru_cache(maxsize=64)  # the clusters of a fleet share their manifests
def _wrong_with(text: str, kubernetes_version: str) -> tuple[NotYaml, ...]:
    """What is wrong with the objects of a text.

    Raises:
        NotYaml: it is no YAML.
    """
    if CDKTF_MARK in text:
        raise NotYaml(f"holds {CDKTF_MARK}, which CDKTF would replace", "write another text")
    found: list[NotYaml] = []
    documents = nodes(text)
    if not documents:
        raise NotYaml("is empty", "write the objects to apply")
    for node in documents:
        document = Document("")
        # without an alias no text has more values than characters
        values = max(MAX_MANIFEST_NODES, len(text))
        data = Reader(document, values, plain=False).value(node, ())
        found += [
            NotYaml(f"has {dotted(flaw.where)}, which {flaw.what}", flaw.todo, flaw.line)
            for flaw in document.flaws
        ]
        found += _wrong_with_object(data, (), document, int(kubernetes_version.split(".")[1]))
    return tuple(found)


def _wrong_with_object(
    item: Any, where: Where, document: Document, minor: int
) -> Iterator[NotYaml]:
    line = document.lines.get(where, 1)
    if not isinstance(item, dict) or not all(isinstance(item.get(k), str) for k in _TYPE):
        yield NotYaml("has an object without apiVersion and kind", "add them", line)
        return
    api, kind = (item[key] for key in _TYPE)
    if kind.endswith("List") and isinstance(items := item.get("items", []), list):
        for index, inner in enumerate(items):
            yield from _wrong_with_object(inner, (*where, "items", index), document, minor)
        return
    metadata = item.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    name = metadata.get("name")
    if not isinstance(name, str) or not name:
        yield NotYaml(f"has a {kind} without metadata.name", "add it", line)
    elif (kind, name, metadata.get("namespace")) == ("ConfigMap", "aws-auth", "kube-system"):
        yield NotYaml(
            "holds aws-auth, which says who gets into the cluster", "use map_roles, map_users", line
        )
    gone = REMOVED.get((api, kind))
    if gone is not None and gone <= minor:
        what = f"has a {kind} of {api}, which Kubernetes 1.{gone} removed"
        yield NotYaml(what, "use the API that took its place", line)
    elif (unknown := served_apis.problem(api, kind, minor)) is not None:
        yield NotYaml(*unknown, line)


_TYPE: Final = ("apiVersion", "kind")
