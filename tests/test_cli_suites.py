"""`seatrules test`: what it says of cases and of suites."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command import run

SUITE = """ignore_effects: [as_of]
policy: {policy}
cases:
  - id: GOOD
    title: a car parks
    state:
      as_of: '2025-03-01'
      town: {{name: Ede, closed: false}}
      lots: {{north: {{free: 4}}}}
      cars: {{c: {{kind: car, lots: []}}}}
      visits: []
    action: {{type: park, car: c, lot_name: north, hours: 1}}
    expect: {{decision: {decision}, reason_key: parked}}
"""


def test_test_runs_suites(tmp_path: Path, base_policy: Path) -> None:
    """`test` ends with 0 where all cases pass, and with 1 and the difference where one fails."""
    suite = tmp_path / "suite.yaml"
    suite.write_text(SUITE.format(policy=base_policy, decision="allow"))
    passed = run("test", str(suite))
    assert (passed.returncode, passed.stdout, passed.stderr) == (0, b"1 passed, 0 failed\n", b"")
    suite.write_text(SUITE.format(policy=base_policy, decision="deny"))
    failed = run("test", str(suite))
    assert (failed.returncode, failed.stderr) == (1, b"")
    said = failed.stdout.decode()
    assert f"{suite}:4:9: case `GOOD` failed: a car parks" in said
    assert "    expected: deny\n    got:      allow" in said
    assert run("test", str(suite), "-k", "parks and not lorry").returncode == 1
    assert run("test", str(suite), "-k", "lorry").returncode == 2
    found = json.loads(run("test", str(suite), "--format", "json").stdout)
    assert (found["passed"], found["failed"]) == (0, 1)
    assert found["failures"][0]["differences"] == [{"what": "decision", "expected": "deny", "got": "allow"}]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: GOOD", "id: GO OD", ["4:9: error[malformed]: `GO OD` is no name: letters, digits, `_` and `-`"]),
        (
            "    action:",
            "    acton:",
            [
                "4:5: error[malformed]: the key `action` is missing here",
                "12:5: error[malformed]: there is no key `acton` here\n  help: did you mean `action`?",
            ],
        ),
        (
            "decision: allow",
            "decision: alow",
            [
                "13:24: error[malformed]: `alow` is not one of `allow`, `deny`, `undetermined`\n"
                "  help: did you mean `allow`?"
            ],
        ),
        ("    state:", "    with:", ["4:5: error[malformed]: a case has a `state` or a `base`, and not both"]),
        (
            "    action:",
            "    base: x\n    action:",
            ["4:5: error[malformed]: a case has a `state` or a `base`, and not both"],
        ),
    ],
)
def test_a_suite_that_is_not_well_formed_is_an_error(
    old: str, new: str, said: list[str], tmp_path: Path, base_policy: Path
) -> None:
    """A mistake in a suite is named with its place, and no case of it runs."""
    suite = tmp_path / "suite.yaml"
    text = SUITE.format(policy=base_policy, decision="allow")
    assert old in text
    suite.write_text(text.replace(old, new))
    done = run("test", str(suite))
    assert (done.returncode, done.stdout) == (65, b"")
    lines = [line for line in done.stderr.decode().splitlines() if "|" not in line]
    assert lines == [f"{suite}:{line}" if line[0] != " " else line for each in said for line in each.splitlines()]


def test_a_suite_with_an_id_twice_or_an_unknown_base_is_an_error(tmp_path: Path, base_policy: Path) -> None:
    """Cases have ids of their own, and bases that are there."""
    suite = tmp_path / "suite.yaml"
    text = SUITE.format(policy=base_policy, decision="allow")
    suite.write_text(text + text.partition("cases:\n")[2])
    twice = run("test", str(suite))
    assert twice.returncode == 65
    assert twice.stderr.decode().startswith(f"{suite}:14:9: error[malformed]: case `GOOD` is already there\n")
    head, _, tail = text.partition("    state:")
    suite.write_text("bases: {road: {}}\n" + head + "    base: raod\n    action:" + tail.partition("    action:")[2])
    unknown = run("test", str(suite))
    assert unknown.returncode == 65
    assert unknown.stderr.decode().startswith(f"{suite}:7:11: error[malformed]: there is no base `raod`\n")
    assert unknown.stderr.decode().endswith("  help: did you mean `road`?\n")
