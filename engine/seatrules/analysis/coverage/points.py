"""What a case can show of a policy: each part as written, and the sides to which it can come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...diagnostics import Span, printable
from ...policy.kinds import singular
from ..uses import NamedThing
from .watching import Tally

TWO = ("true", "false")
DAYS = ("before", "same", "after")
ONCE = ("asked",)

_COMMON = {"true": "never true", "false": "never false", "asked": "never asked"}
_DAYS = {
    "before": "a day before it never asked",
    "same": "the day itself never asked",
    "after": "a day after it never asked",
}
LACKING: Mapping[str, Mapping[str, str]] = {
    "action": _COMMON,
    "cell": {"asked": "never read"},
    "choice": {"asked": "never chosen"},
    "condition": _COMMON,
    "consequence": {"asked": "never applied"},
    "cutoff": {"asked": "never read"},
    "day": _DAYS,
    "event": {"asked": "never happened"},
    "fact": _COMMON,
    "message": {"asked": "never said"},
    "outcome": {"asked": "never came up"},
    "requirement": {**_COMMON, "true": "never held", "false": "never failed"},
    "rule": {"false": "never failed"},
    "statement": {"asked": "without a case"},
}
"""What is said of a side that no case shows, by the kind of the point."""


class Point(NamedTuple):
    """A part of a policy as written: its kind, what it is in words, its place, and the sides that it has.

    `owner` is the entry in which it stands; `at` tells parts apart of a text over several lines.
    """

    kind: str
    what: str
    span: Span
    sides: Sequence[str]
    owner: NamedThing
    at: int = 0

    @property
    def key(self) -> tuple[Any, ...]:
        """The same wherever what is written there is bound: for another action, in another version."""
        return self.kind, self.what, self.span.sort_key, self.at

    def with_sides_of(self, other: Point) -> Point:
        """The point with the sides of another one, too."""
        more = [side for side in other.sides if side not in self.sides]
        return self._replace(sides=(*self.sides, *more)) if more else self

    @property
    def order(self) -> tuple[Any, ...]:
        """The order of the files, and of what is written in each."""
        return *self.span.sort_key, self.at

    @property
    def title(self) -> str:
        """What a reader knows it by."""
        of = f"{singular(self.owner.kind)} `{printable(self.owner.name)}`"
        return f"{of}, {self.what}" if self.what else of


class ShownPoint(NamedTuple):
    """A point with what cases showed of it; `excused` says why nothing has to, where an author says so."""

    point: Point
    tally: Tally
    excused: str | None = None

    @property
    def counts(self) -> dict[str, int]:
        """How often each of its sides came out; what was unknown, too, where anything was."""
        counts = {side: self.tally.total() if side == "asked" else self.tally[side] for side in self.point.sides}
        return {**counts, "unknown": unknown} if (unknown := self.tally["unknown"]) else counts

    @property
    def lacking(self) -> list[str]:
        """The sides that no case shows and one has to."""
        return [] if self.excused else [side for side in self.point.sides if not self.counts[side]]

    @property
    def sides(self) -> int:
        """How many sides cases have to show."""
        return 0 if self.excused else len(self.point.sides)

    @property
    def lacks(self) -> list[str]:
        """What is lacking, each in words."""
        sides, words = self.lacking, LACKING[self.point.kind]
        if len(sides) > 1 and len(sides) == len(self.point.sides):
            return ["never asked"]
        return [words[side] for side in sides]

    @property
    def lack(self) -> str:
        """What is lacking, in words."""
        return ", ".join(self.lacks)
