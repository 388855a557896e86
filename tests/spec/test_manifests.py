"""Manifests."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from constructs_lib.spec.loader import load
from constructs_lib.spec.manifests import MAX_IN_ENVIRONMENT, MAX_MANIFEST_BYTES
from constructs_lib.spec.wanted_addons import IMAGE
from constructs_lib.tables import kubernetes_versions, served_apis
from tests.spec.bad import GOOD, TODAY, Change, add, also, problems, told, warnings
from tests.synthesis import ROOT

BAD: dict[str, tuple[Change, str]] = {
    "a manifest outside the project": (
        also("manifests: {web: {path: ../web.yaml}}"),
        "6: manifests.web.path: is not a path inside the project, got ../web.yaml; "
        "write it from the project's root, without .. in it",
    ),
    "a manifest without a file": (
        also("manifests: {dashboard: {}}"),
        "6: manifests.dashboard: cannot be read: no such file or directory, in "
        "manifests/dashboard.yaml; check the file",
    ),
    "a manifest after one that is not there": (
        also("manifests: {web: {path: a.yaml, after: [crd]}, crds: {path: a.yaml}}"),
        "6: manifests.web.after[0]: is no manifest of this cluster, got crd; did you mean crds?",
    ),
    "manifests after each other": (
        also("manifests: {web: {path: a.yaml, after: [web]}}"),
        "6: manifests.web.after[0]: leads back to itself, got web; leave one of the two out",
    ),
    "a rollout without a node": (
        lambda text: also("manifests: {web: {path: a.yaml, rollout_seconds: 60}}")(
            text.replace("min_size: 1", "min_size: 0")
        ),
        "6: manifests.web.rollout_seconds: waits for a node, and every node group may start with "
        "none, got 60; give one of them min_size: 1 or more",
    ),
    "a manifest with the name of the handler's": (
        also("manifests: {node-termination-handler: {}}"),
        "6: manifests.node-termination-handler: is the project's own manifest, got "
        "node-termination-handler; use drain in a node group for it",
    ),
    "a manifest with the project's own name": (
        also("manifests: {kube2iam: {}}"),
        "6: manifests.kube2iam: is the project's own manifest, got kube2iam; "
        "use the section kube2iam for it",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_spec_is_told_with_line_reason_and_way_out(
    root: Path, change: Change, message: str
) -> None:
    (root / "a.yaml").write_text(POD)
    assert told(root, change) == [message]


DEEP_MERGES = "a: &a {a: 1}\n" + "".join(
    f"{y}: &{y} {{<<: [{', '.join([f'*{x}'] * 12)}]}}\n"
    for x, y in ("ab", "bc", "cd", "de", "ef", "fg", "gh")
)
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty, in manifests/web.yaml; write the objects to apply"),
        ("---\n# nothing\n---\n", "is empty, in manifests/web.yaml; write the objects to apply"),
        (
            "kind: Pod\n",
            "has an object without apiVersion and kind, in manifests/web.yaml line 1; add them",
        ),
        (
            f"{POD}---\n- a\n",
            "has an object without apiVersion and kind, in manifests/web.yaml line 5; add them",
        ),
        (
            "a: [\n",
            "is not YAML: did not find expected node content, in manifests/web.yaml line 2; "
            "check the indentation, colons and quotes here",
        ),
        (
            f"{POD}#{'x' * MAX_MANIFEST_BYTES}\n",
            "is larger than 10000000 bytes, in manifests/web.yaml; split it",
        ),
        (
            POD + DEEP_MERGES,
            "unfolds to more than 100000 values, in manifests/web.yaml; use fewer aliases",
        ),
        (
            f"{POD}spec: {'[' * 25_000}",
            "is nested deeper than 100 levels, in manifests/web.yaml line 4; write it flatter",
        ),
        (
            f"{POD}spec: &spec [*spec]\n",
            "holds a value that stands within itself, in manifests/web.yaml; write the value out",
        ),
        (
            f'{POD}spec: {{name: "#{{TfToken[TOKEN.0]}}"}}\n',
            "holds TfToken[, which CDKTF would replace, in manifests/web.yaml; write another text",
        ),
        (
            POD.replace("name: web", "generateName: web"),
            "has a Pod without metadata.name, in manifests/web.yaml line 1; add it",
        ),
        (
            "apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Pod}\n",
            "has a Pod without metadata.name, in manifests/web.yaml line 4; add it",
        ),
        (
            f"{POD}spec:\n  a: 1\n  a: 2\n",
            "has spec.a, which stands here a second time, first in line 5, in manifests/web.yaml "
            "line 6; keep one of the two",
        ),
        (
            POD.replace("v1", "batch/v1beta1").replace("Pod", "CronJob"),
            "has a CronJob of batch/v1beta1, which Kubernetes 1.25 removed, in manifests/web.yaml "
            "line 1; use the API that took its place",
        ),
        (
            POD.replace("v1", "apps/v1").replace("Pod", "Deploymnt"),
            "has a Deploymnt of apps/v1, which Kubernetes 1.36 has not, in manifests/web.yaml "
            "line 1; did you mean Deployment?",
        ),
        (
            POD.replace("Pod", "Deployment"),
            "has a Deployment of v1, which Kubernetes 1.36 has not, in manifests/web.yaml line 1; "
            "use apps/v1",
        ),
        (
            POD.replace("v1", "storagemigration.k8s.io/v1").replace(
                "Pod", "StorageVersionMigration"
            ),
            "has a StorageVersionMigration of storagemigration.k8s.io/v1, which Kubernetes 1.36 "
            "has not, in manifests/web.yaml line 1; use storagemigration.k8s.io/v1beta1",
        ),
        (
            POD.replace("v1", "lifecycle.k8s.io/v1alpha1").replace("Pod", "Eviction"),
            "has a Eviction of lifecycle.k8s.io/v1alpha1, which Kubernetes 1.36 has not, in "
            "manifests/web.yaml line 1; use policy/v1",
        ),
        (
            POD.replace("Pod", "ConfigMap").replace("web", "aws-auth, namespace: kube-system"),
            "holds aws-auth, which says who gets into the cluster, in manifests/web.yaml line 1; "
            "use map_roles, map_users",
        ),
        (
            "\u00e4".encode("latin-1"),
            "is not text, in manifests/web.yaml; save it as UTF-8",
        ),
    ],
)
def test_a_manifest_kubectl_could_not_take_is_told(
    root: Path, text: str | bytes, message: str
) -> None:
    add(root, "ada", GOOD + "manifests: {web: {}}\n")
    file = root / "manifests" / "web.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert problems(root) == [f"clusters/ada.yaml:10: manifests.web: {message}"]


def test_a_pipe_a_directory_and_a_link_out_of_the_project_are_no_manifests(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text(POD)
    add(root, "ada", GOOD + "manifests: {a: {}, b: {}, c: {}, d: {path: clusters/../../x.yaml}}\n")
    os.mkfifo(root / "manifests" / "a.yaml")
    (root / "manifests" / "b.yaml").mkdir()
    (root / "manifests" / "c.yaml").symlink_to(outside)
    assert problems(root) == [
        "clusters/ada.yaml:10: manifests.a: cannot be read: not a regular file, "
        "in manifests/a.yaml; check the file",
        "clusters/ada.yaml:10: manifests.b: cannot be read: is a directory, "
        "in manifests/b.yaml; check the file",
        "clusters/ada.yaml:10: manifests.c: leads out of the project, in manifests/c.yaml; "
        "copy the file here",
        "clusters/ada.yaml:10: manifests.d.path: is not a path inside the project, got "
        "clusters/../../x.yaml; write it from the project's root, without .. in it",
    ]


def test_a_circle_of_manifests_is_told_wherever_it_is(root: Path) -> None:
    (root / "a.yaml").write_text(POD)
    circle = (f"  {name}: {{path: a.yaml, after: [{last}]}}\n" for name, last in ("ac", "ba", "cb"))
    add(root, "ada", GOOD + "manifests:\n" + "".join(circle))
    assert [line.split(": ")[1] for line in problems(root)] == [
        "manifests.a.after[0]",
        "manifests.b.after[0]",
        "manifests.c.after[0]",
    ]


def test_a_link_within_the_project_and_merges_are_taken(root: Path) -> None:
    add(root, "ada", GOOD + "manifests: {web: {}}\n")
    text = "a: &a {apiVersion: v1, kind: List}\n<<: *a\n"
    (root / "manifests" / "real.yaml").write_text(text)
    (root / "manifests" / "web.yaml").symlink_to(root / "manifests" / "real.yaml")
    (cluster,) = load(root, today=TODAY).clusters
    assert cluster.manifests["web"].text == text


def test_a_mode_in_octal_and_a_tag_are_kubectls_affair(root: Path) -> None:
    add(root, "ada", GOOD + "manifests: {web: {}}\n")
    text = f"{POD}spec: {{defaultMode: 0644, data: !!binary aGFsbG8=}}\n"
    (root / "manifests" / "web.yaml").write_text(text)
    assert load(root, today=TODAY).clusters


def test_a_manifest_larger_than_an_environment_is_taken(root: Path) -> None:
    add(root, "ada", GOOD + "manifests: {web: {}}\n")
    file = root / "manifests" / "web.yaml"
    file.write_text(POD + "".join(f"---\n{POD}" for _ in range(20_000)))
    (cluster,) = load(root, today=TODAY).clusters
    assert cluster.manifests["web"].is_large
    assert cluster.manifests["web"].file == file.resolve()


def test_kube2iams_own_manifest_goes_through_the_environment(root: Path) -> None:
    add(root, "ada", GOOD)
    (root / "manifests").mkdir(exist_ok=True)
    (root / "manifests" / "kube2iam.yaml").write_text(f"{POD}#{'x' * MAX_IN_ENVIRONMENT}\n")
    assert [line.partition(": ")[2] for line in problems(root)] == [
        "manifests.kube2iam: is larger than 100000 bytes, in manifests/kube2iam.yaml; move what is "
        "not kube2iam to a key of manifests"
    ]


def test_another_image_takes_the_place_of_kube2iams_own_and_of_no_other(root: Path) -> None:
    image = "registry.example.com:5000/mirror/kube2iam:0.15.0"
    add(root, "ada", f"{GOOD}kube2iam: {{image: '{image}'}}\n")
    (root / "manifests").mkdir(exist_ok=True)
    file = root / "manifests" / "kube2iam.yaml"
    shipped = (ROOT / "manifests" / "kube2iam.yaml").read_text(encoding="utf-8")
    file.write_text(shipped)
    (cluster,) = load(root, today=TODAY).clusters
    own = shipped.replace("image: jtblin/kube2iam:0.15.0", f"image: {image}")
    assert cluster.manifests["kube2iam"].text == own != shipped
    file.write_text(own)
    assert [line.partition(": ")[2] for line in problems(root)] == [
        "manifests.kube2iam: has no image jtblin/kube2iam, whose place kube2iam.image takes, in "
        "manifests/kube2iam.yaml; name the image there, or delete that key"
    ]


METRICS = """\
kind: List
apiVersion: v1
items:
  - {apiVersion: v1, kind: Service, metadata: {name: metrics-server, namespace: kube-system}}
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: metrics-server, namespace: NAMESPACE, labels: {a: !mine 1}}
"""


def test_what_an_add_on_runs_too_is_told(root: Path) -> None:
    add(root, "ada", GOOD + "monitoring: {metrics_server: true}\nmanifests: {metrics: {}}\n")
    file = root / "manifests" / "metrics.yaml"
    file.write_text(METRICS.replace("NAMESPACE", "kube-system"))
    assert warnings(root) == [
        "clusters/ada.yaml:11: manifests.metrics: warning: has the Deployment metrics-server of "
        "the add-on metrics-server, in manifests/metrics.yaml; keep one of the two"
    ]
    file.write_text(METRICS.replace("NAMESPACE", "default"))
    assert warnings(root) == []


def test_all_that_is_wrong_with_a_manifest_is_told(root: Path) -> None:
    add(root, "ada", GOOD + "manifests: {web: {}}\n")
    (root / "manifests" / "web.yaml").write_text("kind: Pod\n---\nkind: Service\n")
    assert [line.split(", in ")[1] for line in problems(root)] == [
        "manifests/web.yaml line 1; add them",
        "manifests/web.yaml line 3; add them",
    ]


@pytest.mark.parametrize(
    "api_and_kind",
    [
        "cert-manager.io/v1 Certificate",
        "gateway.networking.k8s.io/v1 Gateway",
        "apps/v1 Deployment",
    ],
)
def test_kinds_of_others_and_kubernetes_own_are_taken(root: Path, api_and_kind: str) -> None:
    api, kind = api_and_kind.split()
    add(root, "ada", GOOD + "manifests: {web: {}}\n")
    (root / "manifests" / "web.yaml").write_text(POD.replace("v1", api).replace("Pod", kind))
    assert load(root, today=TODAY).clusters


# What Kubernetes' own schemas say


def _schemas(minor: int) -> dict[str, Any]:
    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
    text = (folder / f"v1.{minor}.0-local" / "_definitions.json").read_text()
    found: dict[str, Any] = json.loads(text)["$defs"]
    return found


@pytest.mark.parametrize("minor", range(served_apis.FIRST, served_apis.LAST + 1))
def test_the_table_of_kinds_is_kubernetes_own(minor: int) -> None:
    served = {
        (api, kind)
        for schema in _schemas(minor).values()
        if "metadata" in (fields := schema.get("properties", {}))
        for api in fields.get("apiVersion", {}).get("enum", ())
        for kind in fields.get("kind", {}).get("enum", ())
        if not kind.endswith("List") and kind not in ("DeleteOptions", "Status", "WatchEvent")
    }
    table = served_apis.SERVED.items()
    assert {pair for pair, (first, last) in table if first <= minor <= last} == served


def test_the_table_of_kinds_has_every_version_that_eks_offers() -> None:
    for minor in kubernetes_versions.offered():
        assert served_apis.FIRST <= int(minor.removeprefix("1.")) <= served_apis.LAST


SHIPPED = [file.read_text() for file in sorted((ROOT / "manifests").glob("*.yaml"))]

APPLIED = {
    text
    for file in ROOT.glob("tests/golden/**/cdk.tf.json")
    for name, text in json.loads(file.read_text()).get("locals", {}).items()
    if name.endswith("_manifest")
}
"""What the stacks apply and delete, with what Terraform fills in still to be filled in."""


def objects(text: str) -> Iterator[dict[str, Any]]:
    for document in yaml.safe_load_all(text.replace("$${", "${")):
        yield from document["items"] if document["kind"] == "List" else [document]


@pytest.mark.parametrize("minor", kubernetes_versions.offered())
def test_what_is_applied_is_valid_for_every_version_that_eks_offers(minor: str) -> None:
    names = {each["metadata"]["name"] for text in APPLIED for each in objects(text)}
    shipped = {each["metadata"]["name"] for text in SHIPPED for each in objects(text)}
    assert names >= {"aws-auth", *shipped}
    for text in (*APPLIED, *SHIPPED):
        for item in objects(text):
            assert kubernetes_validate.validate(item, minor, strict=True) == minor


def test_every_image_has_a_tag_and_a_source() -> None:
    images = {image: text for text in SHIPPED for image in re.findall(r"image: (\S+)", text)}
    assert images.pop(f'"{IMAGE}"')  # of a dated table
    assert len(images) == 2
    for image, text in images.items():
        assert re.search(r":v?\d+\.\d+\.\d+$", image)
        header = text[: text.index("apiVersion")]
        assert re.search(r"https://github.com/\S+$", header, re.MULTILINE)
