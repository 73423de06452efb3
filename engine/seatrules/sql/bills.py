"""What outcomes bill, as texts: entry by entry, or all that an outcome bills as one value."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from ..language.types import Boolean, EntryOf, Integer, known
from ..program import ActionType, Clause
from ..program.clause import Bill
from . import nested
from .columns import of_parts
from .functions import number
from .terms import NoSqlError, Sql, array, cases, cast, column, compared, is_absent, is_there, no_sql
from .values import EntryValue, RowValue, single
from .writer import SqlWriter


def said(writer: SqlWriter, outcome: Clause, bill: Bill) -> tuple[Sql, Mapping[str, Sql]]:
    """Whether an entry is billed, and what it says, as texts by their keys.

    Raises:
        NoSqlError: it has no SQL form.
    """
    if bill.loop is not None:
        raise no_sql(outcome.id)
    applies = exp.true() if bill.when is None else writer.condition(bill.when, {})
    writer.fails_where(None if bill.when is None else is_absent(applies))
    texts = {}
    for key, expr in bill.values.items():
        value = writer.value(expr, {})
        value = value.id if isinstance(value, EntryValue | RowValue) and value.id is not None else single(value)
        if of_parts(expr.type) and not isinstance(known(expr.type), EntryOf):
            raise no_sql(expr.text)
        texts[key] = cast(value, "text")
    return applies, texts


def whole_bills(writer: SqlWriter, action: ActionType, outcome: Sql) -> Sql:
    """All entries that the outcome bills, each as keys and values in turn; nothing where that has no SQL form.

    Of a key it is told whether its value is a number or a text.
    """
    pairs = list[tuple[Sql, Sql]]()
    for place, each in enumerate(action.outcomes):
        try:
            entries = array(_entry(writer, each, bill) for bill in each.billing)
            made: Sql = nested.kept(cast(entries, "text[][]"), "entry", is_there(column("entry")))
        except NoSqlError:
            made = cast(exp.null(), "text[][]")
        pairs.append((compared("==", outcome, number(place)), made))
    nothing = cast(array([]), "text[][]")
    return cases(pairs, nothing) if pairs else nothing


def _entry(writer: SqlWriter, outcome: Clause, bill: Bill) -> Sql:
    applies, texts = said(writer, outcome, bill)
    parts = list[Sql]()
    for key, value in sorted(texts.items()):
        counts = isinstance(known(bill.values[key].type), Boolean | Integer)
        parts += [exp.Literal.string(f"{key} {'number' if counts else 'text'}"), value]
    return cases([(applies, cast(array(parts), "text[]"))])
