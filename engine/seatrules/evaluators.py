"""What may decide, by name: all come to the same decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from .decision.decide import ReferenceEvaluator
from .decision.evaluator import Evaluator
from .errors import known_by_name
from .generated.ready import CompiledEvaluator
from .program import Program

EvaluatorName = Literal["compiled", "interpreter", "durable"]


def evaluator_named(name: str) -> Callable[[Program], Evaluator]:
    """What makes the evaluator that is named.

    Raises:
        UsageError: there is no such evaluator.
    """
    return known_by_name("evaluator", name, EVALUATORS)


def _durable(program: Program) -> Evaluator:
    from .durable.evaluate import DurableEvaluator  # an extra that few install

    return DurableEvaluator(program)


EVALUATORS: Mapping[str, Callable[[Program], Evaluator]] = {
    "compiled": CompiledEvaluator,
    "interpreter": ReferenceEvaluator,
    "durable": _durable,
}
