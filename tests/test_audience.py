"""Who reads an answer: support sees everything, an admin no places in files, a user nothing of other people.

What a customer is told has tests of its own.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

import seatrules
from accounts import ACTION, GONE, STATE, changed
from conftest import TESTS, Golden
from fuzz.requests import KEYS, request
from lengths import examples
from seatrules import RequestError, RequestProblem, UsageError, cli
from seatrules.decision.values import public_bills
from seatrules.errors import AUDIENCES, MAX_PROBLEMS, sees_others, sees_places
from seatrules.render.remedies import remedies_text
from seatrules.words import phrase

POLICIES = {"hubspot-seats": "hubspot-seats", "library-loans": str(TESTS / "policies" / "library-loans")}
DENIED = changed(ACTION, {"actor": "bob", "quantity": 0})
NAMES = re.compile(rf"\b({'|'.join(KEYS)})\b")


def test_who_sees_what() -> None:
    """Only support sees places in files, and only support and an admin all that the state says."""
    assert [(each, sees_places(each), sees_others(each)) for each in AUDIENCES] == [
        ("support", True, True),
        ("admin", False, True),
        ("customer", False, False),
        ("user", False, False),
    ]


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_a_user_learns_nothing_of_others(policy: str) -> None:
    """Of made-up requests, a user's answer names nobody, counts nothing, and names neither rules nor files.

    What is left out here are days: of the state, of notices and of the bill.
    """
    random, verdicts, named, counted = Random(5), [], 0, 0
    engine = seatrules.load(policy)
    for program in list(engine.programs.values()) * examples(1500):
        action, state = request(random, program)
        try:
            decision = engine.decide(action, state, version=program.version)
        except RequestError:
            continue
        verdicts.append(decision.decision)
        named += bool(NAMES.search(decision.explain()))
        facts = [each.facts for reason in decision.reasons for each in reason.conditions]
        counted += any(type(value) is int for each in facts for value in each.values())
        rules = {each.rule for each in (*decision.reasons, *decision.warnings)} | {
            each.rule for each in decision.notices
        }
        for language in program.languages:
            for told in (as_data(decision, language), as_words(decision, language)):
                assert not NAMES.search(told)
                assert not re.search(r"\d|\.yaml", told)
                assert not [rule for rule in rules if rule in told]
    assert min(verdicts.count("allow"), verdicts.count("deny")) > 50
    assert min(named, counted) > 50


def as_data(decision: seatrules.Decision, language: str) -> str:
    """A user's answer as JSON, without what it says of the policy and dates of its own."""
    found = decision.as_dict(language, audience="user")
    assert (found.pop("as_of"), found.pop("policy")) == (decision.as_of, decision.policy.as_dict())
    assert [notice.pop("from") for notice in found["notices"]] == [notice.since for notice in decision.notices]
    return without_days(json.dumps(found, ensure_ascii=False), decision)


def without_days(told: str, decision: seatrules.Decision) -> str:
    """A text without the days of the bill."""
    for day in (day for bill in public_bills(decision.billing) for key, day in bill.items() if key != "change"):
        told = told.replace(day, "")
    return told


def as_words(decision: seatrules.Decision, language: str) -> str:
    """A user's answer in words, without its first line and the days from which notices count."""
    head, _, told = decision.explain(language, audience="user").partition("\n")
    assert head.endswith(f"({decision.policy.name} {decision.policy.version}, {decision.as_of})")
    for notice in decision.notices:
        told = told.replace(notice.since, "")
    return without_days(told, decision)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_what_a_user_is_told_follows_from_verdict_and_codes(policy: str) -> None:
    """Requests with the same verdict, codes and days of the bill have the same bytes as answer, whatever the state."""
    random, engine = Random(6), seatrules.load(policy)
    told: dict[Any, set[str]] = {}
    states: dict[Any, set[str]] = {}
    for program in list(engine.programs.values()) * 600:
        action, state = request(random, program)
        try:
            decision = engine.decide(action, state, version=program.version)
        except RequestError:
            continue
        outcome = decision.outcome and decision.outcome.code
        notices = tuple((notice.code, notice.since) for notice in decision.notices)
        codes = tuple(dict.fromkeys(each.code for each in decision.warnings))
        days = json.dumps(public_bills(decision.billing))
        key = (program.version, decision.as_of, outcome, tuple(dict.fromkeys(decision.codes)), codes, notices, days)
        told.setdefault(key, set()).add(json.dumps(decision.as_dict(audience="user")))
        states.setdefault(key, set()).add(json.dumps(state))
    assert [texts for texts in told.values() if len(texts) > 1] == []
    assert sum(len(each) > 1 for each in states.values()) > 20


def test_an_admin_sees_all_but_the_places() -> None:
    """An admin's answer is that of support, with nothing where a place in the policy's files would stand."""
    engine = seatrules.load()
    for action in (DENIED, ACTION):
        decision = engine.decide(action, STATE)
        whole = decision.as_dict()
        for each in (*whole["reasons"], *([whole["outcome"]] if whole["outcome"] else [])):
            for placed in (each, *each.get("conditions", ())):
                assert placed["at"]
                placed["at"] = None
        assert decision.as_dict(audience="admin") == whole
        assert decision.as_dict(audience="support") == decision.as_dict()
        lines = decision.explain().splitlines()
        without = [re.sub(r"^  2024-11-01/\S+", "", line) if ".yaml:" in line else line for line in lines]
        assert without != lines
        assert decision.explain(audience="admin").splitlines() == without


def test_a_user_is_told_a_code_once() -> None:
    """Where several rules give one code, a user is told it once: how many they are says something of the state."""
    given = changed(STATE, {"users.bob.seats": ["sales", "view_only"], "users.bob.status": "removed"})
    action = {"type": "transfer_core_seat", "actor": "ana", "from_user": "bob", "to_user": "bob"}
    decision = seatrules.load().decide(action, given)
    assert decision.codes.count("user_not_active") == 2
    told = [each["code"] for each in decision.as_dict(audience="user")["reasons"]]
    assert told == list(dict.fromkeys(decision.codes))


def test_a_user_is_not_told_what_is_missing() -> None:
    """Of a partial answer a user sees the verdict, and not which entries of the state are not given."""
    state = changed(STATE, {"users.bob.permissions": GONE})
    decision = seatrules.load().decide(changed(ACTION, {"actor": "bob"}), state, partial=True)
    assert "bob" in str(decision.as_dict(audience="admin")["missing"])
    assert decision.as_dict(audience="user")["decision"] == "undetermined"
    assert "missing" not in decision.as_dict(audience="user")
    head, *told = decision.explain(audience="user").splitlines()
    assert head == "UNDETERMINED  (hubspot-seats 2024-11-01, 2024-11-15)"
    assert told == ["not enough is given to decide"]
    assert decision.explain("nl", audience="user").endswith("\ner is niet genoeg opgegeven om te beslissen")


def test_an_unknown_audience_sees_nothing() -> None:
    """A name that is no audience is an error with a suggestion, wherever it is given."""
    decision = seatrules.load().decide(ACTION, STATE)
    for ask in (decision.as_dict, decision.explain):
        with pytest.raises(UsageError, match=r"^there is no audience `usr`; did you mean `user`\?$") as caught:
            ask(audience="usr")  # type: ignore[arg-type]
        assert (caught.value.code, caught.value.allowed) == ("unknown-audience", AUDIENCES)
    with pytest.raises(UsageError, match=r"there are `support`, `admin`, `customer`, `user`$"):
        sees_others("everybody")
    with pytest.raises(UsageError, match="did you mean `support`"):
        sees_places("Support")


def test_an_error_tells_a_user_only_what_kind_it_is() -> None:
    """What is wrong with a request would tell which users there are: a user sees codes, and whose part is wrong."""
    action = changed(ACTION, {"actor": "boob", "seat_type": "cores"})
    with pytest.raises(RequestError, match="boob") as caught:
        seatrules.load().decide(action, changed(STATE, {"users.ana.status": "new", "users.bob.status": "new"}))
    assert "bob" in str(caught.value.as_dict())
    assert caught.value.seen_by("admin").problems == caught.value.problems
    told = [(each.code, each.message, each.path) for each in caught.value.seen_by("user").problems]
    assert told == [
        ("unknown_key", "the request is not well formed", "/action"),
        ("unknown_word", "the request is not well formed", "/action"),
        ("unknown_word", "the request is not well formed", "/state"),
    ]
    public = caught.value.as_dict(audience="user")
    assert public == caught.value.seen_by("user").as_dict() != caught.value.as_dict()
    assert not re.search("bob|allowed': \\['|suggestion': '", str(public))
    assert caught.value.as_dict(audience="admin") == caught.value.as_dict()
    with pytest.raises(UsageError, match="did you mean `user`"):
        caught.value.as_dict(audience="usr")  # type: ignore[arg-type]


def test_a_search_for_a_user_tells_nothing_of_how_many_there_are() -> None:
    """How many decisions were asked grows with the people in the state: the answer to a user is the same for more."""
    engine = seatrules.load()
    action = {"type": "assign_seat", "actor": "ana", "user": "bob", "seat_type": "core"}
    answers, asked = set(), set()
    for more in (0, 7):
        users = {**STATE["users"], **{f"u{number}": {**STATE["users"]["bob"], "seats": []} for number in range(more)}}
        state = changed(STATE, {"seats.core.purchased": 1, "seats.core.assigned": 1, "users": users})
        remedies = engine.remedies(action, state, limit=50, seconds=60)
        asked.add(remedies.as_dict()["searched"]["decisions"])
        searched = remedies.as_dict(audience="user")["searched"]
        answers.add(json.dumps(searched))
        public = remedies_text(replace(remedies, complete=False), next(iter(engine.programs.values())), "en", "user")
        assert "not all was searched; there may be ways" in public
        assert str(remedies.asked) not in public
    assert len(asked) == 2
    assert len(answers) == 1
    assert "decisions" not in answers.pop()


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """The options of `check` for a good state and an action that is denied."""
    for name, value in (("state", STATE), ("action", DENIED)):
        (tmp_path / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    return ["--state", str(tmp_path / "state.json"), "--action", str(tmp_path / "action.json")]


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("audience", ["admin", "user"])
def test_check_in_words_for_an_audience(
    audience: str, language: str, files: list[str], golden: Golden, capfd: pytest.CaptureFixture[str]
) -> None:
    """`check --audience` prints what the audience may see, in the asked language."""
    assert cli.run(["check", *files, "--audience", audience, "--lang", language]) == 3
    golden(TESTS / "golden" / "check" / f"denied.{audience}.{language}.txt", capfd.readouterr().out)


def test_check_as_json_for_a_user(files: list[str], golden: Golden, capfd: pytest.CaptureFixture[str]) -> None:
    """`check --audience user --format json` prints codes and lines, and no rule, condition, effect or bill."""
    assert cli.run(["check", *files, "--audience", "user", "--format", "json"]) == 3
    text = re.sub(r"sha256:\w+", "sha256:...", capfd.readouterr().out)
    golden(TESTS / "golden" / "check" / "denied.user.json", text)


def test_requests_are_answered_for_an_audience(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Every line of `check --requests` is answered as the audience may see it, a line that is none as well."""
    wrong = changed(ACTION, {"actor": "boob"})
    lines = [json.dumps({"state": STATE, "action": action}) for action in (DENIED, wrong)] + ["{bob"]
    path = tmp_path / "requests.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    outputs = []
    for more in ([], ["--jobs", "2"]):
        assert cli.run(["check", "--requests", str(path), "--audience", "user", *more]) == 65
        outputs.append(capfd.readouterr().out)
    assert outputs[0] == outputs[1]
    denied, unknown, malformed = map(json.loads, outputs[0].splitlines())
    assert denied == seatrules.load().decide(DENIED, STATE).as_dict(audience="user")
    assert (unknown["error"]["code"], unknown["error"]["path"]) == ("unknown_key", "/action")
    assert malformed["error"]["message"] == "line 3: the request is not well formed"
    assert "bob" not in outputs[0]


def test_check_tells_a_user_no_more_of_an_error(files: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """An action of somebody who is not there does not tell a user who is."""
    action = json.dumps(changed(ACTION, {"actor": "boob"}))
    assert cli.run(["check", *files[:2], "--action", action, "--audience", "user"]) == 65
    assert capfd.readouterr() == ("", "error[unknown_key]: /action: the request is not well formed\n")
    assert cli.run(["check", *files[:2], "--action", action]) == 65
    assert "did you mean `bob`?" in capfd.readouterr().err


@pytest.mark.parametrize("command", ["can", "when"])
def test_an_error_of_other_commands_tells_a_user_no_more(
    command: str, files: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    """What `can` and `when` say of a wrong request, and of an unknown audience, is what `check` says."""
    wrong = {"can": ["--actor", "boob"], "when": ["--action", json.dumps(changed(ACTION, {"actor": "boob"}))]}[command]
    path = {"can": "/actor", "when": "/action"}[command]
    assert cli.run([command, *files[:2], *wrong, "--audience", "user"]) == 65
    assert capfd.readouterr() == ("", f"error[unknown_key]: {path}: the request is not well formed\n")
    assert cli.run([command, *files[:2], *wrong, "--audience", "usr"]) == 2
    assert "there is no audience `usr`\n  help: did you mean `user`?" in capfd.readouterr().err


def test_check_for_an_unknown_audience(files: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """`check --audience` with a name that is none is a wrong use, with a suggestion."""
    assert cli.run(["check", *files, "--audience", "usr"]) == 2
    said = "error[unknown-audience]: there is no audience `usr`\n  help: did you mean `user`?\n"
    assert capfd.readouterr() == ("", said)


def test_that_there_are_more_problems_is_not_told_to_a_user() -> None:
    """It would count what is wrong with the state."""
    many = range(MAX_PROBLEMS + 5)
    error = RequestError(RequestProblem("missing", phrase("number_too_large"), f"/state/{number}") for number in many)
    assert error.as_dict()["error"]["problems"][-1]["code"] == "more_problems"
    assert [each["code"] for each in error.as_dict(audience="user")["error"]["problems"]] == ["missing"]
