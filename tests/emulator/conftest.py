import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.requirements import require

from .aws import AwsEmulator
from .kubernetes_api import KubernetesApi

Kubectl = Callable[..., subprocess.CompletedProcess[str]]


def require_program(name: str, path: str | None = None) -> str:
    """Find a program on PATH, or skip the test."""
    program = shutil.which(name, path=path)
    require(program, f"{name} is not on PATH")
    return str(program)


@pytest.fixture(scope="session")
def aws() -> Iterator[AwsEmulator]:
    with AwsEmulator() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def kubernetes_server() -> Iterator[KubernetesApi]:
    with KubernetesApi() as api:
        yield api


@pytest.fixture
def kubernetes(kubernetes_server: KubernetesApi) -> KubernetesApi:
    kubernetes_server.clear()
    return kubernetes_server


@pytest.fixture(scope="session")
def kubectl_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give one home to every kubectl: there it keeps what the server told of itself."""
    return tmp_path_factory.mktemp("kubectl-home")


@pytest.fixture
def kubectl(kubernetes: KubernetesApi, kubectl_home: Path, tmp_path: Path) -> Kubectl:
    """Give the real kubectl; what is in `manifest` goes to its standard input."""
    program = require_program("kubectl")
    kubeconfig = kubernetes.write_kubeconfig(tmp_path / "kubeconfig")

    def run(*arguments: str, manifest: Any = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, "--kubeconfig", str(kubeconfig), *arguments],
            input=None if manifest is None else json.dumps(manifest),
            env={**os.environ, "HOME": str(kubectl_home)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
