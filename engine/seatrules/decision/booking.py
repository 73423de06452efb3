"""What of a bill is booked: an entry whose day has come. One of a later day announces what happens then, and books.

The policy names the key under which an entry has its day (`booking_day`). An entry without a day books nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..language.partial import NotKnown
from ..program import PolicyVersion


class Booking(NamedTuple):
    """An entry of a bill that is booked, once: the `date` from which it counts, and all that the entry says."""

    date: str
    entry: tuple[tuple[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """The entry as it stands in `billing`."""
        return dict(self.entry)


Bookings = tuple[Booking, ...] | None
"""What is booked; nothing where that is not known, or where the policy does not name the key of the day."""


def booked(billing: Iterable[Mapping[str, Any]] | None, day: str, policy: PolicyVersion) -> Bookings:
    """What the entries of a bill book on the day on which it is made; an entry of the past is booked as well."""
    key = policy.booking_day
    if billing is None or key is None:
        return None
    every: list[Booking] = []
    for entry in billing:
        date = entry.get(key)
        if isinstance(date, NotKnown):
            return None
        if date is not None and date <= day:
            every.append(Booking(date, tuple(entry.items())))
    return tuple(every)


def together(bookings: Iterable[Bookings]) -> Bookings:
    """All that is booked, in order; nothing where it is not known of one."""
    every: list[Booking] = []
    for each in bookings:
        if each is None:
            return None
        every += each
    return tuple(every)
