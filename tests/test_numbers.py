"""Division of whole numbers is exact."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrules.language.days import OutOfRangeError
from seatrules.language.numbers import ROUNDINGS, divide, remainder

NUMBERS = st.integers(-(2**63) + 1, 2**63 - 1)
ROUNDED = {
    "down": ROUND_DOWN,
    "half_even": ROUND_HALF_EVEN,
    "half_up": ROUND_HALF_UP,
    "up": ROUND_UP,
}


@given(NUMBERS | st.integers(-30, 30), (NUMBERS | st.integers(-9, 9)).filter(bool), st.sampled_from(ROUNDINGS))
@settings(max_examples=500, deadline=None)
def test_a_division_is_exact(number: int, by: int, rounding: str) -> None:
    """It is rounded as the decimal arithmetic of the standard library rounds; the rest is what it is down from."""
    with localcontext() as context:
        context.prec = 200  # a quotient of two numbers of 19 digits is not so near to a half without being one
        exactly = Decimal(number) / by
        assert divide(number, by, rounding) == int(exactly.quantize(Decimal(1), ROUNDED[rounding]))
    assert by * divide(number, by, "down") + remainder(number, by) == number
    assert abs(remainder(number, by)) < abs(by)
    assert remainder(number, by) == 0 or (remainder(number, by) < 0) is (number < 0)
    assert abs(divide(number, by, rounding)) <= abs(number)


@pytest.mark.parametrize("call", [lambda: divide(1, 0, "up"), lambda: remainder(1, 0)])
def test_a_division_by_zero_is_an_error(call: Callable[[], int]) -> None:
    """Where a condition is computed that another was to exclude, nothing is divided by 0."""
    with pytest.raises(OutOfRangeError, match="a number is divided by 0"):
        call()
