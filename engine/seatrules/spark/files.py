"""Decides the rows of a Parquet file by Spark: the answers are kept beside the output until it is written, in order."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..batch.answers import answer_schema
from ..batch.deciding import RowDecider
from ..batch.fast import AT_ONCE
from ..diagnostics import echo
from ..errors import FileError, UsageError
from ..words import Phrase, phrase
from .queries import TableQueries, found_ways
from .tables import ANSWERS, answers, sql_columns

if TYPE_CHECKING:
    from pyarrow import DataType, Field, Schema, Table
    from pyarrow.dataset import Dataset
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

NUMBER = "/row"
"""The number of a row in its file, counted from 1."""
_FOLDER = "answers"
_WHOLE = "_SUCCESS"
"""What Spark writes last into a folder that is whole."""
_GLOB = re.compile(r"([\\*?\[\]{}])")
"""What has a meaning in the names of files that Spark reads."""
OPTIONS = {
    "spark.sql.caseSensitive": "true",
    "spark.sql.codegen.hugeMethodLimit": "8000",  # what is longer Java never compiles
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.files.maxPartitionBytes": "16m",
    "spark.sql.files.openCostInBytes": "64k",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.session.timeZone": "UTC",
}
"""How files are read and queries made, whatever Spark is set to."""


@dataclass(frozen=True)
class Job:
    """Decides all rows of a Parquet file, numbered in the order in which they stand there.

    The file, and the folder in which the answers are kept, lie where all machines of Spark have them by these names.
    """

    rows: RowDecider
    file: str
    schema: Schema
    found: DataFrame
    """The columns that are read, and the number of each row."""
    rows_at_once = AT_ONCE

    @classmethod
    def of(cls, rows: RowDecider, schema: Schema, file: str) -> Job:
        """What decides a file with these columns.

        Raises:
            UsageError: Spark does not start, or knows no type such as that of one.
        """
        from pyspark.sql import functions as f

        session = _session()
        types = [_type(session, schema.field(name)) for name in rows.layout.names]
        name = _GLOB.sub(r"\\\1", os.path.realpath(file))
        read = session.read.schema(_joined(types)).parquet(f"file://{name}")
        return cls(rows, file, schema, read.select("*", (f.col("_metadata.row_index") + 1).alias(NUMBER)))

    def answered(self, folder: Path) -> AnsweredFile:
        """The answers, which are kept in a folder; where all of them are there already, nothing is decided anew.

        Raises:
            FileError: Spark gave up on it.
        """
        kept = folder / _FOLDER
        with _working(self.file):
            queries = self._queries()
            if not (kept / _WHOLE).exists():
                answers_ = self._answers(queries).write.mode("overwrite")
                answers_.parquet(f"file://{os.path.realpath(kept)}")
        return AnsweredFile(self.file, kept, self.rows.messages, {} if queries is None else queries.reasons)

    @property
    def _places(self) -> dict[str, str]:
        return {name: f"c{place}" for place, name in enumerate(self.rows.layout.names)}

    @property
    def _given(self) -> DataFrame:
        return self.found.toDF(*self._places.values(), NUMBER)

    def _queries(self) -> TableQueries | None:
        """What is written in SQL for the types of action that rows are of."""
        columns = sql_columns(self.rows, self._given, self._places, self.schema)
        if columns is None:
            return None
        return TableQueries.of(self.rows, columns, found_ways(self.rows, columns, self._given, self._places))

    def _answers(self, queries: TableQueries | None) -> DataFrame:
        from pyspark.sql import functions as f

        answered, by_sql = answers(self.rows, self._given, self._places, queries, NUMBER)
        number, answer = f.col(NUMBER).alias("number"), f.col(ANSWERS).alias("answers")
        return answered.select(number, by_sql.alias("by_sql"), answer)


@dataclass
class AnsweredFile:
    """The answers to the rows of a file that are kept in a folder.

    Of those that were handed on, SQL gave `by_sql` and the engine `left`; `reasons` say of types of action why.
    """

    file: str
    folder: Path
    messages: bool
    reasons: Mapping[str, Phrase]
    by_sql: int = 0
    left: int = 0

    @property
    def rows_at_once(self) -> int:
        return AT_ONCE

    @cached_property
    def _kept(self) -> Dataset:
        from pyarrow import dataset

        return dataset.dataset(self.folder, format="parquet")

    def decide(self, chunk: Table, first_row: int | None) -> Table:
        """The answers to the rows of a chunk.

        Raises:
            FileError: there is not one for each.
        """
        import pyarrow
        from pyarrow import dataset

        assert first_row is not None
        after, number = first_row + len(chunk), dataset.field("number")
        found = self._kept.to_table(filter=(number >= first_row) & (number < after)).sort_by("number")
        if found.column("number").to_pylist() != list(range(first_row, after)):
            raise FileError(self.file, phrase("changed_meanwhile"))
        by_sql = found.column("by_sql").to_pylist().count(True)
        self.by_sql, self.left = self.by_sql + by_sql, self.left + len(chunk) - by_sql
        return pyarrow.Table.from_struct_array(found.column("answers")).cast(answer_schema(messages=self.messages))


def _session() -> SparkSession:
    """A session: of the program that runs, or where Spark is set to go, else on this machine.

    Raises:
        UsageError: it does not start.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        made: SparkSession = SparkSession.builder.appName("seatrules").getOrCreate().newSession()
    except (PySparkException, Py4JError):
        raise UsageError("not-installed", phrase("no_spark_start"), suggestion=phrase("spark_needs_java")) from None
    for name, value in OPTIONS.items():
        made.conf.set(name, value)
    return made


def _type(session: SparkSession, field: Field) -> StructType:
    """The type of a column as Spark has it.

    Raises:
        UsageError: it has none.
    """
    import pyarrow
    from pyspark.errors import PySparkException

    with suppress(PySparkException):
        if not _holds_nothing(field.type):
            return session.createDataFrame(pyarrow.schema([field]).empty_table()).schema
    what = phrase("spark_has_no_type", name=echo(field.name), type=echo(str(field.type)))
    raise UsageError("usage", what, suggestion=phrase("leave_out_engine"))


def _holds_nothing(kind: DataType) -> bool:
    """Whether a type, or a part of it, has no value: no file of Spark's has such a column."""
    from pyarrow import types

    return types.is_null(kind) or any(_holds_nothing(kind.field(at).type) for at in range(kind.num_fields))


def _joined(types: Sequence[StructType]) -> StructType:
    from pyspark.sql.types import StructType

    return StructType([field for each in types for field in each.fields])


@contextmanager
def _working(file: str) -> Iterator[None]:
    """Raises, where Spark gives up on a file, our own error."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError):
        raise FileError(file, phrase("spark_gave_up")) from None
