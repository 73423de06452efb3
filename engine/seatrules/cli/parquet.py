"""The rows of a Parquet file as requests; what reads it is an extra of its own, imported where such a file is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..errors import FileError, RequestError, UsageError, malformed
from ..files import reading
from ..lines import value_of
from ..words import phrase

_COLUMNS = ("state", "action")
_AT_ONCE = 500
"""How many rows are read at a time."""


def requests_of_parquet(where: str) -> Iterator[tuple[int, tuple[Any, Any]]]:
    """The rows with their numbers, each the text of a `state` and that of an `action`.

    Raises:
        UsageError: what reads Parquet is not installed.
        FileError: the file can't be read, is none, or lacks a column of texts.
    """
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
        from pyarrow.types import is_binary, is_large_binary, is_large_string, is_string
    except ImportError:
        raise UsageError("no-parquet", phrase("no_pyarrow"), suggestion=phrase("install_pyarrow")) from None
    texts = (is_string, is_large_string, is_binary, is_large_binary)
    with reading(where):
        try:
            with ParquetFile(where) as file:
                yield from _rows(where, file, lambda kind: any(is_text(kind) for is_text in texts))
        except ArrowException as error:
            raise FileError(where, phrase("no_parquet")) from error


def _rows(where: str, file: Any, is_text: Callable[[Any], bool]) -> Iterator[tuple[int, tuple[Any, Any]]]:
    """The rows of a file that is open.

    Raises:
        FileError: it lacks a column of texts.
    """
    kinds = {field.name: field.type for field in file.schema_arrow}
    for name in _COLUMNS:
        if name not in kinds or not is_text(kinds[name]):
            raise FileError(where, phrase("no_column_of_texts", name=name))
    number = 0
    for batch in file.iter_batches(_AT_ONCE, columns=[*_COLUMNS]):
        for row in zip(*(batch.column(name).to_pylist() for name in _COLUMNS), strict=True):
            number += 1
            yield number, row


def request_of(row: tuple[Any, Any]) -> dict[str, Any]:
    """The request of a row.

    Raises:
        RequestError: it lacks a text, or holds no JSON.
    """
    return {name: value_of(_text(name, text)) for name, text in zip(_COLUMNS, row, strict=True)}


def _text(name: str, value: str | bytes | None) -> bytes:
    if value is None:
        raise RequestError([malformed(phrase("row_lacks", name=name))])
    return value.encode() if isinstance(value, str) else value
