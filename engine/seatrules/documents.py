"""Reads states, actions, requests and suites, in YAML or JSON, as plain data; nothing is guessed or coerced.

What it writes, it reads again as the same.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from .diagnostics import (
    Diagnostic,
    FileError,
    PolicyError,
    Problems,
    RequestError,
    RequestProblem,
    SourceText,
    printable,
)
from .files import MAX_BYTES, read_bytes, write_whole
from .json_text import malformed, parse_json
from .policy.structure import read_value
from .source import FORBIDDEN, decode, parse

STDIN = "-"


def read_data(where: str, text: str | None = None) -> Any:
    """The data in a YAML or JSON file, on standard input (`-`), or in `text`, which `where` names.

    Raises:
        RequestError: the text is neither; with the place.
        FileError: the file can't be read.
    """
    try:
        if text is not None:
            source = decode(text.encode("utf-8", "surrogateescape"), where)
        elif where == STDIN:
            if sys.stdin is None:
                raise FileError("<stdin>", "is closed")
            source = decode(sys.stdin.buffer.read(), "<stdin>")
        else:
            source = decode(read_bytes(Path(where)), where)
        content = "\n".join(source.lines)
        if content.lstrip()[:1] in ("{", "[") and (parsed := _json(content, source)) is not None:
            return parsed[0]
        problems = Problems()
        value = read_value(parse(source), {}, problems)
        problems.raise_errors()
    except PolicyError as error:
        raise RequestError(map(malformed_at, error.problems)) from None
    return value


def write_data(path: Path, value: Any) -> None:
    """Write plain data as JSON, whole or not at all: on one line where the file would be too large to be read again.

    Raises:
        FileError: it can't be written, or would be too large all the same.
    """
    text = _escaped(json.dumps(value, ensure_ascii=False, indent=2))
    if len(text.encode()) >= MAX_BYTES:
        text = _escaped(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    if len(text.encode()) >= MAX_BYTES:
        raise FileError(str(path), f"would be larger than {MAX_BYTES // 1024 // 1024} MiB, more than is read of a file")
    write_whole(path, text + "\n")


def _escaped(text: str) -> str:
    """A JSON text, in whose strings no character stands as it is that may not be in a file."""
    return FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _json(written: str, source: SourceText) -> tuple[Any] | None:
    """The JSON value in a one-element tuple, or nothing when the text may be YAML in flow style instead."""
    try:
        return (parse_json(written),)
    except RequestError as error:
        if source.name.endswith(".json"):
            raise RequestError([malformed(f"{printable(source.name)}: {error.message}")]) from None
        return None


def malformed_at(problem: Diagnostic) -> RequestProblem:
    """The problem of a text that can't be read, with the place in it."""
    return RequestProblem("malformed", f"{problem.span}: {problem.message}", "", suggestion=problem.help)
