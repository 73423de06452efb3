"""What the clauses of a policy say of a request: codes and words, the place in the policy, the source's own words."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Self, cast

from ..anchors import book_anchor
from ..change.effects import clause_entries
from ..errors import SUPPORT, Audience, sees_places
from ..language.explained import CellRead, Operand, SeenEntry, dated_cells_read, explained, facts_of
from ..language.interpret import Interpreter, Item, fresh
from ..language.types import TableEntry
from ..program import Clause, Program, spoken
from ..program.clause import Bill
from ..program.program import Translations
from ..program.read_only import ReadOnly
from ..words import nearest_language

NO_TEXTS: Translations = ReadOnly({})
NO_ENTRIES: Mapping[str, TableEntry] = ReadOnly({})
Wording = Callable[[str], str]
"""A text in any language of the policy, worked out when it is asked for."""


class WorkedOut:
    """A message that has been worked out in every language that it is in."""

    __slots__ = ("texts",)

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WorkedOut) and self.texts == other.texts

    def __hash__(self) -> int:
        return hash(tuple(self.texts.items()))

    @classmethod
    def of(cls, wording: Wording, languages: Iterable[str]) -> WorkedOut:
        return cls({language: wording(language) for language in languages})

    def __call__(self, language: str) -> str:
        return self.texts[spoken(language, tuple(self.texts))]


class EntryRead(NamedTuple):
    """Which entry of a dated table said a value that was read: from which day on it holds, and where it is written.

    The first entry is of no day.
    """

    read: str
    since: str | None
    at: str

    def as_dict(self, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        return {"read": self.read, "from": self.since, "at": self.at if sees_places(audience) else None}


class Condition(NamedTuple):
    """One requirement as written, whether it holds (`None`: not known), the values seen, and where it is written.

    `operands`, `entries` and `more` are those of an `Operand`. `dated` are the entries of dated tables that said values
    which were seen. A value that is not known is a `NotKnown` in `facts`, and null as data.
    """

    expression: str
    holds: bool | None
    facts: Mapping[str, Any]
    at: str
    operands: tuple[Operand, ...] = ()
    entries: tuple[SeenEntry, ...] | None = None
    more: int = 0
    dated: tuple[EntryRead, ...] = ()

    def as_dict(self, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The condition as plain data; `operands`, `entries`, `more` and `dated` only where it has them."""
        expression, holds, facts, at, operands, entries, more, dated = self
        whole = {"expression": expression, "holds": holds, "facts": fresh(facts)}
        whole["at"] = at if sees_places(audience) else None
        if dated:
            whole["dated"] = [each.as_dict(audience=audience) for each in dated]
        return whole if not operands and entries is None else _with_parts(whole, operands, entries, more)


def seen_in(condition: Condition) -> Mapping[str, Any]:
    """All that was seen for a condition or a part of it."""
    return {**condition.facts, **facts_of(condition.operands, {})}


def with_entries_read(condition: Condition, read: Iterable[tuple[str, TableEntry | None] | None]) -> Condition:
    """A condition with the entries of dated tables that said values which it shows, of those that there are."""
    entries = {each[0]: EntryRead(each[0], *each[1]) for each in read if each is not None and each[1] is not None}
    return condition._replace(dated=tuple(entries.values()))


def _operand_as_dict(operand: Operand) -> dict[str, Any]:
    expression, holds, facts, operands, entries, more = operand
    whole = {"expression": expression, "holds": holds, "facts": fresh(facts)}
    return whole if not operands and entries is None else _with_parts(whole, operands, entries, more)


def _with_parts(
    whole: dict[str, Any], operands: tuple[Operand, ...], entries: tuple[SeenEntry, ...] | None, more: int
) -> dict[str, Any]:
    if operands:
        whole["operands"] = [_operand_as_dict(operand) for operand in operands]
    elif entries is not None:
        whole["entries"] = [{"key": fresh(key), "facts": fresh(facts)} for key, facts in entries]
        whole["more"] = more
    return whole


class Citation(NamedTuple):
    """A statement of the source: in its own words, which are in a `language`, or in ours, as what it `says`.

    `meaning` and `says` are in every language of the policy, or empty; `source` says where it stands, if that is not
    the policy's own source: `title` and, where given, `url` and `seen`.
    """

    id: str
    quote: str | None
    language: str | None = None
    says: Translations = NO_TEXTS
    meaning: Translations = NO_TEXTS
    source: Translations = NO_TEXTS

    def explained(self, language: str) -> str | None:
        """What the quote means, in a language that is not its own, where that is given."""
        if language == self.language or not self.meaning:
            return None
        nearest = language if language in self.meaning else nearest_language(language, self.meaning)
        return None if nearest is None else self.meaning[nearest]

    def said(self, language: str) -> str | None:
        """What the source says in our words; in the first language that there is where this one is not."""
        nearest = nearest_language(language, self.says) or next(iter(self.says), None)
        return None if nearest is None else self.says[nearest]

    def as_dict(self, language: str) -> dict[str, Any]:
        """The statement as plain data; `meaning`, `says` and `source` only where it has them in this language."""
        name, quote, own, says, meanings, source = self
        whole: dict[str, Any] = {"id": name, "quote": quote}
        if own != language and meanings and (meaning := self.explained(language)) is not None:
            whole["meaning"] = meaning
        if says:
            whole["says"] = self.said(language)
        if source:
            whole["source"] = dict(source)
        return whole


class Origin(NamedTuple):
    """What a clause says whatever the request: its code and id, its place, what it cites, the public line of the code.

    `since` is the day on which a rule comes into force, `languages` are those of its message. `about` is what a
    reason is about, where that is nothing that an action mends, `public_about` what its code is, whichever the rule.
    `book` is where the policy's rule book explains it.
    """

    code: str
    rule: str
    at: str
    cites: tuple[Citation, ...]
    line: Translations
    since: str | None
    languages: tuple[str, ...]
    about: str | None = None
    public_about: str | None = None
    book: str | None = None


def origin_of(clause: Clause, program: Program) -> Origin:
    """What a clause says whatever the request; one without a code has an empty one."""
    line = program.codes[clause.group][clause.code] if clause.code else {}
    cites = tuple(Citation(name, *program.statements[name]) for name in clause.cites)
    denies = clause.group == "reasons"
    about = program.about_of(clause) if denies else None
    public_about = program.about.get(clause.code or "") if denies else None
    return Origin(
        clause.code or "",
        clause.id,
        clause.span.at,
        cites,
        line,
        clause.effective_from,
        tuple(clause.message),
        about,
        public_about,
        book_anchor(clause.kind, clause.id),
    )


class OneEntry(NamedTuple):
    """One entry of an action on each of several: the argument of the single action, and what it is."""

    argument: str
    value: Any

    def as_dict(self) -> dict[str, Any]:
        return {self.argument: fresh(self.value)}


class Explanation:
    """What one clause of the policy says of a request. A frozen value, without rendered text."""

    __slots__ = ("_conditions", "_message", "_one", "_origin")

    def __init__(
        self, origin: Origin, message: Wording, conditions: tuple[Condition, ...] = (), entry: OneEntry | None = None
    ) -> None:
        self._origin, self._message, self._conditions, self._one = origin, message, conditions, entry

    def of_entry(self, entry: OneEntry) -> Self:
        """The same of one entry of an action on each of several."""
        return type(self)(self._origin, self._message, self._conditions, entry)

    def without_conditions(self) -> Self:
        """The same, for where there are many."""
        return type(self)(self._origin, self._message, (), self._one)

    @property
    def one(self) -> OneEntry | None:
        """The entry that it is about, of an action on each of several."""
        return self._one

    @property
    def code(self) -> str:
        """The code, one of the policy's public vocabulary."""
        return self._origin.code

    @property
    def rule(self) -> str:
        """The id of the clause."""
        return self._origin.rule

    @property
    def at(self) -> str:
        """Where the clause is written: `file:line:column`, the file relative to the policy's folder."""
        return self._origin.at

    @property
    def cites(self) -> tuple[Citation, ...]:
        """The statements of the source that it follows from."""
        return self._origin.cites

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What it requires, each with the values seen; none of an outcome."""
        return copy.deepcopy(self._conditions)  # a copy of one's own: what is done to it changes no other answer

    def message(self, language: str) -> str:
        """What it says in words, in one of the policy's languages."""
        return self._message(language)

    def line(self, language: str) -> str:
        """The code in words that everybody may read, in one of the policy's languages.

        Raises:
            UsageError: the policy does not speak the language.
        """
        return self._origin.line[spoken(language, tuple(self._origin.line))]

    def as_public_dict(self, language: str) -> dict[str, str]:
        """What everybody may read: the code and its line; in its version's first language where that lacks this one."""
        lines = self._origin.line
        return {"code": self.code, "message": lines[nearest_language(language, lines) or next(iter(lines))]}

    def as_short_dict(self, language: str) -> dict[str, str]:
        """The code and the message; in its version's first language where that lacks this one."""
        known = self._origin.languages
        return {"code": self.code, "message": self._message(nearest_language(language, known) or known[0])}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Explanation) and self._compared == other._compared

    def __hash__(self) -> int:
        return hash((type(self), self.code, self.rule))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.code or self.rule} at {self.at}>"

    def __getstate__(self) -> Any:
        """In another process nothing is worked out any more: the texts are taken along, and no program."""
        nothing, slots = cast("tuple[None, dict[str, Any]]", super().__getstate__())
        return nothing, {**slots, "_message": WorkedOut.of(self._message, self._origin.languages)}

    @property
    def _compared(self) -> tuple[Any, ...]:
        return type(self), self._origin, self._conditions, self._one

    @property
    def _of_entry(self) -> dict[str, Any]:
        """The entry that it is about, as plain data."""
        return {} if self._one is None else {"entry": self._one.as_dict()}

    def _at(self, audience: Audience) -> str | None:
        return self._origin.at if sees_places(audience) else None


class Reason(Explanation):
    """A requirement that does not hold: why an action is denied, or what a warning warns of."""

    __slots__ = ()

    @property
    def about(self) -> str | None:
        """What it is about where no action mends it: `request`, `fulfilled`, `elsewhere` or `too_late`."""
        return self._origin.about

    def as_dict(self, language: str, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The reason as plain data; `about` only where its code has one."""
        origin = self._origin
        whole = {
            "code": origin.code,
            "rule": origin.rule,
            "message": self._message(language),
            "at": self._at(audience),
            "book": origin.book,
            "conditions": [condition.as_dict(audience=audience) for condition in self._conditions],
            "cites": [citation.as_dict(language) for citation in origin.cites],
        }
        if origin.about:
            whole["about"] = origin.about
        return whole if self._one is None else whole | self._of_entry

    def as_public_dict(self, language: str) -> dict[str, str]:
        """What everybody may read: the code, its line, and what the code is about, whichever its rule."""
        about = self._origin.public_about
        return super().as_public_dict(language) | ({"about": about} if about else {})


class Outcome(Explanation):
    """What an allowed action is called."""

    __slots__ = ()

    @property
    def entries(self) -> tuple[Outcome, ...]:
        """What it is called of each entry, of an action on each of several."""
        return ()

    def as_dict(self, language: str, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        return {
            "code": self._origin.code,
            "message": self._message(language),
            "rule": self._origin.rule,
            "at": self._at(audience),
            "book": self._origin.book,
            "cites": [citation.as_dict(language) for citation in self._origin.cites],
        }


class OutcomeOfEach(Outcome):
    """What an action on each of several is called: as it is of the first, with the words of all."""

    __slots__ = ("_entries",)

    def __init__(self, entries: tuple[Outcome, ...]) -> None:
        super().__init__(entries[0]._origin, self._joined)
        self._entries = entries

    def _joined(self, language: str) -> str:
        return "; ".join(dict.fromkeys(entry.message(language) for entry in self._entries))

    @property
    def entries(self) -> tuple[Outcome, ...]:
        return self._entries

    @property
    def _compared(self) -> tuple[Any, ...]:
        return *super()._compared, self._entries

    def as_dict(self, language: str, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        entries = [
            {**entry._of_entry, "code": entry.code, "message": entry.message(language), "rule": entry.rule}
            for entry in self._entries
        ]
        return {**super().as_dict(language, audience=audience), "entries": entries}


class Notice(Explanation):
    """A requirement that does not hold and is yet to come into force, on `since`."""

    __slots__ = ()

    @property
    def since(self) -> str:
        """The first day on which the rule is in force."""
        assert self._origin.since is not None
        return self._origin.since

    def as_dict(self, language: str) -> dict[str, Any]:
        return {
            "rule": self._origin.rule,
            "book": self._origin.book,
            "code": self._origin.code,
            "message": self._message(language),
            "from": self.since,
            **self._of_entry,
        }


def wording(clause: Clause, program: Program, interpreter: Interpreter, local: Mapping[str, Any]) -> Wording:
    """A clause's message in any language of the policy."""

    def worded(language: str) -> str:
        language = spoken(language, program.languages)
        return interpreter.text(clause.message[language], local, language)

    return worded


def event_wording(clause: Clause, program: Program, interpreter: Interpreter, local: Mapping[str, Any]) -> Wording:
    """An event's message; in its version's first language where that does not speak the one that is asked for.

    The event may be of another version than the one that is asked, and its words are not lost for that.
    """
    known = program.languages
    return lambda language: wording(clause, program, interpreter, local)(nearest_language(language, known) or known[0])


def conditions(clause: Clause, interpreter: Interpreter, local: Mapping[str, Any]) -> Iterator[Condition]:
    """What a clause requires of an entry, each with the values seen; what is missed only here is not missing."""
    apart = interpreter.explaining(local)
    for expr, span in clause.require:
        part = explained(apart, expr, local)
        condition = Condition(part.expression, part.holds, part.facts, span.at, part.operands, part.entries, part.more)
        cells = [*dated_cells_read(expr)]
        seen = seen_in(condition) if cells else {}
        read = [_entry_read(each, apart, local) for each in cells if each.text in seen]
        yield with_entries_read(condition, read)


def _entry_read(cell: CellRead, interpreter: Interpreter, local: Mapping[str, Any]) -> tuple[str, TableEntry | None]:
    keys = tuple(interpreter.value(key, local) for key in cell.keys)
    return cell.text, cell.table.entries.get(keys, NO_ENTRIES).get(cell.column)


def billed(clause: Clause, interpreter: Interpreter, local: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...] | None:
    """What a clause bills, as plain data but for a `NotKnown` in the place of what is not known.

    The entries are in the order of the policy, those of a loop in the loop's. Nothing where it is not known which.
    """
    apart, entries = interpreter.but(missing={}), list[Mapping[str, Any]]()
    for bill in clause.billing:
        entries += (_entry(bill, interpreter, names) for names in clause_entries(bill, apart, local))
    interpreter.missing.update(apart.missing)
    return None if apart.missing else tuple(entries)


def _entry(bill: Bill, interpreter: Interpreter, names: Mapping[str, Any]) -> dict[str, Any]:
    entry = {key: interpreter.known(expr, names) for key, expr in bill.values.items()}
    return {key: value.id if isinstance(value, Item) else value for key, value in entry.items()}
