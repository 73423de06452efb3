"""Finds where comparisons turn, that is come out differently, when a number or a day moves.

A value that moves knows its pace: by how much it grows with every step of what is varied. It keeps it through
arithmetic, as a dual number does (automatic differentiation, Wengert 1964), so that the step at which two values meet
is computed and not searched for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from ..language import tree as t
from ..language.functions import FUNCTIONS, LOOPS, Pace
from ..language.interpret import Interpreter, Item

if TYPE_CHECKING:
    from ..language.functions import Rate

WIDE = 50
"""Of how many steps each is named, where a comparison may turn at any of them; of more, the ends and the middle are."""


class MovingNumber(int):
    """A whole number that grows by `pace` with every step, and lies beside that by `spread` at most."""

    pace: Rate
    spread: int

    def __new__(cls, value: int, pace: Rate, spread: int = 0) -> MovingNumber:
        number = super().__new__(cls, value)
        number.pace, number.spread = pace, spread
        return number

    def __add__(self, other: int) -> MovingNumber:
        return MovingNumber(int(self) + int(other), self.pace + pace_of(other), self.spread + spread_of(other))

    def __sub__(self, other: int) -> MovingNumber:
        return self + -1 * other

    def __rsub__(self, other: int) -> MovingNumber:
        return self * -1 + other

    def __mul__(self, other: int) -> MovingNumber:
        pace = self.pace * int(other) + int(self) * pace_of(other)
        spread = abs(int(other)) * self.spread + abs(int(self)) * spread_of(other)
        return MovingNumber(int(self) * int(other), pace, spread)

    __radd__, __rmul__ = __add__, __mul__


class MovingDay(str):
    """A day that moves by `pace` days with every step, and lies beside that by `spread` at most."""

    __slots__ = ("pace", "spread")
    pace: Rate
    spread: int

    def __new__(cls, value: str, pace: Rate, spread: int = 0) -> MovingDay:
        day = super().__new__(cls, value)
        day.pace, day.spread = pace, spread
        return day


class ChosenText(str):
    """A text that is yet to be chosen: only the texts that it is compared with matter."""

    __slots__ = ()


_MOVES = MovingNumber | MovingDay | ChosenText


def pace_of(value: Any) -> Rate:
    return getattr(value, "pace", 0)


def spread_of(value: Any) -> int:
    return getattr(value, "spread", 0)


class MovingComparison(NamedTuple):
    """A comparison of values that move, with its result; and of which entries, by the names of the loops around it."""

    expression: str
    left: Any
    right: Any
    holds: bool
    entries: tuple[tuple[str, Any], ...] = ()


class MovingInterpreter(Interpreter):
    """Computes expressions in which something moves, and notes at which steps a comparison may turn.

    `turns` are the steps at which one first comes out differently, `texts` what an open text is compared with.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.turns = set[int]()
        self.texts: dict[str, None] = {}
        self.comparisons: list[MovingComparison] = []
        self.entries_around: tuple[tuple[str, Any], ...] = ()

    def is_the_same(self, values: Sequence[Any]) -> bool:
        """What moves is told by what is done with it, and not by its value."""
        return not any(isinstance(each, _MOVES | list) for each in values)

    def kept(self, loop: t.Loop, entry: Any, local: Mapping[str, Any]) -> Any:
        with self._inside(loop.variable, entry):
            return super().kept(loop, entry, local)

    def part(self, expr: t.Each, entry: Any, kept: Any, local: Mapping[str, Any]) -> tuple[Any, Any]:
        with self._inside(expr.variable, entry):
            return super().part(expr, entry, kept, local)

    @contextmanager
    def _inside(self, variable: str, entry: Any) -> Iterator[None]:
        """What is compared inside is compared for this entry."""
        around = self.entries_around
        self.entries_around = (*around, (variable, _key_of(entry)))
        yield
        self.entries_around = around

    def compared(self, expr: t.Compare, left: Any, right: Any) -> bool:
        holds = super().compared(expr, left, right)
        if isinstance(right, list):
            for each in right:
                self._note_turns("==", left, each)
        else:
            self._note_turns(expr.op, left, right)
        if pace_of(left) != pace_of(right):
            self.comparisons.append(MovingComparison(expr.text, left, right, holds, self.entries_around))
        return holds

    def looked_up(self, keys: Sequence[Any]) -> None:
        """Where a key moves, another entry may be read on each step."""
        if any(spread_of(key) for key in keys):
            self.turns.add(1)

    def applied(self, function: str, values: Sequence[Any]) -> Any:
        return self._paced(super().applied(function, values), values, FUNCTIONS[function].pace)

    def gathered(self, function: str, values: Sequence[Any]) -> Any:
        return self._paced(super().gathered(function, values), values, LOOPS[function].pace)

    def _paced(self, result: Any, values: Sequence[Any], pace: Pace | None) -> Any:
        """The result of a function with the pace that its arguments give it, after noting where that turns."""
        paces, spread = [pace_of(value) for value in values], sum(map(spread_of, values))
        if pace is None or not (any(paces) or spread):
            return result
        for turn in pace.turns(result, values, [value for value in values if pace_of(value) or spread_of(value)]):
            self._note_turns(*turn)
        if pace.growth is None:
            return result
        moving = MovingDay if isinstance(result, str) else MovingNumber
        return moving(result, pace.growth(paces, values), spread + pace.spread(paces, values))

    def _note_turns(self, op: str, left: Any, right: Any) -> None:
        """Note the steps at which the comparison turns."""
        for open_text, other in ((left, right), (right, left)):
            if isinstance(open_text, ChosenText) and isinstance(other, str):
                self.texts[other] = None
        pace, spread = pace_of(left) - pace_of(right), spread_of(left) + spread_of(right)
        if pace:
            self.turns |= turns_within(op, _gap(left, right), pace, spread)
        elif spread:
            self.turns.add(1)


def _key_of(entry: Any) -> Any:
    """The key of an entry, its number in a list of records (from 0), or the value that a list holds."""
    if isinstance(entry, Item):
        return entry.path[-1] if entry.id is None else entry.id
    return entry


def _gap(left: Any, right: Any) -> int:
    if isinstance(left, str):
        return (date.fromisoformat(left) - date.fromisoformat(right)).days
    return int(left) - int(right)


def turns_within(op: str, gap: int, pace: Rate, spread: int) -> set[int]:
    """The steps from which on the comparison may come out differently, where the gap is `spread` beside its pace."""
    middle = turns(op, gap, pace)
    if not spread:
        return middle
    ends = turns(op, gap - spread, pace) | turns(op, gap + spread, pace)
    first, last = min(ends), max(ends)
    if last - first <= WIDE:
        return {*range(first, last + 1)}
    return {first, last} | middle | ({1} if first <= 0 < last else set())


def turns(op: str, gap: int, pace: Rate) -> set[int]:
    """The steps at which `gap + pace * step op 0` first comes out differently."""
    reached, passed = -(gap // pace), -gap // pace + 1
    if op in ("<", ">="):
        return {reached if pace > 0 else passed}
    if op in ("<=", ">"):
        return {passed if pace > 0 else reached}
    return {reached, passed}
