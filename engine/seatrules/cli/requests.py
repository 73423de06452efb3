"""`seatrules check --requests`: a stream of requests in, one decision a line out, in the same order."""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process
from threading import Thread

from ..decision.audience import Audience, error_for
from ..diagnostics import FileError, RequestError
from ..engine import Engine
from ..files import trouble
from ..json_text import json_line, malformed, parse_json
from .common import Common, ProcessEndedError, say
from .exits import Exit

_AT_ONCE = 500
"""How many lines a process takes at a time."""

Lines = list[tuple[int, bytes]]
Answers = tuple[list[str], Exit]


def check_requests(common: Common, requests: str, jobs: int, *, partial: bool) -> Exit:
    """Answer every line; the exit code says whether all of them were well formed."""
    code = Exit.OK
    lines = enumerate(_lines(requests), 1)
    answering = _Answerer.of(common, partial=partial)
    if jobs == 1:
        for number, line in lines:
            answer, line_code = answering.line(number, line)
            say(answer)
            code = max(code, line_code)
        return code
    answered = 0
    try:
        for answers, chunk_code in _in_turn(answering, lines, jobs):
            say("\n".join(answers))
            code, answered = max(code, chunk_code), answered + len(answers)
    except BrokenProcessPool:
        message = f"a process that answers was ended from outside: no line after line {answered} is answered"
        raise ProcessEndedError(message) from None
    return code


def _in_turn(answering: _Answerer, lines: Iterator[tuple[int, bytes]], jobs: int) -> Iterator[Answers]:
    """The answers of several processes, in the order of the lines; only so many are under way at a time."""
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _start, (answering,))
    try:
        under_way: deque[Future[Answers]] = deque()
        while chunk := list(islice(lines, _AT_ONCE)):
            with _interrupts_held_back():
                under_way.append(pool.submit(_answer_all, chunk))
            if len(under_way) > 2 * jobs:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


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

    @classmethod
    def of(cls, common: Common, *, partial: bool) -> _Answerer:
        engine = common.load()
        language = common.language and common.speak(engine.languages)
        return cls(engine, common.version, language, common.audience, partial)

    def line(self, number: int, line: bytes) -> tuple[str, Exit]:
        try:
            return self._decided(line), Exit.OK
        except RequestError as error:
            return json_line(_numbered(error_for(error, self.audience), number).as_dict()), Exit.BAD_REQUEST

    def _decided(self, line: bytes) -> str:
        try:
            request = parse_json(line.rstrip(b"\r\n").decode())
        except UnicodeDecodeError:
            raise RequestError([malformed("the line is not UTF-8")]) from None
        if not isinstance(request, dict) or request.keys() != {"state", "action"}:
            raise RequestError([malformed("a request is an object with `state` and `action`")])
        state, action = request["state"], request["action"]
        if not self.partial:
            self.engine.validate(state, version=self.version)
        decision = self.engine.decide(action, state, version=self.version, partial=self.partial)
        return json_line(decision.as_dict(self.language, audience=self.audience))


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


def _numbered(error: RequestError, number: int) -> RequestError:
    """The error of one line, which says what line it is where it has no path to name."""
    return RequestError(
        problem._replace(message=f"line {number}: {problem.message}") if problem.path == "" else problem
        for problem in error.problems
    )


def _lines(where: str) -> Iterator[bytes]:
    if where == "-":
        yield from sys.stdin.buffer
        return
    try:
        with open(where, "rb") as file:  # noqa: PTH123
            yield from file
    except OSError as error:
        raise FileError(where, trouble(error, "can't be read")) from error
