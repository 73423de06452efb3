"""Where comparisons turn when a value moves is computed, and is where they turn when every step is tried."""

from __future__ import annotations

import operator

from hypothesis import example, given
from hypothesis import strategies as st

from seatrules.language import tree as t
from seatrules.language.functions import FUNCTIONS
from seatrules.language.numbers import ROUNDINGS
from seatrules.language.types import Boolean, Integer
from seatrules.planning.moving import MovingInterpreter, MovingNumber, turns

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


@given(
    st.sampled_from([*ROUNDINGS, None]),
    st.integers(-60, 60),
    st.sampled_from([-7, -3, -1, 1, 2, 30]),
    st.sampled_from([-9, -4, -1, 1, 2, 3, 10]),
    st.sampled_from([-3, 1, 5]),
    st.integers(-20, 20),
    st.sampled_from(list(OPS)),
)
@example("up", 1, -7, -9, 1, 1, "<")  # from -1 to 1 in one step: rounded away from 0 on either side of it
def test_no_comparison_with_a_quotient_turns_before_the_first_step_that_is_named(
    rounding: str | None, start: int, pace: int, by: int, factor: int, other: int, op: str
) -> None:
    """Up to the first step that is named nothing changes, with what is rounded and with what is left."""
    function, more = ("remainder", ()) if rounding is None else ("divide", (rounding,))

    def result(number: int) -> int:
        return factor * int(FUNCTIONS[function].run(number, by, *more))

    watching = MovingInterpreter({}, {}, {})
    moved = factor * watching.applied(function, [MovingNumber(start, pace), by, *more])
    watching.compared(_compare(op), moved, other)
    named = min((step for step in watching.turns if step > 0), default=200)
    assert {OPS[op](result(start + pace * step), other) for step in range(named)} == {OPS[op](result(start), other)}


def _compare(op: str) -> t.Compare:
    nothing = t.Literal(Integer(), "0", 0)
    return t.Compare(Boolean(), f"0 {op} 0", op, nothing, nothing)
