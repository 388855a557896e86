"""The providers' versions: kept beside the spec, copied in before init and back after it."""

import json

import pytest

from commands.providers import BAD, NEWEST_COMPARED
from tests.commands.conftest import Project
from tests.plan_review import build
from tests.synthesis import ROOT

KEPT = "clusters/ada.lock.hcl"
WRITES = """cat >"$here/$stack/.terraform.lock.hcl" <<'EOF'
%sEOF
"""


def locked(version: str, host: str = "registry.terraform.io") -> str:
    return (
        f'provider "{host}/hashicorp/aws" {{\n  version     = "{version}"\n'
        '  constraints = ">= 5.100.0, < 7.0.0"\n  hashes = [\n    "h1:x",\n  ]\n}\n\n'
        f'provider "{host}/hashicorp/null" {{\n  version = "3.2.4"\n}}\n'
    )


def dotted(version: tuple[int, int, int]) -> str:
    return ".".join(map(str, version))


def test_what_init_wrote_is_kept_beside_the_spec_and_said_once(playing: Project) -> None:
    playing.plays(build.plan(), init=WRITES % locked("5.100.0"))
    first = playing.run("plan")
    assert f"Wrote {KEPT}: the providers' versions, to be kept in git\n" in first.text
    assert (playing.path / KEPT).read_text() == locked("5.100.0")
    assert KEPT not in playing.run("plan").text


def test_what_is_kept_is_there_before_init(playing: Project) -> None:
    (playing.path / KEPT).write_text(locked("5.100.0"))
    playing.plays(build.plan(), init='cp "$here/$stack/.terraform.lock.hcl" "$here/seen"')
    assert playing.run("plan").code == 0
    assert (playing.path / "seen").read_text() == locked("5.100.0")


def test_opentofu_has_a_file_of_its_own(playing: Project) -> None:
    program = playing.path.parent / "bin" / "terraform"
    program.write_text(program.read_text().replace("Terraform v1.11.4", "OpenTofu v1.12.6"))
    text = locked("5.100.0", "registry.opentofu.org")
    playing.plays(build.plan(), init=WRITES % text)
    assert playing.run("plan").code == 0
    assert (playing.path / "clusters/ada.tofu.lock.hcl").read_text() == text
    assert not (playing.path / KEPT).exists()


def test_a_message_calls_opentofu_by_its_name(playing: Project) -> None:
    program = playing.path.parent / "bin" / "terraform"
    program.write_text(program.read_text().replace("Terraform v1.11.4", "OpenTofu v1.12.6"))
    playing.plays(build.plan())
    playing.run("plan")
    (playing.path / "cdktf.out/stacks/ada/more.tf").touch()

    refused = playing.run("plan")

    assert refused.code == 1
    assert "more.tf would be read by OpenTofu beside cdk.tf.json" in refused.text
    assert "Terraform" not in refused.text


@pytest.mark.parametrize(("first", "last", "why"), BAD)
def test_a_version_to_keep_away_from_is_refused(
    playing: Project, first: tuple[int, int, int], last: tuple[int, int, int], why: str
) -> None:
    for version in {first, last}:
        (playing.path / KEPT).write_text(locked(dotted(version)))
        playing.plays(build.plan())
        refused = playing.run("deploy", "--auto-approve")
        assert (refused.code, refused.lines[-1]) == (
            1,
            f"{KEPT}: hashicorp/aws {dotted(version)} {why}; docs/how-to/pin-the-providers.md says "
            "how to take another",
        )
        assert playing.calls == []


def test_one_that_init_chose_is_refused_too_and_not_kept(playing: Project) -> None:
    playing.plays(build.plan(), init=WRITES % locked(dotted(BAD[0][0])))
    assert playing.run("plan").code == 1
    assert not (playing.path / KEPT).exists()
    assert not (playing.path / "cdktf.out/stacks/ada/.terraform.lock.hcl").exists()
    assert [call.split()[0] for call in playing.calls] == ["init"]


def test_one_newer_than_what_was_compared_is_a_warning(playing: Project) -> None:
    major, minor, patch = NEWEST_COMPARED
    for version, warned in ((NEWEST_COMPARED, False), ((major, minor, patch + 1), True)):
        (playing.path / KEPT).write_text(locked(dotted(version)))
        playing.plays(build.plan())
        said = playing.run("plan")
        assert said.code == 0
        assert (
            f"warning: hashicorp/aws {dotted(version)} is newer than {dotted(NEWEST_COMPARED)}, "
            "the newest that was compared" in said.text
        ) == warned


def test_the_newest_compared_is_the_one_whose_schema_is_kept() -> None:
    kept = json.loads((ROOT / "tests/provider_schemas/newest.json").read_text())
    assert kept["provider"] == f"hashicorp/aws {dotted(NEWEST_COMPARED)}"
