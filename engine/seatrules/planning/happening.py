"""What happens by itself from a state on, where nothing is done but to wait."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from ..change.effects import Effect
from ..errors import RequestError
from .budget import Budget
from .deciding import Deciding
from .horizon import LAST_DAY
from .moments import days_of_change
from .passing import wait
from .questions import State

MOST_DAYS = 24
"""On how many days on which something happens it is looked."""


class Happening:
    """The days on which something happens next, one after the other: what it changes, and the state that it leads to.

    They are walked through once, as far as they are asked for. `cut` is true where that was ended.
    """

    def __init__(self, engine: Deciding, state: State, version: str | None, budget: Budget) -> None:
        self._engine, self._version, self._budget = engine, version, budget
        self._known: list[tuple[tuple[Effect, ...], State]] = []
        self._rest = self._walk(state)
        self.cut = False

    def __iter__(self) -> Iterator[tuple[tuple[Effect, ...], State]]:
        for number in count():
            if number == len(self._known):
                self._known += [each for each in [next(self._rest, None)] if each is not None]
            if number == len(self._known):
                return
            yield self._known[number]

    def _walk(self, state: State) -> Iterator[tuple[tuple[Effect, ...], State]]:
        for _ in range(MOST_DAYS):
            days = days_of_change(self._engine, state, LAST_DAY, self._version)
            if not days:
                return
            self._budget.ask()
            try:
                passed = wait(self._engine, state, min(days), self._version)
            except RequestError:
                return
            state = passed.state
            yield tuple(effect for _, event in passed.events for effect in event.effects), state
        self.cut = bool(days_of_change(self._engine, state, LAST_DAY, self._version))
