"""Looks for the shortest sequences of the policy's own actions after which a denied action is allowed.

Depth first with a growing limit (Korf 1985), backwards from what fails: only what may help is tried. The last step
before the action has to change something that each of its failing requirements reads; the steps before that something
that those read, or what keeps such a step from being allowed, or what lets an event that helps come due.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import tee
from operator import le
from typing import Any, NamedTuple

from ..change.effects import Effect
from ..program import ActionType, Clause
from .budget import Budget
from .deciding import Deciding
from .goal import DeniedAction
from .mending import Mending
from .nearing import Nearing
from .needed import Needed
from .nodes import Move, Node, Nodes, Proposal
from .passing import later_versions
from .performers import Performers
from .prices import Price, Prices
from .questions import Action, Questions
from .repertoire import Repertoire
from .stepping import IsWanted, Stepping
from .touch import Changes, Needs
from .turning import TurningDays
from .ways import Way, named_in

MOST_STEPS = 5
"""The most kinds of steps before the action itself."""


class FoundWay(NamedTuple):
    """A way that leads to the action, what each step before that changes, and the state on which it is then taken."""

    way: Way
    effects: tuple[Changes, ...]
    state: Mapping[str, Any]


class RemedySearch:
    """The ways to one action on one state, shortest first.

    Only ways are gone that cost less than the `bound`, the dearest step of a way and what all of it costs.
    """

    def __init__(
        self,
        engine: Deciding,
        action: Action,
        state: Mapping[str, Any],
        actors: Collection[str] | None,
        version: str | None,
        budget: Budget,
    ) -> None:
        self.engine, self.action, self.version = engine, action, version
        self.program = engine.program_for(state, version)
        self.action_type = self.program.actions[action["type"]]
        self.performer = action.get(self.action_type.performed_by or "")
        self.prices = Prices(self.program, self.action_type, action, state)
        self.bound: tuple[int, int] | None = None
        self.questions = Questions(engine, self.program, version, budget)
        self._nodes = Nodes(self.questions, state, named_in(action))
        self.start = self._nodes.start
        programs = [self.program, *later_versions(engine, state["as_of"], version)]
        self._repertoire = Repertoire(programs, state)
        performers = Performers(self.questions, programs, self.performer, actors)
        self._goal = DeniedAction(self.questions, performers, action)
        self._stepping = Stepping(self._repertoire, self.questions, performers, action)
        self._mendings: dict[Node, Mending] = {}
        self._turning = TurningDays(engine, self.questions, self._repertoire, version, budget)
        self._needed = Needed(self.questions, self._goal, self._nodes, self._stepping, self._turning)

    @cached_property
    def denying(self) -> tuple[Clause, ...]:
        """The rules that deny the action as it was proposed."""
        return self.questions.failing(self.action, self.start.state) or ()

    @property
    def asked(self) -> Needs:
        """What those rules read that deny the action whoever performs it."""
        return self._needed.on(self.start)

    @property
    def cut(self) -> bool:
        """Whether not every number, day or text at which something turns was tried."""
        return self._stepping.cut or self._turning.cut

    def let_go(self) -> None:
        """Forget the states, which may be large: they are gone at once, and not when garbage is looked for."""
        self._nodes.let_go()

    def hopeless(self) -> list[Clause]:
        """The failing rules that no action here can mend: none writes anything that such a rule reads.

        Nor does it help to wait for another version: there it fails too.
        """
        mends = self._repertoire.mends
        hopeless = [rule for rule in self._goal.to_mend(self.start) if not mends(self.program, rule)]
        for program in self._repertoire.programs[1:] if hopeless else ():
            later = {**self.start.state, "as_of": program.effective_from}
            failing = {rule.id: rule for rule in self.questions.failing(self.action, later) or ()}
            hopeless = [each for each in hopeless if each.id in failing and not mends(program, failing[each.id])]
        return hopeless

    def allowed(
        self, state: Mapping[str, Any], effects: Collection[Effect], needs: Needs, wanted: IsWanted
    ) -> Iterator[Proposal]:
        """The allowed steps on any state that let no time pass and whose effects are `wanted`.

        They change something of what is needed; the `effects` have led to the state.
        """
        node = self._nodes.apart(state, effects)
        for action_type in self._repertoire.actions.values():
            if action_type.time_to is None:
                steps = self._stepping.of(action_type, node, needs, wanted)
                yield from (each for each in steps if not each.failing)

    def ways(self, length: int) -> Iterator[FoundWay]:
        """The ways of so many moves, but for those that come to a state for more than another way of as few.

        Raises:
            OutOfBudgetError: after the last that was found within the budget.
        """
        return self._ways(self.start, length, (), (), self.prices.of(()), {})

    def _ways(
        self,
        node: Node,
        left: int,
        way: Way,
        effects: tuple[Changes, ...],
        paid: Price,
        tried: dict[Node, list[tuple[int, Price]]],
    ) -> Iterator[FoundWay]:
        goal = self._goal.on(node)
        if goal is not None and not goal.failing:
            if left == 0:  # else this place is the end of a shorter way
                yield FoundWay((*way, goal.taken), effects, node.state)
            return
        before = tried.setdefault(node, [])
        if left == 0 or any(had >= left and all(map(le, had_paid, paid)) for had, had_paid in before):
            return
        before.append((left, paid))
        for action_type in self._repertoire.actions.values():
            if not self._leads_on(node, action_type, left, paid):
                continue
            for move in self._moves(node, action_type, left):
                more = self.prices.after(paid, move.steps)
                if self.bound is None or more[:2] < self.bound:
                    after, steps = self._nodes.after(node, move), (*way, *move.steps)
                    yield from self._ways(after, left - 1, steps, (*effects, *move.effects), more, tried)

    def _leads_on(self, node: Node, action_type: ActionType, left: int, paid: Price) -> bool:
        """Whether moves of this action may be the first of so many that lead to the action, for less than the bound."""
        mending = self._mending(node)
        if not mending.leads_on(action_type, left):
            return False
        dearest, whole = mending.least(action_type)
        return self.bound is None or (max(paid[0], dearest), paid[1] + whole) < self.bound

    def _mending(self, node: Node) -> Mending:
        if node not in self._mendings:
            goal = self._goal.on(node)
            failing = () if goal is None else goal.failing
            each_needs = [self.questions.read_by(rule, self.action, node.state) for rule in failing]
            self._mendings[node] = Mending(self._stepping, self.prices, each_needs)
        return self._mendings[node]

    def _moves(self, node: Node, action_type: ActionType, left: int) -> Iterator[Move]:
        """The allowed moves that may help where so many are left, each worked out when it is first asked for."""
        key = left, action_type.name
        if key not in node.moves:
            node.moves[key] = self._helping(node, action_type, left)
        node.moves[key], moves = tee(node.moves[key])
        return moves

    def _helping(self, node: Node, action_type: ActionType, left: int) -> Iterator[Move]:
        each_needs, touched = self._mending(node).each_needs, self.questions.touched
        for move in self._of_one(action_type, node, left):
            if left > 1 or all(any(touched(each, effects) for effects in move.effects) for each in each_needs):
                yield move

    def _of_one(self, action_type: ActionType, node: Node, left: int) -> Iterator[Move]:
        """The allowed moves of an action that touch something that is needed: first those of one step."""
        goal, each_needs, bringing = self._goal.on(node), self._mending(node).each_needs, list[Proposal]()
        for each in self._stepping.of(action_type, node, self._needed.on(node, left)):
            if not each.failing:
                yield Move((each.taken,), (each.effects,))
                if any(self.questions.touched(needs, each.effects) for needs in each_needs):
                    bringing.append(each)
        if goal is not None:
            nearing = Nearing(self.questions, self.prices, node.state, goal)
            yield from nearing.moves(bringing, named_in(self.action))
