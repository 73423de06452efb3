"""`lint --deep`: goals, remedies and invariants, seen from the suites' states, each finding with its witness."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import seatrules
from accounts import STATE
from broken import build
from command import run
from conftest import TESTS
from lengths import DEEP
from seatrules import Engine
from seatrules.analysis.exploration import Tried
from seatrules.analysis.finding import Finding
from seatrules.analysis.goals import findings
from seatrules.suites import known_states
from test_invariants import ACCOUNT, SHIPPED, without

LIBRARY = TESTS / "policies" / "library-loans"
SUITE = """bases:
  monday:
    as_of: '2025-07-01'
    town: {name: Ede, closed: false}
    lots: {north: {free: 1}, south: {free: 4}}
    cars: {bus: {kind: lorry, lots: []}, mini: {kind: car, lots: []}}
    visits: []
cases:
  - id: PARK-1
    base: monday
    action: {type: park, car: mini, lot_name: north, hours: 1}
    expect: {decision: allow}
  - id: PARK-2
    base: monday
    with: {lots: {south: {free: -1}}}
    action: {type: park, car: mini, lot_name: north, hours: 1}
    expect: {error: out_of_range}
"""
GOALS = """goals:
  - id: lots-fill-up
    for: l in lot_rules
    some: lots[l.id].free == 0
  - id: lorries-stand-on-every-lot
    for: l in lot_rules
    some: any(v.lot == l.id and any(c.id == v.car and c.kind == "lorry" for c in cars) for v in visits)
"""
INVARIANTS = """invariants:
  - id: a-lot-has-four-places
    for: l in lots
    require: l.free <= 4
    message: {en: "{l.free} places on {l.id}", nl: "{l.free} plaatsen op {l.id}"}
"""
MORE_RULES = """  - id: a-town-that-is-closed
    actions: [leave]
    require: not town.closed
    otherwise: {code: closed, message: {en: closed, nl: gesloten}}
"""
"""No known state gives a denial for `closed`."""


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small policy with a suite, and with something of every kind that `--deep` finds."""
    folder = tmp_path_factory.mktemp("deep")
    build(folder, {})
    base = folder / "parking" / "base"
    (base / "suites").mkdir()
    for name, text in (("suites/monday", SUITE), ("goals", GOALS), ("invariants", INVARIANTS)):
        (base / f"{name}.yaml").write_text(text)
    rules, codes = base / "rules.yaml", base / "codes.yaml"
    rules.write_text(rules.read_text() + MORE_RULES)
    terminal = "  terminal: {lot_full: {en: it stays full, nl: het blijft vol}}\n"
    codes.write_text(codes.read_text().replace("a lorry on the wrong lot}", "a lorry, closed: the town is}") + terminal)
    return folder / "parking"


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which `deep` writes what shows its findings."""
    return tmp_path_factory.mktemp("witness") / "new"


@pytest.fixture(scope="module")
def deep(policy: Path, witness: Path) -> list[dict[str, Any]]:
    """What `lint --deep --strict --witness` finds on the policy, which ends it with 1: looked for once."""
    return found(str(policy), "--strict", "--witness", str(witness), ends_with=1)


def found(*arguments: str, ends_with: int | None = None) -> list[dict[str, Any]]:
    """What `lint --deep` finds."""
    done = run("lint", "--deep", "--format", "json", *arguments)
    assert done.stderr == b""
    assert ends_with is None or done.returncode == ends_with
    problems: list[dict[str, Any]] = json.loads(done.stdout)["problems"]
    return problems


def test_deep_finds_what_is_not_kept(deep: list[dict[str, Any]]) -> None:
    """Each kind of finding stands at the goal, code or invariant that it is about, and is a warning."""
    told = [(Path(each["file"]).name, each["line"], each["code"], each["message"]) for each in deep]
    lorries = 'any(v.lot == l.id and any(c.id == v.car and c.kind == "lorry" for c in cars) for v in visits)'
    goal = "no allowed action makes the goal `lorries-stand-on-every-lot` for"
    assert told == [
        ("codes.yaml", 2, "no-remedy", "no denial for `lorry` has a remedy"),
        ("codes.yaml", 2, "unseen-code", "no known state gives the code `closed`"),
        ("codes.yaml", 5, "not-terminal", "`lot_full` is declared terminal, and there is a remedy"),
        ("goals.yaml", 5, "unreached-goal", f"{goal} `north` false again: `{lorries}`"),
        ("goals.yaml", 5, "unreached-goal", f"{goal} `south` false again: `{lorries}`"),
        ("goals.yaml", 5, "unreached-goal", f"{goal} `south` true: `{lorries}`"),
        ("invariants.yaml", 2, "breaks-invariant", "an allowed action breaks the invariant `a-lot-has-four-places`"),
    ]
    assert {each["severity"] for each in deep} == {"warning"}


HARSH = """  - id: only-where-it-is-harsh
    actions: [leave]
    when: settings.strictness == "harsh"
    require: lots[lot_name].free < 900
    otherwise: {code: too_many}
"""


@pytest.mark.parametrize(("chosen", "told"), [((), []), (("--set", "strictness=harsh"), ["too_many"])])
def test_no_case_is_asked_for_a_code_that_a_setting_silences(
    chosen: tuple[str, ...], told: list[str], plain: Path
) -> None:
    """A rule that never applies by what is chosen denies nothing; with the other choice a case is asked for."""
    rules, codes = plain / "base" / "rules.yaml", plain / "base" / "codes.yaml"
    rules.write_text(rules.read_text(encoding="utf-8") + HARSH, encoding="utf-8")
    codes.write_text(
        codes.read_text(encoding="utf-8").replace("{lot_full:", "{too_many: x, lot_full:"), encoding="utf-8"
    )
    unseen = [
        each for each in found(str(plain), *chosen) if each["code"] == "unseen-code" and "too_many" in each["message"]
    ]
    assert ["too_many" for _ in unseen] == told


@pytest.fixture
def plain(base_policy: Path) -> Path:
    """The small policy with a suite, and with nothing for `--deep` but its codes."""
    (base_policy / "base" / "suites").mkdir()
    (base_policy / "base" / "suites" / "monday.yaml").write_text(SUITE)
    return base_policy


@pytest.mark.usefixtures("deep")
def test_deep_fails_with_strict_only(policy: Path) -> None:
    """Findings are warnings: they end `lint` with 1 if it is strict; without `--deep` nothing is looked for."""
    assert run("lint", "--strict", str(policy)).stdout == b"0 errors, 0 warnings\n"


def test_a_finding_names_the_case_and_how_far_was_looked(deep: list[dict[str, Any]]) -> None:
    """The help says what was tried, and a note which case's state shows it with which action."""
    problems = {each["message"]: each for each in deep}
    lorry = problems["no denial for `lorry` has a remedy"]
    assert lorry["help"].startswith("let an action mend it, or say by `about` or in `terminal` why none can; tried ")
    assert "; looked at 1 states of the suites and " in lorry["help"]
    (note,) = lorry["notes"]
    assert Path(note["file"]).name == "monday.yaml"
    assert note["line"] == 9
    action = {"type": "park", "car": "bus", "lot_name": "south", "hours": 1}
    assert note["message"] == f"on the state of this case: {json.dumps(action)}"


def test_check_reproduces_each_witness(policy: Path, witness: Path, deep: list[dict[str, Any]]) -> None:
    """The files that `--witness` writes give `check` the verdict and the codes that the finding is about."""
    told: dict[str, list[list[str]]] = {}
    for action in sorted(witness.glob("*.action.json")):
        state = Path(str(action).replace(".action.", ".state."))
        (problem,) = [each for each in deep if str(action) in each["help"]]
        asked = ("check", "--policy", str(policy / "base"), "--state", str(state), "--action", str(action))
        assert f"`seatrules {' '.join([*asked[:5], '--action', str(action)])}`".split()[0] in problem["help"]
        decision = json.loads(run(*asked, "--format", "json").stdout)
        told.setdefault(problem["code"], []).append([reason["code"] for reason in decision["reasons"]])
        if problem["code"] == "breaks-invariant":
            steps = json.dumps([json.loads(action.read_text())])
            again = run("simulate", *asked[1:5], "--steps", steps)
            assert (again.returncode, decision["decision"]) == (1, "allow")
            assert b"a-lot-has-four-places" in again.stdout
    assert told == {
        "breaks-invariant": [[]],
        "no-remedy": [["lorry"]],
        "not-terminal": [["lot_full"]],
        "unreached-goal": [["lorry"]],
    }


def test_a_goal_without_an_action_in_its_way_has_a_state_for_its_witness(
    policy: Path, witness: Path, deep: list[dict[str, Any]]
) -> None:
    """Where no action would end what a goal is about, the state alone is written, and `can` shows what can be done."""
    (ended,) = [each for each in deep if "`north` false again" in each["message"]]
    state = next(path for path in witness.glob("*.state.json") if str(path) in ended["help"])
    assert ended["help"].startswith("no action that is denied would either; looked at ")
    assert json.loads(state.read_text())["visits"] != []
    assert run("can", "--policy", str(policy / "base"), "--state", str(state)).returncode == 0


def test_deep_needs_a_state(base_policy: Path) -> None:
    """A policy without a suite is told so at its header, and nothing else."""
    (problem,) = found(str(base_policy))
    assert (Path(problem["file"]).name, problem["code"]) == ("policy.yaml", "no-known-state")
    assert problem["message"] == "no suite holds a state to look from that is valid and keeps the invariants"


def test_deep_is_for_policies_without_errors(policy: Path, tmp_path: Path) -> None:
    """Where there are errors, these are shown and nothing is looked for."""
    wrong = shutil.copytree(policy, tmp_path / "parking")
    (wrong / "base" / "facts.yaml").write_text("facts: [\n")
    problems = found(str(wrong))
    assert {each["severity"] for each in problems} == {"error"}


def test_what_reproduces_a_finding_names_the_extension(plain: Path, tmp_path: Path) -> None:
    """Without it the policy would say something else of the witness."""
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "extension.yaml").write_text("name: ours\nextends: parking\n" + INVARIANTS)
    options = ["--extension", str(ours), "--witness", str(tmp_path / "witness")]
    helps = [each["help"] for each in found(str(plain), *options) if each["code"] == "breaks-invariant"]
    assert helps
    assert all(f"--extension {ours} " in each for each in helps)


def test_witness_is_for_deep(plain: Path, tmp_path: Path) -> None:
    """`--witness` without `--deep` is a mistake of usage; a folder that can't be made is an error of files."""
    assert run("lint", str(plain), "--witness", str(tmp_path / "witness")).returncode == 2
    (tmp_path / "file").write_text("")
    assert run("lint", str(plain), "--deep", "--witness", str(tmp_path / "file" / "x")).returncode == 74


def seen(engine: Engine, version: str) -> list[Finding]:
    """What is found from two states."""
    return list(findings(engine, [STATE, ACCOUNT], version, budget=3000, search=500))


def test_a_dropped_consequence_is_found(tmp_path: Path) -> None:
    """Where nobody gets the seat that is assigned or changed to, an invariant breaks, and a goal is not met."""
    broken = without(tmp_path, "the-receiver-gets-the-seat, the-holder-swaps-the-seat")
    whole, less = seen(broken, "2024-11-01"), seen(broken, "broken")
    assert seen(broken, "broken") == less  # the same each time
    promise = "no allowed action makes the goal `every-seat-type-can-be-obtained-and-given-back` for `view_only` true: "
    assert [each.message for each in whole if each.message.startswith(promise)] == []
    assert [each.help for each in less if each.message.startswith(promise)] != []
    assert [each.name for each in whole if each.code == "breaks-invariant"] == []
    names = {each.name for each in less if each.code == "breaks-invariant"}
    assert names == {
        "assigned-seats-are-counted-as-users-get-and-lose-them",
        "no-more-users-hold-a-seat-than-are-assigned",
    }


def test_a_seat_type_that_nobody_can_get_is_found(tmp_path: Path) -> None:
    """A rule that keeps everybody from a seat type leaves a goal unreached, and its witness is denied by that rule."""
    policy = tmp_path / "hubspot-seats"
    shutil.copytree(SHIPPED, policy)
    base = policy / "2024-11-01"
    (base / "rules" / "50-nobody.yaml").write_text(
        "rules:\n  - id: nobody-views\n    actions: [assign_seat, change_seat_type]\n"
        '    require: wanted != "view_only"\n'
        '    otherwise: {code: no_seat_available, message: {en: "no", nl: "nee"}}\n'
    )
    engine = seatrules.load(policy)
    (view_only,) = [
        each
        for each in findings(engine, [STATE, ACCOUNT], "2024-11-01", budget=3000, search=500)
        if each.code == "unreached-goal" and "for `view_only` true" in each.message
    ]
    assert view_only.help.startswith("what would is denied: no_seat_available; looked at 2 states of the suites and ")
    assert view_only.witness is not None
    assert view_only.witness.action is not None
    decision = engine.decide(view_only.witness.action, view_only.witness.spot.state)
    assert [reason.rule for reason in decision.reasons] == ["nobody-views"]


TOWING = """  tow:
    title: {en: Tow, nl: Wegslepen}
    arguments: {cars_towed: set of car_id}
    roles: {}
"""
ONE_AT_A_TIME = """  - id: one-car-is-towed-at-a-time
    actions: [tow]
    require: len(cars_towed) <= 1
    otherwise: {code: too_many, about: {tow: request}}
"""
TOWED = """  - id: TOW-1
    base: monday
    action: {type: tow, cars_towed: [bus, mini]}
    expect: {decision: deny}
"""


def extended(policy: Path, *, rules: str = "", actions: str = "", suite: str = "", invariants: str = "") -> Path:
    """The small policy with its suite, and with more of each kind; it has the code `too_many`."""
    base, more = policy / "base", {"rules": rules, "actions": actions, "suites/monday": suite}
    for name, text in more.items():
        path = base / f"{name}.yaml"
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    outcomes = base / "outcomes.yaml"
    if actions:
        outcomes.write_text(outcomes.read_text(encoding="utf-8").replace("[leave, wait]", "[leave, wait, tow]"))
    (base / "invariants.yaml").write_text(invariants or "invariants: []\n", encoding="utf-8")
    codes = base / "codes.yaml"
    if rules:
        codes.write_text(
            codes.read_text(encoding="utf-8").replace("{lot_full:", "{too_many: x, lot_full:"), encoding="utf-8"
        )
    return policy


@pytest.mark.parametrize(("suite", "unseen"), [("", True), (TOWED, False)])
def test_what_a_suite_asks_is_asked(suite: str, unseen: bool, plain: Path) -> None:
    """A code that only an action of a suite gives is not asked for; without that case it is."""
    policy = extended(plain, rules=ONE_AT_A_TIME, actions=TOWING, suite=suite)
    codes = [each["code"] for each in found(str(policy)) if "too_many" in each["message"]]
    assert codes == (["unseen-code"] if unseen else [])


TWO_VISITS = """invariants:
  - id: two-cars-at-most
    require: count(v for v in visits) <= 2
    message: {en: too many, nl: te veel}
"""


def test_deep_looks_several_steps_ahead(plain: Path) -> None:
    """What three steps break is found, and said with the two that lead there."""
    policy = extended(plain, invariants=TWO_VISITS)
    (broken,) = [each for each in found(str(policy)) if each["code"] == "breaks-invariant"]
    (note,) = broken["notes"]
    leading, _, last = note["message"].partition(" leads to from that of this case: ")
    assert json.loads(last)["type"] == "park"
    assert [step["type"] for step in json.loads("[" + leading.removeprefix("on the state that ") + "]")].count(
        "park"
    ) == 2


def test_what_a_story_of_a_suite_does_is_looked_at(plain: Path) -> None:
    """Its steps and waits lead on: what the last of them breaks is found."""
    step = "{{{}action: {{type: park, car: mini, lot_name: south, hours: 1}}, expect: {{decision: allow}}}}"
    steps = ", ".join(step.format(at) for at in ("", "at: '2025-08-01', ", ""))
    policy = extended(plain, invariants=TWO_VISITS, suite=f"  - {{id: STORY, base: monday, steps: [{steps}]}}\n")
    (broken,) = [each for each in found(str(policy)) if each["code"] == "breaks-invariant"]
    assert '{"at": "2025-08-01"}, {"type": "park"' in broken["notes"][0]["message"]


ABOUT = """  - id: a-lot-keeps-a-place
    actions: [park]
    require: lots[lot_name].free > 1
    otherwise: {code: too_many, about: {park: elsewhere}}
  - id: no-long-visits
    actions: [park]
    require: hours < 900
    otherwise: {code: too_many, about: {park: request}}
"""


def test_a_rule_that_says_what_it_is_about_is_held_to_it(plain: Path) -> None:
    """No remedy is asked for where every rule that denies says that none is; where there is one, that is told there."""
    policy = extended(plain, rules=ABOUT)
    told = [
        (Path(each["file"]).name, each["code"], each["message"])
        for each in found(str(policy))
        if each["code"] in ("no-remedy", "not-terminal")
    ]
    assert told == [
        ("codes.yaml", "no-remedy", "no denial for `lorry` has a remedy"),
        ("rules.yaml", "not-terminal", "`a-lot-keeps-a-place` is about `elsewhere`, and there is a remedy"),
    ]


def test_a_finding_comes_as_soon_as_it_is_found(deep: list[dict[str, Any]], policy: Path) -> None:
    """An invariant that breaks is told before all is looked at; what is tried is counted."""
    engine, tried = seatrules.load(policy), list[Tried]()

    def counted(items: Iterable[Tried]) -> Iterator[Tried]:
        for item in items:
            tried.append(item)
            yield item

    states = [case.state for case in known_states(engine, policy, "base").cases]
    unkept = findings(engine, states, "base", budget=500, counted=counted)
    assert next(unkept).code == "breaks-invariant"
    at_first = len(tried)
    assert sorted(each.code for each in unkept) == sorted(each["code"] for each in deep)[1:]
    assert 0 < at_first < len(tried) / 2


def test_in_time_or_not_at_all(policy: Path) -> None:
    """What there is no time for is said, as a warning, and never that something has no remedy or is unseen."""
    untried, late = sorted(
        found(str(policy), "--seconds", "0.000001", "--strict", ends_with=1),
        key=lambda each: len(each["message"]),
        reverse=True,
    )
    assert untried["message"] == "there was no time to look for requests that turn 3 of the rules"
    assert {(Path(each["file"]).name, each["code"]) for each in (untried, late)} == {("policy.yaml", "out-of-time")}
    assert late["message"] == "there was no time to look at 7 of the goals and codes"
    assert late["help"] == (
        "give more `--seconds`; looked at 0 states of the suites and 0 that these lead to, with 1 decisions"
    )
    done = run("lint", str(policy), "--seconds", "1")
    assert (done.returncode, done.stderr) == (2, b"error[usage]: `--seconds` stands with `--deep` only\n")


@pytest.mark.parametrize(
    "version", [pytest.param("2025-01-01", marks=pytest.mark.skipif(not DEEP, reason="for `make deep`")), "2025-07-01"]
)
def test_the_second_policy_keeps_its_promises(version: str) -> None:
    """Nothing is found on the library's policy."""
    engine = seatrules.load(LIBRARY)
    states = [case.state for case in known_states(engine, LIBRARY, version).cases]
    assert list(findings(engine, states, version, budget=2000)) == []
