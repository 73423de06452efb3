"""Events: what happens by itself as time passes, in order of date, then of the policy, then of the key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..diagnostics import echo
from ..errors import EndlessEventError, RequestError, RequestProblem
from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter, Item
from ..program import Clause, Program
from ..words import phrase
from .due import EventSchedule
from .effects import ChangedState, Effect, EffectsGatherer, clause_entries, path_text
from .known import KnownValues, RememberingInterpreter
from .referring import require_references

MAX_EVENTS = 100_000
"""How many events happen at most while one version is in force in a wait."""
LOOKED_AT = 10_000
"""Each time that so many more have happened, it is seen whether the next comes due without end."""


class Happened(NamedTuple):
    """One event that came due: on which day, with what effects.

    Its billing and its message are read by `interpreter`, with the names in `local`, from the state before it; of that
    state only what they read is kept, since there may be many events on a large state.
    """

    clause: Clause
    day: str
    local: Mapping[str, Any]
    interpreter: Interpreter
    effects: list[Effect]


class NextEvent(NamedTuple):
    """The event that comes due first, and its day, which is before `as_of` where it is overdue."""

    day: str
    clause: Clause


def next_event(program: Program, interpreter: Interpreter, until: str) -> NextEvent | None:
    """The first event due by `until`."""
    due = [event for event in _schedules(program, interpreter, until) if event.due]
    return min((NextEvent(event.due[0].day, event.clause) for event in due), key=lambda event: event.day, default=None)


def run_events(program: Program, interpreter: Interpreter, until: str) -> tuple[list[Happened], dict[str, Any]]:
    """Every event due by `until`, each on the state that the earlier ones left; and the state they leave.

    From the first thing that is not known on nothing is said of what happens: it may happen before all else.

    Raises:
        EndlessEventError: an event comes due again and again, whatever it changes.
        RequestError: more than `MAX_EVENTS` come due, or one can't be carried out.
    """
    now = ChangedState(interpreter.state)
    return list(events_in_turn(program, interpreter, until, now)), now.state


def events_in_turn(program: Program, interpreter: Interpreter, until: str, now: ChangedState) -> Iterator[Happened]:
    """The same one after the other: `now` is the state that the last one left, and goes on with the next.

    Raises:
        EndlessEventError, RequestError: as `run_events` does.
    """
    schedules = _schedules(program, interpreter, until)
    happened: list[Happened] = []
    known = KnownValues(program)
    while not interpreter.missing and (due := [event for event in schedules if event.due]):
        first = min(due, key=lambda event: event.due[0].day)
        if happened and len(happened) % LOOKED_AT == 0:
            _require_end(first, happened, interpreter, interpreter.on(now.state), until)
        on_the_day = known.on(interpreter, {**now.state, "as_of": first.due[0].day})
        latest = _happen(first, program, now, on_the_day)
        if interpreter.missing:
            break
        happened.append(latest)
        changed = known.change(now, latest.effects, on_the_day)
        now.state["as_of"] = max(latest.day, now.state["as_of"])
        for schedule in schedules:
            schedule.update(latest.effects, changed, interpreter.on(now.state))
        yield latest


def _schedules(program: Program, interpreter: Interpreter, until: str) -> list[EventSchedule]:
    schedules = [EventSchedule(clause, program, until) for clause in program.events]
    for schedule in schedules:
        schedule.compute(interpreter)
    return schedules


def _require_end(
    event: EventSchedule, happened: list[Happened], at_first: Interpreter, now: Interpreter, until: str
) -> None:
    """Make sure that what is due next may happen after so much else.

    It comes due without end where it has come due, on that day or later, for a key again, or more often than there were
    entries. (In a list the place of an entry does not tell which it is.)

    Raises:
        EndlessEventError: it comes due without end, which is the policy's fault.
        RequestError: as many events as may have happened.
    """
    clause, day, loop = event.clause, event.due[0].day, event.clause.loop
    again = [each.local for each in happened if each.clause is clause and each.day >= day]
    most = 1 if loop is None else sum(1 for _ in at_first.entries(loop, {}))
    keys = [item.id for local in again for item in local.values() if isinstance(item, Item) and item.id is not None]
    entry = _entry(clause, event.names(now))
    if len(again) > most or len(keys) > len(set(keys)):
        raise EndlessEventError(clause.id, clause.span, day, entry)
    if len(happened) < MAX_EVENTS:
        return
    due = phrase("event_of_entry", event=clause.id, entry=entry) if entry else phrase("event", event=clause.id)
    what = phrase("too_many_events", most=MAX_EVENTS, until=until, event=due, day=day)
    raise RequestError([RequestProblem("too_many_events", what, "/action", help=phrase("let_less_time_pass"))])


def _entry(clause: Clause, local: Mapping[str, Any]) -> str | None:
    """What people call the entry that an event is for."""
    if clause.loop is None:
        return None
    entry = local[clause.loop.variable]
    if not isinstance(entry, Item):
        return echo(entry)
    return echo(path_text(entry.path) if entry.path else entry.id)


def _happen(event: EventSchedule, program: Program, now: ChangedState, interpreter: Interpreter) -> Happened:
    """What the event that is due changes, before it is changed; what tells of it is kept as it is."""
    clause, day, local = event.clause, event.due[0].day, event.names(interpreter)
    gatherer = EffectsGatherer(interpreter)
    gatherer.add(clause, local)
    require_references(gatherer.effects, interpreter, program)
    told_of = event.told_of if now.own.isdisjoint(event.told_of) else _told_of(event, interpreter, local)
    state = {name: value for name, value in interpreter.state.items() if name in told_of}
    for name in state:
        now.keep((name,))
    for entry in local.values():
        if isinstance(entry, Item) and entry.path:
            now.keep(entry.path)
    effects = [effect.with_own_value for effect in gatherer.effects]
    return Happened(clause, day, local, interpreter.but(state=state), effects)


def _told_of(event: EventSchedule, interpreter: Interpreter, local: Mapping[str, Any]) -> set[str]:
    """The properties of the state that the event's billing and message do read by name; they are computed for it.

    A map that they would only read in other circumstances need not be kept, which is to copy it.
    """
    if not isinstance(interpreter, RememberingInterpreter):
        return event.told_of
    noting = _NameNotingInterpreter(**{**vars(interpreter), "missing": {}, "steps": 0, "meter": None})
    try:
        for bill in event.clause.billing:
            for names in clause_entries(bill, noting, local):
                for expr in bill.values.values():
                    noting.value(expr, names)
        for expr in event.clause.messages:
            noting.value(expr, local)
    except OutOfRangeError:
        return event.told_of
    return noting.names


class _NameNotingInterpreter(RememberingInterpreter):
    """Notes which properties of the state are read by name."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.names = set[str]()

    def read(self, holder: Mapping[str, Any], name: str, *given: Any, **more: Any) -> Any:
        if holder is self.state:
            self.names.add(name)
        return super().read(holder, name, *given, **more)
