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
from .words import Phrase, phrase


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
        return StaleDecisionError(phrase("stale_policy", why=other))
    compiled = versions[decision.policy.version].compiled
    try:
        now = compiled.part_read(decision._action, state, decision._scope.given)
    except RequestError as error:
        return StaleDecisionError(phrase("stale_state", why=error.problems[0].what), error.path)
    if (difference := first_difference(decision._part, now)) is None:
        return None
    where, what = difference
    why = phrase("at_path", path=echo(path_text(where)), what=what)
    return StaleDecisionError(phrase("stale_state", why=why), pointer(("state", *where)))


def _other_policy(decision: Decision, versions: Mapping[str, Version]) -> Phrase | None:
    """In what the policy that decided is not the one that decides here, if it is not."""
    policy = decision.policy
    if policy.version not in versions:
        return phrase("version_not_here", version=policy.version)
    here = versions[policy.version].compiled.program.policy
    if here.extensions != policy.extensions:
        return phrase("extensions_differ", version=policy.version)
    if here.identity != policy.identity:
        return phrase("version_differs", version=policy.version)
    if here.settings != policy.settings:
        return phrase("settings_differ")
    if decision._scope.named:
        return None
    in_force = [name for name, each in versions.items() if each.effective_from <= decision.as_of]
    if in_force and in_force[-1] != policy.version:
        return phrase("in_force_here", version=in_force[-1], day=decision.as_of)
    crossed = _crossed(decision, versions[policy.version])
    if crossed is not None and [each.policy for each in decision.versions] != crossed:
        return phrase("versions_crossed_differ")
    return None


def _crossed(decision: Decision, decided_by: Version) -> list[PolicyVersion] | None:
    """The versions that come into force here while the action of a decision lets time pass, if it does."""
    action = decision._action
    time_to = decided_by.compiled.program.actions[action["type"]].time_to
    if time_to is None or not decision.allowed:
        return None
    return [each.policy for each in decided_by.later if each.effective_from <= action[time_to]]
