"""Decides the rows of a chunk, one after the other, by the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..decision.values import Decision
from ..engine import Engine
from ..errors import Audience, EndlessEventError, RequestError, sees_others
from ..json_lines import json_line
from ..program import Program
from ..words import phrase
from .answers import RowAnswer, answers_table
from .layout import Layout
from .rows import Request, requests

if TYPE_CHECKING:
    from pyarrow import Table

AT_ONCE = 1000
"""How many rows the engine takes at a time."""


class Decider(Protocol):
    """What decides chunks, each of so many rows at most; another process may have one of its own."""

    @property
    def rows_at_once(self) -> int: ...

    def decide(self, chunk: Table, first_row: int | None) -> Table:
        """The answers to the rows of a chunk, in order; `first_row` is the number of its first, where they have one."""
        ...


@dataclass(frozen=True)
class RowDecider:
    """Decides by the engine, as `engine.decide` does: no invariant is asked."""

    engine: Engine
    layout: Layout
    version: str | None = None
    language: str | None = None
    audience: Audience = "support"
    messages: bool = False

    @property
    def rows_at_once(self) -> int:
        return AT_ONCE

    @property
    def programs(self) -> list[Program]:
        """The versions that decide: the one that is named, else all."""
        programs = self.engine.programs
        return [*programs.values()] if self.version is None else [programs[self.version]]

    @property
    def tells_bookings(self) -> bool:
        """Whether the audience is told what is booked."""
        return sees_others(self.audience)

    def decide(self, chunk: Table, first_row: int | None) -> Table:
        return answers_table(self.answers(chunk, first_row), messages=self.messages)

    def answers(self, chunk: Table, first_row: int | None, rows: Sequence[int] | None = None) -> list[RowAnswer]:
        """The answers to all rows of a chunk, or to those with these numbers in it, counted from 0."""
        numbers = range(len(chunk)) if rows is None else rows
        every = zip(numbers, requests(self.layout, chunk, rows), strict=True)
        return [self._answer(None if first_row is None else first_row + at, request) for at, request in every]

    def _answer(self, number: int | None, request: Request) -> RowAnswer:
        try:
            if isinstance(request, RequestError):
                raise request
            action, state = request
            return self._of(self.engine.decide(action, state, version=self.version))
        except (EndlessEventError, RequestError) as error:
            return RowAnswer(error=self.told(number, error))

    def told(self, number: int | None, error: EndlessEventError | RequestError) -> str:
        """The first thing that is wrong with a row, and how much else is."""
        language = self.language or self.engine.languages[0]
        shown = error.seen_by(self.audience)
        problems = shown.spoken(language).problems if isinstance(shown, RequestError) else shown.problems
        message = str(problems[0])
        if number is not None:
            message = phrase("row", number=number, problem=message).text(language)
        more = len(problems) - 1
        return f"{message} {phrase('row_has_more', count=more).text(language)}" if more else message

    def _of(self, decision: Decision) -> RowAnswer:
        outcome, bookings = decision.outcome, decision.bookings
        tells = bookings is not None and self.tells_bookings
        return RowAnswer(
            decision.decision,
            decision.codes,
            None if outcome is None else outcome.code,
            tuple(warning.code for warning in decision.warnings),
            json_line([each.as_dict() for each in bookings or ()]) if tells else None,
            decision.policy.version,
            messages=self._messages(decision) if self.messages else None,
        )

    def _messages(self, decision: Decision) -> tuple[str, ...] | None:
        """What the reasons of a denial say to the audience."""
        if decision.allowed:
            return None
        whole: dict[str, Any] = decision.as_dict(self.language, audience=self.audience)
        return tuple(each["message"] for each in whole["reasons"]) if "reasons" in whole else (whole["text"],)


class Chunk(NamedTuple):
    """Some rows of the input, the number of the first, counted from 1, and the table that they are."""

    first_row: int
    table: Any

    def __reduce__(self) -> Any:
        """To another process go the rows, and not what they are cut out of."""
        from pyarrow import BufferOutputStream
        from pyarrow.ipc import new_stream

        sink = BufferOutputStream()
        with new_stream(sink, self.table.schema) as writer:
            writer.write_table(self.table)
        return _unpacked, (self.first_row, sink.getvalue().to_pybytes())


def _unpacked(first_row: int, content: bytes) -> Chunk:
    from pyarrow.ipc import open_stream

    with open_stream(content) as reader:
        return Chunk(first_row, reader.read_all())


@dataclass(frozen=True)
class DecidingChunks:
    """What several processes do: each decides chunks."""

    decider: Decider

    def done(self, part: Chunk) -> Table:
        return self.decider.decide(part.table, part.first_row)
