"""Makes steps that break an invariant fewer, from whichever known state that can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import RequestError
from ..planning.simulate import Taking
from ..planning.steps import Proposed
from ..planning.timeline import Step as Taken

Step = Mapping[str, Any]
"""An action, or one `at` a date."""


class BreakingSteps(NamedTuple):
    """Steps of which the last breaks the invariant `rule`, and the number of the state that they begin on."""

    rule: str
    start: int
    steps: tuple[Step, ...]


def take(taking: Taking, step: Step, state: Mapping[str, Any]) -> tuple[Taken, dict[str, Any]]:
    """What comes of a step, and the state that it leaves.

    Raises:
        RequestError: it can't be taken on the state.
    """
    return taking.take(Proposed(0, step.get("at"), dict(step.get("action", step)), ("steps", 0)), state)


def shrunk(broken: BreakingSteps, starts: Sequence[Taking]) -> BreakingSteps:
    """The same without the steps and the dates that it does without."""
    return _shrunk_from(broken.start, broken, starts)


def shrunk_elsewhere(broken: BreakingSteps, starts: Sequence[Taking]) -> BreakingSteps:
    """The same, begun on another state, where it does without a step or a date there."""
    for start in range(len(starts)):
        if (shorter := _shrunk_from(start, broken, starts)) is not broken:
            return shrunk_elsewhere(shorter, starts)
    return broken


def _shrunk_from(start: int, broken: BreakingSteps, starts: Sequence[Taking]) -> BreakingSteps:
    for shorter in _shorter(broken.steps):
        if broken.rule in _broken_by(shorter, starts[start]):
            return _shrunk_from(start, broken._replace(start=start, steps=shorter), starts)
    return broken


def _broken_by(steps: Sequence[Step], taking: Taking) -> list[str]:
    """The invariants that the last of the steps breaks, if those before it are allowed and keep all."""
    current: Mapping[str, Any] = taking.state
    for number, step in enumerate(steps, 1):
        try:
            taken, current = take(taking, step, current)
        except RequestError:
            break
        if not taken.allowed:
            return [each.rule for each in taken.broken] if number == len(steps) else []
    return []


def _shorter(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """The steps with one left out, then with one date left out."""
    for index in reversed(range(len(steps))):
        if len(steps) > 1:
            yield (*steps[:index], *steps[index + 1 :])
    for index, step in enumerate(steps):
        if "at" in step and "action" in step:
            yield (*steps[:index], step["action"], *steps[index + 1 :])
