"""An engine for which nothing is generated: the reference computes all, which is the least for a few questions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...decision.incomplete import Given
from ...decision.invariants import (
    NOTHING_TO_SAY,
    BrokenInvariant,
    CheckedState,
    broken_invariants,
    warnings_beside,
)
from ...engine import Engine
from ...errors import RequestError, raise_problems


@dataclass(frozen=True, eq=False)
class PlainEngine(Engine):
    """Decides, and asks the invariants, by the reference alone; `spoken` are its languages."""

    spoken: tuple[str, ...] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        return self.spoken

    def validate(
        self,
        state: Mapping[str, Any],
        *,
        version: str | None = None,
        partial: bool = False,
        incomplete: Sequence[str] = (),
        invariants: bool = True,
    ) -> CheckedState:
        program, problems = self._problems_of_state(state, version, partial=partial, incomplete=incomplete)
        raise_problems(problems)
        if not invariants:
            return CheckedState(invariants=False)
        given = Given.of(partial, incomplete, program)
        asked = given.marked(state, program) if given.partial else state
        broken = broken_invariants(program, asked, partial=given.partial)
        if errors := [each for each in broken if each.is_error]:
            raise RequestError(each.as_problem(program.languages) for each in errors)
        return CheckedState(broken) if broken else NOTHING_TO_SAY

    def beside(
        self,
        checked: CheckedState,
        codes: Collection[str],
        state: Mapping[str, Any],
        *,
        version: str | None = None,
        partial: bool = False,
        incomplete: Sequence[str] = (),
    ) -> CheckedState:
        program = self.program_for(state, version)
        if not codes or not checked.invariants or not program.asides:
            return checked
        given = Given.of(partial, incomplete, program)
        asked = given.marked(state, program) if given.partial else state
        warnings = warnings_beside(program, codes, asked, partial=given.partial)
        return CheckedState((*checked.warnings, *warnings)) if warnings else checked

    def broken_invariants(
        self, state: Mapping[str, Any], old: Mapping[str, Any] | None = None, *, version: str | None = None
    ) -> tuple[BrokenInvariant, ...]:
        return broken_invariants(self.program_for(state, version), state, old)
