"""Whole files of requests are decided, whatever their format: each row as `decide` does, in order, and none is lost."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from accounts import ACTION, STATE, changed
from asked import POLICIES, asked
from command import requests, run_here, written
from conftest import TESTS
from lengths import DEEP
from seatrules import Engine, RequestError, load
from seatrules.batch import deciding, parts, turning
from seatrules.batch import run as running
from seatrules.batch.answers import TURNS, RowAnswer
from seatrules.diagnostics import SourceText, Span
from seatrules.errors import EndlessEventError
from seatrules.json_lines import json_line
from seatrules.language.days import add_days
from seatrules.language.types import Boolean, Integer, ListOf, MapOf, Record, Type, known

arrow = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402

DENIED = changed(ACTION, {"quantity": 0})
BAD = changed(ACTION, {"quantity": "x"})
ROWS = [{"id": number, "state": STATE, "action": action} for number, action in enumerate((ACTION, DENIED, BAD))]
COUNTS = b"rows: 3; allowed: 1; denied: 1; bad: 1\n"
PAGE = (TESTS.parent / "docs" / "batch.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"^```text\n(\$ .*?)^```$", PAGE, re.M | re.S)
FORMS = ("jsonl", "csv", "parquet")
WRITTEN: dict[str, Any] = yaml.safe_load((TESTS / "cases" / "batch.yaml").read_text(encoding="utf-8"))
CLUBS = str(TESTS / "policies" / "clubs")
NO_CSV = "it is not in UTF-8, a quote is never closed, or a row is too long"
PART = (100, 10**9)
AHEAD = 60
"""How many days ahead it is looked when an answer turns."""
KILLED = f"""
import os, sys
from seatrules.batch import deciding, parts, run
from seatrules.cli import main
run.PART, deciding.AT_ONCE, add, added = {PART}, 40, parts.Parts.add, []

def add_and_end(self, *given):
    add(self, *given)
    added.append(given)
    if len(added) == 2:
        os.kill(os.getpid(), 9)

parts.Parts.add = add_and_end
main(sys.argv[1:])
"""


def batch(folder: Path, *arguments: str, code: int = 0) -> str:
    """What the command says on standard error; its exit code is as expected."""
    done = run_here("batch", *arguments, cwd=folder)
    assert done.returncode == code, done.stderr.decode()
    assert done.stdout == b""
    return done.stderr.decode()


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of an output, those of a CSV as lines of JSON would have them."""
    if path.suffix == ".parquet":
        return [_with_bookings(row) for row in parquet.read_table(path).to_pylist()]
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _with_bookings(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"bookings": row["bookings"] and json.loads(row["bookings"])}


def answer(engine: Engine, action: Any, state: Any, number: int) -> dict[str, Any]:
    """What is to stand in a row."""
    try:
        decision = engine.decide(action, state)
    except RequestError as error:
        return dict.fromkeys(RowAnswer._fields[:-1]) | {"error": f"row {number}: {error.problems[0]}"}
    booked = decision.bookings
    return {
        "decision": decision.decision,
        "codes": [*decision.codes],
        "outcome": decision.outcome and decision.outcome.code,
        "warnings": [warning.code for warning in decision.warnings],
        "bookings": None if booked is None else [each.as_dict() for each in booked],
        "version": decision.policy.version,
        "error": None,
    }


def _table(rows: list[dict[str, Any]], engine: Engine) -> Any:
    """Requests as a table with nested states and the JSON of actions."""
    program = [*engine.programs.values()][-1]
    states = arrow.array([row["state"] for row in rows], _arrow(program.state))
    return arrow.table({"state": states, "action": [json_line(row["action"]) for row in rows]})


def _arrow(kind: Type) -> Any:
    """The type of a column for values of a type."""
    match known(kind):
        case Record(fields=fields) if fields:
            return arrow.struct([(name, _arrow(inner)) for name, inner in fields.items()])
        case MapOf(entry=entry):
            return arrow.map_(arrow.string(), _arrow(entry))
        case ListOf(item=item):
            assert item is not None
            return arrow.list_(_arrow(item))
        case Integer():
            return arrow.int64()
        case Boolean():
            return arrow.bool_()
    return arrow.string()


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_each_row_is_decided_as_the_engine_does_it(policy: Path, tmp_path: Path) -> None:
    """The requests of all suites, from each format and into each."""
    engine = load(policy)
    every = [{"action": each.action, "state": each.state} for each in asked(policy) if not each.partial]
    rows = every[:: 1 if DEEP else max(1, len(every) // 60)]
    expected = [answer(engine, row["action"], row["state"], number) for number, row in enumerate(rows, 1)]
    code = 65 if any(each["error"] for each in expected) else 0
    (tmp_path / "lines.jsonl").write_bytes(requests(*rows))
    parquet.write_table(_table(rows, engine), tmp_path / "columns.parquet")
    with (tmp_path / "cells.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [("action", "state"), *((json_line(r["action"]), json_line(r["state"])) for r in rows)]
        )
    for source, form in (("lines.jsonl", "parquet"), ("columns.parquet", "jsonl"), ("cells.csv", "jsonl")):
        batch(tmp_path, source, "-o", f"{source}.{form}", "--policy", str(policy), code=code)
        found = read(tmp_path / f"{source}.{form}")
        assert [{name: row[name] for name in RowAnswer._fields[:-1]} for row in found] == expected, source


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_the_day_on_which_an_answer_turns_is_that_of_when(policy: Path, tmp_path: Path) -> None:
    """Of each row it is where the second stretch begins, if there is one in so many days."""
    engine = load(policy)
    every = [each for each in asked(policy) if not each.partial]
    rows = every[:: 1 if DEEP else max(1, len(every) // 25)]
    (tmp_path / "in.jsonl").write_bytes(requests(*({"action": each.action, "state": each.state} for each in rows)))
    done = run_here("batch", "in.jsonl", "-o", "out.jsonl", "--policy", str(policy), "--when", str(AHEAD), cwd=tmp_path)
    found = read(tmp_path / "out.jsonl")
    assert done.returncode == (65 if any(each["error"] for each in found) else 0)
    turned = [_turned(engine, row.action, row.state) for row in rows]
    assert [tuple(row[name] for name in TURNS) for row in found] == turned
    assert any(day for day, *_ in turned)


def _turned(engine: Engine, action: Any, state: Any) -> tuple[Any, ...]:
    try:
        until = add_days(state["as_of"], AHEAD)
        stretches = engine.when(action, state, until=until, invariants=False).stretches
    except RequestError:
        return None, None, None
    return next(((each.first, each.decision, [*each.codes]) for each in stretches[1:]), (None, None, None))


def test_what_is_gathered_is_decided_as_it_was_whole(tmp_path: Path) -> None:
    """Accounts of the suites of a policy, whose members and lines are in tables of their own, in any order."""
    policy = next(path for path in POLICIES if path.name == "slack-fair-billing")
    engine = load(policy)
    rows = [each for each in asked(policy) if not each.partial and "ledger" in each.state][:60]
    expected = [answer(engine, row.action, row.state, number) for number, row in enumerate(rows, 1)]
    fields = {name: _arrow(kind) for name, kind in [*engine.programs.values()][-1].state.fields.items()}
    accounts = {
        "id": range(len(rows)),
        "day": [row.state["as_of"] for row in rows],
        "workspace": arrow.array([row.state["workspace"] for row in rows], fields["workspace"]),
        "asked": [json_line(row.action) for row in rows],
    }
    members = [{"of": n, "name": key, **of} for n, row in enumerate(rows) for key, of in row.state["members"].items()]
    ledger = [{"of": n, "at": at, **of} for n, row in enumerate(rows) for at, of in enumerate(row.state["ledger"])]
    parquet.write_table(arrow.table(accounts), tmp_path / "accounts.parquet")
    tables = {
        "/state/members": _beside(tmp_path / "members.parquet", members, fields["members"].item_type, key="name"),
        "/state/ledger": _beside(tmp_path / "ledger.parquet", ledger, fields["ledger"].value_type, order="at"),
    }
    columns = {"/state/as_of": "day", "/state/workspace": "workspace", "/action": "asked"}
    mapping = {"accounts": "accounts.parquet", "key": "id", "columns": columns, "tables": tables}
    written(tmp_path / "mapping.yaml", mapping)
    code = 65 if any(each["error"] for each in expected) else 0
    with patch.object(deciding, "AT_ONCE", 7):
        batch(tmp_path, "mapping.yaml", "-o", "out.jsonl", "--policy", str(policy), code=code)
    assert [{name: row[name] for name in RowAnswer._fields[:-1]} for row in read(tmp_path / "out.jsonl")] == expected


def _beside(path: Path, rows: list[dict[str, Any]], entry: Any, **by: str) -> dict[str, Any]:
    """Write a table of entries that are told by a column, the last row first; how a mapping file names it."""
    [column] = by.values()
    kind = arrow.string() if "key" in by else arrow.int64()
    schema = arrow.schema([("of", arrow.int64()), (column, kind), *entry])
    parquet.write_table(arrow.Table.from_pylist(rows[::-1], schema=schema), path)
    return {"file": path.name, "of": "of", **by, "columns": {field.name: field.name for field in entry}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three requests in a file of lines."""
    (tmp_path / "in.jsonl").write_bytes(requests(*ROWS))
    return tmp_path


@pytest.mark.parametrize("given", FORMS)
@pytest.mark.parametrize("form", FORMS)
def test_columns_and_their_order_are_kept(given: str, form: str, folder: Path) -> None:
    """In each format what was there is there again, before the answers."""
    assert batch(folder, "in.jsonl", "-o", f"one.{given}", "--prefix", "a_", code=65).encode() == COUNTS
    batch(folder, f"one.{given}", "-o", f"two.{form}", code=65)
    if form == "csv":
        with (folder / "two.csv").open(newline="") as file:
            rows: list[dict[str, Any]] = [*csv.DictReader(file)]
        assert [row["codes"] for row in rows] == ["", "quantity_invalid", ""]
    else:
        rows = read(folder / f"two.{form}")
        assert [row["codes"] for row in rows] == [[], ["quantity_invalid"], None]
    names = [*RowAnswer._fields[:-1]]
    assert [*rows[0]] == ["id", "state", "action", *(f"a_{name}" for name in names), *names]
    assert [str(row["id"]) for row in rows] == ["0", "1", "2"]
    assert [row["decision"] or None for row in rows] == [row["a_decision"] or None for row in rows]
    assert [bool(row["error"]) for row in rows] == [False, False, True]


@pytest.mark.parametrize("case", WRITTEN["cases"], ids=lambda case: case["name"])
def test_what_is_given_and_what_comes_of_it(case: dict[str, Any], tmp_path: Path) -> None:
    """Files, a command, and what it says and writes."""
    files = {**WRITTEN["upon"].get(case.get("upon"), {}), **case["files"]}
    files = {name: content for name, content in files.items() if content is not None}
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    given = shlex.split(case["run"])
    policy = () if "--policy" in given else ("--policy", CLUBS)
    said = batch(tmp_path, *policy, *given, code=case.get("code", 0))
    assert said == case["says"]
    found = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir() if path.name not in files}
    assert found == case.get("gives", {})


def test_a_run_that_is_killed_goes_on_to_the_same_bytes(folder: Path) -> None:
    """There is no output meanwhile, and with another policy, option or input it does not go on."""
    (folder / "in.jsonl").write_bytes(requests(*(ROWS * 120)))
    given = ("in.jsonl", "-o", "out.csv", "--lang", "en")
    done = subprocess.run([sys.executable, "-c", KILLED, "batch", *given], cwd=folder, check=False)
    assert done.returncode == -signal.SIGKILL
    assert sorted(path.name for path in folder.iterdir()) == ["in.jsonl", "out.csv.parts"]
    assert "`out.csv.parts` is there already\n  help: give `--resume`" in batch(folder, *given, code=2)
    for other in (
        ["--set", "reassign_cancels=reassigned"],
        ["--explain", "denied"],
        ["--when", "9"],
        ["--policy", str(POLICIES[0])],
    ):
        assert "the run can’t go on: " in batch(folder, *given, "--resume", *other, code=2)
    (folder / "out.csv.parts" / ".written-left").write_bytes(b"half")
    *_, last = sorted((folder / "out.csv.parts").glob("0*"))
    last.write_bytes(last.read_bytes()[:-9])  # a part that is not as it was written is decided again
    with patch.object(running, "PART", PART), patch.object(deciding, "AT_ONCE", 40):
        assert batch(folder, *given, "--resume", code=65) == "rows: 360; allowed: 120; denied: 120; bad: 120\n"
        batch(folder, *given[:2], "whole.csv", *given[3:], code=65)
    assert sorted(path.name for path in folder.iterdir()) == ["in.jsonl", "out.csv", "whole.csv"]
    assert (folder / "out.csv").read_bytes() == (folder / "whole.csv").read_bytes()


def test_other_processes_answer_the_same(folder: Path) -> None:
    """In the same order, whoever decides which part."""
    (folder / "in.jsonl").write_bytes(requests(*(ROWS * 40)))
    with patch.object(deciding, "AT_ONCE", 40), patch.object(turning, "AT_ONCE", 40):
        for name, given in (("decided", ()), ("turning", ("--when", "30"))):
            for jobs in ("1", "2"):
                batch(folder, "in.jsonl", "-o", f"{name}{jobs}.parquet", "--jobs", jobs, *given, code=65)
            assert read(folder / f"{name}1.parquet") == read(folder / f"{name}2.parquet")


def test_what_a_denial_says_is_told_in_a_language_and_to_an_audience(folder: Path) -> None:
    """Of denials alone; a user is told public lines, and no bookings."""
    told = {}
    for audience in ("support", "user", "customer"):
        given = ("--explain", "denied", "--lang", "nl", "--audience", audience)
        batch(folder, "in.jsonl", "-o", f"{audience}.jsonl", *given, code=65)
        allowed, denied, bad = read(folder / f"{audience}.jsonl")
        assert (allowed["messages"], bad["messages"]) == (None, None)
        told[audience] = (denied["messages"], allowed["bookings"] is None)
    decision = load().decide(DENIED, STATE)
    assert told["support"] == ([reason.message("nl") for reason in decision.reasons], False)
    assert told["user"] == ([each["message"] for each in decision.as_dict("nl", audience="user")["reasons"]], True)
    assert told["customer"] == ([decision.as_dict("nl", audience="customer")["text"]], True)


def _half(path: Path) -> None:
    parquet.write_table(arrow.table({"state": ["{}"] * 100, "action": ["{}"] * 100}), path)
    path.write_bytes(path.read_bytes()[:-20])


def _page_broken(path: Path) -> None:
    """Write a file whose beginning is damaged, and that seems to be whole."""
    parquet.write_table(arrow.table({"state": ["{}"] * 100, "action": ["{}"] * 100}), path)
    path.write_bytes(b"PAR1" + b"\xff" * 60 + path.read_bytes()[64:])


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("in.parquet", Path.mkdir, "is a folder"),
        ("in.jsonl", os.mkfifo, "is not a regular file"),
        ("in.parquet", lambda path: path.write_bytes(b""), "is no Parquet file, or is damaged"),
        ("in.parquet", lambda path: path.write_bytes(b"PAR1" * 9), "is no Parquet file, or is damaged"),
        ("in.parquet", _half, "is no Parquet file, or is damaged"),
        ("in.parquet", _page_broken, "is no Parquet file, or is damaged"),
        ("in.csv", lambda path: path.write_bytes(b"state,action\n\xff,1\n"), f"is no CSV that can be read: {NO_CSV}"),
        ("in.csv", lambda path: path.write_bytes(b"state,\xff\n"), f"is no CSV that can be read: {NO_CSV}"),
    ],
)
def test_a_file_that_is_none_is_told_in_our_words(name: str, make: Any, said: str, tmp_path: Path) -> None:
    """Nothing is left half written."""
    make(tmp_path / name)
    assert batch(tmp_path, name, "-o", "out.csv", code=74) == f"error: {name}: {said}\n"
    assert not (tmp_path / "out.csv").exists()


def test_what_the_columns_lack_is_told_once(tmp_path: Path) -> None:
    """And what is of another type, with who reads it: before any row is decided, if no action can do without."""
    text = arrow.string()
    teams = arrow.map_(text, arrow.struct([("club", text), ("players", arrow.list_(text))]))
    people = arrow.map_(text, arrow.struct([("banned", arrow.int64()), ("seasons", arrow.string())]))
    state = arrow.struct([("as_of", arrow.timestamp("us")), ("people", people), ("teams", teams)])
    columns = {"state": arrow.array([None], state), "/action/person": arrow.array([1])}
    parquet.write_table(arrow.table(columns), tmp_path / "in.parquet")
    parquet.write_table(arrow.table(columns | {"action": ["{}"]}), tmp_path / "any.parquet")
    given = ("-o", "out.csv", "--policy", CLUBS)
    assert batch(tmp_path, "in.parquet", *given, "--action", '{"type": "leave"}', code=65) == (
        "error[wrong_type]: /state/as_of: the column is of the type `timestamp[us]`, and a date is expected\n"
        "  help: every request has it\n"
        "error[missing]: /state/clubs: no column says it, and a mapping is expected\n"
        "  help: `a-member-leaves` reads it (2025-01-01/consequences.yaml:26:5)\n"
        "error[missing]: /state/teams/*/captain: no column says it, and a text is expected\n"
        "  help: `who-leaves-plays-no-more` reads it (2025-01-01/consequences.yaml:29:5)\n"
        "error[wrong_type]: /action/person: the column is of the type `int64`, and a text is expected\n"
        "  help: `leave` needs it\n"
        "error[missing]: /action/club: no column says it, and a text is expected\n"
        "  help: `leave` needs it\n"
    )
    assert batch(tmp_path, "any.parquet", *given, code=65).count("error[") == 1
    assert batch(tmp_path, "in.parquet", *given, "--action", '{"type": "laeve"}', code=65) == (
        "error[unknown_action]: /action/type: there is no action `laeve`\n  help: did you mean `leave`?\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["any.parquet", "in.parquet"]


@pytest.mark.parametrize("at", ["mkdir", "mode_of", "replace"])
def test_where_nothing_can_be_written_any_more_the_run_can_go_on(
    at: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said is ours, and there is no output that looks whole."""

    def full(*given: Any, **how: Any) -> None:
        raise OSError(errno.ENOSPC, "words of a system")

    with monkeypatch.context() as patched:
        patched.setattr(Path if at == "mkdir" else parts, at, full)
        assert batch(folder, "in.jsonl", "-o", "out.csv", code=74) == "error: out.csv: no room is left for it\n"
    assert not (folder / "out.csv").exists()
    assert batch(folder, "in.jsonl", "-o", "out.csv", "--resume", code=65).encode() == COUNTS
    assert sorted(path.name for path in folder.iterdir()) == ["in.jsonl", "out.csv"]


def test_an_input_that_changes_meanwhile_has_no_output(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of two files would stand in one."""
    whole = deciding.RowDecider.decide

    def decide(self: Any, chunk: Any, first_row: int) -> Any:
        os.utime(folder / "in.jsonl", ns=(1, 1))
        return whole(self, chunk, first_row)

    monkeypatch.setattr(deciding.RowDecider, "decide", decide)
    said = "error: in.jsonl: has changed while it was read: begin anew with `--force`\n"
    assert batch(folder, "in.jsonl", "-o", "out.csv", code=74) == said
    assert "the input is another than when it began" in batch(folder, "in.jsonl", "-o", "out.csv", "--resume", code=2)
    assert not (folder / "out.csv").exists()


def test_a_row_for_which_an_event_has_no_end_is_bad(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are decided."""
    decide = Engine.decide

    def endless(self: Engine, action: Any, state: Any, **how: Any) -> Any:
        if action == DENIED:
            raise EndlessEventError(
                "monthly", Span(SourceText("events.yaml", "events.yaml", ("",)), 1, 1), "2025-01-01", "bob"
            )
        return decide(self, action, state, **how)

    monkeypatch.setattr(Engine, "decide", endless)
    assert batch(folder, "in.jsonl", "-o", "out.jsonl", "--jobs", "1", code=65) == (
        "rows: 3; allowed: 1; denied: 0; bad: 2\n"
    )
    error = read(folder / "out.jsonl")[1]["error"]
    assert error.startswith("row 2: events.yaml:1:1: error[endless-event]: event `monthly` comes due for `bob` on ")


def test_what_is_there_is_not_written_over_unasked(folder: Path) -> None:
    """A folder with the name of the parts that is none of a run."""
    (folder / "out.csv.parts").mkdir()
    (folder / "out.csv.parts" / "note.txt").write_text("mine")
    there = "error[output-exists]: `out.csv.parts` is there already\n  help: "
    assert batch(folder, "in.jsonl", "-o", "out.csv", "--resume", code=2).startswith(there)
    assert (folder / "out.csv.parts" / "note.txt").read_text() == "mine"


def test_an_output_that_is_no_file_stays(folder: Path) -> None:
    """Whatever is asked for."""
    (folder / "out.csv").mkdir()
    said = batch(folder, "in.jsonl", "-o", "out.csv", "--force", code=74)
    assert said == "error: out.csv: is no file that can be replaced\n"


def test_without_what_reads_files_that_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    said = "error[not-installed]: `pyarrow` is not installed\n  help: install `seatrules[batch]`\n"
    assert batch(folder, "in.jsonl", "-o", "out.csv", code=2) == said


def test_nothing_is_read_twice_where_a_map_has_a_key_twice(folder: Path) -> None:
    """Neither of the two is taken."""
    people = [[("ann", {"banned": True}), ("ann", {"banned": False})]]
    kind = arrow.map_(arrow.string(), arrow.struct([("banned", arrow.bool_())]))
    given = {"/state/as_of": ["2025-03-10"], "/state/clubs": ["{}"], "/state/teams": ["{}"]}
    parquet.write_table(arrow.table(given | {"/state/people": arrow.array(people, kind)}), folder / "in.parquet")
    action = json_line({"type": "give_licence", "person": "ann", "licence": "senior"})
    batch(folder, "in.parquet", "-o", "out.jsonl", "--action", action, "--policy", CLUBS, code=65)
    assert read(folder / "out.jsonl")[0]["error"] == "row 1: /state/people: the key `ann` is given twice"


def test_the_page_shows_what_the_commands_do(tmp_path: Path) -> None:
    """The files of its examples are written as they stand there, and what comes out is what it shows."""
    for command, shown in re.findall(r"^\$ ([^\n]*)\n(.*?)(?=^\$ |\Z)", "".join(SESSIONS), re.M | re.S):
        word, *arguments = shlex.split(command)
        if word == "seatrules":
            assert run_here(*arguments, "--lang", "en", cwd=tmp_path).stderr.decode() == shown, command
        elif (file := tmp_path / arguments[0]).exists():
            assert re.fullmatch(".*".join(map(re.escape, shown.split("..."))), file.read_text(encoding="utf-8"))
        else:
            file.write_text(shown, encoding="utf-8")
