"""What two policies are asked, and where it was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .answers import WHOLLY, Action, How

FIRST = 3
"""How many examples are kept of what is answered alike differently."""


class Where(NamedTuple):
    """Where something is given: a file, with the line or row of it where it holds several."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def as_dict(self) -> dict[str, Any]:
        return {"file": self.file, "line": self.line}


class RequestToBoth(NamedTuple):
    """What both policies are asked, and how; without an action, whether the state is taken."""

    where: Where
    action: Action | None
    state: Any
    how: How = WHOLLY

    @property
    def type(self) -> str:
        """The type of the action; nothing of a state, or of what is no action."""
        named = self.action.get("type") if isinstance(self.action, Mapping) else None
        return named if isinstance(named, str) else ""
