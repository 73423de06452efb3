"""An action exported as SQL decides each row as the engine does, in each database that the tests run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from asked import POLICIES
from command import LIBRARY
from databases import Database, by_duckdb, of_dialect
from fuzz.policies import SMALL_ACTION, SMALL_STATE, write_policy
from fuzz.requests import request as made_up
from lengths import DEEP, some
from seatrules import Engine, SeatrulesError, load
from seatrules.language.types import Boolean, Date, Integer, Word, bounds, known
from test_sql import by_type, table

arrow = pytest.importorskip("pyarrow")
duckdb = pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

import sqlglot  # noqa: E402
from sqlglot import exp  # noqa: E402

from seatrules.sql.dialects import EXECUTED, PARSED  # noqa: E402
from seatrules.sql.inputs import QueryColumn  # noqa: E402
from seatrules.sql.statement import ExportStatement, column_named, table_named  # noqa: E402
from seatrules.sql.terms import NoSqlError, column, sql_type  # noqa: E402
from seatrules.sql.warehouse import Export, exported  # noqa: E402

GITHUB = next(each for each in POLICIES if each.name == "github-seats")
MADE_UP = 200 if DEEP else 20
"""How many requests of a policy are made up beside those of its suites."""
MOST = {"duckdb": 1000, "postgres": 1000, "spark": 1000 if DEEP else 2}
"""Of how many actions of a policy the rows are asked in a database."""


@pytest.fixture(params=EXECUTED)
def database(request: pytest.FixtureRequest) -> Database:
    """Each database whose SQL is run here."""
    return of_dialect(request.param, request)


def statement(export: Export, dialect: str) -> ExportStatement:
    """The query over a table `requests`, which keeps `id`."""
    source, kept = table_named("requests", dialect), column_named("id", dialect)
    assert source is not None
    assert kept is not None
    return ExportStatement(export, dialect, source, [kept])


def columns(export: Export) -> dict[str, str]:
    """The columns of the table, with their types."""
    return {"id": "bigint"} | {each.name: sql_type(each.type).sql("postgres").lower() for each in export.inputs}


def answers(
    database: Database, export: Export, rows: Sequence[Sequence[Any]], kinds: Mapping[str, str] | None = None
) -> list[list[Any]]:
    """What the query answers, in the order of the rows."""
    sql = statement(export, database.dialect).sql.removesuffix(";")
    numbered = [[number, *row[1:]] for number, row in enumerate(rows)]
    found = database.ask("requests", kinds or columns(export), numbered, sql)
    return [row[1:] for row in sorted(found, key=lambda row: int(row[0]))]


def flat_rows(engine: Engine, export: Export, requests: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> list[Any]:
    """Requests as rows of the flat columns, as DuckDB takes them out of nested values."""
    given = table(engine, export.action.name, [*requests])
    given = given.append_column("number", arrow.array(range(len(requests))))
    with duckdb.connect() as nested:
        nested.register("given", given)
        flat = export.query.flattened("given", {"number": column("number")}).sql("duckdb")
        names = ", ".join(
            f'"{name}"::text' if kind == "date" else f'"{name}"'
            for name, kind in columns(export).items()
            if name != "id"
        )
        return [*nested.execute(f"select number, {names} from ({flat}) order by number").fetchall()]


def expected(engine: Engine, export: Export, action: Any, state: Any) -> list[Any] | None:
    """What the engine decides; nothing where the request is none."""
    try:
        decided = engine.decide(action, state, version=export.program.version)
    except SeatrulesError:
        return None
    outcome = decided.outcome.code if decided.outcome is not None else None
    warnings = " ".join(each.code for each in decided.warnings) if decided.allowed else ""
    version = export.program.version
    return [decided.decision, " ".join(decided.codes), outcome, warnings, True, version]


class Told(NamedTuple):
    """An export with rows of its columns, what the engine says of each, and whether it is out of the ordinary."""

    export: Export
    rows: list[Any]
    said: list[tuple[list[Any], bool]]


@cache
def told(policy: Path) -> list[Told]:
    """The actions of a policy that have an SQL form, on the requests of its suites, and on some that are made up."""
    random, found, more = Random(15), list[Told](), list[Any]()
    groups = by_type(policy)
    first = {type_: group for group in reversed(groups) for type_ in [group[1]]}
    for engine, type_, rows in (
        groups if DEEP else first.values()
    ):  # each action under one choice of the settings, or all
        program = [*engine.programs.values()][-1]
        more = more or [made_up(random, program) for _ in range(MADE_UP)]
        try:
            export = exported(program, program.actions[type_])
        except NoSqlError:
            continue
        odd = [each for each in more if each[0].get("type") == type_ and holds(engine, each)]
        both = [(each, False) for each in rows] + [(each, True) for each in odd]
        said = [(each, (answer, odd)) for each, odd in both if (answer := expected(engine, export, *each))]
        found.append(Told(export, flat_rows(engine, export, [each for each, _ in said]), [each for _, each in said]))
    return found


def holds(engine: Engine, request: tuple[dict[str, Any], dict[str, Any]]) -> bool:
    """Whether columns can hold a request: each value is of its type, and no text has a character that is none."""
    try:
        table(engine, request[0]["type"], [request])
    except (arrow.ArrowException, TypeError, ValueError):
        return False
    return "\\x00" not in repr(request)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_each_row_is_decided_as_by_the_engine(database: Database, policy: Path) -> None:
    """Each request of the suites, but for what the engine alone allows; of those that are made up what is sure."""
    actions, asked = told(policy), 0
    for export, rows, said in actions[: MOST[database.dialect]]:
        for (answer, odd), found in zip(said, answers(database, export, rows), strict=True):
            is_left = export.left is not None and answer[0] == "allow"
            assert found == (not_sure(export) if is_left or (odd and not found[4]) else answer)
            asked += not odd
    assert asked


def not_sure(export: Export) -> list[Any]:
    """What a row that is not sure gets."""
    return [None, None, None, None, False, export.program.version]


def wrong(each: QueryColumn, dialect: str) -> list[Any]:
    """Values that a column may not hold."""
    found: list[Any] = [] if each.may_be_null else [None]
    match known(each.type):
        case Integer() as kind:
            least, most = bounds(kind)
            found += [number for number in (least - 1, most + 1) if -(2**63) <= number < 2**63]
        case Word():
            found += ["no_such_word", ""]
        case Date() if dialect == "postgres":
            found += ["infinity", "-infinity", "0001-01-01 BC", "10000-01-01"]
        case Boolean() if each.text in ("member in members", "title in titles"):
            found.append(False)
    return found


def test_what_is_out_of_the_ordinary_is_not_sure(database: Database) -> None:
    """A row with a value that a column may not hold gets no answer, and fails no query."""
    tried = 0
    for export, rows, said in told(LIBRARY)[: MOST[database.dialect]]:
        allowed = [row for row, (answer, odd) in zip(rows, said, strict=True) if answer[0] == "allow" and not odd]
        odd = [
            [0, *row[1 : place + 1], value, *row[place + 2 :]]
            for row in allowed[:1]
            for place, each in enumerate(export.inputs)
            for value in wrong(each, database.dialect)
        ]
        for found, changed in zip(answers(database, export, odd), odd, strict=True):
            assert found == not_sure(export), changed
        tried += len(odd)
    assert tried > 5


@pytest.mark.parametrize(
    ("kind", "other", "same", "not_the_same"),
    [
        (Integer, "double", float, (0.5, float("nan"), float("inf"), -1e300)),
        (Date, "timestamp", lambda day: f"{day} 00:00:00", ("2025-02-10 12:00:00", "2025-02-10 00:00:00.000001")),
    ],
    ids=["numbers", "days"],
)
def test_a_column_of_another_type_is_read_where_it_says_the_same(
    database: Database, kind: type, other: str, same: Any, not_the_same: tuple[Any, ...]
) -> None:
    """Numbers with a fraction where whole ones belong, and times where days do."""
    export, rows, said = next(each for each in told(LIBRARY) if each.export.action.name == "reserve")
    places = [place for place, each in enumerate(export.inputs, 1) if isinstance(known(each.type), kind)]
    kinds = columns(export) | {export.inputs[place - 1].name: other for place in places}
    ordinary = [row for row, (_, odd) in zip(rows, said, strict=True) if not odd]
    alike = [
        [same(each) if place in places and each is not None else each for place, each in enumerate(row)]
        for row in ordinary
    ]
    assert answers(database, export, alike, kinds) == [answer for answer, odd in said if not odd]
    changed = [[0, *alike[0][1:place], value, *alike[0][place + 1 :]] for place in places for value in not_the_same]
    assert answers(database, export, changed, kinds) == [not_sure(export)] * len(changed)


def test_a_key_in_the_state_is_one_of_its_map() -> None:
    """An invitation of somebody who is no user is none that the engine takes."""
    export, rows, said = next(each for each in told(GITHUB) if each.export.action.name == "accept_invitation")
    names = ["id", *(each.name for each in export.inputs)]
    invited, listed = (names.index(f"invitations_invitation_user{more}") for more in ("", "_in_users"))
    known_user = next(row for row, (_, odd) in zip(rows, said, strict=True) if row[invited] is not None and not odd)
    both = [[0, *known_user[1:listed], is_listed, *known_user[listed + 1 :]] for is_listed in (True, False)]
    assert [row[4] for row in answers(Database("duckdb", by_duckdb), export, both)] == [True, False]


def test_texts_are_compared_byte_for_byte(database: Database, tmp_path: Path, no_cache: None) -> None:
    """In the order of the engine, whatever order the column has in the database."""
    rule = {
        "id": "rule-0",
        "actions": ["act"],
        "require": 'name < "a"',
        "otherwise": {"code": "r0", "message": {"en": "no"}},
    }
    engine = load(write_policy({"rules": [rule]}, tmp_path))
    program = [*engine.programs.values()][-1]
    export = exported(program, program.actions["act"])
    requests = [(SMALL_ACTION, SMALL_STATE | {"name": name}) for name in ("B", "b", "a", "A", "ä", "Z")]
    said = [expected(engine, export, *each) for each in requests]
    assert answers(database, export, flat_rows(engine, export, requests)) == said
    assert [each and each[0] for each in said] == ["allow", "deny", "deny", "allow", "deny", "allow"]


def test_a_part_of_what_may_be_absent_may_be_null(tmp_path: Path, no_cache: None) -> None:
    """The property of a record that a state need not have."""
    rule = {"id": "rule-0", "actions": ["act"], "require": "gift is None or gift.left < 2"}
    folder = write_policy({"rules": [rule | {"otherwise": {"code": "r0", "message": {"en": "no"}}}]}, tmp_path)
    schema = folder / "base" / "state.schema.yaml"
    text = schema.read_text(encoding="utf-8")
    schema.write_text(text.replace("  hues: {", '  gift: {$ref: "#/$defs/amount"}\n  hues: {', 1), encoding="utf-8")
    engine = load(folder)
    export = exported([*engine.programs.values()][-1], [*engine.programs.values()][-1].actions["act"])
    requests = [(SMALL_ACTION, SMALL_STATE | more) for more in ({}, {"gift": {"left": 1}}, {"gift": {"left": 3}})]
    rows = flat_rows(engine, export, requests)
    assert [each.in_part for each in export.inputs if each.name == "gift_left"] == [True]
    said = [expected(engine, export, *each) for each in requests]
    assert answers(Database("duckdb", by_duckdb), export, rows) == said
    assert [each and each[1] for each in said] == ["", "", "r0"]


@pytest.mark.parametrize("dialect", PARSED)
@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.name)
def test_what_is_not_run_is_read_in_its_dialect(policy: Path, dialect: str) -> None:
    """Each statement is one that the dialect's parser knows every part of."""
    for export, _, _ in some(told(policy)):
        read = sqlglot.parse(statement(export, dialect).sql, dialect=dialect)
        assert len(read) == 1
        assert read[0] is not None
        assert not [*read[0].find_all(exp.Command, exp.Anonymous)]
