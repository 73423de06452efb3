"""How far ahead is looked."""

from __future__ import annotations

from ..decision.plain_data import require_plain
from ..diagnostics import echoed
from ..errors import RequestError, RequestProblem
from ..language.days import OutOfRangeError, add_months, is_date
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
    require_plain(until=until)
    if not is_date(until):
        what = phrase("no_date", value=echoed(until))
        raise RequestError([RequestProblem("bad_date", what, "/until")])
    if until < today:
        what = phrase("before_as_of", date=until, day=today)
        raise RequestError([RequestProblem("date_before_as_of", what, "/until")])
    return until
