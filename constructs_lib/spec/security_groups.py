"""Openings in security groups."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from constructs_lib.spec.section import Section, matching
from constructs_lib.spec.types import Cidrs, Description, Key

WORLD = ("0.0.0.0/0", "::/0")
"""Every address there is."""

IngressKey = Annotated[
    Key,
    matching(r"(?!self$).*", "is the rule by which nodes reach each other", "choose another key"),
]


class OpenRange(Section):
    """Address ranges that are let in; the whole internet only when asked for in words."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {
                "properties": {"open_to_the_world": {"const": True}},
                "required": ["open_to_the_world"],
            },
            "else": {"properties": {"cidr_blocks": {"items": {"not": {"pattern": "/0$"}}}}},
        }
    )

    open_to_the_world: bool = False
    """Must be true where `cidr_blocks` holds 0.0.0.0/0. Off by default."""

    cidr_blocks: Cidrs
    """IPv4 ranges that are let in, such as 203.0.113.0/24."""


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

    rule_per_range: bool = False
    """Whether each range is a rule of its own, so that a change of one leaves the others open. Off
    by default: one rule for all, which each change closes for a moment. To turn it on closes the
    opening for a moment too."""

    @property
    def last_port(self) -> int:
        """The last port, said or not."""
        return self.from_port if self.to_port is None else self.to_port
