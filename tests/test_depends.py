"""What the source leaves open: where another choice of a setting would answer an action otherwise."""

from __future__ import annotations

import json
import pickle
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

import seatrules
from accounts import STATE, changed
from asking import engine
from conftest import TESTS
from lengths import some
from seatrules.cli import cli
from seatrules.errors import RequestError
from seatrules.generated.ready import CompiledEvaluator
from seatrules.planning.depends import settings_read, with_choice
from seatrules.suites import find_suites, read_suite

REMOVAL = {"type": "schedule_removal", "actor": "ana", "seat_type": "sales", "quantity": 2}
LEAVER = changed(STATE, {"users.bob.status": "deactivated", "seats.sales.assigned": 3})
TWO = changed(
    STATE,
    {
        "subscriptions": [
            STATE["subscriptions"][0],
            {**STATE["subscriptions"][0], "hub": "content", "renewal_date": "2025-09-01"},
        ]
    },
)


@pytest.mark.parametrize("policy", ["github-seats", "hubspot-seats", "zoom-licenses"])
def test_another_choice_answers_as_the_policy_that_is_compiled_with_it(policy: str) -> None:
    """Of every case of the suites, each choice that is not the default: the same decision, in every word."""
    found, compared = seatrules.load(policy), 0
    suites = [some(read_suite(path).cases[::8]) for path in find_suites(TESTS.parent / "policies" / policy)]
    cases = [case for suite in suites for case in suite if case.action and not case.partial and not case.extension]
    chosen = cache(lambda setting, choice: seatrules.load(policy, settings={setting: choice}))
    ready = cache(lambda *given: CompiledEvaluator(with_choice(*given)))
    for name, program in found.programs.items():
        asked = [case for case in cases if case.version in (None, name)]
        others = [(s, choice) for s, choices in program.choices.items() for choice in choices]
        for setting, choice in others:
            if choice == program.settings[setting]:
                continue
            theirs = chosen(setting, choice)
            for case in asked:
                try:
                    expected = theirs.decide(case.action, case.state, version=name)
                except RequestError:
                    continue
                compared += 1
                ours = ready(program, setting, choice, case.action["type"])
                assert ours.decide(case.action, case.state).as_dict() == expected.as_dict()
    assert compared > 3


def test_a_verdict_that_another_choice_turns() -> None:
    """The setting, what is chosen and the other choice, why it is open, and what is answered then."""
    [found] = engine().depends_on(REMOVAL, LEAVER)
    assert found.as_dict() == {
        "setting": "deactivated_counts_as_assigned",
        "chosen": True,
        "choice": False,
        "why": "the source implies that a deactivated user's seat stays assigned; "
        "another page, of 6 November 2024, says it does not count",
        "otherwise": {
            "decision": "allow",
            "codes": [],
            "outcome": "ok_removal_scheduled",
            "billing": {"change": "decrease", "seat_type": "sales", "quantity": 2, "effective_on": "2025-06-01"},
        },
    }
    assert engine().decide(REMOVAL, LEAVER).decision == "deny"
    assert pickle.loads(pickle.dumps(engine())).depends_on(REMOVAL, LEAVER) == (found,)


def test_a_day_that_another_choice_moves() -> None:
    """The verdict stays, the bill changes on another day."""
    [found] = engine().depends_on({**REMOVAL, "seat_type": "core"}, TWO)
    assert (found.setting, found.choice, found.otherwise.days) == ("core_renewal", "latest", ("2025-09-01",))


def test_what_no_choice_changes_depends_on_none() -> None:
    """With one subscription there is one renewal; a setting that the action does not read is not asked for."""
    assert engine().depends_on({**REMOVAL, "seat_type": "core"}, STATE) == ()
    program = engine().program_for(STATE)
    assert settings_read(program, program.actions["schedule_removal"]) == [
        "core_renewal",
        "deactivated_counts_as_assigned",
    ]
    assert settings_read(program, program.actions["add_seats"]) == []


def test_an_engine_that_chose_otherwise_is_asked_from_there() -> None:
    """The other choice is then the default."""
    chosen = seatrules.load(settings={"core_renewal": "latest"})
    [found] = chosen.depends_on({**REMOVAL, "seat_type": "core"}, TWO)
    assert (found.chosen, found.choice, found.otherwise.days) == ("latest", "earliest", ("2025-06-01",))


def test_check_says_what_an_answer_depends_on(tmp_path: Path) -> None:
    """To support always, to others with `--settings`."""
    (tmp_path / "state.json").write_text(json.dumps(LEAVER), encoding="utf-8")
    given = ["check", "--state", str(tmp_path / "state.json"), "--action", json.dumps(REMOVAL)]

    def said(*more: str) -> str:
        return CliRunner().invoke(cli, [*given, *more], env={"LC_ALL": "C.UTF-8"}, standalone_mode=False).stdout

    line = (
        "depends on deactivated_counts_as_assigned = true; with false: ALLOWED  ok_removal_scheduled  "
        "decrease, seat type sales, quantity 2, effective on 2025-06-01\n  the source implies"
    )
    assert line in said()
    assert line in said("--audience", "admin", "--settings")
    assert "depends on" not in said("--audience", "admin")
    assert [each["choice"] for each in json.loads(said("--format", "json"))["depends_on"]] == [False]
    assert "depends_on" not in json.loads(said("--format", "json", "--audience", "user"))
    dutch = said("--lang", "nl")
    assert "hangt af van deactivated_counts_as_assigned = true; met false: TOEGESTAAN" in dutch
    assert "\n  uit de bron volgt dat" in dutch


PROSE = (
    "The rules leave something open here: the source implies that a deactivated user's seat stays assigned; "
    "another page, of 6 November 2024, says it does not count. Read otherwise, this would be possible. "
    "In that case: the bill goes down by 2 Sales Hub seats from 1 June 2025."
)


def test_a_customer_is_told_what_is_open_in_prose_and_a_user_no_numbers(tmp_path: Path) -> None:
    """Neither a setting nor a code in the one, in the other of the bill its days alone."""
    (tmp_path / "state.json").write_text(json.dumps(LEAVER), encoding="utf-8")
    given = ["check", "--state", str(tmp_path / "state.json"), "--action", json.dumps(REMOVAL), "--settings"]

    def said(*more: str) -> str:
        return CliRunner().invoke(cli, [*given, *more], env={"LC_ALL": "C.UTF-8"}, standalone_mode=False).stdout

    assert said("--audience", "customer").endswith(f" {PROSE}\n")
    [told] = json.loads(said("--audience", "customer", "--format", "json"))["depends_on"]
    assert told.keys() == {"text", "sentences"}
    assert told["text"] == PROSE
    [public] = json.loads(said("--audience", "user", "--format", "json"))["depends_on"]
    assert public["otherwise"]["billing"] == {"change": "decrease", "effective_on": "2025-06-01"}
    assert "with false: ALLOWED  ok_removal_scheduled  decrease, effective on 2025-06-01\n" in said(
        "--audience", "user"
    )


@pytest.mark.parametrize(
    ("seat_type", "state", "told"), [("core", TWO, "would be possible too"), ("sales", LEAVER, "would not")]
)
def test_what_another_reading_comes_to_is_told(seat_type: str, state: dict[str, object], told: str) -> None:
    """Another day of the same verdict, and one that turns to a denial."""
    chosen = {} if seat_type == "core" else {"deactivated_counts_as_assigned": False}
    [found] = seatrules.load(settings=chosen).depends_on({**REMOVAL, "seat_type": seat_type}, state)
    assert told in found.prose.text("en")
    assert found.prose.text("nl")
    assert pickle.loads(pickle.dumps(found)) == found
