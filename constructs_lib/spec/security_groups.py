"""Openings in security groups."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from constructs_lib.spec.section import Matching, Section, wrong
from constructs_lib.spec.types import Cidrs, Description, Key

WORLD = ("0.0.0.0/0", "::/0")
"""Every address there is."""

IngressKey = Annotated[
    Key,
    Matching(r"(?!self$).*", "is the rule by which nodes reach each other", "choose another key"),
]


class OpenRange(Section):
    """Address ranges that are let in; the whole internet only when asked for in words."""

    open_to_the_world: bool = False
    """Must be true where `cidr_blocks` holds 0.0.0.0/0. Off by default."""

    cidr_blocks: Cidrs
    """IPv4 ranges that are let in, such as 203.0.113.0/24."""

    @field_validator("cidr_blocks")
    @classmethod
    def _world_is_asked_for_in_words(
        cls, cidrs: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        if any(cidr in WORLD for cidr in cidrs) and info.data.get("open_to_the_world") is False:
            wrong(
                "lets in the whole internet",
                "name the ranges you mean, or say open_to_the_world: true beside it",
                got=next(cidr for cidr in cidrs if cidr in WORLD),
            )
        return cidrs


class NodeIngressSpec(OpenRange):
    """An opening in the nodes' security group."""

    description: Description
    """Why it is open; shown in the AWS console."""

    from_port: Annotated[int, Field(ge=0, le=65535)]
    """First port."""

    to_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """Last port; by default the first."""

    protocol: Literal["tcp", "udp"] = "tcp"
    """tcp (default) or udp."""

    @field_validator("to_port")
    @classmethod
    def _ports_are_in_order(cls, to_port: int | None, info: ValidationInfo) -> int | None:
        first = info.data.get("from_port")
        if to_port is not None and first is not None and to_port < first:
            wrong(f"is below from_port ({first})", "swap the two")
        return to_port
