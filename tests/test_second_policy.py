"""A second policy, of a quite different kind, needs no change to the engine."""

from __future__ import annotations

import json

import pytest

import seatrules
from conftest import TESTS
from seatrules import cli
from seatrules.suites import find_suites, read_suite

LIBRARY = TESTS / "policies" / "library-loans"
CASES = [case for path in find_suites(LIBRARY) for case in read_suite(path).cases]


def test_the_library_policy_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    """The policy of the library has neither errors nor warnings."""
    assert cli.run(["lint", "--strict", str(LIBRARY)]) == 0
    assert capsys.readouterr().out == "0 errors, 0 warnings\n"


def test_the_suites_of_the_library_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """All cases of both versions of the library pass."""
    assert cli.run(["test", str(LIBRARY), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["passed"], found["failed"]) == (len(CASES), 0)
    assert len(CASES) > 50
    assert {case.version for case in CASES} >= {"2025-01-01", "2025-07-01"}


def test_the_library_speaks_its_own_languages() -> None:
    """Languages, actions and billing words are the policy's own."""
    engine = seatrules.load(LIBRARY)
    assert engine.languages == ("en", "de")
    assert "borrow" in engine.programs["2025-01-01"].actions
    assert engine.programs["2025-01-01"].billing_changes == ("nothing", "charge", "refund")
