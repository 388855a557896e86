"""A manifest larger than an environment: by the real Terraform and kubectl, on the real API.

Of the cluster's stack only the manifest is applied, so it needs no AWS.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.large_manifest import NAME, large_manifest, write_with_manifest
from tests.programs import terraform
from tests.requirements import require

from .script import Script


class Stack:
    """The part of a cluster's stack that applies the manifest, with a kubeconfig of the test's."""

    def __init__(self, script: Script, path: Path) -> None:
        require(terraform().path, "terraform is not on PATH")
        self.script, self.path = script, path
        self.directory = path / "stacks" / "ada"
        self.elsewhere = path / "elsewhere"
        self.elsewhere.mkdir(parents=True)

    def write(self, text: str) -> None:
        """Synthesise, and leave out what is in AWS."""
        whole = write_with_manifest(text, self.path)
        applied = whole["resource"]["null_resource"][NAME]
        applied["triggers"]["cluster_endpoint"] = self.script.control_plane.url
        providers = whole["terraform"]["required_providers"]
        part = {
            "terraform": {"required_providers": {"null": providers["null"]}},
            "locals": {
                f"{NAME}_manifest": whole["locals"][f"{NAME}_manifest"],
                "kubeconfig": self.script.admin.read_text(),
            },
            "resource": {"null_resource": {NAME: applied}},
        }
        (self.directory / "cdk.tf.json").write_text(json.dumps(part, indent=2))

    def terraform(self, *arguments: str, chdir: bool = True, code: int = 0) -> str:
        """Run Terraform from another directory, or in the stack's own."""
        where = [f"-chdir={self.directory}"] if chdir else []
        done = subprocess.run(
            [terraform().path, *where, *arguments],
            cwd=self.elsewhere if chdir else self.directory,
            env={**self.script.environment, "CHECKPOINT_DISABLE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        require("Failed to query available provider" not in done.stdout, "no provider null")
        assert done.returncode == code, done.stdout
        return done.stdout

    def apply(self, *, chdir: bool = True, code: int = 0) -> str:
        arguments = ("apply", "-auto-approve", "-input=false", "-no-color")
        return self.terraform(*arguments, chdir=chdir, code=code)

    def word(self) -> str:
        """What the last of the objects holds."""
        found = self.script.control_plane.get("ConfigMap", f"{NAME}-3", "default")
        assert found
        assert found["data"]["page"] == "${x} " * 20_000
        return str(found["data"]["word"])


@pytest.fixture
def stack(script: Script, tmp_path: Path) -> Stack:
    script.control_plane.clear()
    return Stack(script, tmp_path / "large")


def test_it_is_applied_from_any_directory_and_again_when_its_text_changes(stack: Stack) -> None:
    stack.write(large_manifest("one"))
    stack.terraform("init", "-input=false")
    assert "1 added" in stack.apply()
    assert stack.word() == "one"
    assert "No changes." in stack.terraform("plan", "-input=false", "-no-color", chdir=False)

    stack.write(large_manifest("two"))
    assert "1 added, 0 changed, 1 destroyed" in stack.apply(chdir=False)
    assert stack.word() == "two"
    assert "No changes." in stack.terraform("plan", "-input=false", "-no-color")


def test_a_refusal_is_told_with_its_reason_and_without_the_script(stack: Stack) -> None:
    stack.write(large_manifest("one").replace("\ndata:", "\ndataa:"))
    stack.terraform("init", "-input=false")

    _, _, error = stack.apply(code=1).partition("Error: ")

    assert f"Error running command 'kubectl apply of {NAME}'" in " ".join(error.split("│"))
    assert ".dataa: field not declared in schema" in error
    assert "mktemp" not in error
    assert len(error.splitlines()) < 20


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of one variable is Linux's")
def test_no_environment_would_have_held_it() -> None:
    with pytest.raises(OSError, match="Argument list too long"):
        subprocess.run(["/bin/true"], env={"MANIFEST": large_manifest("one")}, check=True)
