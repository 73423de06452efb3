"""What a state reads as where it is not given: a property's `default`, and an `x-default-entry` of a map."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..decision.request import value_problems
from ..diagnostics import echo
from ..language.references import references
from ..language.types import Boolean, Date, Integer, MapOf, Maybe, Record, Text, Type, Word, known, out_of_bounds
from ..nodes import MappingNode, Node
from ..policy.structure import child
from ..problems import Problems
from ..source import suggest_key


def defaults_of(
    node: MappingNode,
    properties: Mapping[str, Any],
    fields: Mapping[str, Type],
    required: Collection[str],
    problems: Problems,
) -> dict[str, Any]:
    """What properties read as where they are not given."""
    defaults = {}
    for name, kind in fields.items():
        if not isinstance(properties[name], dict) or "default" not in properties[name]:
            continue
        defaults[name] = value = properties[name]["default"]
        place = child(child(node, name), "default")
        if isinstance(kind, Maybe):
            _bad(problems, place, "what has a `default` is never absent, and takes no `null`")
        elif not isinstance(kind, Boolean | Date | Integer | Text | Word):
            _bad(problems, place, f"{kind} has no `default`")
        elif name in required:
            _bad(problems, place, f"`{name}` is required, so that its `default` is never read")
        elif any(value_problems(value, kind, (name,), {})):
            _bad(problems, place, _misfit(value, kind))
    return defaults


def check_default_entry(node: Node, default: Any, entry: Record, problems: Problems) -> None:
    """An entry that is read where none is listed is a whole entry."""
    if not isinstance(node, MappingNode):
        _bad(problems, node, "an `x-default-entry` is a whole entry")
        return
    for name, span, _ in node:
        if name not in entry.fields:
            help_text = suggest_key(name, list(entry.fields))
            problems.error("unknown-name", f"{entry} has no `{echo(name)}`", span, help=help_text)
        elif isinstance(entry.type_of(name), Record | MapOf):
            _bad(problems, child(node, name), "an `x-default-entry` has no objects within it")
        elif any(value_problems(default[name], entry.type_of(name), (name,), {})):
            _bad(problems, child(node, name), _misfit(default[name], entry.type_of(name)))
        elif any(references(entry.type_of(name), default[name])):
            _bad(problems, child(node, name), "an `x-default-entry` names no entry of another map")
    for name in sorted(entry.required - default.keys()):
        _bad(problems, node, f"the `x-default-entry` has no `{name}`")


def _bad(problems: Problems, node: Node, message: str) -> None:
    problems.error("bad-schema", message, node.span)


def _misfit(value: Any, kind: Type) -> str:
    """What is wrong with a value that is not of its type."""
    of = known(kind)
    if isinstance(of, Word) and isinstance(value, str):
        return f"`{echo(value)}` is no word of `{of.name}`"
    beyond = out_of_bounds(of, value) if isinstance(of, Integer) and type(value) is int else None
    return beyond or f"{kind} is expected here"
