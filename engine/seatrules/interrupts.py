"""Lets an interrupt end the command `seatrules` quietly, from its first import to its last moment."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

_INTERRUPTED = 130
_COMMANDS = ("-m", "__main__.py", "seatrules", "seatrules.exe")
"""The names under which Python is running the command, and no program that only imports this package."""


def end_on_interrupts() -> None:
    """From now on an interrupt ends the command at once, where it is the command that runs.

    So nobody who interrupts what has hardly begun, or is done, sees where in Python's imports that was.
    """
    name = os.path.basename(sys.argv[0]) if getattr(sys, "argv", None) else ""  # noqa: PTH119
    if name in _COMMANDS and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        with suppress(ValueError):  # only the main thread is interrupted
            signal.signal(signal.SIGINT, _end)


def raise_on_interrupts() -> None:
    """From now on an interrupt is raised again, so that what is under way is left as it has to be."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(*_: object) -> None:
    with suppress(OSError):
        os.write(2, b"interrupted\n")
    os._exit(_INTERRUPTED)


end_on_interrupts()


def end_with_the_parent() -> None:
    """In a process that works for another one: wait for the end of that, and end too."""
    from multiprocessing import parent_process  # slow to import, and only for what has processes

    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(70)  # as after a bug: nobody is there to be told more
