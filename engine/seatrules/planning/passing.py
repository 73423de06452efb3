"""Lets time pass, as an engine's versions have it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import takewhile
from typing import Any

from ..change.passing import Passed, pass_time
from ..decision.request import out_of_range
from ..language.days import OutOfRangeError
from ..language.limits import Meter
from ..program import Program
from .deciding import Deciding


def wait(
    engine: Deciding, state: Mapping[str, Any], until: str, version: str | None, meter: Meter | None = None
) -> Passed:
    """What comes of letting time pass up to `until`; what is due on the state's own day happens too.

    Where a later version comes into force on the way, events due before that day are the earlier version's. A version
    that is named is in force all the time. What a `meter` raises ends it.

    Raises:
        RequestError: an event can't be carried out, or the state is none of a later version's.
    """
    program = engine.program_for(state, version)
    interpreter = engine.make_interpreter({}, state, program.facts, meter=meter)
    try:
        return pass_time(
            program,
            interpreter,
            until,
            later_versions(engine, state["as_of"], version),
            partial(require_well_formed, engine),
        )
    except OutOfRangeError as error:
        raise out_of_range(error) from None


def later_versions(engine: Deciding, day: str, version: str | None) -> list[Program]:
    """The versions that come into force after `day`, in order; none where one is named. No earlier ones are read."""
    newest_first = (engine.programs[name] for name in reversed([] if version is not None else list(engine.programs)))
    return list(takewhile(lambda program: program.effective_from > day, newest_first))[::-1]


def require_well_formed(engine: Deciding, following: Program, state: dict[str, Any]) -> dict[str, Any]:
    """The state as one of the version that comes into force; of its invariants each step is asked.

    Raises:
        RequestError: it is none.
    """
    engine.validate(state, version=following.version, invariants=False)
    return state


def next_version(engine: Deciding, day: str, version: str | None = None) -> str | None:
    """The first day after `day` on which another version comes into force; none where one is named."""
    return next((program.effective_from for program in later_versions(engine, day, version)), None)
