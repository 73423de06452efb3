"""Months are counted so that no day is lost and none is between two terms."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from seatrules.language.days import add_days, add_months, anniversary, months_between, start_of_month

DAYS = st.dates(date(1990, 1, 1), date(2050, 1, 1)).map(lambda day: day.isoformat())
NEAR = st.integers(-800, 800)


@given(DAYS, NEAR)
def test_whole_months_are_those_that_have_passed(first: str, offset: int) -> None:
    """So many months on is not after the second day, and one more is; the other way round they are the opposite."""
    second = add_days(first, offset)
    months = months_between(first, second)
    assert months == -months_between(second, first)
    if offset >= 0:
        assert add_months(first, months) <= second < add_months(first, months + 1)


@given(DAYS, st.integers(1, 40), NEAR)
def test_an_anniversary_is_the_first_one_after_the_day(anchor: str, months: int, offset: int) -> None:
    """It is a whole number of terms after the anchor, and no other one lies between the day and it."""
    after = add_days(anchor, offset)
    terms = [add_months(anchor, number * months) for number in range(900 // (28 * months) + 3)]
    assert anniversary(anchor, months, after) == next(day for day in terms if day > after)


@given(DAYS)
def test_a_month_starts_once(day: str) -> None:
    """The first of a month is in it, and the day before it is not."""
    first = start_of_month(day)
    assert first <= day
    assert (start_of_month(first), first[8:]) == (first, "01")
    assert start_of_month(add_days(first, -1)) < first
