"""What the servers of the tests have in common: how they begin and end, and HTTP on loopback."""

import shutil
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self


class Server:
    """Something that begins with `with` and ends with it, and has a directory while it lasts.

    A kind says in `begin` and `end` what it does; `end` is also called where `begin` fails.
    """

    directory: Path
    """Its own, from `start` to `stop`."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin; where that fails, nothing is left."""
        self.directory = Path(tempfile.mkdtemp(prefix="eks-"))
        try:
            self.begin()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End, and forget everything."""
        self.end()
        shutil.rmtree(self.directory, ignore_errors=True)

    def begin(self) -> None:
        """Come to where a test can ask it."""
        raise NotImplementedError

    def end(self) -> None:
        """End what `begin` has started, however far it came."""
        raise NotImplementedError


class Handler(BaseHTTPRequestHandler):
    """Answers a request, and says nothing of it on standard error.

    A kind says in `answer` how; `command` is the method.
    """

    def answer(self) -> None:
        """Read the request and `reply`."""
        raise NotImplementedError

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = lambda self: self.answer()  # noqa: N815

    def body(self) -> bytes:
        """What the request brought."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status: int, body: bytes | str, **headers: str) -> None:
        """Answer; `_` in the name of a header is `-`."""
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Keep the test's output for the test."""


class Loopback(ThreadingHTTPServer):
    """HTTP on a free port that this machine alone reaches, with `with`."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        """Take the port; nothing is answered before `start`."""
        super().__init__(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()

    def start(self) -> None:
        """Answer from now on, in threads of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Let go of the port."""
        self.shutdown()
        self._thread.join()
        self.server_close()
