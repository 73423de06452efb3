"""Work that is spread over several processes."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from threading import Thread
from typing import Any, Protocol, TypeVar

from ..interrupts import end_with_the_parent

Part = TypeVar("Part")
Done = TypeVar("Done")
_Part = TypeVar("_Part", contravariant=True)
_Done = TypeVar("_Done", covariant=True)


class Worker(Protocol[_Part, _Done]):
    """What does the work; each process has one of its own."""

    def done(self, part: _Part) -> _Done:
        """What comes of a part of it."""
        ...


def in_turn(worker: Worker[Part, Done], parts: Iterable[Part], jobs: int) -> Generator[tuple[Part, Done], None, None]:
    """Each part with what several processes made of it, in order; only so many are under way at a time.

    Where it is not gone through to its end, what is under way is not waited for.

    Raises:
        BrokenProcessPool: a process was ended from outside.
    """
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _start, (worker,))
    try:
        under_way: deque[tuple[Part, Any]] = deque()
        for part in parts:
            with _interrupts_held_back():
                under_way.append((part, pool.submit(_done, part)))
            if len(under_way) > 2 * jobs:
                first, done = under_way.popleft()
                yield first, done.result()
        while under_way:
            first, done = under_way.popleft()
            yield first, done.result()
    except BaseException:
        for each in active_children():
            each.terminate()
        raise
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


_working: list[Worker[Any, Any]] = []
"""In a process of its own: what it works with."""


def _start(worker: Worker[Any, Any]) -> None:
    _working.append(worker)
    Thread(target=end_with_the_parent, daemon=True).start()


def _done(part: Any) -> Any:
    return _working[0].done(part)
