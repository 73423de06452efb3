"""Requests in columns are asked of two policies by SQL: what comes out is what the engine says of each, one by one."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from asked import SHIPPED
from command import LIBRARY
from command import run_here as run
from lengths import DEEP
from seatrules import Engine, load
from seatrules.analysis.diff.asking import BothAsked
from seatrules.analysis.diff.certainty import never_equal
from seatrules.analysis.diff.differing import Text
from seatrules.analysis.diff.sides import pairs, two_sides
from seatrules.render.diff_touched import touched_data
from test_diff import LOANS, VERSION, change, library
from test_diff_touched import desks

arrow = pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

from pyarrow import parquet  # noqa: E402

from seatrules.batch import comparing  # noqa: E402
from seatrules.batch.comparing import Comparing  # noqa: E402
from seatrules.batch.parquet_rows import Parquet  # noqa: E402
from test_sql import by_type, table  # noqa: E402

__all__ = ["library"]
MOST = 2
"""Of how many types of action the requests are tried where not all are."""
AT_ONCE = 150
"""How many rows a chunk has at most: what is known of one chunk counts in the next."""
COMMON = ("diff", "old", "new", "--version", VERSION, "--seconds", "0.01")
DAYS = ("2025-02-10", "2025-04-01", "2025-12-05")
"""A day before a rule of the library's is in force, one on which it is, and one after."""
CHANGES: dict[str, tuple[Sequence[tuple[str, str]], int, int]] = {
    "a rule": ([('require: desk == "counter"', 'require: desk == "machine"')], 160, 86),
    "days of a rule": ([("from: 2025-03-01", "from: 2025-02-01")], 40, 43),
    "a text": ([("{wanted.id} is handed out at the counter", "{wanted.id} is handed out at a desk")], 80, 83),
    "texts that may read the same": (
        [("{wanted.id} is handed", "{title} is handed"), ("{wanted.id} wird am", "{title} wird am")],
        0,
        120,
    ),
}
"""What is changed in the library's policy, how much differs, and how much the engine answers: all on the first day that
may be told of the rule to come, the first of what differs in one way, and what may read the same."""


@contextmanager
def compared(old: Path, new: Path, file: Path, *, by_sql: bool, version: str | None = None) -> Any:
    """What two policies say of the rows of a file."""
    named: dict[str, Any] = {"policy": None, "version": version, "settings": {}, "extensions": ((), ())}
    with two_sides(str(old), str(new), **named) as sides, pytest.MonkeyPatch.context() as patched:
        patched.setattr(comparing, "MANY", 0 if by_sql else 10**9)
        yield Comparing.of(BothAsked(*sides, pairs(*sides)), Parquet(str(file)))


def told(asked: Comparing) -> dict[str, Any]:
    """What comes out, some rows at a time."""
    for chunk in asked.source.chunks(0, AT_ONCE):
        asked.ask(chunk)
    return touched_data(asked.asking.touched)


def both(old: Path, new: Path, file: Path, version: str | None = None) -> tuple[dict[str, Any], Comparing]:
    """What comes out by SQL, which is what comes out by the engine."""
    with compared(old, new, file, by_sql=False, version=version) as rows:
        expected = told(rows)
    with compared(old, new, file, by_sql=True, version=version) as fast:
        assert told(fast) == expected
    assert fast.by_sql + fast.left == rows.left == fast.source.rows
    return expected, fast


def written(file: Path, engine: Engine, every: dict[str, list[Any]], times: int) -> None:
    """Write requests by their types, each several times."""
    made = [table(engine, type_, rows) for type_, rows in every.items()]
    parquet.write_table(arrow.concat_tables(made * times, promote_options="default"), file)


@pytest.fixture
def games(library: Path) -> Path:
    """Both policies, and a file in which a game is lent at two desks on some days, 40 times each."""
    state, action = desks()
    titles = {name: title | {"from_age": 1} for name, title in state["titles"].items()}
    state = state | {"titles": titles}
    rows = [(action | {"desk": desk}, state | {"as_of": day}) for day in DAYS for desk in ("counter", "machine")]
    written(library / "asked.parquet", load(LIBRARY), {"borrow": rows}, 40)
    return library


@pytest.mark.usefixtures("no_cache")
@pytest.mark.parametrize("policy", SHIPPED if DEEP else SHIPPED[:2], ids=lambda path: path.name)
def test_what_sql_says_of_two_versions_is_what_the_engine_says(policy: Path, tmp_path: Path) -> None:
    """Counts, rules and examples: the requests of suites by the first version and by the last."""
    versions = sorted(path.name for path in policy.iterdir() if path.is_dir())
    every: dict[str, list[Any]] = {}
    for _, type_, rows in by_type(policy):
        every.setdefault(type_, []).extend(rows)
    chosen = every if DEEP else dict(Random(7).sample([*every.items()], MOST))
    written(tmp_path / "asked.parquet", load(policy), {name: rows[:AT_ONCE] for name, rows in chosen.items()}, 1)
    _, fast = both(policy / versions[0], policy / versions[-1], tmp_path / "asked.parquet")
    assert fast.by_sql


@pytest.mark.usefixtures("no_cache")
@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_is_counted(name: str, games: Path) -> None:
    """A rule that is in force on some days only, and texts: the engine is asked where SQL can't be sure."""
    changes, differing, left = CHANGES[name]
    for old, new in changes:
        change(games / "new" / LOANS, old, new)
    data, fast = both(games / "old", games / "new", games / "asked.parquet", VERSION)
    assert (data["differing"], fast.left) == (differing, left)


@pytest.mark.usefixtures("no_cache")
def test_bills_are_compared_entry_by_entry(library: Path) -> None:
    """Of an outcome that bills something else, a row differs where an entry does that it has."""
    outcomes = library / "new" / VERSION / "billing-timing.yaml"
    change(outcomes, "amount: kinds[returned.kind].price", "amount: kinds[returned.kind].price + 1")
    rows = [row for _, type_, rows in by_type(LIBRARY) if type_ == "return_item" for row in rows]
    written(library / "asked.parquet", load(LIBRARY), {"return_item": rows}, 20)
    data, fast = both(library / "old", library / "new", library / "asked.parquet", VERSION)
    assert {each["meaning"] for each in data["changes"]} == {"other bill"}
    assert 0 < data["differing"] < data["requests"]
    assert fast.left < fast.by_sql


@pytest.mark.parametrize(
    ("old", "new", "never"),
    [
        (["a ", 1], ["b ", 1], True),
        (["a ", 1], ["a", 1], True),
        (["a ", 1], ["a ", 2], False),
        ([1, " a"], [2, " b"], True),
        ([1, " a"], [2, " a"], False),
        (["a", 1], ["a"], False),
        (["ab", 1], ["a", 2], False),
        ([1, "ab"], ["a", 1, "b"], False),
        (["a", 1, 1], ["ab", 1], False),
        (["a"], ["b"], True),
    ],
)
def test_texts_that_can_never_read_the_same(old: Text, new: Text, never: bool) -> None:
    """Whatever stands in the place of the numbers, which is the same for the same number."""
    assert never_equal(old, new, in_one_language=True) is never


def test_in_another_language_a_placeholder_may_say_something_else() -> None:
    """So that lengths say nothing."""
    assert not never_equal(["a ", 1], ["a", 1], in_one_language=False)


@pytest.mark.usefixtures("no_cache")
def test_where_the_engine_finds_no_difference_it_is_asked_about_each(
    games: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where SQL has another opinion of how rows differ, nothing is counted by it."""
    change(games / "new" / LOANS, 'require: desk == "counter"', 'require: desk == "machine"')
    with compared(games / "old", games / "new", games / "asked.parquet", by_sql=True) as fast:
        ask = BothAsked.request
        monkeypatch.setattr(BothAsked, "request", lambda *given: ask(*given) and None)
        by_sql = told(fast)
    monkeypatch.undo()
    with compared(games / "old", games / "new", games / "asked.parquet", by_sql=False) as rows:
        expected = told(rows)
    assert (by_sql["differing"], by_sql["requests"]) == (expected["differing"], expected["requests"])


@pytest.mark.usefixtures("no_cache")
def test_accounts_in_several_tables_are_asked_one_action(library: Path) -> None:
    """As `batch` reads them; lines have actions of their own."""
    change(library / "new" / LOANS, 'require: desk == "counter"', 'require: desk == "machine"')
    state, action = desks()
    columns = {
        f"/state/{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in state.items()
        if name != "titles"
    }
    with (library / "accounts.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["id", *columns], ["a1", *columns.values()]])
    titles = [["a1", name, title["kind"], title["copies"]] for name, title in state["titles"].items()]
    with (library / "titles.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["of", "name", "kind", "copies"], *titles])
    beside = {"file": "titles.csv", "of": "of", "key": "name", "columns": {"kind": "kind", "copies": "copies"}}
    mapping = {
        "accounts": "accounts.csv",
        "key": "id",
        "columns": {name: name for name in columns},
        "tables": {"/state/titles": beside},
    }
    (library / "mapping.yaml").write_text(json.dumps(mapping), encoding="utf-8")
    given = ("--requests", "mapping.yaml", "--action", json.dumps(action), "--format", "json")
    touched = json.loads(run(*COMMON, *given, cwd=library).stdout)["touched"]
    assert [(each["action"], each["meaning"], each["count"]) for each in touched["changes"]] == [
        ("borrow", "stricter", 1)
    ]
    assert run(*COMMON, "--requests", "asked.jsonl", "--action", "{}", cwd=library).stderr.decode() == (
        "error[usage]: `--action` stands with `--requests F.parquet` only\n"
    )


@pytest.mark.usefixtures("no_cache")
def test_the_command_says_who_decided(games: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the side; what is asked on days is the engine's, and so is all where DuckDB is not installed."""
    change(games / "new" / LOANS, 'require: desk == "counter"', 'require: desk == "machine"')
    monkeypatch.setattr(comparing, "MANY", 0)
    given = (*COMMON, "--requests", "asked.parquet")
    first = run(*given, cwd=games)
    assert first.stderr.startswith(b"note: decided by DuckDB: ")
    assert run(*given, "--limit", "9", cwd=games).stdout.count(b"not asked, for there are more than `--limit`") == 1
    assert run(*given, "--on", "2025-03-01", cwd=games).stderr == b""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    again = run(*given, cwd=games)
    assert (again.stdout, again.stderr) == (first.stdout, b"")
