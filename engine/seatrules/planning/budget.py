"""How far a search may go: the one module of planning that looks at a clock, and what it tells changes no verdict."""

from __future__ import annotations

from time import monotonic

SECONDS = 2.0
"""How long a search may take, unless another time is given."""


class OutOfBudgetError(Exception):
    """The search has used up the decisions that it may ask, or its time."""


class Budget:
    """So many decisions, `asked` of them, and so many seconds from now on."""

    def __init__(self, decisions: int, seconds: float) -> None:
        self.decisions, self.asked = decisions, 0
        self._until = monotonic() + seconds

    def ask(self) -> None:
        """Count a decision.

        Raises:
            OutOfBudgetError: it is one too many, or too late.
        """
        self.asked += 1
        if self.asked > self.decisions:
            raise OutOfBudgetError
        self.require_time()

    def require_time(self) -> None:
        """Go on only while there is time.

        Raises:
            OutOfBudgetError: it is too late.
        """
        if monotonic() > self._until:
            raise OutOfBudgetError

    @property
    def ended_by(self) -> str:
        """What there is no more of: `decisions` or `time`."""
        return "decisions" if self.asked > self.decisions else "time"
