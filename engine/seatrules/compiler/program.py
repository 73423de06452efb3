"""A compiled policy version: what decides, explains and changes; nothing in it can be wrong any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ..diagnostics import Span
from ..language import tree as t
from ..language.interpret import FactBody
from ..language.text import Message
from ..language.types import Record, Table, Type

if TYPE_CHECKING:
    from .reads import Reads
OLD = "old"
"""What invariants call the state before the step."""
_NONE: Mapping[str, Any] = {}


class Clause(NamedTuple):
    """A rule, consequence, outcome, event, invariant or duty, bound for one action (the last three: for none).

    `code` and `message` are a rule's otherwise; `changes` and `appends` pair a path with its new value.
    """

    kind: str
    id: str
    span: Span
    cites: tuple[str, ...] = ()
    when: t.Expr | None = None
    require: tuple[t.Expr, ...] = ()
    code: str | None = None
    message: Mapping[str, Message] = _NONE
    severity: str = "denial"
    effective_from: str | None = None
    effective_until: str | None = None
    loop: t.Loop | None = None
    on: t.Expr | None = None
    changes: tuple[tuple[t.Expr, t.Expr], ...] = ()
    appends: tuple[tuple[t.Expr, t.Expr | Mapping[str, t.Expr]], ...] = ()
    removals: tuple[t.Expr, ...] = ()
    billing: Mapping[str, t.Expr] = _NONE

    def in_force(self, day: str) -> bool:
        """Whether the rule is in force on `day`."""
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_until is None or day < self.effective_until
        )


class ActionProgram(NamedTuple):
    """What one action takes, asks and does; `performed_by` names the argument that is the person who acts."""

    name: str
    title: Mapping[str, str]
    arguments: Mapping[str, Type]
    time_to: str | None
    rules: tuple[Clause, ...]
    consequences: tuple[Clause, ...]
    outcomes: tuple[Clause, ...]
    cost: str | None = None
    performed_by: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """One version of a policy, compiled with one choice of its settings.

    `codes` holds the line of each code in every language, by what the codes are of. `terminal` says of codes of reasons
    why no action can mend them. `costs` are the words for what a remedy costs, from the least to the most, with their
    texts; `another_actor` is the one for somebody else who has to act.
    """

    name: str
    version: str
    digest: str
    effective_from: str
    title: Mapping[str, str]
    languages: tuple[str, ...]
    billing_changes: tuple[str, ...]
    billing_words: Mapping[str, Mapping[str, str]]
    state: Record
    defs: Mapping[str, Type]
    tables: Mapping[str, Table]
    facts: Mapping[str, FactBody]
    settings: Mapping[str, Any]
    choices: Mapping[str, tuple[Any, ...]]
    codes: Mapping[str, Mapping[str, Mapping[str, str]]]
    quotes: Mapping[str, str]
    actions: Mapping[str, ActionProgram]
    events: tuple[Clause, ...]
    invariants: tuple[Clause, ...]
    duties: tuple[Clause, ...]
    terminal: Mapping[str, Mapping[str, str]]
    costs: Mapping[str, Mapping[str, str]]
    another_actor: str | None
    reads: dict[str, Reads] = field(default_factory=dict, repr=False)
    """What each action may read of the state, once somebody has asked for it."""

    @property
    def identity(self) -> dict[str, str]:
        """By what an answer names the version."""
        return {"name": self.name, "version": self.version, "digest": self.digest}

    @property
    def nothing_billed(self) -> dict[str, str]:
        """The billing of what bills nothing: the first of the policy's words for a change says so."""
        return {"change": self.billing_changes[0]}
