"""Takes a sequence of actions, each on the state that the ones before it left."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ..change.effects import Effect, apply_effects
from ..change.events import Happened
from ..change.passing import Passed
from ..decision.explanation import billed, event_wording, origin_of
from ..decision.invariants import BrokenInvariant, CheckedState
from ..decision.plain_data import require_plain
from ..decision.prose import Naming, Prose
from ..errors import RequestError, RequestProblem
from ..program import Program
from .deciding import Deciding
from .passing import wait
from .prose import timeline_sentences
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
    checked, proposed = _read(engine, steps, state, version, invariants=invariants)
    taking = Taking(engine, version, state, invariants=invariants)
    current, steps_taken = copy.deepcopy(state), []
    for step_proposed in proposed:
        step, current = taking.take(step_proposed, current)
        steps_taken.append(step)
        if step.broken or not (step.allowed or keep_going):
            break
    programs = [engine.program_for(each, version) for each in (state, current)]
    start, end = (program.policy for program in programs)
    timeline = Timeline(tuple(steps_taken), len(proposed) - len(steps_taken), current, end, start, checked)
    actions = [step.action for step in steps_taken if step.action]
    first, last = (Naming.of(program, of, actions) for program, of in zip(programs, (state, current), strict=True))
    naming = last._replace(others=last.others | first.others)
    return replace(timeline, prose=Prose(partial(timeline_sentences, timeline, naming), end.languages))


def _read(
    engine: Deciding, steps: Any, state: Any, version: str | None, *, invariants: bool
) -> tuple[CheckedState, list[Proposed]]:
    """What is to be said of the state, and the steps.

    Raises:
        RequestError: with everything that is wrong with either.
    """
    problems = list[RequestProblem]()
    checked, proposed = None, None
    try:
        checked = engine.validate(state, version=version, invariants=invariants)
    except RequestError as error:
        problems += error.problems
    try:
        proposed = read_steps(engine, steps, state, version)
    except RequestError as error:
        problems += error.problems
    if checked is None or proposed is None:
        raise RequestError(problems)
    return checked, proposed


class Taking:
    """Takes steps from one state on, which is never changed; the states that they leave share with it."""

    def __init__(
        self,
        engine: Deciding,
        version: str | None,
        state: Mapping[str, Any],
        *,
        invariants: bool = True,
        apply: Callable[[tuple[Effect, ...], Mapping[str, Any]], dict[str, Any]] = apply_effects,
    ) -> None:
        self.engine, self.version, self.state, self._apply = engine, version, state, apply
        every = () if invariants else engine.broken_invariants(state, version=version)
        self._already_broken: Collection[tuple[Any, ...]] = {each.key for each in every}

    def all_of(self, runs: Iterable[Iterable[Mapping[str, Any]]]) -> list[tuple[Step, Mapping[str, Any]]] | None:
        """Every step of every run, with the state before it; nothing where one is denied, or breaks an invariant.

        What is asked of the states is asked after the last step of a run, whose steps are alike.
        """
        current: Mapping[str, Any] = self.state
        steps: list[tuple[Step, Mapping[str, Any]]] = []
        for actions in map(list, runs):
            for number, action in enumerate(actions, 1):
                proposed = Proposed(len(steps), None, dict(action), ("steps", len(steps)))
                try:
                    step, after = self.take(proposed, current, checking=number == len(actions))
                except RequestError:
                    return None
                if not step.allowed:
                    return None
                steps.append((step, current))
                current = after
        return steps

    def _broken_by(self, after: Mapping[str, Any], before: Mapping[str, Any]) -> _Broken:
        every = self.engine.broken_invariants(after, before, version=self.version)
        errors = tuple(each for each in every if each.is_error and each.key not in self._already_broken)
        return errors, tuple(each for each in every if not each.is_error)

    def _waited(self, action: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
        """Whether an action lets time pass up to a day that has come."""
        time_to = self.engine.program_for(state, self.version).actions[action["type"]].time_to
        return time_to is not None and bool(action[time_to] == state["as_of"])

    def take(self, step: Proposed, state: Mapping[str, Any], *, checking: bool = True) -> tuple[Step, dict[str, Any]]:
        """One step, and the state that it leaves; of that the invariants are asked where it is `checking`.

        Raises:
            RequestError: the step is before the state's day, or can't be taken on the state.
        """
        engine, version = self.engine, self.version
        if problems := list(out_of_order(step, state["as_of"])):
            raise RequestError(problems)
        date = step.at or state["as_of"]
        with step.placed(date):
            passed = wait(engine, state, date, version) if step.at is not None else Passed([], (), dict(state))
            current = passed.state
            make_step = partial(
                Step,
                step.index + 1,
                date,
                step.action or {},
                passed.versions,
                tuple(event_of(program, each) for program, each in passed.events),
            )
            broken = self._broken_by(current, state) if step.at is not None else _NONE_BROKEN
            if broken[0] or step.action is None:
                return make_step(None, *broken), current
            decision = engine.decide(step.action, current, version=version)
            if not decision.allowed:
                checked = engine.beside(CheckedState(broken[1]), decision.codes, current, version=version)
                return make_step(decision, broken[0], checked.warnings), current
            after = self._apply(decision.details.effects, current)
            if engine.program_for(after, version) is not engine.program_for(current, version):
                engine.validate(after, invariants=False)
            broken = self._broken_by(after, current) if checking else _NONE_BROKEN
        return make_step(decision, *broken, waited=self._waited(step.action, current)), after


def event_of(program: Program, happened: Happened) -> Event:
    """What happened, as a value."""
    clause, interpreter, local = happened.clause, happened.interpreter, happened.local
    return Event(
        origin_of(clause, program),
        event_wording(clause, program, interpreter, local),
        happened.day,
        billed(clause, interpreter, local) or (),
        tuple(happened.effects),
        program.policy,
    )
