"""packer/pin-sums, with sums that a server of the test's publishes."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from .paths import PACKER

BUILD = "1.36.2/2026-07-05/bin/linux"
SUMS = {
    f"{program}/{architecture}": f"{number}" * 64
    for number, (program, architecture) in enumerate(
        (program, architecture)
        for program in ("ecr-credential-provider", "kubelet")
        for architecture in ("amd64", "arm64")
    )
}


class Bucket:
    """What is published, by path."""

    def __init__(self) -> None:
        self.files = {
            f"/{BUILD}/{architecture}/{program}.sha256": f"{value}  {program}\n"
            for name, value in SUMS.items()
            for program, architecture in [name.split("/")]
        }
        files = self.files

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = files.get(self.path, "").encode()
                self.send_response(200 if body else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep the test's output for the test."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    bucket = Bucket()
    yield bucket
    bucket.server.shutdown()
    bucket.server.server_close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    copy = tmp_path / "node-image.json"
    copy.write_bytes((PACKER / "node-image.json").read_bytes())
    return copy


def run(file: Path, bucket: Bucket, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, PACKER / "pin-sums", "--file", file, "--source", bucket.url]
    return subprocess.run(
        [*command, *arguments],
        env={"PATH": "/usr/bin:/bin", "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_sums_are_written_and_nothing_else_is(file: Path, bucket: Bucket) -> None:
    before = json.loads(file.read_text(encoding="utf-8"))
    done = run(file, bucket, "1.36")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "pinned the sums of 1.36; look at the difference\n"
    after = json.loads(file.read_text(encoding="utf-8"))
    assert after["kubernetes"]["1.36"].pop("sha256") == SUMS
    del before["kubernetes"]["1.36"]["sha256"]
    assert after == before
    # a second time changes nothing
    written = file.read_bytes()
    assert run(file, bucket, "1.36").returncode == 0
    assert file.read_bytes() == written


@pytest.mark.parametrize(
    ("minor", "published", "said"),
    [
        ("1.36", ("arm64/kubelet.sha256", ""), "kubelet.sha256: Not Found; check the build"),
        ("1.36", ("amd64/kubelet.sha256", "<html>"), "is no SHA-256 sum: '<html>'"),
        ("1.37", ("", ""), "node-image.json names no build of kubelet for 1.37"),
        ("2", ("", ""), "node-image.json names no build of kubelet for 2"),
    ],
)
def test_what_is_not_there_is_told_and_nothing_is_written(
    file: Path, bucket: Bucket, minor: str, published: tuple[str, str], said: str
) -> None:
    bucket.files[f"/{BUILD}/{published[0]}"] = published[1]
    before = file.read_bytes()
    done = run(file, bucket, minor)
    assert done.returncode == 1
    assert done.stderr.startswith("packer/pin-sums: ")
    assert said in done.stderr
    assert file.read_bytes() == before


def test_a_published_sum_that_has_changed_is_told(file: Path, bucket: Bucket) -> None:
    assert run(file, bucket, "1.36").returncode == 0
    before = file.read_bytes()
    bucket.files[f"/{BUILD}/amd64/kubelet.sha256"] = f"{'f' * 64}\n"
    done = run(file, bucket, "1.36")
    assert done.returncode == 1
    assert f"and {'f' * 64} is published; find out why before you change it" in done.stderr
    assert file.read_bytes() == before


def test_without_a_version_all_that_name_a_build_are_pinned(file: Path, bucket: Bucket) -> None:
    """The first whose sums are not published stops it; that is the newest after 1.36 here."""
    done = run(file, bucket)
    assert done.returncode == 1
    assert "/1.35.6/2026-07-05/bin/linux/amd64/kubelet.sha256: Not Found" in done.stderr
