"""How an account stands: the policy's lines, what is ahead with its days, what is inconsistent."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import seatrules
from accounts import STATE, changed
from asking import engine
from broken import STATE as PARKING
from conftest import TESTS, Golden
from seatrules.cli import cli
from seatrules.cli.exits import Exit
from seatrules.render.status import status_text
from seatrules.suites import find_suites, read_suite

LEAVING = changed(STATE, {"seats.core.pending_removal": 2, "seats.core.pending_effective_on": "2025-06-01"})
OVERVIEW = """
overview:
  - id: cars-may-park
    for: c in cars
    when: c.permit_until is not None
    message: {en: "{c.id} may park until {c.permit_until}", nl: "{c.id} mag parkeren tot {c.permit_until}"}
  - id: cars-may-park-then
    for: c in cars
    on: c.permit_until
    message: {en: "on {as_of} {c.id} has no permit any more", nl: "op {as_of} heeft {c.id} geen vergunning meer"}
  - id: the-town-is-open
    message: {en: "the town is {town.name}", nl: "de stad is {town.name}"}
"""


@pytest.mark.parametrize("audience", ["support", "customer", "user"])
@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_status_in_words(audience: str, language: str, golden: Golden) -> None:
    """What is bought, assigned, free and leaving, what is billed after the renewal, and what happens on which day."""
    given = ["status", "--state", str(TESTS / "answers" / "removed.yaml"), "--lang", language, "--audience", audience]
    done = CliRunner().invoke(cli, given, env={"LC_ALL": "C.UTF-8"}, standalone_mode=False)
    assert done.return_value is Exit.OK
    golden(TESTS / "golden" / "status" / f"removed.{audience}.{language}.txt", done.stdout)


def test_what_is_ahead_stands_in_the_order_of_its_days() -> None:
    """A version that comes into force stands before the events that it decides."""
    text = status_text(engine().status(LEAVING, until="2026-06-01"), "en")
    days = re.findall(r"^20\d\d-\d\d-\d\d", text.partition("Ahead")[2], re.M)
    assert len(days) > 3
    assert days == sorted(days)


def test_a_status_as_data() -> None:
    """Each line with its id, its entry and its day; each event with its bill; the versions that come into force."""
    told = engine().status(LEAVING).as_dict("en")
    assert told["lines"][1] == {
        "id": "seats-are-bought-assigned-and-free",
        "entry": "core",
        "on": None,
        "message": "core seats: 5 bought, 3 assigned to users, 2 not assigned",
    }
    assert [(line["entry"], line["on"]) for line in told["lines"][-2:]] == [
        ("core", "2025-06-01"),
        ("sales", "2025-06-01"),
    ]
    assert told["lines"][-2]["message"] == "after the renewal on 2025-06-01, 3 core seats are billed"
    assert [(event["date"], event["rule"]) for event in told["ahead"]] == [
        ("2025-06-01", "a-removal-takes-effect"),
        ("2025-06-01", "a-term-begins"),
    ]
    assert told["ahead"][0]["billing"]["quantity"] == 2
    assert [each["version"] for each in told["versions"]] == ["2025-03-26"]
    assert (told["as_of"], told["until"], told["inconsistent"]) == ("2024-11-15", "2025-11-15", [])


def test_a_status_looks_ahead_as_far_as_it_is_asked_to() -> None:
    """A day before the one of the state is an error of the request."""
    assert engine().status(LEAVING, until="2025-05-31").ahead == ()
    assert len(engine().status(LEAVING, until="2027-11-15").ahead) == 4
    with pytest.raises(seatrules.RequestError) as raised:
        engine().status(LEAVING, until="2024-11-14")
    assert (raised.value.code, raised.value.path) == ("date_before_as_of", "/until")


def test_a_state_that_breaks_an_invariant_has_a_status(tmp_path: Path) -> None:
    """What is inconsistent is what there is to say: it is told, and the command line ends as with findings."""
    wrong = changed(STATE, {"seats.core.assigned": 9})
    found = engine().status(wrong)
    assert [broken.rule for broken in found.inconsistent][:1] == ["no-more-seats-are-assigned-than-bought"]
    assert "is not right: 9 core seats assigned, 5 bought." in found.as_dict("en", audience="customer")["text"]
    (tmp_path / "state.json").write_text(json.dumps(wrong), encoding="utf-8")
    done = CliRunner().invoke(cli, ["status", "--state", str(tmp_path / "state.json")], standalone_mode=False)
    assert done.return_value is Exit.FINDINGS
    assert "\nInconsistent:\n  no-more-seats-are-assigned-than-bought: 9 core seats assigned, 5 bought\n" in done.stdout


def test_a_line_of_a_later_day_is_of_the_state_of_that_day(base_policy: Path) -> None:
    """It is for the entries of today, each with a day of its own; one that has no day is left out."""
    (base_policy / "base" / "overview.yaml").write_text(OVERVIEW, encoding="utf-8")
    found = seatrules.load(base_policy)
    cars = {"a": {"kind": "car", "lots": [], "permit_until": "2025-04-01"}, "b": {"kind": "lorry", "lots": []}}
    status = found.status({**PARKING, "cars": cars})
    assert [line.message("en") for line in status.lines] == [
        "a may park until 2025-04-01",
        "on 2025-04-01 a has no permit any more",
        "the town is Ede",
    ]
    assert [line.on for line in status.lines] == [None, "2025-04-01", None]
    assert status.lines[1].message("nl") == "op 2025-04-01 heeft a geen vergunning meer"
    assert pickle.loads(pickle.dumps(status)) == status


def test_a_policy_without_an_overview_has_a_status_too(base_policy: Path) -> None:
    """It says what is ahead."""
    found = seatrules.load(base_policy)
    cars = {"a": {"kind": "car", "lots": [], "permit_until": "2025-04-01"}}
    status = found.status({**PARKING, "cars": cars})
    assert status.lines == ()
    assert [event.date for event in status.ahead] == ["2025-04-01"]
    assert "On 1 April 2025: " in status.as_dict("en", audience="customer")["text"]


@pytest.mark.parametrize("policy", ["github-seats", "hubspot-seats", "slack-fair-billing", "zoom-licenses"])
def test_every_shipped_policy_has_an_overview(policy: str) -> None:
    """Each of its lines is said of some state of its suites, in every language."""
    found, seen = seatrules.load(policy), set[str]()
    for path in find_suites(TESTS.parent / "policies" / policy):
        for case in {repr(case.state): case for case in read_suite(path).cases}.values():
            if case.partial or case.extension or not case.invariants:
                continue
            try:
                status = found.status(case.state, version=case.version)
            except seatrules.RequestError:
                continue
            seen |= {line.id for line in status.lines}
            for language in found.languages:
                text = status.as_dict(language, audience="customer")["text"]
                assert not [each for each in seen if each in text]
    assert seen == {clause.id for program in found.programs.values() for clause in program.overview}
