"""Scripts of the owner's that a node runs at its first boot."""

from collections.abc import Iterator
from typing import Annotated

from constructs_lib.spec.section import Check, Section, Wrong


def _is_a_script(text: str) -> Iterator[Wrong]:
    if not text.startswith("#!"):
        todo = "write the program that runs it into the first line, like #!/bin/bash"
        yield Wrong((), "does not begin with #!", todo)
    foreign = {char for char in text if not (char.isascii() and char.isprintable())} - {"\n", "\t"}
    if foreign:
        what = f"holds {min(foreign)!a}, which cloud-init might change"
        yield Wrong((), what, "write printable ASCII", got=None)


Script = Annotated[str, Check(_is_a_script, {"pattern": r"^#![\t\n -~]*$"})]


class UserDataSpec(Section):
    """Scripts of yours, each with the program that runs it in its first line. They run as root and
    are taken to the letter. Whoever may describe the launch template can read them, and on the node
    any process: no secrets.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
    """

    before: Script | None = None
    """Runs once, before the node joins the cluster, which it does however the script ends."""

    after: Script | None = None
    """Runs once the node has joined; with our image at each boot until it has ended well. Not for
    Amazon's image, whose user data ends before the node joins."""
