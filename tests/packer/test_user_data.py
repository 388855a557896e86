"""The user data of each image family: golden files, and what their readers make of them."""

import email
import json
import os
import re
import shlex
import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.spec.nodes import KubeletSpec
from constructs_lib.spec.rules.bottlerocket import WITHOUT
from constructs_lib.tables.node_image import Family
from constructs_lib.tables.user_data import (
    AFTER_JOIN,
    EFFECTS,
    NODE_GROUP_FILE,
    ClusterConnection,
    Node,
    Taint,
    bottlerocket,
    refused_labels,
    refused_taints,
    render,
)
from tests.packer.node_images import FAMILIES

from .paths import EKS_JOIN, program
from .test_kubelet import SETTINGS
from .vendors_schemas import BOTTLEROCKET, NODE_CONFIG

GOLDEN = Path(__file__).parent / "golden"

CLUSTER = ClusterConnection(
    name="lovelace",
    endpoint="${aws_eks_cluster.control_plane.endpoint}",
    certificate_authority="${aws_eks_cluster.control_plane.certificate_authority[0].data}",
    service_ipv4_cidr="172.20.0.0/16",
)

PLAIN = Node()

FULL = Node(
    labels={"team": "core", "example.com/tier": "batch"},
    taints=[Taint("dedicated", "gpu", "NoSchedule"), Taint("spot", "", "PreferNoSchedule")],
    max_pods=20,
    kubelet={
        "systemReserved": {"memory": "200Mi"},
        "evictionHard": {"memory.available": "5%"},
        "featureGates": {"ContainerCheckpoint": True},
    },
)

CASES = {"plain": PLAIN, "full": FULL}

FULL_TAINTS = [
    {"key": "dedicated", "value": "gpu", "effect": "NoSchedule"},
    {"key": "spot", "value": "", "effect": "PreferNoSchedule"},
]


def rendered(family: Family, node: Node) -> str:
    return render(family, node, cluster=CLUSTER)


def case_of(name: str, family: Family) -> Node:
    """A case, without what the spec refuses of its family."""
    node = CASES[name]
    if family != "bottlerocket":
        return node
    return replace(node, kubelet={k: v for k, v in node.kubelet.items() if k != "featureGates"})


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("family", FAMILIES)
def test_user_data_is_as_reviewed(family: Family, case: str) -> None:
    """`UPDATE_GOLDEN=1 pytest tests/packer/test_user_data.py` rewrites the files."""
    text = rendered(family, case_of(case, family))
    golden = GOLDEN / f"{family}-{case}.txt"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("family", FAMILIES)
def test_terraform_finds_only_the_expressions_it_was_given(family: Family) -> None:
    for case in CASES:
        text = rendered(family, case_of(case, family))
        assert set(re.findall(r"[$%]\{[^}]*\}", text)) <= {
            CLUSTER.endpoint,
            CLUSTER.certificate_authority,
        }


# packer


def test_our_image_needs_no_user_data() -> None:
    assert rendered("packer", PLAIN) == ""


def test_cloud_init_writes_the_file_that_eks_join_reads() -> None:
    text = rendered("packer", FULL)
    assert text.startswith("#cloud-config\n")
    (file,) = yaml.safe_load(text)["write_files"]
    assert f'NODE_GROUP_FILE = "{file["path"]}"' in EKS_JOIN.read_text(encoding="utf-8")
    assert file["path"] == NODE_GROUP_FILE
    assert json.loads(file["content"]) == {
        "labels": FULL.labels,
        "taints": FULL_TAINTS,
        "maxPods": 20,
        "kubelet": FULL.kubelet,
    }


# ubuntu-eks


def test_the_bootstrap_script_gets_what_it_understands(tmp_path: Path) -> None:
    script = rendered("ubuntu-eks", FULL)
    called = tmp_path / "called"
    bootstrap = tmp_path / "bootstrap.sh"
    bootstrap.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{called}\n', encoding="utf-8")
    bootstrap.chmod(0o755)
    script = script.replace("/etc/eks/bootstrap.sh", str(bootstrap))
    script = script.replace("/etc/kubernetes", str(tmp_path))
    subprocess.run(["bash", "-c", script], check=True)
    assert called.read_text(encoding="utf-8").splitlines() == [
        "lovelace",
        *("--apiserver-endpoint", CLUSTER.endpoint),
        *("--b64-cluster-ca", CLUSTER.certificate_authority),
        *("--dns-cluster-ip", "172.20.0.10"),
        *("--use-max-pods", "false"),
        "--kubelet-extra-args",
        "--node-labels=team=core,example.com/tier=batch "
        "--register-with-taints=dedicated=gpu:NoSchedule,spot=:PreferNoSchedule --max-pods=20 "
        f"--config-dir={tmp_path}/kubelet/config.d",
    ]
    (file,) = (tmp_path / "kubelet" / "config.d").iterdir()
    assert file.suffix == ".conf", "kubelet reads no other file there"
    assert json.loads(file.read_text(encoding="utf-8")) == {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        **FULL.kubelet,
    }


def test_the_bootstrap_script_is_clean_shell() -> None:
    checked = subprocess.run(
        [program("shellcheck"), "-"],
        input=rendered("ubuntu-eks", FULL).replace("${", "x{"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_without_extras_kubelet_gets_no_extra_arguments() -> None:
    words = shlex.split(rendered("ubuntu-eks", PLAIN).replace("\\\n", ""))
    assert "--kubelet-extra-args" not in words
    assert "--use-max-pods" not in words


# al2023


def node_config(node: Node) -> Any:
    message = email.message_from_string(rendered("al2023", node))
    assert message.get_content_type() == "multipart/mixed"
    (part,) = message.get_payload()
    assert part.get_content_type() == "application/node.eks.aws"
    return yaml.safe_load(part.get_payload())


def test_nodeadm_gets_the_four_fields_it_demands() -> None:
    config = node_config(PLAIN)
    assert (config["apiVersion"], config["kind"]) == ("node.eks.aws/v1alpha1", "NodeConfig")
    assert config["spec"] == {
        "cluster": {
            "name": "lovelace",
            "apiServerEndpoint": CLUSTER.endpoint,
            "certificateAuthority": CLUSTER.certificate_authority,
            "cidr": "172.20.0.0/16",
        }
    }


def test_nodeadm_hands_labels_by_flag_and_the_rest_by_configuration() -> None:
    assert node_config(FULL)["spec"]["kubelet"] == {
        "config": {**FULL.kubelet, "maxPods": 20, "registerWithTaints": FULL_TAINTS},
        "flags": ["--node-labels=team=core,example.com/tier=batch"],
    }


def everything(instance_store: Literal["raid0"] | None, **without: Any) -> Node:
    """A node that says all there is, but for some settings of kubelet."""
    kubelet = KubeletSpec.model_validate(dict(SETTINGS) | without).rendered()
    return replace(FULL, kubelet=kubelet, instance_store=instance_store)


@pytest.mark.parametrize("node", [PLAIN, FULL, everything("raid0")], ids=["plain", "full", "all"])
@pytest.mark.parametrize("cluster", [CLUSTER, None], ids=["own", "of EKS"])
def test_nodeadm_takes_what_it_is_given(node: Node, cluster: ClusterConnection | None) -> None:
    text = render("al2023", node, cluster=cluster)
    for part in parts_of(text).values() if text else ():
        jsonschema.validate(yaml.safe_load(part), NODE_CONFIG)


# Disks of the instance type's own


@pytest.mark.parametrize(("ours", "nodeadms"), [("raid0", "RAID0"), ("mount", "Mount")])
def test_the_instance_store_is_what_nodeadm_and_our_image_call_it(
    ours: Literal["raid0", "mount"], nodeadms: str
) -> None:
    node = Node(instance_store=ours)
    assert node_config(node)["spec"]["instance"] == {"localStorage": {"strategy": nodeadms}}
    (file,) = yaml.safe_load(rendered("packer", node))["write_files"]
    assert json.loads(file["content"]) == {"instanceStore": ours}


# Scripts of the owner's

BEFORE = """\
#!/bin/sh
echo before "${HOME}" '%{x}' --NODE-CONFIG >>$OUT
SCRIPT
--NODE-CONFIG
"""
AFTER = "#!/usr/bin/env python3\nimport os\nprint('after', file=open(os.environ['OUT'], 'a'))"


def parts_of(text: str) -> dict[str, str]:
    """The parts of a MIME document as cloud-init reads them, by their types."""
    message = email.message_from_string(text)
    assert message.get_content_type() == "multipart/mixed"
    return {
        part.get_content_type(): part.get_payload(decode=True).decode()
        for part in message.get_payload()
    }  # type: ignore[union-attr]


def test_our_image_gets_scripts_beside_its_settings() -> None:
    found = parts_of(rendered("packer", Node(labels={"a": "b"}, before=BEFORE, after=AFTER)))
    assert list(found) == ["text/cloud-config", "text/x-shellscript"]
    assert found["text/x-shellscript"] == BEFORE.removesuffix("\n")
    assert found["text/cloud-config"].startswith("#cloud-config\n")
    settings, after = yaml.safe_load(found["text/cloud-config"])["write_files"]
    assert settings["path"] == NODE_GROUP_FILE
    assert after == {"path": AFTER_JOIN, "permissions": "0700", "content": AFTER}
    assert f'AFTER_JOIN = "{AFTER_JOIN}"' in EKS_JOIN.read_text(encoding="utf-8")


def test_a_script_alone_needs_no_settings() -> None:
    assert list(parts_of(rendered("packer", Node(before=BEFORE)))) == ["text/x-shellscript"]
    text = rendered("packer", Node(after=AFTER))
    assert yaml.safe_load(text)["write_files"][0]["content"] == AFTER


def test_amazons_image_gets_a_script_that_runs_before_nodeadm() -> None:
    found = parts_of(rendered("al2023", Node(max_pods=20, before=BEFORE)))
    assert list(found) == ["text/x-shellscript", "application/node.eks.aws"]
    assert found["text/x-shellscript"] == BEFORE.removesuffix("\n")
    assert yaml.safe_load(found["application/node.eks.aws"])["kind"] == "NodeConfig"
    by_eks = render("al2023", Node(before=BEFORE), cluster=None)
    assert list(parts_of(by_eks)) == ["text/x-shellscript"]


@pytest.mark.parametrize("ending", ["", "exit 3\n"])
def test_canonicals_image_runs_scripts_around_its_own(tmp_path: Path, ending: str) -> None:
    out, bootstrap = tmp_path / "out", tmp_path / "bootstrap.sh"
    bootstrap.write_text('#!/bin/sh\necho bootstrap "$1" >>$OUT\n', encoding="utf-8")
    bootstrap.chmod(0o755)
    before = BEFORE.replace("SCRIPT\n--NODE-CONFIG\n", ending)
    script = rendered("ubuntu-eks", Node(before=before, after=AFTER))
    done = subprocess.run(
        ["bash", "-c", script.replace("/etc/eks", str(tmp_path))],
        env={**os.environ, "HOME": "/root", "OUT": str(out)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.read_text(encoding="utf-8").splitlines() == [
        "before /root %{x} --NODE-CONFIG",
        "bootstrap lovelace",
        "after",
    ]
    assert ("the node joins anyway" in done.stdout) == bool(ending)


def test_no_line_of_a_script_ends_it(tmp_path: Path) -> None:
    script = rendered("ubuntu-eks", Node(before=BEFORE, after=AFTER)).replace(
        "/etc/eks", f"{tmp_path}"
    )
    (tmp_path / "bootstrap.sh").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "bootstrap.sh").chmod(0o755)
    subprocess.run(["bash", "-c", script], env={**os.environ, "OUT": "/dev/null"}, check=True)
    assert (tmp_path / "before-join").read_text(encoding="utf-8") == BEFORE
    assert (tmp_path / "after-join").read_text(encoding="utf-8") == AFTER + "\n"


# bottlerocket


def settings(node: Node, *, cluster: ClusterConnection | None = CLUSTER) -> dict[str, Any]:
    return tomllib.loads(render("bottlerocket", node, cluster=cluster)).get("settings", {})


def test_bottlerocket_is_told_in_its_settings() -> None:
    assert settings(case_of("full", "bottlerocket")) == {
        "kubernetes": {
            "api-server": CLUSTER.endpoint,
            "cluster-certificate": CLUSTER.certificate_authority,
            "cluster-name": "lovelace",
            "max-pods": 20,
            "system-reserved": {"memory": "200Mi"},
            "eviction-hard": {
                "memory.available": "5%",
                "nodefs.available": "10%",
                "nodefs.inodesFree": "5%",
            },
            "node-labels": FULL.labels,
            "node-taints": {"dedicated": ["gpu:NoSchedule"], "spot": [":PreferNoSchedule"]},
        }
    }


def test_what_eks_says_of_its_own_bottlerocket_is_left_to_it() -> None:
    assert render("bottlerocket", PLAIN, cluster=None) == ""
    assert settings(Node(kubelet={"podPidsLimit": 99}), cluster=None) == {
        "kubernetes": {"pod-pids-limit": 99}
    }


def test_a_limit_of_pods_that_terraform_gives_is_a_number() -> None:
    text = rendered("bottlerocket", Node(max_pods="${min(local.max_pods_c5-large)}"))
    assert "\nmax-pods = ${min(local.max_pods_c5-large)}\n" in text


LABELS = st.dictionaries(
    st.from_regex(
        r"([a-z][a-z0-9.-]{0,9}[a-z0-9]/)?[A-Za-z0-9][\w.-]{0,9}[A-Za-z0-9]", fullmatch=True
    ),
    st.from_regex(r"[A-Za-z0-9]([\w.-]{0,9}[A-Za-z0-9])?", fullmatch=True) | st.just(""),
    max_size=4,
).filter(lambda labels: not list(refused_labels(labels)))


@given(LABELS, st.lists(st.sampled_from(["a_b", "c d", "#", "\u00e9", '"', "\\"]), max_size=3))
def test_whatever_bottlerocket_is_told_reads_back_the_same(
    labels: dict[str, str], texts: list[str]
) -> None:
    taints = [Taint(key, value, effect) for key, value in labels.items() for effect in EFFECTS]
    found = settings(Node(labels, taints, kubelet={"allowedUnsafeSysctls": texts}))["kubernetes"]
    assert found.get("node-labels", {}) == labels
    assert found.get("node-taints", {}) == {
        key: [f"{value}:{effect}" for effect in EFFECTS] for key, value in labels.items()
    }
    assert found["allowed-unsafe-sysctls"] == texts


@pytest.mark.parametrize("cluster", [CLUSTER, None], ids=["own", "of EKS"])
def test_bottlerocket_takes_what_it_is_given(cluster: ClusterConnection | None) -> None:
    reserved = {
        key: {"cpu": "150m", "memory": "1Gi", "ephemeral_storage": "2Gi"}
        for key in ("kube_reserved", "system_reserved")
    }
    node = everything(None, **{**dict.fromkeys(WITHOUT), "feature_gates": {}}, **reserved)
    told = tomllib.loads(render("bottlerocket", node, cluster=cluster))
    jsonschema.validate(told, BOTTLEROCKET)
    known = BOTTLEROCKET["properties"]["settings"]["properties"]["kubernetes"]["properties"]
    assert known.keys() - told["settings"]["kubernetes"].keys() == (
        set() if cluster else {"api-server", "cluster-certificate", "cluster-name"}
    )


def test_every_setting_of_kubelet_has_one_of_bottlerocket_or_is_refused() -> None:
    """Or the rule of the spec says that it has none."""
    without = KubeletSpec.model_validate(
        dict(SETTINGS) | dict.fromkeys(WITHOUT) | {"feature_gates": {}}
    )
    assert without.rendered().keys() == bottlerocket.SETTINGS.keys()
    assert {*KubeletSpec.model_fields} >= {*WITHOUT}


# What kubelet would refuse


@pytest.mark.parametrize(
    "labels",
    [
        {},
        {"team": "core"},
        {"team": ""},
        {"example.com/tier_1.x": "A-b.c_d"},
        {"node.kubernetes.io/pool": "a"},
        {"topology.kubernetes.io/zone": "us-west-2a"},
        {"mykubernetes.io/x": "a"},
    ],
)
def test_a_label_that_kubelet_takes_is_no_problem(labels: dict[str, str]) -> None:
    assert list(refused_labels(labels)) == []


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        (
            "team core",
            "a",
            "team core is not a Kubernetes name; write it like team",
        ),
        ("/team", "a", "/team is not a Kubernetes name"),
        ("a" * 64, "a", "is not a Kubernetes name"),
        ("Example.com/a", "a", "is not a Kubernetes name"),
        (
            "node-role.kubernetes.io/gpu",
            "",
            "own that kubelet refuses to set",
        ),
        ("kubernetes.io/role", "a", "is a label of Kubernetes' own"),
        ("autoscaling.k8s.io/x", "a", "is a label of Kubernetes' own"),
        ("team", "core,admin=true", "team has a value that Kubernetes refuses"),
        ("team", "-core", "begin and end with a letter or digit"),
        ("team", "core\n", "has a value that Kubernetes refuses"),
        ("team", "${var.team}", "has a value that Kubernetes refuses"),
    ],
)
def test_a_label_that_kubelet_refuses_is_a_problem(key: str, value: str, problem: str) -> None:
    (found,) = refused_labels({key: value})
    assert problem in str(found)


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_taint_that_kubelet_takes_is_no_problem(effect: Any) -> None:
    assert not list(refused_taints([Taint("example.com/dedicated", "gpu", effect)]))


@pytest.mark.parametrize(
    ("taints", "problem"),
    [
        ([Taint("a b", "", "NoSchedule")], "0.key is not a Kubernetes name"),
        ([Taint("a", "b,c", "NoSchedule")], "0.value has a value that Kubernetes refuses"),
        ([Taint("a", "b", "Never")], "use one of NoSchedule, PreferNoSchedule, NoExecute"),  # type: ignore[arg-type]
        (
            [Taint("a", "b", "NoExecute"), Taint("a", "c", "NoExecute")],
            "1.key has this effect twice; keep one of the two",
        ),
    ],
)
def test_a_taint_that_kubelet_refuses_is_a_problem(taints: list[Taint], problem: str) -> None:
    (found,) = refused_taints(taints)
    assert problem in str(found)


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_rendered_from_what_kubelet_refuses(family: Family) -> None:
    with pytest.raises(ValueError, match=r"a has a value .*\n0.value has a value"):
        rendered(family, Node({"a": "b c"}, [Taint("a", "b c", "NoSchedule")]))
