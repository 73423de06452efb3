"""`seatrules check --requests`: one answer a line, in order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from accounts import ACTION, STATE, changed
from command import BUY, GOOD, HANGS, requests, run
from seatrules.cli import requests as reading
from seatrules.files import MAX_BYTES
from seatrules.lines import _bounded as bounded

NO = {"state": STATE, "action": changed(ACTION, {"actor": "bob"})}


def test_requests_are_answered_line_by_line() -> None:
    """Every line gets a decision, in order; that all were answered is exit code 0, whatever the answers."""
    done = run("check", "--requests", "-", stdin=requests(GOOD, NO, GOOD))
    assert (done.returncode, done.stderr) == (0, b"")
    assert [json.loads(line)["decision"] for line in done.stdout.splitlines()] == ["allow", "deny", "allow"]


BAD_LINES = [
    "{",
    "[]",
    "\ufeff{}",
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
    """An empty stream, or one of blank lines, gives no line and is no error; that it is empty is said."""
    for stream in (b"", b"\n", b"\xef\xbb\xbf\r\n \t\n"):
        for jobs in ((), ("--jobs", "2")):
            done = run("check", "--requests", "-", *jobs, stdin=stream)
            assert (done.returncode, done.stdout) == (0, b"")
            assert done.stderr == b"note: the stream holds no request\n"


@pytest.mark.parametrize("where", ["a file", "standard input"])
def test_marks_and_blank_lines_are_no_requests(where: str, tmp_path: Path) -> None:
    """A byte order mark, blank lines and Windows line ends are left out; lines keep their numbers, with jobs too."""
    good = requests(GOOD).rstrip(b"\n")
    stream = b"\xef\xbb\xbf" + b"\r\n".join([good, b"", good, b" \t ", b"x", good, b"", b""])
    path = tmp_path / "requests.jsonl"
    path.write_bytes(stream)
    source, stdin = (str(path), b"") if where == "a file" else ("-", stream)
    one, two = (run("check", "--requests", source, "--jobs", jobs, stdin=stdin) for jobs in ("1", "2"))
    answers = [json.loads(line) for line in one.stdout.splitlines()]
    assert [answer.get("decision", "error") for answer in answers] == ["allow", "allow", "error", "allow"]
    assert answers[2]["error"]["message"] == "line 5: this is not JSON: `x` is out of place (column 1)"
    assert (one.returncode, one.stderr) == (65, b"")
    assert (two.returncode, two.stdout, two.stderr) == (65, one.stdout, b"")


def test_a_line_that_is_too_long_is_an_error_of_its_own() -> None:
    """It is not read whole, and the lines after it are answered; one of just the size is read."""
    long, just = b"[" * (3 * MAX_BYTES), b'"' + b"x" * (MAX_BYTES - 2) + b'"'
    done = run("check", "--requests", "-", stdin=long + b"\n" + just + b"\r\n" + requests(GOOD) + long)
    first, second, third, last = map(json.loads, done.stdout.splitlines())
    assert first["error"]["message"] == "line 1: the line is longer than 4 MiB"
    assert second["error"]["message"] == "line 2: a request is an object with `state` and `action`"
    assert third["decision"] == "allow"
    assert last["error"]["message"] == "line 4: the line is longer than 4 MiB"
    assert done.returncode == 65


def test_a_stream_is_read_in_pieces_of_a_bounded_size() -> None:
    """Whatever a stream holds, no more than a line's bound is asked of it at once."""

    class Stream:
        """What is asked of a stream of a hundred lines of the bound, all in one."""

        left, largest = 100, 0

        def readline(self, size: int) -> bytes:
            self.left -= 1
            self.largest = max(self.largest, size)
            return b"x" * size if self.left >= 0 else b""

    stream = Stream()
    assert [len(line) for line in bounded(stream)] == [MAX_BYTES + 1]  # type: ignore[arg-type]
    assert stream.largest == MAX_BYTES + 1
    lines = [(number, b"x" * MAX_BYTES) for number in range(7)]
    assert [len(chunk) for chunk in reading._chunks(iter(lines))] == [3, 3, 1]


def test_standard_input_is_read_to_its_bound() -> None:
    """A state on standard input that is larger than a file may be is an error of it."""
    done = run("check", "--state", "-", "--action", "{}", stdin=b"x" * (MAX_BYTES + 1))
    assert (done.returncode, done.stdout) == (65, b"")
    assert b"the file is larger than 4 MiB" in done.stderr


def test_two_thousand_requests_come_out_one_by_one() -> None:
    """A long run answers every line, in order, one bad line among them."""
    done = run("check", "--requests", "-", stdin=requests(*[GOOD] * 1000, "x", *[NO] * 1000))
    answers = [json.loads(line).get("decision", "error") for line in done.stdout.splitlines()]
    assert answers == ["allow"] * 1000 + ["error"] + ["deny"] * 1000
    assert done.returncode == 65


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody may ever write to it; what a shell hands on of a command has no name, and is read."""
    os.mkfifo(tmp_path / "pipe")
    done = run("check", "--requests", "pipe", cwd=tmp_path)
    help_text = "at which one may wait for ever: give what it holds on standard input (`-`)"
    assert (done.stderr.decode(), done.returncode) == (f"error: pipe: is a named pipe, {help_text}\n", 74)
    assert run("check", "--requests", "/dev/stdin", stdin=requests(GOOD)).returncode == 0


@pytest.mark.parametrize("options", [["--state", "-", "--action", BUY], ["--requests", "-"]])
def test_standard_input_that_can_not_be_read_is_told(options: list[str], tmp_path: Path) -> None:
    """As a file that can't be read is: it is the input that is wrong, and not what is printed."""
    with (tmp_path / "written").open("wb") as only_written:
        command = [sys.executable, "-m", "seatrules", "check", "--lang", "en", *options]
        done = subprocess.run(command, stdin=only_written, capture_output=True, timeout=HANGS, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (74, b"", b"error: <stdin>: can't be read\n")
