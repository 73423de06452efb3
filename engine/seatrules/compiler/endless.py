"""Events that are certain to come due without end, and those whose day would depend on how a wait is cut.

An event is due for as long as its `on` gives a day and its `when` and its `for` hold. What it changes has to end that,
or has to bring about another event that does. Whether it really does, only a run can tell; that nothing does is seen
here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..language import tree as t
from ..language.interpret import FactBody
from ..language.types import of_records
from ..policy.written import Entry
from ..problems import Problems
from ..program import Clause
from ..program.reads import Reader, Reading, Reads
from ..program.target import KeyStep, PathStep, Target, Unnamed


class _Event(NamedTuple):
    """An event, and what tells whether it is due."""

    clause: Clause
    reads: Reads

    def is_touched_by(self, other: Clause) -> bool:
        """Whether what the other event changes may change when this one is due."""
        return any(_touched(self.reads.fields.get(target.root), target, target.steps) for target in _changed(other))


def check_events(
    entries: Mapping[str, Entry], clauses: Iterable[Clause], facts: Mapping[str, FactBody], problems: Problems
) -> None:
    """Note each event that nothing ends, and each whose day or loop reads what day it is."""
    events = []
    for clause in clauses:
        reader = _DueReader(facts)
        local = reader.day_and_entry(clause)
        if "as_of" in reader.root.fields:
            message = "reads `as_of` in its `on` or its `for`: when it is due would depend on how a wait is cut"
            help_text = "take a day that the state holds; in `when`, `as_of` is the event's own day"
            _note("due-depends-on-today", message, clause, entries[clause.id], problems, help_text)
        if clause.when is not None:
            reader.value(clause.when, local)
        events.append(_Event(clause, reader.root))
    for event in events:
        if not _may_end(event, events):
            message = "never ends: nothing that it changes is read by its `on`, its `when` or its `for`"
            help_text = "change what they read, or remove the entry, so that the event is no longer due"
            _note("endless-event", message, event.clause, entries[event.clause.id], problems, help_text)


class _DueReader(Reader):
    """Gathers what tells whether an event is due for an entry of its loop."""

    def day_and_entry(self, clause: Clause) -> dict[str, Reading]:
        """Note what its day and its loop read; what is known inside the loop."""
        local: dict[str, Reading] = {}
        if clause.loop is not None:
            # That there are other entries does not matter: what counts is the one for which the event is due.
            owner = self.reading(clause.loop.over, {})
            entry = owner.reads.entry() if owner.reads is not None and of_records(clause.loop.over.type) else None
            if owner.reads is not None and entry is None:
                owner.reads.whole = True
            local = {clause.loop.variable: Reading(entry, None)}
            if clause.loop.condition is not None:
                self.value(clause.loop.condition, local)
        if clause.on is not None:
            self.value(clause.on, local)
        return local

    def reading(self, expr: t.Expr, local: Mapping[str, Reading]) -> Reading:
        """Whatever is chosen of the settings, all operands and branches are read."""
        if not isinstance(expr, t.Choose | t.Logic):
            return super().reading(expr, local)
        for part in t.children(expr):
            self.value(part, local)
        return Reading(None, None)

    @staticmethod
    def _entry(owner: Reading, keys: list[Reading]) -> Reading:
        """An entry under a key that is not known beforehand is one entry, not each."""
        before = owner.reads.each if owner.reads is not None else False
        reading = Reader._entry(owner, keys)
        if owner.reads is not None:
            owner.reads.each = before
        return reading


def _changed(clause: Clause) -> Iterator[Target]:
    """Every path that a clause writes to, but those where it puts what is there."""
    yield from (target for target, value in clause.changes if t.canonical(value) != t.canonical(target.expr))
    yield from (target for target, _ in clause.appends)
    yield from clause.removals


def _touched(reads: Reads | None, target: Target, steps: Sequence[PathStep]) -> bool:
    """Whether what is read changes, or may, when something is put at the end of the steps, or taken away."""
    if reads is None:
        return False
    if reads.whole or not steps:
        return True
    step, *others = steps
    if step is Unnamed.NEW:
        return reads.each
    if isinstance(step, str):
        return _touched(reads.fields.get(step), target, others)
    if isinstance(step, KeyStep) and target.default is not None and reads.each:
        return True  # the entry may be listed from then on
    return _touched(_of_entry(reads, step), target, others)


def _of_entry(reads: Reads, step: PathStep) -> Reads:
    """What is read of the entries that the step may lead to."""
    key = step.expr.value if isinstance(step, KeyStep) and isinstance(step.expr, t.Literal | t.Named) else None
    return reads.of_each() if key is None else (reads.entries or Reads()).joined(reads.keys.get(("literal", key)))


def _may_end(event: _Event, events: Sequence[_Event]) -> bool:
    """Whether the event, or one that it may bring about, and so on, changes when it is due."""
    caused, uncaused = [event], [other for other in events if other is not event]
    for cause in caused:
        if event.is_touched_by(cause.clause):
            return True
        for other in [each for each in uncaused if each.is_touched_by(cause.clause)]:
            caused.append(other)
            uncaused.remove(other)
    return False


def _note(code: str, message: str, clause: Clause, entry: Entry, problems: Problems, help: str) -> None:
    scalar = entry.scalar("on")
    problems.error(code, f"event `{clause.id}` {message}", scalar.span if scalar else clause.span, help=help)
