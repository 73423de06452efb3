"""Reads states, actions, requests and suites, in YAML or JSON, as plain data; nothing is guessed or coerced."""

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
    echo,
    printable,
)
from .policy.structure import read_value
from .source import MAX_DEPTH, decode, parse, read_bytes

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
        written = "\n".join(source.lines)
        if written.lstrip()[:1] in ("{", "[") and (found := _json(written, source)) is not None:
            return found[0]
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


def parse_json(text: str) -> Any:
    """The value of a JSON text; repeated keys, NaN, infinities and lone surrogates are errors.

    Raises:
        RequestError: the text is no such JSON.
    """
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        if text.count("[") + text.count("{") > MAX_DEPTH:
            _bounded(value)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, " * (error.lineno > 1) + f"column {error.colno}"
        raise RequestError([malformed(f"this is not JSON: {error.msg} ({place})")]) from None
    except UnicodeEncodeError:
        raise RequestError([malformed("a text holds half a surrogate pair")]) from None
    except RecursionError:
        raise RequestError([malformed(f"nested more than {MAX_DEPTH} deep")]) from None
    except ValueError as error:
        raise RequestError([malformed(echo(error).split(";")[0])]) from None
    return value


def _bounded(value: Any) -> None:
    """Make sure that a value is nested no deeper than YAML may be."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = (
            [
                child
                for each in level
                for child in (each.values() if isinstance(each, dict) else each)
                if isinstance(child, dict | list)
            ]
            if level and isinstance(level[0], dict | list)
            else []
        )
        if not level:
            return
    raise RecursionError


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in [k for k, _ in pairs[:index]])
        raise ValueError(f"the key `{twice}` is given twice")
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"`{word}` is no JSON number")


def malformed(message: str) -> RequestProblem:
    """The problem of a text that can't be read as data at all."""
    return RequestProblem("malformed", message, "")


def malformed_at(problem: Diagnostic) -> RequestProblem:
    """The problem of a text that can't be read, with the place in it."""
    return RequestProblem("malformed", f"{problem.span}: {problem.message}", "", suggestion=problem.help)
