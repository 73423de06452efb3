"""What is told of a name: its type, what it means, where it is used, the words of its statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..analysis.uses import NamedThing, cited
from ..description.file_schemas import said_of
from ..diagnostics import in_a_list
from ..language import tree as t
from ..language.functions import FUNCTIONS, LOOPS, Pattern
from ..language.types import EntryOf, Maybe, Record, Type, known
from ..nodes import MappingNode, Node, Scalar, under
from ..policy.kinds import CLAUSES
from ..words import in_language, nearest_language, words
from .cursor import Cursor
from .index import NamedPlace
from .reading import ReadPolicy, ReadVersion


def hover_text(reading: ReadPolicy, version: ReadVersion, named: NamedPlace, language: str) -> str:
    """What is told of what a place names, in Markdown."""
    entry = next((each.entry for each in reading.index.declared.get(named.thing, ())), None)
    teller = _Teller(reading, version, language)
    parts = [teller.heading(named, entry), *teller.meaning(named, entry), *teller.uses(named.thing)]
    return "\n\n".join(part for part in parts if part)


def key_text(file_kind: str, cursor: Cursor) -> str:
    """What a key means, in Markdown; nothing where it is the name of something."""
    path = ("state-schema", *cursor.path) if file_kind == "state-schema" else cursor.path
    meaning = said_of(path) if path else None
    return f"**{path[-1]}**\n\n{meaning}" if meaning else ""


def signature(name: str) -> str:
    """What a function takes and gives, in words of types."""
    parts = []
    if (function := FUNCTIONS.get(name)) is not None:
        takes = ", ".join(map(_type, function.takes)) + (", ..." if function.variadic else "")
        parts.append(f"`{name}`({takes}): {_type(function.gives)}")
    if (loop := LOOPS.get(name)) is not None:
        parts.append(f"`{name}`({_type(loop.takes)} for ...): {_type(loop.gives)}")
    return "\n\n".join(parts)


def explained(name: str) -> Iterator[str]:
    """What a function computes, with an example of each form of it."""
    for each in (FUNCTIONS.get(name), LOOPS.get(name)):
        if each is not None:
            yield f"{each.says}\n\n`{each.example}`"


def fact_signature(version: ReadVersion, name: str) -> str:
    """What a fact takes and gives; nothing of one that is wrong."""
    fact = version.program.facts.get(name)
    if fact is None:
        return ""
    given = _texts(under(version.written.named["facts"][name].node, "given"))
    takes = "({})".format(", ".join(f"{each}: {kind}" for each, kind in given.items())) if given else ""
    return f"{takes}: {fact.value.type}"


class _Teller:
    def __init__(self, reading: ReadPolicy, version: ReadVersion, language: str) -> None:
        self.reading, self.version, self.language = reading, version, language
        self.say = words("editor", language)

    def heading(self, named: NamedPlace, entry: Node | None) -> str:
        """What it is called, and its type."""
        kind, name = named.thing
        if kind == "functions":
            return signature(name)
        if kind == "facts":
            return f"**{kind}/{name}**{fact_signature(self.version, name)}"
        what = self._type(named, entry)
        return f"**{kind}/{name}**" + (f": {what}" if what else "")

    def _type(self, named: NamedPlace, entry: Node | None) -> str:
        kind = named.thing.kind
        if named.expr is not None and named.expr.type is not None:
            return _type(named.expr.type)
        if isinstance(entry, Scalar) and kind in ("arguments", "columns", "roles"):
            return f"`{entry.text}`"
        return ""

    def meaning(self, named: NamedPlace, entry: Node | None) -> Iterator[str]:
        """What it means: what its entry says, in the words of the policy."""
        kind, name = named.thing
        if kind == "functions":
            yield from explained(name)
        elif kind == "state":
            yield _description(self.version.program.state, name.split(".")[-1], named) or ""
        if isinstance(entry, Scalar) and kind == "codes":
            yield entry.text
        if not isinstance(entry, MappingNode):
            return
        yield from self._said(kind, entry)
        yield from self._statements(cited(entry))

    def _said(self, kind: str, entry: MappingNode) -> Iterator[str]:
        if kind == "facts":
            yield self._in_language(entry.get("meaning"))
            yield from (f"`{text}`" for text in _scalars(entry.get("is")))
        elif kind in ("consequences", "tables"):
            yield self._in_language(entry.get("meaning"))
        elif kind == "cutoffs":
            yield " – ".join(_texts(entry).values())
        elif kind == "settings":
            choices = _scalars(entry.get("choices"))
            default = _scalars(entry.get("default"))
            yield self.say["choices"].format(choices=", ".join(choices), default=", ".join(default))
            yield self._in_language(entry.get("why"))
        elif kind == "statements":
            yield self._statement(entry)
        elif kind == "codes":
            yield self._in_language(entry.get("line") or entry)
        elif kind == "actions":
            yield self._in_language(entry.get("title"))
        elif kind in CLAUSES:
            yield from (f"`{text}`" for key in ("when", "require", "some", "on") for text in _scalars(entry.get(key)))
            yield self._in_language(under(entry, "otherwise", "message") or entry.get("message"))

    def uses(self, thing: NamedThing) -> Iterator[str]:
        """Where it is used: how often, and by what."""
        if thing.kind in ("functions", "names", "cases"):
            return
        named = self.reading.index.named.get(thing, ())
        owners = dict.fromkeys(f"{each.owner.kind}/{each.owner.name}" for each in named if each.owner is not None)
        if not named:
            yield self.say["no_uses"]
        else:
            listed = in_language(in_a_list(owners), self.language) or "–"
            yield self.say["uses"].format(count=len(named), owners=listed)

    def _statements(self, names: Iterable[str]) -> Iterator[str]:
        for name in dict.fromkeys(names):
            entry = self.version.written.named["statements"].get(name)
            if entry is not None and isinstance(entry.node, MappingNode):
                yield f"> {name} {self._statement(entry.node)}"

    def _statement(self, entry: MappingNode) -> str:
        quote = entry.get("quote")
        own = f"“{quote.text}”" if isinstance(quote, Scalar) else ""
        ours = self._in_language(entry.get("meaning") or entry.get("says"))
        return " – ".join(part for part in (own, ours) if part)

    def _in_language(self, node: Node | None) -> str:
        """A text in the language of the editor, or else the first that there is."""
        if isinstance(node, Scalar):
            return node.text
        texts = _texts(node)
        return texts.get(nearest_language(self.language, texts) or "") or next(iter(texts.values()), "")


def _type(kind: Any) -> str:
    if isinstance(kind, Pattern):
        return str(kind.value)
    inner = kind.of if isinstance(kind, Maybe) else kind
    listed = ", ".join(f"`{word}`" for word in getattr(inner, "words", ()))
    return f"{kind} ({listed})" if listed else str(kind)


def _description(state: Record, name: str, named: NamedPlace) -> str | None:
    """What the state's schema says of a property."""
    of = named.expr.of if isinstance(named.expr, t.Field) else None
    kind: Type = state if of is None else known(of.type)
    record = kind.record if isinstance(kind, EntryOf) else kind
    return record.descriptions.get(name) if isinstance(record, Record) else None


def _texts(node: Node | None) -> dict[str, str]:
    pairs = node if isinstance(node, MappingNode) else ()
    return {key: each.text for key, _, each in pairs if isinstance(each, Scalar)}


def _scalars(node: Node | None) -> list[str]:
    items = getattr(node, "items", [node])
    return [each.text for each in items if isinstance(each, Scalar)]
