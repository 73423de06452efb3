"""Every way of a few steps to a denied action, found by trying everything: what remedies are compared with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from asking import candidates, proposals
from seatrules import Engine, RequestError
from seatrules.planning.budget import Budget
from seatrules.planning.harm import TakenWay, closing, does_harm
from seatrules.planning.search import RemedySearch
from seatrules.planning.ways import TakenStep, Way

Action = Mapping[str, Any]


class Edge(NamedTuple):
    """What can be done on a state: the action but for who performs it, those who may, and the state that it leaves.

    `turns` says whether its numbers are those at which a rule turns there: no others are tried by a search.
    """

    action: Action
    performers: tuple[str | None, ...]
    after: Spot
    turns: bool


@dataclass(eq=False)
class Spot:
    """A state that is reached, and all that can be done on it."""

    state: Mapping[str, Any]
    edges: list[Edge] = field(default_factory=list)


class Everything:
    """All that can be done on a state, and on the states that this leads to, up to so many steps."""

    def __init__(self, engine: Engine, state: Mapping[str, Any], steps: int) -> None:
        self.engine, self.steps, self.program = engine, steps, engine.program_for(state)
        self.start = Spot(state)
        self.spots = {_key(state): self.start}
        layer = [self.start]
        for _ in range(steps):
            layer = [after for spot in layer for after in self._expanded(spot)]

    def _expanded(self, spot: Spot) -> Iterator[Spot]:
        for action, performers, turns in self._allowed(spot.state):
            performed_by = self.program.actions[action["type"]].performed_by
            proposed = action if performed_by is None else {**action, performed_by: performers[0]}
            decision = self.engine.decide(proposed, spot.state)
            if not decision.effects:
                continue
            after_state = self.engine.apply(decision, spot.state)
            if any(each.is_error for each in self.engine.broken_invariants(after_state, spot.state)):
                continue
            is_new = (key := _key(after_state)) not in self.spots
            after = self.spots.setdefault(key, Spot(after_state))
            spot.edges.append(Edge(action, performers, after, turns))
            if is_new:
                yield after

    def _allowed(self, state: Mapping[str, Any]) -> Iterator[tuple[Action, tuple[str | None, ...], bool]]:
        """The allowed actions without who performs them, with those who may; and whether their numbers turn."""
        for name, action_type in self.program.actions.items():
            if action_type.each is not None:
                continue
            performers: dict[str, tuple[Action, list[str | None]]] = {}
            turning = {_key(each) for each in candidates(self.program, name, state, alike=False)}
            turns = set[str]()
            for action in proposals(self.program, name, state):
                if self._allows(action, state):
                    performer = action.get(action_type.performed_by or "")
                    rest = {key: value for key, value in action.items() if key != action_type.performed_by}
                    performers.setdefault(_key(rest), (rest, []))[1].append(performer)
                    turns |= {_key(rest)} if _key(action) in turning else set()
            yield from ((action, tuple(who), key in turns) for key, (action, who) in performers.items())

    def _allows(self, action: Action, state: Mapping[str, Any]) -> bool:
        try:
            return self.engine.allows(action, state)
        except RequestError:
            return False

    def ways(self, action: Action) -> Iterator[tuple[tuple[Any, ...], bool]]:
        """The ways to the action that do no harm: the price of each, and whether all numbers in it turn."""
        search = RemedySearch(self.engine, action, self.start.state, None, None, Budget(10**9, 600))
        asked = [action, *self._by_others(action)]
        for way, turns in self._ways(asked, search, self.start, (), {}):
            walk = TakenWay(search, way)
            if walk.allowed and not does_harm(walk):
                yield search.prices.of((*way[:-1], *closing(walk)), way[-1])[:3], turns

    def _ways(
        self,
        asked: list[Action],
        search: RemedySearch,
        spot: Spot,
        before: Way,
        goals: dict[int, TakenStep | None],
        turns: bool = True,
    ) -> Iterator[tuple[Way, bool]]:
        if id(spot) not in goals:
            goals[id(spot)] = self._goal(asked, spot)
        if (goal := goals[id(spot)]) is not None:
            yield (*before, goal), turns
            return  # whatever else is done before is not needed
        if len(before) == self.steps:
            return
        for edge in spot.edges:
            performed_by = self.program.actions[edge.action["type"]].performed_by
            own = search.performer in edge.performers or search.performer is None
            performer = search.performer if own and search.performer else edge.performers[0]
            proposed = edge.action if performed_by is None else {**edge.action, performed_by: performer}
            if proposed != asked[0]:
                way = (*before, TakenStep(proposed, not own))
                yield from self._ways(asked, search, edge.after, way, goals, turns=turns and edge.turns)

    def _goal(self, asked: list[Action], spot: Spot) -> TakenStep | None:
        """The action as it is allowed on a state, by whoever may perform it."""
        for proposed in asked:
            if self._allows(proposed, spot.state) and self._keeps_invariants(proposed, spot.state):
                return TakenStep(proposed, proposed != asked[0])
        return None

    def _keeps_invariants(self, action: Action, state: Mapping[str, Any]) -> bool:
        after = self.engine.apply(self.engine.decide(action, state), state)
        return not any(each.is_error for each in self.engine.broken_invariants(after, state))

    def _by_others(self, action: Action) -> Iterator[Action]:
        """The action as somebody else performs it, where it is not part of the wish who does."""
        action_type = self.program.actions[action["type"]]
        name = action_type.performed_by
        if name is not None and name not in action_type.wished:
            others = (each[name] for each in candidates(self.program, action["type"], self.start.state, alike=False))
            for other in dict.fromkeys(others):
                if other != action[name]:
                    yield {**action, name: other}


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
