"""What a change means: for each action, how the answers of two versions differ, each with requests that show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import Any, NamedTuple

from ...diagnostics import Span
from .answers import MEANINGS, Asker
from .cell import Cell
from .differing import NOTHING, Differing, ProgramPair
from .known import KnownRequests
from .search import MOST_WITNESSES, THOROUGH, DifferenceSearch, Patience
from .search import SmallestWitness as Found
from .sides import Pair, Side

SECONDS = 60.0
"""How long is looked where nothing else is said."""
SAME, NOT_FOUND, BOTH = "the same", "no difference found", "both"
DECLARED = ("added", "removed", "other arguments")


class AnsweredWitness(NamedTuple):
    """A request that shows a difference, with what each version answers to it."""

    meaning: str
    names: tuple[str, ...]
    pair: Pair
    state: Mapping[str, Any]
    action: Mapping[str, Any] | None
    old: Mapping[str, Any]
    new: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {
            "meaning": self.meaning,
            "of": list(self.names),
            "versions": [self.pair.old, self.pair.new],
            "state": self.state,
            "action": self.action,
            "old": self.old,
            "new": self.new,
        }


@dataclass(frozen=True, slots=True)
class Meaning:
    """What differs for an action, or in which states are taken (then `name` is nothing).

    `meanings` is all that was found, the gravest first. `cells` requests were tried, and `left_out` more were at hand;
    `late` says that there was no time left. `spans` are the places of the clauses that differ.
    """

    name: str
    meanings: tuple[str, ...]
    cells: int = 0
    left_out: int = 0
    late: bool = False
    witnesses: tuple[AnsweredWitness, ...] = ()
    spans: tuple[Span, ...] = ()

    @property
    def meaning(self) -> str:
        """What differs, in one word: the gravest."""
        return BOTH if {"stricter", "milder"} <= set(self.meanings) else self.meanings[0]

    @property
    def differs(self) -> bool:
        """Whether a difference was found."""
        return self.meaning not in (SAME, NOT_FOUND)

    def words(self) -> set[str]:
        """What differs, in the words by which it may be allowed."""
        return {each.removeprefix("other ") for each in self.meanings} - {SAME, NOT_FOUND}

    def as_dict(self) -> dict[str, Any]:
        return {
            "meaning": self.meaning,
            "meanings": list(self.meanings),
            "cells": self.cells,
            "left_out": self.left_out,
            "out_of_time": self.late,
            "witnesses": [each.as_dict() for each in self.witnesses],
        }


def joined(each_of: Sequence[Meaning]) -> Meaning:
    """What differs between any of several pairs of versions."""
    meanings = {meaning for each in each_of for meaning in each.meanings}
    if further := meanings - {SAME, NOT_FOUND}:
        meanings = further
    elif NOT_FOUND in meanings:
        meanings = {NOT_FOUND}
    return Meaning(
        each_of[0].name,
        tuple(each for each in (*DECLARED, *MEANINGS, NOT_FOUND, SAME) if each in meanings),
        sum(each.cells for each in each_of),
        sum(each.left_out for each in each_of),
        any(each.late for each in each_of),
        tuple(witness for each in each_of for witness in each.witnesses),
        tuple(dict.fromkeys(span for each in each_of for span in each.spans)),
    )


class MeaningSearch:
    """Looks for what differs between the versions of two policies, within so many seconds."""

    def __init__(
        self,
        old: Side,
        new: Side,
        pairs: Iterable[Pair],
        seconds: float = SECONDS,
        known: KnownRequests | None = None,
        most: int = MOST_WITNESSES,
        patience: Patience = THOROUGH,
    ) -> None:
        """`known` is what is gone on from, where it is at hand; `most` witnesses are looked for of each action."""
        self.old, self.new, self.pairs, self._requests, self._most = old, new, list(pairs), known, most
        self._end, self._patience = monotonic() + seconds, patience
        self._hints: dict[str, list[Cell]] = {}
        self._keys: frozenset[str] = frozenset()

    def all(self) -> Iterator[Meaning]:
        """What differs for each action, and then for states, over all pairs of versions: each as it is known."""
        by_name: dict[str, list[tuple[Pair, Differing]]] = {}
        for pair in self.pairs:
            for name, differing in self._subjects(pair):
                by_name.setdefault(name, []).append((pair, differing))
        left = sum(bool(differing.may) for subjects in by_name.values() for _, differing in subjects)
        for name, subjects in sorted(by_name.items(), key=lambda each: not each[0]):
            of_pairs = []
            for pair, differing in subjects:
                if differing.may:
                    until = monotonic() + max(0.0, self._end - monotonic()) / left
                    left -= 1
                    of_pairs.append(self._searched(pair, name, differing, until))
                else:
                    of_pairs.append(self._declared(pair, name))
            yield joined(of_pairs)

    def _subjects(self, pair: Pair) -> Iterator[tuple[str, Differing]]:
        """Every action of either version, with what differs; then what differs of the states that are taken."""
        if pair.old is None or pair.new is None:
            return
        old, new = self.old.engine.programs[pair.old], self.new.engine.programs[pair.new]
        programs = ProgramPair(old, new)
        self._keys |= programs.keys
        for name in dict.fromkeys((*old.actions, *new.actions)):
            both = name in old.actions and name in new.actions
            yield name, programs.of_action(name) if both else NOTHING
        yield "", programs.of_states()

    def _declared(self, pair: Pair, name: str) -> Meaning:
        """What is known of an action without asking anything."""
        assert pair.old is not None
        assert pair.new is not None
        old, new = (side.written[version].named["actions"].get(name) for side, version in self._of(pair))
        if name and (old is None or new is None):
            there = new or old
            return Meaning(name, ("removed" if new is None else "added",), spans=(there.span,) if there else ())
        if name and old is not None and new is not None and _arguments(old.value) != _arguments(new.value):
            return Meaning(name, ("other arguments",), spans=(new.span,))
        return Meaning(name, (SAME,))

    def _of(self, pair: Pair) -> Iterator[tuple[Side, str]]:
        assert pair.old is not None
        assert pair.new is not None
        yield from ((self.old, pair.old), (self.new, pair.new))

    @cached_property
    def _known(self) -> KnownRequests:
        return KnownRequests(self.old, self.new) if self._requests is None else self._requests

    def _searched(self, pair: Pair, name: str, differing: Differing, until: float) -> Meaning:
        known = self._known
        askers = [Asker(side.engine, version) for side, version in self._of(pair)]
        days = (pair.first, pair.last)
        search = DifferenceSearch(
            (askers[0], askers[1]), differing, self._keys, days, until, self._most, self._patience
        )
        hints = self._hints.setdefault(name, [])
        programs = [side.engine.programs[version] for side, version in self._of(pair)]
        if name:
            search.run([*hints, *known.asked.get(name, ())], lambda: known.cells_of(name, programs))
        else:
            search.run([*hints, *known.cells_of_states()], list)
        hints += [Cell(each.action, each.state) for each in search.found.values()]
        declared = self._declared(pair, name)
        shown = {each.meaning for each in search.found}
        meanings = [*(declared.meanings if declared.differs else ()), *(each for each in MEANINGS if each in shown)]
        return Meaning(
            name,
            tuple(meanings) or (NOT_FOUND,),
            search.tried,
            search.left_out,
            search.late,
            tuple(_witness(each, pair, askers) for each in _in_order(search.found.values())),
            tuple(dict.fromkeys(clause.span for clause in (*differing.new, *differing.old))),
        )


def _in_order(witnesses: Iterable[Found]) -> list[Found]:
    """The gravest first."""
    return sorted(witnesses, key=lambda each: MEANINGS.index(each.difference.meaning))


def _witness(smallest: Found, pair: Pair, askers: Sequence[Asker]) -> AnsweredWitness:
    old, new = (asker.whole(smallest.action, smallest.state) for asker in askers)
    difference = smallest.difference
    return AnsweredWitness(
        difference.meaning, tuple(sorted(difference.names)), pair, smallest.state, smallest.action, old, new
    )


def _arguments(action: Mapping[str, Any]) -> tuple[Any, ...]:
    """What an action takes, as it is written, without what is said of it."""
    written = action.get("arguments") or {}
    arguments = {
        name: {key: value for key, value in each.items() if key != "description"} if isinstance(each, Mapping) else each
        for name, each in written.items()
    }
    return (arguments, *(action.get(key) for key in ("each", "over", "time_to")))
