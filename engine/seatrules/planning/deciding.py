"""What planning needs of an engine, so that planning does not import the engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from ..decision.invariants import BrokenInvariant, CheckedState
from ..decision.values import Decision
from ..generated.ready import CompiledEvaluator
from ..language.interpret import Interpreter
from ..program import Program


class Deciding(Protocol):
    """An engine, as far as planning needs it."""

    @property
    def make_interpreter(self) -> Callable[..., Interpreter]: ...

    @property
    def programs(self) -> Mapping[str, Program]: ...

    @property
    def with_choice(self) -> Callable[[Program, str, Any, str], Program]: ...

    def decide(
        self, action: Mapping[str, Any], state: Mapping[str, Any], *, version: str | None = None
    ) -> Decision: ...

    def validate(
        self, state: Mapping[str, Any], *, version: str | None = None, invariants: bool = True
    ) -> CheckedState: ...

    def beside(
        self, checked: CheckedState, codes: Collection[str], state: Mapping[str, Any], *, version: str | None = None
    ) -> CheckedState: ...

    def broken_invariants(
        self, state: Mapping[str, Any], old: Mapping[str, Any] | None = None, *, version: str | None = None
    ) -> tuple[BrokenInvariant, ...]: ...

    def program_for(self, state: Any, version: str | None = None) -> Program: ...

    def compiled(self, state: Mapping[str, Any], version: str | None = None) -> CompiledEvaluator: ...
