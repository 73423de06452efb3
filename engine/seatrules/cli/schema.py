"""`seatrules schema`: JSON Schemas for editors and for systems that embed the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ..language.types import Boolean, Date, Integer, ListOf, Maybe, Type, Word, known
from ..loading import read_version
from ..policy.kinds import SCHEMAS
from ..policy.locate import find
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
    files = {name: _plain(each) for name, each in {**SCHEMAS, "suite": SUITE}.items()}
    if kind in files:
        say_json({"$schema": _DRAFT, **files[kind]})
        return Exit.OK
    engine = common.load()
    common.speak(engine.languages)
    program = common.program(engine)
    state = read_version(find(common.policy), program.version).schema_value
    actions = {
        name: {
            "type": "object",
            "additionalProperties": False,
            "properties": {"type": {"const": name}, **{a: _schema_of(t) for a, t in action.arguments.items()}},
            "required": ["type", *action.arguments],
        }
        for name, action in program.actions.items()
    }
    if kind == "state":
        say_json(state)
    elif kind == "action":
        say_json({"$schema": _DRAFT, "$defs": actions})
    else:
        say_json({"state": state, "action": {"$defs": actions}, "files": files})
    return Exit.OK


def _plain(value: Any) -> Any:
    """The schema without our own keyword, for editors."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items() if key != "x-as"}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _schema_of(kind: Type) -> dict[str, Any]:
    if isinstance(kind, Maybe):
        inner = _schema_of(known(kind))
        if "enum" in inner:
            return {"enum": [*inner["enum"], None]}
        return {**inner, "type": [inner["type"], "null"]}
    match kind:
        case Boolean():
            return {"type": "boolean"}
        case Integer(minimum=minimum):
            return {"type": "integer"} if minimum is None else {"type": "integer", "minimum": minimum}
        case Date():
            return {"type": "string", "format": "date"}
        case Word(words=words):
            return {"enum": list(words)}
        case ListOf():
            return {"type": "array"}
    return {"type": "string"}
