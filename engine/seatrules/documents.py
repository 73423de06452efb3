"""Reads states, actions, requests and suites, in YAML or JSON, as plain data; nothing is guessed or coerced.

What it writes, it reads again as the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .decoding import FORBIDDEN, decode
from .diagnostics import Diagnostic, SourceText, Span, printable
from .errors import FileError, PolicyError, RequestError, RequestProblem, malformed
from .files import MAX_BYTES, read_bytes, standard_input, write_whole
from .json_text import Misplaced, NotJsonError, parse_json
from .language.text import pointer_parts
from .problems import Problems
from .words import phrase

if TYPE_CHECKING:
    from .nodes import Node

STDIN = "-"


@dataclass(frozen=True)
class Document:
    """Data, and the text that it was read from; that is gone through for places once, when the first is asked for."""

    value: Any
    source: SourceText

    def span(self, steps: Sequence[str], code: str = "") -> Span:
        """Where the value at a path is written, or its key where a problem is about that; else what it lacks in."""
        from .document_places import place_below  # only for what is wrong

        return place_below(self._root, steps, code)

    @cached_property
    def _root(self) -> Node:
        from .document_places import nodes_of

        return nodes_of(self.source)


def read_data(where: str, text: str | None = None) -> Any:
    """The data in a YAML or JSON file, on standard input (`-`), or in `text`, which `where` names.

    Raises:
        RequestError: the text is neither; with the place.
        FileError: the file can't be read.
    """
    return read_document(where, text).value


def read_document(where: str, text: str | None = None) -> Document:
    """`read_data`, with the text that the data is read from."""
    try:
        if text is not None:
            source = decode(text.encode("utf-8", "surrogateescape"), where)
        elif where == STDIN:
            with standard_input() as file:
                data = file.read(MAX_BYTES + 1)
            source = decode(data, "<stdin>")
        else:
            source = decode(read_bytes(Path(where)), where)
        content = "\n".join(source.lines)
        if content.lstrip()[:1] in ("{", "[") and (parsed := _json(content, source)) is not None:
            return Document(parsed[0], source)
        from .policy.structure import read_value  # slow to import, with all that reads YAML
        from .source import parse

        problems = Problems()
        value = read_value(parse(source), {}, problems)
        problems.raise_errors()
    except PolicyError as error:
        raise RequestError(map(_malformed_at, error.problems)) from None
    return Document(value, source)


def write_data(path: Path, value: Any) -> None:
    """Write plain data as JSON, whole or not at all: on one line where the file would be too large to be read again.

    Raises:
        FileError: it can't be written, or would be too large all the same.
    """
    text = _escaped(json.dumps(value, ensure_ascii=False, indent=2))
    if len(text.encode()) >= MAX_BYTES:
        text = _escaped(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    if len(text.encode()) >= MAX_BYTES:
        raise FileError(str(path), phrase("larger_than_read", size=MAX_BYTES // 1024 // 1024))
    write_whole(path, f"{text}\n".encode())


def as_yaml(value: Any) -> str:
    """Plain data as YAML for people to read and change, in lines."""
    import yaml  # slow to import, and only for what is printed

    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)
    return text.removesuffix("...\n")  # by which YAML ends a value that stands alone


def _escaped(text: str) -> str:
    """A JSON text, in whose strings no character stands as it is that may not be in a file."""
    return FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _json(written: str, source: SourceText) -> tuple[Any] | None:
    """The JSON value in a one-element tuple, or nothing when the text may be YAML in flow style instead."""
    try:
        return (parse_json(written),)
    except NotJsonError as error:
        if source.name.endswith(".json"):
            raise RequestError(_placed(each, source) for each in error.misplaced) from None
        return None


def _placed(misplaced: Misplaced, source: SourceText) -> RequestProblem:
    what, place, help_text = misplaced
    if place is None:
        return malformed(phrase("in_file", file=printable(source.name), problem=what))
    return RequestProblem("malformed", what, "", help=help_text, span=Span(source, *place))


def _malformed_at(problem: Diagnostic) -> RequestProblem:
    """The problem of a text that can't be read, with the place in it."""
    return RequestProblem("malformed", problem.what, "", help=problem.mend, span=problem.span)


@contextmanager
def placed(**documents: Document) -> Iterator[None]:
    """Errors of a request, raised inside, say where in these documents it is written what they are about."""
    try:
        yield
    except RequestError as error:
        raise RequestError(_at_its_place(problem, documents) for problem in error.problems) from None


def _at_its_place(problem: RequestProblem, documents: Mapping[str, Document]) -> RequestProblem:
    part, *steps = pointer_parts(problem.path)
    # An invariant of the whole state is broken nowhere in particular.
    nowhere = problem.invariant is not None and not steps
    if part not in documents or problem.span is not None or nowhere:
        return problem
    return problem._replace(span=documents[part].span(steps, problem.code))
