"""What is proved of conditions: that is so on every request, and what is plain is proved."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lengths import examples
from seatrules.analysis.proof.conditions import AskedCondition, parts_of
from seatrules.analysis.proof.prover import Prover, Wanted
from seatrules.language import tree as t
from seatrules.language.check import check
from seatrules.language.interpret import Interpreter
from seatrules.language.names import Names
from seatrules.language.parse import ExpressionError
from seatrules.language.types import Boolean, Date, Integer, ListOf, Maybe, Record, Word

KIND = Word("kind", ("a", "b", "c"))
DAYS = ("2025-01-01", "2025-01-02", "2025-01-03")
VALUES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "n": (Integer(0, 2), (0, 1, 2)),
    "m": (Integer(0, 2), (0, 1, 2)),
    "w": (KIND, KIND.words),
    "f": (Boolean(), (False, True)),
    "x": (Maybe(Integer(0, 1)), (None, 0, 1)),
    "d": (Date(), DAYS),
    "e": (Date(), DAYS),
    "l": (ListOf(Integer(0, 2)), ([], [0], [1, 2])),
}
"""The properties of a small state: of each its type, and the values that are tried."""
RECORD = Record("state", {name: kind for name, (kind, _) in VALUES.items()}, frozenset(VALUES))
NUMBERS = st.sampled_from(
    ["n", "m", "0", "1", "2", "n + 1", "m - 1", "n + m", "(n if f else m)", "count(i for i in l)"]
)
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
DATES = st.sampled_from(["d", "e", *(f"'{day}'" for day in DAYS), "add_days(d, 1)"])
SIMPLE = st.one_of(
    st.builds("{} {} {}".format, NUMBERS, SIGNS, NUMBERS),
    st.builds("{} {} {}".format, DATES, SIGNS, DATES),
    st.builds("w {} '{}'".format, st.sampled_from(["==", "!="]), st.sampled_from(KIND.words)),
    st.builds("w {} ['{}', 'b']".format, st.sampled_from(["in", "not in"]), st.sampled_from(["a", "c"])),
    st.builds("n {} [1, 2]".format, st.sampled_from(["in", "not in"])),
    st.builds("x == {}".format, st.integers(0, 1)),
    st.builds("x is not None and x {} {}".format, SIGNS, st.integers(0, 1)),
    st.builds("{}(i {} {} for i in l if i {} 1)".format, st.sampled_from(["all", "any"]), SIGNS, NUMBERS, SIGNS),
    st.sampled_from(["f", "x is None"]),
)
CONDITIONS = st.recursive(
    SIMPLE,
    lambda inside: st.one_of(
        st.builds("({}) and ({})".format, inside, inside),
        st.builds("({}) or ({})".format, inside, inside),
        st.builds("not ({})".format, inside),
        st.builds("(({}) if f else ({}))".format, inside, inside),
    ),
    max_leaves=6,
)


def prover() -> Prover:
    """What proves of conditions without facts and settings."""
    return Prover(SimpleNamespace(facts={}, choices={}))  # type: ignore[arg-type]


def checked(text: str) -> t.Expr | None:
    """A condition on the small state, if it is one of the language."""
    try:
        return check(text, Names(RECORD))
    except ExpressionError:
        return None  # what is never absent is asked, or what may be is compared


def values(expr: t.Expr, of: t.Expr | None = None) -> list[bool]:
    """What a condition comes to on every small state, in their order, as far as one (or it) can tell them apart."""
    read = sorted({part.name for part in t.parts(of or expr) if isinstance(part, t.Property)})
    states = (dict(zip(read, each, strict=True)) for each in product(*(VALUES[name][1] for name in read)))
    return [Interpreter({}, state, {}).value(expr, {}) for state in states]


@given(CONDITIONS)
@settings(max_examples=examples(1200), deadline=None)
def test_what_is_proved_is_so_on_every_state(text: str) -> None:
    """No condition that is said never to hold holds on a state, and none that is said always to hold fails."""
    if (expr := checked(text)) is not None:
        if prover().excludes(Wanted(expr)):
            assert True not in values(expr)
        if prover().excludes(Wanted(expr, holds=False)):
            assert False not in values(expr)


@given(CONDITIONS)
@settings(max_examples=examples(500), deadline=None)
def test_what_settles_nothing_can_be_left_out(text: str) -> None:
    """A part that is said to make no difference can be left out: all comes to the same everywhere."""
    if (expr := checked(text)) is None:
        return
    proving = prover()
    for part in parts_of(AskedCondition((), expr)):
        for holds in (True, False):
            if proving.excludes(*part.given, Wanted(part.expr, holds)) and not proving.excludes(*part.given):
                left_out = put(expr, part.expr, t.Literal(Boolean(), str(not holds), not holds))
                assert values(left_out, expr) == values(expr)


def put(whole: Any, part: t.Expr, other: t.Expr) -> Any:
    """An expression with another part in the place of one."""
    if whole is part:
        return other
    if isinstance(whole, t.Expr):
        return type(whole)(*(put(each, part, other) for each in whole))
    return tuple(put(each, part, other) for each in whole) if isinstance(whole, tuple | list) else whole


NEVER = (
    "n > 2",
    "n > 1 and n < 1",
    "n < m and m < n",
    "n < m and m < 1",
    "n == m and n > 1 and m < 2",
    "n + 1 < 1",
    "n - 1 > 1",
    "n in [1, 2] and n < 1",
    "n not in [0, 1] and n <= 1 and n != 0 and n >= 1",
    "w in ['a', 'b'] and w == 'c'",
    "w != 'a' and w != 'b' and w != 'c'",
    "x is not None and x < 0",
    "x is not None and x is None",
    "d > '2025-01-01' and d < '2025-01-02'",
    "d < e and e <= d",
    "(n > 1 or m > 1) and n < 1 and m < 2",
    "not (f or not f)",
    "(n > 2 if f else m > 2)",
    "any(i > 1 and i < 1 for i in l)",
    "count(i for i in l) < 0",
)


@pytest.mark.parametrize("text", NEVER)
def test_what_can_not_be_is_proved(text: str) -> None:
    """Bounds, days and words, what is asked twice, and what stands in choices and loops."""
    expr = check(text, Names(RECORD))
    assert prover().excludes(Wanted(expr))
    assert values(expr) == [False] * len(values(expr))


def test_what_takes_too_many_cases_is_left_open() -> None:
    """A proof ends: where there would be thousands of cases, nothing is said."""
    text = " and ".join(f"(n != {each} or m != {each} or f)" for each in range(9))
    assert not prover().excludes(Wanted(check(f"{text} and n > 2 - m - m", Names(RECORD))))
