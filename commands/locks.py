"""Who holds the lock of a state, as Terraform tells of it."""

import getpass
import re
import socket
from dataclasses import dataclass
from typing import Final, Self

_LINE: Final = re.compile(r"^[ \t]*(ID|Operation|Who|Created):[ \t]+(\S.*?)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Lock:
    """A lock that somebody holds."""

    id: str
    who: str
    operation: str
    since: str
    """A time in UTC to the second, as `2026-11-25 20:00:00`."""

    @classmethod
    def told_in(cls, text: str) -> Self | None:
        """The lock of which Terraform tells in `text`; None where it tells of none.

        https://developer.hashicorp.com/terraform/language/state/locking
        """
        told = dict(_LINE.findall(text))
        if "ID" not in told:
            return None
        since = told.get("Created", "").partition(".")[0].removesuffix(" +0000 UTC")
        return cls(
            told["ID"],
            told.get("Who", "somebody"),
            told.get("Operation", "an unknown operation"),
            since or "some time",
        )

    @property
    def is_own(self) -> bool:
        """Whether this user took it on this machine."""
        return self.who == f"{getpass.getuser()}@{socket.gethostname()}"
