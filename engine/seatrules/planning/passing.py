"""Lets time pass: the events that come due, by the version of the policy in force on their day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..change.events import Happened, run_events
from ..compiler import Program
from ..decision.said import Said, billed, texts
from ..diagnostics import RequestError, RequestProblem
from ..language.functions import OutOfRangeError, add_days
from ..language.interpret import Interpreter
from .deciding import Deciding
from .timeline import Event


def pass_time(
    engine: Deciding, state: Mapping[str, Any], until: str, version: str | None
) -> tuple[list[Event], dict[str, Any]]:
    """The events due by `until`, and the state that they leave on that day.

    Where a later version comes into force on the way, events due before that day are the earlier version's. A version
    that is named is in force all the time.

    Raises:
        RequestError: an event can't be carried out, or the state is none of the later version's.
    """
    events: list[Event] = []
    now = dict(state)
    while now["as_of"] < until:
        program = engine.program_for(now, version)
        turn = _next_version(engine, now["as_of"], until) if version is None else None
        stretch = until if turn is None else add_days(turn, -1)
        try:
            happened, now = run_events(program, Interpreter(now, {}, program.facts), stretch)
        except OutOfRangeError as error:
            raise RequestError([RequestProblem("out_of_range", str(error), "/state")]) from None
        events += [_event(each, program) for each in happened]
        now = {**now, "as_of": turn or until}
        if turn is not None:
            engine.validate(now)
    return events, now


def _next_version(engine: Deciding, after: str, until: str) -> str | None:
    """The first day after `after` on which another version comes into force, if that is by `until`."""
    days = [program.effective_from for program in engine.programs.values()]
    return min((day for day in days if after < day <= until), default=None)


def _event(happened: Happened, program: Program) -> Event:
    clause, interpreter, local = happened.clause, happened.interpreter, happened.local
    message = texts(clause, program, interpreter, local)
    return Event(
        happened.day,
        clause.id,
        clause.span.at,
        Said(clause, program).outcome(message) if clause.code else None,
        billed(clause, interpreter, local) or None,
        tuple(happened.effects),
        program.billing_words,
    )
