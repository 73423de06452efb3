"""How to get to yes: the cheapest and shortest sequences of the policy's own actions to a denied action.

They are searched for over what the actions declare to change, and each is taken before it is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ..decision.explanation import Reason
from ..decision.plain_data import require_plain
from ..decision.prose import Naming, Prose
from ..decision.request import key_maps
from ..decision.values import Decision
from ..diagnostics import echoed
from ..errors import RequestError, RequestProblem, UsageError
from ..program import Clause, Program
from ..words import phrase
from .budget import SECONDS, Budget, OutOfBudgetError
from .deciding import Deciding
from .harm import TakenWay, closing, does_harm
from .partly import partly
from .prose import remedy_sentences
from .remedy_values import AnyOf, Purpose, Remedies, Remedy, RemedyStep, Unmendable
from .search import MOST_STEPS, RemedySearch
from .simulate import Taking
from .timeline import Step
from .ways import TakenStep, runs, shape, within

BUDGET = 1_000_000
"""How many decisions a search may ask."""
_CHEAPER = 3
"""Up to how many kinds of steps a cheaper way is looked for when one was found."""
_TO_SEARCH = 0.9
"""The part of the time in which is searched; in the rest the last that was found is taken, and told."""
Shape = tuple[tuple[str, bool], ...]


def remedies(
    engine: Deciding,
    action: Mapping[str, Any],
    state: Mapping[str, Any],
    *,
    actors: Collection[str] | None = None,
    limit: int = 3,
    version: str | None = None,
    seconds: float = SECONDS,
    budget: int = BUDGET,
    doubting: bool = False,
    invariants: bool = True,
) -> Remedies:
    """The remedies of a denial: at most `limit`, of which none contains another that costs no more.

    Args:
        seconds: how long the search may take.
        budget: how many decisions it may ask.
        doubting: search even where the policy says that no action can mend it.
        invariants: refuse a state that breaks one.

    Raises:
        RequestError: the action or the state is not well formed, or the state breaks an invariant.
        UsageError: there is no such version, or no time.
    """
    if type(seconds) not in (int, float) or not seconds > 0:
        raise UsageError("no-time-to-search", phrase("no_time_to_search", given=echoed(seconds)))
    left = Budget(budget, _TO_SEARCH * seconds)
    try:
        checked = engine.validate(state, version=version, invariants=invariants)
    except RequestError:
        require_plain(action=action, state=state)  # all that is no plain data is told first
        raise
    require_plain(action=action)  # a state that is well formed is plain
    decision = engine.decide(action, state, version=version)
    checked = engine.beside(checked, decision.codes, state, version=version)
    if decision.allowed:
        return Remedies(True, (), (), None, 0, True, 0, None, decision.policy, checked)
    _require_actors(engine.program_for(state, version), state, actors)
    search = RemedySearch(engine, action, state, actors, version, left)
    taking = Taking(engine, version, state, invariants=invariants, apply=search.questions.after)
    collector = _Collector(search, limit, taking, decision)
    lesser, hopeless, ended_by = None, list[Clause](), None
    try:
        hopeless = _hopeless(search, doubting=doubting)
        if not hopeless:
            lesser = partly(search)
            collector.gather()
    except OutOfBudgetError:
        ended_by = left.ended_by
    finally:
        search.let_go()
    unmendable = tuple(_unmendable(search.program, rule) for rule in hopeless)
    complete = ended_by is None and not search.cut
    answer = Remedies(
        False,
        collector.found,
        unmendable,
        lesser,
        collector.searched,
        complete,
        left.asked,
        ended_by,
        decision.policy,
        checked,
    )
    actions = [action, *(taken for remedy in answer.remedies for taken in remedy.actions)]
    naming = Naming.of(search.program, state, actions)
    return replace(answer, prose=Prose(partial(remedy_sentences, answer, naming), decision.policy.languages))


def _hopeless(search: RemedySearch, *, doubting: bool) -> list[Clause]:
    """The failing rules that no action mends: as the policy says, unless that is doubted, or as it shows."""
    final = [] if doubting else [rule for rule in search.denying if search.program.is_final(rule)]
    return final or search.hopeless()


def _unmendable(program: Program, rule: Clause) -> Unmendable:
    return Unmendable(rule.code or "", rule.id, program.terminal.get(rule.code or ""), program.about_of(rule))


def _require_actors(program: Program, state: Mapping[str, Any], actors: Collection[str] | None) -> None:
    """Make sure that all who may act are in the state."""
    keys = {key for _, entries in key_maps(program.state, state) for key in entries}
    for index, actor in enumerate(actors or ()):
        if type(actor) is not str or actor not in keys:
            what = phrase("unknown_actor", name=echoed(actor))
            raise RequestError([RequestProblem("unknown_key", what, f"/actors/{index}")])


class _Collector:
    """Collects the remedies of one search; those of `searched` steps and fewer were all looked at."""

    def __init__(self, search: RemedySearch, limit: int, taking: Taking, denied: Decision) -> None:
        self.search, self.limit, self.taking, self.denied = search, limit, taking, denied
        self.searched = 0
        self._by_shape: dict[Shape, Remedy] = {}
        self._prices: dict[Shape, tuple[Any, ...]] = {}

    @property
    def found(self) -> tuple[Remedy, ...]:
        """The remedies, cheapest first; none that holds another which costs no more, or changes all that one does."""
        by_shape: dict[Shape, Remedy] = {}
        for steps, remedy in sorted(self._by_shape.items(), key=lambda pair: pair[1].rank):
            if not any(within(other, steps) or by_shape[other].changes_within(remedy) for other in by_shape):
                by_shape[steps] = remedy
        return tuple(by_shape.values())[: self.limit]

    def gather(self) -> None:
        """Find the remedies.

        Raises:
            OutOfBudgetError: not all that there is to look at was looked at; those that were found are kept.
        """
        for length in range(MOST_STEPS + 1):
            if not self._goes_on(length):
                break
            self._gather(length)
            if self.search.bound is None:
                self.searched = length

    def _goes_on(self, length: int) -> bool:
        """Whether to look at ways of so many steps: while there are few, and for a cheaper one."""
        remedies = self.found
        if not remedies or (len(remedies) < self.limit and length <= remedies[0].length):
            return True
        dearest, whole = remedies[0].rank[:2]
        if length > _CHEAPER or dearest <= 0:
            return False
        # Of what costs least, fewer steps are found first.
        self.search.bound = dearest, whole if dearest > 1 else 0
        return True

    def _gather(self, length: int) -> None:
        """Find the remedies of so many steps, the cheapest of each kind of them."""
        for each in self.search.ways(length):
            price = self.search.prices.of(each.way[:-1], each.way[-1])
            if (kind := shape(each.way)) not in self._prices or price < self._prices[kind]:
                self._add(TakenWay(self.search, *each), price)

    def _add(self, walk: TakenWay, price: tuple[Any, ...]) -> None:
        way = walk.way
        if not walk.allowed or does_harm(walk):
            return
        closed = closing(walk)
        every = [[step.action for step in together] for together in runs((*way, *closed))]
        if (steps := self.taking.all_of(every)) is None:
            return
        asked = len(way) - 1
        remedy = self._remedy(walk.and_then(closed), steps, asked)
        known = self._by_shape.get(shape(way))
        if known is None or remedy.rank < known.rank:
            self._by_shape[shape(way)], self._prices[shape(way)] = remedy, price

    def _remedy(self, walk: TakenWay, steps: list[tuple[Step, Mapping[str, Any]]], asked: int) -> Remedy:
        program, prices, way = self.search.program, self.search.prices, walk.way
        shown, place = [], 0
        for together in runs(way):
            of = tuple(step for step, _ in steps[place : place + len(together)])
            first, before = together[0], steps[place][1]
            last = program.another_actor if first.another else None
            cost = last if place == asked else prices.word(first)
            purpose: Purpose = "prepares" if place < asked else "asked" if place == asked else "closes"
            choose = AnyOf(first.argument, len(together), first.among) if first.argument else None
            shown.append(RemedyStep(of, cost, purpose, first.another, self._denied(first, before), choose))
            place += len(together)
        *price, spared = prices.of((*way[:asked], *way[asked + 1 :]), way[asked])
        rank = (*price, len(walk.changes), spared)
        types = {step.action["type"] for step in way}
        arguments = {name: program.actions[name].arguments for name in types}
        length = len(list(runs(way[:asked])))
        return Remedy(tuple(shown), self.search.action, rank, length, walk.changes, arguments, tuple(program.costs))

    def _denied(self, taken: TakenStep, before: Mapping[str, Any]) -> tuple[Reason, ...]:
        """Why the one who proposes the action may not take a step, where somebody else has to."""
        name = self.search.program.actions[taken.action["type"]].performed_by
        if not taken.another or name is None:
            return ()
        own = {**taken.action, name: self.search.performer}
        if own == self.search.action and before is self.search.start.state:
            return self.denied.reasons
        try:
            return self.search.engine.decide(own, before, version=self.search.version).reasons
        except RequestError:
            return ()
