"""Events: what happens by itself as time passes, in order of date, then of the policy, then of the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..diagnostics import RequestError, RequestProblem
from ..language import tree as t
from ..language.interpret import Interpreter
from ..program import Clause, Program
from .due import EventSchedule, properties
from .effects import Effect, EffectsGatherer, apply_effects

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

    They are the events of this one version, that of the first day, even where a later version comes into force on the
    way.

    Raises:
        RequestError: more than 10,000 events come due, or one can't be carried out.
    """
    state = dict(interpreter.state)
    schedules = _schedules(program, interpreter, until)
    happened: list[Happened] = []
    while not interpreter.missing and (due := [event for event in schedules if event.due]):
        if len(happened) == MAX_EVENTS:
            message = f"more than {MAX_EVENTS} events come due by {until}"
            raise RequestError([RequestProblem("too_many_events", message, "/action")])
        latest = _happen(min(due, key=lambda event: event.due[0].day), program, interpreter.on(state))
        if interpreter.missing:
            break
        happened.append(latest)
        before = state["as_of"]
        state = {**apply_effects(latest.effects, state), "as_of": max(latest.day, before)}
        changed = {effect.parts[0] for effect in latest.effects} | ({"as_of"} if state["as_of"] != before else set())
        for schedule in schedules:
            schedule.update(latest.effects, changed, interpreter.on(state))
    return happened, state


def _schedules(program: Program, interpreter: Interpreter, until: str) -> list[EventSchedule]:
    schedules = [EventSchedule(clause, program, until) for clause in program.events]
    for schedule in schedules:
        schedule.compute(interpreter)
    return schedules


def _happen(event: EventSchedule, program: Program, interpreter: Interpreter) -> Happened:
    clause, day, local = event.clause, event.due[0].day, event.names(interpreter)
    state = {**interpreter.state, "as_of": day}
    gatherer = EffectsGatherer(interpreter.on(state))
    gatherer.add(clause, local)
    names_read = properties(_billing_and_messages(clause), program.facts)
    explaining = interpreter.on({name: value for name, value in state.items() if name in names_read})
    return Happened(clause, day, local, explaining, gatherer.effects)


def _billing_and_messages(clause: Clause) -> list[t.Expr]:
    """What the event's billing and messages read."""
    return [*clause.billing.values(), *clause.messages]
