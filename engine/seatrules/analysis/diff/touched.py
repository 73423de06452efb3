"""Whom a change touches: which of given requests the two policies answer differently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...errors import RequestError
from .answers import MEANINGS, Action, Asker, State, difference, is_no_request
from .differing import Programs
from .sides import Pair, Side

FIRST = 3
"""How many examples are kept of each change."""


class Example(NamedTuple):
    """A request that is answered differently, and the number of its line."""

    line: int
    action: Action
    state: State


@dataclass
class Touch:
    """What changes for requests of one action: in what, by which codes or clauses, for how many, and the first."""

    action: str
    meaning: str
    names: tuple[str, ...]
    count: int = 0
    examples: list[Example] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        examples = [each._asdict() for each in self.examples]
        return {
            "action": self.action,
            "meaning": self.meaning,
            "of": list(self.names),
            "count": self.count,
            "examples": examples,
        }


class Touched:
    """Asks both policies, each by the version that decides on the request's day, or by the one that is named."""

    def __init__(self, old: Side, new: Side, pairs: Iterable[Pair]) -> None:
        self._askers = tuple(Asker(side.engine, side.place.version) for side in (old, new))
        self._may = _may(old, new, pairs)
        self._changes: dict[tuple[str, str, tuple[str, ...]], Touch] = {}
        self.asked = 0
        self.broken: list[tuple[int, RequestError]] = []
        """The lines that hold no request, with what is wrong."""

    @property
    def changes(self) -> list[Touch]:
        """The changes, the gravest first."""
        return sorted(self._changes.values(), key=lambda each: [*MEANINGS].index(each.meaning))  # type: ignore[arg-type]

    @property
    def differing(self) -> int:
        """How many requests are answered differently."""
        return sum(each.count for each in self._changes.values())

    def words(self) -> set[str]:
        """What differs, in the words by which it may be allowed."""
        return {each.meaning.removeprefix("other ") for each in self._changes.values()}

    def ask(self, line: int, action: Action, state: State) -> None:
        """Note in what the answers to a request differ.

        Raises:
            RequestError: it is none to either policy.
        """
        old, new = (asker.answer(action, state) for asker in self._askers)
        if is_no_request(old) and is_no_request(new):
            assert new.error is not None
            raise new.error
        self.asked += 1
        if (differs := difference(old, new, self._may)) is None:
            return
        key = (str(action["type"]), differs.meaning, tuple(sorted(differs.names)))
        change = self._changes.setdefault(key, Touch(*key))
        change.count += 1
        if len(change.examples) < FIRST:
            change.examples.append(Example(line, action, state))


def _may(old: Side, new: Side, pairs: Iterable[Pair]) -> frozenset[str]:
    """In what answers may differ at all, so that no more is looked at."""
    may = frozenset[str]()
    for pair in pairs:
        if pair.old is not None and pair.new is not None:
            programs = Programs(old.engine.programs[pair.old], new.engine.programs[pair.new])
            for name in programs.old.actions.keys() & programs.new.actions.keys():
                may |= programs.of_action(name).may
    return may
