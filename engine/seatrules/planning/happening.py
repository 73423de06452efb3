"""What happens by itself from a state on, where nothing is done but to wait."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from itertools import count, islice

from ..change.effects import ChangedState, Effect
from ..change.events import events_in_turn
from ..errors import RequestError
from ..language.days import OutOfRangeError, add_days
from ..program import Program
from .budget import Budget
from .deciding import Deciding
from .horizon import LAST_DAY
from .passing import later_versions, require_well_formed
from .questions import State
from .touch import Changes

Day = tuple[Changes, State]
"""What changes by itself on a day, and the state on it."""
MOST_DAYS = 24
"""On how many days on which something happens it is looked."""


class Happening:
    """The days on which something happens next, one after the other: what it changes, and the state that it leads to.

    They are walked through once, as far as they are asked for. `cut` is true where that was ended.
    """

    def __init__(self, engine: Deciding, state: State, version: str | None, budget: Budget) -> None:
        self._engine, self._version, self._budget = engine, version, budget
        self._known: list[Day] = []
        self._rest = self._walk(state)
        self.cut = False

    def __iter__(self) -> Iterator[Day]:
        for number in count():
            if number == len(self._known):
                self._known += [each for each in [next(self._rest, None)] if each is not None]
            if number == len(self._known):
                return
            yield self._known[number]

    def _walk(self, state: State) -> Iterator[Day]:
        days = self._days(state)
        with suppress(OutOfRangeError, RequestError):
            for day in islice(days, MOST_DAYS):
                self._budget.ask()
                yield day
            self.cut = next(days, None) is not None

    def _days(self, state: State) -> Iterator[Day]:
        """Those days, of one version after the other, as a wait goes through them."""
        program, today = self._engine.program_for(state, self._version), state["as_of"]
        first = add_days(today, 1)  # what is due has to be waited for
        for following in later_versions(self._engine, today, self._version):
            state = yield from self._days_of(program, state, first, add_days(following.effective_from, -1))
            program, first = following, following.effective_from
            state = require_well_formed(self._engine, program, {**state, "as_of": first})
        yield from self._days_of(program, state, first, LAST_DAY)

    def _days_of(self, program: Program, state: State, first: str, until: str) -> Generator[Day, None, State]:
        """Those from the `first` on in which a version is in force, and the state that is left."""
        now, effects = ChangedState(state), list[Effect]()
        interpreter = self._engine.make_interpreter({}, state, program.facts, meter=self._budget.of_wait())
        for event in events_in_turn(program, interpreter, until, now):
            self._budget.require_time()  # many may happen on one day
            day = max(event.day, first)
            if effects and day > state["as_of"]:
                yield Changes(effects), state
                effects = []
            effects += event.effects
            state = {**now.kept(), "as_of": day}
        if effects:
            yield Changes(effects), state
        return state
