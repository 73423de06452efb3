"""The schema of what stands at a cursor in a file of a policy, with what each key means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ..description.file_schemas import described
from ..policy.folders import EXTENSION, HEADER, SUITES
from ..policy.kinds import PARTS, SCHEMAS
from ..policy.load import STATE
from ..suites.cases import SUITE
from .cursor import Cursor


def file_schema(path: Path, cursor: Cursor) -> tuple[str, Mapping[str, Any]]:
    """The kind of a file, and its schema with descriptions."""
    kind = kind_of(path, cursor)
    return kind, _described(kind)


def kind_of(path: Path, cursor: Cursor) -> str:
    """The kind of a file by its name, or by the key that a cursor is below."""
    if SUITES in path.parts or cursor.path[:1] in (("bases",), ("cases",)):
        return "suite"
    kinds = {STATE: "state-schema", HEADER: "policy", EXTENSION: "extension"}
    return kinds.get(path.name) or (cursor.path[0] if cursor.path and cursor.path[0] in PARTS else "rules")


@cache
def _described(kind: str) -> Mapping[str, Any]:
    if kind == "state-schema":
        return {}
    if kind in ("state", "defaults") or kind not in SCHEMAS:
        return described("suite", SUITE) if kind == "suite" else described("rules", SCHEMAS["rules"])
    return described(kind, SCHEMAS[kind])


def properties_at(schema: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Mapping[str, Any]]:
    """The properties, by their names, of what stands at a path of keys."""
    properties: dict[str, Mapping[str, Any]] = {}
    for each in schemas_at(schema, path):
        for name, inside in each.get("properties", {}).items():
            properties.setdefault(name, inside)
    return properties


def schemas_at(schema: Mapping[str, Any], path: Iterable[str]) -> list[Mapping[str, Any]]:
    """The schemas that may apply at a path of keys, which goes through lists."""
    here = [*_whole(schema)]
    for key in path:
        below = [inside for each in here for inside in _below_key(each, key)]
        here = [each for inside in below for each in _whole(inside)]
    return here


def _whole(schema: Any) -> Iterator[Mapping[str, Any]]:
    """A schema, those of which one applies by its condition, and those of its items."""
    if not isinstance(schema, Mapping):
        return
    yield schema
    for key in ("then", "else", "items"):
        yield from _whole(schema.get(key))


def _below_key(schema: Mapping[str, Any], key: str) -> Iterator[Any]:
    if key in schema.get("properties", {}):
        yield schema["properties"][key]
    elif "additionalProperties" in schema:
        yield schema["additionalProperties"]


def types_of(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return kinds if isinstance(kinds, list) else [kinds]
