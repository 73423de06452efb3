"""What a date is, and how one counts with dates."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from ..diagnostics import echoed
from ..words import phrase

MOST_DAYS = (date.max - date.min).days
MOST_MONTHS = 9999 * 12 - 1
"""By how many days and months two dates may lie apart."""


class OutOfRangeError(Exception):
    """A date outside the years 1 to 9999, a term without a length, or a number or list that is too large: a phrase."""

    code = "out_of_range"


def is_date(text: object) -> bool:
    """Whether `text` is a calendar day that exists, as `YYYY-MM-DD`."""
    if type(text) is not str or len(text) != 10 or text[4] != "-" or text[7] != "-":
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def add_days(day: str, count: int) -> str:
    """The day `count` days after `day`."""
    try:
        return (date.fromisoformat(day) + timedelta(days=count)).isoformat()
    except OverflowError:
        raise OutOfRangeError(phrase("days_out_of_range", count=echoed(count), day=day)) from None


@lru_cache(maxsize=4096)
def add_months(day: str, count: int) -> str:
    """The same day of the month `count` months later, or that month's last day; remembered, since few days recur."""
    start = date.fromisoformat(day)
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    if not 1 <= year <= 9999:
        raise OutOfRangeError(phrase("months_out_of_range", count=echoed(count), day=day))
    day_of_month = start.day if start.day <= 28 else min(start.day, _last_day(year, month + 1))
    return date(year, month + 1, day_of_month).isoformat()


def _last_day(year: int, month: int) -> int:
    return 31 if month == 12 else (date(year, month + 1, 1) - timedelta(days=1)).day


def start_of_month(day: str) -> str:
    """The first day of the month of `day`."""
    return f"{day[:8]}01"


def months_between(first: str, second: str) -> int:
    """How many whole months `second` is after `first`: so many that `first`, counted on, is not after it.

    Of days the other way round it is the opposite.
    """
    if second < first:
        return -months_between(second, first)
    last_day = _last_day(int(second[:4]), int(second[5:7]))
    return _months(first, second) - (int(second[8:]) < min(int(first[8:]), last_day))


def anniversary(anchor: str, months: int, after: str) -> str:
    """The first day after `after` of those from `anchor` on, each so many months later.

    Each is counted from `anchor`, so that its day of the month is not lost.
    """
    if months <= 0:
        raise OutOfRangeError(phrase("no_months", count=echoed(months)))
    return anchor if anchor > after else _first_after(anchor, months, after)


def days_between(first: str, second: str) -> int:
    """How many days `second` is after `first`."""
    return (date.fromisoformat(second) - date.fromisoformat(first)).days


def next_renewal(term_start: str, renewal_date: str, on: str) -> str:
    """The first renewal after `on`, in whole terms counted from `term_start`.

    A term is a number of months where the two dates are so many months apart, else a number of days.
    """
    if renewal_date > on:
        return renewal_date
    if renewal_date <= term_start:
        raise OutOfRangeError(phrase("no_length", first=term_start, last=renewal_date))
    months = _months(term_start, renewal_date)
    if months > 0 and add_months(term_start, months) == renewal_date:
        return _first_after(term_start, months, on)
    # A term that begins on a month's last day for want of a later one: its end still has the day.
    if months > 0 and add_months(renewal_date, -months) == term_start:
        return _first_after(renewal_date, months, on)
    days = days_between(term_start, renewal_date)
    return add_days(term_start, (days_between(term_start, on) // days + 1) * days)


def _months(first: str, second: str) -> int:
    return (int(second[:4]) - int(first[:4])) * 12 + int(second[5:7]) - int(first[5:7])


def _first_after(start: str, months: int, on: str) -> str:
    """The first day after `on` that is a whole number of terms after `start`."""
    terms = max(1, _months(start, on) // months)
    while (day := add_months(start, terms * months)) <= on:
        terms += 1
    return day
