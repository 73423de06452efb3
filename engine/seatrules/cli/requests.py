"""`seatrules check --requests`: a stream of requests in, one decision a line out, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from ..decision.request import parts_of_request
from ..engine import Engine
from ..errors import Audience, EndlessEventError, RequestError
from ..files import MAX_BYTES
from ..json_lines import json_line
from ..lines import numbered_lines, value_of, with_number
from ..requesting import decided
from ..words import phrase
from .common import Common, ProcessEndedError, error_language, printer, tell
from .exits import Exit
from .processes import in_turn
from .progress import counted

_AT_ONCE = 500
_BYTES_AT_ONCE = 2 * MAX_BYTES
"""How many lines a process takes at a time, and about how many bytes at most."""

Lines = list[tuple[int, bytes]]
Answers = tuple[list[str], Exit]


def check_requests(
    common: Common, requests: str, jobs: int, *, partial: bool, incomplete: tuple[str, ...], invariants: bool
) -> Exit:
    """Answer every line; the exit code says whether all of them were well formed."""
    code, answered, say = Exit.OK, 0, printer()
    lines = counted(numbered_lines(requests))
    answering = _Answerer.of(common, partial=partial, incomplete=incomplete, invariants=invariants)
    if jobs == 1:
        for number, line in lines:
            answer, line_code = answering.line(number, line)
            say(answer)
            code, answered = max(code, line_code), number
        return _ended(common, code, answered)
    try:
        for chunk, (answers, chunk_code) in in_turn(answering, _chunks(lines), jobs):
            say("\n".join(answers))
            code, answered = max(code, chunk_code), chunk[-1][0]
    except BrokenProcessPool:
        raise ProcessEndedError(phrase("answerer_ended", last=answered)) from None
    return _ended(common, code, answered)


def _ended(common: Common, code: Exit, answered: int) -> Exit:
    """The exit code, after saying so where there was nothing to answer."""
    if not answered:
        language = error_language(common.language, as_json=common.as_json)
        tell(f"note: {phrase('stream_empty').text(language)}\n")
    return code


def _chunks(lines: Iterator[tuple[int, bytes]]) -> Iterator[Lines]:
    """The lines in parts, each of so many at most and of about so many bytes."""
    chunk: Lines = []
    size = 0
    for number, line in lines:
        chunk.append((number, line))
        size += len(line)
        if len(chunk) == _AT_ONCE or size > _BYTES_AT_ONCE:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


@dataclass(frozen=True, slots=True)
class _Answerer:
    """What answers lines."""

    engine: Engine
    version: str | None
    language: str | None
    audience: Audience
    partial: bool
    incomplete: tuple[str, ...]
    invariants: bool

    @classmethod
    def of(cls, common: Common, *, partial: bool, incomplete: tuple[str, ...], invariants: bool) -> _Answerer:
        engine = common.load()
        language = common.language and common.speak(engine.languages)
        return cls(engine, common.version, language, common.audience, partial, incomplete, invariants)

    def done(self, part: Lines) -> Answers:
        """The answers to some lines, and the worst code among them."""
        answers = [self.line(number, line) for number, line in part]
        return [answer for answer, _ in answers], max(code for _, code in answers)

    def line(self, number: int, line: bytes) -> tuple[str, Exit]:
        try:
            return self._decided(line), Exit.OK
        except RequestError as error:
            shown = error.seen_by(self.audience).spoken(self.language or self.engine.languages[0])
            return json_line(with_number(shown, number).as_dict()), Exit.BAD_REQUEST
        except EndlessEventError as error:
            return json_line(error.seen_by(self.audience).as_dict()), Exit.BAD_POLICY

    def _decided(self, line: bytes) -> str:
        action, state = parts_of_request(value_of(line))
        decision, checked = decided(
            self.engine,
            action,
            state,
            self.version,
            partial=self.partial,
            incomplete=self.incomplete,
            invariants=self.invariants,
        )
        return json_line(decision.as_dict(self.language, audience=self.audience, checked=checked))
