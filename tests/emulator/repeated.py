"""A request that its client repeats gets the answer that the first one got, and changes nothing.

The server closes each connection as soon as it has answered, and now and then a client does not
see the answer any more. AWS's SDKs then send the request again, under the same invocation id. Done
twice, "take the lock unless it is there" is refused for a lock that its own sender holds, which
nobody releases, and "make a VPC" makes two.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

REMEMBERED = 200
"""A repetition follows within seconds."""


class AnswerRepeated:
    """A WSGI application around another one."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._answers: OrderedDict[str, tuple[str, Any, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; remember the answer, unless it is an error: those are asked again."""
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if invocation is None:
            return self._application(environ, start_response)
        with self._lock:
            known = self._answers.get(invocation)
        if known is None:
            started: list[Any] = []
            answer = self._application(environ, lambda *given, **_: started.append(given))
            try:
                body = b"".join(answer)
            finally:
                getattr(answer, "close", lambda: None)()
            status, headers, *_ = started[-1]
            known = status, headers, body
            if status < "4":
                self._remember(invocation, known)
        status, headers, body = known
        start_response(status, headers)
        return [body]

    def _remember(self, invocation: str, answer: tuple[str, Any, bytes]) -> None:
        with self._lock:
            self._answers[invocation] = answer
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
