"""The language that a browser's user reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import ACTION, STATE
from asking import engine
from seatrules.words.negotiation import negotiated

POLICY = ("en", "nl", "pt-BR", "de")
CASES = {
    "nl": "nl",
    "nl-NL": "nl",
    "NL_be": "en",
    "nl-BE, en;q=0.8": "nl",
    "en;q=0.3, nl;q=0.7": "nl",
    "fr, de;q=0.5, nl;q=0.4": "de",
    "fr-CH, fr;q=0.9, *;q=0.5": "en",
    "*": "en",
    "en;q=0, *;q=0.5": "nl",
    "en;q=0.1, *": "nl",
    "*;q=0.1, de;q=0.2": "de",
    "pt": "pt-BR",
    "pt-PT, nl;q=0.1": "nl",
    "de;q=0, nl;q=0.1, de-AT": "nl",
    "de-AT;q=0, de": "de",
    "*;q=0, nl;q=0.2": "nl",
    "nl;q=0, en;q=0, de;q=0": "en",
    "de ; q = 0.9 , nl": "nl",
    "nl;q=1.5, de": "de",
    "nl;q=abc, ;;, de;q=0.001": "de",
    "i-klingon, x-1234567890": "en",
    "nl, de": "nl",
    "de, nl": "de",
    "": "en",
    ",,,": "en",
}


@pytest.mark.parametrize("header", CASES)
def test_the_language_that_is_liked_best_is_found(header: str) -> None:
    """By `q`, then by order; a region finds its language, a language its region, and what is refused is not taken."""
    assert negotiated(header, POLICY) == CASES[header]


@given(st.one_of(st.none(), st.text(max_size=40), st.text("nldeNpt-BR*,;q=01.9 ", max_size=60)))
def test_whatever_stands_in_the_header_there_is_a_language(header: str | None) -> None:
    """Nobody is refused an answer."""
    assert negotiated(header, POLICY) in POLICY


def test_a_long_header_takes_no_longer() -> None:
    """Only the first hundred of its languages are looked at."""
    assert negotiated("fr," * 1_000_000 + "nl", POLICY) == "en"
    assert negotiated("fr," * 99 + "nl", POLICY) == "nl"


def test_an_engine_and_a_decision_find_it() -> None:
    """Of the newest version, and of the one that decided."""
    assert engine().language("nl-BE, en;q=0.5") == "nl"
    assert engine().language(None) == "en"
    assert engine().decide(ACTION, STATE).policy.language("nl") == "nl"
