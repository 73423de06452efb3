"""JSON Schemas of the states and the actions of a policy, for editors and for systems that embed the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..decision.request import MOST_OF_EACH
from ..language.types import (
    Boolean,
    Date,
    EntryOf,
    Integer,
    ListOf,
    MapOf,
    Maybe,
    Record,
    Translated,
    Type,
    Word,
    bounds,
)
from ..program import ActionType, Program

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def state_schema(program: Program) -> dict[str, Any]:
    """The schema of a state, as the policy says it; words that are known of a text stand there as examples."""
    schema: dict[str, Any] = _with_examples(program.schema, program.known_of_state)
    return schema


def _with_examples(schema: Any, known: Mapping[str, Sequence[str]]) -> Any:
    if isinstance(schema, list):
        return [_with_examples(each, known) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inside = {key: _with_examples(each, known) for key, each in schema.items()}
    source = schema.get("x-known")
    return inside | {"examples": list(known[source])} if isinstance(source, str) and source in known else inside


_NONE: Mapping[str, Sequence[str]] = {}


def action_schema(program: Program) -> dict[str, Any]:
    """The schema of an action: that of the one which its `type` names."""
    return {
        "$schema": DRAFT,
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": list(program.actions)}},
        "allOf": [
            {"if": {"required": ["type"], "properties": {"type": {"const": name}}}, "then": {"$ref": f"#/$defs/{name}"}}
            for name in program.actions
        ],
        "$defs": {
            name: _object(
                {"type": {"const": name}, **arguments_schemas(action)},
                ["type", *required_arguments(action)],
            )
            for name, action in program.actions.items()
        },
    }


def required_arguments(action: ActionType) -> list[str]:
    """The arguments that may not be left out."""
    return [name for name, kind in action.arguments.items() if not isinstance(kind, Maybe)]


def arguments_schemas(action: ActionType) -> dict[str, Any]:
    """The schemas of the arguments of an action by their names."""
    schemas = _schemas(action.arguments, action.known)
    for name, text in action.descriptions.items():
        schemas[name] = {"description": text, **schemas[name]}
    if action.each is not None:
        schemas[action.each.over] |= {"minItems": 1, "maxItems": MOST_OF_EACH}
    return schemas


def _object(properties: Mapping[str, Any], required: Iterable[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(required),
    }


def _schemas(fields: Mapping[str, Type], known: Mapping[str, Sequence[str]] = _NONE) -> dict[str, Any]:
    """The schemas of properties by their names; words that are known of one stand there as examples."""
    examples = {name: {"examples": list(words)} for name, words in known.items()}
    return {name: schema_of(kind) | examples.get(name, {}) for name, kind in fields.items()}


def schema_of(kind: Type) -> dict[str, Any]:
    """The JSON Schema of the values of a type. Whether a key is there in a state is more than it can say."""
    match kind:
        case Maybe(of=inner):
            return _or_null(schema_of(inner))
        case Boolean():
            return {"type": "boolean"}
        case Integer():
            least, greatest = bounds(kind)
            return {"type": "integer", "minimum": least, "maximum": greatest}
        case Date():
            return {"type": "string", "format": "date"}
        case Word(words=words):
            return {"enum": list(words)}
        case ListOf():
            return _list(kind)
        case EntryOf(record=record) | (Record() as record):
            fields = {name: record.type_of(name) for name in record.fields}
            closed = _object(_schemas(fields), sorted(record.required))
            return closed if record.closed else {**closed, "additionalProperties": True}
        case MapOf(key=key, entry=entry):
            return {"type": "object", "propertyNames": schema_of(key), "additionalProperties": schema_of(entry)}
        case Translated():
            return {"type": "object", "additionalProperties": {"type": "string"}}
    return {"type": "string"}


def _list(kind: ListOf) -> dict[str, Any]:
    items = {} if kind.item is None else {"items": schema_of(kind.item)}
    return {"type": "array", **items, **({"uniqueItems": True} if kind.unique else {})}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "enum" in schema:
        return {"enum": [*schema["enum"], None]}
    kinds = schema["type"]
    return {**schema, "type": [*(kinds if isinstance(kinds, list) else [kinds]), "null"]}
