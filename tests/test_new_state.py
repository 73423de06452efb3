"""`seatrules new state` makes the state of an account: from a sample, from answers, and from rows of a file."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

import seatrules
from command import Done, run_here
from conftest import TESTS
from seatrules.cli import cli
from seatrules.cli.asking import Asking
from seatrules.errors import UsageError
from seatrules.language.types import Integer
from seatrules.making.state import StateMaker, read_value, state_text
from seatrules.suites import samples
from test_fmt import of

ENGINE = seatrules.load("zoom-licenses")
ROWS = """Email,Type,Status,Add-ons,Role,Department
ed@x.example,Licensed,active,large_500;large_1000,owner,IT
flo@x.example,basic,pending,,member,Sales
"""


def made(folder: Path, *options: str) -> Done:
    return run_here("new", "state", *options, "--policy", "zoom-licenses", "--yes", cwd=folder)


def read(folder: Path, name: str = "account.yaml") -> Any:
    state = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
    ENGINE.validate(state)
    return state


def test_it_begins_with_a_sample(tmp_path: Path) -> None:
    """Without anything given it is that, and says in the file what was not asked."""
    done = made(tmp_path, "account.yaml", "--like", "phone")
    assert (done.returncode, done.stderr) == (0, b"")
    every = {each.name: each.state for each in samples(TESTS.parent / "policies/zoom-licenses")}
    assert read(tmp_path) == every["phone"]
    text = (tmp_path / "account.yaml").read_text()
    assert text.startswith("# A state of zoom-licenses 2025-03-01. Not asked, for all samples have it so: ")
    assert "  # The account has a signed contract.\n  contract: false\n" in text
    assert of(text) == text


def is_one(engine: seatrules.Engine, state: Any, version: str) -> bool:
    with suppress(seatrules.RequestError):
        engine.validate(state, version=version)
        return True
    return False


@pytest.mark.parametrize("policy", ["policies/zoom-licenses", "policies/github-seats", "tests/policies/library-loans"])
def test_what_begins_with_a_sample_and_is_asked_nothing_is_that_sample(policy: str) -> None:
    """Whatever is in it, and the file says the same."""
    engine = seatrules.load(TESTS.parent / policy)
    program = engine.programs[[*engine.programs][-1]]
    known = [each.state for each in samples(TESTS.parent / policy) if is_one(engine, each.state, program.version)]
    for state in known:
        made = StateMaker(program, known, state, {}, None).made()
        assert made.state == state
        assert yaml.safe_load(state_text(made, program, ["it"])) == state


def test_values_are_given_by_their_places(tmp_path: Path) -> None:
    """Of one entry, of each, of the entries that there are, and of how many."""
    given = {
        "/as_of": "2025-03-20",
        "/account/plan": "Enterprise",
        "/users": "ed, flo",
        "/users/*/role": "member",
        "/users/flo/role": "admin",
        "/users/ed/add_ons": "large_500;",
        "/users/ed/type": "licensed",
        "/invoices": "0",
        "/licenses/workplace/purchased": "9",
    }
    options = [word for place, value in given.items() for word in ("--give", f"{place}={value}")]
    assert made(tmp_path, "account.yaml", *options).returncode == 0
    state = read(tmp_path)
    assert (state["as_of"], state["account"]["plan"], state["invoices"]) == ("2025-03-20", "enterprise", [])
    assert {name: user["role"] for name, user in state["users"].items()} == {"ed": "member", "flo": "admin"}
    assert state["users"]["ed"]["add_ons"] == ["large_500"]
    assert state["licenses"]["workplace"] == {"purchased": 9, "pending": 0, "pending_on": None}


def test_users_come_from_rows(tmp_path: Path) -> None:
    """Columns are found by their names; what no column has is the same for all, and what is not used is said."""
    (tmp_path / "users.csv").write_text(ROWS)
    done = made(tmp_path, "account.yaml", "--csv", "users.csv")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "columns that are not used: Department" in done.stdout.decode().splitlines()
    assert read(tmp_path)["users"] == {
        "ed@x.example": {
            "type": "licensed",
            "add_ons": ["large_500", "large_1000"],
            "status": "active",
            "role": "owner",
        },
        "flo@x.example": {"type": "basic", "add_ons": [], "status": "pending", "role": "member"},
    }


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("id,type,type\ned,basic,licensed\n", "there are two columns `type`"),
        ("id,id,type\ned,flo,basic\n", "there are two columns `id`"),
        ("id,add_ons,Add-ons\ned,,\n", "the columns `add_ons` and `Add-ons` are both `add_ons`: leave one out"),
        ("id,type\ned,basic,owner\n", "users.csv, line 2: the row has 3 cells, and 2 columns have a name"),
    ],
)
def test_no_cell_is_dropped(rows: str, said: str, tmp_path: Path) -> None:
    """What stands in two columns, or in none, is told."""
    (tmp_path / "users.csv").write_text(rows)
    done = made(tmp_path, "account.yaml", "--csv", "users.csv")
    assert (done.returncode, done.stderr.decode().splitlines()[0].partition("]: ")[2]) == (2, said)
    assert not (tmp_path / "account.yaml").exists()


@pytest.mark.parametrize("text", ["1_0", "\N{ARABIC-INDIC DIGIT THREE}", "1.0", "", "9" * 5_000])
def test_a_number_is_written_in_digits(text: str) -> None:
    """Those of ASCII, with a sign at most."""
    with pytest.raises(UsageError):
        read_value(text, Integer())
    assert [read_value(text, Integer()) for text in ("10", "+3", "-0")] == [10, 3, 0]


def test_a_place_that_is_not_there_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal the rest is asked then."""
    monkeypatch.setattr(Asking, "is_heard", True)
    monkeypatch.setattr("click.prompt", lambda question, **given: given["default"])
    monkeypatch.chdir(tmp_path)
    wrong = [word for place in ("/nowhere/x~1y", "nothing") for word in ("--give", f"{place}=1")]
    arguments = ["new", "state", "account.yaml", "--policy", "zoom-licenses", *wrong]
    done = CliRunner().invoke(cli, arguments, env={"LC_ALL": "C.UTF-8"}, standalone_mode=False)
    assert done.exception is None, done.output
    assert [line for line in done.stderr.splitlines() if line.startswith("error")] == [
        f"error[unknown]: /state{path}: `{place}` is no place of the account to which something can be given"
        for path, place in {"/nowhere/x~1y": "/nowhere/x~1y", "/nothing": "nothing"}.items()
    ]
    assert read(tmp_path)


def test_columns_may_be_named_otherwise(tmp_path: Path) -> None:
    """And cells be parted by semicolons."""
    (tmp_path / "users.csv").write_text('Who;Login;What\nEd;e1;licensed\n\nFlo;f1;"basic"\n')
    options = (
        "--csv",
        "users.csv",
        "--to",
        "users",
        "--key",
        "Login",
        "--map",
        "What=type",
        "--give",
        "/users/*/role=member",
    )
    done = made(tmp_path, "account.yaml", *options)
    assert (done.returncode, done.stderr) == (0, b"")
    assert {name: user["type"] for name, user in read(tmp_path)["users"].items()} == {"e1": "licensed", "f1": "basic"}


@pytest.mark.parametrize(
    ("rows", "options", "code", "said"),
    [
        (
            ROWS.replace("pending", "asleep"),
            (),
            65,
            '/state/users/flo@x.example/status: line 3: Status: the text "asleep"',
        ),
        (ROWS.replace("flo@", "ed@"), (), 2, "users.csv, line 3: `ed@x.example` stands twice in the column `Email`"),
        (ROWS.replace("flo@x.example", ""), (), 2, "users.csv, line 3: the column `Email` has no name"),
        ("", (), 74, "users.csv: is empty: a CSV begins with a row of the columns' names"),
        ("\n ,\n", (), 74, "users.csv: is empty: a CSV begins with a row of the columns' names"),
        ('Email\n"ed', (), 74, "users.csv: is no CSV that can be read"),
        ("Email\nJos\udce9", (), 74, "users.csv: is no CSV that can be read: it is not in UTF-8"),
        (
            ROWS.replace("Department", "Billing").replace("IT", "maybe"),
            (),
            65,
            'line 2: Billing: the text "maybe" stands',
        ),
        (ROWS, ("--map", "Statuses=status"), 2, "there is no column or property `Statuses`"),
        (ROWS, ("--map", "Status=state"), 2, "there is no column or property `state`"),
        (ROWS, ("--map", "Status"), 2, "`Status` says nothing of anything: write NAME=VALUE"),
        (ROWS, ("--to", "licenses"), 2, "the account has no map `licenses` with names of its own"),
        (
            ROWS,
            ("--give", "/account/plan=big"),
            65,
            '/state/account/plan: the text "big" stands where a word is expected',
        ),
        (ROWS, ("--give", "/account/plans=pro"), 65, "`/account/plans` is no place of the account"),
        (ROWS, ("--give", "/licenses/workplace/purchased=1.5"), 65, "stands where a whole number is expected"),
        (ROWS, ("--give", "/licenses/workplace/purchased=-1"), 65, "-1 is not between 0 and "),
        (ROWS, ("--like", "firms"), 2, "there is no sample `firms`"),
    ],
)
def test_what_can_not_be_is_told(rows: str, options: tuple[str, ...], code: int, said: str, tmp_path: Path) -> None:
    """By its line and column, or its place; nothing is written then."""
    (tmp_path / "users.csv").write_bytes(rows.encode("utf-8", "surrogateescape"))
    done = made(tmp_path, "account.yaml", "--csv", "users.csv", *options)
    assert (done.returncode, done.stdout) == (code, b"")
    assert said in done.stderr.decode()
    assert not (tmp_path / "account.yaml").exists()


def test_a_state_that_breaks_an_invariant_is_not_written(tmp_path: Path) -> None:
    """More are assigned than there are."""
    done = made(tmp_path, "account.yaml", "--give", "/licenses/workplace/purchased=0")
    assert (done.returncode, done.stdout) == (65, b"")
    assert b"  help: give other values by `--give PLACE=VALUE`, or by other rows" in done.stderr
    assert not (tmp_path / "account.yaml").exists()


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "account.yaml").write_text("mine")
    done = made(tmp_path, "account.yaml")
    assert (done.returncode, done.stderr) == (74, b"error: account.yaml: something of that name is there already\n")
    assert (tmp_path / "account.yaml").read_text() == "mine"


def test_what_was_made_while_it_asked_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def prompt(asked: str, **given: Any) -> Any:
        (tmp_path / "account.yaml").write_text("mine")
        return given["default"]

    monkeypatch.setattr(Asking, "is_heard", True)
    monkeypatch.setattr("click.prompt", prompt)
    done = run_here("new", "state", "account.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (74, b"")
    assert done.stderr.endswith(b"error: account.yaml: something of that name is there already\n")
    assert (tmp_path / "account.yaml").read_text() == "mine"


def test_without_a_file_it_is_printed(tmp_path: Path) -> None:
    """What was not asked goes to standard error; as data it is the state."""
    done = made(tmp_path)
    assert done.stderr.startswith(b"not asked, for all samples have it so: ")
    data = json.loads(made(tmp_path, "--format", "json").stdout)
    assert yaml.safe_load(done.stdout) == data


def test_what_varies_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with what is usual; what can't be is asked again, and what breaks an invariant is mended at the end."""
    monkeypatch.setattr(Asking, "is_heard", True)
    monkeypatch.chdir(tmp_path)
    asked, answers = (
        [],
        {
            "/as_of": "2024-06-10",
            "/users": "ed",
            "/users/ed/type": "licenced",
            "/licenses/workplace/purchased": "0",
        },
    )
    for name in ("/users/ed/role",):
        answers[name] = "owner"

    def prompt(question: str, **_: Any) -> str:
        place = question.partition(" ")[0]
        asked.append(place)
        if place == "/users/ed/type" and asked.count(place) == 2:
            return "licensed"
        if place not in answers and "PLACE=VALUE" in question:
            return "/licenses/workplace/purchased=2"
        return str(answers.get(place, _["default"]))

    monkeypatch.setattr("click.prompt", prompt)
    arguments = ["new", "state", "account.yaml", "--policy", "zoom-licenses", "--like", "cases/firm"]
    done = CliRunner().invoke(cli, arguments, env={"LC_ALL": "C.UTF-8"}, standalone_mode=False)
    assert done.exception is None, done.output
    state = read(tmp_path)
    assert (state["as_of"], [*state["users"]]) == ("2024-06-10", ["ed"])
    assert (state["users"]["ed"]["role"], state["licenses"]["workplace"]["purchased"]) == ("owner", 2)
    assert asked.count("/users/ed/type") == 2
    assert "/account/contract" not in asked
    assert "/account/renewal_date" in asked
    assert asked.count("/as_of") == 1
