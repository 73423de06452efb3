"""What a way costs, and whom: the order in which remedies are shown."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter, Item
from ..language.types import Key, MapOf, known
from ..program import ActionType, Program
from .ways import TakenStep, Way, named_in

Price = tuple[int, int, int, int]
"""The dearest step of a way, what all of it costs, how many steps it has, and how much it does not spare."""


class Prices:
    """The prices of steps towards one action, as it is before the first of them is taken."""

    def __init__(
        self, program: Program, action_type: ActionType, action: Mapping[str, Any], state: Mapping[str, Any]
    ) -> None:
        self.program, self.state = program, state
        self._order = {word: place for place, word in enumerate(program.costs)}
        performer = action.get(action_type.performed_by or "")
        self._asking = performer if isinstance(performer, str) else None
        self._asked_for = named_in({name: value for name, value in action.items() if name != action_type.performed_by})
        self._maps = {
            kind.entry.name: name for name, of in program.state.fields.items() if isinstance(kind := known(of), MapOf)
        }
        self._weights: dict[tuple[str, str], int] = {}

    def word(self, taken: TakenStep) -> str | None:
        """The policy's word for what a step costs, the dearer of what it costs and that another has to take it."""
        words = [self._own(taken.action), self.program.another_actor if taken.another else None]
        return max((word for word in words if word is not None), key=self._order.__getitem__, default=None)

    def _own(self, action: Mapping[str, Any]) -> str | None:
        action_type = self.program.actions[action["type"]]
        interpreter = Interpreter(action, self.state, self.program.facts)
        for word, condition in action_type.cheaper:
            with suppress(OutOfRangeError):
                if interpreter.value(condition, {}) is True:
                    return word
        return action_type.cost

    def least(self, action_type: ActionType) -> int:
        """The place of the cheapest of what a step of an action may cost."""
        return min(map(self.place, [action_type.cost, *(word for word, _ in action_type.cheaper)]))

    def cost(self, taken: TakenStep) -> int:
        """The place of that word."""
        return self.place(self.word(taken))

    def place(self, word: str | None) -> int:
        """The place of a word among the policy's; -1 for none."""
        return -1 if word is None else self._order[word]

    def after(self, paid: Price, steps: Way) -> Price:
        """What it costs to go on from a way for which so much is paid."""
        dearest, whole, count, unsparing = self.of(steps)
        return max(paid[0], dearest), paid[1] + whole, paid[2] + count, paid[3] + unsparing

    def of(self, way: Way, last: TakenStep | None = None) -> Price:
        """Cheaper ways come first: by the dearest step, what all cost, how many there are, and who is not spared.

        Each word costs its place. `last` is the action itself, which costs something only where another performs it.
        """
        prices = [self.cost(step) for step in way]
        if last is not None and last.another:
            prices.append(self._order.get(self.program.another_actor or "", -1))
        prices = [price for price in prices if price >= 0]
        return max(prices, default=-1), sum(prices), len(way), sum(map(self._unsparing, way))

    def _unsparing(self, taken: TakenStep) -> int:
        """How much those are to be spared for whom a step is taken, but for whom the action itself is about."""
        action_type = self.program.actions[taken.action["type"]]
        return sum(
            self._weight(kind.entry, taken.action[name])
            for name, of in action_type.arguments.items()
            if name != action_type.performed_by
            and isinstance(kind := known(of), Key)
            and taken.action[name] is not None
            and taken.action[name] not in self._asked_for
        )

    def _weight(self, entry: str, key: str) -> int:
        if key == self._asking:
            return len(self.program.spared) + 1
        if (entry, key) not in self._weights:
            self._weights[entry, key] = self._computed(entry, key)
        return self._weights[entry, key]

    def _computed(self, entry: str, key: str) -> int:
        """The place of the last of the policy's facts that says of an entry that it is to be spared; else 0."""
        name = self._maps.get(entry)
        value = self.state.get(name or "", {}).get(key)
        if value is None or name is None:
            return 0
        interpreter = Interpreter({}, self.state, self.program.facts)
        item, weight = Item(key, value, (name, key)), 0
        for place, (fact, of) in enumerate(self.program.spared.items(), 1):
            body = self.program.facts[fact]
            with suppress(OutOfRangeError):
                if of == entry and interpreter.value(body.value, {body.parameters[0]: item}) is True:
                    weight = place
        return weight
