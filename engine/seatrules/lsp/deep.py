"""What takes longer than a keystroke: all that `lint` says of a policy. It is found in a process of its own."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from typing import Any

from ..analysis.everything import problems_of
from ..diagnostics import Diagnostic
from ..engine import Engine, load
from ..errors import FileError, PolicyError, UsageError
from ..files import as_named
from ..interrupts import end_with_the_parent
from ..loading import compile_place
from ..policy.folders import KeptFiles
from ..policy.locate import Place
from .homes import Home, place_of, suites_elsewhere
from .reading import unreadable


def every_problem(home: Home, unsaved: dict[Path, bytes]) -> list[Diagnostic]:
    """Everything that `lint` says of a policy, with what is not saved of it."""
    try:
        place = place_of(home, unsaved, KeptFiles())
        also = suites_elsewhere(home, unsaved)
        return problems_of(place, opened=partial(_opened, place), also=also)[0].sorted
    except PolicyError as error:
        return [*error.problems]
    except (FileError, UsageError) as error:
        return [unreadable(home, error)]


def _opened(
    place: Place, policy: str | None, *, settings: Mapping[str, Any], extensions: Sequence[str | Path]
) -> Engine:
    """A policy for its cases: the one at a place as it is being written, any other as it is."""
    if policy is not None and place.folder is not None and as_named(Path(policy)) == as_named(place.folder):
        return Engine.of(compile_place(place, settings))
    return load(policy, settings=settings, extensions=extensions)


def a_process() -> ProcessPoolExecutor:
    """A process for one such thing after the other; it ends with this one."""
    return ProcessPoolExecutor(1, get_context("spawn"), _start)


def _start() -> None:
    logging.disable()
    Thread(target=end_with_the_parent, daemon=True).start()
