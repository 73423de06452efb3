"""How far a search may go: the one module of planning that looks at a clock, and what it tells changes no verdict."""

from __future__ import annotations

from time import monotonic

from ..language.limits import Meter, WaitBudget

SECONDS = 2.0
"""How long a search may take, unless another time is given."""
_BETWEEN_LOOKS = 1_000
"""How much may be gone through between two looks at the clock: some milliseconds."""


class OutOfBudgetError(Exception):
    """The search has used up the decisions that it may ask, or its time."""


class Budget:
    """So many decisions, `asked` of them, and so many seconds from now on; a `Meter` of what is worked out besides."""

    def __init__(self, decisions: int, seconds: float) -> None:
        self.decisions, self.asked = decisions, 0
        self._until = monotonic() + seconds
        self._gone_through = 0

    def take(self, steps: int) -> None:
        """Count what an interpreter goes through, and look at the clock now and then.

        Raises:
            OutOfBudgetError: it is too late.
        """
        self._gone_through += steps
        if self._gone_through >= _BETWEEN_LOOKS:
            self._gone_through = 0
            self.require_time()

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

    def of_wait(self) -> Meter:
        """What counts for one wait, which has a bound of its own too."""
        return _OfWait(self)

    @property
    def ended_by(self) -> str:
        """What there is no more of: `decisions` or `time`."""
        return "decisions" if self.asked > self.decisions else "time"


class _OfWait(WaitBudget):
    """What is gone through for one wait of a search."""

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    def take(self, steps: int) -> None:
        super().take(steps)
        self._budget.take(steps)
