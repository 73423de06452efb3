"""What a task of Spark does: it decides the rows that it is handed, as `batch` does those of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from zlib import compress, decompress

import pyarrow
from pyspark import cloudpickle

from ..batch.deciding import RowDecider

NUMBER = "/row"
"""The number of a row in its file, counted from 1, where it is known."""
Task = Callable[[Iterator[Any]], Iterator[Any]]


def task(decider: RowDecider) -> Task:
    """What makes of records of the columns that are read the records of their answers.

    The policy goes with it, compiled: nothing is read where the task runs.
    """
    packed = compress(cloudpickle.dumps(decider))

    def answered(rows: Iterator[pyarrow.Array]) -> Iterator[pyarrow.Array]:
        opened = cloudpickle.loads(decompress(packed))
        for some in rows:
            yield _answers(opened, pyarrow.Table.from_arrays(some.flatten(), [each.name for each in some.type]))

    return answered


def _answers(decider: RowDecider, rows: pyarrow.Table) -> pyarrow.Array:
    numbers = rows.column(NUMBER).to_pylist() if NUMBER in rows.column_names else None
    answers = pyarrow.concat_tables(
        decider.decide(rows.slice(start, end - start), None if numbers is None else numbers[start])
        for start, end in _stretches(numbers, len(rows))
    ).combine_chunks()
    return pyarrow.StructArray.from_arrays(
        [pyarrow.concat_arrays(each.chunks) for each in answers.columns], answers.column_names
    )


def _stretches(numbers: Sequence[int] | None, length: int) -> Iterator[tuple[int, int]]:
    """From where to where rows have numbers that follow each other; where they have none, all of them."""
    starts = [at for at in range(1, length) if numbers is not None and numbers[at] != numbers[at - 1] + 1]
    yield from zip([0, *starts], [*starts, length], strict=True)
