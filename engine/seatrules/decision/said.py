"""What a rule or an outcome says whatever the request: its place in the policy and the words of the source."""

from __future__ import annotations

from ..compiler import Clause, Program
from .values import Citation, Condition, Notice, Outcome, Reason, Texts


class Said:
    """One clause, ready to stand in an answer."""

    __slots__ = ("_at", "_cites", "_clause", "_code")

    def __init__(self, clause: Clause, program: Program) -> None:
        assert clause.code is not None
        self._clause, self._code, self._at = clause, clause.code, clause.span.at
        self._cites = tuple(Citation(name, program.quotes[name]) for name in clause.cites)

    def reason(self, conditions: tuple[Condition, ...], texts: Texts) -> Reason:
        return Reason(self._code, self._clause.id, self._at, conditions, self._cites, texts)

    def outcome(self, texts: Texts) -> Outcome:
        return Outcome(self._code, self._clause.id, self._at, self._cites, texts)

    def notice(self, texts: Texts) -> Notice:
        assert self._clause.effective_from is not None
        return Notice(self._clause.id, self._code, self._clause.effective_from, texts)
