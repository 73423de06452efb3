"""What is said once for all actions of a file, and what the engine says of itself: costs, bills, letting time pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import seatrules
from broken import BASE, STATE, build
from seatrules import Engine, PolicyError
from seatrules.decision.explain import bill_text
from seatrules.program.program import BillWords
from seatrules.words import LANGUAGES, every_word
from test_extensions import extension
from test_versions import overlay

ROLE = '    roles: {parked_car: "cars[car]"}\n'
PARK = "    arguments: {car: car_id, lot_name: lot, hours: count}\n" + ROLE
LEAVE = "    arguments: {car: car_id, lot_name: lot}\n    roles: {}\n"
WAIT = "    arguments: {to: date}\n"
SAID_ONCE = """defaults:
  arguments: {car: car_id, lot_name: lot}
  roles: {parked_car: 'cars[car]'}
  performed_by: car
  cost: effort
actions:
"""
DEFAULTS = {
    "base/actions.yaml": {
        "actions:\n": SAID_ONCE,
        PARK: "    arguments: {hours: count}\n",
        LEAVE: "    cost: money\n",
        WAIT: "    arguments: {car: null, lot_name: null, to: date}\n    cost: waiting\n",
    }
}
WITHOUT_TIME = {
    "base/actions.yaml": {
        "  wait:\n    title: {en: Wait, nl: Wachten}\n    arguments: {to: date}\n    time_to: to\n": ""
    },
    "base/outcomes.yaml": {"[leave, wait]": "[leave]"},
}
OTHER_COSTS = "remedies: {costs: [effort, money], another_actor: effort}\n"
PERMIT = {**STATE, "as_of": "2025-01-15", "cars": {"a": {"kind": "car", "lots": [], "permit_until": "2025-02-01"}}}


def engine_of(folder: Path, *changes: dict[str, dict[str, str]], **more: Any) -> Engine:
    """An engine of the small policy with these texts replaced."""
    replace: dict[str, dict[str, str]] = {}
    for change in changes:
        for name, texts in change.items():
            replace[name] = {**replace.get(name, {}), **texts}
    build(folder, {"replace": replace, **more})
    return seatrules.load(folder / "parking")


def test_an_action_has_the_defaults_of_its_file(tmp_path: Path) -> None:
    """Arguments come first, in their order; an action says otherwise, or takes one away with null."""
    actions = engine_of(tmp_path, DEFAULTS).programs["base"].actions
    assert {name: [*action.arguments] for name, action in actions.items()} == {
        "park": ["car", "lot_name", "hours"],
        "leave": ["car", "lot_name"],
        "wait": ["to"],
    }
    assert {name: action.cost for name, action in actions.items()} == {
        "park": "effort",
        "leave": "money",
        "wait": "waiting",
    }
    assert {name: action.performed_by for name, action in actions.items()} == {
        "park": "car",
        "leave": "car",
        "wait": None,
    }


def test_a_policy_with_defaults_is_the_policy_written_out(tmp_path: Path) -> None:
    """They are another way to write it: the digest is the same."""
    performed = "    performed_by: car\n"
    written_out = {
        "base/actions.yaml": {
            PARK: f"{PARK}{performed}    cost: effort\n",
            LEAVE: LEAVE.replace("    roles: {}\n", f"{ROLE}{performed}    cost: money\n"),
            WAIT: f"{WAIT}    cost: waiting\n",
        }
    }
    short, long = engine_of(tmp_path / "short", DEFAULTS), engine_of(tmp_path / "long", written_out)
    assert short.programs["base"].digest == long.programs["base"].digest


def test_costs_have_the_words_of_the_engine(tmp_path: Path) -> None:
    """Where a policy says nothing of them; from the least to the most, in its languages."""
    program = engine_of(tmp_path, DEFAULTS).programs["base"]
    assert [*program.costs] == ["effort", "permission", "waiting", "money", "access"]
    assert program.costs["waiting"] == {"en": "waiting", "nl": "wachten"}
    assert program.another_actor == "permission"


def test_a_policy_changes_some_of_these_words(tmp_path: Path) -> None:
    """A cost of its own has its own words, and one of ours may have others; the rest are ours."""
    remedies = (
        "remedies:\n  costs: [nothing, effort, money, waiting, permission]\n"
        "  words: {nothing: {en: nothing, nl: niets}, money: {en: dollars, nl: dollars}}\n"
    )
    program = engine_of(tmp_path, DEFAULTS, append={"base/policy.yaml": remedies}).programs["base"]
    assert {cost: texts["en"] for cost, texts in program.costs.items()} == {
        "nothing": "nothing",
        "effort": "a few clicks",
        "money": "dollars",
        "waiting": "waiting",
        "permission": "somebody else who may do it",
    }


def test_a_policy_that_names_no_cost_has_none(tmp_path: Path) -> None:
    """What costs nothing is not asked for."""
    program = engine_of(tmp_path).programs["base"]
    assert (program.costs, program.another_actor) == ({}, None)


def test_a_bill_is_told_in_the_policys_words_or_ours() -> None:
    """What nobody has words for is printed as it is."""
    bill = {"change": "charge", "quantity": 2, "cents": 5, "sort": "a"}
    own = BillWords({"quantity": {"nl": "stuks"}}, {})
    assert bill_text(bill, own, "nl") == "kosten, stuks 2, bedrag in cent 5, sort a"
    assert bill_text(bill, own, "en") == "charge, quantity 2, amount in cents 5, sort a"
    amounts = own._replace(amounts={"cents": {"en": "{amount} USD"}})
    assert bill_text(bill, amounts, "en") == "charge, quantity 2, 0.05 USD, sort a"
    assert bill_text(bill | {"cents": None}, amounts, "nl") == "kosten, stuks 2, sort a"


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_time_passes_in_a_policy_that_does_not_say_how(evaluator: Any, tmp_path: Path) -> None:
    """Where it has events, and no action lets time pass: what comes due happens."""
    engine = Engine.of([*engine_of(tmp_path, WITHOUT_TIME).programs.values()], evaluator)
    decision = engine.decide({"type": "advance_time", "to": "2025-03-01"}, PERMIT)
    assert [effect.path for effect in decision.effects] == ["cars.a.permit_until", "as_of"]
    quiet = engine.decide({"type": "advance_time", "to": "2025-01-16"}, PERMIT)
    assert quiet.outcome is not None
    assert (quiet.outcome.code, quiet.outcome.message("nl")) == ("ok", "de tijd verstrijkt")
    assert engine.programs["base"].actions["advance_time"].cost is None


COSTS = {
    "base/actions.yaml": {
        "nl: Parkeren}": "nl: Parkeren}\n    cost: effort",
        "nl: Wegrijden}": "nl: Wegrijden}\n    cost: money",
    }
}


def test_letting_time_pass_costs_waiting_where_actions_cost_something(tmp_path: Path) -> None:
    """It is one of the ways to get to yes, and what it costs is known."""
    assert engine_of(tmp_path, WITHOUT_TIME, COSTS).programs["base"].actions["advance_time"].cost == "waiting"


OTHERWISE: dict[str, tuple[dict[str, Any], ...]] = {
    "an action of its own": (),
    "nothing that happens": (
        WITHOUT_TIME,
        {"base/events.yaml": {(BASE / "events.yaml").read_text(): "events: []\n"}},
        {"base/codes.yaml": {", expired: a permit ran out": ""}},
    ),
    "no such cost": (WITHOUT_TIME, COSTS, {"base/policy.yaml": {"format: 1\n": f"format: 1\n{OTHER_COSTS}"}}),
}


@pytest.mark.parametrize("changes", OTHERWISE.values(), ids=list(OTHERWISE))
def test_a_policy_has_it_its_own_way(changes: tuple[dict[str, Any], ...], tmp_path: Path) -> None:
    """Where it lets time pass itself, nothing happens in time, or waiting is none of its costs, ours is not there."""
    assert "advance_time" not in engine_of(tmp_path, *changes).programs["base"].actions


WAITS = """actions:
  wait: {title: {en: Wait, nl: Wachten}, arguments: {to: date}, time_to: to}
outcomes:
  - {id: waited, code: waited, actions: [wait]}
codes: {outcomes: {waited: {en: waited, nl: gewacht}}}
"""


def test_a_later_version_lets_time_pass_its_own_way(tmp_path: Path) -> None:
    """What its base has without saying it is not merged into it; an extension takes its place too."""
    build(tmp_path, {"replace": WITHOUT_TIME})
    overlay(tmp_path / "parking", waits=WAITS)
    programs = seatrules.load(tmp_path / "parking").programs
    assert [{"advance_time", "wait"} & program.actions.keys() for program in programs.values()] == [
        {"advance_time"},
        {"wait"},
    ]
    assert [clause.id for clause in programs["later"].actions["wait"].outcomes] == ["waited"]
    ours = extension(tmp_path / "parking", "versions: [base]\n", waits=WAITS)
    actions = seatrules.load(tmp_path / "parking", extensions=[ours]).programs["base"].actions
    assert {"advance_time", "wait"} & actions.keys() == {"wait"}


def test_a_later_version_may_speak_another_language(tmp_path: Path) -> None:
    """What is not said is in the languages of the version itself."""
    build(tmp_path, {"replace": WITHOUT_TIME})
    overlay(tmp_path / "parking", header="languages: [en, nl, de]\n")
    with pytest.raises(PolicyError) as raised:
        seatrules.load(tmp_path / "parking")
    places = {problem.span.source.place for problem in raised.value.problems}
    assert all(place.startswith("base/") for place in places), places


def test_an_extension_by_which_something_happens_lets_time_pass(tmp_path: Path) -> None:
    """As a policy does in which something happens."""
    events = (BASE / "events.yaml").read_text()
    none = {"base/events.yaml": {events: "events: []\n"}}
    folder = tmp_path / "parking"
    assert "advance_time" not in engine_of(tmp_path, WITHOUT_TIME, none).programs["base"].actions
    ours = extension(folder, happens=events)
    assert "advance_time" in seatrules.load(folder, extensions=[ours]).programs["base"].actions


def test_a_language_of_the_policys_own_lets_time_pass_in_its_own_words(tmp_path: Path) -> None:
    """What the engine says in six languages only is not there in a policy that speaks another one."""
    policy = tmp_path / "parking" / "base"
    build(tmp_path, {"replace": WITHOUT_TIME})
    for path in policy.glob("*.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("nl", "fi"), encoding="utf-8")
    assert "advance_time" not in seatrules.load(tmp_path / "parking").programs["base"].actions


def test_all_languages_have_what_is_said_without_the_policy() -> None:
    """The words of costs and bills, in the order of the English ones."""
    for language in LANGUAGES:
        for group in ("bills", "costs"):
            assert [*every_word(language)[group]] == [*every_word("en")[group]]
