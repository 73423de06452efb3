"""The statement that a database is given: an exported query over a table of its own, or the view that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp
from sqlglot.errors import SqlglotError

from .dialects import INLINING, text_of
from .terms import Sql
from .warehouse import Export

_GIVEN = "given"
"""What marks names that the user has given: they stay as they are."""


@dataclass(frozen=True)
class ExportStatement:
    """An export for one database: over a table, with columns that are kept, and as a view where that has a name."""

    export: Export
    dialect: str
    table: exp.Table
    kept: Sequence[exp.Identifier]
    view: exp.Table | None = None

    @cached_property
    def sql(self) -> str:
        """Its text, which ends in a semicolon."""
        fenced = self.dialect in INLINING
        query: Sql = self.export.select(self.table, self.kept, fenced=fenced).transform(self._spelled)
        if self.view is not None:
            query = exp.Create(this=self.view, kind="VIEW", expression=query)
        return text_of(query, self.dialect, pretty=True) + ";"

    def column(self, name: str) -> str:
        """The name of a column of ours, as this database writes it where it needs no quotes."""
        return name.upper() if self.dialect == "snowflake" else name

    def written(self, sql: Sql) -> str:
        """A name or a type, as this database writes it."""
        return text_of(sql, self.dialect)

    def _spelled(self, sql: Sql) -> Sql:
        if isinstance(sql, exp.Identifier) and not (sql.meta.get(_GIVEN) or isinstance(sql.parent, exp.Collate)):
            return exp.to_identifier(self.column(sql.name), quoted=sql.args.get("quoted"))
        return sql


def table_named(text: str, dialect: str, suffix: str = "") -> exp.Table | None:
    """The table or view of a name, with something behind its last part; nothing where that is no name."""
    try:
        table = exp.to_table(text, dialect=dialect)
    except SqlglotError:
        return None
    if not isinstance(table.this, exp.Identifier) or table.alias:
        return None
    table.this.set("this", table.name + suffix)
    _mark(table)
    return table


def column_named(text: str, dialect: str) -> exp.Identifier | None:
    """The column of a name; nothing where that is none. A name without quotes is taken as the database takes it."""
    try:
        found = exp.to_column(text, dialect=dialect)
    except SqlglotError:
        return None
    if not isinstance(found, exp.Column) or found.table or not found.name:
        return None
    name = found.name.upper() if dialect == "snowflake" and not found.this.quoted else found.name
    identifier = exp.to_identifier(name, quoted=True)
    _mark(identifier)
    return identifier


def _mark(names: Sql) -> None:
    for each in names.find_all(exp.Identifier):
        each.meta[_GIVEN] = True
