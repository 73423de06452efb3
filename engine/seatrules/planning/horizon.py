"""How far ahead is looked."""

from __future__ import annotations

from typing import Any

from ..decision.plain_data import require_plain
from ..diagnostics import echoed
from ..errors import RequestError, RequestProblem
from ..language.days import OutOfRangeError, add_days, add_months, is_date
from ..words import phrase

LAST_DAY = "9999-12-31"


def last_day(today: str, until: str | None, months: int) -> str:
    """The last day to look at: the one that is given, else so many months on.

    Raises:
        RequestError: what is given is no day from `today` on.
    """
    if until is None:
        try:
            return add_months(today, months)
        except OutOfRangeError:
            return LAST_DAY
    return require_from(until, today, "/until")


def days_ahead(today: str, days: int) -> str:
    """The day so many days on, or the last that there is."""
    try:
        return add_days(today, days)
    except OutOfRangeError:
        return LAST_DAY


def require_from(day: Any, today: str, path: str) -> str:
    """A day to which time may pass from `today` on; `path` is where it stands.

    Raises:
        RequestError: it is no date, or an earlier one.
    """
    require_plain(**{path.removeprefix("/"): day})
    if not is_date(day):
        raise RequestError([RequestProblem("bad_date", phrase("no_date", value=echoed(day)), path)])
    if day < today:
        what = phrase("before_as_of", date=day, day=today)
        raise RequestError([RequestProblem("date_before_as_of", what, path)])
    return str(day)
