"""A request that is tried, and the same with another value in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .answers import Action, State
from .turning import Place, changed


class Cell(NamedTuple):
    """A request that is tried: a known one, changed in so many places."""

    action: Action | None
    state: State
    changes: int = 0
    aimed: int = 0
    """How many of the changes are to the key of a row that is not the same in both versions."""


def with_value(cell: Cell, place: Place, value: Any, created: Mapping[Any, Any]) -> Cell:
    """The request with another value in one place."""
    of, path = place
    if of == "action":
        assert cell.action is not None
        return Cell({**cell.action, str(path[0]): value}, cell.state, cell.changes + 1)
    return Cell(cell.action, changed(cell.state, path, value, created), cell.changes + 1)
