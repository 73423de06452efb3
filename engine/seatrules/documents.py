"""Reads states, actions, requests and suites, in YAML or JSON, as plain data; nothing is guessed or coerced."""

from __future__ import annotations

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
from .files import read_bytes
from .json_text import malformed, parse_json
from .policy.structure import read_value
from .source import decode, parse

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
