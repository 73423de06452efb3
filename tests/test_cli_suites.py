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


def mistakes(*arguments: str) -> list[tuple[object, ...]]:
    """The mistakes of suites that `test` tells as JSON: place, code, message, help and case."""
    done = run("test", "--format", "json", *arguments)
    assert done.returncode == 65
    (line,) = done.stderr.splitlines()
    error = json.loads(line)["error"]
    assert json.loads(done.stdout)["errors"] == [error]
    return [(f"{p['line']}:{p['column']}", p["code"], p["message"], p["help"], p["case"]) for p in error["problems"]]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("id: GOOD", "id: GO OD", [("4:9", "bad-name", "`GO OD` is no name: letters, digits, `_` and `-`", None)]),
        (
            "    action:",
            "    acton:",
            [
                ("4:5", "missing-key", "the key `action` is missing here", None),
                ("12:5", "unknown-key", "there is no key `acton` here", "did you mean `action`?"),
            ],
        ),
        (
            "decision: allow",
            "decision: alow",
            [
                (
                    "13:24",
                    "unknown-word",
                    "`alow` is not one of `allow`, `deny`, `undetermined`",
                    "did you mean `allow`?",
                )
            ],
        ),
        ("    state:", "    with:", [("4:5", "no-state", "a case has a `state` or a `base`, and not both", None)]),
        (
            "    action:",
            "    base: x\n    action:",
            [("4:5", "no-state", "a case has a `state` or a `base`, and not both", None)],
        ),
        (
            "    action:",
            "    with: {visits: []}\n    without: [/town]\n    action:",
            [
                (
                    f"{line}:5",
                    "misplaced-key",
                    f"`{key}` changes a `base`, and this case has its own `state`",
                    "write the state as it is to be",
                )
                for line, key in ((12, "with"), (13, "without"))
            ],
        ),
    ],
)
def test_a_suite_that_is_not_well_formed_is_an_error(
    old: str, new: str, expected: list[tuple[object, ...]], tmp_path: Path, base_policy: Path
) -> None:
    """A mistake in a suite is named with its place and case, and no case of it runs."""
    suite = tmp_path / "suite.yaml"
    text = SUITE.format(policy=base_policy, decision="allow")
    assert old in text
    suite.write_text(text.replace(old, new))
    name = "GO OD" if "GO OD" in new else "GOOD"
    assert mistakes(str(suite)) == [(*each, name) for each in expected]
    done = run("test", str(suite))
    assert (done.returncode, done.stdout) == (65, b"")
    assert done.stderr.decode().startswith(f"{suite}:{expected[0][0]}: error[{expected[0][1]}]: case `{name}`: ")


def test_a_suite_with_an_id_twice_or_an_unknown_base_is_an_error(tmp_path: Path, base_policy: Path) -> None:
    """Cases have ids of their own, and bases that are there."""
    suite = tmp_path / "suite.yaml"
    text = SUITE.format(policy=base_policy, decision="allow")
    suite.write_text(text + text.partition("cases:\n")[2])
    assert mistakes(str(suite)) == [("14:9", "duplicate-id", "this id is already taken", None, "GOOD")]
    head, _, tail = text.partition("    state:")
    suite.write_text("bases: {road: {}}\n" + head + "    base: raod\n    action:" + tail.partition("    action:")[2])
    unknown = ("7:11", "unknown-base", "there is no base `raod`", "did you mean `road`?", "GOOD")
    assert mistakes(str(suite)) == [unknown]


BASES = """bases:
  town: {as_of: '2025-03-01', town: {name: Ede, closed: false}, lots: {north: {free: 4}},
         cars: {c: {kind: car, lots: []}, d: {kind: car, lots: [north, south]}}, visits: []}
"""
CASES = BASES + "cases:\n"
PARKS = """  - {id: %s, base: town, action: {type: park, car: c, lot_name: north, hours: 1}, expect: {decision: allow}}
"""
A, B = PARKS % "A", PARKS % "B"
DENIED = PARKS.replace("allow", "deny")
"""A case that fails."""
STORY = """  - id: %s
    base: town
    steps: [{action: {type: park, car: c, lot_name: north, hours: 1}, expect: {decision: allow}}]
"""


def suites(policy: Path, **texts: str) -> Path:
    """The policy, with suites in its version, each by its name without `.yaml`."""
    folder = policy / "base" / "suites"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return policy


def told(policy: Path, text: str) -> list[tuple[object, ...]]:
    """The mistakes of a suite in the policy's version, the same to `test` and to `lint`."""
    suites(policy, one=text)
    linted = json.loads(run("lint", str(policy), "--format", "json").stdout)["problems"]
    found = mistakes(str(policy))
    assert [(f"{p['line']}:{p['column']}", p["code"], p["message"], p["help"], p["case"]) for p in linted] == found
    return [each[:4] for each in found]


NOTHING = "something has to stand here"


@pytest.mark.parametrize(
    ("case", "place"),
    [
        (A.replace("{decision: allow}", "{}"), "5:90"),
        (STORY % "A", None),
        ((STORY % "A").replace("{decision: allow}", "{}"), "7:79"),
        (STORY % "A" + "    expect: {}\n", "8:13"),
        (STORY % "A" + "    expect_state: {}\n", "8:19"),
    ],
)
def test_what_expects_nothing_is_an_error(case: str, place: str | None, base_policy: Path) -> None:
    """An empty expectation of a case, a step, a story or its state can't fail: it is no expectation."""
    if place is None:
        assert run("test", str(suites(base_policy, one=CASES + case))).returncode == 0
    else:
        assert told(base_policy, CASES + case) == [(place, "empty", NOTHING, None)]


def test_an_empty_map_in_a_state_is_expected_to_be_empty(base_policy: Path) -> None:
    """`expect_state` compares an empty map, as it does one with keys."""
    empty = STORY % "A" + "    expect_state: {visits: [], lots: {north: {free: 3}}, cars: {}}\n"
    done = run("test", str(suites(base_policy, one=CASES + empty)), "--format", "json")
    assert done.returncode == 1
    (failure,) = json.loads(done.stdout)["failures"]
    assert [each["what"] for each in failure["differences"]] == ["state.visits", "state.cars"]
    gone = empty.replace("visits: [], ", "").replace("cars: {}", "cars: {d: {lots: [north, south]}}")
    assert run("test", str(suites(base_policy, one=CASES + gone))).returncode == 0


@pytest.mark.parametrize(
    ("state", "place", "key", "help_text"),
    [
        ("{lotz: {}}", "8:20", "lotz", "did you mean `lots`?"),
        ("{lots: {west: {}}}", "8:27", "west", "there are `north`, `south`"),
        ("{lots: {north: {fre: null}}}", "8:35", "fre", None),
        ("{town: {fair_in: null}}", "8:27", "fair_in", None),
        ("{cars: {c: {kind: {a: 1}}}}", "8:38", "a", None),
        ("{visits: {a: 1}}", "8:29", "a", None),
    ],
)
def test_a_key_that_no_state_has_is_an_error(
    state: str, place: str, key: str, help_text: str | None, base_policy: Path
) -> None:
    """What `expect_state` compares is there by the state's schema; a record that is open may have more."""
    case = CASES + STORY % "A" + f"    expect_state: {state}\n"
    if key in ("fre", "fair_in"):
        suites(base_policy, one=case)
        assert run("lint", str(base_policy)).returncode == 0
        schema = base_policy / "base" / "state.schema.yaml"
        text = schema.read_text(encoding="utf-8").replace("type: object\n    required", CLOSED + "    required")
        schema.write_text(text, encoding="utf-8")
        help_text = {"fre": "did you mean `free`?", "fair_in": "did you mean `fair_on`?"}[key]
    message = f"the state's schema has no key `{key}` here"
    assert told(base_policy, case) == [(place, "unknown-key", message, help_text)]


CLOSED = "type: object\n    additionalProperties: false\n"
