"""An action on each of several is the single one after the other, all or none."""

from __future__ import annotations

import copy
import json
import pickle
import time
from pathlib import Path
from typing import Any

import pytest

import seatrules
from seatrules.evaluators import EVALUATORS

POLICIES = Path(__file__).parent / "policies"
GARDENS: dict[str, dict[str, Any]] = {
    name: {"holder": "ada", "seeds": seeds, "beds": {}, "term_start": "2025-01-01", "term_end": None}
    for name, seeds in (("east", 9), ("north", 0), ("west", 4))
}
STATE: dict[str, Any] = {
    "as_of": "2025-03-10",
    "gardens": GARDENS,
    "holders": {"ada": {"paid": True}},
    "wishes": [],
    "orders": [],
    "stock": {},
    "society": {"chair": "ada", "board": [], "asked": False, "key": False},
}
LOAN = {"title": "emma", "kind": "novel", "member": "ben", "borrowed_on": "2025-02-01", "due_on": "2025-03-01"}
LOANS: dict[str, Any] = {
    **{name: {} for name in ("members", "fines", "lent")},
    "as_of": "2025-03-02",
    "branch": {"kind": "main", "next_ticket": 1},
    "titles": {"emma": {"kind": "novel", "copies": 3}},
    "loans": {f"L{n}": {**LOAN, "extensions": 0, "overdue": n == 2} for n in (1, 2, 3)},
    "reservations": [],
    "lost": [],
}
RETURN: dict[str, Any] = {"type": "return_items", "returns": ["L1", "L2", "L3"], "damaged": False}
GIVE = {"type": "give_seeds_to_several", "giver": "east", "takers": ["west", "north"], "amount": 4}


def engine(policy: str, evaluator: Any = "compiled") -> seatrules.Engine:
    """A test policy's engine; durable-rules may be missing."""
    try:
        return seatrules.load(POLICIES / policy, evaluator=evaluator)
    except seatrules.UsageError:
        pytest.skip("durable-rules is not installed")


def garden(**changes: Any) -> dict[str, Any]:
    """The state, with what is different in some gardens."""
    return {**STATE, "gardens": {name: {**each, **changes.get(name, {})} for name, each in GARDENS.items()}}


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_it_does_what_the_single_ones_do_one_after_the_other(evaluator: str) -> None:
    """Effects, bills, what is booked, words and the state in the end are theirs, in order."""
    library, state = engine("library-loans", evaluator), LOANS
    whole = library.decide(RETURN, state)
    singles = []
    for loan in RETURN["returns"]:
        singles.append(library.decide({"type": "return_item", "loan": loan, "damaged": False}, state))
        state = library.apply(singles[-1], state)
    assert library.apply(whole, LOANS) == state
    assert [(e.parts, e.before, e.after, e.rule) for e in whole.effects] == [
        (e.parts, e.before, e.after, e.rule) for each in singles for e in each.effects
    ]
    nothing = {"change": "nothing"}
    assert list(whole.billing) == [bill for each in singles for bill in each.billing if bill != nothing]
    assert whole.bookings == tuple(booking for each in singles for booking in each.bookings or ())
    assert whole.outcome is not None
    said = [(each.one and each.one.as_dict(), each.code, each.message("de")) for each in whole.outcome.entries]
    assert said == [
        ({"loan": loan}, each.outcome.code, each.outcome.message("de"))
        for loan, each in zip(RETURN["returns"], singles, strict=True)
        if each.outcome is not None
    ]
    assert (whole.outcome.code, whole.outcome.rule) == ("ok_charged", "returned-at-a-price")
    assert whole.outcome.message("en") == "emma is back, 1 day late; to pay: 100 cents; emma is back"


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_where_one_is_denied_nothing_is_done_and_each_reason_names_its_entry(evaluator: str) -> None:
    """The others are decided as well, on what the allowed ones before them left: all that has to change is said."""
    allotments = engine("allotments", evaluator)
    watered = garden(north={"watered_on": "2025-03-10"}, west={"watered_on": "2025-03-10"})
    denied = allotments.decide({"type": "water_several", "plots": ["north", "east", "west"]}, watered)
    assert (denied.decision, denied.codes, denied.effects) == ("deny", ("already_watered",), ())
    assert [reason["entry"] for reason in denied.as_dict()["reasons"]] == [{"garden": "north"}, {"garden": "west"}]
    assert "already_watered (garden west): west was watered today" in denied.explain()
    with pytest.raises(seatrules.NotAllowedError):
        allotments.apply(denied, watered)
    short = allotments.decide({**GIVE, "amount": 5}, STATE)
    assert [reason.one.value for reason in short.reasons if reason.one] == ["north"]


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_so_many_are_decided_at_once_and_no_more(evaluator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound itself is taken."""
    library = engine("library-loans", evaluator)
    for module in ("decision.request", "generated.ready_each"):
        monkeypatch.setattr(f"seatrules.{module}.MOST_OF_EACH", 2)
    assert library.decide({**RETURN, "returns": ["L1", "L3"]}, LOANS).allowed
    with pytest.raises(seatrules.RequestError) as raised:
        library.decide(RETURN, LOANS)
    assert (raised.value.code, raised.value.path) == ("too_many_entries", "/action/returns")


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(
    ("takers", "code", "path"),
    [
        ([], "empty", "/action/takers"),
        (["west", "north", "west"], "repeated", "/action/takers/2"),
        (["west", "south"], "unknown_key", "/action/takers/1"),
        ("west", "wrong_type", "/action/takers"),
        ([["west"]], "wrong_type", "/action/takers/0"),
        (["west"] * 10_001, "repeated", "/action/takers/1"),
    ],
)
def test_a_list_that_can_t_be_is_an_error_of_the_request(evaluator: str, takers: Any, code: str, path: str) -> None:
    """It has to hold something, each once, and nothing else."""
    with pytest.raises(seatrules.RequestError) as raised:
        engine("allotments", evaluator).decide({**GIVE, "takers": takers}, STATE)
    assert (raised.value.code, raised.value.path) == (code, path)


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_what_makes_one_impossible_makes_all_impossible(evaluator: str) -> None:
    """A bed that one sowing fills and the next would fill again is an error of the request, as it is of the single."""
    allotments = engine("allotments", evaluator)
    giving_to_oneself = {**GIVE, "takers": ["west", "east"], "amount": 1}
    with pytest.raises(seatrules.RequestError) as raised:
        allotments.decide(giving_to_oneself, STATE)
    assert raised.value.code == "impossible_change"


def test_the_evaluators_agree_and_an_answer_can_be_sent() -> None:
    """To the letter, also in another process."""
    for policy, action, state in (
        ("library-loans", RETURN, LOANS),
        ("allotments", GIVE, STATE),
        ("allotments", {**GIVE, "amount": 5}, STATE),
        ("allotments", {"type": "sow_in_several", "plots": ["west", "east"], "crop": "bean", "amount": 3}, STATE),
    ):
        compiled, reference = engine(policy), engine(policy, "interpreter")
        decision = compiled.decide(action, state)
        assert json.dumps(decision.as_dict()) == json.dumps(reference.decide(action, state).as_dict())
        assert decision.reads == reference.decide(action, state).reads
        assert compiled.allows(action, state) is decision.allowed
        assert pickle.loads(pickle.dumps(decision)) == decision
        assert pickle.loads(pickle.dumps(decision)).reads == decision.reads


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_it_is_stale_where_what_one_of_them_read_is_another(evaluator: str) -> None:
    """Of the others' gardens the seeds, of no other garden anything."""
    allotments = engine("allotments", evaluator)
    decision = allotments.decide({**GIVE, "takers": ["west"]}, STATE)
    assert allotments.still_holds(decision, garden(north={"seeds": 7}))
    assert not allotments.still_holds(decision, garden(west={"seeds": 7}))
    with pytest.raises(seatrules.StaleDecisionError):
        allotments.apply(decision, garden(east={"seeds": 8}))


def test_where_one_is_not_known_all_are_not() -> None:
    """Unless one before is denied; what is missing is named."""
    allotments = engine("allotments")
    unknown = garden(east={"watered_on": None}, west={"watered_on": None})
    unknown["gardens"]["north"] = {}
    water = {"type": "water_several", "plots": ["east", "north", "west"]}
    answer = allotments.decide(water, unknown, partial=True)
    assert (answer.decision, answer.billing, answer.bookings) == ("undetermined", (), None)
    assert [each["path"] for each in answer.as_dict()["missing"]] == ["/state/gardens/north/watered_on"]
    denied = garden(east={"watered_on": "2025-03-10"})
    denied["gardens"]["north"] = {}
    assert allotments.decide(water, denied, partial=True).decision == "deny"
    known = {"as_of": "2025-03-10", "gardens": {name: {"watered_on": None} for name in GARDENS}}
    assert allotments.decide(water, known, partial=True).allowed


def test_what_is_left_unknown_decides_nothing_of_what_comes_after() -> None:
    """An allowed one of which it is not known what it changes: those after it would be decided on another state."""
    allotments = engine("allotments")
    unknown = garden()
    unknown["gardens"]["west"] = {key: value for key, value in GARDENS["west"].items() if key != "seeds"}
    alone = allotments.decide({**GIVE, "takers": ["west"]}, unknown, partial=True)
    assert alone.allowed
    answer = allotments.decide({**GIVE, "takers": ["west", "north"]}, unknown, partial=True)
    assert answer.decision == "undetermined"
    assert "/state/gardens/west/seeds" in [each["path"] for each in answer.as_dict()["missing"]]


def test_time_and_sequences_take_it_as_any_other() -> None:
    """`simulate` applies it, `when` finds the day on which it is allowed, `options` tries it for one each."""
    allotments = engine("allotments")
    water = {"type": "water_several", "plots": ["east", "north"]}
    timeline = allotments.simulate([water, water], STATE, keep_going=True)
    assert [step.allowed for step in timeline.steps] == [True, False]
    later = {**garden(east={"watered_on": "2025-03-14"}, north={"watered_on": "2025-03-17"})}
    stretches = allotments.when(water, later, until="2025-04-01").stretches
    assert [(each.first, each.decision) for each in stretches] == [("2025-03-10", "deny"), ("2025-03-18", "allow")]
    assert [cause.kind for cause in stretches[1].because] == ["comparison"]
    tried = [option.action["plots"] for option in allotments.options(STATE, action="water_several").options]
    assert all(len(plots) == 1 for plots in tried)
    assert tried


def test_a_remedy_mends_what_denies_one_of_them() -> None:
    """The steps are single actions: what is on each of several changes nothing that those do not."""
    allotments = engine("allotments")
    found = allotments.remedies({**GIVE, "amount": 2}, garden(east={"seeds": 3}), seconds=30).remedies
    assert found
    assert {step.step.action["type"] for step in found[0].steps[:-1]} <= set(allotments.programs["2025-01-01"].actions)
    assert found[0].steps[-1].step.action["type"] == GIVE["type"]


def test_public_answers_name_no_entry() -> None:
    """A user is told each code once, and nobody's name."""
    watered = garden(north={"watered_on": "2025-03-10"}, west={"watered_on": "2025-03-10"})
    denied = engine("allotments").decide({"type": "water_several", "plots": ["north", "west"]}, watered)
    public = denied.as_dict(audience="user")
    assert len(public["reasons"]) == 1
    assert "north" not in json.dumps(public)


def test_who_is_not_among_them_is_not_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a map with many others neither a copy nor a part is made."""
    state = {**STATE, "gardens": {**GARDENS, **{f"g{number}": GARDENS["west"] for number in range(500)}}}
    allotments, copied, copy_of = engine("allotments"), list[int](), copy.copy

    def noted(value: Any) -> Any:
        copied.append(len(value))
        return copy_of(value)

    monkeypatch.setattr(copy, "copy", noted)
    decision = allotments.decide({**GIVE, "takers": ["north", "west"]}, state)
    assert [effect.after for effect in decision.effects] == [5, 4, 1, 8]
    assert max(copied) == len(GARDENS)


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_what_one_of_them_may_not_have_is_told(evaluator: str) -> None:
    """As of the single one: a property that no garden has may be one that is misspelt."""
    state = garden(north={"term_ends": "2025-03-01"})
    for action in ({"type": "water", "garden": "north"}, {"type": "water_several", "plots": ["west", "north"]}):
        with pytest.raises(seatrules.RequestError) as raised:
            engine("allotments", evaluator).decide(action, state)
        assert raised.value.path == "/state/gardens/north/term_ends"


@pytest.mark.parametrize(("evaluator", "tried"), [("compiled", 200), ("interpreter", 20)])
def test_two_hundred_at_once_take_hardly_longer_than_by_themselves(evaluator: str, tried: int) -> None:
    """Each with all that is said of it. The figures are in the docs: here is room for a busy machine."""
    gardens = {f"g{number}": GARDENS["west"] for number in range(200)}
    state = {**STATE, "gardens": gardens}
    water = {"type": "water_several", "plots": [*gardens]}
    allotments = engine("allotments", evaluator)
    single = [{"type": "water", "garden": name} for name in [*gardens][:tried]]
    alone = _quickest(lambda: [allotments.decide(each, state).details for each in single]) * 200 / tried
    assert _quickest(lambda: allotments.decide(water, state).details) < 3 * alone


def _quickest(run: Any) -> float:
    """The least processor time of some runs, in seconds: others may have the machine meanwhile."""
    times = []
    for _ in range(5):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def test_it_has_the_title_of_the_single_one_where_it_says_none() -> None:
    """An action on each of several that says no title is called as the single one is."""
    [program, *_] = seatrules.load(POLICIES / "allotments").programs.values()
    actions = program.actions
    assert actions["water_several"].title == actions["water"].title
    assert actions["sow_in_several"].title == {"en": "Sow in several gardens"}


@pytest.mark.parametrize(("written", "costs"), [("", ["effort", "effort"]), ("\n    cost: money", ["effort", "money"])])
def test_it_costs_what_the_single_one_does_or_says_what_it_costs_itself(written: str, costs: list[str]) -> None:
    """A cost of its own is read like that of any other action."""
    folder = POLICIES / "allotments"
    files = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.yaml")}
    actions = files["2025-01-01/actions.yaml"]
    files["2025-01-01/actions.yaml"] = actions.replace("    each: give_seeds\n", f"    each: give_seeds{written}\n")
    program = seatrules.load({name: text.encode() for name, text in files.items()}).programs["2025-01-01"]
    assert [program.actions[name].cost for name in ("give_seeds", "give_seeds_to_several")] == costs
