"""`seatrules test`: what it says of cases and of suites."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from command import run_here as run
from conftest import TESTS, Golden
from seatrules.suites import read_suite

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
    assert done.stdout == b"" or json.loads(done.stdout)["errors"] == [error]
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


def taking(without: str, rest: str = "with: {visits: []}") -> str:
    """A suite with a case that takes something of its base away."""
    return CASES + A.replace("base: town", f"base: town, without: [{without}], {rest}")


def test_a_case_takes_entries_of_its_base_away(tmp_path: Path) -> None:
    """`without` names entries of maps and of lists by pointers, each in the base as it is; `with` is merged in then."""
    suite = tmp_path / "suite.yaml"

    def state_of(without: str, **rest: str) -> Any:
        suite.write_text(taking(without, **rest), encoding="utf-8")
        return read_suite(suite).cases[0].state

    whole = state_of("/visits")
    assert (whole["visits"], list(whole["cars"])) == ([], ["c", "d"])
    assert list(state_of("/cars/d")["cars"]) == ["c"]
    assert state_of("/cars/d/lots/0")["cars"]["d"]["lots"] == ["south"]
    assert state_of("/cars/d/lots/0, /cars/d/lots/1, /cars/c")["cars"] == {"d": {"kind": "car", "lots": []}}
    assert state_of("/cars, /cars/c").keys() == whole.keys() - {"cars"}
    again = state_of("/cars/d", rest="with: {cars: {d: {kind: lorry}}}")
    assert again["cars"]["d"] == {"kind": "lorry"}
    suite.write_text(
        taking("/a~1b/~0").replace("visits: []}\n", "visits: [], a/b: {'~': 1, c: 2}}\n"), encoding="utf-8"
    )
    assert read_suite(suite).cases[0].state["a/b"] == {"c": 2}


@pytest.mark.parametrize(
    ("pointer", "help_text"),
    [
        ("/cars/e", "there are `/cars/c`, `/cars/d`"),
        ("/car/c", "did you mean `/cars/c`?"),
        ("/state/cars/c", "did you mean `/cars/c`?"),
        ("cars/c", "did you mean `/cars/c`?"),
        ("/cars/d/lots/2", "there are `/cars/d/lots/0`, `/cars/d/lots/1`"),
        ("/cars/d/lots/-", "there are `/cars/d/lots/0`, `/cars/d/lots/1`"),
        ("/visits/0", None),
        ("/as_of/day", None),
        ("/", "there are `/as_of`, `/town`, `/lots`, `/cars`, `/visits`"),
    ],
)
def test_a_pointer_that_names_nothing_is_an_error(pointer: str, help_text: str | None, base_policy: Path) -> None:
    """With the nearest that does, or with what there is."""
    message = f"`{pointer}` names nothing in the base"
    assert told(base_policy, taking(pointer)) == [("5:35", "unknown-pointer", message, help_text)]


def test_a_null_that_takes_nothing_away_is_told_what_does(base_policy: Path) -> None:
    """Where the schema has no null, the mistake of the state hints at `without`."""
    suites(base_policy, one=CASES + A.replace("base: town", "base: town, with: {cars: {d: null}}"))
    done = run("test", str(base_policy))
    assert done.returncode == 1
    assert done.stdout.decode().endswith(
        "  error[wrong_type]: /state/cars/d: null stands where a mapping is expected\n"
        "    help: null takes nothing away here, and `without: [/cars/d]` does\n\n"
        "0 passed, 1 failed\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        (
            "base: town",
            "base: town, set: {strictnes: harsh}",
            ("5:31", "unknown-setting", "there is no setting `strictnes`", "did you mean `strictness`?"),
        ),
        (
            "base: town",
            "base: town, set: {strictness: wild}",
            (
                "5:43",
                "unknown-choice",
                "`wild` is no choice of the setting `strictness`",
                "did you mean `mild`?",
            ),
        ),
        (
            "base: town",
            "base: town, version: bass",
            ("5:34", "unknown-version", "there is no version `bass`", "did you mean `base`?"),
        ),
        (
            "cases:",
            "version: bass\ncases:",
            ("4:10", "unknown-version", "there is no version `bass`", "did you mean `base`?"),
        ),
        (
            "cases:",
            "policy: hubspot-seat\ncases:",
            ("4:9", "unknown-policy", "there is no policy `hubspot-seat`", "did you mean `hubspot-seats`?"),
        ),
        (
            "cases:",
            f"policy: {__file__}\ncases:",
            ("4:9", "file-error", f"{__file__}: is not a folder", None),
        ),
    ],
)
def test_what_a_suite_asks_of_its_policy_is_there(
    old: str, new: str, mistake: tuple[object, ...], base_policy: Path
) -> None:
    """A mistake in `set`, `policy` and `version` has its place and case, to `test` and to `lint`; other cases run."""
    assert told(base_policy, (CASES + A).replace(old, new)) == [mistake]
    suites(base_policy, two=CASES + A)
    done = run("test", str(base_policy))
    assert (done.returncode, done.stdout) == (65, b"1 passed, 0 failed\n")


def test_a_case_is_decided_with_what_it_sets(base_policy: Path) -> None:
    """And another case of the suite without."""
    harsh = B.replace("base: town", "base: town, with: {lots: {north: {free: 1}}}, set: {strictness: harsh}")
    mild = harsh.replace("set: {strictness: harsh}", "set: {strictness: mild}").replace("id: B", "id: C")
    text = (
        CASES + harsh.replace("{decision: allow}", "{warnings: [busy]}") + mild.replace("allow", "allow, warnings: []")
    )
    assert run("test", str(suites(base_policy, one=text))).stdout == b"2 passed, 0 failed\n"


def test_every_mistake_in_what_is_set_is_told(base_policy: Path) -> None:
    """Of every case, and not only the first."""
    text = CASES + (A + B).replace("base: town", "base: town, set: {strictnes: harsh, strictness: hard}")
    assert [each[:2] for each in told(base_policy, text)] == [
        ("5:31", "unknown-setting"),
        ("5:61", "unknown-choice"),
        ("6:31", "unknown-setting"),
        ("6:61", "unknown-choice"),
    ]


GOLDEN = Path(__file__).parent / "golden" / "test"
FULL = A.replace("base: town", "base: town, with: {lots: {north: {free: 0}}, cars: {c: {kind: lorry}}}")
FAILING = {
    "denied": FULL,
    "allowed": A.replace("{decision: allow}", "{error: unknown_key}"),
    "refused": A.replace("base: town", "base: town, with: {twon: {}, lots: {north: {free: -1}}, cars: {c: {kind: 1}}}"),
    "story": """  - id: A
    title: one parks, and another
    base: town
    with: {lots: {north: {free: 1}}}
    steps:
      - {action: {type: park, car: c, lot_name: north, hours: 1}, expect: {decision: allow}}
      - {at: '2025-03-02', action: {type: park, car: d, lot_name: north, hours: 1}, expect: {decision: allow}}
    expect_state: {lots: {north: {free: 1}}}
""",
}


@pytest.mark.parametrize("name", FAILING)
def test_a_failing_case_says_why(name: str, base_policy: Path, golden: Golden) -> None:
    """With codes, rules, messages and values as `check` prints them; of a request that is none, one mistake a line."""
    policy = suites(base_policy, one=CASES + FAILING[name])
    done = run("test", "--policy", "parking", cwd=policy.parent)
    assert (done.returncode, done.stderr) == (1, b"")
    golden(GOLDEN / f"{name}.txt", done.stdout.decode())


def test_a_failing_case_says_why_in_the_language_asked_for(base_policy: Path) -> None:
    """`--lang` is for what came out; a language that the policy lacks is a wrong use."""
    policy = str(suites(base_policy, one=CASES + FULL))
    assert "lot_full: north is vol" in run("test", policy, "--lang", "nl").stdout.decode()
    for case in (FULL, A):
        assert run("test", str(suites(base_policy, one=CASES + case)), "--lang", "fr").returncode == 2


def test_a_failing_case_says_why_as_json(base_policy: Path) -> None:
    """The answer is the one that `check` gives, and the error that of `check`; a story has its steps' answers."""
    state, action = (
        base_policy / "state.json",
        json.dumps({"type": "park", "car": "c", "lot_name": "north", "hours": 1}),
    )
    for name in ("denied", "refused"):
        suites(base_policy, one=CASES + FAILING[name])
        (failure,) = json.loads(run("test", str(base_policy), "--format", "json").stdout)["failures"]
        (case,) = read_suite(base_policy / "base" / "suites" / "one.yaml").cases
        state.write_text(json.dumps(case.state), encoding="utf-8")
        command = ("check", "--policy", str(base_policy), "--state", str(state), "--action", action)
        done = run(*command, "--format", "json")
        if name == "denied":
            assert failure["answers"] == [{"step": None, "decision": json.loads(done.stdout)}]
            assert (failure["broken"], failure["error"]) == ([], None)
        else:
            assert failure["answers"] == []
            error = json.loads(done.stderr)["error"]
            for each in (error, *error["problems"]):
                assert [each.pop("file"), each.pop("line")] == [str(state), 1]
            columns = [each.pop("column") for each in error["problems"]]
            assert error.pop("column") == columns[0]
            text = json.dumps(case.state)
            assert [text[column - 1 :][:2] for column in columns] == ["-1", "1,", '"t']
            assert failure["error"] == error
    suites(base_policy, one=CASES + FAILING["story"])
    (failure,) = json.loads(run("test", str(base_policy), "--format", "json").stdout)["failures"]
    assert [each["what"] for each in failure["differences"]] == ["step 2: decision", "state.lots.north.free"]
    ((step, codes),) = [(each["step"], [r["code"] for r in each["decision"]["reasons"]]) for each in failure["answers"]]
    assert (step, codes) == (2, ["lot_full"])


BROKEN = "cases: [{id: XRAY, title: a lorry parks}]\n"
NO_YAML = "cases:\n  - id: YANKEE\n   title: a bus parks\n"


@pytest.fixture
def three(base_policy: Path) -> str:
    """A policy with a suite that is misspelt, one that is no YAML, and one of which a case passes and another fails."""
    return str(suites(base_policy, misspelt=BROKEN, no_yaml=NO_YAML, right=CASES + PARKS % "ALFA" + DENIED % "BRAVO"))


def test_a_broken_suite_stops_no_other(three: str) -> None:
    """The results of the others are printed, with the mistakes of all that are broken, and the exit code is 65."""
    done = run("test", three)
    assert done.returncode == 65
    assert done.stdout.endswith(b"\n\n1 passed, 1 failed\n")
    places = [line for line in done.stderr.decode().splitlines() if line.startswith(three)]
    assert [(Path(p.partition(":")[0]).name, p.split(": ")[1]) for p in places] == [
        ("misspelt.yaml", "error[missing-key]"),
        ("misspelt.yaml", "error[missing-key]"),
        ("no_yaml.yaml", "error[yaml-syntax]"),
    ]
    as_json = json.loads(run("test", three, "--format", "json").stdout)
    assert (as_json["passed"], as_json["failed"], len(as_json["errors"])) == (1, 1, 1)


@pytest.mark.parametrize(
    ("words", "code", "broken"),
    [
        ("ALFA", 0, []),
        ("xray", 65, ["misspelt"]),
        ("YANKEE", 65, ["no_yaml"]),
        ("bus", 65, ["no_yaml"]),
        ("no_yaml and yankee and bus", 65, ["no_yaml"]),
        ("lorry and not bus", 65, ["misspelt"]),
        ("right and not bravo", 0, []),
        ("not right", 65, ["misspelt", "no_yaml"]),
        ("not yankee and not bravo", 65, ["misspelt", "no_yaml"]),
    ],
)
def test_a_suite_that_is_left_out_stops_nothing(words: str, code: int, broken: list[str], three: str) -> None:
    """`-k` leaves out a broken suite too, as far as its cases' names can be read."""
    done = run("test", three, "-k", words)
    names = {Path(line.partition(":")[0]).stem for line in done.stderr.decode().splitlines() if line.startswith(three)}
    assert (done.returncode, sorted(names)) == (code, broken)


def test_a_policy_that_does_not_load_stops_no_other(base_policy: Path) -> None:
    """The cases of the others run, its problems are told once, and the exit code is 78, also beside a broken suite."""
    other = base_policy.parent / "other"
    shutil.copytree(suites(base_policy, right=CASES + A), other)
    suites(other, more=CASES + A, broken=BROKEN)
    (other / "base" / "facts.yaml").write_text("facts: 1\n", encoding="utf-8")
    done = run("test", str(other), str(base_policy))
    assert (done.returncode, done.stdout) == (78, b"1 passed, 0 failed\n")
    assert done.stderr.count(b"error[wrong-kind]") == 1
    assert done.stderr.count(b"broken.yaml:1:9: error[missing-key]") == 2
    errors = [json.loads(line)["error"] for line in run("test", str(other), "--format", "json").stderr.splitlines()]
    assert [each["code"] for each in errors] == ["missing-key", "wrong-kind"]
    suites(base_policy, named=f"policy: {other}\n" + CASES + A)
    linted = json.loads(run("lint", str(base_policy), "--format", "json").stdout)["problems"]
    assert [(Path(p["file"]).name, p["line"], p["code"]) for p in linted] == [("named.yaml", 1, "policy-does-not-load")]


def test_a_suite_that_cannot_be_read_stops_no_other(base_policy: Path) -> None:
    """It ends `test` with 74, and is an error at its place to `lint`."""
    unread = suites(base_policy, right=CASES + A) / "base" / "suites" / "unread.yaml"
    unread.write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    assert run("test", str(base_policy)).returncode == 65
    unread.unlink()
    for target, message in (("/dev/full", "is not a regular file"), ("gone.yaml", "is not there")):
        unread.symlink_to(target)
        done = run("test", str(base_policy))
        assert (done.returncode, done.stdout) == (74, b"1 passed, 0 failed\n")
        assert done.stderr.decode() == f"error: {unread}: {message}\n"
        linted = run("lint", str(base_policy))
        assert linted.stdout.decode() == f"{unread}:1:1: error[file-error]: {message}\n\n1 error, 0 warnings\n"
        unread.unlink()


def test_a_path_that_runs_nothing_is_told(base_policy: Path) -> None:
    """Also among others, and with `-k`; nothing runs then."""
    empty, no_cases = base_policy.parent / "empty", base_policy.parent / "none.yaml"
    empty.mkdir()
    no_cases.write_text("cases: []\n", encoding="utf-8")
    policy = str(suites(base_policy, right=CASES + A))
    for arguments in ((policy, str(empty)), (str(empty),), (policy, str(empty), "-k", "A")):
        done = run("test", *arguments)
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr.decode() == f"error[usage]: {empty}: no case is there to run\n"
    done = run("test", str(no_cases), policy, str(empty))
    assert done.stderr.decode() == f"error[usage]: {no_cases}, {empty}: no case is there to run\n"
    assert run("test", str(base_policy.parent / "suites"), policy).returncode == 74
    assert run("test", policy, "-k", "nosuchword").returncode == 2
    suites(base_policy, right=BROKEN)
    assert run("test", policy).returncode == 65


def test_a_suite_that_is_named_twice_runs_once(base_policy: Path) -> None:
    """However its path is written, and whichever folder it lies below; for two versions it runs twice."""
    version = suites(base_policy, one=CASES + A, two=CASES + B) / "base"
    link = base_policy.parent / "link"
    link.symlink_to(base_policy)
    one, two = version / "suites" / "one.yaml", version / "suites" / "two.yaml"
    paths = (version, base_policy, version / ".." / "base", one, two, one, link, version / "suites", base_policy.parent)
    done = run("test", *map(str, paths))
    assert (done.returncode, done.stdout) == (0, b"2 passed, 0 failed\n")
    assert run("test", "parking", ".", str(one), cwd=base_policy.parent).stdout == b"2 passed, 0 failed\n"
    shutil.copytree(version, base_policy / "next")
    header = base_policy / "next" / "policy.yaml"
    text = header.read_text(encoding="utf-8").replace("version: base", "version: next")
    header.write_text(text.replace("2025-01-01", "2025-06-01"), encoding="utf-8")
    (base_policy / "next" / "suites" / "one.yaml").unlink()
    (base_policy / "next" / "suites" / "one.yaml").symlink_to(one)
    assert run("test", str(base_policy)).stdout == b"4 passed, 0 failed\n"


DAYS = {
    "a day before": (
        A.replace("base: town", "base: town, with: {as_of: '2024-12-31'}"),
        "5:39",
        "no version decides",
        "2024-12-31",
    ),
    "a later day": (
        A.replace("base: town", "base: town, with: {as_of: '2025-06-01'}"),
        "5:39",
        "version `next` decides",
        "2025-06-01",
    ),
    "a step's day": (
        (STORY % "A").replace("[{action", "[{at: '2025-06-01', action"),
        "7:18",
        "version `next` decides",
        "2025-06-01",
    ),
    "after a wait": (
        (STORY % "A").replace("[{", "[{action: {type: wait, to: '2026-01-01'}, expect: {decision: allow}}, {"),
        "7:39",
        "version `next` decides",
        "2026-01-01",
    ),
    "a wait": (
        A.replace("type: park, car: c, lot_name: north, hours: 1", "type: wait, to: '2026-01-01'"),
        "5:50",
        "version `next` decides",
        "2026-01-01",
    ),
    "a state's day": (
        "  - {id: A, state: {as_of: '2025-07-01'}, action: {type: wait, to: '2025-07-01'}, expect: {error: missing}}\n",
        "5:28",
        "version `next` decides",
        "2025-07-01",
    ),
}


@pytest.fixture
def later(base_policy: Path) -> Path:
    """A policy with a version that comes into force on 1 June."""
    (base_policy / "next").mkdir()
    header = "{name: parking, version: next, extends: base, format: 1, effective_from: 2025-06-01}\n"
    (base_policy / "next" / "policy.yaml").write_text(header, encoding="utf-8")
    return base_policy


@pytest.mark.parametrize("name", DAYS)
def test_a_day_that_another_version_decides_is_a_warning(name: str, later: Path) -> None:
    """Of a case in a version's suites, the first such day is told, unless the case or the suite names the version."""
    case, place, decides, day = DAYS[name]
    suites(later, one=CASES + case + B)
    done = run("lint", str(later), "--format", "json")
    (problem,) = json.loads(done.stdout)["problems"]
    assert (f"{problem['line']}:{problem['column']}", problem["severity"], problem["code"], problem["case"]) == (
        place,
        "warning",
        "another-version",
        "A",
    )
    assert problem["message"] == f"{decides} on {day}, and not `base`, in whose folder the suite lies"
    assert problem["help"] == "move the day, or name the `version` in the case or in the suite"
    assert run("test", str(later)).returncode == 0
    named = re.sub(r"id: A(,|\n   )", r"id: A\1 version: base\1", case)
    for suite in (CASES + named, "version: base\n" + CASES + case):
        suites(later, one=suite)
        assert run("lint", "--strict", str(later)).returncode == 0


def test_the_day_of_a_base_is_one_warning(later: Path) -> None:
    """At the base, whatever the number of its cases; a suite that names a policy is decided by the day."""
    late = CASES.replace("2025-03-01", "2025-07-01") + A + B
    suites(later, one=late)
    (problem,) = json.loads(run("lint", str(later), "--format", "json").stdout)["problems"]
    assert (problem["line"], problem["column"], "case" in problem) == (2, 17, False)
    suites(later, one=f"policy: {later}\n{late}")
    assert run("lint", "--strict", str(later)).returncode == 0


def test_a_case_names_its_version(later: Path) -> None:
    """The version of a case decides, before that of its suite and of the folder in which it lies."""
    (later / "next" / "rules.yaml").write_text(CLOSED_TOWN, encoding="utf-8")
    (later / "next" / "codes.yaml").write_text("codes: {reasons: {closed: closed}}\n", encoding="utf-8")
    cases = [(DENIED % "A"), (PARKS % "B").replace("{id: B", "{id: B, version: base")]
    suites(later, one="version: next\n" + CASES + "".join(cases) + DENIED % "C")
    assert run("test", str(later)).stdout == b"3 passed, 0 failed\n"


CLOSED_TOWN = """rules:
  - {id: closed, actions: [park], require: town.closed, otherwise: {code: closed, message: {en: closed, nl: dicht}}}
"""


@pytest.mark.parametrize("text", ["case: []\n", "cases: {}\n", "a text\n"])
def test_a_suite_whose_cases_cannot_be_told_is_never_left_out(text: str, base_policy: Path) -> None:
    """It may have the case that is chosen."""
    suites(base_policy, right=CASES + PARKS % "ALFA", broken=text)
    for arguments in ((), ("-k", "alfa")):
        done = run("test", str(base_policy), *arguments)
        assert (done.returncode, done.stdout) == (65, b"1 passed, 0 failed\n")
        assert b"broken.yaml:1:" in done.stderr


def test_lint_tells_what_cases_ask_and_expect_that_is_not_there(
    base_policy: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Actions, arguments and names that the policy lacks are errors where they stand, unless an error is expected."""
    monkeypatch.chdir(base_policy.parent)
    kept = TESTS / "golden" / "lint" / "mistaken-cases.yaml"
    suites(base_policy, cases=kept.read_text(encoding="utf-8"))
    done = run("lint", "parking", "--all")
    assert (done.returncode, done.stderr) == (1, b"")
    golden(kept.with_suffix(".txt"), done.stdout.decode())
