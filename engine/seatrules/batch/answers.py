"""What is said of each row: the columns that stand behind those of the input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pyarrow import Schema, Table


class RowAnswer(NamedTuple):
    """The answer to one row; of a bad row `error` alone is there.

    `decision` is `allow` or `deny`, `codes` are those of the reasons, `outcome` is the code of what is allowed,
    `bookings` a JSON text, nothing where that is not known, `version` the one that decided, and `messages` are what the
    reasons say, where that is asked for.
    """

    decision: str | None = None
    codes: tuple[str, ...] | None = None
    outcome: str | None = None
    warnings: tuple[str, ...] | None = None
    bookings: str | None = None
    version: str | None = None
    error: str | None = None
    messages: tuple[str, ...] | None = None


def answer_names(*, messages: bool) -> tuple[str, ...]:
    """The names of the columns, in order."""
    return RowAnswer._fields if messages else RowAnswer._fields[:-1]


LISTS = frozenset({"codes", "warnings", "messages"})
"""The columns that are lists of texts; the others are texts."""


def answer_schema(*, messages: bool) -> Schema:
    """The columns with their types."""
    import pyarrow

    text, texts = pyarrow.string(), pyarrow.list_(pyarrow.string())
    return pyarrow.schema([(name, texts if name in LISTS else text) for name in answer_names(messages=messages)])


def answers_table(answers: Sequence[RowAnswer], *, messages: bool) -> Table:
    """Answers as a table, a row each."""
    import pyarrow

    schema = answer_schema(messages=messages)
    columns = list(zip(*answers, strict=True)) or [()] * len(schema)
    return pyarrow.table([pyarrow.array(*each) for each in zip(columns, schema.types, strict=False)], schema=schema)
