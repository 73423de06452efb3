"""Compares two policies, version by version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .sides import Pair, Side, pairs
from .written import Change, changes_between


class Told(NamedTuple):
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
    written: tuple[Told, ...]


def compare(old: Side, new: Side) -> Comparison:
    """Everything that differs."""
    compared = pairs(old, new)
    return Comparison(old.name, old.shown, new.shown, tuple(compared), tuple(_written(old, new, compared)))


def _written(old: Side, new: Side, compared: list[Pair]) -> list[Told]:
    """What is written otherwise, each once, though a later version has it from the one that it extends."""
    found: dict[str, Told] = {}
    for pair in compared:
        if pair.old is not None and pair.new is not None:
            for change in changes_between(old.written[pair.old], new.written[pair.new]):
                key = repr((change.title, change.what, str(change.span), change.details))
                told = found.get(key, Told(change, ()))
                found[key] = told._replace(pairs=(*told.pairs, pair))
    return list(found.values())
