"""JSON Schemas of the files that a policy's author writes, for editors: a folder of them, and the line that names one.

The shapes are those that the loader reads by. In a folder they are of draft 7, which editors know best, and what files
of several kinds share stands once, in `parts.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import FileError, UsageError
from ..files import read_bytes, reading, trouble, write_whole
from ..policy.kinds import PARTS, Schema, published
from ..words import phrase
from .keys import ABOUT, EXAMPLES, KEYWORDS, SAYS

DRAFT_07 = "http://json-schema.org/draft-07/schema#"
SHARED = "parts.json"
MADE_BY = "made by `seatrules schema --out`"
_RENAMED = {"$defs": "definitions", "dependentRequired": "dependencies"}
Steps = tuple[str, ...]


def described(kind: str, schema: Schema) -> dict[str, Any]:
    """The published schema of a kind, with what the file, each of its keys, and an example of it says."""
    about = ABOUT.get(kind) or SAYS[kind]
    example = EXAMPLES[kind] if kind in ABOUT else {each: EXAMPLES[each] for each in schema["required"]}
    start = () if kind in PARTS else (kind,)
    return {"title": kind, "description": about, **_with_descriptions(published(schema), start), "examples": [example]}


def _with_descriptions(schema: Any, path: Steps) -> Any:
    if isinstance(schema, list):
        return [_with_descriptions(each, path) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: {name: _property(inside, (*path, name)) for name, inside in value.items()}
        if key == "properties"
        else _with_descriptions(value, path)
        for key, value in schema.items()
    }


def _property(schema: Any, path: Steps) -> Any:
    meaning = said_of(path)
    inside = _with_descriptions(schema, path)
    return inside if meaning is None else {"description": meaning, **inside}


def said_of(path: Steps) -> str | None:
    """What a key means, by the names that lead to it: the sentence for as many of the last of them as there is one."""
    if path[0] == "state-schema":
        return KEYWORDS.get(path[-1]) or SAYS.get(path[-1])
    names = [name for name in path[:-1] if name not in ("amend", "cases")] + [path[-1]]
    meanings = (SAYS.get(".".join(names[at:])) for at in range(len(names)))
    return next((each for each in meanings if each is not None), None)


def draft_07(schema: Any) -> Any:
    """A schema of draft 2020-12, of what this package uses of it, as one of draft 7."""
    if isinstance(schema, list):
        return [draft_07(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {_RENAMED.get(key, key): _in_draft_07(key, value) for key, value in schema.items()}


def _in_draft_07(key: str, value: Any) -> Any:
    """What stands under a keyword; names of properties are no keywords."""
    if key == "$ref":
        return value.replace("#/$defs/", "#/definitions/")
    return {name: draft_07(each) for name, each in value.items()} if key == "properties" else draft_07(value)


def folder_of_schemas(schemas: Mapping[str, Schema]) -> dict[str, dict[str, Any]]:
    """The files of a folder, by their names: one of each kind, and what they share."""
    shared = {name: described_part(name) for name in PARTS}
    files = {f"{kind}.json": _with_references(described(kind, schema)) for kind, schema in schemas.items()}
    return {**files, SHARED: _whole({"definitions": draft_07(shared)})}


def described_part(kind: str) -> Any:
    """The schema of what stands under the key of a kind."""
    example = {"examples": [EXAMPLES[kind]]} if kind in EXAMPLES else {}
    return {**_property(published(PARTS[kind]), (kind,)), **example}


def _with_references(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a file, with the parts that others have too where they stand once."""
    names = schema.get("properties", {})
    references = {name: {"$ref": f"{SHARED}#/definitions/{name}"} for name in PARTS if name in names}
    is_file_of_parts = len(references) == len(PARTS)
    return _whole(draft_07({**schema, "properties": {**names, **references}} if is_file_of_parts else schema))


def _whole(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"$schema": DRAFT_07, "$comment": MADE_BY, **{k: v for k, v in schema.items() if k != "$schema"}}


def of_policy(state: Schema, action: Schema, decision: Schema) -> dict[str, dict[str, Any]]:
    """The files of a folder of one policy, by their names: its states, actions, decisions, requests and steps."""
    day = {"type": "string", "format": "date"}
    one = {"$ref": "action.json"}
    both = {"state": {"$ref": "state.json"}, "action": one}
    request = {"title": "request", "type": "object", "required": [*both], "additionalProperties": False}
    waited = {"type": "object", "properties": {"at": day, "action": {"type": "object"}}, "additionalProperties": False}
    step = {"if": {"type": "object", "required": ["type"]}, "then": {"type": "object"}, "else": waited}
    schemas = {
        "state": state,
        "action": action,
        "decision": decision,
        "request": {**request, "properties": both},
        "steps": {"title": "steps", "type": "array", "minItems": 1, "items": step},
    }
    return {f"{name}.json": _whole(draft_07(each)) for name, each in schemas.items()}


def modeline(kind: str, folder: str) -> str:
    """The first line of a file of a kind, by which editors find its schema in a folder named as seen from the file."""
    return f"# yaml-language-server: $schema={folder}/{kind}.json"


def write_schemas(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> None:
    """Put schemas into a folder, in the place of those that this command has put there.

    Raises:
        UsageError: a file that is there is none of these.
        FileError: they can't be written.
    """
    _require_own(folder, files)
    try:
        for place in {(folder / name).parent for name in files}:
            place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(str(folder), trouble(error, phrase("cannot_write"))) from error
    for name, schema in files.items():
        write_whole(folder / name, text_of(schema).encode())


def text_of(schema: Mapping[str, Any]) -> str:
    """The text of a file of a folder of schemas."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _require_own(folder: Path, names: Iterable[str]) -> None:
    for file in (folder / name for name in names):
        with reading(str(file)):
            if file.exists() and MADE_BY.encode() not in read_bytes(file):
                what = phrase("no_own_schema", path=str(file))
                raise UsageError("not-a-schema", what, suggestion=phrase("name_another_folder"))
