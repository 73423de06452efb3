"""The pytest plugin: the cases of a suite are tests of an embedding team's own run."""

from __future__ import annotations

from pathlib import Path

import pytest

STATE = """{as_of: '2025-03-01', town: {name: Ede, closed: false}, lots: {north: {free: %d}},
      cars: {c: {kind: car, lots: []}}, visits: []}"""
SUITE = """bases:
  place: %s
  full: %s
cases:
  - id: PARKS
    title: a car parks where there is a place
    base: place
    action: {type: park, car: c, lot_name: north, hours: 1}
    expect: {decision: %s, reason_key: parked}
  - id: FULL
    title: no car parks where there is none
    base: full
    action: {type: park, car: c, lot_name: north, hours: 1}
    expect: {decision: deny, reasons: [lot_full]}
  - id: UNKNOWN
    title: an unknown car is an error
    base: full
    action: {type: park, car: d, lot_name: north, hours: 1}
    expect: {error: unknown_key}
"""


def suite(policy: Path, decision: str) -> Path:
    """Write a suite in the folder of the policy's version; its first case expects `decision`."""
    folder = policy / "base" / "suites"
    folder.mkdir(exist_ok=True)
    path = folder / "parking.yaml"
    path.write_text(SUITE % (STATE % 4, STATE % 0, decision), encoding="utf-8")
    return path


def run(pytester: pytest.Pytester, *arguments: str | Path) -> pytest.RunResult:
    """Run pytest in a process of its own, with the plugins that are installed."""
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *map(str, arguments))


def test_every_case_is_a_test(pytester: pytest.Pytester, base_policy: Path) -> None:
    """A suite's cases are collected under the suite's name, with line and id, and pass."""
    result = run(pytester, "-v", suite(base_policy, "allow"))
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*parking.yaml::*PARKS*PASSED*", "*::*FULL*PASSED*", "*::*UNKNOWN*PASSED*"])


def test_a_case_that_comes_out_otherwise_fails(pytester: pytest.Pytester, base_policy: Path) -> None:
    """A wrong case fails with what was expected and what came out, and no traceback."""
    result = run(pytester, suite(base_policy, "deny"))
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*case `PARKS` failed*", "*expected: deny*", "*got:*allow*"])
    assert "Traceback" not in result.stdout.str()


def test_a_suite_that_can_not_be_read_is_an_error(pytester: pytest.Pytester, base_policy: Path) -> None:
    """A suite that is not well formed stops the run; it does not pass for an empty one."""
    path = suite(base_policy, "allow")
    path.write_text("cases: [\n", encoding="utf-8")
    result = run(pytester, path)
    result.assert_outcomes(errors=1)
    assert result.ret != 0


def test_other_yaml_files_are_left_alone(pytester: pytest.Pytester) -> None:
    """A YAML file outside a folder named `suites` is no suite."""
    pytester.makefile(".yaml", config="cases: no\n")
    result = run(pytester)
    result.assert_outcomes()
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_cases_are_chosen_by_name(pytester: pytest.Pytester, base_policy: Path) -> None:
    """`-k` chooses cases by their ids, as it does tests."""
    result = run(pytester, "-k", "FULL", suite(base_policy, "deny"))
    result.assert_outcomes(passed=1, deselected=2)
