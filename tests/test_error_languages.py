"""Errors of a request are in the language that is asked for, whatever raises them."""

from __future__ import annotations

import copy
import json
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import seatrules
from accounts import ACTION, GONE, STATE, changed
from command import run, run_here
from seatrules import NotAllowedError, RequestError, StaleDecisionError, UsageError
from seatrules.documents import read_data
from seatrules.json_text import parse_json

ENGINE = seatrules.load()
FIRST = next(iter(ENGINE.programs.values())).effective_from
NONE_YET = f"op 2019-01-01 is geen versie van het beleid van kracht: de eerste is van {FIRST}"
TWICE = "de sleutel `a` is twee keer opgegeven (kolom 10)"

IN_DUTCH: list[tuple[Mapping[str, Any], Mapping[str, Any], str, str | None]] = [
    ({"as_of": GONE}, {}, "`as_of` ontbreekt", None),
    ({"as_of": "15 nov"}, {}, '`15 nov` is niet de tekst van een datum, zoals `"2024-11-15"`', None),
    ({"as_of": "2019-01-01"}, {}, NONE_YET, None),
    ({"users.ana.status": 3}, {}, "het getal 3 staat waar een woord wordt verwacht", None),
    ({"users.ana.status": "actief"}, {}, "`actief` is geen van de woorden", "is `active` bedoeld?"),
    ({"users.ana.seats": "core"}, {}, 'de tekst "core" staat waar een lijst wordt verwacht', None),
    ({"users.ana.seats": ["core", "core"]}, {}, "`core` staat twee keer in de lijst", None),
    ({"seats.core.purchased": None}, {}, "null staat waar een geheel getal wordt verwacht", None),
    ({"seats.core.purchased": -1}, {}, "-1 is minder dan 0", None),
    ({"seats.core.assinged": 1}, {}, "er is geen eigenschap `assinged`", "is `assigned` bedoeld?"),
    ({"account.created_on": "2024-02-30"}, {}, "`2024-02-30` is geen datum, als `JJJJ-MM-DD`", None),
    ({}, {"type": "add_seat"}, "er is geen actie `add_seat`", "is `add_seats` bedoeld?"),
    ({}, {"quantity": GONE}, "`quantity` ontbreekt", None),
    ({}, {"quantaty": 2}, "`add_seats` kent geen `quantaty`", "is `quantity` bedoeld?"),
    ({}, {"quantity": [2]}, "een lijst staat waar een geheel getal wordt verwacht", None),
    ({}, {"actor": "anna"}, "er is geen user `anna` in de toestand", "is `ana` bedoeld?"),
    ({}, {"actor": 5}, "het getal 5 staat waar de sleutel van een user wordt verwacht", None),
]  # fmt: skip


def raised_by(action: Any, state: Any) -> RequestError:
    with pytest.raises(RequestError) as raised:
        asked(action, state)
    return raised.value


def asked(action: Any, state: Any) -> None:
    ENGINE.validate(state)
    ENGINE.decide(action, state)


@pytest.mark.parametrize(("of_state", "of_action", "message", "suggestion"), IN_DUTCH)
def test_a_problem_is_told_in_dutch(
    of_state: Mapping[str, Any], of_action: Mapping[str, Any], message: str, suggestion: str | None
) -> None:
    """With what helps; the code and the path are the same, and without a language it is English."""
    error = raised_by(changed(ACTION, of_action), changed(STATE, of_state))
    told, english = error.as_dict("nl")["error"], error.as_dict()["error"]
    assert (told["message"], told["suggestion"]) == (message, suggestion)
    assert [told[key] for key in ("code", "path", "allowed")] == [english[key] for key in ("code", "path", "allowed")]
    assert told["problems"][0] == {key: value for key, value in told.items() if key != "problems"}
    assert error.as_dict("en") == error.as_dict() == error.as_dict("fi")
    assert english["message"] in str(error)
    assert error.as_dict("nl-BE") == error.as_dict(language="nl")


@pytest.mark.parametrize(
    ("text", "message", "suggestion"),
    [
        ("[1,]", "dit is geen JSON: `]` hoort hier niet (kolom 4)", "haal de `,` ervoor weg"),
        ('{"a": "b', "dit is geen JSON: een tekst heeft geen sluitend aanhalingsteken (kolom 7)", None),
        ("[\n1", "dit is geen JSON: de tekst houdt te vroeg op (regel 2, kolom 2)", None),
        ('{"a": 1, "a": 2}', TWICE, "houd een van de twee: de eerste staat in kolom 2"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_json_is_told_in_dutch(text: str, message: str, suggestion: str | None) -> None:
    """With its place in words."""
    with pytest.raises(RequestError) as raised:
        parse_json(text)
    told = raised.value.as_dict("nl")["error"]
    assert (told["message"], told["suggestion"]) == (message, suggestion)


def test_a_problem_within_a_problem_is_told_in_one_language() -> None:
    """Of steps, of a day that they lead to, and of what an invariant says."""
    with pytest.raises(RequestError) as raised:
        ENGINE.simulate([{"at": "2024-01-01", "action": ACTION}], STATE)
    assert raised.value.as_dict("nl")["error"]["message"] == (
        "2024-01-01 ligt voor 2024-11-15, de datum waarop het account nu staat"
    )
    broken = copy.deepcopy(STATE)
    broken["seats"]["core"]["assigned"] = 9
    error = raised_by(ACTION, broken)
    assert error.as_dict("nl")["error"]["message"] != error.as_dict("en")["error"]["message"]
    assert error.as_dict("nl")["error"]["suggestion"] == (
        "verbeter de toestand, of laat de invarianten ongecontroleerd: `--no-invariants`, `invariants=False`"
    )


def test_an_error_in_a_language_stays_in_it() -> None:
    """When it is pickled, or shown to another audience."""
    error = raised_by({**ACTION, "quantity": None}, STATE).spoken("nl")
    assert str(error) == "/action/quantity: null staat waar een geheel getal wordt verwacht"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert error.seen_by("user").message == "het verzoek is niet juist opgebouwd"


def test_the_command_line_tells_it_in_the_language_asked_for(tmp_path: Path) -> None:
    """By `--lang`, or by the locale in text; every command that reads a request does."""
    action, state = json.dumps({**ACTION, "quantity": "2"}), tmp_path / "state.json"
    state.write_text(json.dumps(STATE), encoding="utf-8")
    check = ("check", "--state", str(state), "--action", action)
    lines = 'error[wrong_type]: /action/quantity: de tekst "2" staat waar een geheel getal wordt verwacht'
    for args in ((*check, "--lang", "nl"), ("when", *check[1:], "--lang", "nl")):
        done = run(*args)
        assert (lines in done.stderr.decode(), done.stdout, done.returncode) == (True, b"", 65), args
    assert lines in run(*check, env={"LC_ALL": "nl_NL.UTF-8"}).stderr.decode()
    as_json = json.loads(run(*check, "--format", "json", env={"LC_ALL": "nl_NL.UTF-8"}).stderr)
    assert as_json["error"]["message"] == 'the text "2" stands where a whole number is expected'
    as_json = json.loads(run(*check, "--format", "json", "--lang", "nl").stderr)
    assert as_json["error"]["message"] == 'de tekst "2" staat waar een geheel getal wordt verwacht'


def test_a_stream_tells_it_in_the_language_asked_for() -> None:
    """With the number of the line; without `--lang` in the policy's first language."""
    for options, message in (((), "line 1: a request is an"), (("--lang", "nl"), "regel 1: een verzoek is een")):
        done = run("check", "--requests", "-", *options, stdin=b"[]\n")
        assert json.loads(done.stdout)["error"][
            "message"
        ] == f"{message} object {'with' if not options else 'met'} " + (
            "`state` and `action`" if not options else "`state` en `action`"
        )


def test_a_file_that_is_no_json_is_told_in_dutch(tmp_path: Path) -> None:
    """The file is named as ever."""
    path = tmp_path / "state.json"
    path.write_text('{"a": NaN}', encoding="utf-8")
    with pytest.raises(RequestError) as raised:
        read_data(str(path))
    told = raised.value.as_dict("nl")["error"]
    assert (told["file"], told["line"], told["message"]) == (str(path), 1, "`NaN` is geen JSON-getal")


def shown_in_dutch(*args: str) -> str:
    """What a command prints of an error in Dutch, with the names of the files that are here."""
    done = run_here(*args, "--lang", "nl")
    assert (done.returncode > 2, done.stdout) == (True, b"")
    return done.stderr.decode()


def test_a_state_that_is_no_yaml_is_told_whole_in_dutch(tmp_path: Path) -> None:
    """File, line, column, the line itself and what helps; in English where no language is asked for."""
    path = tmp_path / "state.yaml"
    path.write_text("as_of: 2024-11-15\nusers\n  ana: {}\n", encoding="utf-8")
    assert shown_in_dutch("check", "--state", str(path), "--action", json.dumps(ACTION)) == (
        f"{path}:2:1: error[malformed]: dit is geen YAML: deze regel mist een `:`\n"
        "  |\n"
        "2 | users\n"
        "  | ^\n"
        "  help: schrijf `sleutel: waarde`, of laat een tekst die doorgaat inspringen\n"
    )
    with pytest.raises(RequestError) as raised:
        read_data(str(path))
    assert (raised.value.message, raised.value.suggestion) == (
        "this is not YAML: this line lacks its `:`",
        "write `key: value`, or indent a text that goes on",
    )


def test_a_state_and_an_action_that_can_not_be_read_are_told_at_once(tmp_path: Path) -> None:
    """Each with its place, in the order of the files' names."""
    state, action = tmp_path / "state.yaml", tmp_path / "action.yaml"
    state.write_text("a: 1\na: 2\n", encoding="utf-8")
    action.write_text("type: [\n", encoding="utf-8")
    for command in ("check", "when"):
        assert shown_in_dutch(command, "--state", str(state), "--action", str(action)) == (
            f"{state}:2:1: error[malformed]: de sleutel `a` staat al op regel 1\n"
            "  |\n"
            "2 | a: 2\n"
            "  | ^\n"
            "  help: houd een van de twee\n"
            f"{action}:1:7: error[malformed]: dit is geen YAML: de `[` die hier opent, wordt nergens gesloten\n"
            "  |\n"
            "1 | type: [\n"
            "  |       ^\n"
            "  help: sluit het met `]`\n"
        )


OTHER_ERRORS = [
    (("check",), "error[usage]: geef `--state` en `--action`, of `--requests`\n"),
    (("check", "--state", "", "--action", "-"), "error[usage]: `--state` en `--action` noemen een bestand, of `-`\n"),
    (("check", "--jobs", "0"), "error[usage]: `--jobs` neemt een geheel getal van 1 tot en met 256, niet `0`\n"),
    (("chekc",), "error[unknown-command]: er is geen commando `chekc`\n  help: is `check` bedoeld?\n"),
    (("lint", "--polcy", "x"), "error[usage]: er is hier geen optie `--polcy`\n  help: is `--policy` bedoeld?\n"),
    (("lint", "nowhere"), "error: nowhere: is er niet\n"),
    (("list", "--version", "2"), "error[unknown-version]: er is geen versie `2`\n  help: er zijn "),
    (("can", "--state", "/"), "error: /: is geen gewoon bestand\n"),
    (("check", "--audience", "all"), "error[unknown-audience]: er is geen publiek `all`\n  help: er zijn "),
]  # fmt: skip


@pytest.mark.parametrize(("args", "text"), OTHER_ERRORS, ids=[" ".join(args) for args, _ in OTHER_ERRORS])
def test_every_other_error_is_told_in_dutch(args: tuple[str, ...], text: str) -> None:
    """Of a wrong use, of what is not there and of files; whatever else is wrong with the command line."""
    for asked_so in (("--lang", "nl"), ("--lang=nl-BE",)):
        assert run_here(*args, *asked_so).stderr.decode().startswith(text)
    assert run(*args, env={"LC_ALL": "nl_NL.UTF-8"}).stderr.decode().startswith(text)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_output_that_can_not_be_written_is_told_in_dutch() -> None:
    """As every file is; as JSON where that is asked for. So is that a stream is empty."""
    with Path("/dev/full").open("wb") as full:
        assert (
            run("list", "--lang", "nl", stdout=full).stderr.decode() == "error: <stdout>: er is geen ruimte meer voor\n"
        )
        as_json = json.loads(run("list", "--format", "json", stdout=full).stderr)["error"]
    assert (as_json["code"], as_json["message"]) == ("file-error", "<stdout>: no room is left for it")
    for options, said in ((), "the stream holds no request"), (("--lang", "nl"), "de stroom bevat geen verzoek"):
        assert run("check", "--requests", "-", *options, stdin=b"").stderr.decode() == f"note: {said}\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_suite_that_can_not_be_read_is_told_in_dutch(base_policy: Path) -> None:
    """Beside the others, which run."""
    (base_policy / "base" / "suites").mkdir(exist_ok=True)
    pipe = base_policy / "base" / "suites" / "pipe.yaml"
    os.mkfifo(pipe)
    for options, message in (((), "is not a regular file"), (("--lang", "nl"), "is geen gewoon bestand")):
        assert run("test", str(pipe), *options).stderr.decode() == f"error: {pipe}: {message}\n"


def test_a_wrong_use_as_json_is_in_english_unless_a_language_is_asked_for() -> None:
    """The locale is for people."""
    for options, message in ((), "there is no command `x`"), (("--lang", "nl"), "er is geen commando `x`"):
        done = run("x", "--format", "json", *options, env={"LC_ALL": "nl_NL.UTF-8"})
        assert json.loads(done.stderr)["error"]["message"] == message


def test_errors_of_a_program_are_told_in_dutch() -> None:
    """What `load` and `apply` raise: the error stays as it is, and one in the language is given."""
    with pytest.raises(UsageError) as unknown:
        seatrules.load(settings={"assigning_needs_permision": True})
    assert str(unknown.value.spoken("nl")) == (
        "er is geen instelling `assigning_needs_permision`; is `assigning_needs_permission` bedoeld?"
    )
    assert unknown.value.message == "there is no setting `assigning_needs_permision`"
    decision = ENGINE.decide(ACTION, STATE)
    for of_state, message in (
        ({"as_of": "2024-11-16"}, "`as_of` is niet 2024-11-15"),
        ({"users.ana.status": 3}, "het getal 3 staat waar een woord wordt verwacht"),
        ({"users.ana": GONE}, "er is geen user `ana` in de toestand"),
    ):
        with pytest.raises(StaleDecisionError) as stale:
            ENGINE.apply(decision, changed(STATE, of_state))
        told = pickle.loads(pickle.dumps(stale.value.spoken("nl")))
        assert str(told) == f"de toestand is niet die waarop is beslist: {message}"
        assert (told.path, str(stale.value)) == (stale.value.path, stale.value.args[0])
    with pytest.raises(NotAllowedError) as refused:
        ENGINE.apply(ENGINE.decide({**ACTION, "actor": "bob"}, STATE), STATE)
    assert refused.value.spoken("nl").message == (
        "alleen een toegestane actie, waarvan alles wat verandert bekend is, kan worden doorgevoerd"
    )
