"""What a customer is told: prose, without codes, expressions, places and ids of rules, and without others' names."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest

import seatrules
from accounts import ACTION, STATE, changed
from asking import engine
from conftest import TESTS
from seatrules.decision.prose import Naming, Prose, days_in_words, names_one_of
from seatrules.decision.request import key_maps
from seatrules.errors import RequestError
from seatrules.program import Program
from seatrules.suites import find_suites, read_suite
from seatrules.suites.cases import Case
from seatrules.words import LANGUAGES

POLICIES = ("github-seats", "hubspot-seats", "slack-fair-billing", "zoom-licenses")
ORDINARY = {"cas"}
"""Names that are also words: who is called so is no finding in “c'est le cas”."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@cache
def loaded(policy: str) -> seatrules.Engine:
    return seatrules.load(policy)


def cases(policy: str) -> Iterator[Case]:
    """The cases of a policy's suites that are asked with its settings as they are, and whose state is whole."""
    for path in find_suites(TESTS.parent / "policies" / policy):
        for case in read_suite(path).cases:
            if not (case.settings or case.partial or case.incomplete or case.extension):
                yield case


def as_given(case: Case) -> list[dict[str, Any]]:
    """The steps of a story, without what is expected of them."""
    return [{key: step[key] for key in ("at", "action") if key in step} for step in case.steps]


def technical(program: Program) -> set[str]:
    """The names that are for programs: of codes, rules and all other clauses, of actions."""
    clauses = [clause for action in program.actions.values() for clause in action.clauses]
    ids = {clause.id for clause in (*clauses, *program.events, *program.invariants)}
    codes = {code for group in program.codes.values() for code in group}
    return {*ids, *codes, *program.actions}


def others(program: Program, state: Any, actions: Iterable[Mapping[str, Any]]) -> set[str]:
    """Who may act in a state, but for those whom the actions name."""
    named = {text for action in actions for text in re.findall(r'"((?:[^"\\]|\\.)*)"', json.dumps(action))}
    people = {key for entry, entries in key_maps(program.state, state) if entry in program.people for key in entries}
    return people - named


def require_plain_prose(prose: Prose, programs: Iterable[Program], strangers: set[str], apart: Iterable[str]) -> None:
    """Check that in no language anything stands that a customer is not to see; `apart` are expressions and places."""
    programs = list(programs)
    for language in programs[-1].languages:
        text = prose.text(language)
        assert text
        assert text == " ".join(sentence.text for sentence in prose.sentences(language))
        assert all(sentence.text[-1] in ".!?" for sentence in prose.sentences(language)), text
        for program in programs:
            assert not [name for name in technical(program) if "_" in name or "-" in name if name in text], text
        assert not names_one_of(text, strangers - ORDINARY), text
        assert not [each for each in apart if each in text and " " in each], text
        assert not DAY.search(text), text
        assert not re.search(r"\.yaml|/state|`|\{|\}", text), text


@pytest.mark.parametrize("policy", POLICIES)
def test_no_decision_tells_a_customer_what_is_for_programs_or_who_others_are(policy: str) -> None:
    """Of every case of every suite: no code, id, expression, place or pointer, and nobody who is not in the action."""
    found, told = loaded(policy), 0
    for case in cases(policy):
        if case.action is None:
            continue
        try:
            decision = found.decide(case.action, case.state, version=case.version)
        except RequestError:
            continue
        assert decision.program is not None
        conditions = [each for reason in decision.reasons for each in reason.conditions]
        apart = [text for each in conditions for text in (each.expression, each.at)]
        strangers = others(decision.program, case.state, [case.action])
        require_plain_prose(decision.prose, [decision.program], strangers, apart)
        told += 1
    assert told > 30


@pytest.mark.parametrize("policy", POLICIES)
def test_what_plans_ahead_tells_a_customer_no_more(policy: str) -> None:
    """The same of ways to yes, of when, of what can be done and of stories, with those who act in them."""
    found, told = loaded(policy), 0
    for number, case in enumerate(cases(policy)):
        program = found.program_for(case.state, case.version)
        try:
            if case.action is None:
                timeline = found.simulate(as_given(case), case.state, keep_going=True, version=case.version)
                actions = [step.action for step in timeline.steps]
                strangers = others(program, case.state, actions)
                require_plain_prose(timeline.prose, [program], strangers, ())
            elif number % 8 == 0:
                require_when_and_ways(found, case, program)
            told += 1
        except RequestError:
            continue
    assert told > 5


def require_when_and_ways(found: seatrules.Engine, case: Case, program: Program) -> None:
    action, state, version = case.action, case.state, case.version
    stretches = found.when(action, state, version=version)
    require_plain_prose(stretches.prose, [program], others(program, state, [action]), ())
    remedies = found.remedies(action, state, seconds=0.2, version=version)
    if not remedies.allowed:
        actions = [action, *(each for remedy in remedies.remedies for each in remedy.actions)]
        require_plain_prose(remedies.prose, [program], others(program, state, actions), ())
    options = found.options(state, action=action["type"], version=version)
    able = [option for option in options.options if option.decision == "allow"]
    alike = {key for option in able for each in option.alike for key in each.keys}
    require_plain_prose(options.prose, [program], others(program, state, [each.action for each in able]) - alike, ())


IN_SENTENCES = [
    (
        {"change": "charge", "cents": 583, "effective_on": "2025-06-01", "days": 3, "sort": None},
        {
            "en": "An amount of 5.83 is charged on 2025-06-01 (days: 3).",
            "nl": "Er wordt op 2025-06-01 een bedrag van 5,83 in rekening gebracht (dagen: 3).",
            "de": "Ein Betrag von 5,83 wird am 2025-06-01 berechnet (Tage: 3).",
            "fr": "Un montant de 5,83 est facturé le 2025-06-01 (jours : 3).",
            "es": "Se cobra el 2025-06-01 un importe de 5,83 (días: 3).",
            "pl": "Dnia 2025-06-01 naliczana jest kwota 5,83 (dni: 3).",
        },
    ),
    (
        {"change": "increase", "product": "team", "quantity": 2, "effective_on": "2025-06-01", "prorated_cents": 5},
        {
            "en": "The bill goes up by 2 Team licences from 2025-06-01 (0.05 USD prorated).",
            "de": "Die Rechnung steigt ab dem 2025-06-01 um 2 Team-Lizenzen (anteilig 0,05 USD).",
        },
    ),
    ({"change": "decrease", "product": "team"}, {"en": "The bill goes down (Team licence)."}),
    ({"change": "none", "product": "team"}, {"en": "This stays on the bill: Team licence."}),
    ({"change": "cycle_bill", "cents": 100}, {"en": "On the bill: bill of the cycle (1.00 USD)."}),
    ({"change": "cycle_bill", "note": "x"}, {"en": "On the bill: bill of the cycle (note: x)."}),
    ({"change": "put_off"}, {"en": "On the bill: put_off.", "nl": "Op de rekening: put_off."}),
]


@pytest.mark.parametrize(("entry", "told"), IN_SENTENCES)
def test_a_bill_is_a_sentence(entry: dict[str, Any], told: dict[str, str]) -> None:
    """What happens to the bill, by how much and from when; what else there is stands in brackets."""
    for language, sentence in told.items():
        policy = "hubspot-seats" if entry["change"] == "charge" else "github-seats"
        naming = Naming(next(iter(loaded(policy).programs.values())), frozenset(), frozenset())
        assert [each.text for each in naming.bills([entry], language)] == [sentence]


def test_a_message_that_would_name_somebody_else_gives_way_to_the_public_line() -> None:
    """Who gets a seat is not for everybody: where a message names others than the action does, the line is told."""
    [case] = [each for each in cases("github-seats") if each.id == "COP-13"]
    decision = loaded("github-seats").decide(case.action, case.state, version=case.version)
    assert decision.outcome is not None
    assert decision.outcome.message("en") == "2 new seats billed, for ana and bob"
    assert "bob" not in case.action.values()
    told = decision.explain("en", audience="customer")
    assert decision.outcome.line("en")[1:] in told
    assert "bob" not in told


def test_a_customer_is_told_as_data_too() -> None:
    """The paragraph, its sentences with what each is about, and the verdict for a program; nothing of the rest."""
    told = engine().decide({**ACTION, "seat_type": "partner"}, STATE).as_dict("nl", audience="customer")
    assert told.keys() == {"decision", "text", "sentences", "as_of"}
    assert [each["about"] for each in told["sentences"]] == ["verdict", "why"]
    assert told["text"] == " ".join(each["text"] for each in told["sentences"])
    assert told["text"].startswith(
        "Nee, dat kan op 15 november 2024 niet: koop 2 partnerseats. Een partnerseat is niet te koop"
    )


def test_prose_is_the_same_in_another_process() -> None:
    """It is taken along in every language, without the program."""
    decision = engine().decide(ACTION, STATE)
    sent = pickle.loads(pickle.dumps(decision))
    assert sent.program is None
    assert [sent.explain(each, audience="customer") for each in ("en", "nl")] == [
        decision.explain(each, audience="customer") for each in ("en", "nl")
    ]


def test_a_step_of_somebody_else_names_them_in_what_they_do() -> None:
    """Who takes a step of a way to yes, or is in it, is named: else nobody could follow it."""
    given = changed(STATE, {"users.bob.status": "deactivated", "seats.sales.assigned": 4})
    action = {"type": "schedule_removal", "actor": "ana", "seat_type": "sales", "quantity": 1}
    told = engine().remedies(action, given, seconds=60).as_dict("en", audience="customer")["text"]
    assert "reactivate bob; take the Sales Hub seat from bob; remove 1 Sales Hub seat from the subscription" in told
    assert "deactivate bob again" in told


@pytest.mark.parametrize(
    ("language", "first", "third"),
    [
        ("en", "1 June 2025", "3 March 2025"),
        ("nl", "1 juni 2025", "3 maart 2025"),
        ("de", "1. Juni 2025", "3. März 2025"),
        ("fr", "1er juin 2025", "3 mars 2025"),
        ("es", "1 de junio de 2025", "3 de marzo de 2025"),
        ("pl", "1 czerwca 2025", "3 marca 2025"),
        ("fi", "1 June 2025", "3 March 2025"),
    ],
)
def test_days_are_written_as_the_language_writes_them(language: str, first: str, third: str) -> None:
    """What is no day stays as it is."""
    assert days_in_words("2025-06-01, 2025-03-03", language) == f"{first}, {third}"
    assert days_in_words("2025-13-01 12025-01-01", language) == "2025-13-01 12025-01-01"
    assert len(LANGUAGES) == 6
