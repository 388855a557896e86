"""End to end: the chapter's cluster, made by hand, is taken over and brought up to date."""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from commands import cli
from plan_review.levels import Level
from plan_review.review import Review, review
from tests.adoption.conftest import LOCAL_FILES, NAME, Chapter
from tests.adoption.stub_providers import StubProviders
from tests.terraform.project import CommandError, changed

Spec = dict[str, Any]


def in_aws(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    """What a plan does in AWS, by address."""
    return {a: actions for a, actions in changed(plan).items() if a.startswith("aws_")}


# --- taking over ---------------------------------------------------------------------------------


def test_adopt_writes_the_example_from_the_state(
    chapter: Chapter, capsys: pytest.CaptureFixture[str]
) -> None:
    state = chapter.project.path / "state.json"
    state.write_text(chapter.state_as_json())

    assert cli.main(["adopt", str(state)]) == 0

    printed = capsys.readouterr()
    written = yaml.safe_load(printed.out)
    expected = chapter.example()
    expected["control_plane"]["endpoint_public_access"] = True
    expected["adopted"]["forget"] = ["null_resource.kube2iam"]  # here without local files
    assert written == expected
    assert printed.err.splitlines()[-2:] == [
        "the plan of this spec on this state changes nothing in AWS",
        "it makes, outside AWS: null_resource.aws_auth",
    ]


def test_the_rule_that_the_printed_text_calls_otherwise_is_moved(chapter: Chapter) -> None:
    chapter.take_state()
    old, new = "nodes-control_plane-proxy", "nodes-ingress-control_plane"
    document = json.loads(chapter.state.read_text())
    for resource in document["resources"]:
        if resource["name"] == new:
            resource["name"] = old
    chapter.state.write_text(json.dumps(document))
    spec = chapter.example()
    spec["adopted"]["moved"] = {
        f"aws_security_group_rule.{old}": f"aws_security_group_rule.{new}",
    }

    plan = chapter.plan(spec, "-refresh=false")

    assert in_aws(plan) == {}
    assert [
        change["previous_address"]
        for change in plan["resource_changes"]
        if "previous_address" in change
    ] == [f"aws_security_group_rule.{old}"]


@pytest.fixture
def with_local_files(chapter: Chapter) -> Chapter:
    """The chapter's cluster, with what its local_file and template_file leave in the state."""
    chapter.take_state()
    chapter.synth(chapter.example())
    document = json.loads(chapter.state.read_text())
    document["resources"] += json.loads(LOCAL_FILES.read_text())
    chapter.state.write_text(json.dumps(document))
    return chapter


FILES = ["local_file.kubeconfig", "local_file.aws_auth"]


def test_local_files_are_let_go_by_removed_blocks(with_local_files: Chapter) -> None:
    chapter = with_local_files
    with StubProviders() as providers:
        chapter.project.environment |= providers.environment()
        try:
            plan = chapter.plan(chapter.example(), "-refresh=false")
            chapter.apply_plan()
        finally:
            del chapter.project.environment["TF_REATTACH_PROVIDERS"]

    assert changed(plan) == {
        "null_resource.aws_auth": ["create"],
        "null_resource.kube2iam": ["forget"],
        **{address: ["forget"] for address in FILES},
    }
    left = chapter.project.terraform(NAME, "state", "list")
    assert "local_file" not in left
    assert "template_file" not in left
    assert (chapter.directory / "kubeconfig").exists()


def test_local_files_are_let_go_by_hand_without_their_providers(with_local_files: Chapter) -> None:
    chapter = with_local_files
    chapter.project.terraform(
        NAME, "state", "rm", "-no-color", "data.template_file.kubeconfig", *FILES
    )

    plan = chapter.plan(chapter.example(), "-refresh=false")

    assert changed(plan) == {
        "null_resource.aws_auth": ["create"],
        "null_resource.kube2iam": ["forget"],
    }


@pytest.mark.parametrize("name", ["control_plane_role", "service_ipv4_cidr"])
def test_a_plan_that_would_replace_the_cluster_fails(chapter: Chapter, name: str) -> None:
    chapter.take_state()
    spec = chapter.example()
    section, value = {
        "control_plane_role": ("adopted", "another-role"),
        "service_ipv4_cidr": ("control_plane", "10.100.0.0/16"),
    }[name]
    spec[section][name] = value

    with pytest.raises(CommandError, match=r"prevent_destroy"):
        chapter.plan(spec, "-refresh=false")


# --- the way to today's defaults -----------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """Lines deleted from the spec, and what the plan must be."""

    change: Callable[[Spec], None]
    in_aws: dict[str, list[str]]
    verdict: Level
    findings: set[str] = field(default_factory=set)
    elsewhere: dict[str, list[str]] = field(default_factory=dict)


UPDATE, CREATE, DELETE = ["update"], ["create"], ["delete"]
REFRESH = "ASG03"
"""The plan review's rule: an instance refresh rolls every node."""


def take_over(_: Spec) -> None:
    """The first apply."""


def free(spec: Spec) -> None:
    """What changes nothing that runs."""
    del spec["adopted"]["forget"]
    del spec["as_printed"]["eks_service_policy"]
    del spec["as_printed"]["load_balancer_tags"]
    del spec["control_plane"]["endpoint_private_access"]


def authentication_mode(spec: Spec) -> None:
    del spec["as_printed"]["authentication_mode"]


def kube2iam(spec: Spec) -> None:
    del spec["as_printed"]["kube2iam_of_the_chapter"]


def launch_template(spec: Spec) -> None:
    spec["node_groups"]["node"]["instance_refresh"] = True
    del spec["as_printed"]["node_groups"]["node"]["launch_configuration"]


def volumes(spec: Spec) -> None:
    group = spec["as_printed"]["node_groups"]["node"]
    del group["image_id"], group["volume_type"], group["volume_encrypted"]


def imdsv2(spec: Spec) -> None:
    del spec["as_printed"]["node_groups"]


def descriptions_and_bastion(spec: Spec) -> None:
    del spec["as_printed"]


STEPS = {
    "take over": Step(
        take_over,
        {},
        Level.REVIEW,
        {"RUN01", "TF01"},
        {"null_resource.aws_auth": CREATE, "null_resource.kube2iam": ["forget"]},
    ),
    "free": Step(
        free,
        {
            "aws_eks_cluster.control_plane": UPDATE,
            "aws_iam_role_policy_attachment.eks_service": DELETE,
            "aws_subnet.private[0]": UPDATE,
            "aws_subnet.private[1]": UPDATE,
            "aws_subnet.public[0]": UPDATE,
            "aws_subnet.public[1]": UPDATE,
        },
        Level.REVIEW,
        {"IAM11"},
    ),
    "authentication mode": Step(
        authentication_mode,
        {"aws_eks_cluster.control_plane": UPDATE},
        Level.REVIEW,
        {"EKS16"},
    ),
    "kube2iam": Step(
        kube2iam,
        {"aws_iam_role_policy.node": UPDATE},
        Level.REVIEW,
        {"RUN01", "IAM11"},
        {"null_resource.kube2iam": CREATE},
    ),
    "launch template": Step(
        launch_template,
        {
            "aws_autoscaling_group.node": UPDATE,
            "aws_launch_configuration.node": DELETE,
            "aws_launch_template.node": CREATE,
        },
        Level.DISRUPTION,
        {REFRESH, "LOSS02"},
    ),
    "image and gp3": Step(
        volumes,
        {"aws_autoscaling_group.node": UPDATE, "aws_launch_template.node": UPDATE},
        Level.DISRUPTION,
        {REFRESH},
    ),
    "imdsv2": Step(
        imdsv2,
        {"aws_autoscaling_group.node": UPDATE, "aws_launch_template.node": UPDATE},
        Level.DISRUPTION,
        {REFRESH},
    ),
    "descriptions and bastion": Step(
        descriptions_and_bastion,
        {
            "aws_instance.ssh_bastion": ["create", "delete"],
            "aws_security_group.control_plane": UPDATE,
            "aws_security_group.nodes": UPDATE,
            "aws_security_group.ssh_bastion": UPDATE,
            "aws_security_group_rule.bastion-ingress-nodes-ssh": UPDATE,
            "aws_security_group_rule.control_plane-ingress-nodes": UPDATE,
            "aws_security_group_rule.node-kubelet-ingress-control_plane": UPDATE,
            "aws_security_group_rule.nodes-ingress-control_plane": UPDATE,
            "aws_security_group_rule.nodes-ingress-self": UPDATE,
        },
        Level.REVIEW,
        {"SRV03"},
    ),
}
"""In this order; the how-to explains why."""

FIRST, *_, LAST = STEPS


class Way:
    """The steps, each applied once and after those before it, whichever test asks first."""

    def __init__(self, chapter: Chapter) -> None:
        chapter.take_state()
        self.chapter = chapter
        self.spec = copy.deepcopy(chapter.example())
        self.plans: dict[str, dict[str, Any]] = {}
        self._state = chapter.state.read_bytes()

    def to(self, name: str) -> dict[str, Any]:
        """Go on to a step, if it is not behind; give its plan."""
        self.chapter.state.write_bytes(self._state)
        for each in STEPS:
            if name in self.plans:
                break
            if each not in self.plans:
                self._step(each)
        self._state = self.chapter.state.read_bytes()
        return self.plans[name]

    def _step(self, name: str) -> None:
        STEPS[name].change(self.spec)
        # what changed besides is seen once, in the first; each refresh takes its seconds
        refresh = f"-refresh={'true' if name == FIRST else 'false'}"
        self.plans[name] = self.chapter.plan(self.spec, refresh)
        if name == "kube2iam":  # its selector is another, and no DaemonSet changes that
            self.chapter.kubectl("--namespace=kube-system", "delete", "daemonset", "kube2iam")
        if name != LAST:  # moto makes no volume of unknown size
            self.chapter.apply_plan()


@pytest.fixture(scope="module")
def way(chapter: Chapter) -> Way:
    return Way(chapter)


@pytest.mark.parametrize("name", STEPS)
def test_each_step_does_what_it_says(way: Way, name: str) -> None:
    step = STEPS[name]
    plan = way.to(name)

    assert in_aws(plan) == step.in_aws
    assert changed(plan) == step.in_aws | step.elsewhere
    said: Review = review(plan)
    assert {finding.rule for finding in said.findings} == step.findings
    assert said.verdict is step.verdict


def test_nothing_of_the_chapter_is_left_in_the_spec(way: Way) -> None:
    way.to(LAST)
    assert "as_printed" not in way.spec


def test_aws_auth_and_kube2iam_are_applied(chapter: Chapter, way: Way) -> None:
    way.to(LAST)
    aws_auth = chapter.kubernetes.get("ConfigMap", "aws-auth", "kube-system")
    kube2iam = chapter.kubernetes.get("DaemonSet", "kube2iam", "kube-system")

    assert aws_auth is not None
    assert "role/EKSNode" in aws_auth["data"]["mapRoles"]
    assert kube2iam is not None
    assert kube2iam["metadata"]["labels"] == {"app.kubernetes.io/name": "kube2iam"}
