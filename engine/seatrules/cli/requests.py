"""`seatrules check --requests`: a stream of requests in, one decision a line out, in the same order."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from threading import Thread

from ..decision.request import parts_of_request
from ..engine import Engine
from ..errors import Audience, EndlessEventError, RequestError
from ..files import MAX_BYTES
from ..json_text import json_line
from ..words import phrase
from .common import Common, ProcessEndedError, decided, error_language, say, tell
from .exits import Exit
from .lines import numbered_lines, value_of, with_number
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
    code, answered = Exit.OK, 0
    lines = counted(numbered_lines(requests))
    answering = _Answerer.of(common, partial=partial, incomplete=incomplete, invariants=invariants)
    if jobs == 1:
        for number, line in lines:
            answer, line_code = answering.line(number, line)
            say(answer)
            code, answered = max(code, line_code), number
        return _ended(common, code, answered)
    try:
        for (answers, chunk_code), last in _in_turn(answering, lines, jobs):
            say("\n".join(answers))
            code, answered = max(code, chunk_code), last
    except BrokenProcessPool:
        raise ProcessEndedError(phrase("answerer_ended", last=answered)) from None
    return _ended(common, code, answered)


def _ended(common: Common, code: Exit, answered: int) -> Exit:
    """The exit code, after saying so where there was nothing to answer."""
    if not answered:
        language = error_language(common.language, as_json=common.as_json)
        tell(f"note: {phrase('stream_empty').text(language)}\n")
    return code


def _in_turn(answering: _Answerer, lines: Iterator[tuple[int, bytes]], jobs: int) -> Iterator[tuple[Answers, int]]:
    """The answers of several processes, in the order of the lines, each with the number of the last line that is
    answered by then; only so many are under way at a time.
    """
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _start, (answering,))
    try:
        under_way: deque[tuple[Future[Answers], int]] = deque()
        for chunk in _chunks(lines):
            with _interrupts_held_back():
                under_way.append((pool.submit(_answer_all, chunk), chunk[-1][0]))
            if len(under_way) > 2 * jobs:
                yield _result(*under_way.popleft())
        while under_way:
            yield _result(*under_way.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _result(answers: Future[Answers], last: int) -> tuple[Answers, int]:
    return answers.result(), last


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


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Ctrl-C waits; a process that is started meanwhile never hears of it, and is ended by the one that prints."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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


_answering: list[_Answerer] = []
"""In a process of its own: what it answers with."""


def _start(answering: _Answerer) -> None:
    _answering.append(answering)
    Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(Exit.BUG)


def _answer_all(lines: Lines) -> Answers:
    answers = [_answering[0].line(number, line) for number, line in lines]
    return [answer for answer, _ in answers], max(code for _, code in answers)
