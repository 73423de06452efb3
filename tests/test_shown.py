"""What the pages show is run: each command of the README and the documents, and each program."""

from __future__ import annotations

import importlib.resources
import importlib.util
import json
import re
import shlex
import shutil
import tomllib
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest

import seatrules
from accounts import ACTION, STATE
from asking import engine
from command import run_here
from conftest import TESTS
from seatrules.book.runtime import TRIED_WITH
from seatrules.cli import cli

ROOT = TESTS.parent
NAMES = ("README.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in NAMES}
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
RUN_BY = {
    "docs/batch.md": "test_batch.py",
    "docs/embedding.md": "test_service.py",
    "docs/new.md": "test_new_page.py",
    "docs/review.md": "test_tutorial.py",
    "docs/spark.md": "test_spark.py",
    "docs/sql-export.md": "test_export_sql.py",
    "docs/tutorial.md": "test_tutorial.py",
}
"""The tests that run what a page shows in `shell-session` and `text`, and in what is not run here."""
RUN_LIKE = {
    "seatrules book hubspot-seats --out book --try pyodide-314.0.7.tgz": ("test_book_in_a_browser.py", "--try"),
    "seatrules diff old new --requests accounts.parquet --action action.yaml": ("test_compared.py", "--requests"),
    "seatrules watch policies/hubspot-seats": ("test_watch.py", "watch"),
}
"""Tests that run what is like a command, and what of it they have: that of `diff` was run over a million accounts."""
SECONDS = {"--remedies": "60", "book": "0.2", "diff": "2"}
"""How long is looked, by a word of the command: a busy machine finds no less, and what takes long is not shown."""
COMMANDS = {*cli.list_commands(click.Context(cli))}
APART = {"book", "replay", "schema"}
"""Commands that write, or read what no project has."""


class Shown(NamedTuple):
    """A command, with what stands below it."""

    page: str
    line: str
    printed: str

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"


def blocks(name: str) -> Iterator[tuple[str, str]]:
    """The blocks of code of a page, with what they are in."""
    yield from re.findall(r"^```(\S*)\n(.*?)^```$", PAGES[name], re.M | re.S)


def commands() -> Iterator[tuple[str, str, str]]:
    """Every line that is a command, with its page and what its block is in."""
    for name in NAMES:
        for kind, text in blocks(name):
            if kind in ("", "console", "shell-session", "text"):
                start = (
                    r"^\$ (.*)$"
                    if re.search(r"^\$ ", text, re.M)
                    else r"^((?:seatrules|make|npm|pip|uvicorn|\S*/bin/\S+) .*)$"
                )
                yield from ((name, kind, line.partition("  #")[0].strip()) for line in re.findall(start, text, re.M))


def sessions() -> Iterator[Shown]:
    """What is run here: the commands in `console` that are ours."""
    for name in NAMES:
        for kind, text in blocks(name):
            if kind == "console":
                for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
                    line, _, printed = part.partition("\n")
                    if line.startswith("seatrules "):
                        yield Shown(name, line, printed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to write in, with records of two denials, of which one says that it was allowed."""
    here = tmp_path_factory.mktemp("shown")
    denied = engine().decide({**ACTION, "quantity": 0}, STATE)
    records = [denied.record(id=number, at=f"2026-01-02T03:04:0{number}Z") for number in ("4", "2")]
    records[1] |= {"at": "2026-01-02T03:04:05Z", "answer": {**records[1]["answer"], "decision": "allow"}}
    (here / "records.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in records), encoding="utf-8")
    return here


def test_the_source_archive_holds_what_its_tests_read() -> None:
    """Of the files and folders at the top; `pyproject.toml` is there by itself, and `.venv` is made."""
    held = PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    texts = (path.read_text(encoding="utf-8") for path in TESTS.glob("*.py"))
    read = {f"/{name}" for text in texts for name in re.findall(r'TESTS\.parent / "([^"/]+)', text)}
    assert "/policies" in read
    assert read - {"/pyproject.toml", "/.venv", *held} == set()


@pytest.mark.parametrize("shown", [*sessions()], ids=str)
def test_a_command_prints_what_the_page_shows(shown: Shown, folder: Path) -> None:
    """What stands below a command is what it prints, in this order; `...` stands for what is left out."""
    words = shlex.split(shown.line)[1:]
    if "durable" in words and importlib.util.find_spec("durable") is None:
        pytest.skip("durable-rules is not installed")
    for word, seconds in SECONDS.items():
        words += ["--seconds", seconds] if word in words and "--seconds" not in words else []
    done = run_here(*words, cwd=folder if words[0] in APART else ROOT)
    out, at = done.stdout.decode(), 0
    for part in re.split(r"\.\.\.\n?", shown.printed):
        assert part in out[at:], done.stderr.decode()
        at = out.index(part, at) + len(part)


@pytest.mark.parametrize(("page", "kind", "line"), [*commands()])
def test_every_command_is_run(page: str, kind: str, line: str) -> None:
    """Here, or by tests that read its page; of `make` the target is there, of `pip` the extras are."""
    word, *rest = shlex.split(line)
    if word == "make":
        assert re.search(rf"^{rest[0]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    elif word == "pip":
        assert {*re.findall(r"seatrules\[(\w+)\]", line)} <= {*PROJECT["optional-dependencies"]}
    elif word == "npm":
        assert rest == ["pack", f"pyodide@{TRIED_WITH}"]
    elif line in RUN_LIKE:
        tests, word = RUN_LIKE[line]
        assert f'"{word}"' in (TESTS / tests).read_text(encoding="utf-8")
    elif not (kind == "console" and word == "seatrules") and not word.startswith(".venv/"):
        assert Path(page).name in (TESTS / RUN_BY[page]).read_text(encoding="utf-8")


def named() -> Iterator[tuple[str, str]]:
    """Commands with options that a page names in its text, with the page."""
    for name, text in PAGES.items():
        prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
        for span in chain.from_iterable(re.findall(r"`([^`]+)`", each) for each in prose.split("\n\n")):
            words = span.removeprefix("seatrules ").split()
            if words and words[0] in COMMANDS and (span.startswith("seatrules ") or "--" in span):
                yield name, " ".join(words)


def test_every_option_that_a_text_names_is_one_of_its_command() -> None:
    """In a sentence or a table, where nothing is printed."""
    wrong, context = [], click.Context(cli)
    for page, span in named():
        first, *words = span.split()
        command = cli.get_command(context, first)
        if isinstance(command, click.Group) and words and not words[0].startswith("-"):
            command = command.get_command(context, words[0])
        known = {
            option for each in (command.params if command else ()) for option in (*each.opts, *each.secondary_opts)
        }
        named_here = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", span))
        wrong += [f"{page}: {span}"] if command is None or named_here - known - {"--help"} else []
    assert wrong == []


def programs() -> dict[str, str]:
    """The programs of the pages by their first line."""
    return {text.partition("\n")[0]: text for name in NAMES for kind, text in blocks(name) if kind == "python"}


RUN_ELSEWHERE = {
    "# accounts.py": "test_spark.py",
    "# service.py": "test_service.py",
    ">>> decision.patch()": "test_patch.py",
    '>>> reads = engine.reads("assign_seat", day="2025-01-01")': "test_reads.py",
    "def carry_out(decision, account, database):": "test_last_seat.py",
    "from durable.engine import Ruleset": "test_durable.py",
    "import subprocess": "test_export_sql.py",
}
"""The tests that run a program, by its first line."""


def run(start: str, **names: Any) -> dict[str, Any]:
    """Run the program that begins so; the names that it has then."""
    (text,) = [text for first, text in programs().items() if first.startswith(start)]
    exec(compile(text, start, "exec"), names)
    return names


@pytest.mark.parametrize("quantity", [1, 0])
def test_the_program_of_the_readme_runs(quantity: int, capsys: pytest.CaptureFixture[str]) -> None:
    """What is allowed is applied and invoiced; what is denied is explained."""
    invoiced: list[Any] = []
    done = run("import seatrules", action={**ACTION, "quantity": quantity}, state=STATE, invoice=invoiced.append)
    assert done["decision"].allowed is bool(quantity)
    assert (invoiced, done["state"] is STATE) == (([done["decision"].bookings], False) if quantity else ([], True))
    assert ("quantity_invalid" in capsys.readouterr().out) is not bool(quantity)


def test_the_programs_of_the_page_on_services_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a policy says, what comes by a day, and policies from everywhere."""
    assert run("policy = engine.policy", engine=engine())["version"].version == "2024-11-01"
    assert run("came = engine.advance", engine=engine(), state=STATE)["came"].state["as_of"] == "2025-06-01"
    ours = shutil.copytree(TESTS / "policies" / "clubs", tmp_path / "policies" / "ours")
    files = {str(path.relative_to(ours)): path.read_bytes() for path in ours.rglob("*.yaml")}
    with zipfile.ZipFile(tmp_path / "ours.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    shutil.copytree(ours, tmp_path / "package" / "policy")
    (tmp_path / "package" / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    content = files.pop("2025-01-01/policy.yaml")
    run('seatrules.load("github', seatrules=seatrules, Path=Path, importlib=importlib, content=content, others=files)


def test_every_program_is_run() -> None:
    """Here, or by tests that read it."""
    here = ("import seatrules", "policy = engine.policy", "came = engine.advance", 'seatrules.load("github')
    for first in programs():
        assert first.startswith(here) or (TESTS / RUN_ELSEWHERE[first]).is_file()
