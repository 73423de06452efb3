"""What the parts of a book are told with: a program, what is written of it, who names whom, and a language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from ..analysis.uses import NamedThing, Uses, cited
from ..language import tree as t
from ..language.types import (
    Boolean,
    Date,
    EntryOf,
    Integer,
    Key,
    ListOf,
    MapOf,
    Maybe,
    Record,
    Table,
    Translated,
    Type,
    Word,
)
from ..policy.kinds import CLAUSES
from ..policy.written import Entry as WrittenEntry
from ..policy.written import Written
from ..program import Clause, Program
from ..words import plain_tag, words
from .links import link as link_to
from .links import sentence
from .messages import as_text, pieces_of
from .plain import PlainWords
from .values import Bill, Cited, Entry, Link, Piece, Pieces, Told


class Telling:
    """Tells what a version of a policy says in one of its languages."""

    def __init__(self, program: Program, written: Written, language: str) -> None:
        self.program, self.written, self.language = program, written, language
        self.uses = Uses(program, written)
        self.label = words("book", language)
        self._plain = PlainWords(program, language)

    def told(self, expr: t.Expr) -> Told:
        return self._plain.told(expr)

    def link(self, kind: str, name: str) -> Link:
        """A name with where the book explains it; an action has its title, and a cell is of its table."""
        if kind == "cells":
            return link_to("tables", name.split("/")[0])
        found = link_to(kind, name)
        action = self.program.actions.get(name) if kind == "actions" else None
        if action is not None:
            return found._replace(text=self.text(action.title) or name)
        title = self._titles.get(name) if kind in CLAUSES else self.of_table(name) if kind == "tables" else None
        return found if title is None else found._replace(text=title)

    @cached_property
    def _titles(self) -> Mapping[str, str]:
        """By the ids of clauses, what the policy says of each in the book's language: none in English, as ids are."""
        if self._is_english:
            return {}
        program, language = self.program, self.language
        of_actions = (each for action in program.actions.values() for each in action.clauses)
        all_clauses = (*of_actions, *program.events, *program.invariants, *program.asides, *program.overview)
        lines = {
            each.id: program.codes[each.group].get(each.code, {}).get(language)
            for each in all_clauses
            if each.code is not None
        }
        often, said = Counter(lines.values()), {}
        meant = {each.name: self._meant(each) for each in self.written.clauses["consequences"]}
        for clause in all_clauses:
            line, pieces = lines.get(clause.id), pieces_of(clause.message, program, language)
            is_plain = all(each.kind == "words" for each in pieces)
            alone = line if line is not None and often[line] == 1 else None
            said[clause.id] = (
                alone or meant.get(clause.id) or (as_text(pieces) if is_plain or line is not None else "") or line
            )
        return {name: text[:1].upper() + text[1:] for name, text in said.items() if text}

    def of_table(self, name: str) -> str | None:
        """What the policy says of a table in the book's language, but in English: its name is that."""
        entry = self.written.tables.get(name)
        meant = None if entry is None or self._is_english else self._meant(entry)
        return None if meant is None else meant[:1].upper() + meant[1:]

    @property
    def _is_english(self) -> bool:
        return plain_tag(self.language).split("-")[0] == "en"

    def _meant(self, entry: WrittenEntry) -> str | None:
        """What an entry says in words, in the book's language."""
        meaning = entry.value.get("meaning")
        return meaning.get(self.language) if isinstance(meaning, Mapping) else meaning

    def links(self, named: Iterable[NamedThing], *kinds: str) -> tuple[Link, ...]:
        """The names of some kinds, of all where none are named, each once; what is not explained is left out."""
        found = [self.link(each.kind, each.name) for each in named if not kinds or each.kind in kinds]
        return tuple(dict.fromkeys(each for each in found if each.href is not None))

    def text(self, texts: Mapping[str, str]) -> str | None:
        """A text of the policy in the language, or in its first; nothing where it has none."""
        return texts.get(self.language) or next(iter(texts.values()), None)

    @cached_property
    def statements(self) -> dict[str, Cited]:
        """The statements of the source, by their ids."""
        return {name: self._statement(name) for name in self.program.statements}

    def _statement(self, name: str) -> Cited:
        of, entry = self.program.statements[name], self.written.named["statements"][name]
        named_by = self.uses.named_by.get(NamedThing("statements", name), {})
        return Cited(
            id=name,
            anchor=link_to("statements", name).href or "",
            quote=of.quote,
            quote_language=of.language if of.quote else None,
            meaning=self.text(of.meaning),
            says=self.text(of.says),
            source=of.source.get("title") or str(self.written.header.value.get("source", {}).get("title", "")),
            url=of.source.get("url"),
            seen=of.source.get("seen"),
            no_rule=entry.value.get("no_rule"),
            cited_by=self.links(named_by),
        )

    def cited(self, names: Iterable[str]) -> tuple[Cited, ...]:
        return tuple(self.statements[each] for each in dict.fromkeys(names) if each in self.statements)

    def cited_in(self, entry: WrittenEntry | None) -> tuple[Cited, ...]:
        return () if entry is None else self.cited(cited(entry.node))

    def named_by(self, kind: str, name: str) -> tuple[Link, ...]:
        """Who names an entry."""
        return self.links(self.uses.named_by.get(NamedThing(kind, name), {}))

    def names(self, kind: str, name: str) -> tuple[Link, ...]:
        """What an entry names, but for what the book shows beside it anyhow."""
        found = self.links(self.uses.names.get(NamedThing(kind, name), {}))
        return tuple(each for each in found if each.kind not in ("actions", "codes", "roles", "statements"))

    def entry(self, clause: Clause, performer: str | None = None) -> Entry:
        """A clause; `performer` is the argument that is who acts, so that it shows what is asked of them."""
        asked = [each.expr for each in clause.require] or ([] if clause.holds is None else [clause.holds])
        code = None if clause.code is None else link_to("codes", f"{clause.group}/{clause.code}")
        line = None if clause.code is None else self.program.codes[clause.group].get(clause.code)
        return Entry(
            kind=clause.kind,
            id=clause.id,
            anchor=link_to(clause.kind, clause.id).href or "",
            title=self._titles.get(clause.id) or sentence(clause.id),
            title_language=self.language if clause.id in self._titles else "en",
            actions=self.links(self.uses.names.get(NamedThing(clause.kind, clause.id), {}), "actions"),
            for_each=None if clause.loop is None else self._loop(clause.loop),
            on=None if clause.on is None else self.told(clause.on),
            when=None if clause.when is None else self.told(clause.when),
            require=tuple(map(self.told, asked)),
            code=code,
            line=None if line is None else self.text(line),
            message=pieces_of(clause.message, self.program, self.language),
            about=self.program.about_of(clause),
            severity=clause.severity,
            effective_from=clause.effective_from,
            effective_until=clause.effective_until,
            changes=tuple(self._changes(clause)),
            bills=tuple(self._bill(bill) for bill in clause.billing),
            cites=self.cited(clause.cites),
            at=f"{clause.span.source.place}:{clause.span.line}",
            names=self.names(clause.kind, clause.id),
            asks_who=performer is not None and any(_reads(each, performer) for each in asked),
        )

    def _loop(self, loop: t.Loop) -> Told:
        """What a clause is done for."""
        said = f"{loop.variable} in {loop.over.text}"
        return Told(said if loop.condition is None else f"{said} if {loop.condition.text}", None)

    def _changes(self, clause: Clause) -> Iterable[tuple[str, Told | None]]:
        """What is put where; what is taken away has no value."""
        for target, value in clause.changes:
            yield target.expr.text, self.told(value)
        for target, item in clause.appends:
            if isinstance(item, t.Expr):
                yield f"{target.expr.text} +", self.told(item)
            else:
                text = ", ".join(f"{name}: {each.text}" for name, each in item.items())
                yield f"{target.expr.text} +", Told(text, None)
        yield from ((target.expr.text, None) for target in clause.removals)

    def _bill(self, bill: Any) -> Bill:
        change = bill.values["change"]
        shown = str(change.value) if isinstance(change, t.Literal) else change.text
        return Bill(
            change=self.bill_word(shown),
            for_each=None if bill.loop is None else self._loop(bill.loop),
            when=None if bill.when is None else self.told(bill.when),
            values=tuple(
                (self.bill_word(key), self.told(each)) for key, each in bill.values.items() if key != "change"
            ),
        )

    def bill_word(self, word: str) -> str:
        """What the policy calls a change of the bill or a key of it; else the engine's word, or the name itself."""
        ours = words("bills", self.language)
        return self.program.policy.billing_words.get(word, {}).get(self.language) or ours.get(word) or word

    def kind(self, kind: Type) -> Pieces:
        """A type in words; where a table says what the words are, with a link to that."""
        match kind:
            case Maybe(of=of):
                return (*self.kind(of), Piece(f" {self.label['or_nothing']}"))
            case ListOf(item=item):
                return (Piece(f"{self.label['list_of']} "), *(() if item is None else self.kind(item)))
            case MapOf(entry=entry, key=key):
                return (Piece(f"{self.label['map_of']} "), Piece(entry.name, "name"), Piece(", "), *self.kind(key))
            case Word(words=of, name=name):
                table = next((each for each in self.program.tables.values() if each.keys == (kind,)), None)
                href = None if table is None else link_to("tables", table.name).href
                return (Piece(name, "name", href),) if href else (Piece(" | ".join(of)),)
            case Key(entry=entry):
                return (Piece(f"{self.label['key_of']} "), Piece(entry, "name"))
            case Record(name=name) | EntryOf(record=Record(name=name)) | Table(name=name):
                return (Piece(name, "name"),)
        return (Piece(self.label[_KINDS.get(type(kind), "a_text")]),)

    def shown(self, value: Any, kind: Type) -> str:
        """A value of a table as one reads it."""
        match kind:
            case Maybe(of=of):
                return "–" if value is None else self.shown(value, of)
            case Boolean():
                return self.label["yes" if value else "no"]
            case Translated():
                return self.text(value) or ""
            case ListOf(item=item):
                return ", ".join(str(each) if item is None else self.shown(each, item) for each in value) or "–"
            case Word():
                return self.title(kind, value) or str(value)
        return "–" if value is None else str(value)

    def title(self, kind: Type, word: Any) -> str | None:
        """What a word is called, where a table says so."""
        texts = self.program.title_of(kind, word)
        return None if texts is None else self.text(texts)


_KINDS: Mapping[type, str] = {Boolean: "truth", Date: "a_date", Integer: "a_number"}


def _reads(expr: t.Expr, argument: str) -> bool:
    return any(isinstance(part, t.Argument) and part.name == argument for part in t.parts(expr))
