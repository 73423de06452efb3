"""The lists that the cases of a policy's suites have for arguments: what authors have thought of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import FileError, SuiteError
from ..language.types import ListOf, known
from ..program import Program
from .cases import Case, read_suite
from .find import find_suites

MOST = 12
"""The most lists of one argument."""


def lists_of_cases(folder: Path | None, program: Program) -> dict[str, dict[str, list[list[Any]]]]:
    """By the names of actions and arguments, the lists of the suites below a folder, as far as those can be read."""
    arguments = {
        name: [argument for argument, kind in action.arguments.items() if isinstance(known(kind), ListOf)]
        for name, action in program.actions.items()
    }
    found: dict[str, dict[str, list[list[Any]]]] = {}
    if folder is None or not any(arguments.values()):
        return found
    for action in _actions(folder):
        for argument in arguments.get(str(action.get("type")), ()):
            lists = found.setdefault(action["type"], {}).setdefault(argument, [])
            if isinstance(listed := action.get(argument), list) and listed not in lists and len(lists) < MOST:
                lists.append(listed)
    return found


def _actions(folder: Path) -> Iterator[dict[str, Any]]:
    for path in find_suites(folder):
        with suppress(FileError, SuiteError):
            for case in read_suite(path).cases:
                yield from (action for action in _of_case(case) if isinstance(action, dict))


def _of_case(case: Case) -> Iterator[Any]:
    yield case.action
    yield from (step.get("action", step) for step in case.steps)
