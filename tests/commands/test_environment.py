"""What the environment may not do: every row, and its siblings."""

from pathlib import Path

import pytest

from commands.environment import RefusedError, check_directory, environment


@pytest.mark.parametrize(
    "name",
    ["TF_CLI_ARGS", "TF_CLI_ARGS_destroy", "TF_CLI_ARGS_apply", "TF_CLI_ARGS_plan"],
)
def test_arguments_are_taken_out_and_named(name: str) -> None:
    made, notes = environment({name: "-auto-approve", "HOME": "/h"})
    assert name not in made
    assert made["HOME"] == "/h"
    assert notes == [f"{name} does not count here: taken out"]


def test_all_arguments_are_named_once_in_one_line() -> None:
    _, notes = environment({"TF_CLI_ARGS_plan": "-x", "TF_CLI_ARGS": "-y"})
    assert notes == ["TF_CLI_ARGS, TF_CLI_ARGS_plan do not count here: taken out"]


def test_variables_are_taken_out_and_named() -> None:
    made, notes = environment({"TF_VAR_cluster_name": "grace", "TF_VAR_vpc_cidr": "10.0.0.0/8"})
    assert not [name for name in made if name.startswith("TF_VAR_")]
    assert notes == [
        "TF_VAR_cluster_name, TF_VAR_vpc_cidr do not count: taken out, "
        "the YAML in clusters/ is the only source"
    ]


def test_a_log_goes_into_a_file_or_nowhere() -> None:
    """Among what Terraform says it would be taken for an error, with every secret in it."""
    logs = {"TF_LOG": "trace", "TF_LOG_PROVIDER": "trace"}
    made, notes = environment(logs)
    assert not logs.keys() & made.keys()
    assert notes == [
        "TF_LOG, TF_LOG_PROVIDER do not count without TF_LOG_PATH: taken out; name a file there, "
        "which will hold secrets"
    ]
    made, notes = environment({**logs, "TF_LOG_PATH": "terraform.log"})
    assert made["TF_LOG"] == "trace"
    assert notes == []


def test_no_provider_runs_that_the_lock_file_does_not_know() -> None:
    made, notes = environment({"TF_REATTACH_PROVIDERS": "{}"})
    assert "TF_REATTACH_PROVIDERS" not in made
    assert notes == [
        "TF_REATTACH_PROVIDERS does not count: taken out, clusters/ says which providers run"
    ]


def test_another_workspace_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        environment({"TF_WORKSPACE": "dev"})
    assert str(refused.value) == (
        "TF_WORKSPACE is set, got dev; a cluster has one state, in the workspace default: "
        "unset TF_WORKSPACE"
    )


@pytest.mark.parametrize("workspace", ["", "default"])
def test_the_only_workspace_may_be_named(workspace: str) -> None:
    made, notes = environment({"TF_WORKSPACE": workspace})
    assert "TF_WORKSPACE" not in made
    assert notes == []


@pytest.mark.parametrize("data", ["/var/terraform", "../shared", "x/../../y"])
def test_one_data_directory_for_all_stacks_is_refused(data: str) -> None:
    with pytest.raises(RefusedError, match="TF_DATA_DIR names one directory for all stacks"):
        environment({"TF_DATA_DIR": data})


def test_a_data_directory_below_the_stacks_stays() -> None:
    assert environment({"TF_DATA_DIR": ".tf"})[0]["TF_DATA_DIR"] == ".tf"


@pytest.mark.parametrize("name", ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"])
def test_settings_that_are_not_there_do_not_count(name: str, tmp_path: Path) -> None:
    missing = tmp_path / "terraformrc"
    made, notes = environment({name: str(missing)})
    assert name not in made
    assert notes == [f"{name} names a file that is not there, {missing}: taken out"]
    missing.touch()
    assert environment({name: str(missing)})[0][name] == str(missing)
    assert environment({name: str(missing)})[1] == []


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(RefusedError) as refused:
        environment({"TF_WORKSPACE": "dev", "TF_DATA_DIR": "/tf"})
    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize(
    "name",
    [
        "terraform.tfvars",
        "terraform.tfvars.json",
        "ci.auto.tfvars",
        "ci.auto.tfvars.json",
        "override.tf",
        "more.tf.json",
        "more.tofu",
        "more.tofu.json",
    ],
)
def test_a_file_that_terraform_would_read_beside_the_json_is_refused(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / name).touch()
    with pytest.raises(RefusedError) as refused:
        check_directory(tmp_path, {})
    assert str(refused.value) == (
        f"{tmp_path / name} would be read by Terraform beside cdk.tf.json, "
        "and clusters/ is the only source; move it away"
    )


@pytest.mark.parametrize(
    "name", ["cdk.tf.json", ".terraform.lock.hcl", "plan", "prod.tfvars", ".x.tf", "x.tf~"]
)
def test_a_file_that_terraform_does_not_read_is_no_matter(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    check_directory(tmp_path, {})


@pytest.mark.parametrize("data", [".terraform", ".tf"])
def test_a_workspace_that_was_selected_once_is_refused(data: str, tmp_path: Path) -> None:
    (tmp_path / data).mkdir()
    selected = tmp_path / data / "environment"
    selected.write_text("dev")
    with pytest.raises(RefusedError) as refused:
        check_directory(tmp_path, {} if data == ".terraform" else {"TF_DATA_DIR": data})
    assert str(refused.value) == (
        f"{tmp_path} has the workspace dev selected; a cluster has one state, "
        f"in the workspace default: rm {selected}"
    )
    selected.write_text("default")
    check_directory(tmp_path, {"TF_DATA_DIR": data})
