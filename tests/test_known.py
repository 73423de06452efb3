"""Words that are known of a text: what is near to one, or far from all, is noted beside the verdict."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

import seatrules
from accounts import STATE
from command import run_here as run
from conftest import TESTS
from seatrules.decision.notes import MOST_NOTES, near_word
from seatrules.language.text import pointer
from seatrules.render.timeline import timeline_text
from test_references import CLUBS

ENGINES = {name: seatrules.load(evaluator=name) for name in ("compiled", "interpreter")}
USE = {"type": "use_tool", "actor": "bob", "tool": "forms", "operation": "view", "hub": None, "advanced": False}

PAY = {"type": "pay", "person": "ann", "club": "ajax", "sport": "judo", "cents": 900}


def clubs(**offers: list[str]) -> dict[str, Any]:
    """A state of two clubs, and what they offer."""
    club = {"plan": "free", "members": {}, "goals": {}}
    offering = {name: {**club, **({"offers": offers[name]} if name in offers else {})} for name in ("ajax", "lyon")}
    return {"as_of": "2025-03-10", "people": {"ann": {"banned": False}}, "clubs": offering, "teams": {}}


@pytest.mark.parametrize("name", list(ENGINES))
@pytest.mark.parametrize(
    ("tool", "note"),
    [
        ("forms", None),
        ("Forms", "the policy does not know `Forms` as a `tool`: did you mean `forms`?"),
        ("social posts", "the policy does not know `social posts` as a `tool`: did you mean `social_posts`?"),
        ("SOCIAL-POST", "the policy does not know `SOCIAL-POST` as a `tool`: did you mean `social_posts`?"),
        (
            "crm_records",
            "the policy does not name `crm_records` as a `tool`: "
            "what it says of those that it names does not hold of this one",
        ),
    ],
)
def test_a_word_that_is_not_known_is_noted(name: str, tool: str, note: str | None) -> None:
    """Of a barred tool that is misspelt the answer says so, with the word that is meant; the verdict is what it was."""
    decision = ENGINES[name].decide({**USE, "tool": tool}, STATE)
    assert decision.allowed
    assert [each["message"] for each in decision.as_dict().get("notes", [])] == ([] if note is None else [note])
    assert (f"note: {note}" in decision.explain("en")) is (note is not None)
    assert pickle.loads(pickle.dumps(decision)).notes == decision.notes


def test_a_note_says_what_it_is_about_in_the_language_of_the_answer() -> None:
    """It has a place in the action; a user is told verdict and codes alone, and no text of the request."""
    decision = ENGINES["compiled"].decide({**USE, "tool": "Forms"}, STATE)
    note = {
        "code": "near_word",
        "message": "het beleid kent `Forms` niet als `tool`: bedoel je `forms`?",
        "path": "/action/tool",
        "suggestion": "forms",
    }
    assert decision.as_dict("nl", audience="admin")["notes"] == [note]
    assert decision.explain("nl").endswith(f"let op: {note['message']}")
    assert "notes" not in decision.as_dict("nl", audience="user")
    assert "let op" not in decision.explain("nl", audience="user")


def test_a_step_is_noted_too() -> None:
    """A timeline in words says what `check` says of a word, below the step that has it."""
    said = timeline_text(ENGINES["compiled"].simulate([{**USE, "tool": "Forms"}, USE], STATE), "en").splitlines()
    note = "  note: the policy does not know `Forms` as a `tool`: did you mean `forms`?"
    assert [number for number, line in enumerate(said) if line == note] == [3]


def test_the_keys_of_a_table_are_known_words_too() -> None:
    """Of a text that leads into a table, its keys are what is known."""
    decision = seatrules.load(CLUBS).decide({**PAY, "sport": "Water Polo"}, clubs())
    assert [(note.code, note.near) for note in decision.notes] == [("near_word", "water_polo")]


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_a_word_of_the_state_is_noted_where_it_is_read(evaluator: Any) -> None:
    """It has its place, and the name of its property; of what the decision did not read nothing is said."""
    decision = seatrules.load(CLUBS, evaluator=evaluator).decide(
        PAY, clubs(ajax=["Judo", "tennis", "chess"], lyon=["Judo"])
    )
    notes = [
        {
            "code": "near_word",
            "message": "the policy does not know `Judo` as a `offers`: did you mean `judo`?",
            "path": "/state/clubs/ajax/offers/0",
            "suggestion": "judo",
        },
        {
            "code": "not_named",
            "message": "the policy does not name `chess` as a `offers`: "
            "what it says of those that it names does not hold of this one",
            "path": "/state/clubs/ajax/offers/2",
        },
    ]
    assert decision.as_dict()["notes"] == notes
    assert pickle.loads(pickle.dumps(decision)).as_dict()["notes"] == notes
    assert "notes" not in decision.as_dict(audience="user")


def test_what_is_not_given_of_a_state_is_not_noted() -> None:
    """In partial mode too a text that is there is, and one that may be missing says nothing."""
    engine = seatrules.load(CLUBS)
    given = {"as_of": "2025-03-10", "people": {"ann": {}}, "clubs": {"ajax": {"offers": ["Judo"]}}}
    decision = engine.decide(PAY, given, partial=True)
    assert [pointer(note.path) for note in decision.notes] == ["/state/clubs/ajax/offers/0"]
    assert engine.decide(PAY, {**given, "clubs": {"ajax": {}}}, partial=True).notes == ()


def test_no_more_is_noted_than_is_read_through() -> None:
    """Of very many words the first are noted, so that no answer takes long for them."""
    offers = [f"judo {number}" for number in range(20_000)]
    notes = seatrules.load(CLUBS).decide(PAY, clubs(ajax=offers)).notes
    assert [note.path[-1] for note in notes] == list(range(MOST_NOTES))


@pytest.mark.parametrize(
    ("text", "near"), [("judo!", "judo"), ("ten nis", "tennis"), ("chess", None), ("", None), ("é", None)]
)
def test_what_is_near(text: str, near: str | None) -> None:
    """Case, spaces and signs do not matter, and a letter may be another."""
    assert near_word(text, ("judo", "tennis")) == near


def test_the_known_words_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """`list`, `can` and the schema of an action say which words are known."""
    from seatrules import cli

    assert cli.run(["list", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {json.dumps(each["known"]) for each in listed} == {'{"use_tool": {"tool": ["social_posts", "forms"]}}'}
    assert cli.run(["list", "--lang", "en"]) == 0
    assert "use_tool.tool  social_posts, forms" in capsys.readouterr().out
    assert cli.run(["schema", "action"]) == 0
    tool = json.loads(capsys.readouterr().out)["$defs"]["use_tool"]["properties"]["tool"]
    assert tool["examples"] == ["social_posts", "forms"]
    assert cli.run(["list", "--policy", str(CLUBS), "--format", "json"]) == 0
    words = ["judo", "water_polo", "tennis"]
    (of_state,) = (each["known_of_state"] for each in json.loads(capsys.readouterr().out))
    assert of_state == {"/state/clubs/*/offers/*": words}
    assert cli.run(["list", "--policy", str(CLUBS)]) == 0
    assert "/state/clubs/*/offers/*  judo, water_polo, tennis" in capsys.readouterr().out
    assert cli.run(["schema", "state", "--policy", str(CLUBS)]) == 0
    offers = json.loads(capsys.readouterr().out)["$defs"]["club"]["properties"]["offers"]
    assert offers["items"] == {"type": "string", "x-known": "sports", "examples": words}
    state = TESTS / "demo" / "account.yaml"
    assert cli.run(["can", "--state", str(state), "--action", "use_tool", "--lang", "en"]) == 0
    assert "known words of tool: social_posts, forms" in capsys.readouterr().out
    assert cli.run(["can", "--state", str(state), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["known"] == {"use_tool": {"tool": ["social_posts", "forms"]}}
    assert cli.run(["can", "--state", str(state), "--action", "add_seats", "--format", "json"]) == 0
    assert "known" not in json.loads(capsys.readouterr().out)


def test_a_case_expects_what_is_noted(tmp_path: Path) -> None:
    """A suite says the codes of the notes, in order; other ones are a difference, and no code of ours is a mistake."""
    suite = tmp_path / "suite.yaml"
    case = {"id": "A", "state": STATE, "action": {**USE, "tool": "Forms"}, "expect": {"notes": ["not_named"]}}
    suite.write_text(json.dumps({"policy": "hubspot-seats", "cases": [case]}))
    failed = json.loads(run("test", str(suite), "--format", "json").stdout)["failures"]
    assert failed[0]["differences"] == [{"what": "notes", "expected": ["not_named"], "got": ["near_word"]}]
    suite.write_text(json.dumps({"policy": "hubspot-seats", "cases": [{**case, "expect": {"notes": ["nowhere"]}}]}))
    assert run("test", str(suite)).returncode == 65
