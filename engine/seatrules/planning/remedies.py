"""How to get to yes: the shortest sequences of the policy's own actions after which a denied action is allowed.

They are searched for over what the actions declare to change, and each is taken by `simulate` before it is told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..compiler import Clause, Program
from ..decision.request import require_plain
from ..decision.values import PolicyVersion
from ..diagnostics import RequestError, RequestProblem
from .deciding import Deciding
from .invariants import require_invariants
from .search import MOST_STEPS, OutOfBudgetError, Search, Way
from .simulate import simulate
from .timeline import Step

BUDGET = 20_000
"""How many decisions a search may ask."""

UNLIKELY = 3_000
"""How many it may ask where, to begin with, nothing that can be done changes what a failing requirement reads."""


@dataclass(frozen=True, slots=True)
class RemedyStep:
    """One step as it was taken, what it costs (nothing where the policy names no costs), and whether others have to."""

    step: Step
    cost: str | None
    by_another: bool


@dataclass(frozen=True, slots=True)
class Remedy:
    """Steps that were taken one after the other, the last of them the action that was denied."""

    steps: tuple[RemedyStep, ...]
    costs: Mapping[str, Mapping[str, str]] = field(repr=False)

    @property
    def cost(self) -> str | None:
        """The dearest of what the steps cost."""
        order = list(self.costs)
        found = [step.cost for step in self.steps if step.cost is not None]
        return max(found, key=order.index, default=None)

    @property
    def rank(self) -> tuple[Any, ...]:
        """Cheaper remedies come first: by the dearest step, then by all of them."""
        order = list(self.costs)
        prices = sorted((order.index(step.cost) for step in self.steps if step.cost is not None), reverse=True)
        return (prices[:1], len(self.steps), prices)

    def as_dict(self, language: str) -> dict[str, Any]:
        return {"cost": self.cost, "steps": [_step_dict(each, language) for each in self.steps]}


def _step_dict(each: RemedyStep, language: str) -> dict[str, Any]:
    decision = each.step.decision
    assert decision is not None
    return {
        "date": each.step.date,
        "action": dict(each.step.action),
        "cost": each.cost,
        "by_another": each.by_another,
        "outcome": decision.outcome.as_dict(language) if decision.outcome else None,
        "billing": decision.billing,
    }


@dataclass(frozen=True, slots=True)
class Unmendable:
    """A requirement that fails and that nothing mends.

    `why` is the policy's own reason, where it gives one; `actions` might mend it, and are denied for these codes.
    """

    code: str
    rule: str
    why: Mapping[str, str] | None
    actions: Mapping[str, tuple[str, ...]]

    def as_dict(self, language: str) -> dict[str, Any]:
        return {
            "code": self.code,
            "rule": self.rule,
            "why": self.why[language] if self.why else None,
            "actions": {name: list(codes) for name, codes in self.actions.items()},
        }


@dataclass(frozen=True, slots=True)
class Remedies:
    """The remedies that were found, cheapest first; none where the action is `allowed` as it is.

    `unmendable` are the requirements that no action can change. `complete` says whether all sequences of up to
    `searched` steps were looked at that may help; `asked` is how many decisions that took.
    """

    allowed: bool
    remedies: tuple[Remedy, ...]
    unmendable: tuple[Unmendable, ...]
    searched: int
    complete: bool
    asked: int
    policy: PolicyVersion = field(repr=False)

    def as_dict(self, language: str | None = None) -> dict[str, Any]:
        language = self.policy.languages[0] if language is None else self.policy.spoken(language)
        return {
            "allowed": self.allowed,
            "remedies": [remedy.as_dict(language) for remedy in self.remedies],
            "unmendable": [rule.as_dict(language) for rule in self.unmendable],
            "searched": {"steps": self.searched, "complete": self.complete, "decisions": self.asked},
        }


def remedies(
    engine: Deciding,
    action: Mapping[str, Any],
    state: Mapping[str, Any],
    *,
    actors: Collection[str] | None = None,
    limit: int = 3,
    version: str | None = None,
    budget: int = BUDGET,
) -> Remedies:
    """The remedies of a denial: at most `limit`, of which none contains another.

    Raises:
        RequestError: the action or the state is not well formed, or the state breaks an invariant to begin with.
        UsageError: there is no such version.
    """
    require_plain(action=action, state=state)
    engine.validate(state, version=version)
    decision = engine.decide(action, state, version=version)
    search = Search(engine, action, state, actors, version, budget)
    if decision.allowed:
        return Remedies(True, (), (), 0, True, 0, decision.policy)
    require_invariants(engine, state, version)
    _require_actors(state, actors)
    failing = search.failing(action, state) or ()
    terminal: dict[str, dict[str, tuple[str, ...]]] = {
        rule.id: {} for rule in failing if rule.code in search.program.terminal
    }
    if terminal:
        return Remedies(False, (), _unmendable(terminal, failing, search), 0, True, search.asked, decision.policy)
    found = _Found(engine, search, state, limit, version)
    complete = found.gather()
    unmendable = () if found.remedies else _unmendable(found.hopeless, failing, search)
    return Remedies(False, found.sorted, unmendable, found.searched, complete, search.asked, decision.policy)


def _unmendable(
    hopeless: Mapping[str, Mapping[str, tuple[str, ...]]], failing: Collection[Clause], search: Search
) -> tuple[Unmendable, ...]:
    terminal = search.program.terminal
    return tuple(
        Unmendable(rule.code, rule.id, terminal.get(rule.code), hopeless[rule.id])
        for rule in failing
        if rule.id in hopeless and rule.code is not None
    )


def _require_actors(state: Mapping[str, Any], actors: Collection[str] | None) -> None:
    """Make sure that all who may act are there."""
    known = {key for entries in state.values() if isinstance(entries, dict) for key in entries}
    for index, actor in enumerate(actors or ()):
        if actor not in known:
            raise RequestError(
                [RequestProblem("unknown_key", f"there is no `{actor}` in the state", f"/actors/{index}")]
            )


class _Found:
    """The remedies found so far."""

    def __init__(
        self, engine: Deciding, search: Search, state: Mapping[str, Any], limit: int, version: str | None
    ) -> None:
        self.engine, self.search, self.state, self.limit, self.version = engine, search, state, limit, version
        self.remedies: list[Remedy] = []
        self.shapes: list[tuple[Any, ...]] = []
        self.searched = 0
        self.hopeless: Mapping[str, Mapping[str, tuple[str, ...]]] = {}

    @property
    def sorted(self) -> tuple[Remedy, ...]:
        return tuple(sorted(self.remedies, key=lambda remedy: remedy.rank)[: self.limit])

    def gather(self) -> bool:
        """Find the shortest remedies, and while they are few those of one step more; whether all of them were found."""
        try:
            for length in range(MOST_STEPS + 1):
                if self.remedies and (len(self.remedies) >= self.limit or length > len(self.remedies[0].steps)):
                    return True
                for way in self.search.ways(length):
                    self._add(way)
                self.searched = length
                if length == 1 and not self.remedies:
                    self._look_ahead()
        except OutOfBudgetError:
            return False
        return True

    def _look_ahead(self) -> None:
        """Search for less where nothing that can be done changes what a failing requirement reads."""
        self.hopeless = self.search.hopeless()
        if self.hopeless:
            self.search.budget = min(self.search.budget, self.search.asked + UNLIKELY)

    def _add(self, way: Way) -> None:
        shape = tuple((step["type"], another) for step, another in way)
        if any(_within(other, shape) for other in self.shapes):
            return
        if (remedy := self._taken(way)) is not None:
            self.shapes.append(shape)
            self.remedies.append(remedy)

    def _taken(self, way: Way) -> Remedy | None:
        """The remedy, if every step of it is allowed when it is taken, and no invariant breaks."""
        try:
            timeline = simulate(self.engine, [dict(step) for step, _ in way], self.state, version=self.version)
        except RequestError:
            return None
        if not timeline.allowed:
            return None
        program = self.search.program
        costs = [self._cost(program, step, by_another=another) for step, another in way]
        last = program.another_actor if way[-1][1] else None
        steps = zip(timeline.steps, [*costs[:-1], last], way, strict=True)
        return Remedy(tuple(RemedyStep(step, cost, another) for step, cost, (_, another) in steps), program.costs)

    @staticmethod
    def _cost(program: Program, step: Mapping[str, Any], *, by_another: bool) -> str | None:
        words = [program.actions[step["type"]].cost, program.another_actor if by_another else None]
        order = list(program.costs)
        return max((word for word in words if word is not None), key=order.index, default=None)


def _within(shorter: tuple[Any, ...], longer: tuple[Any, ...]) -> bool:
    """Whether all of a sequence stands in another, in its order."""
    rest = iter(longer)
    return all(each in rest for each in shorter)
