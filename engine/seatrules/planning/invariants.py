"""Checks that a state keeps the policy's invariants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..change.effects import clause_entries
from ..compiler import Clause, Program
from ..compiler.program import OLD
from ..decision.request import out_of_range
from ..decision.said import citations, texts
from ..decision.values import Condition
from ..diagnostics import RequestError, RequestProblem
from ..language.functions import OutOfRangeError
from ..language.interpret import Interpreter
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
        if any(interpreter.value(item, local) is not True for item in clause.require):
            conditions = tuple(_conditions(clause, interpreter, local))
            message = texts(clause, program, interpreter, local)
            yield BrokenInvariant(clause.id, clause.span.at, conditions, citations(clause, program), message)


def _conditions(clause: Clause, interpreter: Interpreter, local: Mapping[str, Any]) -> Iterator[Condition]:
    for item in clause.require:
        holds, facts = interpreter.traced(item, local)
        yield Condition(item.text, holds is True, facts)


def require_invariants(engine: Deciding, state: Mapping[str, Any], version: str | None) -> None:
    """Make sure that a state keeps every invariant, before anything is done to it.

    Raises:
        RequestError: with each that it breaks.
    """
    if found := engine.broken_invariants(state, version=version):
        language = engine.program_for(state, version).languages[0]
        raise RequestError(
            RequestProblem(
                "broken_invariant", f"the state breaks `{broken.rule}`: {broken.message(language)}", "/state"
            )
            for broken in found
        )
