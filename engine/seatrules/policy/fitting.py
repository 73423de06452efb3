"""Whether a value is as a schema says: what is right is known at once, and of the rest jsonschema says what is wrong.

Of a schema a function is made once, which asks of a value what the keywords ask of one of its type. They are those of
`kinds`, of suites and of mappings of columns, and the answer is yes exactly where jsonschema has nothing to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..language.days import is_date
from .kinds import Schema

Fits = Callable[[Any], bool]
_TYPES: dict[str, type] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "null": type(None),
    "object": dict,
    "string": str,
}
_KNOWN: dict[int, tuple[Schema, Fits]] = {}
"""Of schemas, by their identities: each, and what is made of it."""


def fits(value: Any, schema: Schema) -> bool:
    """Whether a value is as a schema says; the schema is kept with what is made of it: it is one of few, which stay.

    Raises:
        KeyError: the schema has a keyword that nothing is made of.
    """
    known = _KNOWN.get(id(schema))
    if known is None:
        known = _KNOWN[id(schema)] = schema, _made(schema)
    return known[1](value)


def _made(schema: Schema) -> Fits:
    kinds = schema.get("type", [*_TYPES])
    asked: dict[type, list[Fits]] = {_TYPES[kind]: [] for kind in ([kinds] if isinstance(kinds, str) else kinds)}
    for keyword in schema.keys() - _ASKS_NOTHING:
        kind, make = _ASKS[keyword]
        question = make(schema)
        for each in asked if kind is None else asked.keys() & {kind}:
            asked[each].append(question)

    def is_as_it_says(value: Any) -> bool:
        questions = asked.get(type(value))
        if questions is None:
            return False
        for question in questions:  # noqa: SIM110 - `all` takes twice as long
            if not question(value):
                return False
        return True

    return is_as_it_says


def _at_least(keyword: str) -> Callable[[Schema], Fits]:
    return lambda schema: lambda value: len(value) >= schema[keyword]


def _dependent_required(schema: Schema) -> Fits:
    needed = {given: {*keys} for given, keys in schema["dependentRequired"].items()}
    return lambda value: all(keys <= value.keys() for given, keys in needed.items() if given in value)


def _enum(schema: Schema) -> Fits:
    words = [(type(word), word) for word in schema["enum"]]
    return lambda value: (type(value), value) in words


def _if(schema: Schema) -> Fits:
    condition, then, otherwise = (_made(schema.get(key, {})) for key in ("if", "then", "else"))
    return lambda value: then(value) if condition(value) else otherwise(value)


def _items(schema: Schema) -> Fits:
    item = _made(schema["items"])
    return lambda value: all(map(item, value))


def _not(schema: Schema) -> Fits:
    refused = _made(schema["not"])
    return lambda value: not refused(value)


def _others(schema: Schema) -> Fits:
    """What `additionalProperties` asks: of all that are no `properties`, or that there are none."""
    others, own = schema["additionalProperties"], schema.get("properties", {}).keys()
    if not isinstance(others, Mapping):
        return lambda value: others or value.keys() <= own
    other = _made(others)
    return lambda value: all(other(each) for key, each in value.items() if key not in own)


def _pattern(schema: Schema) -> Fits:
    search = re.compile(schema["pattern"]).search
    return lambda value: search(value) is not None


def _properties(schema: Schema) -> Fits:
    own = {name: _made(each) for name, each in schema["properties"].items()}
    return lambda value: all(own[key](each) for key, each in value.items() if key in own)


def _property_names(schema: Schema) -> Fits:
    name = _made(schema["propertyNames"])
    return lambda value: all(map(name, value))


def _required(schema: Schema) -> Fits:
    needed = {*schema["required"]}
    return lambda value: needed <= value.keys()


_ASKS: dict[str, tuple[type | None, Callable[[Schema], Fits]]] = {
    "additionalProperties": (dict, _others),
    "dependentRequired": (dict, _dependent_required),
    "enum": (None, _enum),
    "format": (str, lambda schema: {"date": is_date}[schema["format"]]),
    "if": (None, _if),
    "items": (list, _items),
    "minItems": (list, _at_least("minItems")),
    "minLength": (str, _at_least("minLength")),
    "minProperties": (dict, _at_least("minProperties")),
    "not": (None, _not),
    "pattern": (str, _pattern),
    "properties": (dict, _properties),
    "propertyNames": (dict, _property_names),
    "required": (dict, _required),
}
"""Of each keyword: of values of which type it asks something, or of all; and what."""
_ASKS_NOTHING = {"else", "then", "type", "x-as", "x-help"}
"""What stands beside a keyword that asks, and what is for reading alone."""
