"""The clauses of a policy, bound: rules, consequences, outcomes, events, invariants, goals, an overview: one family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..diagnostics import Span
from ..language import tree as t
from ..language.interpret import COMPARE
from ..language.text import Message
from .target import Target

_NONE: Mapping[str, Any] = {}


class Requirement(NamedTuple):
    """One thing that a rule requires, and where it is written."""

    expr: t.Expr
    span: Span


class Bill(NamedTuple):
    """One entry of what an outcome or an event bills: for each entry of its loop, where its `when` holds."""

    values: Mapping[str, t.Expr]
    loop: t.Loop | None = None
    when: t.Expr | None = None

    @property
    def expressions(self) -> Iterator[t.Expr]:
        """Every expression of it, those of its loop among them."""
        yield from _of_loop(self.loop)
        if self.when is not None:
            yield self.when
        yield from self.values.values()


class Clause(NamedTuple):
    """A rule, consequence, outcome, event, invariant, goal or line, bound for one action (from events on: for none).

    A rule's condition is one expression, `holds`: `not when or (all of require)`. It is true where the rule does not
    apply or is met, false where it is broken, and unknown where too little is known (in strong Kleene logic). `when`
    and `require` are its parts, for what is shown of them. `code` and `message` are a rule's otherwise; `about` is what
    that is about, where no action mends it and its code does not say so. `severity` is a rule's (`denial` or `warning`)
    or an invariant's (`error` or `warning`). `beside` are the codes of reasons beside which alone an invariant of
    severity `warning` is asked; where there are none, it is asked of every state.
    """

    kind: str
    id: str
    span: Span
    cites: tuple[str, ...] = ()
    when: t.Expr | None = None
    require: tuple[Requirement, ...] = ()
    holds: t.Expr | None = None
    code: str | None = None
    message: Mapping[str, Message] = _NONE
    severity: str = "denial"
    beside: tuple[str, ...] = ()
    about: str | None = None
    effective_from: str | None = None
    effective_until: str | None = None
    loop: t.Loop | None = None
    on: t.Expr | None = None
    changes: tuple[tuple[Target, t.Expr], ...] = ()
    appends: tuple[tuple[Target, t.Expr | Mapping[str, t.Expr]], ...] = ()
    removals: tuple[Target, ...] = ()
    billing: tuple[Bill, ...] = ()

    @property
    def asked(self) -> t.Expr:
        """`holds`, of a rule, an invariant or a goal: those have one."""
        assert self.holds is not None
        return self.holds

    @property
    def group(self) -> str:
        """What its code is of: `reasons`, `warnings` or `outcomes`."""
        if self.kind != "rules":
            return "outcomes"
        return "reasons" if self.denies else "warnings"

    @property
    def denies(self) -> bool:
        """Whether a rule denies the action where it is broken; else it warns."""
        return self.severity == "denial"

    @property
    def in_force_if(self) -> tuple[tuple[str, str], ...]:
        """The comparisons of a day with another that hold where the rule is in force; none where it always is."""
        both = ((">=", self.effective_from), ("<", self.effective_until))
        return tuple([(op, day) for op, day in both if day is not None])

    def in_force(self, day: str) -> bool:
        """Whether the rule is in force on `day`."""
        return all(COMPARE[op](day, other) for op, other in self.in_force_if)

    @property
    def days(self) -> tuple[str, ...]:
        """The days on which the rule comes into force and goes out of it, of those that there are."""
        return tuple([day for _, day in self.in_force_if])

    @property
    def targets(self) -> Iterator[Target]:
        """Every path that the clause writes to: what it changes, adds and takes away."""
        yield from (target for target, _ in self.changes)
        yield from (target for target, _ in self.appends)
        yield from self.removals

    @property
    def values(self) -> Iterator[tuple[t.Expr, Target, str | None]]:
        """Every new value with the target of it; of a new record, each property by its name."""
        yield from ((value, target, None) for target, value in self.changes)
        for target, item in self.appends:
            if isinstance(item, t.Expr):
                yield item, target, None
            else:
                yield from ((value, target, name) for name, value in item.items())

    @property
    def messages(self) -> Iterator[t.Expr]:
        """What the placeholders of its messages print."""
        return (expr for message in self.message.values() for expr in message.expressions)

    @property
    def billed(self) -> Iterator[t.Expr]:
        """Every expression of what it bills."""
        return (expr for bill in self.billing for expr in bill.expressions)

    @property
    def expressions(self) -> Iterator[t.Expr]:
        """Every expression of the clause, those of its loop, its paths and its texts among them."""
        yield from self.expressions_that_decide
        yield from self.messages

    @property
    def expressions_that_decide(self) -> Iterator[t.Expr]:
        """Every expression but those of its texts."""
        yield from _of_loop(self.loop)
        yield from (expr for expr in (self.on, self.holds or self.when) if expr is not None)
        yield from self.billed
        yield from (target.expr for target in self.targets)
        yield from (value for value, _, _ in self.values)


def _of_loop(loop: t.Loop | None) -> Iterator[t.Expr]:
    if loop is not None:
        yield loop.over
        if loop.condition is not None:
            yield loop.condition
