"""What Terraform takes to the letter."""

from typing import Any, TypeVar, cast

_T = TypeVar("_T")


def literal(value: _T) -> _T:
    """`value` so that ``${`` and ``%{`` start nothing in its texts, keys of mappings included.

    https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
    """
    return cast(_T, _literal(value))


def _literal(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, dict):
        return {_literal(key): _literal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_literal(item) for item in value]
    return value
