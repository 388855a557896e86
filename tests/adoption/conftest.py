"""The chapter's cluster as somebody made it by hand, in the emulator, and our JSON on its state."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import synthesis
from tests.emulator.aws import AwsEmulator
from tests.emulator.kubernetes_api import KubernetesApi
from tests.requirements import require
from tests.terraform.conftest import add_node_images
from tests.terraform.project import Project

CHAPTER = Path(__file__).with_name("chapter7")
LOCAL_FILES = Path(__file__).with_name("local_files.json")
EXAMPLE = synthesis.ROOT / "examples" / "chapter7-as-printed.yaml"
NAME = "lovelace"
IMAGE_OF_THE_EXAMPLE = "ami-0a1b2c3d4e5f67890"


class Chapter:
    """The configuration of the chapter, applied, and a stack of ours beside it."""

    def __init__(self, project: Project, aws: AwsEmulator, kubernetes: KubernetesApi) -> None:
        self.project = project
        self.aws = aws
        self.kubernetes = kubernetes
        self.directory = project.path / "chapter7"
        self.stack = project.stack(NAME)
        self.state = project.path / f"terraform.{NAME}.tfstate"

    def apply(self) -> None:
        """Make the cluster, as the chapter does, and give its state to our stack."""
        shutil.copytree(CHAPTER, self.directory)
        self.kubernetes.write_kubeconfig(self.directory / "kubeconfig")
        self.project.init(self.directory)
        self.project.run(
            self.project.program, "apply", "-input=false", "-auto-approve", directory=self.directory
        )
        self.take_state()

    def take_state(self) -> None:
        """Give the state of the chapter's directory to our stack."""
        shutil.copy(self.directory / "terraform.tfstate", self.state)

    def state_as_json(self) -> str:
        """Give what `terraform show -json` says of the chapter's state."""
        return self.project.run(self.project.program, "show", "-json", directory=self.directory)

    def image_id(self) -> str:
        """Give the image that the chapter's nodes run."""
        document = json.loads(self.state.read_text(encoding="utf-8"))
        found: str = next(
            resource["instances"][0]["attributes"]["image_id"]
            for resource in document["resources"]
            if resource["type"] == "aws_launch_configuration"
        )
        return found

    def example(self) -> dict[str, Any]:
        """Give the committed example, with the image that this cluster runs."""
        text = EXAMPLE.read_text(encoding="utf-8")
        assert IMAGE_OF_THE_EXAMPLE in text
        spec: dict[str, Any] = yaml.safe_load(text.replace(IMAGE_OF_THE_EXAMPLE, self.image_id()))
        return spec

    def synth(self, spec: Mapping[str, Any] | str) -> None:
        """Put the JSON of a spec into our stack's directory, ready to plan."""
        text = spec if isinstance(spec, str) else yaml.safe_dump(spec, sort_keys=False)
        new = not self.stack.exists()
        self.stack.mkdir(parents=True, exist_ok=True)
        (self.stack / "cdk.tf.json").write_text(synthesis.stacks(text)[NAME], encoding="utf-8")
        if new:
            self.project.init(self.stack)

    def plan(self, spec: Mapping[str, Any] | str, *arguments: str) -> dict[str, Any]:
        """Plan our JSON of a spec on the state."""
        self.synth(spec)
        return self.project.plan(NAME, *arguments)

    def kubectl(self, *arguments: str) -> None:
        """Run kubectl as the chapter's owner does."""
        self.project.run("kubectl", f"--kubeconfig={self.directory / 'kubeconfig'}", *arguments)

    def apply_plan(self) -> None:
        """Apply exactly what `plan` has shown."""
        self.project.terraform(
            NAME, "apply", "-input=false", str(self.project.path / f"{NAME}.tfplan")
        )


@pytest.fixture(scope="module")
def chapter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chapter]:
    """The chapter's cluster, made anew for each module."""
    require(shutil.which("kubectl"), "kubectl is not on PATH")
    with KubernetesApi() as kubernetes, AwsEmulator() as aws:
        aws.serve_clusters_at(kubernetes.url, kubernetes.ca_path)
        aws.client("ec2").create_key_pair(KeyName=NAME)
        add_node_images(aws)
        made = Chapter(Project(tmp_path_factory.mktemp("adoption"), aws, {}), aws, kubernetes)
        made.apply()
        yield made
