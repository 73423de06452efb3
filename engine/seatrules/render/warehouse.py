"""An exported query with what a person has to know of it: as comments above it, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..diagnostics import printable
from ..language.types import Word, known
from ..words import words

if TYPE_CHECKING:
    from ..sql.inputs import QueryColumn
    from ..sql.statement import ExportStatement

_TITLES = {
    "bigquery": "BigQuery",
    "duckdb": "DuckDB",
    "postgres": "PostgreSQL",
    "snowflake": "Snowflake",
    "spark": "Apache Spark",
}


def statement_text(statement: ExportStatement, language: str) -> str:
    """A statement below comments that say what it reads and gives."""
    lines = "\n".join(f"-- {line}".rstrip() for line in _comments(statement, language))
    return f"{lines}\n{statement.sql}"


def statement_data(statement: ExportStatement, language: str) -> dict[str, Any]:
    """A statement and what it reads and gives, as plain data."""
    from ..sql.dialects import EXECUTED

    export = statement.export
    said = words("warehouse", language)
    return {
        "policy": export.program.policy.identity,
        "settings": dict(export.program.settings),
        "action": export.action.name,
        "dialect": statement.dialect,
        "executed": statement.dialect in EXECUTED,
        "table": statement.written(statement.table),
        "view": None if statement.view is None else statement.written(statement.view),
        "left": None if export.left is None else export.left.text(language),
        "inputs": [_input(statement, each, language) for each in export.inputs],
        "facts": {head: _line(body.text) for head, body in export.facts.items()},
        "outputs": [{"name": name, "type": kind, "says": says} for name, kind, says in _outputs(statement, said)],
        "sql": statement.sql,
    }


def _input(statement: ExportStatement, each: QueryColumn, language: str) -> dict[str, Any]:
    kind = known(each.type)
    return {
        "name": statement.column(each.name),
        "type": _type_of(statement, each),
        "words": list(kind.words) if isinstance(kind, Word) else None,
        "argument": each.is_argument,
        "expression": None if each.says else _line(each.text),
        "says": each.says.text(language) if each.says else None,
        "nullable": each.may_be_null,
        "null": _null(statement, each, language),
        "at": None if each.span is None else each.span.at,
    }


def _comments(statement: ExportStatement, language: str) -> Iterator[str]:
    from ..sql.dialects import EXECUTED

    export, said = statement.export, words("warehouse", language)
    program = export.program
    yield f"{program.name} {program.version}: {export.action.name}"
    yield said["executed" if statement.dialect in EXECUTED else "parsed"].format(database=_TITLES[statement.dialect])
    if program.settings:
        chosen = (
            f"{name}={str(each).lower() if isinstance(each, bool) else each}" for name, each in program.settings.items()
        )
        yield said["settings"].format(settings=", ".join(chosen))
    yield ""
    yield said["rows"].format(table=statement.written(statement.table))
    yield said["unsure"]
    if export.left is not None:
        yield said["left"].format(why=export.left.text(language))
    yield from ("", said["reads"])
    for each in export.inputs:
        yield from _comment_of(statement, each, language)
    if export.facts:
        yield from ("", said["facts"])
        yield from (f"  {head} = {_line(body.text)}" for head, body in export.facts.items())
    yield from ("", said["gives"])
    yield from (f"  {name}  {kind}  {says}".replace("    ", "  ") for name, kind, says in _outputs(statement, said))


def _comment_of(statement: ExportStatement, each: QueryColumn, language: str) -> Iterator[str]:
    """A column that is read, and what it stands for."""
    kind = known(each.type)
    among = f" ({', '.join(kind.words)})" if isinstance(kind, Word) else ""
    yield f"  {statement.column(each.name)}  {_type_of(statement, each)}{among}, {_null(statement, each, language)}"
    stands_for = each.says.text(language) if each.says else each.text
    argument = f", {words('warehouse', language)['argument']}" if each.is_argument else ""
    yield f"      {_line(stands_for)}{argument}" + ("" if each.span is None else f"  ({each.span.at})")


def _type_of(statement: ExportStatement, each: QueryColumn) -> str:
    from ..sql.terms import sql_type

    return statement.written(sql_type(each.type)).lower()


def _null(statement: ExportStatement, each: QueryColumn, language: str) -> str:
    """What null says in a column."""
    said = words("warehouse", language)
    if each.may_be_absent:
        return said["absent"]
    if each.in_part:
        return said["in_part"]
    columns = ", ".join(f"`{statement.column(name)}`" for name in each.unless)
    return said["unless"].format(columns=columns) if columns else said["required"]


def _outputs(statement: ExportStatement, said: Any) -> Iterator[tuple[str, str, str]]:
    """The columns that are given, with their types and what they say."""
    from sqlglot import exp

    from ..sql.warehouse import OUTPUTS

    table = statement.written(statement.table)
    yield from ((each.name, "", said["kept"].format(table=table)) for each in statement.kept)
    for name in OUTPUTS:
        kind = exp.DataType.build("boolean" if name == "sure" else "text")
        yield statement.column(name), statement.written(kind).lower(), said[name]


def _line(text: str) -> str:
    """A text on one line."""
    return printable(" ".join(text.split()))
