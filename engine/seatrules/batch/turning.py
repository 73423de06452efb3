"""Says of each row, besides its answer, on which day that next turns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import EndlessEventError, RequestError
from ..planning.turns import Turn, Turns
from .answers import RowAnswer, answers_table, with_turns
from .deciding import RowDecider
from .rows import Request, requests

if TYPE_CHECKING:
    from pyarrow import Table

AT_ONCE = 200
"""How many rows are taken at a time: each is asked on several days."""

MANY = 1000
"""From how many rows on several processes are worth their start."""


@dataclass
class TurnDecider:
    """Decides by the engine, and looks so many days ahead; a row of which that can't be said is bad."""

    rows: RowDecider
    days: int
    _turns: Turns = field(init=False)

    def __post_init__(self) -> None:
        self._turns = Turns(self.rows.engine, self.days, self.rows.version, invariants=False)

    @property
    def rows_at_once(self) -> int:
        return AT_ONCE

    def decide(self, chunk: Table, first_row: int | None) -> Table:
        answers, turns = list[RowAnswer](), list[Turn | None]()
        every = zip(self.rows.answers(chunk, first_row), requests(self.rows.layout, chunk), strict=True)
        for at, (answer, request) in enumerate(every):
            answer, turn = self._turning(None if first_row is None else first_row + at, answer, request)
            answers.append(answer)
            turns.append(turn)
        return with_turns(answers_table(answers, messages=self.rows.messages), turns)

    def _turning(self, number: int | None, answer: RowAnswer, request: Request) -> tuple[RowAnswer, Turn | None]:
        if answer.decision is None or isinstance(request, RequestError):
            return answer, None
        try:
            return answer, self._turns.next(*request)
        except (EndlessEventError, RequestError) as error:
            return RowAnswer(error=self.rows.told(number, error)), None
