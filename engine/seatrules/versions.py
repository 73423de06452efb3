"""The versions that an engine decides by, and whether a decision is still one by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from .change.effects import path_text
from .decision.evaluator import Evaluator
from .decision.values import Decision
from .diagnostics import echo
from .errors import RequestError, StaleDecisionError
from .generated.ready import Compiled
from .language.text import pointer
from .program import PolicyVersion, Program
from .program.parts import first_difference


class Version(NamedTuple):
    """A version of the policy, with its evaluator; planning uses its generated functions whatever the evaluator.

    `later` are the versions that come into force after it, in order.
    """

    effective_from: str
    evaluator: Evaluator
    compiled: Compiled
    later: tuple[Program, ...]

    @classmethod
    def of(cls, program: Program, make: Callable[[Program], Evaluator], later: Iterable[Program]) -> Version:
        evaluator = make(program)
        compiled = evaluator if isinstance(evaluator, Compiled) else Compiled(program)
        return cls(program.effective_from, evaluator, compiled, tuple(later))


def why_stale(
    decision: Decision, state: Mapping[str, Any], versions: Mapping[str, Version]
) -> StaleDecisionError | None:
    """Why a decision is not one on this state by these versions, in their order, if it is not."""
    if (other := _other_policy(decision, versions)) is not None:
        return StaleDecisionError(f"the policy is not the one that decided: {other}")
    compiled = versions[decision.policy.version].compiled
    try:
        now = compiled.part_read(decision._action, state, decision._scope.given)
    except RequestError as error:
        return StaleDecisionError(f"the state is not the one that was decided on: {error.message}", error.path)
    if (difference := first_difference(decision._part, now)) is None:
        return None
    where, what = difference
    message = f"the state is not the one that was decided on: `{echo(path_text(where))}` {what}"
    return StaleDecisionError(message, pointer(("state", *where)))


def _other_policy(decision: Decision, versions: Mapping[str, Version]) -> str | None:
    """In what the policy that decided is not the one that decides here, if it is not."""
    policy = decision.policy
    if policy.version not in versions:
        return f"there is no version `{policy.version}` here"
    here = versions[policy.version].compiled.program.policy
    if here.identity != policy.identity:
        return f"version `{policy.version}` is another here"
    if here.settings != policy.settings:
        return "its settings are others here"
    if decision._scope.named:
        return None
    in_force = [name for name, each in versions.items() if each.effective_from <= decision.as_of]
    if in_force and in_force[-1] != policy.version:
        return f"here version `{in_force[-1]}` is in force on {decision.as_of}"
    crossed = _crossed(decision, versions[policy.version])
    if crossed is not None and [each.policy for each in decision.versions] != crossed:
        return "other versions come into force here as time passes"
    return None


def _crossed(decision: Decision, decided_by: Version) -> list[PolicyVersion] | None:
    """The versions that come into force here while the action of a decision lets time pass, if it does."""
    action = decision._action
    time_to = decided_by.compiled.program.actions[action["type"]].time_to
    if time_to is None or not decision.allowed:
        return None
    return [each.policy for each in decided_by.later if each.effective_from <= action[time_to]]
