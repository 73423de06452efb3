"""Gathers the flat columns of a row, and what is computed of each item of a loop, each once.

Columns stand in stages: each reads those of the stages before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlglot import exp

from ..diagnostics import Span
from ..language.types import Boolean, ListOf, MapOf, Maybe, Record, Table, Type, fits, known, of_records
from ..words import Phrase
from . import nested
from .terms import Sql, column, part_of

RAW = "/"
"""What the names of the columns begin with that are given: no flat column has such a name."""
MOST_PARTS = 12
"""Of how many parts a value may be to be written wherever it is read."""
MOST_LETTERS = 56
"""How many letters the name of a flat column has, so that with a number behind it PostgreSQL cuts nothing off."""


class Flat(NamedTuple):
    """A flat column: its name, its stage, its type and what computes it; a `given` one is taken of what is nested.

    `text` is what it stands for as an expression, in which no name is that of a fact's parameter or of a role; where
    none says it, `says` does. `span` is the clause that reads it first.
    """

    name: str
    stage: int
    type: Type
    sql: Sql
    text: str
    given: bool
    says: Phrase | None = None
    span: Span | None = None


@dataclass
class Frame:
    """The row, or an item of a loop in it: what is computed once for each, and what makes the row not sure.

    What is computed of an item stands beside it under `name~1`, `name~2` and so on, until the loop is written.
    """

    name: str
    computed: dict[str, tuple[str, Sql]] = field(default_factory=dict)
    failures: dict[str, Sql] = field(default_factory=dict)

    def kept(self, sql: Sql) -> Sql:
        """The name of what is computed once."""
        key = sql.sql("duckdb")
        if key not in self.computed:
            self.computed[key] = f"{self.name}~{len(self.computed) + 1}", sql
        return column(self.computed[key][0])

    def prepared(self, items: Sql) -> Sql:
        """The items with what is computed of each beside it."""
        before: list[str] = []
        for level in self._levels():
            pairs = {"it": self._it(before), **{each: part_of(column(self.name), each) for each in before}}
            pairs |= {name: self._read(sql, before) for name, sql in level.items()}
            items = nested.made(items, self.name, nested.record(pairs))
            before += level
        return items

    def _levels(self) -> list[dict[str, Sql]]:
        """What is computed of each, in turns: one reads what those before it have computed."""
        at: dict[str, int] = {}
        levels: list[dict[str, Sql]] = []
        for name, sql in self.computed.values():
            at[name] = 1 + max((at.get(each.name, -1) for each in sql.find_all(exp.Column)), default=-1)
            if at[name] == len(levels):
                levels.append({})
            levels[at[name]][name] = sql
        return levels

    def finished(self, sql: Sql) -> Sql:
        """What is written of an item, over the items as they are prepared."""
        return self._read(sql, [name for name, _ in self.computed.values()])

    def _it(self, before: list[str]) -> Sql:
        return part_of(column(self.name), "it") if before else column(self.name)

    def _read(self, sql: Sql, before: list[str]) -> Sql:
        if not before:
            return sql

        def read(part: Sql) -> Sql:
            if not isinstance(part, exp.Column):
                return part
            if part.name in before:
                return part_of(column(self.name), part.name)
            return self._it(before) if part.name == self.name else part

        return sql.transform(read)


@dataclass(kw_only=True)
class Columns:
    """The flat columns of a row that were asked for, and what makes the row not sure."""

    asks_nested: bool = True
    """Whether what fails inside nested values is asked; else what is taken out of them is not there then."""
    columns: dict[str, Flat] = field(default_factory=dict)
    """The flat columns, by the SQL that computes them."""
    frames: list[Frame] = field(default_factory=lambda: [Frame("row")])
    """The row, and each loop around what is written."""
    span: Span | None = None
    """The clause that is written."""
    _stages: dict[str, int] = field(default_factory=dict)
    _nested: set[str] = field(default_factory=set)
    """The flat columns that still have parts: what is taken out of them is a flat column of its own."""

    @property
    def failures(self) -> list[Sql]:
        """What makes the row not sure."""
        return list(self.frames[0].failures.values())

    def once(self, sql: Sql, kind: Type, text: str) -> Sql:
        """A value that is long to write, computed once: as a column of its own, or beside the item of a loop."""
        if not _is_long(sql):
            return sql
        frame = self._frame_of(sql)
        return self._column(sql, kind, text, given=False) if frame is self.frames[0] else frame.kept(sql)

    def _frame_of(self, sql: Sql) -> Frame:
        """The innermost loop on which a value depends, or the row."""
        read_of = {each.name.split("~")[0] for each in sql.find_all(exp.Column)}
        return next((frame for frame in reversed(self.frames) if frame.name in read_of), self.frames[0])

    def flat(self, sql: Sql, kind: Type, text: str, says: Phrase | None = None) -> Sql:
        """A flat column that holds a value, where that is taken out of what is nested and depends on no loop."""
        is_given = any(each.name.startswith(RAW) or each.name in self._nested for each in sql.find_all(exp.Column))
        is_of_row = self._frame_of(sql) is self.frames[0]
        return self._column(sql, kind, text, given=True, says=says) if is_given and is_of_row else sql

    def _column(self, sql: Sql, kind: Type, text: str, *, given: bool, says: Phrase | None = None) -> Sql:
        key = sql.sql("duckdb")
        if key not in self.columns:
            name = self._name_of(text)
            stage = 1 + max((self._stages.get(each.name, 0) for each in sql.find_all(exp.Column)), default=0)
            self.columns[key] = Flat(name, stage, kind, sql, text, given, says, self.span)
            self._stages[name] = stage
            if of_parts(kind):
                self._nested.add(name)
        self.columns[key] = self.columns[key]._replace(type=_either(self.columns[key].type, kind))
        return column(self.columns[key].name)

    def _name_of(self, text: str) -> str:
        name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower()[:MOST_LETTERS].strip("_")
        name = name if name[:1].isalpha() else f"value_{name}".strip("_")
        taken = {flat.name for flat in self.columns.values()}
        others = (f"{name}_{count}" for count in range(2, 10_000))
        return name if name not in taken else next(other for other in others if other not in taken)

    def fails_where(self, condition: Sql | None) -> None:
        """Make the row not sure where a condition holds."""
        if condition is not None and condition != exp.false():
            flat = self.flat(condition, Boolean(), "fails")
            if flat is not condition and not self.asks_nested:
                return
            flat = self.once(flat, Boolean(), "fails")
            self.frames[-1].failures[flat.sql("duckdb")] = flat

    @contextmanager
    def item(self) -> Iterator[Frame]:
        """What is written inside is of an item that has a name."""
        frame = Frame(f"each{len(self.frames)}")
        self.frames.append(frame)
        yield frame
        self.frames.pop()


def _is_long(sql: Sql) -> bool:
    """Whether a value takes long to write again, or to compute."""
    return sum(1 for _ in sql.walk()) > MOST_PARTS


def of_parts(kind: Type) -> bool:
    """Whether values of a type have parts."""
    return (
        isinstance(known(kind), ListOf | MapOf | Record | Table) or of_records(kind) or hasattr(known(kind), "record")
    )


def _either(first: Type, second: Type) -> Type:
    """The type of what is read twice, where conditions have made sure of more in one place than in another."""
    one, other = known(first), known(second)
    wider = other if fits(one, other) else one
    return Maybe(wider) if isinstance(first, Maybe) or isinstance(second, Maybe) else wider
