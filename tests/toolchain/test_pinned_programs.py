"""`make programs`: what is pinned, and the build, around a `go` that only writes files."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.tables.node_image import NodeImage
from tools.programs.build import NO_GO
from tools.programs.pinned import HERE, ORDER, program

ROOT = HERE.parents[1]

GO = """\
#!/bin/sh
echo "go $*" >>"$CALLS"
[ ! -e "$BREAK" ] || { cat "$BREAK" >&2; exit 1; }
while [ "$1" != -o ]; do shift; done
case $PWD in
  */containerd) for name in containerd containerd-shim-runc-v2 ctr; do echo x >"$2/$name"; done ;;
  */etcd) echo x >"$2/server" ;;
  */kubelet-*) echo x >"$2/kubelet" ;;
  *) echo x >"$2/${PWD##*/}" ;;
esac
"""


class Build:
    """A user's cache of its own, and a `go` that takes notes."""

    def __init__(self, path: Path) -> None:
        self.cache, self.calls, self.broken = path / "cache", path / "calls", path / "broken"
        self.bin = path / "bin"
        self.bin.mkdir()
        (self.bin / "go").write_text(GO)
        (self.bin / "go").chmod(0o755)

    @property
    def programs(self) -> Path:
        return self.cache / "eks-cluster" / "programs"

    def start(self, *names: str, **changes: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tools.programs.build", *names],
            cwd=ROOT,
            env={
                "PATH": f"{self.bin}:/usr/bin:/bin",
                "XDG_CACHE_HOME": str(self.cache),
                "CALLS": str(self.calls),
                "BREAK": str(self.broken),
                **changes,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *names: str, **changes: str) -> tuple[int, str, str]:
        process = self.start(*names, **changes)
        printed, told = process.communicate(timeout=60)
        return process.returncode, printed, told


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)


# What is pinned


def test_each_directory_is_in_the_order() -> None:
    assert sorted(ORDER) == sorted(path.parent.name for path in HERE.glob("*/go.mod"))


@pytest.mark.parametrize("name", ORDER)
def test_versions_and_commands_are_read_as_go_reads_them(name: str) -> None:
    """The version that is required is the one that go.sum has the sum of."""
    each = program(name)
    assert f"{each.module} v{each.version} h1:" in (each.directory / "go.sum").read_text()
    assert all(f"{command}/".startswith(f"{each.module}/") for command in each.commands)
    assert len(set(each.executables)) == len(each.executables)


def test_executables_have_the_names_that_users_know() -> None:
    assert program("etcd").executables == ("etcd",)
    assert program("kubelet-1.36").executables == ("kubelet",)
    assert set(program("containerd").executables) == {
        "containerd",
        "containerd-shim-runc-v2",
        "ctr",
    }


def test_the_kubelets_are_of_the_minors_that_they_are_called_after() -> None:
    for minor in ("1.33", "1.36", "1.37"):
        assert program(f"kubelet-{minor}").version.startswith(f"{minor}.")


def test_the_oldest_kubelet_is_the_oldest_with_a_build_and_the_newest_the_newest() -> None:
    image = NodeImage.read().kubernetes
    kubelets = [name.removeprefix("kubelet-") for name in ORDER if name.startswith("kubelet-")]
    by_age = sorted(kubelets, key=lambda minor: int(minor.removeprefix("1.")))
    built = [minor for minor, known in image.items() if known["kubelet_version"]]
    assert by_age[0] == min(built, key=lambda minor: int(minor.removeprefix("1.")))
    assert by_age[-1] == max(image, key=lambda minor: int(minor.removeprefix("1.")))


def test_the_go_that_is_asked_for_is_the_newest_that_any_program_needs() -> None:
    needed = re.findall(
        r"^go (.+)$", "".join((HERE / n / "go.mod").read_text() for n in ORDER), re.M
    )
    newest = max(needed, key=lambda version: tuple(map(int, version.split("."))))
    assert f"needs Go {newest} or newer" in NO_GO


def test_containerd_is_the_one_of_the_node_image() -> None:
    image = json.loads((ROOT / "packer" / "node-image.json").read_text())
    assert program("containerd").version == image["containerd_version"]


# The build


def test_what_is_missing_is_built_in_order_with_a_line_each(build: Build) -> None:
    status, printed, told = build.run()
    assert (status, told) == (0, "")
    assert [line.split(":")[0] for line in printed.splitlines()] == [
        f"{name} {program(name).version}" for name in ORDER
    ]
    for name in ORDER:
        each = program(name)
        made = build.programs / f"{name}-{each.version}"
        assert sorted(path.name for path in made.iterdir()) == sorted(each.executables)


def test_nothing_is_said_or_done_when_all_is_there(build: Build) -> None:
    build.run()
    build.calls.unlink()
    (build.bin / "go").unlink()
    assert build.run() == (0, "", "")
    assert not build.calls.exists()


def test_one_program_can_be_asked_for(build: Build) -> None:
    status, printed, _ = build.run("etcd")
    assert status == 0
    assert printed.startswith(f"etcd {program('etcd').version}: ")
    assert len(printed.splitlines()) == 1


def test_an_unknown_program_is_told(build: Build) -> None:
    assert build.run("etcdd") == (
        1,
        "",
        f"no program etcdd; there are {', '.join(ORDER)}\n",
    )


def test_without_go_it_says_where_to_get_it(build: Build) -> None:
    (build.bin / "go").unlink()
    status, printed, told = build.run(PATH=str(build.bin))
    assert (status, printed) == (1, "")
    assert told == f"{NO_GO}\n"


def test_a_build_that_fails_is_told_with_gos_reason_and_the_others_go_on(build: Build) -> None:
    build.broken.write_text("first line\nundefined: reason\n")
    status, printed, told = build.run("etcd", "tofu")
    assert (status, printed) == (1, "")
    assert [line for line in told.splitlines() if "could not be built" in line] == [
        f"{name} {program(name).version}: could not be built" for name in ("etcd", "tofu")
    ]
    assert "undefined: reason" in told
    assert [path.name for path in build.programs.iterdir()] == ["lock"]


@pytest.mark.parametrize(
    "told",
    [
        'Get "https://proxy.example/a/@v/v1.zip": dial tcp: lookup proxy.example: no such host',
        "reading https://in.house/a/@v/v1.zip: 503 Service Unavailable",
    ],
)
def test_modules_that_cannot_be_fetched_are_told_as_that(build: Build, told: str) -> None:
    build.broken.write_text(told)
    status, _, said = build.run("etcd")
    assert (status, said.splitlines()) == (
        1,
        [
            f"etcd {program('etcd').version}: its modules cannot be fetched; check the network, "
            "HTTPS_PROXY and GOPROXY",
            told,
        ],
    )


def test_gos_cache_and_what_a_killed_build_left_are_gone_afterwards(build: Build) -> None:
    left = build.programs / ".build-killed"
    left.mkdir(parents=True)
    (left / "half").touch()
    build.run("etcd")
    assert sorted(path.name for path in build.programs.iterdir()) == [
        program("etcd").built.name,
        "lock",
    ]


def test_two_builds_at_once_build_each_program_once(build: Build) -> None:
    both = [build.start("etcd", "tofu") for _ in range(2)]
    printed = "".join(process.communicate(timeout=60)[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert len(build.calls.read_text().splitlines()) == 2
    assert printed.count("etcd ") == 1
