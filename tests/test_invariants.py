"""Random sequences on random states: invariants hold, and where effects are wrong on purpose, that is found."""

from __future__ import annotations

import copy
import json
import shutil
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import seatrules
from accounts import STATE, changed
from command import run, written
from conftest import TESTS
from lengths import examples
from seatrules import Engine, RequestError
from seatrules.analysis.drawing import Drawing
from seatrules.analysis.probe import Counterexample, probe
from seatrules.decision.invariants import explained_invariants
from seatrules.program import Program
from test_evaluators import DATES, ENGINES, PARKING, right

SHIPPED = TESTS.parent / "policies" / "hubspot-seats"
SOME = settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
ONE_ON_ITS_WAY = {"purchased": 2, "assigned": 1, "pending_removal": 1, "pending_effective_on": "2025-06-01"}
BIG = 2**62  # adding a little to it is still a number of a state
NO_SEATS = {"purchased": 0, "assigned": 0, "pending_removal": 0, "pending_effective_on": None}
VISIT = {"car": "c", "lot": "north", "on": "2025-01-01"}
PARKED = PARKING | {"lots": {"north": {"free": 4}, "south": {"free": 1}}, "visits": [VISIT, VISIT | {"lot": "south"}]}
ACCOUNT = changed(STATE, {"seats.core": ONE_ON_ITS_WAY})


def mended(state: dict[str, Any]) -> dict[str, Any]:
    """The state with what breaks most random ones put right; the invariants say whether that was enough."""
    for user in state.get("users", {}).values():
        user["seats"] = [] if user["status"] == "removed" else user["seats"]
    held = Counter(seat_type for user in state.get("users", {}).values() for seat_type in user["seats"])
    for seat_type in sorted(held.keys() - {"view_only", "partner"}):
        state["seats"].setdefault(seat_type, dict(NO_SEATS))
    for seat_type, seat in state.get("seats", {}).items():
        seat["purchased"] = max(seat["purchased"], held[seat_type])
        seat["assigned"] = max(min(seat["assigned"], seat["purchased"]), held[seat_type])
        seat["pending_removal"] = min(seat["pending_removal"], seat["purchased"] - seat["assigned"])
        if seat_type not in ("core", "sales", "service"):
            seat["pending_removal"] = 0
        seat["pending_effective_on"] = seat["pending_effective_on"] or "2025-06-01"
    if "reservations" in state:
        first = {(each["member"], each["title"]): each for each in state["reservations"]}
        state["reservations"] = [{**each, "ticket": min(each["ticket"], BIG) + 1} for each in first.values()]
        state["branch"]["next_ticket"] = 2 + max((each["ticket"] for each in state["reservations"]), default=0)
        for title in state["titles"].values():
            title["copies"] = min(title["copies"], BIG) + 9
            title |= {"from_age": min(18, title["from_age"] + 1)} if "from_age" in title else {}
    return state


@st.composite
def valid_states(draw: st.DrawFn, engine: Engine, program: Program) -> dict[str, Any]:
    """States of the policy's schema on which every invariant holds."""
    state = mended(draw(right(program.state)))
    engine.validate(state, version=program.version)
    assume(not engine.broken_invariants(state, version=program.version))
    return state


@st.composite
def sequences(draw: st.DrawFn, program: Program) -> list[Any]:
    """Steps of any of the policy's actions, now and then with a date."""
    steps: list[Any] = []
    for _ in range(draw(st.integers(1, 6))):
        action = program.actions[draw(st.sampled_from(sorted(program.actions)))]
        proposed = {"type": action.name} | {name: draw(right(kind)) for name, kind in action.arguments.items()}
        steps.append({"at": draw(DATES), "action": proposed} if draw(st.integers(0, 4)) == 0 else proposed)
    return steps


def one_by_one(engine: Engine, steps: list[Any], state: Any, version: str) -> tuple[list[Any], Any]:
    """The decisions on the steps without dates, and the state that they leave, by deciding and applying each."""
    decisions = []
    for step in steps:
        decision = engine.decide(step, state, version=version)
        decisions.append(decision)
        state = engine.apply(decision, state) if decision.allowed else state
    return decisions, state


@pytest.mark.parametrize("name", list(ENGINES))
@SOME
@given(data=st.data())
def test_no_sequence_of_actions_breaks_an_invariant(name: str, data: st.DataObject) -> None:
    """Whatever is done, on whatever state that keeps the invariants, they are kept."""
    engine = ENGINES[name]
    program = data.draw(st.sampled_from(list(engine.programs.values())))
    now: Any = data.draw(valid_states(engine, program))
    for step in data.draw(sequences(program)):
        try:
            timeline = engine.simulate([step], now, version=program.version)
        except RequestError:
            continue
        assert [broken.rule for _, broken in timeline.broken] == []
        now = timeline.state


@pytest.mark.parametrize("name", list(ENGINES))
@SOME
@given(data=st.data())
def test_simulating_is_deciding_and_applying_one_after_the_other(name: str, data: st.DataObject) -> None:
    """The decisions and the last state of a timeline are those of its actions taken one by one."""
    engine = ENGINES[name]
    program = data.draw(st.sampled_from(list(engine.programs.values())))
    state = data.draw(valid_states(engine, program))
    steps = [step for step in data.draw(sequences(program)) if "at" not in step]
    assume(steps)
    before = copy.deepcopy(state)
    try:
        expected = one_by_one(engine, steps, state, program.version)
    except RequestError:
        with pytest.raises(RequestError):
            engine.simulate(steps, state, keep_going=True, version=program.version)
        return
    timeline = engine.simulate(steps, state, keep_going=True, version=program.version)
    assert ([step.decision for step in timeline.steps], timeline.state) == expected
    assert state == before


@pytest.mark.parametrize("name", list(ENGINES))
@SOME
@given(data=st.data())
def test_the_generated_check_of_invariants_agrees_with_the_interpreter(name: str, data: st.DataObject) -> None:
    """On any two states, the generated functions say what the interpreter says: which, of which entries, in words."""
    engine = ENGINES[name]
    program = data.draw(st.sampled_from(list(engine.programs.values())))
    state, old = data.draw(right(program.state)), data.draw(right(program.state))
    for each in (state, mended(copy.deepcopy(state))):
        compiled = engine.compiled(each, program.version)
        for before, invariants in ((old, compiled.by_step), (None, compiled.in_state), (None, compiled.asides)):
            expected = explained_invariants(invariants.clauses, program, each, before)
            numbers = invariants.broken(each, before)
            assert numbers is not None
            assert {invariants.clauses[number].id for number in numbers} == {one.rule for one in expected}
            explained = invariants.explained(numbers, each, before)
            for language in program.languages:
                said, wanted = ([one.as_dict(language) for one in every] for every in (explained, expected))
                assert said == wanted
            assert [one.key for one in explained] == [one.key for one in expected]


INVARIANTS = {
    "of a state": "require: town.closed",
    "of each entry of a map": "for: c in cars\n    require: len(c.lots) > 0",
    "of some entries": 'for: c in cars\n    when: c.kind == "car"\n    require: c.permit_until is not None',
    "of each record of a list": "for: v in visits\n    require: v.on > as_of",
    "of the rows of a table that pass": "for: l in lot_rules if l.lorries\n    require: lots[l.id].free > 5",
    "with entries of its own": "for: l in lots\n    require: all(v.lot != l.id and v.on > as_of for v in visits)",
    "with what is asked for twice": "for: l in lots\n    require: count(v for v in visits) > 9 and "
    "count(v for v in visits) > 8",
}


@pytest.mark.parametrize("written", INVARIANTS.values(), ids=list(INVARIANTS))
def test_a_broken_invariant_is_explained_by_generated_code(
    written: str, base_policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever an invariant is of, generated code says every word that the interpreter says, by itself."""
    text = f"invariants:\n  - id: kept\n    {written}\n    message: {{en: '100% of {{as_of}}', nl: '{{as_of}}'}}\n"
    (base_policy / "base" / "invariants.yaml").write_text(text)
    engine = seatrules.load(base_policy)
    program = engine.programs["base"]
    expected = explained_invariants(program.state_invariants, program, PARKED)
    monkeypatch.delattr("seatrules.generated.invariants.explained_invariants")
    broken = engine.broken_invariants(PARKED)
    assert broken
    assert [each.as_dict("en") for each in broken] == [each.as_dict("en") for each in expected]
    assert [(each.key, each.message("nl")) for each in broken] == [(each.key, "2025-03-01") for each in expected]


def without(folder: Path, consequence: str) -> Engine:
    """The shipped policy without one of its consequences, as a version `broken`."""
    policy = folder / "hubspot-seats"
    shutil.copytree(SHIPPED, policy)
    (policy / "broken").mkdir()
    (policy / "broken" / "policy.yaml").write_text(
        "name: hubspot-seats\nversion: broken\nextends: 2024-11-01\nformat: 1\neffective_from: 2030-01-01\n"
        f"withdraw: {{consequences: [{consequence}]}}\n"
    )
    return seatrules.load(policy)


SEATS_VANISH = """events:
  - id: seats-vanish
    on: add_days(account.created_on, 500)
    when: account.kind == "customer"
    change:
      account.kind: '"partner"'
      seats["core"].purchased: 0
"""


def found_by(engine: Engine) -> dict[str, Counterexample]:
    """What probing finds on the broken version, from two states, by the invariants that break."""
    found = probe(engine, [STATE, ACCOUNT], steps=10, runs=range(40), seed=1, version="broken").found
    return {each.rule: each for each in found}


DROPPED = [
    ("the-given-up-seat-stays-unassigned", "assigned-seats-are-counted-as-users-get-and-lose-them"),
    ("the-wanted-seat-is-taken", "assigned-seats-are-counted-as-users-get-and-lose-them"),
    ("the-holder-loses-the-seat", "assigned-seats-are-counted-as-users-get-and-lose-them"),
    ("the-receiver-gets-the-seat", "assigned-seats-are-counted-as-users-get-and-lose-them"),
    ("reassigning-calls-the-removal-off", "no-assigned-seat-waits-for-its-removal"),
    ("a-removed-users-seats-stay-unassigned", "assigned-seats-are-counted-as-users-get-and-lose-them"),
    ("a-removed-user-is-gone", "assigned-seats-are-counted-as-users-get-and-lose-them"),
]


@pytest.mark.parametrize(("consequence", "invariant"), DROPPED)
def test_probing_finds_a_consequence_that_is_missing(consequence: str, invariant: str, tmp_path: Path) -> None:
    """Where a consequence is left out on purpose, probing finds steps that show it, and one is enough."""
    engine = without(tmp_path, consequence)
    found = found_by(engine)[invariant]
    assert invariant in [broken.rule for _, broken in found.timeline.broken]
    assert len(found.steps) == 1
    start = [STATE, ACCOUNT][found.start]
    assert any(engine.simulate(list(found.steps), start, version="broken").broken)


def test_the_same_seed_takes_the_same_actions(tmp_path: Path) -> None:
    """Probing is the same for the same seed, and is not for another."""
    engine = without(tmp_path, "the-wanted-seat-is-taken")
    probed = [probe(engine, [STATE], steps=9, runs=range(9), seed=seed, version="broken") for seed in (3, 3, 4)]
    counted = [(each.taken, each.denied, [found.steps for found in each.found]) for each in probed]
    assert counted[0] == counted[1] != counted[2]


def test_a_find_is_made_short(tmp_path: Path) -> None:
    """Steps that are not needed are left out of what is found."""
    without(tmp_path, "a-removal-waits-for-the-renewal")
    policy = tmp_path / "hubspot-seats"
    (policy / "broken" / "events.yaml").write_text(SEATS_VANISH)
    found = found_by(seatrules.load(policy))["bought-seats-leave-at-their-removal-only"]
    assert len(found.steps) == 1


def test_probe_says_that_every_invariant_holds() -> None:
    """`probe` ends with 0 on the shipped policy, and says how much it tried."""
    done = run("probe", "--steps", "4", "--runs", "10", "--seed", "7")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"every invariant holds: 40 steps in 10 runs from ")
    found = json.loads(run("probe", "--steps", "4", "--runs", "10", "--seed", "7", "--format", "json").stdout)
    assert list(found) == ["runs", "seed", "states", "left_out", "taken", "denied", "refused", "found"]
    assert (found["taken"], found["found"]) == (40, [])


def test_probe_begins_no_run_when_its_time_is_up() -> None:
    """Within `--seconds` there are as many runs as begin, and what they found is said."""
    asked = ("probe", "--steps", "2", "--runs", "100000", "--seconds", "0.2", "--format", "json")
    done = run(*asked)
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout)
    assert 0 < found["runs"] < 100000
    assert 0 < found["taken"] <= 2 * found["runs"]


def test_probe_shows_the_shortest_that_it_finds(tmp_path: Path) -> None:
    """`probe` ends with 1 and prints steps that `simulate` takes, from the state of a case."""
    without(tmp_path, "the-holder-loses-the-seat")
    policy = str(tmp_path / "hubspot-seats")
    done = run("probe", "--policy", policy, "--version", "broken", "--runs", "60")
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"BROKEN INVARIANT  assigned-seats-are-counted-as-users-get-and-lose-them" in done.stdout
    asked = run("probe", "--policy", policy, "--version", "broken", "--runs", "60", "--format", "json")
    found = json.loads(asked.stdout)["found"]
    assert {each["rule"] for each in found} >= {"assigned-seats-are-counted-as-users-get-and-lose-them"}
    state = written(tmp_path / "state.json", found[0]["state"])
    steps = written(tmp_path / "steps.json", found[0]["steps"])
    again = run("simulate", "--policy", policy, "--version", "broken", "--state", state, "--steps", steps)
    assert again.returncode == 1
    assert again.stdout.decode() in done.stdout.decode()


def test_probe_finds_a_break_of_three_steps(tmp_path: Path) -> None:
    """Where switching on reaches the seats of all, also of who was removed, three allowed steps show it.

    They begin in a state in which Copilot is on: the suite that has one where it is off is left out.
    """
    policy, ours = tmp_path / "github-seats", TESTS / "extensions" / "every-seat-switched"
    ignored = shutil.ignore_patterns("40-effects.yaml")
    shutil.copytree(TESTS.parent / "policies" / "github-seats", policy, ignore=ignored)
    asked = ("probe", "--policy", str(policy), "--extension", str(ours), "--format", "json")
    (found,) = [
        each for each in json.loads(run(*asked).stdout)["found"] if each["rule"] == "a-working-seat-is-of-a-member"
    ]
    assert sorted(step["type"] for step in found["steps"]) == ["disable_copilot", "enable_copilot", "remove_member"]
    assert {step["decision"]["decision"] for step in found["timeline"]["steps"]} == {"allow"}


def test_probe_says_what_it_draws_in_vain() -> None:
    """What is denied and refused is counted; of each code of what is refused it is said how often, with an example."""
    asked = ("probe", "--policy", str(TESTS / "policies" / "clubs"), "--runs", "10", "--steps", "5")
    found = json.loads(run(*asked, "--format", "json").stdout)
    (refusal,) = found["refused"]
    refused, message = refusal["count"], refusal["message"]
    assert message.startswith("the action can't be carried out on this state: `")
    assert run(*asked).stdout.decode() == (
        f"every invariant holds: 50 steps in 10 runs from {found['states']} states, seed 0\n"
        f"drawn in vain: {found['denied']} that are denied, {refused} that are refused as requests\n"
        f"refused, {refused} x impossible_change: {json.dumps(refusal['action'])}: {message}\n"
    )


def test_what_is_drawn_is_allowed_and_may_change_something() -> None:
    """No action is drawn that only asks, or that needs an entry of which there is none; each is allowed."""
    engine = seatrules.load(TESTS.parent / "policies" / "hubspot-seats")
    drawing = Drawing(engine, None, Random(3))
    drawn = [drawing.action(STATE, drawing.aim(STATE)) for _ in range(60)]
    assert all(action is not None and engine.decide(action, STATE).allowed for action in drawn)
    types = {action["type"] for action in drawn if action is not None}
    assert "use_tool" not in types
    assert len(types) > 4
    assert drawing.refused == {}
    alone = changed(STATE, {"users": {}})
    assert {(drawing.action(alone, ()) or {})["type"] for _ in range(5)} == {"advance_time"}


def test_probe_needs_a_state_to_begin_with(base_policy: Path) -> None:
    """`probe` on a policy without suites is told what is missing."""
    done = run("probe", "--policy", str(base_policy))
    assert done.returncode == 2
    assert b"no suite of the policy holds a state" in done.stderr
