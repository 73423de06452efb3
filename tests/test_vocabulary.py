"""The public vocabulary: the package's names, and the lines of codes, which everybody may read."""

from __future__ import annotations

import re
from typing import get_args

import pytest

import seatrules
from conftest import TESTS

POLICIES = ["hubspot-seats", str(TESTS / "policies" / "library-loans")]


@pytest.mark.parametrize("policy", POLICIES, ids=["hubspot-seats", "library-loans"])
def test_every_line_is_there_in_every_language_and_counts_nothing(policy: str) -> None:
    """Each code of the policies has a line of its own in each of their languages, without a number."""
    for program in seatrules.load(policy).programs.values():
        lines = [line for codes in program.codes.values() for line in codes.values()]
        assert len(lines) > 20
        for line in lines:
            assert set(line) == set(program.languages)
            assert len(set(line.values())) == len(program.languages)
            assert not any(re.search(r"\d", text) for text in line.values())


def test_a_single_text_is_the_line_in_every_language() -> None:
    """A code whose line is one text says the same in all languages of the policy."""
    program = seatrules.load(TESTS / "wrong" / "base").programs["base"]
    assert program.codes["reasons"] == {
        "lot_full": {"en": "no place is free", "nl": "er is geen plaats vrij"},
        "lorry": {"en": "a lorry on the wrong lot", "nl": "a lorry on the wrong lot"},
    }


def test_every_public_name_is_there() -> None:
    """Also what is imported only when it is asked for."""
    words = {"Audience", "EvaluatorName", "Verdict"}
    named = [name for name in seatrules.__all__ if name not in words]
    assert [getattr(seatrules, name).__name__ for name in named] == named
    assert all(get_args(getattr(seatrules, name)) for name in words)
    assert set(seatrules.__all__) <= set(dir(seatrules))
