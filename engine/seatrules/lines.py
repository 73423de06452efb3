"""Lines of JSON: from a file or standard input, one at a time, bounded in length."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from .errors import FileError, RequestError, malformed
from .files import MAX_BYTES, reading, standard_input
from .json_lines import parse_json_line
from .words import phrase


def value_of(line: bytes) -> Any:
    """The value of a line.

    Raises:
        RequestError: it is too long, or no JSON.
    """
    line = line.rstrip(b"\r\n")
    if len(line) > MAX_BYTES:
        raise RequestError([malformed(phrase("line_too_long", size=MAX_BYTES // 1024 // 1024))])
    try:
        return parse_json_line(line)
    except UnicodeDecodeError:
        raise RequestError([malformed(phrase("line_not_utf_8"))]) from None


def with_number(error: RequestError, number: int) -> RequestError:
    """The error of one line, which says what line it is where it has no path to name."""
    return RequestError(
        problem._replace(what=phrase("line", number=number, problem=problem.what)) if problem.path == "" else problem
        for problem in error.problems
    )


def numbered_lines(where: str) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, with their numbers; a byte order mark before the first is left out."""
    for number, line in enumerate(_lines(where), 1):
        text = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        if text and not text.isspace():
            yield number, text


def _lines(where: str) -> Iterator[bytes]:
    if where == "-":
        with standard_input() as file:
            yield from _bounded(file)
        return
    with reading(where):
        # One that is open already, as a shell hands it on, has no name; at one that has a name nobody may ever write.
        if Path(os.path.realpath(where)).is_fifo():
            raise FileError(where, phrase("named_pipe"))
        with open(where, "rb") as file:  # noqa: PTH123
            yield from _bounded(file)


def _bounded(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of one that is too long, no more than shows that."""
    most = MAX_BYTES + 1
    while line := file.readline(most):
        yield line
        while len(line) == most and not line.endswith(b"\n"):
            line = file.readline(most)
