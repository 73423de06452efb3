"""Accounts by the thousand: the engine row by row, SQL in DuckDB over nested and over flat columns, and SQL by hand.

`python tests/bench/bench_batch.py [ROWS] [USERS]`: seats are assigned on made-up accounts of hubspot-seats with so many
users. Rates are rows a second; the answers of all are compared.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
from pyarrow import Table, parquet

import seatrules
from seatrules.batch.deciding import RowDecider
from seatrules.batch.fast import SqlDecider
from seatrules.batch.layout import Layout, columns_of
from seatrules.sql.query import Query

FEW = 20_000
"""Of how many rows the engine's rate is taken."""
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


def main(rows: int = 1_000_000, users: int = 50) -> None:
    """Print the rates."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "accounts.parquet"))
        database = duckdb.connect()
        sql = ACCOUNTS.replace("$users", str(users)).replace("$rows", str(rows))
        database.execute(f"copy ({sql}) to '{file}' (format parquet, row_group_size 100000)")
        print(f"{rows} accounts with {users} users, seatrules and DuckDB {duckdb.__version__}")
        _engine(file, rows)
        fast = _nested(file, rows)
        _flat(file, rows, fast, database)
    print(f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def _rate(title: str, rows: int, seconds: float) -> None:
    print(f"  {title:55}{rows / seconds:14,.0f} rows/s")


def _deciders(file: str) -> tuple[RowDecider, SqlDecider]:
    engine = seatrules.load()
    schema = parquet.read_schema(file)
    plain = RowDecider(engine, Layout.of(columns_of(schema.names), engine.programs.values(), None))
    return plain, SqlDecider.of(plain, schema, file)


def _engine(file: str, rows: int) -> None:
    few = next(parquet.ParquetFile(file).iter_batches(min(FEW, rows)))
    plain, fast = _deciders(file)
    table = Table.from_batches([few])
    begun = perf_counter()
    answers = plain.decide(table, 1)
    _rate("the engine, row by row, one process", len(few), perf_counter() - begun)
    assert fast.decide(table, 1).to_pylist() == answers.to_pylist()


def _nested(file: str, rows: int) -> SqlDecider:
    _, fast = _deciders(file)
    fast.decide(Table.from_batches([next(parquet.ParquetFile(file).iter_batches(10))]), 1)  # writes the SQL
    seconds, first = 0.0, 1
    for batch in parquet.ParquetFile(file).iter_batches(fast.rows_at_once):
        table = Table.from_batches([batch])
        begun = perf_counter()
        fast.decide(table, first)
        seconds, first = seconds + perf_counter() - begun, first + len(table)
    _rate("SQL over nested columns, answers and all", rows, seconds)
    return fast


def _flat(file: str, rows: int, fast: SqlDecider, database: Any) -> None:
    part = next(each for each in fast.queries.parts if each.action.name == "assign_seat")
    of_nested = part.sql.replace("FROM given", f"FROM (SELECT *, 0 AS \"/row\" FROM read_parquet('{file}'))")
    begun = perf_counter()
    expected = _summed(database, of_nested)
    _rate("SQL over nested columns, verdicts and reasons alone", rows, perf_counter() - begun)
    database.execute(f"create table flat as {_flat_columns(part.query, of_nested)}")
    rules = part.query.over_flat("flat").sql("duckdb")
    assert _summed(database, rules) == expected
    _rate("SQL over flat columns", rows, _best(database, rules))
    database.execute(FLAT_BY_HAND.replace("$file", f"'{file}'"))
    assert _summed(database, BY_HAND) == expected
    _rate("SQL by hand over flat columns", rows, _best(database, BY_HAND))


def _flat_columns(query: Query, sql: str) -> str:
    """The rows with their flat columns, and no others."""
    names = ", ".join(f'"{each.name}"' for each in query.inputs)
    return f"select {names} {sql[sql.index(' FROM (') :]}"


def _summed(database: Any, sql: str) -> Any:
    return database.execute(f"select sum(failing), count(*) from ({sql})").fetchall()


def _best(database: Any, sql: str) -> float:
    times = []
    for _ in range(5):
        begun = perf_counter()
        _summed(database, sql)
        times.append(perf_counter() - begun)
    return min(times)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
