"""What is given in a table: where each part of a request stands, in columns that are nested or named one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import exp
from sqlglot.errors import SqlglotError

from ..words import phrase
from .terms import NoSqlError, Sql, column, part_of

Types = exp.DataType.Type
_WHOLE = {Types.TINYINT, Types.SMALLINT, Types.INT, Types.BIGINT, Types.UTINYINT, Types.USMALLINT, Types.UINT}
_TEXTS = {Types.TEXT, Types.VARCHAR, Types.CHAR, Types.ENUM}


@dataclass(frozen=True)
class GivenPart:
    """A part of a request: a column or a part of one with its type, or a group of columns by the names of the parts.

    A `cell` is a column of its own: a text there may say a number or a boolean.
    """

    sql: Sql | None = None
    type: exp.DataType | None = None
    group: Mapping[str, GivenPart] = field(default_factory=dict)
    cell: bool = False

    @classmethod
    def column(cls, name: str, kind: str) -> GivenPart:
        """A column of a type as DuckDB writes it."""
        return cls(column(name), duckdb_type(kind))

    @cached_property
    def parts(self) -> Mapping[str, GivenPart]:
        """The parts of a record by their names; of what is no record, none."""
        if not self.is_record:
            return {}
        if self.type is None or self.sql is None:
            return self.group
        return {each.name: GivenPart(part_of(self.sql, each.name), each.args["kind"]) for each in self.type.expressions}

    @property
    def is_record(self) -> bool:
        """Whether its parts have names."""
        return self.type is None or self.type.this == Types.STRUCT

    @property
    def is_map(self) -> bool:
        """Whether it has entries by keys."""
        return self.type is not None and self.type.this == Types.MAP

    @property
    def is_list(self) -> bool:
        """Whether it has items in an order."""
        return self.type is not None and self.type.this in (Types.ARRAY, Types.LIST)

    @property
    def is_whole_number(self) -> bool:
        return self.type is not None and self.type.this in _WHOLE

    @property
    def is_text(self) -> bool:
        return self.type is not None and self.type.this in _TEXTS

    @property
    def is_date(self) -> bool:
        return self.type is not None and self.type.this == Types.DATE

    @property
    def is_boolean(self) -> bool:
        return self.type is not None and self.type.this == Types.BOOLEAN

    @property
    def is_nothing(self) -> bool:
        """Whether there is a value in no row."""
        return self.type is not None and self.type.this == Types.NULL

    @property
    def value(self) -> Sql:
        """What reads it.

        Raises:
            NoSqlError: it stands in several columns.
        """
        if self.sql is None:
            raise NoSqlError(phrase("no_sql_columns"))
        return self.sql

    def of_item(self, number: int, sql: Sql) -> GivenPart:
        """What stands for an item of a list (`number` 0), or for a key (0) or an entry (1) of a map."""
        assert self.type is not None
        return GivenPart(sql, self.type.expressions[number])

    def __str__(self) -> str:
        return "several columns" if self.type is None else self.type.sql("duckdb")


def duckdb_type(text: str) -> exp.DataType:
    """A type as DuckDB writes it; that of what is always absent has quotes there.

    Raises:
        NoSqlError: it is one that sqlglot does not know.
    """
    try:
        return exp.DataType.build("null" if text == '"NULL"' else text, dialect="duckdb")
    except SqlglotError:
        raise NoSqlError(phrase("no_sql_columns")) from None
