"""Checks that a state keeps the policy's invariants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..change.effects import clause_entries
from ..decision.explanation import conditions, origin_of, wording
from ..decision.request import out_of_range
from ..diagnostics import RequestError, RequestProblem
from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter
from ..program import Clause, Program
from ..program.program import OLD
from .deciding import Deciding
from .timeline import BrokenInvariant


def broken_invariants(
    program: Program, state: Mapping[str, Any], old: Mapping[str, Any]
) -> tuple[BrokenInvariant, ...]:
    """The invariants that a state does not keep, where `old` is the state before the step; both are valid.

    Raises:
        RequestError: an invariant counts with a day beyond the years that dates have.
    """
    interpreter = Interpreter({**state, OLD: old}, {}, program.facts, computed={})
    try:
        return tuple(broken for clause in program.invariants for broken in _broken(clause, interpreter, program))
    except OutOfRangeError as error:
        raise out_of_range(error) from None


def _broken(clause: Clause, interpreter: Interpreter, program: Program) -> Iterator[BrokenInvariant]:
    for local in clause_entries(clause, interpreter):
        # What is not known breaks an invariant too; in a valid state, everything that is required is known.
        if interpreter.value(clause.asked, local) is not True:
            evaluated = tuple(
                each._replace(holds=each.holds is True) for each in conditions(clause, interpreter, local)
            )
            yield BrokenInvariant(origin_of(clause, program), wording(clause, program, interpreter, local), evaluated)


def require_invariants(engine: Deciding, state: Mapping[str, Any], version: str | None) -> None:
    """Make sure that a state keeps every invariant, before anything is done to it.

    Raises:
        RequestError: with each that it breaks.
    """
    if all_broken := engine.broken_invariants(state, version=version):
        language = engine.program_for(state, version).languages[0]
        raise RequestError(
            RequestProblem(
                "broken_invariant", f"the state breaks `{broken.rule}`: {broken.message(language)}", "/state"
            )
            for broken in all_broken
        )
