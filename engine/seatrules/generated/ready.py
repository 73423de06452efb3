"""The evaluator of generated functions; what is out of the ordinary they leave to the reference."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence, Set
from functools import cached_property
from typing import Any

from ..decision.decide import decide
from ..decision.incomplete import Given
from ..decision.plain_data import require_plain
from ..decision.request import action_problems, state_problems
from ..decision.values import Decision
from ..errors import EndlessEventError, RequestError, raise_problems
from ..program import Program
from ..program.parts import part_read
from .invariants import Invariants, generate_checked
from .ready_action import ReadyAction
from .ready_each import ReadyEach
from .verdict import (
    generate_check,
)


class CompiledEvaluator:
    """The evaluator of one version of a policy; each function is generated when it is first asked for."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._single: dict[str, ReadyAction] = {}
        self._several: dict[str, ReadyEach] = {}

    def action(self, name: str) -> ReadyAction | ReadyEach:
        """An action, ready to be decided.

        Raises:
            KeyError: there is no such action.
        """
        if (ready := self._single.get(name)) is not None:
            return ready
        if (each := self.program.actions[name].each) is None:
            return self.single(name)
        several = self._several.get(name)
        if several is None:
            several = self._several[name] = ReadyEach(self.program.actions[name], self.single(each.of))
        return several

    def single(self, name: str) -> ReadyAction:
        """An action that is decided by itself, ready to be.

        Raises:
            KeyError: there is no such action.
        """
        ready = self._single.get(name)
        if ready is None:
            # Two threads may both make it ready: in the same way, so that it does not matter whose is kept.
            ready = self._single[name] = ReadyAction(self.program, self.program.actions[name])
        return ready

    def decide(
        self,
        action: Any,
        state: Any,
        *,
        partial: bool = False,
        incomplete: Sequence[str] = (),
        later: Collection[Program] = (),
    ) -> Decision:
        """The decision, by the reference where that is partial or out of the ordinary.

        Raises:
            EndlessEventError: an event comes due again and again.
            RequestError: the action or the state is not well formed, or the events that come due can't happen.
        """
        if not partial and not incomplete:
            try:
                decision = self.action(action["type"]).decide(action, state, later)
            except (EndlessEventError, RequestError):
                raise
            except Exception:
                decision = None  # Objects that are no plain data may raise anything. The reference says what is wrong.
            if decision is not None:
                return decision
        return decide(self.program, action, state, partial=partial, incomplete=incomplete, later=later)

    def decide_on_valid(self, action: Any, state: Any) -> Decision | None:
        """The decision on a state that `checked` took, of an action in which no time passes; else nothing.

        Raises:
            RequestError: what explains the decision takes too many steps.
        """
        try:
            ready = self.action(action["type"])
            return ready.decide_on_valid(action, state) if ready.action_type.time_to is None else None
        except RequestError:
            raise
        except Exception:
            return None  # Objects that are no plain data may raise anything. The reference says what is wrong.

    def allows(self, action: Any, state: Any, *, later: Collection[Program] = ()) -> bool:
        try:
            allowed = self.action(action["type"]).allows(action, state)
        except Exception:
            allowed = None  # Objects that are no plain data may raise anything. The reference says what is wrong.
        return self.decide(action, state, later=later).allowed if allowed is None else allowed

    def part_read(self, action: Any, state: Any, given: Given) -> dict[str, Any]:
        """What deciding an action reads of a state.

        Raises:
            RequestError: the action or what it reads of the state is not well formed.
        """
        try:
            part = None if given.partial else self.action(action["type"]).part(action, state)
        except Exception:
            part = None  # Objects that are no plain data may raise anything. What is wrong is said below.
        if part is not None:
            return part
        require_plain(action=action, state=state)
        reads = self.program.actions[action["type"]].reads
        raise_problems(action_problems(action, self.program, state, given.incomplete))
        raise_problems(
            state_problems(state, self.program, reads, action, partial=given.partial, incomplete=given.incomplete)
        )
        checked: dict[str, Any] = part_read(state, self.program.state, reads, action)
        return checked

    @cached_property
    def is_valid(self) -> Callable[[Any], bool | None]:
        """Whether a value is a state of the policy in every part; nothing where the reference has to decide that."""
        return generate_check(self.program)

    @cached_property
    def is_ordinary(self) -> Callable[[Any], bool | None]:
        """The same of a state in which every number that is counted with is ordinary as well: see `decide_on_valid`."""
        return generate_check(self.program, self.program.counted)

    @cached_property
    def by_step(self) -> Invariants:
        """What has to hold after a step, compared with the state before it where an invariant does so."""
        return Invariants(self.program, self.program.invariants, "invariants")

    @cached_property
    def in_state(self) -> Invariants:
        """What has to hold of a state by itself."""
        return Invariants(self.program, self.program.state_invariants, "invariants of a state")

    @cached_property
    def checked(self) -> Callable[[Any], tuple[Set[int], Set[int]] | None]:
        """From a state to the numbers of the invariants of `in_state`, and of `asides`, that it does not keep.

        Nothing where the state is not valid in every part and ordinary, or the reference has to say it.
        """
        return generate_checked(self.program, self.program.state_invariants, self.program.asides)

    @cached_property
    def asides(self) -> Invariants:
        """The warnings that stand beside reasons."""
        return Invariants(self.program, self.program.asides, "invariants beside reasons")
