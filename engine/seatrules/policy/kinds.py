"""The kinds of policy files, each with its JSON Schema (2020-12).

Two keywords are ours. `x-help` says where something stands that does not stand here. `x-as` says how a scalar is read:
`text` (quoted where YAML readers would disagree), `expression` (one line), `version` (as written). `published` is one
without them. A file may hold several kinds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string", "x-as": "text", "minLength": 1}
EXPRESSION: Schema = {"type": "string", "x-as": "expression"}
REQUIRE: Schema = {"type": ["string", "array"], "x-as": "expressions", "items": EXPRESSION, "minItems": 1}
DATE: Schema = {"type": "string", "format": "date"}
NAME: Schema = {"type": "string", "x-as": "text", "pattern": r"^[A-Za-z_][A-Za-z0-9_]*$(?!\n)"}
ID: Schema = {"type": "string", "x-as": "text", "pattern": r"^[A-Za-z0-9_][A-Za-z0-9_-]*$(?!\n)"}
VERSION: Schema = {"type": "string", "x-as": "version", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\n)"}
LANGUAGE: Schema = {"type": "string", "x-as": "text", "pattern": r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$(?!\n)"}
TEXTS: Schema = {"type": "object", "additionalProperties": TEXT, "minProperties": 1}
LINE: Schema = {**TEXTS, "type": ["string", "object"], "x-as": "text", "minLength": 1}
"""One text for every language, or one for each."""
ABOUT = ("elsewhere", "fulfilled", "request", "too_late")
"""What a code of a reason may be about, where no action can mend it."""
REASON_LINE: Schema = {
    **LINE,
    "properties": {"line": LINE, "about": {"enum": list(ABOUT)}, "terminal": {}},
    "dependentRequired": {"about": ["line"], "line": ["about"]},
    "not": {
        "type": "object",
        "required": ["terminal"],
        "x-help": "write it below `terminal`, which stands beside `reasons`",
    },
}
"""The line of a code, or that and what the code is about; no language has such names."""
ARGUMENT: Schema = {
    "type": ["string", "object"],
    "x-as": "text",
    "minLength": 1,
    "properties": {"type": TEXT, "known": TEXT, "description": TEXT},
    "additionalProperties": False,
    "required": ["type"],
}
"""The type of an argument, alone or with the words that are known of it and what it is."""
CITES: Schema = {"type": "array", "items": ID}


def or_null(schema: Schema) -> Schema:
    """What may be taken away from where it is by default."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {**schema, "type": [*kinds, "null"]}


def record(properties: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """A mapping with these keys and no others."""
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": list(required)}


def by_name(entry: Schema) -> Schema:
    """A mapping from names to such entries."""
    return {"type": "object", "additionalProperties": entry, "propertyNames": NAME}


def singular(kind: str) -> str:
    """What one entry of a kind is called."""
    return kind.removesuffix("ies") + "y" if kind.endswith("ies") else kind.removesuffix("s")


def renamed(word: str, known: Collection[str]) -> str | None:
    """Help for a kind of entries that had another name before."""
    now = {"duties": "goals"}.get(word)
    return f"it is called `{now}` now" if now in known else None


def listing(item: Schema, at_least: int = 0) -> Schema:
    return {"type": "array", "items": item, "minItems": at_least}


_CHANGES: dict[str, Schema] = {
    "for": EXPRESSION,
    "when": EXPRESSION,
    "change": {"type": "object", "additionalProperties": EXPRESSION},
    "append": {"type": "object", "additionalProperties": {"x-as": "entry"}},
    "remove": listing(EXPRESSION, 1),
    "cites": CITES,
    "before": ID,
}
_BILL: Schema = {
    "type": "object",
    "properties": {"for": EXPRESSION, "when": EXPRESSION, "change": TEXT},
    "additionalProperties": EXPRESSION,
    "required": ["change"],
}
_BILLING: Schema = {**_BILL, "type": ["object", "array"], "items": _BILL, "minItems": 1}
"""One entry of a bill, or several."""
_ACTIONS = listing(TEXT, 1)
_CLAUSES: dict[str, Schema] = {
    "rules": record(
        {
            "id": ID,
            "severity": {"enum": ["denial", "warning"]},
            "effective": record({"from": DATE, "until": DATE}),
            "actions": _ACTIONS,
            "when": EXPRESSION,
            "require": REQUIRE,
            "otherwise": record({"code": TEXT, "message": TEXTS, "about": by_name({"enum": list(ABOUT)})}, ("code",)),
            "cites": CITES,
            "before": ID,
        },
        ("id", "actions", "require", "otherwise"),
    ),
    "consequences": record({"id": ID, "actions": _ACTIONS, "meaning": LINE, **_CHANGES}, ("id", "actions")),
    "outcomes": record(
        {
            "id": ID,
            "code": TEXT,
            "actions": _ACTIONS,
            "when": EXPRESSION,
            "message": TEXTS,
            "billing": _BILLING,
            "cites": CITES,
            "before": ID,
        },
        ("id", "code", "actions"),
    ),
    "invariants": record(
        {
            "id": ID,
            "severity": {"enum": ["error", "warning"]},
            "beside": listing(TEXT, 1),
            "for": EXPRESSION,
            "when": EXPRESSION,
            "require": REQUIRE,
            "message": TEXTS,
            "cites": CITES,
            "before": ID,
        },
        ("id", "require", "message"),
    ),
    "goals": record({"id": ID, "for": EXPRESSION, "some": EXPRESSION, "cites": CITES, "before": ID}, ("id", "some")),
    "overview": record(
        {
            "id": ID,
            "for": EXPRESSION,
            "when": EXPRESSION,
            "on": EXPRESSION,
            "message": TEXTS,
            "cites": CITES,
            "before": ID,
        },
        ("id", "message"),
    ),
    "events": record(
        {"id": ID, "on": EXPRESSION, "code": TEXT, "message": TEXTS, "billing": _BILLING, **_CHANGES}, ("id", "on")
    ),
}
CLAUSES = tuple(_CLAUSES)
NAMED = ("actions", "cutoffs", "facts", "settings", "words")
CODES_OF_DECISIONS = ("reasons", "outcomes", "warnings")
CODES = {"reasons": "reasons", "outcomes": "outcome codes", "warnings": "warnings", "terminal": "terminal"}
"""The groups of codes, and what each is called beside all else that has a name."""
_WITHDRAW = {kind: listing(ID, 1) for kind in sorted([*CLAUSES, *NAMED, "codes", "statements", "tables"])}

_DEFAULTS: dict[str, Schema] = {
    "arguments": by_name(ARGUMENT),
    "roles": by_name(EXPRESSION),
    "cost": TEXT,
    "performed_by": NAME,
}
DEFAULTS = tuple(_DEFAULTS)
"""What actions may have by default."""
_ALONE: dict[str, Schema] = {
    "actions": record(
        {
            "actions": by_name(
                {
                    **record(
                        {
                            "title": TEXTS,
                            "instruction": TEXTS,
                            "arguments": by_name(or_null(ARGUMENT)),
                            "roles": by_name(or_null(EXPRESSION)),
                            "time_to": NAME,
                            "cost": or_null(TEXT),
                            "cheaper": {"type": "object", "additionalProperties": EXPRESSION, "minProperties": 1},
                            "wish": record({"arguments": listing(NAME), "value": EXPRESSION}),
                            "performed_by": or_null(NAME),
                            "each": NAME,
                            "over": by_name(TEXT),
                            "cites": CITES,
                        },
                    ),
                    "dependentRequired": {"each": ["over"], "over": ["each"]},
                }
            )
        },
        ("actions",),
    ),
    "codes": record(
        {
            "codes": record(
                {
                    "reasons": by_name(REASON_LINE),
                    "outcomes": by_name(LINE),
                    "warnings": by_name(LINE),
                    "terminal": by_name(TEXTS),
                }
            )
        },
        ("codes",),
    ),
    "cutoffs": record(
        {"cutoffs": by_name(record({"date": DATE, "why": TEXT, "cites": CITES}, ("date",)))}, ("cutoffs",)
    ),
    "facts": record(
        {
            "facts": by_name(
                record(
                    {
                        "meaning": LINE,
                        "given": by_name(TEXT),
                        "is": EXPRESSION,
                        "gives": TEXT,
                        "cites": CITES,
                    },
                    ("is",),
                )
            )
        },
        ("facts",),
    ),
    "index": record({"default": ID}, ("default",)),
    "policy": record(
        {
            "name": ID,
            "version": VERSION,
            "extends": VERSION,
            "format": {"type": "integer"},
            "effective_from": DATE,
            "recorded_on": DATE,
            "title": TEXTS,
            "languages": listing(LANGUAGE, 1),
            "source": record(
                {"title": TEXT, "language": LANGUAGE, "updated_on": DATE, "url": TEXT}, ("title", "language")
            ),
            "billing_changes": listing(TEXT, 1),
            "billing_amounts": {"type": "object", "additionalProperties": LINE},
            "booking_day": TEXT,
            "billing_words": {"type": "object", "additionalProperties": TEXTS},
            "remedies": record(
                {
                    "costs": listing(TEXT, 1),
                    "words": {"type": "object", "additionalProperties": TEXTS},
                    "another_actor": TEXT,
                    "spare": listing(NAME, 1),
                },
                (),
            ),
            "withdraw": record(_WITHDRAW),
        },
        ("name", "version", "format", "effective_from"),
    ),
    "settings": record(
        {
            "settings": by_name(
                record(
                    {
                        "default": {"x-as": "choice"},
                        "choices": {"type": "array", "items": {"x-as": "choice"}, "minItems": 2},
                        "why": LINE,
                        "cites": CITES,
                    },
                    ("default", "choices", "why"),
                )
            )
        },
        ("settings",),
    ),
    "statements": record(
        {
            "statements": listing(
                record(
                    {
                        "id": ID,
                        "quote": TEXT,
                        "says": LINE,
                        "meaning": LINE,
                        "source": record({"title": TEXT, "language": LANGUAGE, "url": TEXT, "seen": DATE}, ("title",)),
                        "no_rule": TEXT,
                    },
                    ("id",),
                )
            )
        },
        ("statements",),
    ),
    "table": record(
        {
            "table": NAME,
            "meaning": LINE,
            "key": {"x-as": "names"},
            "columns": by_name(TEXT),
            "dated": {"type": "boolean"},
            "cites": CITES,
            "rows": {"type": "object", "x-as": "entry"},
        },
        ("table", "rows"),
    ),
    "words": record({"words": by_name(by_name(by_name(TEXT)))}, ("words",)),
    **{kind: record({kind: listing(schema)}, (kind,)) for kind, schema in _CLAUSES.items()},
}
"""Each kind as if a file held it alone, and a version extended none."""


def amendment(schema: Schema) -> Schema:
    """The schema of what changes an entry: null takes a key away, `add` and `remove` change a list."""
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    if "type" not in schema:
        return schema
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    changed = {key: value for key, value in schema.items() if key not in ("required", "dependentRequired")}
    properties = {key: amendment(inside) for key, inside in schema.get("properties", {}).items()}
    if "array" in kinds:
        part = listing(schema["items"], 1)
        properties |= {"add": part, "remove": part}
        changed |= {"minProperties": 1, "additionalProperties": False}
    if "properties" in schema or "array" in kinds:
        changed["properties"] = properties
    if isinstance(inside := schema.get("additionalProperties"), Mapping):
        changed["additionalProperties"] = amendment(inside)
    also = [kind for kind in (("object", "null") if "array" in kinds else ("null",)) if kind not in kinds]
    return {**changed, "type": [*kinds, *also]}


def _change_of(whole: Schema) -> Schema:
    """The schema of all that changes an entry of a map."""
    return {**amendment(whole), "type": "object", "minProperties": 1}


def _if_amended(amended: Schema, whole: Schema) -> Schema:
    return {"if": {"type": "object", "required": ["amend"]}, "then": amended, "else": whole}


def _list_of(whole: Schema) -> Schema:
    """A list of entries with an `id`, or of changes of those that a base has."""
    properties = {key: amendment(inside) for key, inside in whole["properties"].items() if key != "id"}
    return listing(_if_amended(record({"amend": ID, **properties}, ("amend",)), whole))


def _map_of(whole: Schema, changed: Schema | None = None) -> Schema:
    """A mapping from names to entries, or to changes of those that a base has."""
    return by_name(_if_amended(record({"amend": _change_of(changed or whole)}, ("amend",)), whole))


_TABLE = _ALONE["table"]["properties"]
_CHANGED_LINES = {"reasons": {**TEXTS, **{key: REASON_LINE[key] for key in ("properties", "not")}}}
_GROUPS = _ALONE["codes"]["properties"]["codes"]["properties"]
ENTRIES: dict[str, Schema] = {
    **_CLAUSES,
    **{kind: _ALONE[kind]["properties"][kind]["additionalProperties"] for kind in NAMED},
    **{CODES[group]: schema["additionalProperties"] for group, schema in _GROUPS.items()},
    "statements": _ALONE["statements"]["properties"]["statements"]["items"],
    "tables": record({key: each for key, each in _TABLE.items() if key != "table"}, ("rows",)),
}
"""The schema of an entry of each kind, whole."""
PARTS: dict[str, Schema] = {
    **{kind: _map_of(ENTRIES[kind]) for kind in NAMED},
    "words": {**_map_of(ENTRIES["words"]), "propertyNames": LANGUAGE},
    "codes": record({group: _map_of(ENTRIES[CODES[group]], _CHANGED_LINES.get(group, TEXTS)) for group in _GROUPS}),
    "defaults": record(_DEFAULTS),
    **{kind: _list_of(ENTRIES[kind]) for kind in ("statements", *CLAUSES)},
    "state": {"type": "object"},
    "tables": by_name(ENTRIES["tables"]),
}
"""The schema of what stands under each key of a policy file; only a file of one table has others."""
FIXED = ("name", "version", "extends", "format", "effective_from", "recorded_on", "withdraw")
"""What each version says for itself in its header: it is not taken over, and nothing amends it."""
_HEADER = _ALONE["policy"]["properties"]
_CHANGED_HEADER = _change_of(record({key: each for key, each in _HEADER.items() if key not in FIXED}))
HEADER: Schema = record({**_HEADER, "amend": _CHANGED_HEADER}, tuple(_ALONE["policy"]["required"]))
"""The schema of a version's header, without what else may stand in its file."""
EXTENSION: Schema = record(
    {
        "name": ID,
        "extends": ID,
        "versions": listing(VERSION, 1),
        "changes": listing(TEXT, 1),
        "withdraw": _HEADER["withdraw"],
        "amend": _CHANGED_HEADER,
    },
    ("name", "extends"),
)
"""The schema of an extension's header, without what else may stand in its file."""
SCHEMAS: dict[str, Schema] = {
    **{kind: record(PARTS, (kind,)) for kind in sorted(PARTS) if kind not in ("defaults", "state")},
    "defaults": record(PARTS, ("defaults", "actions")),
    "extension": {**EXTENSION, "properties": {**EXTENSION["properties"], **PARTS}},
    "index": _ALONE["index"],
    "policy": {**HEADER, "properties": {**HEADER["properties"], **PARTS}},
    "table": _ALONE["table"],
}
"""The schema of a file of each kind."""
_AS_WRITTEN = ("expression", "expressions", "version")
_SCALARS = ("boolean", "null", "number")


def published(schema: Any) -> Any:
    """A schema for editors and other readers of YAML, which take a scalar that is read as it is written for more kinds.

    It takes all that is read without a problem by the schema itself: `1`, `true` and `null` where an expression stands,
    too. What no schema sees is left to the reading: an expression over two lines, or a text without quotes that some
    readers take for another kind of value.
    """
    if isinstance(schema, list):
        return [published(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    plain = {key: published(value) for key, value in schema.items() if key not in ("x-as", "x-help")}
    if schema.get("x-as") in _AS_WRITTEN:
        kinds = plain["type"] if isinstance(plain["type"], list) else [plain["type"]]
        plain["type"] = [*kinds, *(each for each in _SCALARS if each not in kinds)]
    return plain
