"""The script that Terraform runs to apply a manifest, run for real with stubs of its tools."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = (Path(__file__).parent.parent / "constructs_lib" / "kubectl" / "apply.sh").read_text(
    encoding="utf-8"
)

KUBECTL = """\
#!/bin/sh
echo "$*" >>"$LOG/calls"
case "$*" in
  *--client*) echo "$CLIENT_VERSION"; exit ;;
esac
for argument; do case $argument in --kubeconfig=*) kubeconfig=${argument#*=} ;; esac; done
ls -l "$kubeconfig" | cut -c1-10 >"$LOG/mode"
cp "$kubeconfig" "$LOG/kubeconfig"
env >"$LOG/environment"
case "$*" in
  *readyz*)
    [ -e "$LOG/asleep" ] || exit 0
    [ -e "$LOG/wakes" ] && rm "$LOG/asleep"
    echo "Unable to connect to the server: $REASON" >&2
    exit 1 ;;
  *apply*) cat >"$LOG/stdin"; exit "$APPLY_STATUS" ;;
esac
"""

MANIFEST = "apiVersion: v1\nkind: ConfigMap\ndata:\n  text: \"$(touch x) `id` 'quoted' \\\\n\"\n"


class Script:
    """The script's surroundings: stubs on PATH, a scratch directory, an empty working directory."""

    def __init__(self, path: Path) -> None:
        self.bin, self.log = path / "bin", path / "log"
        self.scratch, self.work = path / "tmp", path / "work"
        for directory in (self.bin, self.log, self.scratch, self.work):
            directory.mkdir()
        for tool in (
            "sh",
            "sed",
            "head",
            "tail",
            "mktemp",
            "rm",
            "ls",
            "cut",
            "cp",
            "env",
            "cat",
            "grep",
            "sleep",
        ):
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        self.stub("kubectl", KUBECTL)
        self.stub("aws", "#!/bin/sh\n")
        self.environment = {
            "PATH": str(self.bin),
            "TMPDIR": str(self.scratch),
            "LOG": str(self.log),
            "NAME": "aws_auth",
            "MINIMUM_KUBECTL": "1.24",
            "WAIT_SECONDS": "0",
            "KUBECONFIG_CONTENT": "kind: Config",
            "MANIFEST": MANIFEST,
            "CLIENT_VERSION": "Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0",
            "APPLY_STATUS": "0",
            "REASON": "no such host",
        }

    def stub(self, name: str, text: str) -> None:
        file = self.bin / name
        file.write_text(text)
        file.chmod(file.stat().st_mode | stat.S_IXUSR)

    def run(self, shell: tuple[str, ...] = ("/bin/sh",), **changes: str) -> tuple[int, str]:
        result = subprocess.run(
            [*shell, "-c", SCRIPT],
            env={**self.environment, **changes},
            cwd=self.work,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert list(self.scratch.iterdir()) == []
        assert list(self.work.iterdir()) == []
        return result.returncode, result.stderr

    def logged(self, name: str) -> str:
        return (self.log / name).read_text()


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


SHELLS = [("/bin/sh",)] + [
    (found, *options)
    for name, options in (("dash", ()), ("bash", ("--posix",)), ("busybox", ("sh",)))
    if (found := shutil.which(name))
]


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_the_manifest_reaches_standard_input_to_the_letter(
    script: Script, shell: tuple[str, ...]
) -> None:
    assert script.run(shell) == (0, "")
    assert script.logged("stdin") == f"{MANIFEST}\n"


def test_the_kubeconfig_is_private_and_not_in_kubectls_environment(script: Script) -> None:
    script.run()
    assert script.logged("mode") == "-rw-------\n"
    assert script.logged("kubeconfig") == "kind: Config\n"
    assert "KUBECONFIG_CONTENT" not in script.logged("environment")


def test_manifest_and_kubeconfig_are_in_no_command_line(script: Script) -> None:
    script.run()
    calls = script.logged("calls")
    assert "ConfigMap" not in calls
    assert "kind: Config" not in calls


def test_kubectl_keeps_its_cache_in_the_scratch_directory(script: Script) -> None:
    script.run()
    for call in script.logged("calls").splitlines()[1:]:
        assert f"--cache-dir={script.scratch}" in call


@pytest.mark.parametrize(
    ("missing", "name"), [("kubectl", "kubectl"), ("aws", "the AWS CLI (aws)")]
)
def test_a_missing_tool_is_told_before_anything_else(
    script: Script, missing: str, name: str
) -> None:
    (script.bin / missing).unlink()
    status, told = script.run()
    assert status == 1
    assert told.startswith(f"kubectl apply of aws_auth: {name} is not on PATH; install it from ")
    assert not (script.log / "calls").exists()


@pytest.mark.parametrize(
    "version",
    [
        "Client Version: v1.23.17",
        'Client Version: version.Info{Major:"1", Minor:"18+", GitVersion:"v1.18.9-eks-d1db3c"}',
    ],
)
def test_a_kubectl_that_is_too_old_is_told_before_anything_else(
    script: Script, version: str
) -> None:
    status, told = script.run(CLIENT_VERSION=version)
    assert status == 1
    assert "is too old; install 1.24 or newer and apply again" in told
    assert script.logged("calls") == "version --client\n"


def test_a_kubectl_without_a_version_is_told(script: Script) -> None:
    status, told = script.run(CLIENT_VERSION="hello")
    assert (status, told) == (
        1,
        "kubectl apply of aws_auth: kubectl does not tell its version; "
        "install 1.24 or newer and apply again\n",
    )


def test_an_api_that_does_not_answer_is_told_with_its_last_error(script: Script) -> None:
    (script.log / "asleep").touch()
    status, told = script.run()
    assert (status, told) == (
        1,
        "kubectl apply of aws_auth: the API did not answer for 0 seconds: "
        "Unable to connect to the server: no such host; "
        "check the credentials and the way to the endpoint, and apply again\n",
    )


def test_missing_credentials_are_told_at_once(script: Script) -> None:
    (script.log / "asleep").touch()
    reason = "getting credentials: exec: executable aws failed with exit code 255"
    status, told = script.run(WAIT_SECONDS="600", REASON=reason)
    assert (status, told) == (
        1,
        f"kubectl apply of aws_auth: no token for the cluster: Unable to connect to the server: "
        f"{reason}; check the AWS CLI and its credentials, and apply again\n",
    )


def test_an_api_that_wakes_up_is_waited_for(script: Script) -> None:
    (script.log / "asleep").touch()
    (script.log / "wakes").touch()
    (script.bin / "sleep").unlink()
    script.stub("sleep", "#!/bin/sh\n")
    assert script.run(WAIT_SECONDS="10") == (0, "")


def test_what_kubectl_refuses_fails_the_apply_and_leaves_nothing(script: Script) -> None:
    assert script.run(APPLY_STATUS="3")[0] == 3


def test_an_interrupted_script_leaves_nothing(script: Script) -> None:
    (script.log / "asleep").touch()
    process = subprocess.Popen(
        ["/bin/sh", "-c", SCRIPT],
        env={**script.environment, "WAIT_SECONDS": "600"},
        cwd=script.work,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not (script.log / "kubeconfig").exists():
        assert process.poll() is None
    os.killpg(process.pid, 15)
    process.wait(timeout=30)
    assert list(script.scratch.iterdir()) == []


def test_the_script_is_shellcheck_clean() -> None:
    shellcheck = shutil.which(
        "shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    )
    assert shellcheck
    result = subprocess.run(
        [shellcheck, "--shell=sh", "-"], input=SCRIPT, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout) == (0, "")
