"""Takes a sequence of actions, each on the state that the ones before it left."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from ..change.effects import apply_effects
from ..change.events import Happened
from ..change.passing import Passed
from ..decision.explanation import billed, event_wording, origin_of
from ..decision.invariants import BrokenInvariant, CheckedState
from ..decision.plain_data import require_plain
from ..errors import RequestError
from ..program import Program
from .deciding import Deciding
from .passing import wait
from .steps import Proposed, out_of_order, read_steps
from .timeline import Event, Step, Timeline

_Broken = tuple[tuple[BrokenInvariant, ...], tuple[BrokenInvariant, ...]]
"""The errors and the warnings."""
_NONE_BROKEN: _Broken = ((), ())


def simulate(
    engine: Deciding,
    steps: Any,
    state: Any,
    *,
    keep_going: bool = False,
    version: str | None = None,
    invariants: bool = True,
) -> Timeline:
    """What comes of the steps, taken in order from `state`; neither is changed or kept.

    A step that is denied is the last, unless `keep_going`; one that breaks an invariant always is.

    Args:
        invariants: refuse a state that breaks one to begin with; else what it breaks already is no finding.

    Raises:
        RequestError: the state or a step is not well formed, or the state breaks an invariant.
        UsageError: there is no such version.
    """
    require_plain(state=state, steps=steps)
    checked = engine.validate(state, version=version, invariants=invariants)
    already_broken = set() if invariants else {each.key for each in engine.broken_invariants(state, version=version)}
    proposed = read_steps(engine, steps, state, version)
    current, steps_taken = copy.deepcopy(state), []
    for step_proposed in proposed:
        step, current = _take(engine, step_proposed, current, version, already_broken)
        steps_taken.append(step)
        if step.broken or not (step.allowed or keep_going):
            break
    start, end = (engine.program_for(each, version).policy for each in (state, current))
    return Timeline(tuple(steps_taken), len(proposed) - len(steps_taken), current, end, start, checked)


def _take(
    engine: Deciding,
    step: Proposed,
    state: dict[str, Any],
    version: str | None,
    already_broken: Collection[tuple[Any, ...]],
) -> tuple[Step, dict[str, Any]]:
    """One step, and the state that it leaves."""

    def broken_by(after: Mapping[str, Any], before: Mapping[str, Any]) -> _Broken:
        every = engine.broken_invariants(after, before, version=version)
        errors = tuple(each for each in every if each.is_error and each.key not in already_broken)
        return errors, tuple(each for each in every if not each.is_error)

    if problems := list(out_of_order(step, state["as_of"])):
        raise RequestError(problems)
    date = step.at or state["as_of"]
    with step.placed(date):
        passed = wait(engine, state, date, version) if step.at is not None else Passed([], (), state)
        current = passed.state
        make_step = partial(
            Step,
            step.index + 1,
            date,
            step.action,
            passed.versions,
            tuple(_event(program, each) for program, each in passed.events),
        )
        broken = broken_by(current, state) if step.at is not None else _NONE_BROKEN
        if broken[0]:
            return make_step(None, *broken), current
        decision = engine.decide(step.action, current, version=version)
        if not decision.allowed:
            checked = engine.beside(CheckedState(broken[1]), decision.codes, current, version=version)
            return make_step(decision, broken[0], checked.warnings), current
        after = apply_effects(decision.details.effects, current)
        if engine.program_for(after, version) is not engine.program_for(current, version):
            engine.validate(after, invariants=False)
        broken = broken_by(after, current)
    return make_step(decision, *broken), after


def _event(program: Program, happened: Happened) -> Event:
    clause, interpreter, local = happened.clause, happened.interpreter, happened.local
    return Event(
        origin_of(clause, program),
        event_wording(clause, program, interpreter, local),
        happened.day,
        billed(clause, interpreter, local) or (),
        tuple(happened.effects),
        program.policy,
    )
