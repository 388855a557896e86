"""What looks at two fields of a spec: generators, a file a concern."""

from typing import Final

from constructs_lib.spec.rules import access, adoption, control_plane, networking, nodes
from constructs_lib.spec.rules.rule import Rule

RULES: Final = tuple(
    found
    for module in (networking, control_plane, nodes, access, adoption)
    for found in vars(module).values()
    if isinstance(found, Rule)
)
"""All rules; each is asked, whatever another says."""
