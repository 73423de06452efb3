"""The versions that an engine decides by, and whether a decision is still one by them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from .change.effects import path_text
from .decision.evaluator import Evaluator
from .decision.values import Decision
from .diagnostics import echo
from .errors import RequestError, StaleDecisionError, UsageError
from .generated.ready import CompiledEvaluator
from .language.text import pointer
from .program import PolicyVersion, Program
from .program.parts import first_difference
from .words import Phrase, phrase

MakeEvaluator = Callable[[Program], Evaluator]


class UnreadVersion(NamedTuple):
    """What is known of a version before its program is read, and what reads that."""

    name: str
    effective_from: str
    languages: tuple[str, ...]
    read: Callable[[], Program]


class Version:
    """A version of the policy, with its evaluator; planning uses its generated functions whatever the evaluator.

    The program is read when it is first asked for. Two threads may both read it: the same, so that it does not matter
    whose is kept. `later` are the versions that come into force after it, in order; nothing where there are none.
    """

    def __init__(self, known: UnreadVersion, make: MakeEvaluator) -> None:
        self.name, self.effective_from, self.languages, self._read = known
        self._make = make
        self.later: Collection[Program] | None = None

    @cached_property
    def program(self) -> Program:
        return self._read()

    @cached_property
    def evaluator(self) -> Evaluator:
        return self._make(self.program)

    @cached_property
    def compiled(self) -> CompiledEvaluator:
        return self.evaluator if isinstance(self.evaluator, CompiledEvaluator) else CompiledEvaluator(self.program)


class Programs(Mapping[str, Program]):
    """The programs of versions by name, in the order in which they come into force."""

    def __init__(self, versions: Mapping[str, Version]) -> None:
        self._versions = versions

    def __getitem__(self, name: str) -> Program:
        return self._versions[name].program

    def __contains__(self, name: object) -> bool:
        return name in self._versions

    def __iter__(self) -> Iterator[str]:
        return iter(self._versions)

    def __len__(self) -> int:
        return len(self._versions)

    def __repr__(self) -> str:
        return f"<programs of {', '.join(self)}>"


def in_order(versions: Iterable[Version]) -> dict[str, Version]:
    """The versions by name, in the order in which they come into force, each with those that are later.

    Raises:
        UsageError: there is no version, or two come into force on one day.
    """
    ordered = sorted(versions, key=lambda each: each.effective_from)
    if not ordered:
        raise UsageError("no-version", phrase("no_version_given"))
    for one, other in pairwise(ordered):
        if one.effective_from == other.effective_from:
            message = phrase("two_versions", one=one.name, other=other.name, day=one.effective_from)
            raise UsageError("two-versions", message)
    for index, each in enumerate(ordered[:-1], 1):
        each.later = Programs({later.name: later for later in ordered[index:]}).values()
    return {each.name: each for each in ordered}


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
    if (difference := first_difference(decision._part_read, now)) is None:
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
    if here is not policy and (why := _difference(here, policy)) is not None:
        return why
    if decision._named:
        return None
    in_force = [name for name, each in versions.items() if each.effective_from <= decision.as_of]
    if in_force and in_force[-1] != policy.version:
        return phrase("in_force_here", version=in_force[-1], day=decision.as_of)
    crossed = _crossed(decision, versions[policy.version])
    if crossed is not None and [each.policy for each in decision.versions] != crossed:
        return phrase("versions_crossed_differ")
    return None


def _difference(here: PolicyVersion, policy: PolicyVersion) -> Phrase | None:
    """In what a version of one name is another here, if it is."""
    if here.extensions != policy.extensions:
        return phrase("extensions_differ", version=policy.version)
    if here.identity != policy.identity:
        return phrase("version_differs", version=policy.version)
    return phrase("settings_differ") if here.settings != policy.settings else None


def _crossed(decision: Decision, decided_by: Version) -> list[PolicyVersion] | None:
    """The versions that come into force here while the action of a decision lets time pass, if it does."""
    action = decision._action
    time_to = decided_by.compiled.program.actions[action["type"]].time_to
    if time_to is None or not decision.allowed:
        return None
    return [each.policy for each in decided_by.later or () if each.effective_from <= action[time_to]]
