"""The functions of the language in SQL that is common to the dialects: one table, beside that of the language.

Each gives its value and, where it may fail, the condition under which it does: then the row is not sure. Days count as
dates, which are compared and counted with alike in every dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from ..language.days import MOST_MONTHS
from .terms import (
    Sql,
    all_of,
    any_of,
    between,
    calculated,
    cases,
    cast,
    compared,
    if_else,
    is_absent,
    is_there,
    negated,
    no_sql,
    wrapped,
)

Made = tuple[Sql, Sql | None]
"""A value, and the condition under which computing it fails, where it may."""


Once = Callable[[Sql], Sql]
"""Gives a value that is long to write a name, so that it is computed once."""


SqlFunction = Callable[[Sequence[Sql], Once], Made]
"""A function in SQL."""


def number(value: int) -> Sql:
    """A number as it is written out."""
    return exp.convert(value)


def _part(unit: str, day: Sql) -> Sql:
    return exp.Extract(this=exp.Var(this=unit), expression=day)


def _month_number(day: Sql) -> Sql:
    """How many months have passed since the year 0."""
    return calculated(
        "+", calculated("*", _part("YEAR", day), number(12)), calculated("-", _part("MONTH", day), number(1))
    )


def _months_from(first: Sql, second: Sql) -> Sql:
    """How many months lie between those of two days."""
    return calculated("-", _month_number(second), _month_number(first))


def _within(count: Sql, least: int, most: int) -> Sql:
    return between(count, number(least), number(most))


def _month_added(day: Sql, count: Sql) -> Sql:
    """The same day some months later, or the last of that month; the result has to be known to lie in the years."""
    return _added(day, count, "MONTH")


def _in_years(day: Sql, count: Sql) -> Sql:
    """Whether a day so many months later lies in the years 1 to 9999."""
    return _within(calculated("+", _month_number(day), count), 12, 9999 * 12 + 11)


def _add_months(arguments: Sequence[Sql], once: Once) -> Made:
    day, count = arguments[0], _clamped(arguments[1], MOST_MONTHS)
    fits = all_of((is_there(count), _in_years(day, count)))
    return cases([(fits, _month_added(day, count))]), all_of([*map(is_there, arguments), negated(fits)])


def _days_from(first: Sql, second: Sql) -> Sql:
    return cast(exp.DateDiff(this=second, expression=first, unit=exp.Var(this="DAY")), "bigint")


def _day_added(day: Sql, count: Sql) -> Sql:
    return _added(day, count, "DAY")


def _added(day: Sql, count: Sql, unit: str) -> Sql:
    return cast(exp.DateAdd(this=day, expression=count, unit=exp.Var(this=unit)), "date")


def _date(text: str) -> Sql:
    return cast(exp.Literal.string(text), "date")


def _add_days(arguments: Sequence[Sql], once: Once) -> Made:
    day, count = arguments
    fits = all_of(
        (
            compared(">=", count, _days_from(day, _date("0001-01-01"))),
            compared("<=", count, _days_from(day, _date("9999-12-31"))),
        )
    )
    return cases([(fits, _day_added(day, count))]), negated(fits)


def _start_of_month(arguments: Sequence[Sql], once: Once) -> Made:
    (day,) = arguments
    return _first_of_month(day), None


def _first_of_month(day: Sql) -> Sql:
    return _day_added(day, calculated("-", number(1), _part("DAY", day)))


def _last_day_of_month(day: Sql) -> Sql:
    """The number of the last day of a day's month: that of the first, a month later, the day before."""
    first = _first_of_month(day)
    return _days_from(first, _month_added(first, number(1)))


def _months_between(arguments: Sequence[Sql], once: Once) -> Made:
    first, second = arguments
    return if_else(
        compared("<", second, first),
        calculated("-", number(0), _whole_months(second, first)),
        _whole_months(first, second),
    ), _last_month(second, first)


def _last_month(*days: Sql) -> Sql:
    """Whether a day lies in the last month of all: the month after it has no day."""
    return any_of(compared(">=", day, _date("9999-12-01")) for day in days)


def _whole_months(first: Sql, second: Sql) -> Sql:
    last_day = _last_day_of_month(second)
    day_of_first = _part("DAY", first)
    least = if_else(compared("<", day_of_first, last_day), day_of_first, last_day)
    is_short = if_else(compared("<", _part("DAY", second), least), number(1), number(0))
    return calculated("-", _months_from(first, second), is_short)


def _clamped(count: Sql, most: int) -> Sql:
    """A number, where it is no more than so much in size; else none, so that nothing made of it is too large."""
    return cases([(_within(count, -most, most), count)])


def _whole_terms(span: Sql, length: Sql) -> Sql:
    """How many whole terms of a length have passed in a span; none where a term has no length."""
    ratio = exp.Div(this=cast(span, "double"), expression=wrapped(length))
    return cases([(compared(">", length, number(0)), cast(exp.Floor(this=ratio), "bigint"))])


def _first_after(start: Sql, months: Sql, on: Sql, once: Once) -> tuple[Sql, Sql]:
    """The first day after `on` that is a whole number of terms after `start`, and whether it is in the years."""
    whole = once(_whole_terms(_months_from(start, on), months))
    reached = once(calculated("*", if_else(compared("<", whole, number(1)), number(1), whole), months))
    further = calculated("+", reached, months)
    fits = once(all_of((compared(">", months, number(0)), _in_years(start, further))))
    first = _month_added(start, reached)
    day = if_else(compared(">", first, on), first, _month_added(start, further))
    return cases([(fits, day)]), fits


def _anniversary(arguments: Sequence[Sql], once: Once) -> Made:
    anchor, months, after = arguments
    is_later = compared(">", anchor, after)
    in_bounds = _within(months, 1, MOST_MONTHS)
    months = once(cases([(in_bounds, months)]))
    day, fits = _first_after(anchor, months, after, once)
    good = all_of((in_bounds, any_of((is_later, fits))))
    value = cases([(is_later, anchor), (in_bounds, day)])
    return value, negated(good)


def _next_renewal(arguments: Sequence[Sql], once: Once) -> Made:
    start, renewal, on = arguments
    is_later = compared(">", renewal, on)
    months = once(_months_from(start, renewal))
    by_start, _ = _first_after(start, months, on, once)
    by_renewal, _ = _first_after(renewal, months, on, once)
    has_months = compared(">", months, number(0))
    keeps_start = all_of((has_months, compared("==", _month_added(start, months), renewal)))
    keeps_renewal = all_of(
        (has_months, compared("==", _month_added(renewal, calculated("-", number(0), months)), start))
    )
    length = once(_days_from(start, renewal))
    whole = _whole_terms(_days_from(start, on), length)
    days = calculated("*", calculated("+", whole, number(1)), length)
    days_fit = compared("<=", days, _days_from(start, _date("9999-12-31")))
    value = cases(
        [
            (is_later, renewal),
            (compared("<=", renewal, start), exp.null()),
            (keeps_start, by_start),
            (keeps_renewal, by_renewal),
            (days_fit, _day_added(start, days)),
        ]
    )
    value = once(value)
    return value, all_of([*(is_there(each) for each in arguments), is_absent(value)])


def _rounded(rounding: str, number_: Sql, by: Sql) -> Sql:
    size, divisor = exp.Abs(this=number_), exp.Abs(this=by)
    rest = exp.Mod(this=size, expression=divisor)
    quotient = cast(exp.IntDiv(this=size, expression=divisor), "bigint")
    twice = calculated("*", rest, number(2))
    away = {
        "down": exp.false(),
        "up": compared(">", rest, number(0)),
        "half_up": compared(">=", twice, divisor),
        "half_even": any_of(
            (
                compared(">", twice, divisor),
                all_of(
                    (
                        compared("==", twice, divisor),
                        compared("==", exp.Mod(this=wrapped(quotient), expression=number(2)), number(1)),
                    )
                ),
            )
        ),
    }[rounding]
    rounded = calculated("+", quotient, if_else(away, number(1), number(0)))
    same_sign = compared("==", compared("<", number_, number(0)), compared("<", by, number(0)))
    return if_else(same_sign, rounded, calculated("-", number(0), rounded))


def _divide(arguments: Sequence[Sql], once: Once) -> Made:
    rounding = arguments[2]
    if not isinstance(rounding, exp.Literal):
        raise no_sql("divide")
    small, by, fails = _to_divide(arguments, once)
    return _rounded(rounding.name, small, by), fails


def _to_divide(arguments: Sequence[Sql], once: Once) -> tuple[Sql, Sql, Sql]:
    """A number and the one that it is divided by, both of no more than 61 bits, and where they are not."""
    number_, by = arguments[:2]
    small = once(_clamped(number_, 2**61))
    divisor = once(cases([(compared("!=", by, number(0)), _clamped(by, 2**61))]))
    return small, divisor, all_of((is_there(number_), is_there(by), any_of((is_absent(small), is_absent(divisor)))))


def _remainder(arguments: Sequence[Sql], once: Once) -> Made:
    small, by, fails = _to_divide(arguments, once)
    rest = exp.Mod(this=exp.Abs(this=small), expression=exp.Abs(this=by))
    return if_else(compared("<", small, number(0)), calculated("-", number(0), rest), rest), fails


def _extreme(kind: type[exp.Greatest] | type[exp.Least]) -> SqlFunction:
    def made(arguments: Sequence[Sql], _: Once) -> Made:
        first, *others = (each for each in arguments)
        return kind(this=first, expressions=others, ignore_nulls=True), None

    return made


FUNCTIONS: Mapping[str, SqlFunction] = {
    "add_days": _add_days,
    "add_months": _add_months,
    "anniversary": _anniversary,
    "days_between": lambda days, _: (_days_from(*days), None),
    "divide": _divide,
    "max": _extreme(exp.Greatest),
    "min": _extreme(exp.Least),
    "months_between": _months_between,
    "next_renewal": _next_renewal,
    "remainder": _remainder,
    "start_of_month": _start_of_month,
}
"""One that is not here, and that nothing else writes, is left to the engine."""
