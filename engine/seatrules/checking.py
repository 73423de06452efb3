"""Checks the whole of a state, and says everything that is wrong with a request; deciding checks only what it reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from itertools import chain, islice
from typing import Any

from .decision.incomplete import Given
from .decision.invariants import (
    ALL_KEPT,
    NOTHING_TO_SAY,
    BrokenInvariant,
    CheckedState,
    broken_invariants,
    warnings_beside,
)
from .decision.plain_data import require_plain
from .decision.request import action_problems, state_problems
from .decision.values import Decision
from .errors import MAX_PROBLEMS, RequestError, RequestProblem, raise_problems
from .generated.ready import CompiledEvaluator
from .planning.deciding import Deciding
from .program import Program

State = Mapping[str, Any]


def validated(
    engine: Deciding, state: State, version: str | None, partial: bool, incomplete: Sequence[str], *, invariants: bool
) -> CheckedState:
    """What a state that is well formed breaks; see `Engine.validate`."""
    if partial:
        require_plain(state=state)
        return validated_by_reference(engine, state, version, partial, incomplete, invariants=invariants)
    if invariants and (checked := _at_once(engine, state, version)) is not None:
        return checked
    compiled = well_formed(engine, state, version)
    if not invariants:
        return CheckedState(invariants=False)
    broken = compiled.in_state.explained(compiled.in_state.broken(state), state)
    return _unless_errors(broken, compiled.program) if broken else NOTHING_TO_SAY


def validated_by_reference(
    engine: Deciding, state: State, version: str | None, partial: bool, incomplete: Sequence[str], *, invariants: bool
) -> CheckedState:
    """The same, for which nothing is generated."""
    program, problems = _problems_of_state(engine, state, version, partial=partial, incomplete=incomplete)
    raise_problems(problems)
    if not invariants:
        return CheckedState(invariants=False)
    broken = broken_invariants(program, _as_given(state, program, partial, incomplete), partial=partial)
    return _unless_errors(broken, program) if broken else NOTHING_TO_SAY


def _as_given(state: State, program: Program, partial: bool, incomplete: Sequence[str]) -> State:
    """A state, in which what is not given is marked, if that matters."""
    return Given.of(partial, incomplete, program).marked(state, program) if partial else state


def _at_once(engine: Deciding, state: State, version: str | None) -> CheckedState | None:
    """What a state that is well formed breaks, if that is found in one go.

    Raises:
        RequestError: it breaks an invariant of severity `error`.
    """
    try:
        compiled = engine.compiled(state, version)
        numbers = compiled.checked(state)
    except Exception:
        return None  # Objects that are no plain data may raise anything. The reference says what is wrong.
    return None if numbers is None else _in_words(compiled, state, *numbers)


def _in_words(compiled: CompiledEvaluator, state: State, broken: Set[int], asides: Set[int]) -> CheckedState:
    """The state of which the numbers are known of what it breaks.

    Raises:
        RequestError: one of them is an error.
    """
    if not broken:
        return CheckedState(asides=asides) if asides else ALL_KEPT
    return _unless_errors(compiled.in_state.explained(broken, state), compiled.program, asides)


def decided_at_once(
    engine: Deciding, action: Mapping[str, Any], state: State, version: str | None
) -> tuple[Decision, CheckedState] | None:
    """The decision on a request, and what is to be said of the state beside it, if both are found in one go.

    Raises:
        RequestError: the state breaks an invariant of severity `error`.
    """
    try:
        compiled = engine.compiled(state, version)
        numbers = compiled.checked(state)
    except Exception:
        return None  # Objects that are no plain data may raise anything. The reference says what is wrong.
    if numbers is None:
        return None
    broken, asides = numbers
    checked = _in_words(compiled, state, broken, asides) if broken else NOTHING_TO_SAY
    decision = compiled.decide_on_valid(action, state)
    if decision is None:
        return None
    decision._named = version is not None
    codes = decision.codes
    if codes and asides and (known := asides & compiled.asides.beside(codes)):
        checked = CheckedState((*checked.warnings, *compiled.asides.explained(known, state)))
    return decision, checked


def _unless_errors(
    broken: tuple[BrokenInvariant, ...], program: Program, asides: Set[int] | None = None
) -> CheckedState:
    """A state that breaks these invariants.

    Raises:
        RequestError: one of them is an error.
    """
    if errors := [each for each in broken if each.is_error]:
        raise RequestError(each.as_problem(program.languages) for each in errors)
    return CheckedState(broken, asides=asides)


def with_warnings_beside(
    engine: Deciding,
    checked: CheckedState,
    codes: Collection[str],
    state: State,
    version: str | None,
    partial: bool,
    incomplete: Sequence[str],
) -> CheckedState:
    """What was said of a state, with the warnings that stand beside reasons with these codes."""
    if partial:
        return with_warnings_by_reference(engine, checked, codes, state, version, partial, incomplete)
    asides = engine.compiled(state, version).asides
    asked = asides.beside(codes)
    broken = asides.broken(state) if checked._asides is None and asked else checked._asides
    if not asked or (broken is not None and broken.isdisjoint(asked)):
        return checked
    well_formed(engine, state, version)
    known = None if broken is None else broken & asked
    warnings = warnings_beside(asides.program, codes, state) if known is None else asides.explained(known, state)
    return CheckedState((*checked.warnings, *warnings)) if warnings else checked


def with_warnings_by_reference(
    engine: Deciding,
    checked: CheckedState,
    codes: Collection[str],
    state: State,
    version: str | None,
    partial: bool,
    incomplete: Sequence[str],
) -> CheckedState:
    """The same, for which nothing is generated."""
    program = engine.program_for(state, version)
    if not program.asides:
        return checked
    warnings = warnings_beside(program, codes, _as_given(state, program, partial, incomplete), partial=partial)
    return CheckedState((*checked.warnings, *warnings)) if warnings else checked


def well_formed(
    engine: Deciding, state: State, version: str | None, *, partial: bool = False, incomplete: Sequence[str] = ()
) -> CompiledEvaluator:
    """The generated functions for a state, after making sure that it is well formed.

    Raises:
        RequestError: it is not.
    """
    try:
        compiled = engine.compiled(state, version)
        if not partial and compiled.is_valid(state):
            return compiled
    except Exception:
        pass  # Objects that are no plain data may raise anything. The reference says what is wrong.
    require_plain(state=state)
    _, problems = _problems_of_state(engine, state, version, partial=partial, incomplete=incomplete)
    raise_problems(problems)
    return engine.compiled(state, version)


def problems_of(
    engine: Deciding,
    action: Mapping[str, Any],
    state: State,
    version: str | None,
    *,
    partial: bool,
    incomplete: Sequence[str],
) -> tuple[RequestProblem, ...]:
    """Everything that is wrong with a request, up to one more than are told; see `Engine.problems`."""
    require_plain(state=state, action=action)
    program, of_state = _problems_of_state(engine, state, version, partial=partial, incomplete=incomplete)
    of_action = action_problems(action, program, state, Given.of(partial, incomplete, program).incomplete)
    return tuple(islice(chain(of_state, of_action), MAX_PROBLEMS + 1))


def _problems_of_state(
    engine: Deciding, state: State, version: str | None, *, partial: bool, incomplete: Sequence[str]
) -> tuple[Program, Iterator[RequestProblem]]:
    """Everything that is wrong with a state, and the version that says so: the newest, where the day says none."""
    of_day: tuple[RequestProblem, ...] = ()
    try:
        program = engine.program_for(state, version)
    except RequestError as error:
        of_day, program = error.problems, engine.programs[[*engine.programs][-1]]
    known = {problem.path for problem in of_day}
    given = Given.of(partial, incomplete, program)
    rest = state_problems(state, program, partial=given.partial, incomplete=given.incomplete)
    return program, chain(of_day, (each for each in rest if each.path not in known))
