"""What is said of each row: the columns that stand behind those of the input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pyarrow import Schema, Table

    from ..planning.turns import Turn


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


TURNS = ("turns_on", "turns_to", "turns_codes")
"""The columns that say when an answer next turns, to which verdict and codes; nothing where it does not."""
LISTS = frozenset({"codes", "warnings", "messages", "turns_codes"})
"""The columns that are lists of texts; the others are texts."""


def answer_names(*, messages: bool, turns: bool = False) -> tuple[str, ...]:
    """The names of the columns, in order."""
    return (*(RowAnswer._fields if messages else RowAnswer._fields[:-1]), *(TURNS if turns else ()))


def answer_schema(*, messages: bool, turns: bool = False) -> Schema:
    """The columns with their types."""
    return _schema(answer_names(messages=messages, turns=turns))


def _schema(names: Sequence[str]) -> Schema:
    import pyarrow

    text, texts = pyarrow.string(), pyarrow.list_(pyarrow.string())
    return pyarrow.schema([(name, texts if name in LISTS else text) for name in names])


def answers_table(answers: Sequence[RowAnswer], *, messages: bool) -> Table:
    """Answers as a table, a row each."""
    return _table(answers, answer_schema(messages=messages))


def with_turns(answers: Table, turns: Sequence[Turn | None]) -> Table:
    """Answers with the day on which each next turns, if it does."""
    rows = [(None,) * len(TURNS) if each is None else each for each in turns]
    for field, column in zip(_schema(TURNS), _table(rows, _schema(TURNS)).columns, strict=True):
        answers = answers.append_column(field, column)
    return answers


def _table(rows: Sequence[tuple[Any, ...]], schema: Schema) -> Table:
    import pyarrow

    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pyarrow.table([pyarrow.array(*each) for each in zip(columns, schema.types, strict=False)], schema=schema)
