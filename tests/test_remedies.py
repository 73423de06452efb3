"""How a denied action can come to be allowed: what is found, and that every remedy holds when it is taken."""

from __future__ import annotations

import gc
import re
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import seatrules
from accounts import ACTION, STATE, account, changed
from asking import PARKING, candidates
from broken import BASE
from broken import STATE as TOWN
from lengths import examples
from seatrules import RequestError
from seatrules.language.interpret import Interpreter
from seatrules.language.limits import WaitBudget
from seatrules.planning import budget
from seatrules.planning.budget import Budget
from seatrules.planning.harm import TakenWay, closing, does_harm
from seatrules.planning.remedies import remedies
from seatrules.planning.remedy_values import RemedyStep, so_many_steps
from seatrules.planning.repertoire import Repertoire
from seatrules.planning.search import MOST_STEPS, RemedySearch
from seatrules.planning.ways import TakenStep
from seatrules.suites import find_suites, read_suite
from seatrules.words import words
from test_evaluators import ENGINES

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "remedies.yaml").read_text(encoding="utf-8"))
ENGINE = seatrules.load()
LIBRARY = Path(__file__).parent / "policies" / "library-loans"
NAMED = ("user", "from_user", "to_user")
POLICY_ROOT = Path(__file__).resolve().parents[1] / "policies"


def test_what_is_known_of_a_version_goes_with_the_search() -> None:
    """Nothing keeps a version that is no longer used: what its events and rules read is known to its search alone."""
    program = ENGINE.program_for(STATE)
    before = sys.getrefcount(program)
    repertoire = Repertoire([program], STATE)
    for rule in program.actions["add_seats"].rules:
        repertoire.mends(program, rule)
    assert repertoire.events.bringing_about({("as_of", "")}) == []
    assert repertoire.events.bringing_about(repertoire.written)
    assert sys.getrefcount(program) > before
    del repertoire
    gc.collect()
    assert sys.getrefcount(program) == before


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_remedies(case: Mapping[str, Any]) -> None:
    """The remedies of a case, each by its cost and its steps, cheapest first; all of them are allowed in their turn."""
    start = account(case["bought"], case["held"], case.get("away", {})) if "bought" in case else STATE
    state = changed(start, case.get("with", {}))
    found = ENGINE.remedies(case["action"], state, actors=case.get("actors"), seconds=30)
    assert [[each.cost, *map(told, each.steps)] for each in found.remedies] == case["remedies"]
    assert (found.partly and [found.partly.possible, found.partly.asked]) == case.get("partly")
    assert all(taken(ENGINE, remedy, state) for remedy in found.remedies)
    if "unmendable" in case:
        assert {each.code: each.about for each in found.unmendable} == case["unmendable"]


def told(step: RemedyStep) -> str:
    """A step in short: its type, how many of those who are alike, whom it names besides, and what it is for."""
    action = step.step.action
    choose = f" {step.choose.count} of {len(step.choose.among)}" if step.choose else ""
    names = [] if step.choose or step.purpose == "asked" else [action[key] for key in NAMED if key in action]
    named = "".join(f" {name}" for name in names)
    by_another, again = " by another" * step.by_another, " again" * (step.purpose == "closes")
    return f"{action['type']}{choose}{named}{by_another}{again}"


def taken(engine: seatrules.Engine, remedy: seatrules.Remedy, state: Mapping[str, Any]) -> bool:
    """Whether every step is allowed in its turn, decided and applied one by one."""
    now: dict[str, Any] = dict(state)
    for action in remedy.actions:
        decision = engine.decide(action, now)
        if not decision.allowed:
            return False
        now = engine.apply(decision, now)
    return True


def steps_of(remedy: seatrules.Remedy) -> list[tuple[str, bool]]:
    return [(step.step.action["type"], step.by_another) for step in remedy.steps if step.purpose != "closes"]


def contains(longer: list[tuple[str, bool]], shorter: list[tuple[str, bool]]) -> bool:
    rest = iter(longer)
    return all(each in rest for each in shorter)


def states(engine: seatrules.Engine, folder: Path) -> list[dict[str, Any]]:
    """The states of a policy's own suites on which remedies can be looked for."""
    found = {}
    for case in (case for path in find_suites(folder) for case in read_suite(path).cases):
        try:
            engine.validate(case.state)
            if not engine.broken_invariants(case.state):
                found[repr(case.state)] = case.state
        except seatrules.RequestError:
            continue
    return list(found.values())


@cache
def engine_of(name: str, folder: Path) -> seatrules.Engine:
    return ENGINES.get(name) or seatrules.load(folder)


POLICIES = {
    name: (engine_of(name, folder), states(engine_of(name, folder), folder))
    for name, folder in {
        "default": POLICY_ROOT / "hubspot-seats",
        "library": LIBRARY,
        "github": POLICY_ROOT / "github-seats",
    }.items()
}


@pytest.mark.parametrize("name", list(POLICIES))
@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_remedy_holds(name: str, data: st.DataObject) -> None:
    """On any denial, the steps of a remedy are allowed in their turn, the action among them; none contains another."""
    engine, known = POLICIES[name]
    state = data.draw(st.sampled_from(known))
    program = engine.program_for(state)
    tried = list(candidates(program, data.draw(st.sampled_from(sorted(program.actions))), state))
    assume(tried)
    action = data.draw(st.sampled_from(tried))
    try:
        assume(not engine.decide(action, state).allowed)
    except seatrules.RequestError:
        return
    found = remedies(engine, action, state, budget=1_500)
    assert not found.allowed
    assert found.as_dict()["remedies"] == [each.as_dict(engine.languages[0]) for each in found.remedies]
    assert [each.rank for each in found.remedies] == sorted(each.rank for each in found.remedies)
    for remedy in found.remedies:
        assert taken(engine, remedy, state)
        assert remedy.length <= MOST_STEPS
        cheaper = [other for other in found.remedies if other.rank < remedy.rank]
        assert not any(contains(steps_of(remedy), steps_of(other)) for other in cheaper)


def test_a_search_says_where_it_ended() -> None:
    """With its budget used up, a search is not complete, and says how many decisions it asked."""
    state = changed(STATE, {"users.bob.status": "deactivated"})
    found = remedies(ENGINE, {"type": "remove_user", "actor": "ana", "user": "bob"}, state, budget=20)
    assert (found.complete, found.asked, found.ended_by) == (False, 21, "decisions")
    assert found.remedies == ()


@pytest.mark.parametrize(
    ("given_state", "actors", "code", "path"),
    [
        (changed(STATE, {"seats.core.purchased": 1}), None, "broken_invariant", "/state"),
        (STATE, ["ana", "nobody"], "unknown_key", "/actors/1"),
        (changed(STATE, {"as_of": "2024-02-30"}), None, "bad_date", "/state/as_of"),
    ],
    ids=["a broken invariant", "an unknown actor", "a date that does not exist"],
)
def test_what_is_not_well_formed_is_an_error(given_state: Any, actors: Any, code: str, path: str) -> None:
    """Nothing is searched for where the request is wrong."""
    with pytest.raises(seatrules.RequestError) as raised:
        ENGINE.remedies(ACTION | {"actor": "bob"}, given_state, actors=actors)
    assert (raised.value.problems[0].code, raised.value.problems[0].path) == (code, path)


def test_who_is_named_in_a_list_is_who_the_steps_are_taken_for() -> None:
    """As who is named by themselves: they are alike with nobody else, and a user is told of them."""
    engine, known = POLICIES["github"]
    alone = next(state for state in known if "dan" in state["users"] and "acme" in state["orgs"])
    state = changed(alone, {"memberships": [each for each in alone["memberships"] if each["user"] == "ana"]})
    state |= {"teams": {}, "seats": [], "invitations": {}}
    asked: dict[str, Any] = {"type": "assign_copilot", "actor": "ana", "org": "acme", "people": ["dan"]}
    found = engine.remedies(asked, state, seconds=30)
    assert [step.step.action["type"] for step in found.remedies[0].steps] == [
        "invite",
        "accept_invitation",
        "assign_copilot",
    ]
    assert {step.step.action.get("user", "dan") for step in found.remedies[0].steps} == {"dan"}
    invited = found.remedies[0].steps[0].step.action
    assert (invited["role"], invited["private_access"]) == ("member", False)  # the most modest
    steps = found.as_dict(audience="user")["remedies"][0]["steps"]
    assert (steps[0]["action"]["user"], steps[2]["action"]["people"]) == ("dan", ["dan"])


def test_what_cannot_lead_on_is_not_tried() -> None:
    """Where no action mends both rules that deny, the first of two steps mends one of them: few decisions are asked."""
    held = {"ana": ["core"], **{f"u{i}": ["core"] for i in range(7)}, "vic": ["view_only"], "eve": []}
    state = account({"core": 9}, held, {"eve": "deactivated"})
    action = {"type": "use_tool", "actor": "eve", "tool": "forms", "operation": "view", "hub": None, "advanced": False}
    found = ENGINE.remedies(action, state, seconds=30)
    assert [told(step) for step in found.remedies[0].steps] == [
        "reactivate_user eve by another",
        "assign_seat eve",
        "use_tool",
    ]
    assert (found.searched, found.ended_by) == (2, None)
    assert found.asked < 1_500


def test_what_is_gone_is_named_in_no_step_that_closes() -> None:
    """An invitation that was cancelled on the way is nobody's to accept: no step with it is even decided."""
    engine, known = POLICIES["github"]
    state = next(each for each in known if "i0" in each["invitations"])
    org, person = state["invitations"]["i0"]["org"], {"user": None, "email": "x@y.org"}
    again = act("invite", org=org, invitation="i9", role="member", private_access=False, **person)
    budget = Budget(1_000, 60)
    way = (act("cancel_invitation", invitation="i0"), again)
    walk = TakenWay(RemedySearch(engine, again, state, None, None, budget), tuple(map(TakenStep, way)))
    before = budget.asked
    assert (walk.allowed, closing(walk)) == (True, ())
    assert budget.asked - before < 5


def test_a_user_is_told_of_nobody_else() -> None:
    """To a user, others are not named and nothing is counted; what another has to do is the permission it takes."""
    full = account({"core": 2}, {"ana": ["core"], "bob": ["core"], "cem": []}, {})
    action = {"type": "assign_seat", "actor": "bob", "seat_type": "core", "user": "cem"}
    found = ENGINE.remedies(action, full, seconds=30)
    own = found.as_dict(audience="user")
    assert own["remedies"] == [
        {
            "cost": "money",
            "steps": [
                {
                    "cost": "money",
                    "purpose": "prepares",
                    "by_another": True,
                    "needs": [
                        {
                            "code": "permission_modify_billing_required",
                            "message": "the person who does this needs the permission Modify billing",
                        }
                    ],
                },
                {
                    "date": "2024-11-15",
                    "action": action,
                    "cost": None,
                    "purpose": "asked",
                    "by_another": False,
                    "billing": [{"change": "none"}],
                },
            ],
        },
        *own["remedies"][1:],
    ]
    assert own["remedies"][1]["steps"][0] == {
        "date": "2024-11-15",
        "action": {"type": "unassign_seat", "actor": "bob", "seat_type": "core"},
        "cost": "access",
        "purpose": "prepares",
        "by_another": False,
        "billing": [{"change": "none", "keeps_billing_until": "2025-06-01"}],
    }
    assert own["searched"].keys() == {"steps", "complete"}
    assert "ana" not in str(own)


def test_remedies_stand_at_the_end_of_an_answer() -> None:
    """A decision's plain data holds the remedies when they are handed in, as the audience may see them."""
    action = {"type": "add_seats", "actor": "bob", "seat_type": "core", "quantity": 1}
    decision, found = ENGINE.decide(action, STATE), ENGINE.remedies(action, STATE, seconds=30)
    whole = decision.as_dict("nl", remedies=found)
    assert list(whole)[-1] == "remedies"
    assert whole == decision.as_dict("nl") | {"remedies": found.as_dict("nl")}
    told = decision.as_dict("nl", audience="user", remedies=found)
    assert told["remedies"] == found.as_dict("nl", audience="user")


@pytest.mark.parametrize("seconds", [1e-9, 1e-6])
def test_a_search_without_time_says_so(seconds: float) -> None:
    """However little time there is, there is an answer, which says how far the search went."""
    full = account({"core": 2}, {"ana": ["core"], "bob": ["core"], "cem": []}, {})
    action = {"type": "assign_seat", "actor": "ana", "seat_type": "core", "user": "cem"}
    found = ENGINE.remedies(action, full, seconds=seconds)
    assert (found.remedies, found.complete, found.ended_by) == ((), False, "time")
    assert found.as_dict()["headline"] == "None found within 0 steps."


@pytest.mark.parametrize("seconds", [0.01, 0.1])
def test_a_search_ends_in_time_whatever_is_gone_through(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that goes on a millisecond with each entry, what is worked out for steps to try ends with the time."""
    path = POLICY_ROOT / "slack-fair-billing" / "2023-07-10" / "suites" / "cases.yaml"
    case = next(each for each in read_suite(path).cases if each.id == "FB-36")
    members = {f"{key}-{number}": member for key, member in case.state["members"].items() for number in range(10)}
    state = {**case.state, "members": {**case.state["members"], **members}}
    engine, clock, step = seatrules.load("slack-fair-billing"), [0.0], Interpreter.step

    def goes_on(interpreter: Interpreter, items: Any = ()) -> None:
        clock[0] += 0.001
        step(interpreter, items)

    assert not engine.decide(case.action, state, version=case.version).allowed
    monkeypatch.setattr(budget, "monotonic", lambda: clock[0])
    monkeypatch.setattr(budget, "_BETWEEN_LOOKS", 10)
    monkeypatch.setattr(Interpreter, "step", goes_on)
    found = engine.remedies(case.action, state, version=case.version, seconds=seconds)
    assert (found.ended_by, found.complete) == ("time", False)
    assert clock[0] < seconds + 0.1


UNMETERED = {"consequence", "harm", "moments", "moments passing", "prices", "questions"}
"""Where a search computes what its clock does not see: of one step, way, day or verdict, each of which is counted."""


def test_what_a_search_computes_is_seen_by_its_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """All but little, and what decisions compute, each of which is counted; and what an event is told of."""
    found, step = set[str](), Interpreter.step

    def noting(interpreter: Interpreter, items: Any = ()) -> None:
        if type(interpreter.meter) in (type(None), WaitBudget) and (place := computed_at(sys._getframe(1))):
            found.add(place)
        step(interpreter, items)

    monkeypatch.setattr(Interpreter, "step", noting)
    for policy in (*sorted(POLICY_ROOT.glob("*/")), LIBRARY, LIBRARY.with_name("allotments")):
        engine = seatrules.load(policy)
        for case in [case for path in find_suites(policy) for case in read_suite(path).cases][::4]:
            if isinstance(case.action, dict) and not case.settings:
                with suppress(RequestError):
                    remedies(engine, case.action, case.state, version=case.version, budget=150)
    assert found == UNMETERED


def computed_at(frame: FrameType | None) -> str | None:
    """The module of planning that computes something itself in a search, or lets time pass for it."""
    place, within = None, set[str]()
    while frame is not None:
        path, name = Path(frame.f_code.co_filename), frame.f_code.co_name
        within.add(name)
        if place in (None, "passing") and path.parent.name == "planning" and path.stem not in ("moving", place):
            place = f"{path.stem} {place}" if place else path.stem
        frame = frame.f_back
    return place if "gather" in within and within.isdisjoint({"decide", "_told_of", "all_of"}) else None


@pytest.mark.parametrize("language", ["de", "en", "es", "fr", "nl", "pl"])
def test_one_step_is_no_plural(language: str) -> None:
    """Whether none was found within one step or within several, and however far was searched."""
    labels = words("remedies", language)
    for name in ("nothing", "searched", "cut", "cut_short"):
        of_one, of_five = (labels[name].format(decisions=0, steps=so_many_steps(count, labels)) for count in (1, 5))
        assert re.search(r"\b1 (Schritt|step|paso|étape|stap|kroku)\b", of_one)
        assert re.search(r"\b5 (Schritten|steps|pasos|étapes|stappen|kroków)\b", of_five)


def test_a_later_version_may_read_other_facts(tmp_path: Path) -> None:
    """Whether a rule of a later version can be mended is seen from what it reads there, through facts of its own."""
    policy = tmp_path / "parking"
    shutil.copytree(BASE, policy / "base")
    rules = policy / "base" / "rules.yaml"
    text = rules.read_text(encoding="utf-8").replace("require: has_place(lot_name)", "require: town.closed")
    rules.write_text(text, encoding="utf-8")
    later = policy / "later"
    later.mkdir()
    header = "{name: parking, version: later, extends: base, format: 1, effective_from: 2030-01-01}\n"
    (later / "policy.yaml").write_text(header, encoding="utf-8")
    (later / "facts.yaml").write_text("facts: {shut: {is: town.closed}}\n", encoding="utf-8")
    amended = "rules: [{amend: only-where-a-place-is-free, require: shut}]\n"
    (later / "rules.yaml").write_text(amended, encoding="utf-8")
    action = {"type": "park", "car": "mini", "lot_name": "south", "hours": 1}
    found = seatrules.load(policy).remedies(action, PARKING, seconds=30)
    assert [(each.code, each.about) for each in found.unmendable] == [("lot_full", None)]


def act(name: str, **arguments: Any) -> dict[str, Any]:
    """An action by ana."""
    return {"type": name, "actor": "ana", **arguments}


BUY = act("add_seats", seat_type="core", quantity=1)
FREE = act("unassign_seat", seat_type="core", user="bob")
REMOVE = act("schedule_removal", seat_type="core", quantity=1)
GIVE = act("assign_seat", seat_type="core", user="cem")
KEEP = act("cancel_scheduled_removal", seat_type="core")


@pytest.mark.parametrize(
    ("way", "harms"),
    [
        ([BUY, GIVE], False),
        ([BUY, BUY, GIVE], True),
        ([BUY, FREE, GIVE], True),
        ([FREE, REMOVE], False),
        ([BUY, REMOVE], True),
        ([FREE, REMOVE, KEEP], True),
    ],
    ids=[
        "a seat is bought and given",
        "one more than it takes",
        "a seat is taken for nothing",
        "a seat is taken and removed",
        "what is removed was bought for that",
        "what is called off was scheduled for that",
    ],
)
def test_what_does_harm_is_no_remedy(way: list[dict[str, Any]], harms: bool) -> None:
    """Each way leads to its last action; it does harm with a step too many, beside the wish, or for nothing."""
    full = account({"core": 2}, {"ana": ["core"], "bob": ["core"], "cem": []}, {})
    search = RemedySearch(ENGINE, way[-1], full, None, None, Budget(1_000, 60))
    walk = TakenWay(search, tuple(map(TakenStep, way)))
    assert (walk.allowed, does_harm(walk)) == (True, harms)


ENDING = {
    "actions": """
  renew: {title: {en: Renew, nl: Verlengen}, arguments: {car: car_id}}
  end: {title: {en: End, nl: Beëindigen}, arguments: {car: car_id}}
""",
    "rules": """
  - id: a-permit-ends-late
    actions: [end]
    require: cars[car].permit_until is not None and as_of >= "2025-03-05"
    otherwise: {code: lorry, message: {en: "no", nl: nee}}
""",
    "consequences": """
  - {id: it-renews, actions: [renew], change: {"cars[car].permit_until": "add_days(as_of, 30)"}}
  - {id: it-ends, actions: [end], change: {"cars[car].permit_until": "None"}}
""",
    "outcomes": """
  - {id: done, code: left, actions: [renew, end], message: {en: done, nl: klaar}}
""",
}


def test_what_a_wait_alone_would_leave_is_no_remedy(base_policy: Path) -> None:
    """A permit that runs out meanwhile, and is renewed only to be ended."""
    for name, text in ENDING.items():
        with (base_policy / "base" / f"{name}.yaml").open("a", encoding="utf-8") as file:
            file.write(text)
    engine, action = seatrules.load(base_policy), {"type": "end", "car": "a"}
    wait, renew = {"type": "wait", "to": "2025-03-05"}, {"type": "renew", "car": "a"}
    for until, way in (("2025-03-04", (wait, renew, action)), ("2025-03-06", (wait, action))):
        search = RemedySearch(
            engine, action, changed(TOWN, {"cars.a.permit_until": until}), None, None, Budget(1_000, 60)
        )
        walk = TakenWay(search, tuple(map(TakenStep, way)))
        assert (walk.allowed, does_harm(walk)) == (True, renew in way)


def test_what_the_action_asks_for_is_not_put_back() -> None:
    """A fine is paid for a loan: it is not owed again behind it, though a correction could bring that about."""
    engine, known = POLICIES["library"]
    state = changed(known[0], {"fines": {"ann": {"owed": 501, "last_booked_on": None}}})
    action = {"type": "borrow", "member": "ann", "title": "emma", "loan": "L9", "desk": "counter"}
    assert engine.decide(action, state).codes == ("fines_unpaid",)
    found = engine.remedies(action, state, seconds=30)
    assert [[step.purpose for step in remedy.steps] for remedy in found.remedies] == [["prepares", "asked"]] * 2
