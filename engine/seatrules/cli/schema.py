"""`seatrules schema`: JSON Schemas for editors and for systems that embed the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from ..compiler.known import words_of
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
    Table,
    Translated,
    Type,
    Word,
    bounds,
)
from ..loading import read_version
from ..policy.kinds import SCHEMAS, published
from ..program import ActionType, Program
from ..suites.cases import SUITE
from .common import Common, common_options, say_json
from .exits import Exit

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


@click.command()
@click.argument(
    "kind", required=False, metavar="[KIND]", type=click.Choice(["action", "state", "suite", *sorted(SCHEMAS)])
)
@common_options(
    version="The policy's version; else the newest.",
    settings="No effect here: a schema holds for every choice.",
    language="No effect here: a schema has no texts.",
)
def schema(common: Common, kind: str | None) -> Exit:
    """Print JSON Schemas for editors and embedding systems.

    KIND is `state`, `action`, `suite` or a kind of policy file; without it, all of them.
    """
    files = {name: published(each) for name, each in {**SCHEMAS, "suite": SUITE}.items()}
    if kind in files:
        say_json({"$schema": _DRAFT, **files[kind]})
        return Exit.OK
    engine = common.load()
    common.speak(engine.languages)
    program = common.program(engine)
    state = _with_examples(read_version(common.place(), program.version).schema_value, program.tables)
    actions = _actions(program)
    if kind == "state":
        say_json(state)
    elif kind == "action":
        say_json({"$schema": _DRAFT, **actions})
    else:
        say_json({"state": state, "action": actions, "files": files})
    return Exit.OK


def _with_examples(schema: Any, tables: Mapping[str, Table]) -> Any:
    """The schema of a state, in which words that are known of a text stand as examples."""
    if not isinstance(schema, dict):
        return schema
    inside = {key: _with_examples(each, tables) for key, each in schema.items()}
    source = schema.get("x-known")
    name, _, column = source.partition(".") if isinstance(source, str) else ("", "", "")
    return inside | {"examples": list(words_of(tables[name], column))} if name in tables else inside


_NONE: Mapping[str, Sequence[str]] = {}


def _actions(program: Program) -> dict[str, Any]:
    """The schema of an action: that of the one which its `type` names."""
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": list(program.actions)}},
        "allOf": [
            {"if": {"required": ["type"], "properties": {"type": {"const": name}}}, "then": {"$ref": f"#/$defs/{name}"}}
            for name in program.actions
        ],
        "$defs": {
            name: _object(
                {"type": {"const": name}, **_arguments(action)},
                ["type", *(each for each, kind in action.arguments.items() if not isinstance(kind, Maybe))],
            )
            for name, action in program.actions.items()
        },
    }


def _arguments(action: ActionType) -> dict[str, Any]:
    schemas = _schemas(action.arguments, action.known)
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
