"""What every section of a spec is made of: its class, and the error of its own rules."""

import re
from dataclasses import dataclass
from typing import NoReturn

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

RULE = "rule"
"""The type of the pydantic errors raised by this module's own rules."""


def wrong(what: str, todo: str, got: object = None) -> NoReturn:
    """Raise a rule's error: `what` is wrong, `todo` is the way out, `got` replaces the input."""
    raise PydanticCustomError(RULE, "{what}; {todo}", {"what": what, "todo": todo, "got": got})


@dataclass(frozen=True)
class Matching:
    """A text that matches `pattern` as a whole; in the JSON Schema the pattern, for editors."""

    pattern: str
    what: str
    todo: str

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check the text after its type."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Give editors the pattern."""
        return {**handler(schema), "pattern": f"^({self.pattern})$"}

    def _check(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            wrong(self.what, self.todo)
        return value


class Section(BaseModel):
    """A part of the spec: unknown keys and wrong types are errors, values never change."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True
    )
