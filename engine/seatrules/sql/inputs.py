"""The flat columns that a database hands in, and what is ordinary of each: of its type, in its bounds, and there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlglot import exp

from ..diagnostics import Span
from ..language.types import Boolean, Date, Integer, MapOf, Maybe, Record, Type, Word, known
from ..program import ActionType, Program
from ..words import Phrase
from .checks import in_range
from .columns import RAW, Flat, of_parts
from .query import Query
from .terms import (
    Sql,
    all_of,
    any_of,
    bytewise,
    cases,
    cast,
    column,
    compared,
    is_absent,
    is_there,
    negated,
    one_of,
    texts,
)


class QueryColumn(NamedTuple):
    """A column that the query reads.

    `text` is the expression of the policy that it stands for; where none does, `says` says what it is. Null says that
    there is no value where it `may_be_absent`, or, `in_part`, where it belongs to what may be absent. Where one of
    `unless` is false or null, other columns by their names, it may be null too, for it is not asked then. Else null is
    nothing that it may be. `span` is the clause that reads it first.
    """

    name: str
    type: Type
    text: str
    says: Phrase | None
    is_argument: bool
    in_part: bool
    unless: Mapping[str, Type]
    span: Span | None

    @property
    def may_be_absent(self) -> bool:
        return isinstance(self.type, Maybe)

    @property
    def _value(self) -> Sql:
        """What it holds; texts are compared byte for byte, as by the engine, however the column is ordered."""
        is_text = not isinstance(known(self.type), Boolean | Date | Integer)
        return bytewise(column(self.name)) if is_text else column(self.name)

    @property
    def fits(self) -> Sql:
        """Whether it holds a value that is of its type: a whole number where it is a number, a day without a time."""
        value, kind = self._value, known(self.type)
        match kind:
            case Word(words=words):
                return one_of(value, texts(words))
            case Integer():
                return all_of([*in_range(value, kind), compared("==", value, exp.Floor(this=value))])
            case Date():
                return all_of([*in_range(value, kind), compared("==", value, cast(value, "date"))])
        return is_there(value)

    @property
    def may_be_null(self) -> bool:
        return self.may_be_absent or self.in_part or bool(self.unless)

    @property
    def ordinary(self) -> Sql:
        """Of one that may be null, whether it holds such a value, or none where it may."""
        none = is_absent(self._value)
        if self.unless and not (self.may_be_absent or self.in_part):
            none = all_of([none, any_of(map(_is_off, self.unless, self.unless.values()))])
        return any_of([none, self.fits])

    @property
    def checked(self) -> Sql:
        """What it holds, of its type; none where that does not fit, so that nothing is computed of it."""
        kind = {Date: "date", Integer: "bigint"}.get(type(known(self.type)))
        if kind is None and not isinstance(known(self.type), Word):
            return self._value
        return cases([(self.fits, self._value if kind is None else cast(self._value, kind))])


def _is_off(name: str, kind: Type) -> Sql:
    """Whether a column says that something is not there."""
    return (
        negated(exp.Coalesce(this=column(name), expressions=[exp.false()]))
        if isinstance(kind, Boolean)
        else (is_absent(column(name)))
    )


class Inputs:
    """What can be said of the columns that a query reads."""

    def __init__(self, program: Program, action: ActionType, query: Query, presence: Mapping[str, Sql]) -> None:
        self.program, self.action, self.presence = program, action, presence
        self.flat = {each.name: each for each in query.flat}
        self.read = {each.name: each for each in query.inputs}

    def all(self) -> tuple[QueryColumn, ...]:
        return tuple(map(self._input, self.read.values()))

    def _input(self, flat: Flat) -> QueryColumn:
        return QueryColumn(
            flat.name,
            flat.type,
            flat.text,
            flat.says,
            any(
                isinstance(flat.sql, exp.Column) and flat.sql.name == f"{RAW}action/{name}"
                for name in self.action.arguments
            ),
            any(isinstance(self._type_of(each.this), Maybe) for each in flat.sql.find_all(exp.Dot)),
            {name: known(self.flat[name].type) for name in dict.fromkeys(self._needed(flat)) if name in self.read},
            flat.span,
        )

    def _needed(self, flat: Flat) -> Iterator[str]:
        """The columns that say whether what a column is taken out of is there, or what it is looked up by."""
        read = [each.name for each in flat.sql.find_all(exp.Column)]
        for name in read:
            there = self.presence.get(name)
            if there is not None and there.name not in read:
                yield there.name
            of = self.flat.get(name)
            if of is None or not of.given:
                continue
            if isinstance(of.type, Maybe) and not of_parts(of.type):
                yield name
            yield from self._needed(of)

    def _type_of(self, sql: Sql) -> Type | None:
        """The type of a record that is taken apart."""
        if isinstance(sql, exp.Column):
            if sql.name.startswith(f"{RAW}state/"):
                return self.program.state.type_of(sql.name.removeprefix(f"{RAW}state/"))
            kind = self.flat[sql.name].type if sql.name in self.flat else None
            return kind.entry if isinstance(kind, MapOf) else None
        if isinstance(sql, exp.Dot):
            record = known(of) if (of := self._type_of(sql.this)) is not None else None
            return record.type_of(sql.expression.name) if isinstance(record, Record) else None
        return None
