"""The parts that SQL is made of here, as sqlglot's expressions.

An expression is never changed: so it may be part of several, and is not copied until the whole is written as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlglot import exp

from ..diagnostics import echo
from ..language.types import Absent, Boolean, Date, Integer, ListOf, Type, known
from ..words import Phrase, phrase

Sql = exp.Expr


class NoSqlError(Exception):
    """What has no SQL form, or is given in a way that SQL doesn't read: `what` says it."""

    def __init__(self, what: Phrase) -> None:
        super().__init__(what)
        self.what = what


def no_sql(text: str) -> NoSqlError:
    """The error for an expression or a clause that has no SQL form, by its words or its id."""
    return NoSqlError(phrase("no_sql_part", text=echo(text)))


def column(name: str) -> Sql:
    """A column by its name, whatever it has in it."""
    return exp.column(exp.to_identifier(name, quoted=True))


def part_of(record: Sql, name: str) -> Sql:
    """A part of a record by its name."""
    return exp.Dot(this=record, expression=exp.to_identifier(name, quoted=True))


def literal(value: Any, kind: Type) -> Sql:
    """A value of a type that the policy has."""
    kind = known(kind)
    if value is None:
        return exp.null() if isinstance(kind, Absent) else cast(exp.null(), sql_type(kind))
    if isinstance(kind, ListOf):
        return cast(array(literal(each, kind.item or kind) for each in value), sql_type(kind))
    if isinstance(kind, Date):
        return cast(exp.Literal.string(value), "date")
    return exp.convert(value)


def sql_type(kind: Type) -> exp.DataType:
    """The SQL type of a type without records in it.

    Raises:
        NoSqlError: there is none.
    """
    match known(kind):
        case Boolean():
            return exp.DataType.build("boolean")
        case Integer():
            return exp.DataType.build("bigint")
        case Date():
            return exp.DataType.build("date")
        case ListOf(item=item):
            inner = exp.DataType.build("text") if item is None else sql_type(item)
            return exp.DataType(this=exp.DataType.Type.ARRAY, expressions=[inner], nested=True)
    return exp.DataType.build("text")


def call(name: str, *arguments: Sql) -> Sql:
    """A function by its name in DuckDB, for which there is no word in common."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def all_of(conditions: Iterable[Sql]) -> Sql:
    """True where each holds; of none, true."""
    listed = [each for each in conditions if each != exp.true()]
    return exp.and_(*listed, copy=False) if listed else exp.true()


def any_of(conditions: Iterable[Sql]) -> Sql:
    """True where one holds; of none, false."""
    listed = [each for each in conditions if each != exp.false()]
    return exp.or_(*listed, copy=False) if listed else exp.false()


def negated(condition: Sql) -> Sql:
    """The opposite of a condition."""
    if condition in (exp.true(), exp.false()):
        return exp.false() if condition == exp.true() else exp.true()
    return condition.this if isinstance(condition, exp.Not) else exp.not_(condition, copy=False)


def one_of(value: Sql, values: Sequence[Sql]) -> Sql:
    """Whether a value is one of some."""
    if not values:
        return exp.false()
    if len(values) == 1:
        return exp.EQ(this=wrapped(value), expression=values[0])
    return exp.In(this=wrapped(value), expressions=list(values))


def texts(values: Iterable[str]) -> list[Sql]:
    """Texts as they are written out."""
    return [exp.Literal.string(each) for each in values]


def known_to_hold(condition: Sql) -> Sql:
    """Whether a condition holds; not where that is not known."""
    return exp.Coalesce(this=condition, expressions=[exp.false()])


def cases(pairs: Iterable[tuple[Sql, Sql]], otherwise: Sql | None = None) -> Sql:
    """The value beside the first condition that holds; else another one, or none."""
    return exp.Case(ifs=[exp.If(this=condition, true=value) for condition, value in pairs], default=otherwise)


def array(items: Iterable[Sql]) -> Sql:
    """A list that is written out."""
    return exp.Array(expressions=[*items])


def cast(value: Sql, kind: str | exp.DataType) -> Sql:
    """A value as one of a type."""
    return exp.Cast(this=value, to=_type(kind) if isinstance(kind, str) else kind)


@cache
def _type(text: str) -> exp.DataType:
    return exp.DataType.build(text, dialect="duckdb")


def if_else(condition: Sql, then: Sql, otherwise: Sql) -> Sql:
    """The one or the other value, by a condition that is known."""
    return cases([(condition, then)], otherwise)


def if_known(condition: Sql, then: Sql, otherwise: Sql) -> Sql:
    """The one or the other value; none where the condition is not known."""
    return cases([(condition, then), (negated(condition), otherwise)])


def compared(op: str, left: Sql, right: Sql) -> Sql:
    """A comparison of two values that are there."""
    kinds = {"==": exp.EQ, "!=": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}
    return kinds[op](this=wrapped(left), expression=wrapped(right))


def between(value: Sql, least: Sql, greatest: Sql) -> Sql:
    """Whether a value lies between two others, or is one of them."""
    return exp.Between(this=wrapped(value), low=least, high=greatest)


def calculated(op: str, left: Sql, right: Sql) -> Sql:
    """A sum, difference or product."""
    kinds = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}
    return kinds[op](this=wrapped(left), expression=wrapped(right))


def wrapped(value: Sql) -> Sql:
    """A value as it can stand beside an operator."""
    return value if _stands_alone(value) else exp.paren(value, copy=False)


def _stands_alone(value: Sql) -> bool:
    """Whether a value needs no brackets; `and` and `or` are functions too, to sqlglot."""
    if isinstance(value, exp.Binary):
        return isinstance(value, exp.Dot)
    return isinstance(value, exp.Column | exp.Literal | exp.Func | exp.Paren | exp.Boolean | exp.Null | exp.Bracket)


def bytewise(text: Sql) -> Sql:
    """A text that is compared byte for byte, where a database may order texts in another way."""
    return exp.Collate(this=text, expression=exp.to_identifier("C", quoted=True))


def is_absent(value: Sql) -> Sql:
    """Whether there is no value."""
    return exp.Is(this=wrapped(value), expression=exp.null())


def is_there(value: Sql) -> Sql:
    """Whether there is a value."""
    return exp.not_(is_absent(value), copy=False)
