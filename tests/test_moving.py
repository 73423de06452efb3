"""Where comparisons turn when a value moves is computed, and is where they turn when every step is tried."""

from __future__ import annotations

import operator

from hypothesis import given
from hypothesis import strategies as st

from seatrules.planning.moving import MovingNumber, turns

OPS = {"<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge}
NUMBERS = st.integers(-9, 9)


@given(st.sampled_from(list(OPS)), st.integers(-40, 40), st.sampled_from([-7, -3, -2, -1, 1, 2, 3, 7]))
def test_a_comparison_turns_where_it_is_computed_to(op: str, gap: int, pace: int) -> None:
    """The steps at which it comes out differently are among those computed, and no others lie between."""
    holds = {step: OPS[op](gap + pace * step, 0) for step in range(-60, 61)}
    turned = {step for step in range(-59, 61) if holds[step] != holds[step - 1]}
    assert turned <= turns(op, gap, pace)
    if op not in ("==", "!="):
        assert turned == turns(op, gap, pace)


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_a_moving_number_keeps_its_pace_through_arithmetic(start: int, pace: int, factor: int, term: int) -> None:
    """What is computed of a moving number has the value and the pace that computing it at the next step shows."""
    now, then = MovingNumber(start, pace), start + pace
    for first, second in (
        (now * factor + term, then * factor + term),
        (term - factor * now, term - factor * then),
        (now - term, then - term),
        (sum([term, now, now]), term + 2 * then),
    ):
        assert isinstance(first, MovingNumber)
        assert (first + 0, first.pace) == (first, second - int(first))
