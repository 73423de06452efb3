"""Infers the schema of a state from a sample of one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..diagnostics import MAX_DEPTH
from ..errors import RequestError, RequestProblem
from ..language.days import is_date
from ..language.names import is_reserved
from ..language.text import pointer
from ..words import phrase

Path = tuple[str, ...]
_FEWEST_ALIKE = 2
_DEEPEST = MAX_DEPTH // 2 - 2
"""How deep a sample is nested at most: each level of it is two of the file of its schema."""
_FRACTION = re.compile(r"[-+]?[0-9]*[.,][0-9]+")


class Inferred(NamedTuple):
    """A schema, and the pointers of what was taken for a map, with what may be meant otherwise.

    `single` are objects with one object below them, which were not taken for maps; `texts`, with what stands there,
    look like numbers that are not whole.
    """

    schema: dict[str, Any]
    maps: tuple[str, ...]
    single: tuple[str, ...]
    texts: Mapping[str, str]


def inferred(state: Mapping[str, Any], maps: Collection[str] = ()) -> Inferred:
    """The schema of which a sample is a state.

    An object whose values are all objects, two at least, and with a key in common, is a map: its keys are the names of
    entries. `maps` are JSON pointers to others that are.

    Raises:
        RequestError: something in the sample can't be in a state.
    """
    reading = _Reading(maps)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **reading.of([state], ()),
    }
    if reading.problems:
        raise RequestError(reading.problems)
    if reading.types:
        schema["$defs"] = reading.types
    return Inferred(schema, tuple(map(pointer, reading.maps)), tuple(map(pointer, reading.single)), reading.texts)


class _Reading:
    """Goes through samples; types, maps and what is wrong are collected."""

    def __init__(self, maps: Collection[str]) -> None:
        self.named = maps
        self.types: dict[str, Any] = {}
        self.maps: list[Path] = []
        self.single: list[Path] = []
        self.texts: dict[str, str] = {}
        self.problems: list[RequestProblem] = []

    def of(self, values: Sequence[Any], path: Path) -> dict[str, Any]:
        """The schema of values that stand at one place."""
        if len(path) > _DEEPEST:
            return self._wrong("too_deep", path)
        there = [each for each in values if each is not None]
        schema = self._of_all(there, path) if there else {"type": "string"}
        if len(there) < len(values):
            schema = _or_null(schema)
        return schema

    def _of_all(self, values: Sequence[Any], path: Path) -> dict[str, Any]:
        kinds = {_kind(each) for each in values}
        if len(kinds) > 1:
            return self._wrong("sample_kinds", path)
        match kinds.pop():
            case "object":
                return self._object(values, path)
            case "list":
                return self._list(values, path)
            case "boolean":
                return {"type": "boolean"}
            case "integer":
                return {"type": "integer", **({"minimum": 0} if min(values) >= 0 else {})}
            case "text":
                self.texts |= {pointer(path): each for each in values if _FRACTION.fullmatch(each)}
                return {"type": "string", **({"format": "date"} if all(map(is_date, values)) else {})}
        return self._wrong("sample_number", path)

    def _wrong(self, name: str, path: Path) -> dict[str, Any]:
        what = {
            "sample_kinds": phrase("sample_kinds"),
            "sample_number": phrase("sample_number"),
            "too_deep": phrase("nested_too_deep"),
        }
        self.problems.append(RequestProblem(name, what[name], pointer(("state", *path))))
        return {"type": "string"}

    def _object(self, values: Sequence[Mapping[str, Any]], path: Path) -> dict[str, Any]:
        if self._is_map(values, path):
            self.maps.append(path)
            entries = [entry for each in values for entry in each.values()]
            return {"type": "object", "additionalProperties": self._type(path, self._record(entries, (*path, "*")))}
        if path and any(len(each) == 1 and isinstance(next(iter(each.values())), Mapping) for each in values):
            self.single.append(path)
        return self._record(values, path)

    def _record(self, values: Sequence[Mapping[str, Any]], path: Path) -> dict[str, Any]:
        names = list(dict.fromkeys(name for each in values for name in each))
        required = [name for name in names if all(name in each for each in values)]
        properties = {name: self.of([each[name] for each in values if name in each], (*path, name)) for name in names}
        return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}

    def _list(self, values: Sequence[Sequence[Any]], path: Path) -> dict[str, Any]:
        items = [item for each in values for item in each]
        schema = self.of(items, (*path, "*")) if items else {"type": "string"}
        if "properties" in schema:
            schema = self._type(path, schema)
        return {"type": "array", "items": schema}

    def _type(self, path: Path, schema: dict[str, Any]) -> dict[str, Any]:
        """A reference to a named type, so that expressions can name it."""
        name = _singular(next(step for step in reversed(path) if step != "*"))
        while name in self.types:
            name += "_entry"
        self.types[name] = schema
        return {"$ref": f"#/$defs/{name}"}

    def _is_map(self, values: Sequence[Mapping[str, Any]], path: Path) -> bool:
        entries = [entry for each in values for entry in each.values()]
        if not path or not all(isinstance(entry, Mapping) for entry in entries):
            return False
        if pointer(path) in self.named or not entries:
            return True
        return len(entries) >= _FEWEST_ALIKE and bool(set.intersection(*map(set, entries)))


def integers(schema: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    """The paths of the numbers that an account has once, and expressions can name; its own ones come first."""
    named = schema.get("properties", {}).items()
    properties = {name: each for name, each in named if name.isidentifier() and not is_reserved(name)}
    yield from ((*path, name) for name, each in properties.items() if each.get("type") == "integer")
    for name, each in properties.items():
        yield from integers(each, (*path, name))


def maps(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The maps at the top of an account, by their names, with the type of their entries."""
    for name, each in schema.get("properties", {}).items():
        entry = each.get("additionalProperties")
        if isinstance(entry, Mapping) and "$ref" in entry and name.isidentifier():
            yield name, entry["$ref"].rpartition("/")[2]


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case str():
            return "text"
        case list():
            return "list"
        case dict():
            return "object"
    return "number"


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "type" not in schema:
        return schema
    return {**schema, "type": [schema["type"], "null"]}


def _singular(name: str) -> str:
    """What one of several is called."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    one = re.sub(r"(?<=[^s])s$", "", name)
    return one if one != name else f"{name}_entry"
