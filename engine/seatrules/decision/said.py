"""What a clause says of a request: its place in the policy, the source's words, its texts and its bill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..compiler import Clause, Program
from ..language.interpret import UNKNOWN, Interpreter, Item
from .values import Citation, Condition, Notice, Outcome, Reason, Texts, spoken


def citations(clause: Clause, program: Program) -> tuple[Citation, ...]:
    """The statements that a clause cites."""
    return tuple(Citation(name, program.quotes[name]) for name in clause.cites)


def texts(clause: Clause, program: Program, interpreter: Interpreter, local: Mapping[str, Any]) -> Texts:
    """A clause's message in any language of the policy."""
    return lambda language: interpreter.text(clause.message[spoken(language, program.languages)], local, language)


def billed(clause: Clause, interpreter: Interpreter, local: Mapping[str, Any]) -> dict[str, Any]:
    """What a clause bills, as plain data; what is not known is null."""
    billing = {key: interpreter.value(expr, local) for key, expr in clause.billing.items()}
    return {
        key: None if value is UNKNOWN else value.id if isinstance(value, Item) else value
        for key, value in billing.items()
    }


class Said:
    """One clause, ready to stand in an answer."""

    __slots__ = ("_at", "_cites", "_clause", "_code", "_line")

    def __init__(self, clause: Clause, program: Program) -> None:
        assert clause.code is not None
        self._clause, self._code, self._at = clause, clause.code, clause.span.at
        self._cites, self._line = citations(clause, program), program.codes[_group(clause)][clause.code]

    def reason(self, conditions: tuple[Condition, ...], texts: Texts) -> Reason:
        return Reason(self._code, self._clause.id, self._at, conditions, self._cites, texts, self._line)

    def outcome(self, texts: Texts) -> Outcome:
        return Outcome(self._code, self._clause.id, self._at, self._cites, texts, self._line)

    def notice(self, texts: Texts) -> Notice:
        assert self._clause.effective_from is not None
        return Notice(self._clause.id, self._code, self._clause.effective_from, texts, self._line)


def _group(clause: Clause) -> str:
    """What the code of a clause is of."""
    if clause.kind != "rules":
        return "outcomes"
    return "warnings" if clause.severity == "warning" else "reasons"
