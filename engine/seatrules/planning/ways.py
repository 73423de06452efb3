"""A way to a denied action: the steps before it, and whom each is taken for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple


def named_in(action: Mapping[str, Any]) -> frozenset[str]:
    """The keys, words and days that an action names, each by itself or in a list."""
    values = (value if isinstance(value, list) else [value] for name, value in action.items() if name != "type")
    return frozenset(item for items in values for item in items if isinstance(item, str))


class TakenStep(NamedTuple):
    """An action of a way: whether somebody else has to perform it, and among which keys one `argument` is chosen."""

    action: Mapping[str, Any]
    another: bool = False
    argument: str | None = None
    among: tuple[str, ...] = ()

    @property
    def alike(self) -> tuple[Any, ...]:
        """What steps have in common that differ in nothing but whom of those who are alike they are taken for."""
        others = tuple(str(value) for name, value in self.action.items() if name != self.argument)
        return others, self.another, self.argument, self.among

    @property
    def key(self) -> Any:
        """The key that was chosen."""
        return self.action[self.argument] if self.argument else None


Way = tuple[TakenStep, ...]
"""Steps, each taken on the state that those before it left."""


def runs(way: Way) -> Iterator[Way]:
    """The steps, together where they are alike but for the key that is chosen."""
    numbered = [(step.alike if step.among else number, step) for number, step in enumerate(way)]
    for _, together in groupby(numbered, key=lambda pair: pair[0]):
        yield tuple(step for _, step in together)


def shape(way: Way) -> tuple[tuple[str, bool], ...]:
    """The types of the steps, and whether another takes them; what is taken several times over counts once."""
    return tuple((steps[0].action["type"], steps[0].another) for steps in runs(way))


def within(shorter: tuple[Any, ...], longer: tuple[Any, ...]) -> bool:
    """Whether another sequence holds all of this one, in its order, whoever else has to take its steps."""
    remaining = iter(longer)
    return all(
        any(name == step and another <= by_another for step, by_another in remaining) for name, another in shorter
    )
