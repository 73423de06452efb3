"""Checks that a file holds what its kind may hold, and gives its values, typed by what is expected in each place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ..diagnostics import Span, echo, listed
from ..language.days import is_date
from ..nodes import MappingNode, Node, Scalar, SequenceNode
from ..problems import Problems
from ..source import key_and_value, suggest_key
from .kinds import renamed

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
}
INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,4000}")


def values(node: Node, schema: Mapping[str, Any], problems: Problems) -> Any:
    """The plain value of `node`, after checking it against `schema`; what is wrong goes to `problems`.

    A schema is kept with what is made of it: it is one of few, that stay as they are.
    """
    schema = _that_applies(schema, node)
    value = read_value(node, schema, problems)
    for error in _validator(schema).iter_errors(value):
        _explain(error, node, problems)
    return value


def read_value(node: Node, schema: Mapping[str, Any], problems: Problems) -> Any:
    """The plain value of `node`; scalars are read as `schema` expects them there."""
    schema = _that_applies(schema, node)
    match node:
        case MappingNode():
            if "properties" not in schema and (_expects(schema, "expression") or _expects(schema, "expressions")):
                _needs_quotes(node, problems)
            properties = schema.get("properties", {})
            other_schema = schema.get("additionalProperties", {})
            other_schema = other_schema if isinstance(other_schema, Mapping) else {}
            return {key: read_value(child, properties.get(key, other_schema), problems) for key, _, child in node}
        case SequenceNode():
            if _expects(schema, "expression"):
                _needs_quotes(node, problems)
            inner = {"x-as": "expression"} if schema.get("x-as") == "expressions" else schema.get("items", {})
            return [read_value(child, inner, problems) for child in node.items]
        case Scalar():
            return _scalar(node, schema, problems)


def _that_applies(schema: Mapping[str, Any], node: Node) -> Mapping[str, Any]:
    """Of two schemas, the one that a mapping decides by a key that it has."""
    if "else" not in schema or "properties" in schema:
        return schema
    key = schema["if"]["required"][0]
    applies: Mapping[str, Any] = schema["then" if isinstance(node, MappingNode) and key in node.entries else "else"]
    return applies


def _expects(schema: Mapping[str, Any], reading: str) -> bool:
    return schema.get("x-as") == reading


def _needs_quotes(node: Node, problems: Problems) -> None:
    span = node.span
    help_text = "write the expression in single quotes"
    line = span.text or ""
    written = key_and_value(line)
    if written and not line[written.column : span.column - 1].strip("["):  # else the first colon is of another key
        help_text += f": {written.quoted}"
    problems.error(
        "expression-needs-quotes", "YAML takes this expression for a list or a mapping", span, help=help_text
    )


def _scalar(node: Scalar, schema: Mapping[str, Any], problems: Problems) -> Any:
    reading, kinds = schema.get("x-as"), schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds or ())
    if reading in ("expression", "expressions", "version", "names"):
        if not node.one_line or node.style in ("|", ">"):
            problems.error(
                "expression-one-line",
                "this stands on one line",
                node.span,
                help="give a part of it a name in facts.yaml",
            )
        return node.text
    if node.style is None:
        if node.text == "null" and ("null" in kinds or None in schema.get("enum", ())):
            return None
        if "boolean" in kinds and node.text in ("true", "false"):
            return node.text == "true"
        if "integer" in kinds and _NUMBER.fullmatch(node.text):
            if not INTEGER.fullmatch(node.text):
                message = f"`{echo(node.text)}` is not a whole number of at most 18 digits"
                problems.error("bad-number", message, node.span)
            return int(node.text)
        if schema.get("format") == "date" or (kinds and "string" not in kinds):
            return node.text if "string" in kinds else _reads_as(node)
        if reading in ("choice", "entry") or not schema:
            return _reads_as(node)
    if node.reads_otherwise and (node.text or "minLength" not in schema) and ("string" in kinds or "enum" in schema):
        message = f"`{echo(node.text)}` without quotes is not read as a text everywhere"
        problems.error("ambiguous-scalar", message, node.span, help=f'write `"{echo(node.text)}"` if a text is meant')
    return node.text


def _reads_as(node: Scalar) -> Any:
    """What a plain scalar is where nothing is expected of it: null, a truth value, a number (of any size) or a text."""
    if node.style is None:
        if node.text in ("null", "true", "false"):
            return {"null": None, "true": True, "false": False}[node.text]
        if _NUMBER.fullmatch(node.text):
            return int(node.text)
    return node.text


def child(node: Node, step: str | int) -> Node:
    """The node one step below."""
    if isinstance(node, MappingNode):
        return node.entries[str(step)][1]
    assert isinstance(node, SequenceNode)
    return node.items[int(step)]


def _explain(error: Any, node: Node, problems: Problems) -> None:
    for step in error.absolute_path:
        node = child(node, step)
    for code, message, span, help_text in _explanations(error, node):
        problems.error(code, message, span, help=help_text)


def _explanations(error: Any, node: Node) -> Iterator[tuple[str, str, Span, str | None]]:
    where = node.span
    match error.validator:
        case "additionalProperties" if isinstance(node, MappingNode):
            known = list(error.schema.get("properties", {}))
            for key, span, _ in node:
                if key not in known:
                    help_text = renamed(key, known) or suggest_key(key, known) or f"there are {listed(known)}"
                    yield "unknown-key", f"there is no key `{echo(key)}` here", span, help_text
        case "required":
            # There is one error for each missing key, and only its text says which: so all are looked for each time.
            for key in error.validator_value:
                if key not in error.instance:
                    yield "missing-key", f"the key `{key}` is missing here", where, None
        case "dependentRequired":
            needed = (key for given, keys in error.validator_value.items() if given in error.instance for key in keys)
            missing = next(key for key in needed if key not in error.instance)
            yield "missing-key", f"the key `{missing}` is missing here", where, None
        case "not" if isinstance(node, MappingNode):
            for key in error.validator_value["required"]:
                message, help_text = f"`{key}` does not stand here", error.validator_value["x-help"]
                yield "misplaced-key", message, next(span for each, span, _ in node if each == key), help_text
        case "type" if _expects(error.schema, "expression") or _expects(error.schema, "expressions"):
            pass  # reported already, with the line as it should be
        case "type":
            kinds = error.validator_value
            kinds = [kinds] if isinstance(kinds, str) else kinds
            yield "wrong-kind", f"{' or '.join(_KINDS.get(k, k) for k in kinds)} is expected here", where, None
        case "enum":
            words = [str(word) for word in error.validator_value if word is not None]
            yield (
                "unknown-word",
                f"`{echo(error.instance)}` is not one of {listed(words)}",
                where,
                suggest_key(str(error.instance), words),
            )
        case "format":
            yield "bad-date", f"`{echo(error.instance)}` is not a date", where, "write it as `YYYY-MM-DD`"
        case "pattern":
            signs = "letters, digits, `_` and `-`" if "-]*$" in error.validator_value else "letters, digits and `_`"
            yield "bad-name", f"`{echo(error.instance)}` is no name: {signs}", where, None
        case "minItems" | "minProperties" | "minLength":
            yield "empty", "something has to stand here", where, None
        case _:
            yield "wrong-value", f"`{echo(error.instance)}` is not allowed here", where, None


_VALIDATORS: dict[int, tuple[Mapping[str, Any], Any]] = {}
"""Of schemas, by their identities: each, and what checks values against it."""


def _validator(schema: Mapping[str, Any]) -> Any:
    known = _VALIDATORS.get(id(schema))
    if known is None:
        known = _VALIDATORS[id(schema)] = schema, _made(json.dumps(schema, sort_keys=True))
    return known[1]


@cache
def _made(schema: str) -> Any:
    import jsonschema  # slow to import, and only asked for where nothing is remembered
    from referencing import Registry

    formats = jsonschema.FormatChecker(formats=())
    formats.checks("date")(lambda text: not isinstance(text, str) or is_date(text))
    return jsonschema.Draft202012Validator(json.loads(schema), registry=Registry(), format_checker=formats)
