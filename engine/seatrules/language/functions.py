"""The functions of the language: one table, which the checker, every evaluator, `when` and the docs read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

from .days import add_days, add_months, days_between, next_renewal
from .types import Boolean, Date, Integer, Type


class Pattern(Enum):
    """What may stand in the place of an argument, where that is more than one type."""

    COLLECTION = "a list or a map"
    ELEMENT = "what may be an item of the list before it"
    LIST = "a list of values, not of records"
    ORDERED = "a number or a date"
    SAME = "the type of the first argument"
    VALUE = "any value"


COLLECTION, ELEMENT, LIST, ORDERED, SAME, VALUE = Pattern
Wanted = Type | Pattern


class Turn(NamedTuple):
    """A comparison of two values at whose turn a result may begin to move otherwise."""

    op: str
    left: Any
    right: Any


class Pace(NamedTuple):
    """How a result moves where the arguments do.

    `growth` gives by how much it grows with every step, from what the arguments grow by; nothing where the result is
    one of the arguments. `rough` says from the same whether that holds only about. `turns` gives, of the result, the
    arguments and those of them that move, the comparisons at which it begins to move otherwise.
    """

    growth: Callable[[Sequence[int]], int] | None = None
    rough: Callable[[Sequence[int]], bool] = lambda paces: False
    turns: Callable[[Any, Sequence[Any], Sequence[Any]], list[Turn]] = lambda result, values, moving: []


def _overtaking(_: Any, values: Sequence[Any], moving: Sequence[Any]) -> list[Turn]:
    """A value that moves takes the place of another, or gives it up, where they meet."""
    return [Turn("==", one, other) for one in moving for other in values]


class Function(NamedTuple):
    """A function: what it takes and gives, what it computes, how it may fail and move, and how it is explained.

    `takes` are the types of its arguments, the last of them as often as is wanted if it is `variadic`; `gives` is that
    of its result, or `SAME` as the first argument. One that `may_fail` leads out of the years that dates have.
    """

    takes: tuple[Wanted, ...]
    gives: Wanted
    run: Callable[..., Any]
    says: str
    example: str
    variadic: bool = False
    may_fail: bool = False
    pace: Pace | None = None


class Loop(NamedTuple):
    """A function of a `for`: what it takes of each entry, what it gives, and what it computes of all of them.

    Where it gives `SAME`, that is the type of what it takes, or absent where there is nothing.
    """

    takes: Wanted
    gives: Wanted
    run: Callable[[Sequence[Any]], Any]
    says: str
    example: str
    pace: Pace | None = None


def without(items: list[Any], item: Any) -> list[Any]:
    """`items` less every one that equals `item`."""
    return [each for each in items if each != item]


FUNCTIONS: Mapping[str, Function] = {
    "add_days": Function(
        takes=(Date(), Integer()),
        gives=Date(),
        run=add_days,
        says="the day so many days later",
        example='add_days("2025-02-28", 1) == "2025-03-01"',
        may_fail=True,
        pace=Pace(growth=sum),
    ),
    "add_months": Function(
        takes=(Date(), Integer()),
        gives=Date(),
        run=add_months,
        says="the same day so many months later, or that month's last",
        example='add_months("2025-01-31", 1) == "2025-02-28"',
        may_fail=True,
        pace=Pace(growth=lambda paces: paces[0], rough=lambda paces: True),
    ),
    "days_between": Function(
        takes=(Date(), Date()),
        gives=Integer(),
        run=days_between,
        says="how many days the second is after the first",
        example='days_between("2025-03-01", "2025-03-08") == 7',
        pace=Pace(growth=lambda paces: paces[1] - paces[0]),
    ),
    "len": Function(
        takes=(COLLECTION,),
        gives=Integer(),
        run=len,
        says="how many entries a list or a map has",
        example='len(["a", "b"]) == 2',
    ),
    "max": Function(
        takes=(ORDERED, SAME),
        gives=SAME,
        run=max,
        says="the greatest of two values or more",
        example="max(0, 3) == 3",
        variadic=True,
        pace=Pace(turns=_overtaking),
    ),
    "min": Function(
        takes=(ORDERED, SAME),
        gives=SAME,
        run=min,
        says="the least of two values or more",
        example="min(0, 3) == 0",
        variadic=True,
        pace=Pace(turns=_overtaking),
    ),
    "next_renewal": Function(
        takes=(Date(), Date(), Date()),
        gives=Date(),
        run=next_renewal,
        says="given a term's start, its end, and a day: the first end of a whole term after that day",
        example='next_renewal("2024-01-31", "2025-01-31", "2025-01-31") == "2026-01-31"',
        may_fail=True,
        # It stays where it is until the day on which it is looked at has reached it.
        pace=Pace(
            growth=lambda paces: 0,
            rough=lambda paces: bool(paces[0] or paces[1]),
            turns=lambda result, values, moving: [Turn("<=", result, values[2])],
        ),
    ),
    "without": Function(
        takes=(LIST, ELEMENT),
        gives=SAME,
        run=without,
        says="a list less each item that equals the second",
        example='without(["a", "b"], "a") == ["b"]',
    ),
}
LOOPS: Mapping[str, Loop] = {
    "all": Loop(
        takes=Boolean(),
        gives=Boolean(),
        run=all,
        says="whether the condition holds for each",
        example="all(n > 0 for n in [1, 2])",
    ),
    "any": Loop(
        takes=Boolean(),
        gives=Boolean(),
        run=any,
        says="whether it holds for one at least",
        example="any(n > 1 for n in [1, 2])",
    ),
    "count": Loop(
        takes=VALUE,
        gives=Integer(),
        run=len,
        says="how many there are",
        example="count(n for n in [1, 2] if n > 1) == 1",
    ),
    "max": Loop(
        takes=ORDERED,
        gives=SAME,
        run=partial(max, default=None),
        says="the greatest of each; absent where there is none",
        example="max(n for n in [1, 2] if n > 2) is None",
        pace=Pace(turns=_overtaking),
    ),
    "min": Loop(
        takes=ORDERED,
        gives=SAME,
        run=partial(min, default=None),
        says="the least of each; absent where there is none",
        example="min(n for n in [1, 2] if n > 2) is None",
        pace=Pace(turns=_overtaking),
    ),
    "sum": Loop(
        takes=Integer(),
        gives=Integer(),
        run=sum,
        says="their sum; of none, 0",
        example="sum(n * 2 for n in [1, 2]) == 6",
    ),
}
CALLABLE = sorted({*FUNCTIONS, *LOOPS})
