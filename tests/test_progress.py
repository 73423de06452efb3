"""On a terminal a command that takes long says so, on standard error, and leaves nothing of that behind."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from accounts import ACTION, STATE
from command import LIBRARY, all_of, run, written
from seatrules.cli import progress as progress_module
from seatrules.cli.progress import Progress
from seatrules.render.wrapping import wrapped

AT_ONCE = "import sys; from seatrules.cli import main, progress; progress._EVERY = 0.001; main(sys.argv[1:])"
LINE = re.compile(r"\r\x1b\[K(seatrules [a-z]+: [^\r\x1b]*)?")
STEPS = [{"at": "2025-07-01", "action": ACTION}]
WIDTH = 60
IN_WORDS = {"can", "simulate", "when"}
"""What is broken between words where it is wider than the terminal."""
LONG = {
    "batch": ["REQUESTS", "-o", "OUT", "--force", "--format", "json"],
    "can": ["--state", "STATE", "--action", "assign_seat"],
    "check": ["--requests", "REQUESTS", "--lang", "en"],
    "lint": [str(LIBRARY)],
    "probe": ["--runs", "3", "--policy", str(LIBRARY)],
    "simulate": ["--state", "STATE", "--steps", json.dumps(STEPS)],
    "test": [str(LIBRARY), "-k", "BOR"],
    "when": ["--state", "STATE", "--action", json.dumps(ACTION)],
}


def arguments(command: str, folder: Path) -> list[str]:
    files = {
        "STATE": written(folder / "state.json", STATE),
        "OUT": str(folder / "out.jsonl"),
        "REQUESTS": written(folder / "requests.jsonl", {"state": STATE, "action": ACTION}),
    }
    return [command, *(files.get(each, each) for each in LONG[command])]


def on_a_terminal(*given: str, stdout: int | None = None, term: str = "xterm") -> str:
    """What a terminal gets of a command that shows its progress at once, and again each millisecond."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", AT_ONCE, *given]
    environment = {**os.environ, "TERM": term, "NO_COLOR": "1", "COLUMNS": str(WIDTH)}
    process = subprocess.Popen(command, stdout=stdout or theirs, stderr=theirs, stdin=theirs, env=environment)
    os.close(theirs)
    shown = all_of(ours)
    process.wait()
    return shown.decode()


@pytest.mark.parametrize("command", list(LONG))
def test_a_terminal_is_shown_what_is_at_work(command: str, tmp_path: Path) -> None:
    """The line of progress is erased before anything else is printed: what stays is what is printed elsewhere."""
    given = arguments(command, tmp_path)
    shown = on_a_terminal(*given)
    assert f"seatrules {command}: " in shown
    plain = run(*given)
    assert plain.stderr == b""
    printed = plain.stdout.decode()
    expected = wrapped(printed, WIDTH) if command in IN_WORDS else printed
    assert click.unstyle(LINE.sub("", shown)).replace("\r\n", "\n") == expected


def test_an_error_does_not_stand_behind_the_line(tmp_path: Path) -> None:
    """Nor does what goes to standard error."""
    shown = on_a_terminal("when", "--state", written(tmp_path / "state.json", {}), "--action", json.dumps(ACTION))
    lines = LINE.sub("", shown).splitlines()
    assert lines[0].endswith("state.json:1:1: error[missing]: /state/as_of: `as_of` is missing")
    assert "seatrules when:" not in "".join(lines)


def test_what_is_redirected_holds_no_progress(tmp_path: Path) -> None:
    """The terminal alone gets the line, also where the answers go to a file."""
    given, answers = arguments("test", tmp_path), tmp_path / "answers.txt"
    with answers.open("wb") as file:
        shown = on_a_terminal(*given, stdout=file.fileno())
    assert "seatrules test: " in shown
    assert LINE.sub("", shown) == ""
    assert answers.read_bytes() == run(*given).stdout


def test_the_line_stays_while_answers_go_elsewhere(tmp_path: Path) -> None:
    """It is erased once, at the end, and not for each answer."""
    path = tmp_path / "requests.jsonl"
    path.write_text((json.dumps({"state": STATE, "action": ACTION}) + "\n") * 200)
    with (tmp_path / "answers.jsonl").open("wb") as file:
        shown = on_a_terminal("check", "--requests", str(path), stdout=file.fileno())
    assert len(re.findall(r"\x1b\[K(?!seatrules)", shown)) == 1


def test_a_terminal_that_can_not_erase_gets_no_line(tmp_path: Path) -> None:
    """What it would be shown again and again would stay."""
    given = arguments("lint", tmp_path)
    assert on_a_terminal(*given, term="dumb").replace("\r\n", "\n") == run(*given).stdout.decode()


def test_what_is_counted_is_shown() -> None:
    """How many cases or lines are done stands before the time; nothing where nothing is counted."""
    progress = Progress("test")
    assert progress.line == "seatrules test: 0 s"
    progress.done = 12
    assert progress.line == "seatrules test: 12, 0 s"


def test_how_fast_it_goes_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first second on, of what is counted now."""
    now = 100.0
    monkeypatch.setattr(progress_module, "monotonic", lambda: now)
    progress = Progress("diff")
    now = 110.0
    progress.count()
    now = 112.0
    progress.done = 50_001
    assert progress.line == "seatrules diff: 50001, 25000/s, 12 s"


def test_how_long_the_rest_takes_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is known how much there is to do: at the rate so far."""
    now = 100.0
    monkeypatch.setattr(progress_module, "monotonic", lambda: now)
    progress = Progress("batch")
    progress.count(60_000)
    progress.done = 20_000
    assert progress.line == "seatrules batch: 20000 of 60000, 0 s"
    now = 110.0
    assert progress.line == "seatrules batch: 20000 of 60000, 2000/s, 20 s left, 10 s"
