"""The plan as `terraform show -json` writes it, checked once and then typed.

Format: https://developer.hashicorp.com/terraform/internals/json-format. Within major version
1 a newer minor only adds names, so unknown names are ignored; 0.1 and 0.2, which Terraform 0.12 to
1.0 write, are read as well, another major is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, TypeVar

from plan_review.errors import ReviewError
from plan_review.plan.change import ResourceChange
from plan_review.plan.decoding import decode_json
from plan_review.plan.document import Check, Invocation, Plan
from plan_review.plan.old_formats import marked
from plan_review.plan.opentofu import left_out_of, program_of
from plan_review.plan.paths import Json, Path

_MAJOR: Final = 1
_OLD: Final = ("0.1", "0.2")
"""Those of Terraform 0.12 to 1.0: they have less, and what they have means the same."""
_EXCERPT: Final = 40

T = TypeVar("T")


def parse_plan(raw: bytes) -> Plan:
    """Parse the bytes of a plan's JSON; ReviewError says in one line what is wrong."""
    return read_plan(decode_json(raw, "the plan"))


def read_plan(document: Json) -> Plan:
    """Check the outer shape of a decoded plan and type it.

    Raises:
        ReviewError: it is not a plan of a format that is read.
    """
    if not isinstance(document, dict):
        raise ReviewError(f"the plan is not a JSON object but {_kind(document)}")
    _check_format(document)
    checks = _list(document, "checks")
    left_out = () if "complete" in document else left_out_of(document)
    return Plan(
        program=program_of(document),
        terraform_version=_text(document, "terraform_version"),
        timestamp=_text(document, "timestamp"),
        changes=_changes(document, "resource_changes"),
        drift=_changes(document, "resource_drift"),
        output_changes=_outputs(document),
        checks=tuple(_check(entry, f"checks[{n}]") for n, entry in enumerate(checks)),
        configuration=_object(document, "configuration"),
        prior_state=_object(document, "prior_state"),
        variables=_object(document, "variables"),
        errored=_flag(document, "errored", default=False),
        complete=_flag(document, "complete", default=not left_out),
        applyable=_flag(document, "applyable", default=False),
        deferred=tuple(
            _address(entry, f"deferred_changes[{number}]")
            for number, entry in enumerate(_list(document, "deferred_changes"))
        ),
        invocations=(
            *_invocations(document, "action_invocations"),
            *_invocations(document, "deferred_action_invocations"),
        ),
        left_out=left_out,
    )


def _address(entry: Json, where: str) -> str:
    """The address of a deferred change."""
    if not isinstance(entry, dict):
        raise ReviewError(f"{where}: expected an object, got {_kind(entry)}")
    return _text(_object(entry, "resource_change", where), "address", f"{where}.resource_change")


def _invocations(document: dict[str, Json], key: str) -> Iterator[Invocation]:
    for number, entry in enumerate(_list(document, key)):
        where = f"{key}[{number}]"
        if not isinstance(entry, dict):
            raise ReviewError(f"{where}: expected an object, got {_kind(entry)}")
        is_deferred = key.startswith("deferred")
        found = _object(entry, "action_invocation", where) if is_deferred else entry
        yield Invocation(
            address=_text(found, "address", where),
            type=_text(found, "type", where),
            trigger=_trigger(_object(found, "lifecycle_action_trigger", where), where),
            is_deferred=is_deferred,
            config=found.get("config_values"),
            config_sensitive=found.get("config_sensitive"),
        )


def _trigger(trigger: dict[str, Json], where: str) -> str:
    event = _text(trigger, "action_trigger_event", f"{where}.lifecycle_action_trigger")
    by = _text(trigger, "triggering_resource_address", f"{where}.lifecycle_action_trigger")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", event).lower()
    return f"{words} of {by}" if words and by else words or by


def _check_format(document: dict[str, Json]) -> None:
    version = document.get("format_version")
    if "encrypted_data" in document:
        raise ReviewError(
            "this is encrypted by OpenTofu; turn the plan into JSON where the key is known: "
            "tofu show -json PLANFILE"
        )
    if version is None:
        raise ReviewError("the plan has no format_version; is it the output of terraform show?")
    if not isinstance(version, str) or not re.fullmatch(r"\d{1,4}\.\d{1,4}", version):
        raise ReviewError(f"format_version: expected a version like 1.2, got {_excerpt(version)}")
    if int(version.split(".")[0]) != _MAJOR and version not in _OLD:
        raise ReviewError(
            f"format_version {version} is not supported, only {', '.join(_OLD)} and {_MAJOR}.x; "
            "update plan_review, or plan with a Terraform it knows"
        )
    if "values" in document and "planned_values" not in document:
        raise ReviewError("this is a state, not a plan; give terraform show -json PLANFILE")
    tells = ("resource_changes", "resource_drift", "planned_values", "output_changes")
    if not any(key in document for key in tells):
        raise ReviewError(f"this is not a plan: it has none of {', '.join(tells)}")


def _changes(document: dict[str, Json], key: str) -> tuple[ResourceChange, ...]:
    entries = _list(document, key)
    return tuple(_change(entry, f"{key}[{number}]") for number, entry in enumerate(entries))


def _change(entry: Json, where: str) -> ResourceChange:
    if not isinstance(entry, dict):
        raise ReviewError(f"{where}: expected an object, got {_kind(entry)}")
    change = _object(entry, "change", where, required=True)
    actions = _list(change, "actions", f"{where}.change", required=True)
    if not actions or not all(isinstance(action, str) for action in actions):
        raise ReviewError(f"{where}.change.actions: expected a list of words")
    for side in ("before", "after"):
        if not isinstance(change.get(side), dict | None):
            raise ReviewError(f"{where}.change.{side}: expected an object or null")
    index = entry.get("index")
    if isinstance(index, bool) or not isinstance(index, str | int | None):
        raise ReviewError(f"{where}.index: expected a string or a number, got {_kind(index)}")
    type_ = _text(entry, "type", where, required=True)
    return ResourceChange(
        address=_text(entry, "address", where, required=True),
        type=type_,
        name=_text(entry, "name", where, required=True),
        mode=_text(entry, "mode", where) or "managed",
        module_address=_text(entry, "module_address", where),
        index=index,
        deposed=_text(entry, "deposed", where) or None,
        previous_address=_text(entry, "previous_address", where) or None,
        actions=tuple(actions),
        action_reason=_text(entry, "action_reason", where),
        replace_paths=_replace_paths(change, f"{where}.change"),
        before=change.get("before"),
        after=change.get("after"),
        after_unknown=change.get("after_unknown"),
        before_sensitive=marked(type_, change.get("before_sensitive")),
        after_sensitive=marked(type_, change.get("after_sensitive")),
        import_id=_import_id(change.get("importing")),
    )


def _import_id(importing: Json) -> str | None:
    if not isinstance(importing, dict):
        return None
    if isinstance(importing.get("id"), str):
        return str(importing["id"])
    if importing.get("identity"):
        return json.dumps(importing["identity"], sort_keys=True)
    return "(known after apply)"


def _replace_paths(change: dict[str, Json], where: str) -> tuple[Path, ...]:
    paths = []
    for number, path in enumerate(_list(change, "replace_paths", where)):
        if not isinstance(path, list) or not all(isinstance(key, str | int) for key in path):
            raise ReviewError(f"{where}.replace_paths[{number}]: expected a list of keys")
        paths.append(tuple(path))
    return tuple(sorted(paths, key=repr))


def _outputs(document: dict[str, Json]) -> dict[str, dict[str, Json]]:
    outputs = _object(document, "output_changes")
    for name, change in outputs.items():
        if not isinstance(change, dict):
            raise ReviewError(f"output_changes.{_excerpt(name)}: expected an object")
    return outputs


def _check(entry: Json, where: str) -> Check:
    if not isinstance(entry, dict):
        raise ReviewError(f"{where}: expected an object, got {_kind(entry)}")
    messages: list[str] = []
    for number, instance in enumerate(_list(entry, "instances", where)):
        if not isinstance(instance, dict):
            raise ReviewError(f"{where}.instances[{number}]: expected an object")
        problems = _list(instance, "problems", f"{where}.instances[{number}]")
        messages += [
            problem["message"]
            for problem in problems
            if isinstance(problem, dict) and isinstance(problem.get("message"), str)
        ]
    address = _object(entry, "address", where)
    return Check(
        address=_text(address, "to_display", f"{where}.address"),
        status=_text(entry, "status", where),
        messages=tuple(messages),
    )


def _get(holder: dict[str, Json], key: str, where: str, kind: type) -> Any:
    value = holder.get(key)
    if value is not None and not isinstance(value, kind):
        wanted = {dict: "an object", list: "a list", str: "a string", bool: "true or false"}[kind]
        raise ReviewError(f"{_join(where, key)}: expected {wanted}, got {_kind(value)}")
    return value


def _object(
    holder: dict[str, Json], key: str, where: str = "", *, required: bool = False
) -> dict[str, Json]:
    value: dict[str, Json] | None = _get(holder, key, where, dict)
    return _given(value, {}, key, where, required=required)


def _list(
    holder: dict[str, Json], key: str, where: str = "", *, required: bool = False
) -> list[Json]:
    value: list[Json] | None = _get(holder, key, where, list)
    return _given(value, [], key, where, required=required)


def _text(holder: dict[str, Json], key: str, where: str = "", *, required: bool = False) -> str:
    found = holder.get(key)
    if isinstance(found, str):
        return found
    value: str | None = _get(holder, key, where, str)
    return _given(value, "", key, where, required=required)


def _flag(holder: dict[str, Json], key: str, *, default: bool) -> bool:
    value: bool | None = _get(holder, key, "", bool)
    return default if value is None else value


def _given(value: T | None, default: T, key: str, where: str, *, required: bool) -> T:
    if value is None and required:
        raise ReviewError(f"{_join(where, key)} is missing")
    return default if value is None else value


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _kind(value: Json) -> str:
    for kind, name in (
        (bool, "true or false"),
        (dict, "an object"),
        (list, "a list"),
        (str, "a string"),
        (int | float, "a number"),
    ):
        if isinstance(value, kind):
            return name
    return "null"


def _excerpt(value: Json) -> str:
    text = json.dumps(value)
    return text if len(text) <= _EXCERPT else text[:_EXCERPT] + "..."
