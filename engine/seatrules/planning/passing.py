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
    current = dict(state)
    if until <= current["as_of"]:
        return events, current
    while True:
        program = engine.program_for(current, version)
        next_start = next_version(engine, current["as_of"], version)
        crossing = next_start if next_start is not None and next_start <= until else None
        try:
            last = until if crossing is None else add_days(crossing, -1)
            happened, current = run_events(program, Interpreter(current, {}, program.facts), last)
        except OutOfRangeError as error:
            raise out_of_range(error) from None
        events += [(program, each) for each in happened]
        current = {**current, "as_of": crossing or until}
        if crossing is None:
            return events, current
        engine.validate(current, invariants=False)


def next_version(engine: Deciding, day: str, version: str | None = None) -> str | None:
    """The first day after `day` on which another version comes into force; none where one is named."""
    later = (program.effective_from for program in engine.programs.values() if program.effective_from > day)
    return None if version is not None else min(later, default=None)
