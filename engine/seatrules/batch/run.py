"""Decides a whole file: from its chunks to an output that is there once it is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ..errors import FileError
from ..files import reading
from ..words import phrase
from .deciding import Chunk, Decider
from .input import Input
from .parts import Counts, Parts
from .writing import Decided, Output

Spread = Callable[[Decider, Iterable[Chunk]], Iterator[Decided]]
"""Has chunks decided, here or in other processes: each with its answers, in order."""


PART = (100_000, 64 * 1024 * 1024)
"""A part ends once it has so many rows, or is of so many bytes as they were read."""


def run(source: Input, output: Output, parts: Parts, decider: Decider, spread: Spread) -> Counts:
    """Decide all rows that no part has yet, and put the parts together.

    Raises:
        FileError: something can't be read or written, or the input has changed meanwhile; whole parts stay.
    """
    chunks = source.chunks(parts.counts.rows, decider.rows_at_once)
    for decided in _in_parts(spread(decider, chunks)):
        parts.add(output.part(decided), _counted(answers for _, answers in decided))
    if fingerprint(source) != parts.run["input"]:
        raise FileError(source.where, phrase("changed_meanwhile"))
    counts = parts.counts
    parts.end(output.joined)
    return counts


def fingerprint(source: Input) -> list[list[Any]]:
    """By what it is known that a file, with those that belong to it, is the same.

    Raises:
        FileError: one is not there any more.
    """
    return [_fingerprint(each) for each in source.files]


def _fingerprint(where: str) -> list[Any]:
    with reading(where):
        status = Path(where).stat()
    return [os.path.realpath(where), status.st_size, status.st_mtime_ns]


def _in_parts(decided: Iterable[Decided]) -> Iterator[list[Decided]]:
    part, rows, taken = list[Decided](), 0, 0
    for chunk, answers in decided:
        part.append((chunk, answers))
        rows += len(answers)
        taken += chunk.table.nbytes
        if rows >= PART[0] or taken >= PART[1]:
            yield part
            part, rows, taken = [], 0, 0
    if part:
        yield part


def _counted(answers: Iterable[Any]) -> Counts:
    counts = Counts()
    for each in answers:
        decisions = each.column("decision").to_pylist()
        allowed, denied = decisions.count("allow"), decisions.count("deny")
        counts = counts.added(Counts(len(decisions), allowed, denied, len(decisions) - allowed - denied))
    return counts
