"""A terminal that is wide enough shows answers in tables, in the words that they have elsewhere."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from accounts import STATE, changed
from command import all_of, run_here, written
from conftest import TESTS, Golden
from seatrules.cli import common
from seatrules.render.wide import WIDE, Block, Wide, shares
from seatrules.words import words

DEMO = TESTS / "demo"
REMOVAL = '{"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 1}'
LEAVER, ACCOUNT = str(DEMO / "account-leaver.yaml"), str(DEMO / "account.yaml")
COMMANDS = {
    "check": ["check", "--state", ACCOUNT, "--action", str(DEMO / "remove-too-many.yaml")],
    "allowed": ["check", "--state", ACCOUNT, "--action", str(DEMO / "buy-seats.yaml")],
    "can": ["can", "--state", ACCOUNT, "--actor", "ana"],
    "simulate": ["simulate", "--state", LEAVER, "--steps", str(DEMO / "leaving.yaml"), "--keep-going"],
    "when": ["when", "--state", LEAVER, "--action", REMOVAL],
}
STYLE = re.compile(r"\x1b\[[0-9;]*m")
DRAWN = "─│╭╮╰╯├┤┬┴┼█░▒▌"
"""What tables and time lines are drawn with."""


def on_a_wide_terminal(name: str, monkeypatch: pytest.MonkeyPatch, *more: str) -> str:
    """What a command prints on a terminal of 130 columns, without its colours."""
    command = COMMANDS[name]
    monkeypatch.setattr(import_module(f"seatrules.cli.{command[0]}"), "wide_terminal", lambda: Wide(130))
    done = run_here(*command, "--lang", "en", *more)
    assert done.stderr == b""
    return STYLE.sub("", done.stdout.decode())


def signs(text: str) -> Counter[str]:
    """The letters and other signs of a text, but what it is drawn with: a long word may be broken."""
    return Counter(sign for sign in text if not sign.isspace() and sign not in DRAWN)


@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_laid_out(name: str, monkeypatch: pytest.MonkeyPatch, golden: Golden) -> None:
    """As it is kept, and no wider than the terminal."""
    text = on_a_wide_terminal(name, monkeypatch, "--audience", "admin")
    assert max(map(len, text.splitlines())) <= 130
    golden(TESTS / "golden" / "wide" / f"{name}.txt", text)


@pytest.mark.parametrize("audience", ["support", "user", "customer"])
@pytest.mark.parametrize("name", COMMANDS)
def test_the_words_are_the_same(name: str, audience: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the plain text, for everybody; a customer is told in prose as ever."""
    plain = run_here(*COMMANDS[name], "--lang", "en", "--audience", audience).stdout.decode()
    wide = on_a_wide_terminal(name, monkeypatch, "--audience", audience)
    if audience == "customer":
        assert wide == plain
        return
    lines = wide.splitlines()
    drawn = next((at for at, line in enumerate(lines) if line.startswith("▌")), None)
    if drawn is not None:  # the days below a time line stand in the table too
        del lines[drawn : drawn + 2]
    assert signs("\n".join(lines)) == signs(plain)


def test_each_warning_of_the_state_has_its_source_beside_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also where there are several."""
    state = written(tmp_path / "state.json", changed(STATE, {"seats.core.assigned": 5, "seats.sales.assigned": 4}))
    action = json.dumps({"type": "assign_seat", "actor": "ana", "seat_type": "core", "user": "bob"})
    monkeypatch.setitem(COMMANDS, "warned", ["check", "--state", state, "--action", action])
    table = on_a_wide_terminal("warned", monkeypatch)
    cells = [line.split("│")[1:3] for line in table.splitlines() if line.startswith("│")]
    said, sources = ("\n".join(column) for column in zip(*cells, strict=True))
    assert said.count(words("decision", "en")["state_warning"]) == 2
    assert sources.count("every-holder-is-listed") == 2
    assert "every-holder-is-listed" not in said


def test_what_stands_below_a_time_line_stands_in_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row holds a day; what is said of all of them comes below the table, after an empty line."""
    text = on_a_wide_terminal("simulate", monkeypatch, "--no-invariants")
    assert text.splitlines()[-3:-1] == ["", words("decision", "en")["unchecked"]]


class Terminal:
    """What standard output is on a terminal."""

    def __init__(self, encoding: str = "utf-8", *, is_terminal: bool = True) -> None:
        self.encoding, self._is_terminal = encoding, is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(
    ("stdout", "environment", "wide"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"COLUMNS": str(WIDE - 1)}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal("ascii"), {}, False),
        (Terminal(is_terminal=False), {}, False),
    ],
    ids=["wide", "narrow", "without colours", "dumb", "in ASCII", "a pipe"],
)
def test_what_is_wide_enough(
    stdout: Terminal, environment: dict[str, str], wide: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal with colours and room."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in ({"COLUMNS": str(WIDE), "TERM": "xterm"} | environment).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", stdout)
    assert (common.wide_terminal() == Wide(WIDE)) is wide


def test_without_the_library_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are an extra."""
    monkeypatch.setattr(common, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert common.wide_terminal() is None


def test_a_terminal_gets_a_table(tmp_path: Path) -> None:
    """As people run it."""
    ours, theirs = pty.openpty()
    state = written(tmp_path / "state.json", STATE)
    command = [sys.executable, "-m", "seatrules", "when", "--state", state, "--action", REMOVAL]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "LC_ALL": "C.UTF-8"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, env=environment)
    os.close(theirs)
    shown = all_of(ours)
    assert process.wait() == 0
    assert "╭──" in shown.decode()


@pytest.mark.parametrize(
    ("parts", "expected"),
    [([1, 1], [5, 5]), ([1, 999], [2, 8]), ([3], [10]), ([1, 1, 1], [4, 3, 3]), ([1] * 6, [2] * 6)],
)
def test_parts_of_a_line_have_their_share(parts: list[int], expected: list[int]) -> None:
    """Of ten columns; each can be seen, also where there is no room for so many."""
    assert shares(parts, 10) == expected


def test_a_time_line_names_the_days_for_which_there_is_room() -> None:
    """The first one always."""
    days = [
        ("allow", "2025-01-01", "2025-01-01"),
        ("deny", "2025-01-02", "2025-06-30"),
        ("allow", "2025-07-01", "2025-12-31"),
    ]
    bar, below = Wide(40).time_line([Block(*each) for each in days])
    assert STYLE.sub("", bar) == "▌█▌" + "░" * 18 + "▌" + "█" * 18
    assert below == "2025-01-01           2025-07-01"
