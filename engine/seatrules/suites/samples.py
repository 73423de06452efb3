"""The accounts that the suites of a policy begin with: samples of states that are well formed, and tested."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from .cases import Suite, read_suite
from .find import find_suites


class Sample(NamedTuple):
    """The state of an account with its name, and the suites whose cases begin with it."""

    name: str
    state: Any
    suites: tuple[Path, ...]


def samples(folder: Path) -> list[Sample]:
    """The bases of the suites below a folder; see `samples_of`.

    Raises:
        FileError: a suite can't be read.
        SuiteError: one is not well formed.
    """
    return samples_of((path, read_suite(path)) for path in find_suites(folder))


def samples_of(suites: Iterable[tuple[Path, Suite]]) -> list[Sample]:
    """The bases of suites, each once, in the order of the suites.

    Where several are named alike, the name of the suite stands before it, and where that is not enough, its version's.
    """
    by_state: dict[str, tuple[str, Any, list[Path]]] = {}
    for path, name, state in ((path, *base) for path, suite in suites for base in suite.bases.items()):
        by_state.setdefault(f"{name} {state!r}", (name, state, []))[2].append(path)
    every = [*by_state.values()]
    return [Sample(_told_apart(name, paths[0], every), state, tuple(paths)) for name, state, paths in every]


def _told_apart(name: str, path: Path, every: list[tuple[str, Any, list[Path]]]) -> str:
    alike = [paths[0] for other, _, paths in every if other == name]
    if len(alike) == 1:
        return name
    short = f"{path.stem}/{name}"
    return short if sum(each.stem == path.stem for each in alike) == 1 else f"{path.parent.parent.name}/{short}"
