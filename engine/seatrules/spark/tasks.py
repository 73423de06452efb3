"""What a task of Spark does: it decides the rows that it is handed, as `batch` does those of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import compress, decompress

import pyarrow
from pyspark import cloudpickle

from ..batch.answers import RowAnswer, answers_table
from ..batch.deciding import RowDecider
from ..batch.sql_columns import SqlMeaning

if TYPE_CHECKING:
    from .queries import ActionOfVersion

CAME, NUMBER, ROW = "came", "number", "row"
"""The fields of what a task is handed."""
Task = Callable[[Iterator[Any]], Iterator[Any]]


def task(decider: RowDecider, ways: Sequence[ActionOfVersion]) -> Task:
    """What makes of records the records of their answers.

    Each has the columns that are read (`ROW`), its number, if there is one (`NUMBER`), and how SQL has it come out, by
    the place of its version and type of action among the `ways`; where it has, its columns may be nothing (`CAME`).
    The policy goes with the task, compiled: nothing is read where it runs.
    """
    packed = compress(cloudpickle.dumps((decider, tuple(ways))))

    def answered(rows: Iterator[pyarrow.Array]) -> Iterator[pyarrow.Array]:
        answers = _Answers.of(*cloudpickle.loads(decompress(packed)))
        for some in rows:
            yield answers.to(some)

    return answered


@dataclass(frozen=True)
class _Answers:
    decider: RowDecider
    meanings: Sequence[SqlMeaning]

    @classmethod
    def of(cls, decider: RowDecider, ways: Sequence[ActionOfVersion]) -> _Answers:
        programs = ((decider.engine.programs[way.version], way.action) for way in ways)
        return cls(decider, [SqlMeaning(program, program.actions[name]) for program, name in programs])

    def to(self, rows: pyarrow.StructArray) -> pyarrow.Array:
        """The answers to some rows, in order: a row's is that of its way, or the place of its own."""
        of_way, answers, places, left = dict[Any, int](), list[RowAnswer](), list[int | None](), list[int]()
        for at, way in enumerate(_ways(rows)):
            if way is None:
                left.append(at)
                places.append(None)
                continue
            if way not in of_way:
                of_way[way] = len(answers)
                answers.append(self._said(*way))
            places.append(of_way[way])
        for place, at in enumerate(left, len(answers)):
            places[at] = place
        table = answers_table([*answers, *self._decided(rows, left)], messages=self.decider.messages)
        columns = [pyarrow.concat_arrays(each.chunks) for each in table.take(places).columns]
        return pyarrow.StructArray.from_arrays(columns, table.column_names)

    def _said(self, part: int, failing: int, warned: int, outcome: int, billed: tuple[str | None, ...]) -> RowAnswer:
        booked = [*billed] if self.decider.tells_bookings else None
        return self.meanings[part].answer(failing, warned, outcome, booked)

    def _decided(self, rows: pyarrow.StructArray, left: Sequence[int]) -> Iterator[RowAnswer]:
        """The engine's answers to those of the rows that are left to it."""
        taken = rows.take(pyarrow.array(left, pyarrow.int64()))
        read = taken.field(ROW)
        table = pyarrow.Table.from_arrays(read.flatten(), [each.name for each in read.type])
        numbers = taken.field(NUMBER).to_pylist() if rows.type.get_field_index(NUMBER) >= 0 else None
        for start, end in _stretches(numbers, len(left)):
            first = None if numbers is None else numbers[start]
            yield from self.decider.answers(table.slice(start, end - start), first)


def _ways(rows: pyarrow.StructArray) -> Iterator[tuple[Any, ...] | None]:
    """How SQL has rows come out: the place of what they are of, and its numbers; nothing where it does not say."""
    if rows.type.get_field_index(CAME) < 0:
        yield from [None] * len(rows)
        return
    came = rows.field(CAME)
    *numbers, billed = (each.to_pylist() for each in came.flatten())
    for is_sure, *way, texts in zip(came.is_valid().to_pylist(), *numbers, billed, strict=True):
        yield (*way, tuple(texts)) if is_sure else None


def _stretches(numbers: Sequence[int] | None, length: int) -> Iterator[tuple[int, int]]:
    """From where to where rows have numbers that follow each other; where they have none, all of them."""
    if not length:
        return
    starts = [at for at in range(1, length) if numbers is not None and numbers[at] != numbers[at - 1] + 1]
    yield from zip([0, *starts], [*starts, length], strict=True)
