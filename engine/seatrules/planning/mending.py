"""What it takes at least to mend what denies an action: which steps may be of use, in how many moves, at what price."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from ..program import ActionType
from .prices import Prices
from .stepping import Stepping
from .touch import Needs

_MOST_TOGETHER = 2
"""Up to how many actions are looked at together: whether they may mend all; more than these are taken to."""


class Mending:
    """What the steps from one state on have to do: something of what each rule reads that denies the action there.

    `each_needs` is what each of these rules reads. A rule that reads nothing else than before is as it was before.
    """

    def __init__(self, stepping: Stepping, prices: Prices, each_needs: Sequence[Needs]) -> None:
        self._prices, self.each_needs = prices, each_needs
        actions = stepping.repertoire.actions.values()
        self._mends = {
            each.name: {place for place, needs in enumerate(each_needs) if stepping.may_touch(each, needs)}
            for each in actions
        }
        self._least = {each.name: prices.least(each) for each in actions}

    def leads_on(self, action_type: ActionType, left: int) -> bool:
        """Whether so many moves may be enough, the first of them one of this action."""
        rest = self._rest(action_type)
        if not rest or left > _MOST_TOGETHER + 1:
            return True
        return any(rest <= set[int]().union(*together) for together in combinations(self._mends.values(), left - 1))

    def least(self, action_type: ActionType) -> tuple[int, int]:
        """The least that this takes if the first step is one of this action: the dearest step, and all together."""
        first = self._least[action_type.name]
        rest = max(map(self._least_of, self._rest(action_type)), default=-1)
        return max(first, rest), max(first, 0) + max(rest, 0)

    def _rest(self, action_type: ActionType) -> set[int]:
        """The rules that a step of the action can't mend, by their places."""
        return set(range(len(self.each_needs))) - self._mends[action_type.name]

    def _least_of(self, place: int) -> int:
        """What a step costs at least that may mend a rule."""
        return min((self._least[name] for name, mends in self._mends.items() if place in mends), default=-1)
