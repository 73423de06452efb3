"""How to get to yes: the shortest sequences of the policy's own actions after which a denied action is allowed.

They are searched for over what the actions declare to change, and each is taken by `simulate` before it is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..change.effects import apply_effects
from ..decision.explanation import Reason
from ..decision.plain_data import require_plain
from ..decision.request import key_maps
from ..diagnostics import echoed
from ..errors import RequestError, RequestProblem
from ..program import Clause, Program
from ..words import phrase
from .deciding import Deciding
from .remedy_values import Remedies, Remedy, RemedyStep, Unmendable
from .search import MOST_STEPS, OutOfBudgetError, Search, Way
from .simulate import simulate
from .timeline import Timeline

BUDGET = 20_000
"""How many decisions a search may ask."""
UNLIKELY = 3_000
"""How many it may ask where no action that is possible now changes what a failing requirement reads."""


def remedies(
    engine: Deciding,
    action: Mapping[str, Any],
    state: Mapping[str, Any],
    *,
    actors: Collection[str] | None = None,
    limit: int = 3,
    version: str | None = None,
    budget: int = BUDGET,
    doubting: bool = False,
    invariants: bool = True,
) -> Remedies:
    """The remedies of a denial: at most `limit`, of which none contains another.

    Args:
        budget: how many decisions the search may ask.
        doubting: search even where the policy says of a code that no action can mend it.
        invariants: refuse a state that breaks one.

    Raises:
        RequestError: the action or the state is not well formed, or the state breaks an invariant.
        UsageError: there is no such version.
    """
    require_plain(action=action, state=state)
    checked = engine.validate(state, version=version, invariants=invariants)
    decision = engine.decide(action, state, version=version)
    checked = engine.beside(checked, decision.codes, state, version=version)
    search = Search(engine, action, state, actors, version, budget)
    if decision.allowed:
        return Remedies(True, (), (), 0, True, 0, decision.policy, checked)
    _require_actors(search.program, state, actors)
    failing = search.failing(action, state) or ()
    terminal: dict[str, dict[str, tuple[str, ...]]] = {
        rule.id: {} for rule in failing if rule.code in search.program.final and not doubting
    }
    if terminal:
        unmendable = _unmendable(terminal, failing, search)
        return Remedies(False, (), unmendable, 0, True, search.asked, decision.policy, checked)
    collector = _RemedyCollector(engine, search, state, limit, version, invariants=invariants)
    complete = collector.gather()
    unmendable = () if collector.remedies else _unmendable(collector.hopeless, failing, search)
    return Remedies(
        False, collector.sorted, unmendable, collector.searched, complete, search.asked, decision.policy, checked
    )


def _unmendable(
    hopeless: Mapping[str, Mapping[str, tuple[str, ...]]], failing: Collection[Clause], search: Search
) -> tuple[Unmendable, ...]:
    program = search.program
    return tuple(
        Unmendable(rule.code, rule.id, program.terminal.get(rule.code), hopeless[rule.id], program.about.get(rule.code))
        for rule in failing
        if rule.id in hopeless and rule.code is not None
    )


def _require_actors(program: Program, state: Mapping[str, Any], actors: Collection[str] | None) -> None:
    """Make sure that all who may act are in the state."""
    keys = {key for _, entries in key_maps(program.state, state) for key in entries}
    for index, actor in enumerate(actors or ()):
        if type(actor) is not str or actor not in keys:
            what = phrase("unknown_actor", name=echoed(actor))
            raise RequestError([RequestProblem("unknown_key", what, f"/actors/{index}")])


class _RemedyCollector:
    """Collects the remedies of one search."""

    def __init__(
        self,
        engine: Deciding,
        search: Search,
        state: Mapping[str, Any],
        limit: int,
        version: str | None,
        *,
        invariants: bool,
    ) -> None:
        self.engine, self.search, self.state, self.limit, self.version = engine, search, state, limit, version
        self.invariants = invariants
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
        """Lower the budget where no action that is possible now changes what a failing requirement reads."""
        self.hopeless = self.search.hopeless()
        if self.hopeless:
            self.search.budget = min(self.search.budget, self.search.asked + UNLIKELY)

    def _add(self, way: Way) -> None:
        shape = tuple((step["type"], another) for step, another in way)
        if any(_within(other, shape) for other in self.shapes):
            return
        if (remedy := self._verified(way)) is not None:
            self.shapes.append(shape)
            self.remedies.append(remedy)

    def _verified(self, way: Way) -> Remedy | None:
        """The remedy, if every step of it is allowed when it is taken, and no invariant breaks."""
        try:
            steps = [dict(step) for step, _ in way]
            timeline = simulate(self.engine, steps, self.state, version=self.version, invariants=self.invariants)
        except RequestError:
            return None
        undone = len(way) > 1 and {**timeline.state, "as_of": ""} == {**self.state, "as_of": ""}
        if not timeline.allowed or undone:  # steps that end where they began are no remedy
            return None
        program = self.search.program
        costs = [self._cost(program, step, by_another=another) for step, another in way]
        costs[-1] = program.another_actor if way[-1][1] else None
        denied = self._denied(timeline, way)
        return Remedy(
            tuple(RemedyStep(*each) for each in zip(timeline.steps, costs, denied, strict=True)),
            self.search.action,
            tuple(program.costs),
            {action["type"]: program.actions[action["type"]].arguments for action, _ in way},
        )

    def _denied(self, timeline: Timeline, way: Way) -> Iterator[tuple[Reason, ...]]:
        """Of each step, why the one who proposes the action may not take it, if somebody else has to."""
        current = self.state
        for step, (action, by_another) in zip(timeline.steps, way, strict=True):
            assert step.decision is not None
            name = self.search.program.actions[action["type"]].performed_by
            own = {**action, name: self.search.performer} if by_another and name else None
            yield () if own is None else self.engine.decide(own, current, version=self.version).reasons
            current = apply_effects(step.decision.details.effects, current)

    @staticmethod
    def _cost(program: Program, step: Mapping[str, Any], *, by_another: bool) -> str | None:
        words = [program.actions[step["type"]].cost, program.another_actor if by_another else None]
        order = list(program.costs)
        return max((word for word in words if word is not None), key=order.index, default=None)


def _within(shorter: tuple[Any, ...], longer: tuple[Any, ...]) -> bool:
    """Whether another sequence holds all of this one, in its order, whoever else has to take its steps."""
    remaining = iter(longer)
    return all(
        any(name == step and another <= by_another for step, by_another in remaining) for name, another in shorter
    )
