"""How an account stands: the policy's own lines, what happens by itself ahead, and what is not right in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, NamedTuple

from ..change.effects import clause_entries
from ..change.passing import InForce
from ..decision.answer import Answer
from ..decision.explanation import WorkedOut
from ..decision.invariants import BrokenInvariant
from ..decision.prose import SILENT, Naming, Prose, Sentence, names_one_of
from ..decision.request import out_of_range
from ..diagnostics import printable
from ..errors import SUPPORT, Audience, sees_others
from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter, Item
from ..program import Clause, PolicyVersion, Program
from ..words import words
from .deciding import Deciding
from .horizon import last_day
from .passing import wait
from .simulate import event_of
from .timeline import Event

MONTHS = 12
"""How far ahead is looked when no last day is given."""


class StatusLine(NamedTuple):
    """A line of the policy's overview: its id, the key of the entry that it is about, its day if it is a later one."""

    id: str
    entry: Any
    on: str | None
    message: WorkedOut

    def as_dict(self, language: str) -> dict[str, Any]:
        return {"id": self.id, "entry": self.entry, "on": self.on, "message": self.message(language)}


@dataclass(frozen=True, slots=True)
class Status(Answer):
    """How an account stands on `as_of`: the `lines` of the policy's overview, what is `ahead` up to `until`.

    `versions` come into force until then; `inconsistent` are the invariants, of either severity, that the state breaks.
    """

    ask: ClassVar[str] = "its `lines` say how the account stands"

    policy: PolicyVersion
    as_of: str
    until: str
    lines: tuple[StatusLine, ...]
    ahead: tuple[Event, ...]
    versions: tuple[InForce, ...]
    inconsistent: tuple[BrokenInvariant, ...]
    prose: Prose = field(default=SILENT, repr=False, compare=False)

    def as_dict(self, language: str | None = None, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The status as plain data, as the audience may see it, in `language` (else the policy's first).

        A `customer` is told in prose; a `user` only when something happens, by its code.

        Raises:
            UsageError: the policy does not speak the language, or there is no such audience.
        """
        language = self.policy.spoken(language)
        if audience == "customer":
            return {**self.prose.as_dict(language), "as_of": self.as_of}
        if not sees_others(audience):
            events = [{"date": event.date, **event.as_public_dict(language)} for event in self.ahead if event.code]
            once = [each for number, each in enumerate(events) if each not in events[:number]]
            return {"ahead": once, "as_of": self.as_of, "until": self.until, "policy": self.policy.identity}
        return {
            "lines": [line.as_dict(language) for line in self.lines],
            "ahead": [event.as_dict(language, audience=audience) for event in self.ahead],
            "versions": [each.as_dict() for each in self.versions],
            "inconsistent": [broken.as_dict(language, audience=audience) for broken in self.inconsistent],
            "as_of": self.as_of,
            "until": self.until,
            "policy": self.policy.identity,
        }


def status(
    engine: Deciding, state: Mapping[str, Any], *, until: str | None = None, version: str | None = None
) -> Status:
    """How an account stands; a state that breaks an invariant is told as it is.

    Raises:
        RequestError: the state is not well formed, or `until` is no day from its `as_of` on.
        UsageError: there is no such version.
    """
    engine.validate(state, version=version, invariants=False)
    program, horizon = engine.program_for(state, version), last_day(state["as_of"], until, MONTHS)
    broken = engine.broken_invariants(state, version=version)
    try:
        lines = tuple(_lines(engine, program, state, version))
    except OutOfRangeError as error:
        raise out_of_range(error) from None
    passed = wait(engine, state, horizon, version)
    events = tuple(event_of(program, happened) for program, happened in passed.events)
    answer = Status(program.policy, state["as_of"], horizon, lines, events, passed.versions, broken)
    first, last = (Naming.of(each, of, ()) for each, of in ((program, state), (program, passed.state)))
    naming = first._replace(others=first.others | last.others)
    return replace(answer, prose=Prose(partial(_sentences, answer, naming), program.policy.languages))


def _lines(engine: Deciding, program: Program, state: Mapping[str, Any], version: str | None) -> Iterator[StatusLine]:
    """Each line for each entry that it is about; one of a later day on the state to which that leads."""
    today = Interpreter({}, state, program.facts, computed={})
    states: dict[str, Mapping[str, Any]] = {}
    for clause in program.overview:
        for local in clause_entries(clause, today):
            day = None if clause.on is None else today.value(clause.on, local)
            if clause.on is None:
                yield _line(clause, program, today, local, None)
            elif day is not None and day >= state["as_of"]:
                if day not in states:
                    states[day] = wait(engine, state, day, version).state
                later = Interpreter({}, states[day], program.facts, computed={})
                yield from (_line(clause, program, later, each, day) for each in _same(clause, later, local))


def _same(clause: Clause, later: Interpreter, local: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The same entry on a later state, if it is there."""
    if clause.loop is None:
        yield local
        return
    entries = ({clause.loop.variable: entry} for entry, _ in later.entries(clause.loop, {}))
    yield from (each for each in entries if _entry(clause, each) == _entry(clause, local))


def _line(
    clause: Clause, program: Program, interpreter: Interpreter, local: Mapping[str, Any], day: str | None
) -> StatusLine:
    texts = {str(name): interpreter.text(text, local, name) for name, text in _texts(clause, program)}
    return StatusLine(clause.id, _entry(clause, local), day, WorkedOut(texts))


def _texts(clause: Clause, program: Program) -> Iterator[tuple[str, Any]]:
    """The message in each language, which brings words of its own where the policy has some."""
    return ((language, clause.message[language]) for language in program.languages)


def _entry(clause: Clause, local: Mapping[str, Any]) -> Any:
    """The key of the entry that a line is about, its number in a list of records, or the value itself."""
    if clause.loop is None:
        return None
    entry = local[clause.loop.variable]
    return (entry.id if entry.id is not None else entry.path[-1]) if isinstance(entry, Item) else entry


def _sentences(status: Status, naming: Naming, language: str) -> Iterator[Sentence]:
    """How the account stands on the day, and what is not right; nothing that names anybody.

    What is ahead is told where the policy has no lines of its own, which say it as what is to come.
    """
    labels = words("customer", language)
    yield Sentence("verdict", labels["status"].format(day=status.as_of))
    for line in status.lines:
        if not names_one_of(message := printable(line.message(language)), naming.others):
            yield Sentence("outcome", naming.sentence(message))
    for event in (event for event in status.ahead if event.code and not status.lines):
        text = labels["ahead"].format(day=event.date, text=naming.said(event, language))
        yield Sentence("outcome", naming.sentence(text))
    for broken in status.inconsistent:
        if not names_one_of(message := printable(broken.message(language)), naming.others):
            yield Sentence("note", labels["inconsistent"].format(text=message))
