"""Accounts by the thousand: the engine row by row, SQL in DuckDB over nested and over flat columns, and SQL by hand.

`python tests/bench/bench_batch.py [--users N] [--write] [ROWS ...]`: seats are assigned on made-up accounts of
hubspot-seats. Each way has a process of its own, whose memory is told at its highest; ways that say the same are
compared. `--write` puts the figures into `docs/batch.md`. `--agree ROWS`: see `agreement.py`.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import duckdb
from pyarrow import Table, parquet

import seatrules
from seatrules.batch.deciding import RowDecider
from seatrules.batch.fast import SqlDecider
from seatrules.batch.layout import Layout, columns_of
from seatrules.spark import decide
from seatrules.sql.query import Query

FEW = 100_000
"""Of how many rows at most the engine's rate is taken."""
FEW_IN_SPARK = 500_000
"""Of how many rows at most that of Spark is."""
PAGE = Path(__file__).resolve().parents[2] / "docs" / "batch.md"
COMMAND = str(Path(sys.executable).with_name("seatrules"))
ACCOUNTS = """
select date '2025-04-01' + (i % 300)::int as "/state/as_of",
  {'kind': case when i % 9 = 0 then 'partner' else 'customer' end, 'created_on': date '2023-06-01' + (i % 700)::int,
   'migrated': i % 3 = 0, 'setup_complete': i % 11 <> 0} as "/state/account",
  [{'hub': 'sales', 'tier': case when i % 4 = 0 then 'starter' else 'professional' end, 'created_on': date '2023-06-01',
    'term_start': date '2025-01-01', 'renewal_date': date '2026-01-01'}] as "/state/subscriptions",
  map {'core': {'purchased': 5 + i % 3, 'assigned': 5, 'pending_removal': i % 2,
                'pending_effective_on': case when i % 2 = 1 then date '2025-08-01' end},
       'sales': {'purchased': 4, 'assigned': 2, 'pending_removal': 0, 'pending_effective_on': null::date}}
    as "/state/seats",
  map_from_entries(list_transform(range($users), lambda j: {'k': 'u' || j, 'v': {
    'status': case when (i + j) % 10 = 0 then 'deactivated' else 'active' end,
    'seats': case (i + j) % 3 when 0 then ['core'] when 1 then ['sales'] else []::varchar[] end,
    'permissions': case when j = 0 then ['modify_billing'] else []::varchar[] end, 'partner_employee': j % 7 = 0}}))
    as "/state/users",
  'assign_seat' as "/action/type", 'u0' as "/action/actor", 'u' || (i % $users) as "/action/user",
  case when i % 2 = 0 then 'core' else 'sales' end as "/action/seat_type"
from range($rows) made(i)
"""
BY_HAND = """
select (case when seat_type in ('core', 'sales', 'service', 'view_only') and paid = 0 then 1 else 0 end
  + case when seat_type in ('core', 'sales', 'service') and not setup_complete then 2 else 0 end
  + case when seat_type in ('core', 'sales', 'service', 'view_only') and not offered then 4 else 0 end
  + case when created_on < date '2024-03-05' and not migrated and seat_type not in ('sales', 'service')
      then 8 else 0 end
  + case when not may_bill then 16 else 0 end
  + case when actor_status <> 'active' then 32 else 0 end
  + case when user_status <> 'active' then 64 else 0 end
  + case when holds then 128 else 0 end
  + case when (created_on >= date '2024-03-05' or migrated) and seat_type <> 'free' and not holds and exclusive
      then 256 else 0 end
  + case when seat_type in ('core', 'sales', 'service', 'free') and purchased - assigned
      - case when pending > 0 and pending_on <= as_of then pending else 0 end < 1 then 512 else 0 end
  + case when seat_type = 'partner' and not partner then 1024 else 0 end
  + case when seat_type = 'partner' and kind <> 'customer' then 2048 else 0 end) as failing
from by_hand
"""
FLAT_BY_HAND = """
create table by_hand as select "/action/seat_type" as seat_type, "/state/as_of" as as_of,
  len(list_filter("/state/subscriptions", lambda s: s.tier <> 'free')) as paid,
  "/state/account".setup_complete as setup_complete, "/state/account".created_on as created_on,
  "/state/account".migrated as migrated, "/state/account".kind as kind,
  len(list_filter("/state/subscriptions", lambda s: "/action/seat_type" = 'core' or s.tier <> 'free')) > 0
    and ("/action/seat_type" = 'core' or "/state/subscriptions"[1].tier <> 'starter' or (
      "/state/account".created_on < date '2024-03-05' and not "/state/account".migrated)) as offered,
  list_contains("/state/users"["/action/actor"].permissions, 'modify_billing') as may_bill,
  "/state/users"["/action/actor"].status as actor_status, "/state/users"["/action/user"].status as user_status,
  list_contains("/state/users"["/action/user"].seats, "/action/seat_type") as holds,
  len(list_filter("/state/users"["/action/user"].seats, lambda x: x <> "/action/seat_type" and x <> 'free')) > 0
    as exclusive,
  "/state/seats"["/action/seat_type"].purchased as purchased, "/state/seats"["/action/seat_type"].assigned as assigned,
  "/state/seats"["/action/seat_type"].pending_removal as pending,
  "/state/seats"["/action/seat_type"].pending_effective_on as pending_on,
  "/state/users"["/action/user"].partner_employee as partner
from read_parquet($file)
"""


class Took(NamedTuple):
    """The seconds that a way took for so many rows, and something that has to come out by others too."""

    rows: int
    seconds: float
    says: Any = None


class Measured(NamedTuple):
    """Rows a second, of so many rows, and the memory at its highest, in MB."""

    rate: float
    rows: int
    memory: int


def by_engine(file: str, _: int) -> Took:
    """The engine in one process, for the first rows."""
    plain = _deciders(file)[0]
    done, seconds = 0, 0.0
    plain.decide(Table.from_batches([next(parquet.ParquetFile(file).iter_batches(100))]), 1)  # writes the functions
    for batch in parquet.ParquetFile(file).iter_batches(plain.rows_at_once):
        table = Table.from_batches([batch])
        begun = perf_counter()
        plain.decide(table, done + 1)
        done, seconds = done + len(table), seconds + perf_counter() - begun
        if done >= FEW:
            break
    return Took(done, seconds)


def by_nested(file: str, rows: int) -> Took:
    """SQL over nested columns, with all answers as a table."""
    fast, seconds, first = _ready(file), 0.0, 1
    for batch in parquet.ParquetFile(file).iter_batches(fast.rows_at_once):
        table = Table.from_batches([batch])
        begun = perf_counter()
        fast.decide(table, first)
        seconds, first = seconds + perf_counter() - begun, first + len(table)
    assert fast.by_sql >= rows
    return Took(rows, seconds)


def by_verdicts(file: str, rows: int) -> Took:
    """SQL over nested columns, the verdicts and reasons alone."""
    _, sql = _part(file)
    begun = perf_counter()
    says = _summed(duckdb.connect(), sql)
    return Took(rows, perf_counter() - begun, says)


def by_flat(file: str, rows: int) -> Took:
    """SQL over flat columns that are there."""
    query, sql = _part(file)
    database = _on_disk(file, "flat")
    database.execute(f"create table flat as {_flat_columns(query, sql)}")
    return _best(database, rows, query.over_flat("flat").sql("duckdb"))


def by_hand(file: str, rows: int) -> Took:
    """SQL written by hand over flat columns that are there."""
    database = _on_disk(file, "hand")
    database.execute(FLAT_BY_HAND.replace("$file", f"'{file}'"))
    return _best(database, rows, BY_HAND)


def by_spark(file: str, rows: int) -> Took:
    """SQL in Spark on this machine, with all answers beside the rows, once it runs: the better of two runs."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    options = {"spark.log.level": "OFF", "spark.ui.enabled": "false", "spark.sql.files.openCostInBytes": "64k"}
    session = SparkSession.builder.master("local[*]").config(map=options).getOrCreate()
    file, rows = _first(file, rows)
    table = session.read.parquet(file).drop("/action/type")
    seconds = []
    for _ in range(2):
        begun = perf_counter()
        answered = decide(table, {"type": "assign_seat"}, version="2025-03-26")
        answered.write.format("noop").mode("overwrite").save()
        seconds.append(perf_counter() - begun)
    session.stop()
    java = SparkContext._gateway
    java.shutdown()
    java.proc.stdin.close()
    java.proc.wait()
    return Took(rows, min(seconds))


def by_spark_command(file: str, rows: int) -> Took:
    """The command with Spark on this machine, its start and its two readings of the file counted."""
    file, rows = _first(file, rows)
    return _command(rows, "batch", file, "-o", f"{file}.out.parquet", "--force", "--engine", "spark")


def _first(file: str, rows: int) -> tuple[str, int]:
    """A file of the first rows, and how many these are."""
    few, rows = f"{file}.few.parquet", min(rows, FEW_IN_SPARK)
    sql = f"copy (select * from '{file}' limit {rows}) to '{few}' (format parquet, row_group_size 100000)"
    duckdb.connect().execute(sql)
    return few, rows


def by_batch(file: str, rows: int) -> Took:
    """The command, from the file to one with the answers."""
    return _command(rows, "batch", file, "-o", f"{file}.out.parquet", "--force")


def by_diff(file: str, rows: int) -> Took:
    """The command that asks two versions; looking for what differs in meaning takes a second of it."""
    return _command(rows, "diff", "2024-11-01", "2026-03-27", "--requests", file, "--seconds", "1", "--allow", ALLOWED)


WAYS: dict[str, Callable[[str, int], Took]] = {
    "the engine, row by row, in one process": by_engine,
    "SQL over nested columns, with answers": by_nested,
    "SQL over nested columns, verdicts and reasons alone": by_verdicts,
    "SQL over flat columns, once they are there": by_flat,
    "SQL written by hand over flat columns": by_hand,
    "SQL in Spark on this machine, with answers": by_spark,
    "`seatrules batch`, from file to file": by_batch,
    "`seatrules batch --engine spark`, from file to file": by_spark_command,
    "`seatrules diff --requests`, two versions": by_diff,
}
ALLOWED = "stricter,milder,reasons,bill,effects,words,added,removed,arguments,schema,versions"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=[10_000, 1_000_000])
    parser.add_argument("--users", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--agree", type=int)
    parser.add_argument("--way", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.agree is not None:
        import agreement

        return agreement.main(given.agree)
    if given.way is not None:
        _told(*given.way, *given.rows)
        return 0
    print(f"accounts with {given.users} users, DuckDB {duckdb.__version__}, {os.cpu_count()} processors")
    table = [_measured(rows, given.users) for rows in given.rows]
    if given.write:
        _write(given.rows, table)
    return 0


def _measured(rows: int, users: int) -> list[Measured]:
    """Each way, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "accounts.parquet"))
        sql = ACCOUNTS.replace("$users", str(users)).replace("$rows", str(rows))
        duckdb.connect().execute(f"copy ({sql}) to '{file}' (format parquet, row_group_size 100000)")
        print(f"{rows:,} accounts, {Path(file).stat().st_size / 1e6:,.0f} MB", flush=True)
        found, says = [], set[str]()
        for way in WAYS:
            told = subprocess.run(
                [sys.executable, __file__, str(rows), "--way", way, file], check=True, capture_output=True, text=True
            )
            of, seconds, memory, said = told.stdout.splitlines()[-1].split("\t")
            found.append(Measured(int(of) / float(seconds), int(of), int(memory)))
            says |= {said} - {"None"}
            print(f"  {way:55}{found[-1].rate:14,.0f} rows/s{found[-1].memory:8,} MB", flush=True)
        assert len(says) == 1, "the ways say the same"
    return found


def _told(way: str, file: str, rows: int) -> None:
    """Print what a way takes; the memory is that of this process, or of the command that it runs."""
    took = WAYS[way](file, rows)
    of = resource.RUSAGE_CHILDREN if way.startswith("`") or "Spark" in way else resource.RUSAGE_SELF
    print(took.rows, took.seconds, resource.getrusage(of).ru_maxrss // 1024, took.says, sep="\t")


def _write(sizes: Sequence[int], table: Sequence[Sequence[Measured]]) -> None:
    """Put the figures into the page: rows a second, how many times as many as the engine's, and the memory."""
    lines = [
        f"| | {' | '.join(f'{size:,} accounts' for size in sizes)} |",
        f"|---|{'--:|' * len(sizes)}",
    ]
    for number, way in enumerate(WAYS):
        cells = [
            f"{_round(column[number].rate):,} · {_round(column[number].rate / column[0].rate):,} · "
            f"{column[number].memory:,} MB"
            for column in table
        ]
        lines.append(f"| {way} | {' | '.join(cells)} |")
    text = PAGE.read_text(encoding="utf-8")
    begin, end = "<!-- measured: from here -->\n", "<!-- measured: to here -->"
    replaced = re.sub(f"(?<={begin}).*?(?={end})", "\n".join(["", *lines, "", ""]), text, flags=re.S)
    PAGE.write_text(replaced, encoding="utf-8")


def _round(number: float) -> float:
    """A number by its first two figures."""
    if number < 10:
        return round(number, 1)
    digits = len(str(int(number)))
    return round(int(number), 2 - digits)


def _deciders(file: str) -> tuple[RowDecider, SqlDecider]:
    engine = seatrules.load()
    schema = parquet.read_schema(file)
    plain = RowDecider(engine, Layout.of(columns_of(schema.names), engine.programs.values(), None))
    return plain, SqlDecider.of(plain, schema, file)


def _ready(file: str) -> SqlDecider:
    """What decides by SQL that is written; its answers to some rows are the engine's."""
    plain, fast = _deciders(file)
    few = Table.from_batches([next(parquet.ParquetFile(file).iter_batches(1000))])
    assert fast.decide(few, 1).to_pylist() == plain.decide(few, 1).to_pylist()
    return fast


def _part(file: str) -> tuple[Query, str]:
    """The query of the action by the version that decides most rows, and its SQL over the file."""
    part = next(each for each in _ready(file).queries.parts if each.action.name == "assign_seat")
    return part.query, part.sql.replace("FROM given", f"FROM (SELECT *, 0 AS \"/row\" FROM read_parquet('{file}'))")


def _on_disk(file: str, name: str) -> Any:
    """A database beside the file."""
    return duckdb.connect(f"{file}.{name}", config={"memory_limit": "4GB"})


def _flat_columns(query: Query, sql: str) -> str:
    """The rows with their flat columns, and no others."""
    names = ", ".join(f'"{each.name}"' for each in query.inputs)
    return f"select {names} {sql[sql.index(' FROM (') :]}"


def _summed(database: Any, sql: str) -> Any:
    return database.execute(f"select sum(failing), count(*) from ({sql})").fetchall()


def _best(database: Any, rows: int, sql: str) -> Took:
    times, says = [], None
    for _ in range(5):
        begun = perf_counter()
        says = _summed(database, sql)
        times.append(perf_counter() - begun)
    return Took(rows, min(times), says)


def _command(rows: int, *arguments: str) -> Took:
    begun = perf_counter()
    subprocess.run([COMMAND, *arguments], check=True, capture_output=True)
    return Took(rows, perf_counter() - begun)


if __name__ == "__main__":
    sys.exit(main())
