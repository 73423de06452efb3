"""An engine for which nothing is generated: the reference computes all, which is the least for a few questions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ...checking import validated_by_reference, with_warnings_by_reference
from ...decision.invariants import BrokenInvariant, CheckedState, broken_invariants
from ...engine import Engine


class PlainEngine(Engine):
    """Decides, and asks the invariants, by the reference alone."""

    def validate(
        self,
        state: Mapping[str, Any],
        *,
        version: str | None = None,
        partial: bool = False,
        incomplete: Sequence[str] = (),
        invariants: bool = True,
    ) -> CheckedState:
        partial = bool(partial or incomplete)
        return validated_by_reference(self, state, version, partial, incomplete, invariants=invariants)

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
        if not codes or not checked.invariants:
            return checked
        partial = bool(partial or incomplete)
        return with_warnings_by_reference(self, checked, codes, state, version, partial, incomplete)

    def broken_invariants(
        self, state: Mapping[str, Any], old: Mapping[str, Any] | None = None, *, version: str | None = None
    ) -> tuple[BrokenInvariant, ...]:
        return broken_invariants(self.program_for(state, version), state, old)
