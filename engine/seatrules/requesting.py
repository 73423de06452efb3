"""Decides a request of which everything that is wrong is said at once: of the whole state, and of the action."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .decision.invariants import CheckedState
from .decision.values import Decision
from .engine import Engine
from .errors import RequestError


def decided(
    engine: Engine,
    action: Any,
    state: Any,
    version: str | None,
    *,
    partial: bool,
    incomplete: Sequence[str],
    invariants: bool,
) -> tuple[Decision, CheckedState]:
    """The decision of a request all of whose state is checked, as far as it is given, and what that says of it.

    Raises:
        RequestError: with everything that is wrong with the state and the action.
    """
    try:
        return engine.decide_checked(
            action, state, version=version, partial=partial, incomplete=incomplete, invariants=invariants
        )
    except RequestError as error:
        raise _with_all(error, engine, action, state, version, partial=partial, incomplete=incomplete) from None


@contextmanager
def all_told(engine: Engine, action: Any, state: Any, version: str | None) -> Iterator[None]:
    """What is found wrong with a request inside is raised with everything else that is wrong with it."""
    try:
        yield
    except RequestError as error:
        raise _with_all(error, engine, action, state, version) from None


def _with_all(
    error: RequestError, engine: Engine, action: Any, state: Any, version: str | None, **how: Any
) -> RequestError:
    """What is wrong with a request, with everything else that is wrong with it."""
    known = {(each.code, each.path, str(each)) for each in error.problems}
    of_all = engine.problems(action, state, version=version, **how)
    more = [each for each in of_all if (each.code, each.path, str(each)) not in known]
    return RequestError([*error.problems, *more])
