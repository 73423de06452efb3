"""`seatrules export --to sql`: what it prints, and what it says of a wrong use."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from command import HANGS, LIBRARY, run_here
from conftest import TESTS, Golden
from postgres import Psql

pytest.importorskip("sqlglot")

from seatrules.sql.dialects import DIALECTS, EXECUTED

PAGE = (TESTS.parent / "docs" / "sql-export.md").read_text(encoding="utf-8")
(REQUESTS,) = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.M | re.S)
SESSIONS = "".join(re.findall(r"^```text\n(\$ .*?)^```$", PAGE, re.M | re.S))
PROGRAMS = re.findall(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", PAGE, re.M | re.S)


POLICIES = TESTS.parent / "policies"


def export(*arguments: str, policy: Path = LIBRARY, code: int = 0) -> tuple[str, str]:
    """What the command prints, and what it says on the side; its exit code is as expected."""
    done = run_here("export", "--to", "sql", "--policy", str(policy), *arguments)
    assert done.returncode == code, done.stderr.decode()
    return done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_export_reads_as_it_is_kept(dialect: str, golden: Golden) -> None:
    """The whole statement of a small action, in each dialect, with what it reads and gives."""
    printed, said = export("--dialect", dialect, "--action", "extend", "--view", "extensions")
    golden(TESTS / "golden" / "export" / f"{dialect}.sql", printed)
    assert said == ""
    assert ("NOT EXECUTED" in printed) is (dialect not in EXECUTED)


@pytest.mark.parametrize(
    ("language", "policy", "action"),
    [
        ("nl", "hubspot-seats", "assign_seat"),
        ("de", "github-seats", "remove_member"),
        ("fr", "zoom-licenses", "assign_add_on"),
        ("pl", "slack-fair-billing", "accept_invitation"),
    ],
)
def test_comments_are_in_the_language_that_is_asked_for(
    language: str, policy: str, action: str, golden: Golden
) -> None:
    """What stands above a statement, in a language of the policy."""
    options = ("--dialect", "snowflake", "--action", action, "--lang", language)
    printed, _ = export(*options, policy=POLICIES / policy)
    golden(TESTS / "golden" / "export" / f"{language}.txt", comments(printed))


def comments(text: str) -> str:
    """The comments above a statement."""
    return "".join(f"{line}\n" for line in text.splitlines() if line.startswith("--"))


def test_plain_data_says_the_same() -> None:
    """Columns with what null says and where they are read first, the statement itself, and what is left out."""
    printed, said = export("--dialect", "postgres", "--format", "json", "--action", "extend", "--table", "shop.asked")
    data = json.loads(printed)
    assert (data["left_out"], said) == ({}, "")
    (only,) = data["exports"]
    text, _ = export("--dialect", "postgres", "--action", "extend", "--table", "shop.asked")
    assert only["sql"] == text.removeprefix(comments(text)).rstrip("\n")
    assert "FROM shop.asked" in only["sql"]
    assert {key: only[key] for key in ("action", "dialect", "executed", "table", "view", "left")} == {
        "action": "extend",
        "dialect": "postgres",
        "executed": True,
        "table": "shop.asked",
        "view": None,
        "left": None,
    }
    assert next(each for each in only["inputs"] if each["name"] == "loans_loan_kind") == {
        "name": "loans_loan_kind",
        "type": "text",
        "words": ["novel", "reference", "film", "game"],
        "argument": False,
        "expression": "loans[loan].kind",
        "says": None,
        "nullable": False,
        "null": "not null",
        "at": "2025-01-01/rules/20-loans.yaml:63:5",
    }
    assert [each["name"] for each in only["outputs"]] == [
        "id",
        "verdict",
        "codes",
        "outcome",
        "warnings",
        "sure",
        "version",
    ]


def test_without_an_action_each_is_a_statement_of_its_own(tmp_path: Path) -> None:
    """Tables and views are named by the actions; those without an SQL form are named, with why."""
    out = tmp_path / "all.sql"
    printed, said = export("--dialect", "duckdb", "--table", "asks", "--view", "answered", "-o", str(out))
    assert printed == ""
    text = out.read_text(encoding="utf-8")
    views = re.findall(r"^CREATE VIEW (\w+) AS$", text, re.M)
    actions = ("borrow", "return_item", "extend", "reserve", "cancel_reservation", "pay_fine", "correct_fine")
    assert views == [f"answered_{name}" for name in (*actions, "start_new_year")]
    assert re.findall(r"^  FROM (asks_\w+)$", text, re.M) == [view.replace("answered", "asks") for view in views]
    assert said == (
        "note: `return_items` has no SQL form: it is on each of several\n"
        "note: `let_time_pass` has no SQL form: time passes in it\n"
    )


def test_what_only_the_engine_allows_is_named() -> None:
    """An action of which the allowed rows have no SQL form is answered where it is denied, and says so."""
    printed, _ = export("--dialect", "duckdb", "--action", "remove_member", policy=POLICIES / "github-seats")
    assert "-- No row that is allowed is answered: " in printed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            [],
            "error[usage]: `--to sql` takes `--dialect`\n"
            "  help: there are `bigquery`, `duckdb`, `postgres`, `snowflake`, `spark`\n",
        ),
        (
            ["--dialect", "spark", "--action", "let_time_pass"],
            "error[usage]: `let_time_pass` has no SQL form: time passes in it\n"
            "  help: the engine decides it: `seatrules batch`, `seatrules check`\n",
        ),
        (
            ["--dialect", "postgres", "--table", "f(x)"],
            "error[usage]: `f(x)` is no name that `--table` takes in this dialect\n"
            "  help: write it as the database does: letters, digits and `_`, or quoted\n",
        ),
        (
            ["--dialect", "bigquery", "--keep", "a.b"],
            "error[usage]: `a.b` is no name that `--keep` takes in this dialect\n"
            "  help: write it as the database does: letters, digits and `_`, or quoted\n",
        ),
        (
            ["--dialect", "snowflake", "--keep", "id", "--keep", "Sure"],
            "error[usage]: the column `SURE` can’t be kept: the query gives one of that name itself\n",
        ),
        (["--dialect", "duckdb", "-o", "-"], "error[usage]: `--out` name a file\n"),
        (
            ["--dialect", "duckdb", "--action", "borow"],
            "error[unknown-action]: there is no action `borow`\n  help: did you mean `borrow`?\n",
        ),
    ],
)
def test_a_wrong_use_is_said(options: list[str], message: str) -> None:
    """It says what is wrong and what to do, and prints nothing else."""
    assert export(*options, code=2) == ("", message)


def test_what_is_of_sql_goes_with_sql_only() -> None:
    """An option that would do nothing is refused."""
    done = run_here("export", "--to", "durable-rules", "--dialect", "duckdb", "--action", "borrow")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == "error[usage]: `--dialect` and `--action` can be given with `--to sql` only\n"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of the page, where its commands are run."""
    (tmp_path / "requests.sql").write_text(REQUESTS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


def test_the_commands_of_the_page_print_what_it_shows(
    page: Path, postgres: Psql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The export, its comments, and what PostgreSQL answers."""
    program, *where = postgres.command
    postgres.run("drop database if exists page; create database page;".replace("; ", ";\n"))
    for name, value in zip(("PGHOST", "PGPORT", "PGUSER"), where[1:6:2], strict=True):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PGDATABASE", "page")
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{Path(program).parent}")
    for command, shown in re.findall(r"^\$ ([^\n]*)\n(.*?)(?=^\$ |\Z)", SESSIONS, re.M | re.S):
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=HANGS, check=True)
        assert [line.rstrip() for line in done.stdout.splitlines()] == shown.splitlines(), command


@pytest.mark.parametrize(("program", "printed"), PROGRAMS, ids=["duckdb", "spark"])
def test_a_program_of_the_page_prints_what_it_shows(
    page: Path, program: str, printed: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """In DuckDB, and in Spark."""
    pytest.importorskip("duckdb")
    if "pyspark" in program:
        request.getfixturevalue("spark")
    exec(compile(program, "sql-export.md", "exec"), {})
    assert capsys.readouterr().out == printed
