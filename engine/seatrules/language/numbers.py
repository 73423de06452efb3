"""How one counts with whole numbers where they do not come out even."""

from __future__ import annotations

from ..words import phrase
from .days import OutOfRangeError

ROUNDINGS = ("half_up", "half_even", "up", "down")


def divide(number: int, by: int, rounding: str) -> int:
    """`number / by` as a whole number, rounded by its size: of opposite numbers, the results are opposite.

    `down` is towards 0 and `up` away from it; `half_up` and `half_even` are to the nearest, and where two are as near,
    away from 0 or to the even one.

    Raises:
        OutOfRangeError: `by` is 0, which a policy that loads excludes where it divides.
    """
    if by == 0:
        raise OutOfRangeError(phrase("divided_by_zero"))
    quotient, rest = divmod(abs(number), abs(by))
    # Whether the rest is less than half of what it is divided by, half of it, or more: -1, 0 or 1.
    half = (2 * rest > abs(by)) - (2 * rest < abs(by))
    away = {
        "down": False,
        "up": rest > 0,
        "half_up": half >= 0,
        "half_even": half > 0 or (half == 0 and quotient % 2 == 1),
    }
    size = quotient + away[rounding]
    return size if (number < 0) is (by < 0) else -size


def remainder(number: int, by: int) -> int:
    """What is left of `number` where it is divided down: of its sign, and less than `by` in size.

    Raises:
        OutOfRangeError: `by` is 0.
    """
    if by == 0:
        raise OutOfRangeError(phrase("divided_by_zero"))
    rest = abs(number) % abs(by)
    return -rest if number < 0 else rest
