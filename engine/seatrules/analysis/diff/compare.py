"""Compares two policies, version by version."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import NamedTuple

from .meaning import Meaning
from .sides import Pair, Side, pairs
from .touched import Touched
from .written import Change, changes_between

ALLOWED = (
    "stricter",
    "milder",
    "reasons",
    "bill",
    "effects",
    "words",
    "added",
    "removed",
    "arguments",
    "schema",
    "versions",
)
"""What may differ, in the words by which it is allowed."""


class WrittenDifference(NamedTuple):
    """What is written otherwise, with the pairs of versions between which it shows."""

    change: Change
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two policies of one name; `old` and `new` are how people name them."""

    name: str
    old: str
    new: str
    pairs: tuple[Pair, ...]
    written: tuple[WrittenDifference, ...]
    meanings: tuple[Meaning, ...] = ()
    touched: Touched | None = None

    @property
    def declared(self) -> list[str]:
        """What differs of what can be asked at all: the state's schema, the days on which there is a version."""
        schema = any(each.change.kind == "state" for each in self.written)
        versions = any((pair.old is None) != (pair.new is None) for pair in self.pairs)
        return [word for word, differs in (("schema", schema), ("versions", versions)) if differs]

    def differs_beyond(self, allowed: Set[str]) -> bool:
        """Whether something differs in meaning that is not allowed."""
        words = {*self.declared, *(word for each in self.meanings for word in each.words())}
        return bool((words | (self.touched.words() if self.touched else set())) - allowed)


def written_in(old: Side, new: Side) -> Comparison:
    """What is written otherwise; what that means is looked for by `Meanings`."""
    compared = pairs(old, new)
    return Comparison(old.name, old.shown, new.shown, tuple(compared), tuple(_written(old, new, compared)))


def _written(old: Side, new: Side, compared: list[Pair]) -> list[WrittenDifference]:
    """What is written otherwise, each once, though a later version has it from the one that it extends."""
    by_change: dict[str, WrittenDifference] = {}
    for pair in compared:
        if pair.old is not None and pair.new is not None:
            for change in changes_between(old.written[pair.old], new.written[pair.new]):
                key = repr((change.title, change.what, str(change.span), change.details))
                difference = by_change.get(key, WrittenDifference(change, ()))
                by_change[key] = difference._replace(pairs=(*difference.pairs, pair))
    return list(by_change.values())
