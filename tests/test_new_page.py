"""The page on `seatrules new`: its commands are run as they stand, one after the other."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from command import run_here
from conftest import TESTS

PAGE = (TESTS.parent / "docs" / "new.md").read_text(encoding="utf-8")
# A command, with what it prints: into a file, behind `>`, or below it.
COMMANDS = re.findall(r"^\$ seatrules ([^\n]*)\n((?:[^$`][^\n]*\n)*)", PAGE, re.M)


@pytest.mark.usefixtures("no_cache")
def test_the_page_shows_what_its_commands_print(tmp_path: Path) -> None:
    """From an empty folder on; `...` stands for what is left out."""
    for line, shown in COMMANDS:
        command, _, file = line.partition(" > ")
        done = run_here(*shlex.split(command), cwd=tmp_path)
        assert done.stderr == b"", line
        if file:
            (tmp_path / file).write_bytes(done.stdout)
        out, at = done.stdout.decode(), 0
        for part in re.split(r"\.\.\.\n?", shown):
            assert part in out[at:], line
            at = out.index(part, at) + len(part)


@pytest.mark.parametrize(
    ("command", "option", "near"),
    [
        (("version", "2026-01-01"), ("--set", "a=b"), "--yes"),
        (("rule", "r"), ("--set", "a=b"), "--to"),
        (("extension", "e"), ("--version", "9"), "--in"),
        (("state",), ("--set", "a=b"), "--to"),
    ],
)
def test_an_option_that_means_nothing_is_refused(command: tuple[str, ...], option: tuple[str, str], near: str) -> None:
    """It is not taken and left unread."""
    done = run_here("new", *command, *option, "--yes")
    told = f"error[usage]: there is no option `{option[0]}` here\n  help: did you mean `{near}`?\n"
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", told)
