"""`seatrules check` on one request: its answers in words and as JSON, and what it reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from accounts import STATE
from command import BUY, DENIED, run, written
from conftest import TESTS, Golden


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("allowed", BUY),
        ("denied", DENIED),
        ("removal", '{"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 2}'),
    ],
)
def test_check_in_words(name: str, action: str, language: str, state: str, golden: Golden) -> None:
    """`check` prints the verdict, its reasons or what changes and is billed, in the asked language."""
    done = run("check", "--state", state, "--action", action, "--lang", language)
    assert done.returncode == (3 if name == "denied" else 0)
    assert done.stderr == b""
    golden(TESTS / "golden" / "check" / f"{name}.{language}.txt", done.stdout.decode())


@pytest.mark.parametrize(("name", "action"), [("allowed", BUY), ("denied", DENIED)])
def test_check_as_json(name: str, action: str, state: str, golden: Golden) -> None:
    """`check --format json` prints the decision, with its keys in the order of the contract."""
    done = run("check", "--state", state, "--action", action, "--format", "json")
    found = json.loads(done.stdout)
    keys = [
        "decision",
        "reasons",
        "outcome",
        "warnings",
        "notices",
        "billing",
        "effects",
        "policy",
        "as_of",
        "bookings",
    ]
    assert list(found) == keys
    found["policy"]["digest"] = "sha256:..."
    golden(TESTS / "golden" / "check" / f"{name}.json", json.dumps(found, ensure_ascii=False, indent=2) + "\n")


def test_the_locale_chooses_the_language_of_the_text_and_not_of_the_json(state: str) -> None:
    """Text speaks the locale's language where the policy has it; JSON the policy's first."""
    command = ("check", "--state", state, "--action", DENIED)
    assert run(*command, env={"LC_ALL": "nl_NL.UTF-8"}).stdout.startswith(b"GEWEIGERD")
    assert run(*command, env={"LC_ALL": "fi_FI.UTF-8"}).stdout.startswith(b"DENIED")
    english = run(*command, "--format", "json").stdout
    assert run(*command, "--format", "json", env={"LC_ALL": "nl_NL.UTF-8"}).stdout == english
    assert run(*command, "--format", "json", "--lang", "nl").stdout != english


def test_partial_mode_is_undetermined(tmp_path: Path) -> None:
    """`check --partial` on a state that lacks what a rule reads ends with 4 and names what is missing."""
    lacking = dict(STATE, account={"kind": "customer"})
    path = written(tmp_path / "state.json", lacking)
    done = run("check", "--state", path, "--action", BUY, "--partial", "--format", "json")
    assert (done.returncode, done.stderr) == (4, b"")
    found = json.loads(done.stdout)
    assert found["decision"] == "undetermined"
    assert any(missing["path"].startswith("/state/account/") and missing["rules"] for missing in found["missing"])
    text = run("check", "--state", path, "--action", BUY, "--partial", "--lang", "en")
    assert text.returncode == 4
    assert b"Not given, and needed to decide" in text.stdout


def test_standard_input_serves_for_one_of_the_two(state: str) -> None:
    """`-` reads the state, or the action, from standard input."""
    as_state = run("check", "--state", "-", "--action", BUY, stdin=json.dumps(STATE).encode())
    as_action = run("check", "--state", state, "--action", "-", stdin=BUY.encode())
    plain = run("check", "--state", state, "--action", BUY)
    assert plain.returncode == as_state.returncode == as_action.returncode == 0
    assert plain.stdout == as_state.stdout == as_action.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "<stdin>:1:1: the file is empty"),
        ("as_of: 1\nas_of: 2\n", "<stdin>:2:1: key `as_of` is already given on line 1\n  help: keep one of the two"),
        ("[*b]\n", "<stdin>:1:2: alias `*b` is not allowed\n  help: write the value out"),
    ],
)
def test_a_text_that_is_no_state_is_an_error_with_its_place(text: str, said: str) -> None:
    """What can't be read is an error of the request, no verdict, and says where and how to mend it."""
    done = run("check", "--state", "-", "--action", BUY, stdin=text.encode())
    assert (done.returncode, done.stdout) == (65, b"")
    first, *excerpt = done.stderr.decode().splitlines()
    place, _, message = said.partition(": ")
    assert [first, *excerpt[3 if text else 0 :]] == f"{place}: error[malformed]: {message}".splitlines()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1,}', "1:9: error[malformed]: this is not JSON: `}` is out of place"),
        ('{"a": }', "1:7: error[malformed]: this is not JSON: `}` is out of place"),
        ('{"a":\n 1 2}', "2:4: error[malformed]: this is not JSON: `2` is out of place"),
        ('{"a": 1, "a": 2}', "1:10: error[malformed]: the key `a` is given twice"),
        ('{"a":\n NaN}', "2:2: error[malformed]: `NaN` is no JSON number"),
        ('{"a": "\\ud800"}', "1:7: error[malformed]: a text holds half a surrogate pair"),
    ],
)
def test_json_that_can_not_be_read_is_named_by_its_file(text: str, said: str, tmp_path: Path) -> None:
    """Of a state and an action in JSON, the message says which can't be read, and where."""
    path = tmp_path / "state.json"
    path.write_text(text, encoding="utf-8")
    done = run("check", "--state", str(path), "--action", BUY)
    assert (done.returncode, done.stdout) == (65, b"")
    assert done.stderr.decode().splitlines()[0] == f"{path}:{said}"
