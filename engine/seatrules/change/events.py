"""Events: what happens by itself as time passes, in order of date, then of the policy, then of the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..diagnostics import echo
from ..errors import EndlessEventError, RequestError, RequestProblem
from ..language import tree as t
from ..language.interpret import Interpreter, Item
from ..program import Clause, Program
from ..words import phrase
from .due import EventSchedule, properties
from .effects import Effect, EffectsGatherer, apply_effects, path_text
from .referring import require_references

MAX_EVENTS = 10_000


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
        RequestError: more than 10,000 events come due, or one can't be carried out.
    """
    state = dict(interpreter.state)
    schedules = _schedules(program, interpreter, until)
    happened: list[Happened] = []
    while not interpreter.missing and (due := [event for event in schedules if event.due]):
        first = min(due, key=lambda event: event.due[0].day)
        if len(happened) == MAX_EVENTS:
            raise _too_many(first, happened, interpreter, interpreter.on(state), until)
        latest = _happen(first, program, interpreter.on(state))
        if interpreter.missing:
            break
        happened.append(latest)
        state = {**apply_effects(latest.effects, state), "as_of": max(latest.day, state["as_of"])}
        changed = {effect.parts[0] for effect in latest.effects}
        for schedule in schedules:
            schedule.update(latest.effects, changed, interpreter.on(state))
    return happened, state


def _schedules(program: Program, interpreter: Interpreter, until: str) -> list[EventSchedule]:
    schedules = [EventSchedule(clause, program, until) for clause in program.events]
    for schedule in schedules:
        schedule.compute(interpreter)
    return schedules


def _too_many(
    event: EventSchedule, happened: list[Happened], at_first: Interpreter, now: Interpreter, until: str
) -> EndlessEventError | RequestError:
    """The error of more events than happen: the policy's where the next one comes due without end, else the request's.

    It does where it has come due, on that day or later, for a key again, or more often than there were entries. (In a
    list the place of an entry does not tell which it is.)
    """
    clause, day, loop = event.clause, event.due[0].day, event.clause.loop
    again = [each.local for each in happened if each.clause is clause and each.day >= day]
    most = 1 if loop is None else sum(1 for _ in at_first.entries(loop, {}))
    keys = [item.id for local in again for item in local.values() if isinstance(item, Item) and item.id is not None]
    entry = _entry(clause, event.names(now))
    if len(again) > most or len(keys) > len(set(keys)):
        return EndlessEventError(clause.id, clause.span, day, entry)
    due = phrase("event_of_entry", event=clause.id, entry=entry) if entry else phrase("event", event=clause.id)
    what = phrase("too_many_events", most=MAX_EVENTS, until=until, event=due, day=day)
    return RequestError([RequestProblem("too_many_events", what, "/action", help=phrase("let_less_time_pass"))])


def _entry(clause: Clause, local: Mapping[str, Any]) -> str | None:
    """What people call the entry that an event is for."""
    if clause.loop is None:
        return None
    entry = local[clause.loop.variable]
    if not isinstance(entry, Item):
        return echo(entry)
    return echo(path_text(entry.path) if entry.path else entry.id)


def _happen(event: EventSchedule, program: Program, interpreter: Interpreter) -> Happened:
    clause, day, local = event.clause, event.due[0].day, event.names(interpreter)
    state = {**interpreter.state, "as_of": day}
    gatherer = EffectsGatherer(interpreter.on(state))
    gatherer.add(clause, local)
    require_references(gatherer.effects, gatherer.interpreter, program)
    names_read = properties(_billing_and_messages(clause), program.facts)
    explaining = interpreter.on({name: value for name, value in state.items() if name in names_read})
    return Happened(clause, day, local, explaining, gatherer.effects)


def _billing_and_messages(clause: Clause) -> list[t.Expr]:
    """What the event's billing and messages read."""
    return [*clause.billed, *clause.messages]
