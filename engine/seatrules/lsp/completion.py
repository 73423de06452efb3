"""What may be written at a cursor: keys, words, names, codes, ids; each with what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..analysis.uses import NamedThing
from ..description.file_schemas import said_of
from ..description.keys import KEYWORDS
from ..language.check import check_loop
from ..language.names import Names
from ..language.parse import ExpressionError
from ..language.types import EntryOf, Integer, ListOf, MapOf, Record, Type, known
from ..nodes import MappingNode, Node, Scalar, under
from ..policy.kinds import CLAUSES, CODES_OF_DECISIONS
from ..words import nearest_language
from .cursor import Cursor
from .expressions import Kind, Offer, fields, functions, members, owner_before_dot, type_of, with_loops
from .hover import fact_signature
from .reading import ReadPolicy, ReadVersion
from .schemas import file_schema, properties_at, schemas_at, types_of

_COMPARED = re.compile(r"""([\w.\[\]]+)\s*(?:==|!=|(?:not\s+)?in\s*\[(?:"[^"]*",\s*)*)\s*["']\w*$""")
_PLAIN_TYPES = ("boolean", "count", "date", "integer", "string", "text")


def offers(reading: ReadPolicy, version: ReadVersion, path: Path, cursor: Cursor, language: str) -> list[Offer]:
    """What may be written at a cursor in a file."""
    teller = _Offers(reading, version, path, cursor, language)
    of = file_schema(path, cursor)
    keys = teller.keys(of) if cursor.is_key else ()
    return [*dict.fromkeys([*keys, *teller.values(of)])]  # what begins an item of a list may be a key or a value


def typed(cursor: Cursor) -> str:
    """What of a name is typed already, which an offer takes the place of."""
    is_in_quotes = cursor.before.count('"') % 2 == 1
    match = re.search(r"\w*$" if _is_calculated(cursor.path) and not is_in_quotes else r"[\w$-]*$", cursor.before)
    return match[0] if match else ""


def _is_calculated(path: tuple[str, ...]) -> bool:
    """Whether what stands under these keys is an expression, or has some in it: there a minus is no part of a name."""
    is_text = "message" in path or "instruction" in path
    is_a_path = path[-1:] in (("change",), ("append",)) and path[0] in ("consequences", "events")
    return is_text or is_a_path or (_is_expression(path) and not (path[-1] == "change" and "billing" in path))


class _Offers:
    def __init__(self, reading: ReadPolicy, version: ReadVersion, file: Path, cursor: Cursor, language: str) -> None:
        self.reading, self.version, self.file, self.cursor, self.language = reading, version, file, cursor, language
        self.path = cursor.path

    def keys(self, of: tuple[str, Mapping[str, Any]]) -> Iterator[Offer]:
        """The keys that may stand here, without those that do."""
        kind, schema = of
        last = self.path[-1] if self.path else ""
        if kind == "state-schema" or (self.path and self.path[0] == "state"):
            yield from (Offer(key, Kind.Property, about=said) for key, said in KEYWORDS.items())
            return
        if last in ("change", "append") and self.path[0] in ("consequences", "events"):
            yield from self._expression()
        elif last == "about":
            yield from self._named("actions")
        elif kind == "suite" and last == "set":
            yield from self._named("settings")
        elif kind == "suite" and last == "action":
            yield from self._arguments()
        elif (kind == "suite" and last in ("with", "state", "expect_state", "bases")) or self._in_state(kind):
            yield from self._properties()
        elif last in ("message", "title", "instruction", "quote", "says", "meaning", "why"):
            languages = self.version.written.languages
            yield from (Offer(each, Kind.Property) for each in languages)
        for key, inside in properties_at(schema, self.path).items():
            if key not in self.cursor.beside:
                about = inside.get("description", "") or said_of((*self.path, key)) or ""
                yield Offer(key, Kind.Property, about=about)

    def values(self, of: tuple[str, Mapping[str, Any]]) -> Iterator[Offer]:
        """The words that may stand here, or what an expression or a message may say."""
        kind, schema = of
        here = schemas_at(schema, self.path)
        last = self.path[-1] if self.path else ""
        words = [each for one in here for each in one.get("enum", ()) if each is not None]
        if any("boolean" in types_of(one) and "string" not in types_of(one) for one in here):
            words += ["true", "false"]
        yield from (Offer(str(word), Kind.EnumMember) for word in words)
        if kind == "suite":
            yield from self._of_suite(last)
            return
        if last in _NAMED:
            yield from self._named(_NAMED[last])
        elif last in ("before", "amend") and self.path[0] in CLAUSES:
            yield from self._named(self.path[0])
        elif "withdraw" in self.path:
            yield from self._codes(*CODES_OF_DECISIONS) if last == "codes" else self._named(last)
        elif last == "code":
            yield from self._codes(*(("reasons", "warnings") if self.path[0] == "rules" else ("outcomes",)))
        elif last == "beside":
            yield from self._codes("reasons")
        elif last == "spare":
            yield from self._named("facts")
        elif last in ("performed_by", "time_to"):
            yield from self._own_arguments()
        elif last == "cost":
            yield from (Offer(each, Kind.EnumMember) for each in self.version.program.costs)
        elif last == "change" and "billing" in self.path:
            yield from (Offer(each, Kind.EnumMember) for each in self.version.program.billing_changes)
        elif _names_a_type(self.path):
            yield from self._types()
        elif "message" in self.path or "instruction" in self.path:
            if self.cursor.before.rfind("{") > self.cursor.before.rfind("}"):
                yield from self._expression()
        elif _is_expression(self.path):
            yield from self._expression()

    def _of_suite(self, last: str) -> Iterator[Offer]:
        if last == "reason_key":
            yield from self._codes(*CODES_OF_DECISIONS)
        elif last == "reasons":
            yield from self._codes("reasons")
        elif last == "warnings":
            yield from self._codes("warnings")
        elif last == "state_warnings":
            yield from self._named("invariants")
        elif last == "type" and self.path[-2:-1] == ("action",):
            yield from self._named("actions")
        elif last == "statements":
            yield from self._named("statements")
        elif last == "base":
            yield from self._bases()
        elif last == "rule":
            for kind in CLAUSES:
                yield from self._named(kind)
        elif last == "code":
            yield from self._codes(*CODES_OF_DECISIONS)
        elif last == "of":
            for kind in (*CLAUSES, "facts", "actions", "settings", "cutoffs", "tables"):
                yield from (each._replace(text=f"{kind}/{each.text}") for each in self._named(kind))
        elif last in self.version.program.settings:
            yield from (Offer(_written(each), Kind.EnumMember) for each in self.version.program.choices[last])
        elif "action" in self.path:
            yield from self._words_of(self._argument_type(last))
        else:
            yield from self._words_of(self._state_type())

    def _named(self, kind: str) -> Iterator[Offer]:
        """The entries of a kind, in all versions."""
        for thing, places in self.reading.index.declared.items():
            if thing.kind == kind:
                yield Offer(thing.name, Kind.Reference, kind, self._about(places[0].entry))

    def _codes(self, *groups: str) -> Iterator[Offer]:
        for group in groups:
            for code, line in self.version.program.codes.get(group, {}).items():
                yield Offer(code, Kind.Constant, f"codes/{group}", self._spoken(line))

    def _about(self, entry: Node | None) -> str:
        """The first words of an entry: a statement's own, a title, a message."""
        texts = [under(entry, *path) for path in _ABOUT]
        node = next((each for each in texts if each is not None), None)
        if isinstance(node, MappingNode):
            return self._spoken({key: each.text for key, _, each in node if isinstance(each, Scalar)})
        return node.text if isinstance(node, Scalar) else ""

    def _spoken(self, line: Mapping[str, str]) -> str:
        """A text in the language of the editor, or else the first that there is."""
        return line.get(nearest_language(self.language, line) or "") or next(iter(line.values()), "")

    def _own_arguments(self) -> Iterator[Offer]:
        """The arguments of the action that is written here."""
        action = self.version.program.actions.get(self.path[1] if len(self.path) > 1 else "")
        for name, kind in action.arguments.items() if action else ():
            yield Offer(name, Kind.Variable, str(kind))

    def _arguments(self) -> Iterator[Offer]:
        """The arguments of the action of a case."""
        action = self.version.program.actions.get(self.cursor.beside.get("type", "").strip("'\", "))
        yield Offer("type", Kind.Property)
        for name, kind in action.arguments.items() if action else ():
            if name not in self.cursor.beside:
                yield Offer(name, Kind.Variable, str(kind), action.descriptions.get(name, "") if action else "")

    def _argument_type(self, name: str) -> Type | None:
        action = self.version.program.actions.get(self.cursor.beside.get("type", "").strip("'\", "))
        return action.arguments.get(name) if action else None

    def _in_state(self, kind: str) -> bool:
        return kind == "suite" and self._state_path() is not None

    def _state_path(self) -> tuple[str, ...] | None:
        """Of a path in a suite, what leads into a state."""
        for at, key in enumerate(self.path):
            if key in ("with", "state", "expect_state"):
                return self.path[at + 1 :]
            if key == "bases":
                return self.path[at + 2 :] if len(self.path) > at + 1 else None
        return None

    def _state_type(self) -> Type | None:
        kind: Type | None = self.version.program.state
        for key in self._state_path() or ("",):
            kind = _inside(kind, key)
        return kind

    def _properties(self) -> Iterator[Offer]:
        """The properties of the part of a state that is written here, or the keys of a map that are words."""
        below = self._state_type() if self._state_path() else None
        kind = known(below or self.version.program.state)
        if isinstance(kind, ListOf) and kind.item is not None:
            kind = kind.item
        if isinstance(kind, EntryOf):
            kind = kind.record
        if isinstance(kind, Record):
            yield from fields(kind)
        elif isinstance(kind, MapOf):
            yield from self._words_of(kind.key)

    def _words_of(self, kind: Type | None) -> Iterator[Offer]:
        inner = None if kind is None else known(kind)
        if isinstance(inner, ListOf) and inner.item is not None:
            inner = inner.item
        yield from (Offer(word, Kind.EnumMember, str(kind)) for word in getattr(inner, "words", ()))

    def _bases(self) -> Iterator[Offer]:
        """The states that this suite begins with."""
        for thing, places in self.reading.index.declared.items():
            if thing.kind == "bases" and any(each.path == self.file for each in places):
                yield Offer(thing.name, Kind.Reference, "bases")

    def _types(self) -> Iterator[Offer]:
        program = self.version.program
        maps = [each.entry.name for each in program.state.fields.values() if isinstance(each, MapOf)]
        yield from (Offer(each, Kind.TypeParameter) for each in _PLAIN_TYPES)
        for name, kind in program.defs.items():
            words = ", ".join(getattr(kind, "words", ()))
            yield Offer(name, Kind.TypeParameter, words)
        yield from (Offer(f"{name}_id", Kind.TypeParameter) for name in maps)

    def _expression(self) -> Iterator[Offer]:
        """What may stand in an expression, behind what is typed of it."""
        before = self.cursor.before
        start = before.rfind("{") + 1 if "message" in self.path or "instruction" in self.path else 0
        text = before[start:].lstrip("'")
        for names in self._names():
            names = with_loops(names, text + self.cursor.after)
            if (compared := _COMPARED.search(text)) is not None:
                yield from self._words_of(type_of(compared[1], names))
            elif text.count('"') % 2:
                return
            elif (owner := owner_before_dot(text)) is not None:
                yield from members(owner, names)
            else:
                yield from self._every_name(names)
                yield from functions()

    def _names(self) -> Iterator[Names]:
        """What may be named here: by the entry, or by each of the actions that it names."""
        owned = self.reading.index.names_of(NamedThing(self.path[0], self._name()), self.version)
        if owned:
            yield from owned[-1:]
            return
        named = re.findall(r"[\w-]+", self.cursor.entry.get("actions", "") or self.cursor.beside.get("actions", ""))
        if self.path[0] == "actions" and len(self.path) > 1:
            named = [self.path[1]]
        by_action = self.reading.index.names_by_action(self.version)
        of_named = [by_action[name] for name in named if name in by_action]
        for names in of_named or [by_action[""]] if "" in by_action else of_named or [*by_action.values()][:1]:
            yield self._with_parameters(names)

    def _with_parameters(self, names: Names) -> Names:
        """The names with the loop and the parameters that are written beside the cursor."""
        beside = {**self.cursor.entry, **self.cursor.beside}
        if loop := beside.get("for"):
            try:
                names = check_loop(loop.strip("'\""), names)[1]
            except ExpressionError:
                return names
        for name, kind in re.findall(r"([A-Za-z_]\w*)\s*:\s*(\w+)", beside.get("given", "")):
            of = self.version.program.defs.get(kind) or Integer()
            names = names.bind(name, of)
        return names

    def _name(self) -> str:
        """The name of the entry that the cursor is in."""
        if self.path[0] in ("facts", "actions", "settings", "cutoffs"):
            return self.path[1] if len(self.path) > 1 else ""
        return (self.cursor.entry.get("id") or self.cursor.beside.get("id", "")).strip("'\", ")

    def _every_name(self, names: Names) -> Iterator[Offer]:
        for name in names.locals:
            yield Offer(name, Kind.Variable, str(names.locals[name]))
        for name, role in names.roles.items():
            yield Offer(name, Kind.Variable, str(role.type), role.text)
        for name, kind in names.arguments.items():
            yield Offer(name, Kind.Variable, str(kind))
        for name in names.facts:
            about = self._about(self.version.written.named["facts"][name].node)
            yield Offer(name, Kind.Function, fact_signature(self.version, name).removeprefix(": "), about)
        yield from fields(names.state)
        for name, table in names.tables.items():
            yield Offer(name, Kind.Struct, str(table))
        for prefix, inside in (("cutoffs", names.cutoffs), ("settings", names.settings)):
            if inside:
                yield Offer(prefix, Kind.Module)


_NAMED = {"cites": "statements", "actions": "actions", "each": "actions"}
_ABOUT = (
    ("quote",),
    ("says",),
    ("title",),
    ("description",),
    ("otherwise", "message"),
    ("message",),
    ("why",),
    ("meaning",),
    ("is",),
)


def _inside(kind: Type | None, key: str) -> Type | None:
    """The type of what stands under a key of a value."""
    inner = None if kind is None else known(kind)
    if isinstance(inner, ListOf) and inner.item is not None:
        inner = inner.item
    if isinstance(inner, EntryOf):
        inner = inner.record
    if isinstance(inner, MapOf):
        return inner.entry
    return inner.fields.get(key) if isinstance(inner, Record) else None


def _is_expression(path: tuple[str, ...]) -> bool:
    last = path[-1] if path else ""
    of_a_clause = bool(path) and path[0] in CLAUSES
    below = {"change", "append", "billing", "cheaper", "roles"} & {*path[1:-1]}
    return (
        (of_a_clause and last in ("when", "require", "for", "on", "some", "remove"))
        or bool(below)
        or last
        in (
            "is",
            "value",
        )
    )


def _names_a_type(path: tuple[str, ...]) -> bool:
    return bool(path) and (
        "given" in path[-2:-1] or path[-1] in ("gives", "type") or {"arguments", "columns"} & {*path[-2:-1]} != set()
    )


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
