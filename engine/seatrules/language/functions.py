"""The functions of the language: one table, which the checker, every evaluator, `when` and the docs read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from .days import (
    MOST_DAYS,
    MOST_MONTHS,
    OutOfRangeError,
    add_days,
    add_months,
    anniversary,
    days_between,
    months_between,
    next_renewal,
    start_of_month,
)
from .limits import joined_text
from .numbers import ROUNDINGS, divide, remainder
from .types import Boolean, Date, Integer, Text, Type, Word

if TYPE_CHECKING:
    from fractions import Fraction

    Rate = int | Fraction
    """By how much a value grows with every step."""


class Pattern(Enum):
    """The values that an argument may have, where they are of more than one type."""

    COLLECTION = "a list or a map"
    ELEMENT = "what may be an item of the list before it"
    LIST = "a list of values, not of records"
    NOT_ZERO = "a number that is shown not to be 0"
    ORDERED = "a number, a date or a text"
    PRINTED = "a text, a word, a number or a date"
    SAME = "the type of the first argument"
    SINGLE = "a value by itself, no record and no list"
    VALUE = "any value"


COLLECTION, ELEMENT, LIST, NOT_ZERO, ORDERED, PRINTED, SAME, SINGLE, VALUE = Pattern
TypeOrPattern = Type | Pattern
ORDER_OF = "only numbers, dates and texts have an order"

MONTH_SPREAD = 4
"""By how many days a month may end earlier than its pace says, and one more."""


class TurningComparison(NamedTuple):
    """A comparison of two values: where it comes out otherwise, a result may begin to change at another pace."""

    op: str
    left: Any
    right: Any


class Pace(NamedTuple):
    """How the result of a function changes from day to day where its arguments do.

    `growth` gives how much the result grows each day, from what each argument grows by and from the arguments; `None`
    where the result is one of the arguments. `spread` says from the same by how much it may lie beside that, more than
    the arguments do. `turns` takes the result, the arguments and those of them that change, and gives the
    comparisons at which the pace may change.
    """

    growth: Callable[[Sequence[Rate], Sequence[Any]], Rate] | None = None
    spread: Callable[[Sequence[Rate], Sequence[Any]], int] = lambda paces, values: 0
    turns: Callable[[Any, Sequence[Any], Sequence[Any]], list[TurningComparison]] = lambda result, values, moving: []


def _overtaking(_: Any, values: Sequence[Any], moving: Sequence[Any]) -> list[TurningComparison]:
    """Of values that change, another one may be the greatest or the least from where two are equal."""
    return [TurningComparison("==", one, other) for one in moving for other in values]


def _at_multiples(_: Any, values: Sequence[Any], moving: Sequence[Any]) -> list[TurningComparison]:
    """What is left of a number begins anew at each multiple of what it is divided by."""
    number, by = values[0], abs(int(values[1]))
    below = int(number) // by * by
    return [TurningComparison("==", number, below), TurningComparison("==", number, below + by)]


def _at_month_ends(_: Any, values: Sequence[Any], moving: Sequence[Any]) -> list[TurningComparison]:
    """Another month begins, or the one before."""
    with suppress(OutOfRangeError):
        first = start_of_month(values[0])
        return [TurningComparison("<", values[0], first), TurningComparison(">=", values[0], add_months(first, 1))]
    return []


def _at_months_of(result: Any, values: Sequence[Any], moving: Sequence[Any]) -> list[TurningComparison]:
    """The second day comes to be a month more, or one less, after the first."""
    first, second = values
    months = [(">=", result + 1), ("<", result)] if result >= 0 and second >= first else []
    turns = []
    for op, count in months:
        with suppress(OutOfRangeError):
            turns.append(TurningComparison(op, second, add_months(first, count)))
    return turns


class Function(NamedTuple):
    """A function: what it takes and gives, what it computes, how it may fail and move, and how it is explained.

    `takes` are the types of its arguments; the last may be repeated if it is `variadic`. A number that is written out
    lies within the bounds of its type; one that is read may lead to an error of the request. `gives` is the type of the
    result, or `SAME` as the first argument. One that `may_fail` may give a day outside the years that dates have.
    """

    takes: tuple[TypeOrPattern, ...]
    gives: TypeOrPattern
    run: Callable[..., Any]
    says: str
    example: str
    variadic: bool = False
    may_fail: bool = False
    pace: Pace | None = None


class LoopFunction(NamedTuple):
    """A function of a `for`: what it takes of each entry, what it gives, and what it computes of all of them.

    Where it gives `SAME`, that is the type of what it takes, or absent where there is nothing. Of one that depends on
    the order of the entries those of a map come by their keys, however a state is written.
    """

    takes: TypeOrPattern
    gives: TypeOrPattern
    run: Callable[[Sequence[Any]], Any]
    says: str
    example: str
    pace: Pace | None = None
    in_order: bool = False


def count_distinct(values: Sequence[Any]) -> int:
    """How many different values there are."""
    return len(set(values))


def first(values: Sequence[Any]) -> Any:
    """The first value; `None` where there is none."""
    return values[0] if values else None


def _share(pace: Rate, number: int) -> Rate:
    """By how much a value grows of which one grows by `pace` is the `number`th part."""
    from fractions import Fraction  # slow to import, and only for what looks ahead

    return Fraction(pace) / number


def without(items: list[Any], item: Any) -> list[Any]:
    """`items` less every one that equals `item`."""
    return [each for each in items if each != item]


# It stays the same until the third argument, the day, reaches it.
_UNTIL_REACHED = Pace(
    growth=lambda paces, values: 0,
    spread=lambda paces, values: int(bool(paces[0] or paces[1])),
    turns=lambda result, values, moving: [TurningComparison("<=", result, values[2])],
)
FUNCTIONS: Mapping[str, Function] = {
    "add_days": Function(
        takes=(Date(), Integer(-MOST_DAYS, MOST_DAYS)),
        gives=Date(),
        run=add_days,
        says="the day so many days later",
        example='add_days("2025-02-28", 1) == "2025-03-01"',
        may_fail=True,
        pace=Pace(growth=lambda paces, values: sum(paces)),
    ),
    "add_months": Function(
        takes=(Date(), Integer(-MOST_MONTHS, MOST_MONTHS)),
        gives=Date(),
        run=add_months,
        says="the same day so many months later, or that month's last",
        example='add_months("2025-01-31", 1) == "2025-02-28"',
        may_fail=True,
        pace=Pace(growth=lambda paces, values: paces[0], spread=lambda paces, values: MONTH_SPREAD),
    ),
    "anniversary": Function(
        takes=(Date(), Integer(1), Date()),
        gives=Date(),
        run=anniversary,
        says="given a day, a number of months, a day: of the first day and those so many months on, the first after it",
        example='anniversary("2024-01-31", 1, "2024-02-29") == "2024-03-31"',
        may_fail=True,
        pace=_UNTIL_REACHED,
    ),
    "casefold": Function(
        takes=(Text(),),
        gives=Text(),
        run=str.casefold,
        says="a text as it compares whatever its capitals",
        example='casefold("STRASSE") == casefold("straße")',
    ),
    "days_between": Function(
        takes=(Date(), Date()),
        gives=Integer(),
        run=days_between,
        says="how many days the second is after the first",
        example='days_between("2025-03-01", "2025-03-08") == 7',
        pace=Pace(growth=lambda paces, values: paces[1] - paces[0]),
    ),
    "divide": Function(
        takes=(Integer(), NOT_ZERO, Word("rounding", ROUNDINGS)),
        gives=Integer(),
        run=divide,
        says="the first divided by the second, rounded: `half_up`, `half_even`, `up` or `down`",
        example='divide(1750, 3, "half_up") == 583',
        # It is less than 1 away from the quotient, now and later, so that it strays by less than 2 from its pace; where
        # what it is divided by moves too, no pace is said.
        pace=Pace(
            growth=lambda paces, values: 0 if paces[1] else _share(paces[0], int(values[1])),
            spread=lambda paces, values: 2,
        ),
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
        says="the greatest of two numbers, dates or texts, or more",
        example="max(0, 3) == 3",
        variadic=True,
        pace=Pace(turns=_overtaking),
    ),
    "min": Function(
        takes=(ORDERED, SAME),
        gives=SAME,
        run=min,
        says="the least of two numbers, dates or texts, or more",
        example="min(0, 3) == 0",
        variadic=True,
        pace=Pace(turns=_overtaking),
    ),
    "months_between": Function(
        takes=(Date(), Date()),
        gives=Integer(),
        run=months_between,
        says="how many whole months the second is after the first",
        example='months_between("2024-01-31", "2024-03-30") == 1',
        # Of a first day that moves, or that is after the second, no pace is said.
        pace=Pace(
            growth=lambda paces, values: 0,
            spread=lambda paces, values: int(bool(paces[0]) or values[0] > values[1]),
            turns=_at_months_of,
        ),
    ),
    "next_renewal": Function(
        takes=(Date(), Date(), Date()),
        gives=Date(),
        run=next_renewal,
        says="given a term's start, its end, and a day: the first end of a whole term after that day",
        example='next_renewal("2024-01-31", "2025-01-31", "2025-01-31") == "2026-01-31"',
        may_fail=True,
        pace=_UNTIL_REACHED,
    ),
    "remainder": Function(
        takes=(Integer(), NOT_ZERO),
        gives=Integer(),
        run=remainder,
        says="what is left of the first where it is divided down by the second",
        example="remainder(1750, 3) == 1",
        pace=Pace(
            growth=lambda paces, values: 0 if paces[1] else paces[0],
            spread=lambda paces, values: int(bool(paces[1])),
            turns=_at_multiples,
        ),
    ),
    "start_of_month": Function(
        takes=(Date(),),
        gives=Date(),
        run=start_of_month,
        says="the first day of the month",
        example='start_of_month("2025-02-28") == "2025-02-01"',
        pace=Pace(growth=lambda paces, values: 0, turns=_at_month_ends),
    ),
    "text": Function(
        takes=(PRINTED,),
        gives=Text(),
        run=joined_text,
        says="texts, words, numbers and dates, joined",
        example='text("INV-", 7, " ", "2025-03-01") == "INV-7 2025-03-01"',
        variadic=True,
        may_fail=True,
        # It is another text as soon as a part of it is another.
        pace=Pace(growth=lambda paces, values: 0, spread=lambda paces, values: 1),
    ),
    "without": Function(
        takes=(LIST, ELEMENT),
        gives=SAME,
        run=without,
        says="a list less each item that equals the second",
        example='without(["a", "b"], "a") == ["b"]',
    ),
}
LOOPS: Mapping[str, LoopFunction] = {
    "all": LoopFunction(
        takes=Boolean(),
        gives=Boolean(),
        run=all,
        says="whether the condition holds for each",
        example="all(n > 0 for n in [1, 2])",
    ),
    "any": LoopFunction(
        takes=Boolean(),
        gives=Boolean(),
        run=any,
        says="whether it holds for one at least",
        example="any(n > 1 for n in [1, 2])",
    ),
    "count": LoopFunction(
        takes=VALUE,
        gives=Integer(),
        run=len,
        says="how many there are",
        example="count(n for n in [1, 2] if n > 1) == 1",
    ),
    "count_distinct": LoopFunction(
        takes=SINGLE,
        gives=Integer(),
        run=count_distinct,
        says="how many different ones there are",
        example="count_distinct(n for n in [1, 2, 1]) == 2",
        pace=Pace(growth=lambda paces, values: 0, turns=_overtaking),
    ),
    "first": LoopFunction(
        takes=SINGLE,
        gives=SAME,
        run=first,
        says="the first of each, over a map that of the least key; absent where there is none",
        example="first(n for n in [1, 2] if n > 2) is None",
        in_order=True,
    ),
    "max": LoopFunction(
        takes=ORDERED,
        gives=SAME,
        run=partial(max, default=None),
        says="the greatest of each; absent where there is none",
        example="max(n for n in [1, 2] if n > 2) is None",
        pace=Pace(turns=_overtaking),
    ),
    "min": LoopFunction(
        takes=ORDERED,
        gives=SAME,
        run=partial(min, default=None),
        says="the least of each; absent where there is none",
        example="min(n for n in [1, 2] if n > 2) is None",
        pace=Pace(turns=_overtaking),
    ),
    "sum": LoopFunction(
        takes=Integer(),
        gives=Integer(),
        run=sum,
        says="their sum; of none, 0",
        example="sum(n * 2 for n in [1, 2]) == 6",
    ),
}
LISTED = "[]"
"""What a list of each is called, `[element for variable in over if condition]`, beside the functions of a `for`."""
IN_ORDER = {LISTED, *(name for name, each in LOOPS.items() if each.in_order)}
"""What depends on the order of the entries."""
CALLABLE = sorted({*FUNCTIONS, *LOOPS})
