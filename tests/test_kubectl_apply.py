"""The script that Terraform runs to apply a manifest, run for real with stubs of its tools."""

import json
import os
import shutil
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml

from constructs_lib.kubectl import MINIMUM_KUBECTL, UNKNOWN_SECONDS

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
  *"get -f"*) printf '%s\\n' "$OBJECTS" ;;
  *"rollout status"*) exit "$ROLLOUT" ;;
  *"delete --ignore"*) printf '%s' "$DELETED" ;;
  *"get configmap aws-auth"*mapRoles*) printf '%s' "$THERE"; exit ;;
  *"get configmap aws-auth"*name) echo configmap/aws-auth; exit ;;
  *"get configmap aws-auth"*) exit ;;
  *"create --dry-run"*mapRoles*) printf '%s' "$OURS"; exit ;;
  *"create --dry-run"*) exit ;;
  *"create configmap aws-auth"*)
    for argument; do
      case $argument in --from-file=*/mapRoles) cp "${argument#*=}" "$LOG/mapRoles" ;; esac
    done
    exit ;;
  *apply*)
    for argument; do file=$argument; done
    cp "$file" "$LOG/manifest"
    count=$(($(cat "$LOG/applies" 2>/dev/null || echo 0) + 1))
    echo "$count" >"$LOG/applies"
    [ "$count" -le "$FAILURES" ] || exit 0
    echo "$FAILURE" >&2
    exit 1 ;;
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
            "awk",
            "date",
            "sort",
        ):
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        self.stub("kubectl", KUBECTL)
        self.stub("aws", "#!/bin/sh\n")
        self.environment = {
            "PATH": str(self.bin),
            "TMPDIR": str(self.scratch),
            "LOG": str(self.log),
            "NAME": "kube2iam",
            "MINIMUM_KUBECTL": MINIMUM_KUBECTL,
            "FIELD_MANAGER": "kubectl",
            "WAIT_SECONDS": "0",
            "UNKNOWN_SECONDS": "0",
            "KIND_SECONDS": "0",
            "KUBECONFIG_CONTENT": "kind: Config",
            "MANIFEST": MANIFEST,
            "CLIENT_VERSION": "Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0",
            "FAILURES": "0",
            "FAILURE": "error: no reason",
            "REASON": "no such host",
        }

    def stub(self, name: str, text: str) -> None:
        file = self.bin / name
        file.write_text(text)
        file.chmod(file.stat().st_mode | stat.S_IXUSR)

    def run(self, shell: tuple[str, ...] = ("/bin/sh",), **changes: str) -> tuple[int, str]:
        result = subprocess.run(
            [*shell, "-c", SCRIPT, "kubectl apply of kube2iam"],
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
def test_the_manifest_reaches_kubectl_to_the_letter(script: Script, shell: tuple[str, ...]) -> None:
    assert script.run(shell) == (0, "")
    assert script.logged("manifest") == f"{MANIFEST}\n"


def test_a_manifest_in_a_file_is_applied_from_there(script: Script, tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.write_text("kind: ConfigMap\n" + "# filler\n" * 100_000)
    assert script.run(MANIFEST="", MANIFEST_FILE=str(file)) == (0, "")
    assert script.logged("manifest") == file.read_text()


def test_fields_are_owned_under_one_name_and_never_forced(script: Script) -> None:
    script.run()
    apply = script.logged("calls").splitlines()[-1]
    assert "apply --server-side --field-manager=kubectl -f " in apply
    assert "force" not in apply


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
    assert told.startswith(f"kubectl apply of kube2iam: {name} is not on PATH; install it from ")
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
    assert "is too old; install 1.26 or newer and apply again" in told
    assert script.logged("calls") == "version --client\n"


def test_a_kubectl_without_a_version_is_told(script: Script) -> None:
    status, told = script.run(CLIENT_VERSION="hello")
    assert (status, told) == (
        1,
        "kubectl apply of kube2iam: kubectl does not tell its version; "
        "install 1.26 or newer and apply again\n",
    )


def test_an_api_that_does_not_answer_is_told_with_its_last_error(script: Script) -> None:
    (script.log / "asleep").touch()
    status, told = script.run()
    assert (status, told) == (
        1,
        "kubectl apply of kube2iam: the API did not answer for 0 seconds: "
        "Unable to connect to the server: no such host; "
        "check the way to the endpoint, and apply again\n",
    )


def test_missing_credentials_are_told_at_once_with_the_reason_of_the_aws_cli(
    script: Script,
) -> None:
    """What the CLI says of itself comes before kubectl's own line, and is the only help."""
    (script.log / "asleep").touch()
    exec_failed = "getting credentials: exec: executable aws failed with exit code 254"
    expired = "An error occurred (ExpiredTokenException) when calling the AssumeRole operation"
    log = 'E1125 10:00:00.123456     123 memcache.go:265] "Unhandled Error" err="couldn\'t get"'
    reason = f"{exec_failed}\n\n{expired}\n{log}\n{expired}"
    status, told = script.run(WAIT_SECONDS="600", REASON=reason)
    assert (status, told) == (
        1,
        f"kubectl apply of kube2iam: no token for the cluster: Unable to connect to the server: "
        f"{exec_failed}; {expired}; check the AWS CLI and its credentials, and apply again\n",
    )


UNAUTHORIZED = "error: You must be logged in to the server (Unauthorized)"


def test_credentials_that_the_cluster_does_not_know_are_told_by_name(script: Script) -> None:
    (script.log / "asleep").touch()
    script.stub("aws", '#!/bin/sh\necho "arn:aws:sts::123456789012:assumed-role/dev/ada"\n')
    status, told = script.run(WAIT_SECONDS="600", REASON=UNAUTHORIZED)
    assert (status, told) == (
        1,
        "kubectl apply of kube2iam: the cluster does not know these credentials: "
        "arn:aws:sts::123456789012:assumed-role/dev/ada; "
        "apply with those that made it, or with a role that it maps\n",
    )


def test_credentials_that_the_cluster_is_about_to_learn_of_are_waited_for(script: Script) -> None:
    (script.log / "asleep").touch()
    (script.log / "wakes").touch()
    (script.bin / "sleep").unlink()
    script.stub("sleep", "#!/bin/sh\n")
    assert script.run(WAIT_SECONDS="10", UNKNOWN_SECONDS="10", REASON=UNAUTHORIZED) == (0, "")


def test_unknown_credentials_are_told_within_a_minute() -> None:
    """The longest that a wrong credential takes to be told: node.md's five minutes are over."""
    assert UNKNOWN_SECONDS <= 60


NO_KIND = (
    'error: resource mapping not found for name: "x" namespace: "" from "f": '
    'no matches for kind "{kind}" in version "{version}"\nensure CRDs are installed first'
)


@pytest.mark.parametrize(
    ("failure", "applies"),
    [
        (NO_KIND.format(kind="Certificate", version="cert-manager.io/v1"), 2),
        (NO_KIND.format(kind="Deploymnt", version="apps/v1"), 1),
        (NO_KIND.format(kind="Podd", version="v1"), 1),
        ('Error from server (NotFound): namespaces "web" not found', 1),
        ("Error from server (Invalid): field is immutable", 1),
    ],
)
def test_only_a_kind_that_may_still_come_is_waited_for(
    script: Script, failure: str, applies: int
) -> None:
    (script.bin / "sleep").unlink()
    script.stub("sleep", "#!/bin/sh\n")
    status, told = script.run(FAILURES="1", FAILURE=failure, KIND_SECONDS="60")
    assert script.logged("applies") == f"{applies}\n"
    assert (status, told) == ((0, "") if applies == 2 else (1, f"{failure}\n"))


def test_a_namespace_of_the_same_manifest_is_waited_for(script: Script) -> None:
    (script.bin / "sleep").unlink()
    script.stub("sleep", "#!/bin/sh\n")
    manifest = "kind: Pod\n---\napiVersion: v1\nkind: Namespace\n"
    failure = 'Error from server (NotFound): namespaces "web" not found'
    assert script.run(MANIFEST=manifest, FAILURES="1", FAILURE=failure, KIND_SECONDS="60") == (
        0,
        "",
    )


def test_a_kind_that_never_comes_is_told_as_kubectl_tells_it(script: Script) -> None:
    failure = NO_KIND.format(kind="Certificate", version="cert-manager.io/v1")
    assert script.run(FAILURES="9", FAILURE=failure) == (1, f"{failure}\n")


def test_an_api_that_wakes_up_is_waited_for(script: Script) -> None:
    (script.log / "asleep").touch()
    (script.log / "wakes").touch()
    (script.bin / "sleep").unlink()
    script.stub("sleep", "#!/bin/sh\n")
    assert script.run(WAIT_SECONDS="10") == (0, "")


def test_what_kubectl_refuses_fails_the_apply_and_leaves_nothing(script: Script) -> None:
    assert script.run(FAILURES="9") == (1, "error: no reason\n")


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


OBJECTS = """\
Namespace <none> shop <none>
Deployment shop web <none>
DaemonSet shop agent RollingUpdate
StatefulSet shop store OnDelete
StatefulSet shop queue RollingUpdate"""


NODES = "system:node:{{EC2PrivateDNSName}}"
OURS = f"""\
- rolearn: arn:aws:iam::123456789012:role/node
  username: {NODES}
  groups:
  - system:nodes
"""
KEPT = {
    "rolearn": "arn:aws:iam::123456789012:role/node-of-a-managed-group",
    "username": NODES,
    "groups": ["system:bootstrappers", "system:nodes"],
}
GONE = {
    "groups": ["system:masters"],
    "rolearn": "arn:aws:iam::123456789012:role/admin",
    "username": "1e3",
}
AGAIN = {"rolearn": "arn:aws:iam::123456789012:role/node", "username": NODES, "groups": ["x"]}
THERE = [AGAIN, GONE, KEPT]
BLOCK = yaml.safe_dump(THERE, sort_keys=False)


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
@pytest.mark.parametrize(
    "there",
    [
        pytest.param(BLOCK, id="as EKS writes"),
        pytest.param(BLOCK.removesuffix("\n"), id="without an end of line"),
        pytest.param("# nodes\n\n" + textwrap.indent(BLOCK, "    "), id="indented"),
        pytest.param(json.dumps(THERE), id="as aws-cdk writes"),
        pytest.param(json.dumps(THERE, indent=2), id="JSON of several lines"),
        pytest.param("".join(f"- {json.dumps(entry)}\n" for entry in THERE), id="list of JSON"),
        pytest.param(
            yaml.safe_dump(THERE, default_style='"', sort_keys=False),
            id="as yamlencode writes",
        ),
    ],
)
def test_what_eks_lets_in_stays_however_aws_auth_is_written(
    script: Script, there: str, shell: tuple[str, ...]
) -> None:
    assert yaml.safe_load(there) == THERE

    assert script.run(shell, NAME="aws_auth", THERE=there, OURS=OURS) == (0, "")

    written = script.logged("mapRoles")
    assert written.startswith(OURS)
    assert yaml.safe_load(written) == [*yaml.safe_load(OURS), KEPT]


def test_rollouts_are_waited_for_one_by_one_within_the_limit(script: Script) -> None:
    assert script.run(ROLLOUT_SECONDS="90", OBJECTS=OBJECTS, ROLLOUT="0") == (0, "")
    waits = [line for line in script.logged("calls").splitlines() if "rollout status" in line]
    assert [line.split("rollout status ")[1].split(" --timeout")[0] for line in waits] == [
        "Deployment/web --namespace=shop",
        "DaemonSet/agent --namespace=shop",
        "StatefulSet/queue --namespace=shop",
    ]
    assert all(int(line.split("--timeout=")[1].rstrip("s")) <= 90 for line in waits)


def test_a_rollout_that_does_not_end_fails_the_apply(script: Script) -> None:
    assert script.run(ROLLOUT_SECONDS="1", OBJECTS=OBJECTS, ROLLOUT="1") == (
        1,
        "kubectl apply of kube2iam: Deployment web in namespace shop is not rolled out after 1 "
        "seconds: ; see its pods (kubectl describe), and apply again\n",
    )


def test_nothing_is_waited_for_unless_the_spec_says_so(script: Script) -> None:
    assert script.run(OBJECTS=OBJECTS, ROLLOUT="1") == (0, "")
    assert "rollout status" not in script.logged("calls")


@pytest.mark.parametrize(
    ("deleted", "printed"),
    [("", ""), ('daemonset.apps "kube2iam" deleted\n', "replace the nodes\n")],
)
def test_what_is_deleted_is_told_with_what_is_left_to_do(
    script: Script, deleted: str, printed: str
) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", SCRIPT],
        env={**script.environment, "AFTER_DELETION": "replace the nodes", "DELETED": deleted},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", deleted + printed)
    calls = script.logged("calls")
    assert "delete --ignore-not-found --wait=false -f " in calls
    assert " apply " not in calls
