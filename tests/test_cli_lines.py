"""`seatrules check --requests`: one answer a line, in order."""

from __future__ import annotations

import json

from accounts import ACTION, STATE, changed
from command import GOOD, requests, run

NO = {"state": STATE, "action": changed(ACTION, {"actor": "bob"})}


def test_requests_are_answered_line_by_line() -> None:
    """Every line gets a decision, in order; that all were answered is exit code 0, whatever the answers."""
    done = run("check", "--requests", "-", stdin=requests(GOOD, NO, GOOD))
    assert (done.returncode, done.stderr) == (0, b"")
    assert [json.loads(line)["decision"] for line in done.stdout.splitlines()] == ["allow", "deny", "allow"]


BAD_LINES = [
    "{",
    "[]",
    "",
    "5",
    '{"state": {}}',
    '{"state": {}, "action": {}, "more": 1}',
    '{"state": {}, "action": {}}',
    '{"state": 1, "state": 2, "action": {}}',
    '{"state": NaN, "action": {}}',
    json.dumps({"state": STATE, "action": {"type": "buy"}}),
    "[" * 50_000,
]


def test_a_bad_line_gets_an_error_in_its_place() -> None:
    """A line that is no request gets the error object; the others are answered, and the exit code is 65."""
    done = run("check", "--requests", "-", stdin=requests(GOOD, *[line for bad in BAD_LINES for line in (bad, NO)]))
    assert (done.returncode, done.stderr) == (65, b"")
    first, *rest = map(json.loads, done.stdout.splitlines())
    assert first["decision"] == "allow"
    assert [answer["decision"] for answer in rest[1::2]] == ["deny"] * len(BAD_LINES)
    assert all(answer["error"]["code"] and answer["error"]["problems"] for answer in rest[::2])
    cut_off = "line 2: this is not JSON: it ends too early (column 2)"
    assert rest[0]["error"]["message"] == cut_off
    assert len(rest) == 2 * len(BAD_LINES)


def test_a_line_that_is_not_utf8_gets_an_error_in_its_place() -> None:
    """Bytes that are no UTF-8 spoil their own line only."""
    done = run("check", "--requests", "-", stdin=b'{"\xff": 1}\n' + requests(GOOD))
    assert done.returncode == 65
    bad, good = map(json.loads, done.stdout.splitlines())
    assert bad["error"]["code"] == "malformed"
    assert good["decision"] == "allow"


def test_no_requests_are_answered_with_nothing() -> None:
    """An empty file of requests gives no line, and is no error."""
    done = run("check", "--requests", "-")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_two_thousand_requests_come_out_one_by_one() -> None:
    """A long run answers every line, in order, one bad line among them."""
    done = run("check", "--requests", "-", stdin=requests(*[GOOD] * 1000, "x", *[NO] * 1000))
    answers = [json.loads(line).get("decision", "error") for line in done.stdout.splitlines()]
    assert answers == ["allow"] * 1000 + ["error"] + ["deny"] * 1000
    assert done.returncode == 65
