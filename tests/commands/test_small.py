"""The commands that need neither CDKTF nor Terraform: new, list, explain, check, schema, adopt."""

import re
import shutil
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from commands import cli, kubeconfig
from commands.new import free
from constructs_lib.spec.loader import load
from constructs_lib.spec.schema import text as schema
from constructs_lib.tables import kubernetes_versions
from tests import synthesis

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with lovelace alone."""
    (tmp_path / "clusters").mkdir()
    shutil.copy(synthesis.ROOT / "clusters/lovelace.yaml", tmp_path / "clusters")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLUSTERS", raising=False)
    return tmp_path


# new


def test_a_new_cluster_lives_beside_the_others(project: Path, capsys: Capture) -> None:
    assert cli.main(["new", "grace"]) == 0
    assert cli.main(["new", "ada", "--account-id", "123456789012"]) == 0
    assert capsys.readouterr().out.startswith("Wrote clusters/grace.yaml; ")

    ada, grace, lovelace = (c.spec for c in load(project, today=date.today()).clusters)
    assert (lovelace.vpc_cidr, grace.vpc_cidr, ada.vpc_cidr) == (
        *("10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"),
    )
    assert grace.state is not None
    assert grace.state.bucket == "lovelace-terraform-state"
    assert (grace.state.key, grace.state.create) == ("grace.tfstate", False)
    assert grace.state.dynamodb_table == "lovelace-terraform-lock"
    assert grace.availability_zones == ("us-west-2a", "us-west-2b")
    assert (grace.account_id, ada.account_id) == (None, "123456789012")
    first = (project / "clusters/grace.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=schema.json"


def test_the_first_cluster_of_an_empty_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "first"]) == 1
    assert capsys.readouterr().err == "which region? --region us-west-2, say\n"
    assert (
        cli.main(
            ["new", "first", "--region", "eu-central-1", "--zones", "eu-central-1a,eu-central-1c"]
        )
        == 0
    )
    (cluster,) = load(tmp_path, today=date.today()).clusters
    assert cluster.spec.availability_zones == ("eu-central-1a", "eu-central-1c")
    assert cluster.spec.state is None
    assert capsys.readouterr().out.splitlines()[1] == "Wrote clusters/schema.json"
    assert (tmp_path / "clusters/schema.json").read_text(encoding="utf-8") == schema()


@pytest.mark.usefixtures("project")
def test_what_may_be_a_slip_is_said_of_a_new_cluster(capsys: Capture) -> None:
    assert cli.main(["new", "grace", "--region", "us-wets-2"]) == 0
    (warning,) = capsys.readouterr().err.splitlines()
    assert warning.startswith("clusters/grace.yaml:4: region: warning: is no region known on ")
    assert warning.endswith(", got us-wets-2; see that EKS has it")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Lovelace"], "clusters/lovelace.yaml is there already; choose another name\n"),
        (["../x"], "'../x' is not a cluster name; use letters, digits and hyphens\n"),
    ],
)
def test_a_name_that_cannot_be(
    project: Path, arguments: list[str], said: str, capsys: Capture
) -> None:
    assert cli.main(["new", *arguments]) == 1
    assert capsys.readouterr().err == said
    assert [path.name for path in project.rglob("*.yaml")] == ["lovelace.yaml"]


def test_a_file_that_would_be_refused_is_not_kept(project: Path, capsys: Capture) -> None:
    assert cli.main(["new", "grace", "--zones", "us-west-2a,us-east-1a"]) == 1
    assert "clusters/grace.yaml:6: availability_zones" in capsys.readouterr().err
    assert not (project / "clusters/grace.yaml").exists()


def test_a_free_range_touches_no_other() -> None:
    assert free(["10.2.0.0/16"]) == "10.1.0.0/16"
    assert free(["10.0.0.0/12"]) == "10.16.0.0/16"
    assert free(["10.1.240.0/20", "172.16.0.0/16"]) == "10.2.0.0/16"


# list


def test_the_list_is_a_row_for_each_cluster(project: Path, capsys: Capture) -> None:
    cli.main(["new", "grace"])
    capsys.readouterr()
    assert cli.main(["list"]) == 0
    heading, grace, lovelace = capsys.readouterr().out.splitlines()
    assert re.split(r"  +", heading) == [
        *("CLUSTER", "REGION", "VERSION", "SUPPORT", "NODE GROUPS", "STATE")
    ]
    assert re.split(r"  +", grace)[0] == "grace"
    assert re.split(r"  +", lovelace) == [
        *("lovelace", "us-west-2", "1.36", kubernetes_versions.support("1.36", date.today())),
        *("node", "s3://lovelace-terraform-state/us-west-2.tfstate"),
    ]
    assert project.is_dir()


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2026, 7, 28), "until 2026-07-29"),
        (date(2026, 7, 29), "extended, until 2027-07-29"),
        (date(2027, 7, 28), "extended, until 2027-07-29"),
        (date(2027, 7, 29), "ended 2027-07-29"),
    ],
)
def test_support_ends_in_two_steps(today: date, said: str) -> None:
    assert kubernetes_versions.support("1.33", today) == said


# explain


@pytest.mark.parametrize(
    ("key", "first"),
    [
        ("", "a file in clusters/: mapping"),
        ("region", "region: string"),
        ("availability_zones", "availability_zones: list of strings"),
        ("node_groups.instance_type", "node_groups.instance_type: string"),
        ("node_groups.node.instance_type", "node_groups.instance_type: string"),
        ("node_groups.my-own.instance_type", "node_groups.instance_type: string"),
        ("map_roles[0].groups", "map_roles.groups: list of strings"),
        ("state.create", "state.create: boolean"),
    ],
)
def test_a_key_is_explained(key: str, first: str, capsys: Capture) -> None:
    assert cli.main(["explain", *filter(None, [key])]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == first
    assert len(lines) > 2


def test_every_key_at_the_top_has_a_line(capsys: Capture) -> None:
    cli.main(["explain"])
    lines = capsys.readouterr().out.splitlines()
    for key in yaml.safe_load(schema())["properties"]:
        assert [line for line in lines if re.match(rf"  {key} +\w", line)], key


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("regin", "the spec has no key 'regin'; did you mean region?\n"),
        (
            "node_groups.instance_typ",
            "node_groups has no key 'instance_typ'; did you mean instance_type?\n",
        ),
        ("region.x", "region has no key 'x'; it has no keys\n"),
    ],
)
def test_a_key_that_is_not_there_names_the_nearest(key: str, said: str, capsys: Capture) -> None:
    assert cli.main(["explain", key]) == 1
    assert capsys.readouterr().err == said


# check, schema, adopt, completion


def test_check_counts_what_is_fine_and_tells_what_is_not(project: Path, capsys: Capture) -> None:
    assert cli.main(["check"]) == 0
    assert capsys.readouterr().out == "1 fine: lovelace\n"
    with (project / "clusters/lovelace.yaml").open("a") as file:
        file.write("colour: red\n")
    assert cli.main(["check"]) == 1
    assert "colour" in capsys.readouterr().err


def test_the_schema_is_written_into_the_project(project: Path, capsys: Capture) -> None:
    assert cli.main(["schema"]) == 0
    assert capsys.readouterr().out == "Wrote clusters/schema.json\n"
    assert (project / "clusters/schema.json").read_text(encoding="utf-8") == schema()


def test_a_schema_that_cannot_be_written_leaves_the_last_one(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["schema"]) == 0
    before = (project / "clusters/schema.json").read_bytes()

    def full(file: Path, text: str, encoding: str) -> None:
        with file.open("w", encoding=encoding) as opened:
            opened.write(text[:9])
        raise OSError(28, "No space left on device", str(file))

    monkeypatch.setattr(Path, "write_text", full)
    assert cli.main(["schema"]) == 1
    assert capsys.readouterr().err.endswith("no space left on device\n")
    assert (project / "clusters/schema.json").read_bytes() == before


def test_without_docstrings_no_schema_is_written(project: Path) -> None:
    command = [sys.executable, "-OO", "-m", "commands", "schema"]
    environment = {"PYTHONPATH": str(synthesis.ROOT)}
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "PYTHONOPTIMIZE=2 takes the texts out of the schema, so nothing was written; unset it\n"
    )
    assert not (project / "clusters/schema.json").exists()


def test_adopt_is_the_module_of_that_name(project: Path, capsys: Capture) -> None:
    (project / "state.json").write_text("{}")
    assert cli.main(["adopt", "state.json"]) == 1
    assert capsys.readouterr().err.startswith("state.json: ")


def test_comment_is_the_module_of_that_name(capsys: Capture) -> None:
    assert cli.main(["comment", "upsert"]) == 2
    assert "the following arguments are required: report" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(shell: str, capsys: Capture) -> None:
    assert cli.main(["completion", shell]) == 0
    assert "_EKS_CLUSTER_COMPLETE" in capsys.readouterr().out


def test_clusters_are_completed_from_the_files(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("_EKS_CLUSTER_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "eks-cluster kubeconfig lo")
    monkeypatch.setenv("COMP_CWORD", "2")
    with pytest.raises(SystemExit):
        cli.main([])
    assert capsys.readouterr().out == "plain,lovelace\n"
    assert project.is_dir()


# kubeconfig


def config(name: str, server: str) -> dict[str, object]:
    return {
        "clusters": [{"name": name, "cluster": {"server": server}}],
        "users": [{"name": name, "user": {}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


def test_a_context_is_added_or_replaced_and_the_current_one_stays() -> None:
    home, new = config("home", "https://h"), config("lovelace", "https://new")
    added, replaced = kubeconfig.laid_over(home, new)
    assert (added["current-context"], replaced) == ("home", False)
    assert [entry["name"] for entry in added["clusters"]] == ["home", "lovelace"]

    again, replaced = kubeconfig.laid_over(added, config("lovelace", "https://newer"))
    assert replaced
    servers = {entry["name"]: entry["cluster"]["server"] for entry in again["clusters"]}
    assert servers == {"home": "https://h", "lovelace": "https://newer"}

    alone, _ = kubeconfig.laid_over({}, new)
    assert alone["current-context"] == "lovelace"


def test_merging_asks_and_keeps_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "config"
    before = yaml.safe_dump(config("home", "https://h"))
    own.write_text(before)
    new = yaml.safe_dump(config("lovelace", "https://l"))
    monkeypatch.setattr("commands.asking.can_ask", lambda: True)
    asked: list[str] = []
    monkeypatch.setattr("commands.asking.ask", lambda text, _word, **_: asked.append(text))

    kubeconfig._merge(new, own)

    assert asked == [f"This will add the context lovelace in {own}. yes?"]
    assert (tmp_path / "config.before-1").read_text() == before
    assert {c["name"] for c in yaml.safe_load(own.read_text())["contexts"]} == {"home", "lovelace"}
    assert stat.S_IMODE(own.stat().st_mode) == 0o600


def test_without_a_terminal_nothing_is_merged(tmp_path: Path) -> None:
    own = tmp_path / "config"
    with pytest.raises(kubeconfig.KubeconfigError, match="no terminal to ask on"):
        kubeconfig._merge(yaml.safe_dump(config("lovelace", "https://l")), own)
    assert not own.exists()


def test_a_file_that_is_no_kubeconfig_is_left_alone(tmp_path: Path) -> None:
    own = tmp_path / "config"
    own.write_text("[1, 2]")
    with pytest.raises(kubeconfig.KubeconfigError, match="is not a kubeconfig"):
        kubeconfig._merge(yaml.safe_dump(config("lovelace", "https://l")), own)
    assert own.read_text() == "[1, 2]"


@pytest.mark.parametrize(
    "printed", [b"{}", b'warning\n{"cluster_name": {"value": "lovelace"}}'], ids=["none", "other"]
)
def test_a_cluster_that_is_not_deployed_has_no_kubeconfig(printed: bytes) -> None:
    with pytest.raises(kubeconfig.KubeconfigError, match="deploy it first"):
        kubeconfig._output(printed, "lovelace")


def test_the_own_kubeconfig_is_kubectls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", "")
    assert kubeconfig.own() == tmp_path / ".kube/config"
    monkeypatch.setenv("KUBECONFIG", "/a:/b")
    assert kubeconfig.own() == Path("/a")
