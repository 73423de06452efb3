"""The time line of a policy: its versions, its cutoffs and the rules that have days of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from .values import Cutoff, Entry, Lane, TimeLine, Version

WIDTH, _LEFT, _RIGHT, _TOP, _LANE = 760, 20, 20, 40, 46


def days(day: str) -> int:
    """A day as a number."""
    return date.fromisoformat(day).toordinal()


class Scale:
    """From days to places between two edges."""

    def __init__(self, first: str, last: str, left: float, right: float) -> None:
        self._first, self._left = days(first), left
        self._per_day = (right - left) / max(1, days(last) - self._first)

    def __call__(self, day: str) -> float:
        return round(self._left + (days(day) - self._first) * self._per_day, 1)


def time_line(versions: Sequence[Version], cutoffs: Sequence[Cutoff], dated: Sequence[Entry]) -> TimeLine:
    """The lanes, from the top: the versions, the cutoffs, the rules with days."""
    named = [(each.effective_from, each.last_day) for each in versions]
    named += [(each.day, each.day) for each in cutoffs]
    named += [(each.effective_from or each.effective_until or "", each.effective_until) for each in dated]
    every = [day for pair in named for day in pair if day]
    first, last = f"{_year(min(every)):04}-01-01", f"{min(_year(max(every)) + 1, 9999):04}-01-01"
    scale = Scale(first, last, _LEFT, WIDTH - _RIGHT)
    lanes = [
        *(("version", each.name, each.anchor, each.effective_from, each.last_day) for each in versions),
        *(("cutoff", each.name, each.anchor, each.day, each.day) for each in cutoffs),
        *(("rule", each.title, each.anchor, each.effective_from or first, each.effective_until) for each in dated),
    ]
    return TimeLine(
        width=WIDTH,
        height=_TOP + _LANE * len(lanes) + 10,
        ticks=tuple(_ticks(_year(first), _year(last), scale)),
        lanes=tuple(
            Lane(kind, label, href, since, until, scale(since), scale(until or last), _TOP + _LANE * place)
            for place, (kind, label, href, since, until) in enumerate(lanes)
        ),
    )


def _year(day: str) -> int:
    return int(day[:4])


def _ticks(first: int, last: int, scale: Scale) -> list[tuple[float, str]]:
    """The first days of years, no more than fit beside each other."""
    apart = max(1, -(-(last - first) // 10))
    return [(scale(f"{year:04}-01-01"), str(year)) for year in range(first, last + 1, apart)]
