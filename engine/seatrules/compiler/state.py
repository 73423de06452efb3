"""From `state.schema.yaml`, a subset of JSON Schema 2020-12, to the types of the account state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..diagnostics import Span, echo, listed, suggest
from ..language.types import (
    Boolean,
    Date,
    Integer,
    Key,
    ListOf,
    MapOf,
    Maybe,
    Record,
    Text,
    Type,
    Word,
    bounds,
    wrong_words,
)
from ..nodes import MappingNode, Node, Scalar
from ..policy.kinds import Schema, amendment, listing, record
from ..policy.structure import child
from ..problems import Problems
from ..source import suggest_key
from .state_defaults import check_default_entry, defaults_of

_OF_TEXTS = ("x-key-of", "x-known")
"""What is said of texts only."""
_ALLOWED = {
    "object": {"type", "properties", "required", "additionalProperties", "propertyNames", "x-default-entry"},
    "array": {"type", "items", "uniqueItems"},
    "string": {"type", "format", "enum", *_OF_TEXTS},
    "integer": {"type", "minimum", "maximum"},
    "boolean": {"type"},
    "enum": {"enum", "type"},
    "$ref": {"$ref"},
}
_OF_MAPS = {"propertyNames", "x-default-entry"}
"""What is said of maps only."""
_TYPES = ("array", "boolean", "integer", "object", "string")
_INSTEAD = {
    "date": "write `type: string, format: date`",
    "number": "write `integer`: of money, count the cents",
}
"""What stands for a type of JSON Schema that states do not have, and for what is none."""
_BESIDE = frozenset({"default"})
"""What a property says beside its type."""
_TEXTS = ("title", "description", "$schema", "$id", "$comment")
"""What is said for readers, in a text."""
_NOTES = {*_TEXTS, "$defs"}
_INNER: Schema = {"$ref": "#/$defs/schema"}
_INNER_BY_NAME: Schema = {"type": "object", "additionalProperties": _INNER}
_TEXT: Schema = {"type": "string", "x-as": "expression"}
"""A text in any spelling: the reading tells one from a number by its quotes."""
_KEYWORDS: dict[str, Schema] = {
    **dict.fromkeys(_TEXTS, _TEXT),
    "$defs": _INNER_BY_NAME,
    "$ref": _TEXT,
    "additionalProperties": {"if": {"type": "object"}, "then": _INNER, "else": {"type": ["boolean", "null"]}},
    "default": {},
    "enum": listing(_TEXT, 1),
    "format": {"enum": ["date"]},
    "items": _INNER,
    "maximum": {"type": "integer"},
    "minimum": {"type": "integer"},
    "properties": _INNER_BY_NAME,
    "propertyNames": _INNER,
    "required": listing(_TEXT),
    "type": {
        "type": ["string", "array"],
        "if": {"type": "string"},
        "then": {"enum": [*_TYPES]},
        "items": {"enum": [*_TYPES, "null", None]},
        "minItems": 2,
        "maxItems": 2,
    },
    "uniqueItems": {"type": "boolean"},
    "x-default-entry": {"type": "object"},
    "x-key-of": _TEXT,
    "x-known": _TEXT,
}
"""What each keyword says. A version that extends another may take one away (null), and change a list."""
STATE_FILE: Schema = {
    "allOf": [_INNER],
    "$defs": {
        "schema": {**record({key: amendment(each) for key, each in _KEYWORDS.items()}), "type": ["object", "null"]}
    },
}
"""The schema of `state.schema.yaml`. What it can't see is left to the reading: which keywords go with which type."""


class StateTypes:
    """The types that a state schema declares; `state` is the whole state, `defs` the named ones."""

    def __init__(self, node: Node, value: Any, problems: Problems) -> None:
        self.problems = problems
        self.defs: dict[str, Type] = {}
        self.maps: dict[str, MapOf] = {}
        self.referenced: dict[str, str] = {}
        """The maps at the top of the state that others refer to: their names, by those of their entries."""
        self.known: list[Scalar] = []
        """Where tables hold the words that are known of texts, as it is written."""
        self._being_typed: list[str] = []
        self._defs_node = node.get("$defs") if isinstance(node, MappingNode) else None
        self._defs_value = value.get("$defs", {}) if isinstance(value, dict) else {}
        self._top = value if isinstance(value, dict) else {}
        if not isinstance(self._defs_value, dict):
            problems.error("bad-schema", "`$defs` is a mapping", child(node, "$defs").span)
        for name in self._defs_value if isinstance(self._defs_value, dict) else ():
            self._named(name, node.span)
        state = self._type(node, value, "state")
        if not isinstance(state, Record):
            problems.error("bad-schema", "the state is an object with properties", node.span)
            state = Record("state", {}, frozenset())
        elif state.fields.get("as_of") != Date() or "as_of" not in state.required:
            problems.error("bad-schema", "the state has a required property `as_of`, a date", node.span)
        self.state = state

    def _named(self, name: str, span: Span) -> Type:
        if name in self.defs:
            return self.defs[name]
        if name in self._being_typed:
            self.problems.error("bad-schema", f"`{name}` holds itself", span)
            return Text()
        node = self._defs_node.get(name) if isinstance(self._defs_node, MappingNode) else None
        if node is None:
            others = f"there are {listed(self._defs_value)}" if self._defs_value else None
            help_text = suggest_key(name, list(self._defs_value)) or others
            self.problems.error("unknown-type", f"there is no `{echo(name)}` in `$defs`", span, help=help_text)
            return Text()
        self._being_typed.append(name)
        self.defs[name] = self._type(node, self._defs_value[name], name)
        self._being_typed.pop()
        return self.defs[name]

    def _type(self, node: Node, value: Any, name: str, beside: frozenset[str] = frozenset()) -> Type:
        if not isinstance(value, dict) or not isinstance(node, MappingNode):
            return self._bad(node, "a schema is a mapping")
        kind = value.get("type", "string" if "x-key-of" in value else None)
        if isinstance(kind, list):
            types = [each for each in kind if each not in ("null", None)]
            if len(types) != 1 or len(kind) != 2:
                return self._bad(node, 'two types are one type and "null"')
            return Maybe(self._type(node, {**value, "type": types[0]}, name, beside))
        form = "$ref" if "$ref" in value else "enum" if "enum" in value else kind
        if not isinstance(form, str) or form not in _ALLOWED:
            return self._no_type(node, value, kind)
        for key, span, _ in node:
            if key not in _ALLOWED[form] | _NOTES | beside:
                help_text = suggest_key(key, sorted(_ALLOWED[form])) or f"there are {listed(sorted(_ALLOWED[form]))}"
                if key in _OF_TEXTS:
                    help_text = f"`{key}` stands beside `type: string`, of a list in its `items`"
                self.problems.error("bad-schema", f"the keyword `{echo(key)}` is not read here", span, help=help_text)
            elif key in _TEXTS and not isinstance(value[key], str):
                self._bad(child(node, key), f"`{key}` is a text")
            elif key == "$defs" and value is not self._top:
                self._bad(child(node, key), "`$defs` stand at the top of the file")
        match form:
            case "$ref":
                target = str(value["$ref"])
                if not target.startswith("#/$defs/"):
                    return self._bad(child(node, "$ref"), "a `$ref` points into `#/$defs/`")
                return self._named(target.removeprefix("#/$defs/"), child(node, "$ref").span)
            case "enum":
                if kind not in (None, "string"):
                    self._bad(child(node, "type"), "words are of `type: string`")
                return self._words(node, value["enum"], name)
            case "string":
                return self._string(node, value)
            case "integer":
                for bound in ("minimum", "maximum"):
                    if bound in value and (type(value[bound]) is not int or abs(value[bound]) >= 2**63):
                        self._bad(child(node, bound), "a bound is a whole number of at most 63 bits")
                        return Integer()
                return self._integer(node, Integer(value.get("minimum"), value.get("maximum")))
            case "boolean":
                return Boolean()
            case "array":
                if "items" not in value:
                    return self._bad(node, "an array says what its `items` are")
                inner = self._type(child(node, "items"), value["items"], f"{name}_item")
                if type(value.get("uniqueItems", False)) is not bool:
                    self._bad(child(node, "uniqueItems"), "`uniqueItems` is true or false")
                return ListOf(inner, value.get("uniqueItems") is True)
        return self._object(node, value, name)

    def _bad(self, node: Node, message: str, mend: str | None = None) -> Type:
        self.problems.error("bad-schema", message, node.span, help=mend)
        return Text()

    def _no_type(self, node: MappingNode, value: Mapping[str, Any], kind: Any) -> Type:
        if "type" not in value:
            return self._bad(node, "the key `type` is missing here", f"there are {listed(_TYPES)}")
        message = f"`{echo(kind)}` is no type of a state"
        mend = _INSTEAD.get(kind) if isinstance(kind, str) else None
        return self._bad(child(node, "type"), message, mend or suggest(echo(kind), _TYPES))

    def _integer(self, node: MappingNode, kind: Integer) -> Type:
        least, greatest = bounds(kind)
        if least > greatest:
            return self._bad(child(node, "maximum"), f"no number is {least} or more and {greatest} or less")
        return kind

    def _words(self, node: MappingNode, words: Any, name: str) -> Type:
        if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
            return self._bad(child(node, "enum"), "an `enum` is a list of words")
        if wrong := wrong_words(words):
            return self._bad(child(node, "enum"), wrong)
        return Word(name, tuple(words))

    def _string(self, node: MappingNode, value: dict[str, Any]) -> Type:
        for key, what in (("x-key-of", "a key of a map"), ("x-known", "what has known words")):
            if key in value and "format" in value:
                return self._bad(child(node, "format"), f"{what} is a text without a `format`")
        if "x-known" in value:
            return self._known(child(node, "x-known"), "x-key-of" in value)
        if "x-key-of" in value:
            return self._key_of(child(node, "x-key-of"), value["x-key-of"])
        if value.get("format", "date") != "date":
            return self._bad(child(node, "format"), "the only format is `date`")
        return Date() if "format" in value else Text()

    def _known(self, node: Node, is_key: bool) -> Type:
        """The type of a text of which a table holds some; whether there is such a table is asked when it is read."""
        if is_key:
            return self._bad(node, "a key of a map is one that is there, and has no known words")
        if not isinstance(node, Scalar):
            return self._bad(node, "`x-known` names a table, or a column as `TABLE.COLUMN`")
        self.known.append(node)
        return Text(node.text)

    def _key_of(self, node: Node, name: Any) -> Type:
        """The type of a key of the map `name` at the top of the state, which need not be typed yet."""
        properties = self._top.get("properties")
        entries = {each: self._entry_of(each) for each in properties} if isinstance(properties, dict) else {}
        maps = [each for each, entry in entries.items() if entry is not None]
        entry = entries.get(name) if isinstance(name, str) else None
        if entry is None:
            message = f"`{echo(name)}` is no map at the top of the state with keys of its own"
            help_text = suggest(str(name), maps)
            if (
                isinstance(properties, dict)
                and isinstance(name, str)
                and "propertyNames" in self._behind(properties.get(name), name)[0]
            ):
                help_text = "its keys have a type: say that one here, as its `propertyNames` do"
            self.problems.error("bad-schema", message, node.span, help=help_text)
            return Text()
        required = self._top.get("required")
        if not isinstance(required, list) or name not in required:
            message = f"`{echo(name)}` may be absent, and its keys with it"
            self.problems.error("bad-schema", message, node.span, help="put it into the `required` of the state")
        self.referenced[entry] = name
        return Key(entry)

    def _entry_of(self, name: str) -> str | None:
        """The name of the entries of a map at the top of the state, if it is one with keys of its own."""
        schema, name = self._behind(self._top["properties"][name], name)
        entry = schema.get("additionalProperties")
        if (
            schema.get("type") != "object"
            or not isinstance(entry, dict)
            or {"properties", "propertyNames"} & schema.keys()
        ):
            return None
        return self._behind(entry, f"{name}_entry")[1]

    def _descriptions(self, properties: Mapping[str, Any]) -> dict[str, str]:
        """What is said of properties, each by itself or by the type that its `$ref` names."""
        texts = {}
        for name, schema in properties.items():
            text = schema.get("description") if isinstance(schema, dict) else None
            texts[name] = self._behind(schema, name)[0].get("description") if text is None else text
        return {name: text for name, text in texts.items() if isinstance(text, str)}

    def _behind(self, schema: Any, name: str) -> tuple[dict[str, Any], str]:
        """A schema, or the one that its `$ref` leads to, with the name that its type has."""
        for _ in range(len(self._defs_value) + 1):
            if isinstance(schema, dict) and "$ref" in schema:
                name = str(schema["$ref"]).removeprefix("#/$defs/")
                schema = self._defs_value.get(name) if isinstance(self._defs_value, dict) else None
        return schema if isinstance(schema, dict) else {}, name

    def _object(self, node: MappingNode, value: dict[str, Any], name: str) -> Type:
        extra = value.get("additionalProperties")
        if "properties" in value:
            if type(extra) not in (bool, type(None)):
                self._bad(child(node, "additionalProperties"), "beside `properties` this is true or false")
            for key in _OF_MAPS & value.keys():
                self._bad(child(node, key), f"`{key}` is of a map, and this has `properties`")
            fields = {}
            properties = child(node, "properties")
            if not isinstance(properties, MappingNode):
                return self._bad(properties, "`properties` is a mapping")
            for key, _, each in properties:
                fields[key] = self._type(each, value["properties"][key], key, beside=_BESIDE)
            required = value.get("required", [])
            if not isinstance(required, list) or not all(isinstance(key, str) for key in required):
                self._bad(child(node, "required"), "`required` is a list of names")
                required = list(fields)
            for key in required:
                if key not in fields:
                    self.problems.error(
                        "bad-schema", f"`{key}` is required and is no property", child(node, "required").span
                    )
            defaults = defaults_of(properties, value["properties"], fields, required, self.problems)
            descriptions = self._descriptions(value["properties"])
            return Record(name, fields, frozenset(required), extra is False, defaults, descriptions)
        if not isinstance(extra, dict):
            return self._bad(node, "an object has `properties`, or `additionalProperties` with a schema")
        entry = self._type(child(node, "additionalProperties"), extra, f"{name}_entry")
        if not isinstance(entry, Record):
            return self._bad(child(node, "additionalProperties"), "the entries of a map are objects")
        key_type: Type = Key(entry.name)
        if "propertyNames" in value:
            key_type = self._type(child(node, "propertyNames"), value["propertyNames"], f"{name}_key")
            if not isinstance(key_type, Word | Key):
                message = "the keys of a map are its own, words of an `enum`, or keys of another map (`x-key-of`)"
                return self._bad(child(node, "propertyNames"), message)
        if "required" in value:
            self._bad(child(node, "required"), "`required` is of what has `properties`, and this is a map")
        default = value.get("x-default-entry")
        if default is not None:
            check_default_entry(child(node, "x-default-entry"), default, entry, self.problems)
        map_type = MapOf(key_type, entry, default, refers="propertyNames" in value and isinstance(key_type, Key))
        if map_type.has_own_keys:
            if entry.name in self.maps:
                return self._bad(node, f"two maps hold `{entry.name}`: a key would not tell which is meant")
            self.maps[entry.name] = map_type
        return map_type
