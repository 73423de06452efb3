"""What a terminal shows while a command is at work: which one, how much it has done where that is counted, how long."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from threading import Event, Lock, Thread
from time import monotonic
from typing import TextIO, TypeVar

import click

Counted = TypeVar("Counted")
_EVERY = 0.5
"""How many seconds lie between two lines, and before the first."""
_WAITS = {"watch"}
"""What is at work for as long as it is not ended, most of the time at nothing."""
_ERASED = "\r\x1b[K"


class Progress:
    """One line on standard error, written anew again and again in a thread, and erased before anything else is."""

    def __init__(self, command: str) -> None:
        self.command, self.done = command, 0
        self.total: int | None = None
        self._began = self._counts_from = monotonic()
        self._shown = False
        self._lock, self._ended = Lock(), Event()
        self._thread = Thread(target=self._run, daemon=True)

    @property
    def line(self) -> str:
        """What is shown now."""
        now = monotonic()
        seconds = now - self._counts_from
        rate = f"{int(self.done / seconds)}/s, " if self.done >= seconds >= 1 else ""
        done = str(self.done) if self.total is None else f"{self.done} of {self.total}"
        count = f"{done}, {rate}{self._left(seconds)}" if self.done else ""
        return f"seatrules {self.command}: {count}{int(now - self._began)} s"

    def _left(self, seconds: float) -> str:
        """How long the rest takes at the rate so far, where it is known how much that is."""
        if self.total is None or seconds < 1 or self.done > self.total:
            return ""
        return f"{int((self.total - self.done) * seconds / self.done)} s left, "

    def count(self, total: int | None = None) -> None:
        """Count anew, from nothing, up to a total where it is known."""
        self.done, self.total, self._counts_from = 0, total, monotonic()

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Show nothing any more."""
        self._ended.set()
        self._thread.join()
        with self.apart():
            pass

    @contextmanager
    def apart(self) -> Iterator[None]:
        """While something else is written: there is no line, and none comes between."""
        with self._lock:
            if self._shown:
                _write(_ERASED)
                self._shown = False
            yield

    def _run(self) -> None:
        while not self._ended.wait(_EVERY):
            with self._lock:
                _write(f"{_ERASED}{self.line}")
                self._shown = True


def _write(text: str) -> None:
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


@contextmanager
def shown(command: str) -> Iterator[None]:
    """Show on a terminal, and nowhere else, that a command is at work."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or command in _WAITS:
        yield
        return
    progress = click.get_current_context().meta[__name__] = Progress(command)
    progress.start()
    try:
        yield
    finally:
        progress.end()


def _current() -> Progress | None:
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(__name__)


def apart(stream: TextIO) -> AbstractContextManager[None]:
    """While something is written to a stream: on the terminal it does not stand behind the line."""
    progress = line_beside(stream)
    return nullcontext() if progress is None else progress.apart()


def line_beside(stream: TextIO) -> Progress | None:
    """The line that is shown on the terminal to which a stream writes, if there is one."""
    progress = _current()
    return progress if progress is not None and stream.isatty() else None


def in_time(items: Iterable[Counted], seconds: float | None) -> Iterator[Counted]:
    """The items, as many of them as are asked for within so many seconds; all where there is no such bound."""
    began = monotonic()
    for item in items:
        if seconds is not None and monotonic() - began >= seconds:
            return
        yield item


def _one(item: object) -> int:
    return 1


def counted(
    items: Iterable[Counted], *, total: int | None = None, count: Callable[[Counted], int] = _one
) -> Iterator[Counted]:
    """The items, each counted as done once the next is asked for; what was counted before is left.

    Args:
        total: how many there will be, where that is known and the items do not say it themselves.
        count: as how many an item counts.
    """
    progress = _current()
    if progress is None:
        yield from items
        return
    progress.count(len(items) if total is None and isinstance(items, Sized) else total)
    for item in items:
        yield item
        progress.done += count(item)
