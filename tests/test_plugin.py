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


def test_a_suite_that_is_wrong_is_one_failing_test(pytester: pytest.Pytester, base_policy: Path) -> None:
    """A suite that is not well formed fails with what lint says of it, and the other tests run."""
    path = suite(base_policy, "allow")
    wrong = path.with_name("wrong.yaml")
    wrong.write_text("foo: 1\n", encoding="utf-8")
    result = run(pytester, path.parent)
    result.assert_outcomes(passed=3, failed=1)
    assert "Traceback" not in result.stdout.str()
    result.stdout.fnmatch_lines(
        [
            f"{wrong}:1:1: error[[]missing-key[]]: the key `cases` is missing here",
            "  |",
            "1 | foo: 1",
            "  | ^",
            f"{wrong}:1:1: error[[]unknown-key[]]: there is no key `foo` here",
        ]
    )


def test_a_policy_that_does_not_load_is_told_without_a_traceback(pytester: pytest.Pytester, base_policy: Path) -> None:
    """A case of a policy that is wrong fails with the policy's problems."""
    path = suite(base_policy, "allow")
    (base_policy / "base" / "facts.yaml").write_text("facts: 1\n", encoding="utf-8")
    result = run(pytester, path)
    result.assert_outcomes(failed=3)
    assert "Traceback" not in result.stdout.str()
    result.stdout.fnmatch_lines(["*facts.yaml:1:8: error[[]wrong-kind[]]: a mapping is expected here"])


def test_other_yaml_files_are_left_alone(pytester: pytest.Pytester) -> None:
    """A YAML file outside a folder named `suites` is no suite, nor is one inside that has no `cases`."""
    pytester.makefile(".yaml", config="cases: no\n")
    pytester.mkdir("suites")
    pytester.makefile(".yaml", **{"suites/other": "foo: 1\n"})
    result = run(pytester)
    result.assert_outcomes()
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_suite_outside_a_policy_is_known_by_its_cases(pytester: pytest.Pytester, base_policy: Path) -> None:
    """A file in a folder `suites` of the embedding project is a suite when its top has `cases`."""
    written = f"policy: {base_policy}\n" + suite(base_policy, "allow").read_text(encoding="utf-8")
    pytester.mkdir("suites")
    pytester.makefile(".yaml", **{"suites/ours": written})
    run(pytester, "suites").assert_outcomes(passed=3)


def test_cases_are_chosen_by_name(pytester: pytest.Pytester, base_policy: Path) -> None:
    """`-k` chooses cases by their ids, as it does tests."""
    result = run(pytester, "-k", "FULL", suite(base_policy, "deny"))
    result.assert_outcomes(passed=1, deselected=2)
