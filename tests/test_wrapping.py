"""Wide texts are broken at the terminal's width, between words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrules.render.wrapping import wrapped

WORDS = st.lists(st.text("ab-_.", min_size=1, max_size=30), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("one two three", "one two\n  three"),
        ("  one two three", "  one two\n    three"),
        ("one\n\ntwo", "one\n\ntwo"),
        ("anotherwordthatiswide b", "anotherwordthatiswide\n  b"),
        ("\x1b[31mone\x1b[0m two six", "\x1b[31mone\x1b[0m two\n  six"),
    ],
)
def test_a_wide_line_is_broken(text: str, told: str) -> None:
    """What follows is indented further than the line; what colours a text takes no room."""
    assert wrapped(text, 10) == told


@given(WORDS, st.integers(10, 60))
def test_no_word_is_broken_and_none_lost(words: list[str], width: int) -> None:
    """The words stay, in order; a line is wider than the terminal only where it is one word."""
    text = wrapped(" ".join(words), width)
    assert text.split() == words
    assert all(len(line) <= width or len(line.split()) == 1 for line in text.split("\n"))
    assert not re.search(r" $", text, re.M)
