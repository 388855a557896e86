"""Tags of one's own, on everything that has tags."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from constructs_lib.spec.section import Check, Wrong, matching

MAX_TAGS = 40
"""AWS takes 50 on a resource; the rest is for those of Kubernetes and of this project.
https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""

_CHARACTERS = r"[\w .:/=+@-]"


def _differ_in_more_than_case(tags: Mapping[str, str]) -> Iterator[Wrong]:
    """IAM does not tell keys apart by case."""
    seen: dict[str, str] = {}
    for key in tags:
        other = seen.setdefault(key.lower(), key)
        if other != key:
            what = f"is {other} but for case, which IAM does not tell apart"
            yield Wrong((key,), what, "keep one of the two", got=None)


def _not_too_many(tags: Mapping[str, str]) -> Iterator[Wrong]:
    if len(tags) > MAX_TAGS:
        what = f"holds more than {MAX_TAGS}, which with those of Kubernetes AWS would refuse"
        yield Wrong((), what, "leave some out", got=f"{len(tags)} tags")


TagKey = Annotated[
    str,
    matching(
        _CHARACTERS + "{1,128}",
        "is not a key of tags that all services of AWS take",
        "use at most 128 ASCII letters, digits, spaces and _.:/=+@-",
    ),
    matching(
        r"(?!Name$|[aA][wW][sS]:|eks:|eks-cluster-name$|kubernetes\.io/|k8s\.io/).*",
        "is a key that AWS, Kubernetes or this project sets itself",
        "choose another",
    ),
]
TagValue = Annotated[
    str,
    matching(
        _CHARACTERS + "{0,256}",
        "is not a value of tags that all services of AWS take",
        "use at most 256 ASCII letters, digits, spaces and _.:/=+@-",
    ),
]
Tags = Annotated[
    dict[TagKey, TagValue],
    Check(_differ_in_more_than_case),
    Check(_not_too_many, {"maxProperties": MAX_TAGS}),
]
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html, the strictest of them."""
