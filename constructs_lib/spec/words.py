"""The text under a field, which documents it: read from the source when a document is written.

pydantic can read it too (`use_attribute_docstrings`), but does so whenever a section is imported,
which would be a fifth of the time in which a spec is checked.
"""

import ast
import inspect
from itertools import pairwise

from constructs_lib.spec.section import Section


def of_fields(section: type[Section]) -> dict[str, str]:
    """The text of each field of a section, those of the sections that it extends among them."""
    found: dict[str, str] = {}
    for base in reversed(section.__mro__):
        if issubclass(base, Section) and base is not Section:
            found |= _of_body(ast.parse(inspect.getsource(base)).body[0])
    return found


def _of_body(definition: ast.stmt) -> dict[str, str]:
    found = {}
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    for field, text in pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        ):
            found[field.target.id] = inspect.cleandoc(text.value.value)
    return found
