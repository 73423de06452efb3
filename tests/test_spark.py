"""Tables of Spark are decided as files are, however their rows are spread, and whatever becomes of a task."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest

from asked import POLICIES, Asked, asked
from command import run, run_here
from conftest import TESTS
from lengths import DEEP
from seatrules import Engine, RequestError, UsageError, load
from seatrules.batch import parts
from seatrules.batch import run as running
from seatrules.json_lines import json_line
from test_sql import cell, changed_somewhere, columns
from test_sql import table as typed

arrow = pytest.importorskip("pyarrow")
pytest.importorskip("pyspark", reason="Spark is not installed: seatrules[spark]")

from pyarrow import parquet  # noqa: E402

from seatrules.batch.deciding import RowDecider  # noqa: E402
from seatrules.batch.layout import Layout, columns_of  # noqa: E402
from seatrules.spark import decide, files  # noqa: E402

LIBRARY = TESTS / "policies" / "library-loans"
BANNED = TESTS / "extensions" / "banned-members"
OWN = ("decision", "codes", "outcome", "warnings", "bookings", "version", "error")


def by_engine(policy: Path) -> dict[int, list[Asked]]:
    """The requests of all suites of a policy, by the engine that decides."""
    found: dict[int, list[Asked]] = {}
    for each in asked(policy):
        if not (each.partial or each.incomplete):
            found.setdefault(id(each.engine), []).append(each)
    return found


def table(requests: list[Asked]) -> Any:
    """Requests with a column for each property of the state, the action as JSON, and a number."""
    program = [*requests[0].engine.programs.values()][-1]
    made = {"number": arrow.array(range(len(requests)), arrow.int64())}
    made["action"] = arrow.array([json_line(each.action) for each in requests])
    for name, kind in program.state.fields.items():
        values = [cell(each.state.get(name), kind) for each in requests]
        made[f"/state/{name}"] = arrow.array(values, columns(kind))
    return arrow.table(made)


def by_rows(engine: Engine, given: Any, first_row: int | None = None, **options: Any) -> list[dict[str, Any]]:
    """What the engine answers, row by row."""
    layout = Layout.of(columns_of(given.column_names), engine.programs.values(), options.pop("action", None))
    answers: list[dict[str, Any]] = RowDecider(engine, layout, **options).decide(given, first_row).to_pylist()
    return answers


def in_order(answered: Any, *own: str) -> list[dict[str, Any]]:
    """The answers to numbered rows, in order."""
    rows: list[dict[str, Any]] = answered.select("number", *own).toArrow().sort_by("number").to_pylist()
    assert [row.pop("number") for row in rows] == list(range(len(rows)))
    return rows


def skewed(frame: Any) -> Any:
    """Rows of which most are in one partition, and none in some."""
    from pyspark.sql import functions as f

    return frame.repartition(6, f.when(f.col("number") % 10 == 0, f.col("number")).otherwise(0))


@pytest.mark.parametrize("policy", POLICIES[-2:], ids=lambda path: path.name)
def test_rows_are_decided_as_the_engine_does_it(policy: Path, spark: Any) -> None:
    """The requests of all suites by the engine that decides most of them, in partitions of all sizes."""
    requests = max(by_engine(policy).values(), key=len)
    engine, given = requests[0].engine, table(requests)
    assert in_order(decide(skewed(spark.createDataFrame(given)), engine=engine), *OWN) == by_rows(engine, given)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_spark_s_sql_decides_as_that_of_duckdb(policy: Path, spark: Any, tmp_path: Path) -> None:
    """Requests of a type of action of the suites, and each with a part out of the ordinary: to the same bytes."""
    by_type = defaultdict[str, list[tuple[Any, Any]]](list)
    for each in asked(policy):
        if not (each.partial or each.incomplete):
            by_type[each.action["type"]].append((each.action, each.state))
    engine, random = load(policy), Random(15)
    program = [*engine.programs.values()][-1]
    types = sorted(by_type.keys() & program.actions, key=lambda type_: -len(by_type[type_]))
    tables = []
    for type_ in types if DEEP else types[: max(1, 3 // len(engine.programs))]:
        odd = [(action, changed_somewhere(random, state, program.state)) for action, state in by_type[type_]]
        tables.append(typed(engine, type_, [*by_type[type_], *odd]))
    for number, given in enumerate(_joined(tables)):
        parquet.write_table(given, tmp_path / f"{number}.parquet", row_group_size=50)
        told = [
            run_here(
                "batch",
                f"{number}.parquet",
                "-o",
                f"{way}.parquet",
                "--force",
                "--engine",
                way,
                "--policy",
                str(policy),
                "--lang",
                "en",
                cwd=tmp_path,
            ).stderr.decode()
            for way in ("duckdb", "spark")
        ]
        assert told[0].replace("DuckDB", "Spark") == told[1]
        assert (tmp_path / "duckdb.parquet").read_bytes() == (tmp_path / "spark.parquet").read_bytes()


def _joined(tables: list[Any]) -> Iterator[Any]:
    """Tables as one, where what they have of one name has one type."""
    try:
        yield arrow.concat_tables(tables, promote_options="default")
    except arrow.ArrowInvalid:
        yield from tables


@pytest.fixture(scope="module")
def loans() -> Any:
    """Requests of the library, one of them of a day that is none."""
    requests = next(iter(by_engine(LIBRARY).values()))
    given = table(requests)
    days = [None if number == 3 else day for number, day in enumerate(given.column("/state/as_of").to_pylist())]
    at = given.column_names.index("/state/as_of")
    return given.set_column(at, "/state/as_of", arrow.array(days, arrow.date32()))


def test_a_task_that_is_killed_is_run_again(spark: Any, loans: Any, tmp_path: Path) -> None:
    """In the middle of its rows: its answers are there once, and none is lost."""
    marker, seen = str(tmp_path / "killed"), list[int]()

    def kill_once(decision: Any) -> None:
        seen.append(1)
        if len(seen) == 5 and not os.path.lexists(marker):
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
            os.kill(os.getpid(), signal.SIGKILL)

    engine = load(LIBRARY, on_decision=kill_once)
    answers = in_order(decide(skewed(spark.createDataFrame(loans)), engine=engine), *OWN)
    assert os.path.lexists(marker)
    assert answers == by_rows(load(LIBRARY), loans)
    assert [row["error"] for row in answers if row["error"]] == ["/state/as_of: `as_of` is missing"]


def test_policy_and_extensions_reach_the_tasks_by_content(spark: Any, loans: Any, tmp_path: Path) -> None:
    """Their folders may be gone by then."""
    extension = shutil.copytree(BANNED, tmp_path / "banned-members")
    policy = shutil.copytree(LIBRARY, tmp_path / "library-loans")
    engine, same = (load(policy, extensions=[extension]) for _ in range(2))
    answered = decide(spark.createDataFrame(loans), engine=engine, prefix="their_", explain="denied", language="en")
    shutil.rmtree(extension)
    shutil.rmtree(policy)
    names = [*OWN, "messages"]
    assert answered.columns == [*loans.column_names, *(f"their_{name}" for name in names)]
    expected = [{f"their_{name}": value for name, value in row.items()} for row in by_rows(same, loans, messages=True)]
    assert in_order(answered, *(f"their_{name}" for name in names)) == expected


def test_one_version_decides_a_whole_job(spark: Any, loans: Any) -> None:
    """Whatever day the rows are of."""
    engine = load(LIBRARY)
    for version in engine.programs:
        answered = decide(spark.createDataFrame(loans), engine=engine, version=version)
        assert {row["version"] for row in in_order(answered, *OWN) if not row["error"]} == {version}


def test_what_is_asked_of_answers_is_asked_of_each_row_once(spark: Any, loans: Any) -> None:
    """A condition on them comes after them, whatever Spark thinks of it."""
    answered = decide(spark.createDataFrame(loans), engine=load(LIBRARY)).where("decision = 'deny'")
    plan = answered._jdf.queryExecution().executedPlan().toString()
    assert plan.count("ArrowEvalPython") == 1
    assert answered.count() == [row["decision"] for row in by_rows(load(LIBRARY), loans)].count("deny")


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda frame: frame.drop("/state/as_of"), RequestError, "/state/as_of: no column says it, and a date is"),
        (lambda frame: frame.withColumn("Error", frame.number), UsageError, "the input has a column `Error` itself"),
        (lambda frame: frame.withColumnRenamed("number", "action"), UsageError, "there are two columns `action`"),
        (lambda frame: frame.withColumnRenamed("action", "it"), UsageError, "no column says what is to be decided"),
    ],
)
def test_what_is_wrong_with_the_columns_is_told_before_any_row(
    change: Any, error: type[Exception], said: str, spark: Any, loans: Any
) -> None:
    """As for a file, where the job is made."""
    with pytest.raises(error) as raised:
        decide(change(spark.createDataFrame(loans)), engine=load(LIBRARY))
    assert said in str(raised.value)


def batch(folder: Path, *arguments: str, code: int = 0, engine: str = "spark") -> str:
    """What the command says on standard error; its exit code is as expected."""
    given = ("batch", *arguments, "--policy", str(LIBRARY), "--engine", engine, "--lang", "en")
    done = run_here(*given, cwd=folder)
    assert done.returncode == code, done.stderr.decode()
    return done.stderr.decode()


@pytest.fixture
def folder(tmp_path: Path, spark: Any, loans: Any) -> Path:
    """A folder with a file of requests in groups of few rows, of one type of action, under a name of all signs."""
    folder = tmp_path / "a {b} [c] *d%20"
    folder.mkdir()
    parquet.write_table(loans, folder / "in.parquet", row_group_size=7)
    return folder


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_file_is_decided_to_the_same_bytes(form: str, folder: Path) -> None:
    """In its order, with the numbers of bad rows."""
    said = batch(folder, "in.parquet", "-o", f"plain.{form}", code=65, engine="rows")
    note = f"note: decided by Spark: 0; by the engine: {parquet.read_metadata(folder / 'in.parquet').num_rows}\n"
    assert batch(folder, "in.parquet", "-o", f"out.{form}", code=65) == f"{note}{said}"
    assert (folder / f"out.{form}").read_bytes() == (folder / f"plain.{form}").read_bytes()
    assert {path.name for path in folder.iterdir()} == {"in.parquet", f"plain.{form}", f"out.{form}"}


@pytest.mark.parametrize("whole", [True, False])
def test_a_run_that_was_ended_goes_on(whole: bool, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Spark had answered all rows, it is not asked again."""
    monkeypatch.setattr(running, "PART", (20, 10**9))
    monkeypatch.setattr(files, "AT_ONCE", 20)
    add, added = parts.Parts.add, list[Any]()

    def add_one(self: parts.Parts, *given: Any) -> None:
        if added:
            raise KeyboardInterrupt
        add(self, *given)
        added.append(given)

    with monkeypatch.context() as patch:
        patch.setattr(parts.Parts, "add", add_one)
        batch(folder, "in.parquet", "-o", "out.jsonl", code=130)
    with monkeypatch.context() as patch:
        if whole:
            patch.setattr(files.Job, "_answers", None)
        else:
            (folder / "out.jsonl.parts" / "answers" / "_SUCCESS").unlink()
        batch(folder, "in.parquet", "-o", "out.jsonl", "--resume", code=65)
    batch(folder, "in.parquet", "-o", "plain.jsonl", code=65, engine="rows")
    assert (folder / "out.jsonl").read_bytes() == (folder / "plain.jsonl").read_bytes()


def test_a_file_without_rows_has_no_answers(folder: Path, loans: Any) -> None:
    """That is said."""
    parquet.write_table(loans.slice(0, 0), folder / "none.parquet")
    said = "rows: 0; allowed: 0; denied: 0; bad: 0\nnote: the file holds no row\n"
    said = f"note: decided by Spark: 0; by the engine: 0\n{said}"
    assert batch(folder, "none.parquet", "-o", "out.parquet") == said
    assert parquet.read_table(folder / "out.parquet").num_rows == 0


def test_what_spark_does_not_do_is_told(folder: Path, loans: Any) -> None:
    """Before anything is written."""
    (folder / "in.csv").write_text("action,state\n")
    nothing = loans.set_column(1, "action", arrow.nulls(len(loans)))
    parquet.write_table(nothing, folder / "nothing.parquet")
    help_ = "  help: leave `--engine` out\n"
    for arguments, said in (
        (["in.csv"], f"error[usage]: Spark decides one Parquet file\n{help_}"),
        (["in.parquet", "--jobs", "2"], "error[usage]: `--jobs` stands with none of `--engine spark`\n"),
        (["nothing.parquet"], f"error[usage]: Spark has no type for the column `action`: `null`\n{help_}"),
    ):
        assert batch(folder, *arguments, "-o", "out.csv", code=2) == said
    assert not (folder / "out.csv.parts").exists()


def test_where_spark_gives_up_nothing_is_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each task is tried four times."""

    def failing(self: files.Job, queries: Any) -> Any:
        from pyspark.sql import functions as f

        return self.found.select(f.raise_error(f.lit("no")).alias("number"))

    monkeypatch.setattr(files.Job, "_answers", failing)
    said = "error: in.parquet: Spark gave up: a task failed each time that it was tried\n"
    assert batch(folder, "in.parquet", "-o", "out.csv", code=74) == said
    assert [path.name for path in folder.iterdir()] == ["in.parquet"]


def test_without_spark_or_java_that_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark is an extra, and Java no package of Python's."""
    given = ("batch", "in.parquet", "-o", "out.csv", "--policy", str(LIBRARY), "--engine", "spark", "--lang", "en")
    done = run(*given, cwd=folder, env={"PATH": "/usr/bin/no-such", "JAVA_HOME": str(folder)})
    said = "error[not-installed]: Spark does not start\n  help: let `JAVA_HOME` name a Java of 17 or later\n"
    assert (done.returncode, done.stderr.decode().endswith(said)) == (2, True), done.stderr.decode()
    monkeypatch.setitem(sys.modules, "pyspark", None)
    said = "error[not-installed]: `pyspark` is not installed\n  help: install `seatrules[spark]`\n"
    assert batch(folder, "in.parquet", "-o", "out.csv", code=2) == said


def test_the_page_shows_what_its_program_and_its_command_do(tmp_path: Path, spark: Any) -> None:
    """As they stand there."""
    page = (TESTS.parent / "docs" / "spark.md").read_text(encoding="utf-8")
    program, *_ = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    shown = dict(re.findall(r"^\$ ([^\n]*)\n(.*?)(?=^\$ |^```$)", page, re.M | re.S))
    out = StringIO()
    with chdir(tmp_path), redirect_stdout(out):
        exec(compile(program, "accounts.py", "exec"), {})
    assert out.getvalue() == shown.pop("python accounts.py")
    (tmp_path / "action.yaml").write_text("type: accept_invitation\n")
    answered = shown.pop("cat answers.jsonl")
    for command, said in shown.items():
        assert run_here(*shlex.split(command)[1:], "--lang", "en", cwd=tmp_path).stderr.decode() == said
    pattern = ".*".join(map(re.escape, answered.split("...")))
    assert re.fullmatch(pattern, (tmp_path / "answers.jsonl").read_text(encoding="utf-8"))
