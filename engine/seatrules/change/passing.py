"""Lets time pass over the versions of a policy: each event is the one of the version in force on its own day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ..errors import RequestError
from ..language.days import add_days
from ..language.interpret import Interpreter
from ..program import PolicyVersion, Program
from ..words import phrase
from .events import Happened, run_events

Check = Callable[[Program, dict[str, Any]], dict[str, Any]]
"""A state as one of a version's; raises a `RequestError` where it is not."""


class InForce(NamedTuple):
    """A version that came into force on the way, on the day `since`."""

    since: str
    policy: PolicyVersion

    def as_dict(self) -> dict[str, Any]:
        return {"from": self.since, **self.policy.as_dict()}


class Passed(NamedTuple):
    """The events that came due, each with its version; the versions that came into force; the state that is left."""

    events: list[tuple[Program, Happened]]
    versions: tuple[InForce, ...]
    state: dict[str, Any]


def pass_time(program: Program, interpreter: Interpreter, until: str, later: Iterable[Program], check: Check) -> Passed:
    """What comes of letting time pass up to `until`, and the state on that day.

    `program` is in force to begin with; those of `later`, which are in order, from their first day on. What is due on
    that very day is the later version's, and so is what only that version finds to be overdue. From the first thing
    that is not known on nothing is said of what happens.

    Raises:
        RequestError: an event can't be carried out, or the state is none of a later version's.
        OutOfRangeError: a day comes to lie beyond the years that dates have.
    """
    events: list[tuple[Program, Happened]] = []
    versions: list[InForce] = []
    for following in [each for each in later if each.effective_from <= until]:
        happened, state = run_events(program, interpreter, add_days(following.effective_from, -1))
        events += [(program, each) for each in happened]
        versions.append(InForce(following.effective_from, following.policy))
        if interpreter.missing:
            continue  # nothing more is said of what happens, nor is a state that may be another checked
        state = _fitting(following, {**state, "as_of": following.effective_from}, check)
        program = following
        interpreter = interpreter.on(state).but(facts=program.facts)
    happened, state = run_events(program, interpreter, until)
    events += [(program, each) for each in happened]
    return Passed(events, tuple(versions), {**state, "as_of": until})


def _fitting(program: Program, state: dict[str, Any], check: Check) -> dict[str, Any]:
    """The state that time has led to, as one of the version that comes into force."""
    try:
        return check(program, state)
    except RequestError as error:
        version, day = program.version, program.effective_from
        raise RequestError(
            problem._replace(what=phrase("does_not_fit_version", version=version, day=day, problem=problem.what))
            for problem in error.problems
        ) from None
