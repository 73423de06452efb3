"""Lets time pass: the events that come due, by the version of the policy in force on their day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..change.events import Happened, run_events
from ..decision.request import out_of_range
from ..language.days import OutOfRangeError, add_days
from ..language.interpret import Interpreter
from ..program import Program
from .deciding import Deciding


def pass_time(
    engine: Deciding, state: Mapping[str, Any], until: str, version: str | None
) -> tuple[list[tuple[Program, Happened]], dict[str, Any]]:
    """The events due by `until`, each with its version, and the state that they leave on that day.

    Where a later version comes into force on the way, events due before that day are the earlier version's. A version
    that is named is in force all the time.

    Raises:
        RequestError: an event can't be carried out, or the state is none of the later version's.
    """
    events: list[tuple[Program, Happened]] = []
    now = dict(state)
    if until <= now["as_of"]:
        return events, now
    while True:
        program = engine.program_for(now, version)
        turn = next_version(engine, now["as_of"], version)
        crossed = turn if turn is not None and turn <= until else None
        try:
            last = until if crossed is None else add_days(crossed, -1)
            happened, now = run_events(program, Interpreter(now, {}, program.facts), last)
        except OutOfRangeError as error:
            raise out_of_range(error) from None
        events += [(program, each) for each in happened]
        now = {**now, "as_of": crossed or until}
        if crossed is None:
            return events, now
        engine.validate(now)


def next_version(engine: Deciding, day: str, version: str | None = None) -> str | None:
    """The first day after `day` on which another version comes into force; none where one is named."""
    later = (program.effective_from for program in engine.programs.values() if program.effective_from > day)
    return None if version is not None else min(later, default=None)
