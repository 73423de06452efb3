"""Opens files of rows by the formats that their names say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..diagnostics import echo
from ..errors import FileError, UsageError
from ..files import reading
from ..words import phrase
from .csv_rows import Csv
from .input import Input
from .json_rows import JsonLines
from .parquet_rows import Parquet

ENDINGS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


def form_of(name: str) -> str:
    """The format that a file's name says.

    Raises:
        UsageError: it says none.
    """
    form = ENDINGS.get(Path(name).suffix.lower())
    if form is None:
        raise UsageError("usage", phrase("no_form", name=echo(name)), suggestion=phrase("name_form"))
    return form


def opened(where: str) -> Input:
    """The file of rows that has a name.

    Raises:
        FileError: it is no file, or can't be read.
        UsageError: its name says no format, or two of its columns have one name.
    """
    form = form_of(where)
    with reading(where):
        if Path(where).exists() and not Path(where).is_file():
            raise FileError(where, phrase("is_a_folder" if Path(where).is_dir() else "no_regular_file"))
        with open(where, "rb"):  # noqa: PTH123
            pass
    if form == "jsonl":
        return JsonLines(where)
    made = Csv(where) if form == "csv" else Parquet(where)
    require_own_names(made.names)
    return made


def require_own_names(names: Sequence[str]) -> None:
    """Make sure that no two columns have one name.

    Raises:
        UsageError: two have.
    """
    seen = set[str]()
    for name in names:
        if name in seen:
            raise UsageError("usage", phrase("column_twice", name=echo(name)))
        seen.add(name)
