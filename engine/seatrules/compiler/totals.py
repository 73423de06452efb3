"""What all clauses of a policy come to: how much code is made of them, what they count with, and what none reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ..language import tree as t
from ..language.types import EntryOf, Integer, Record, Type, known, record_of
from ..program import Clause
from .facts import Facts

MAX_TOTAL = 200_000
"""How many parts the facts that clauses call may have in all, each as often as it is called: of each, code is made."""


class Totals:
    """Gathers what expressions call, read and count with: `counted` are the names of properties and arguments."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.calls = Counter[str]()
        self.counted = set[str]()
        self._results_counted = set[str]()
        self._read: dict[str, set[str]] = {}
        """The properties of records that are read, by the names of these."""
        self._notes_reads = False

    def add(self, clauses: Iterable[Clause], *, may_read: bool = True) -> None:
        """Gather what the clauses call and count with, and, but for those that may not, what they read."""
        for clause in clauses:
            self._notes_reads = may_read
            for expr in clause.expressions_that_decide:
                self._visit(expr, counting=False)
            self._notes_reads = False
            for expr in clause.messages:
                self._visit(expr, counting=False)

    def add_facts(self) -> None:
        """Gather what all facts read and count with; what they call is in the parts of those that call them."""
        called, self._notes_reads = Counter(self.calls), True
        for body in self.facts.bodies.values():
            self._visit(body.value, counting=False)
        self.calls = called

    def add_reads(self, clauses: Iterable[Clause]) -> None:
        """Gather what the clauses read, and nothing else of them."""
        for part in (part for each in clauses for expr in each.expressions_that_decide for part in t.parts(expr)):
            if isinstance(part, t.Field):
                self._note_read(part)

    def unread(self, defs: Mapping[str, Type]) -> dict[str, frozenset[str]]:
        """By the name of a record, its properties that nothing reads but messages."""
        records = [kind for kind in defs.values() if isinstance(kind, Record)]
        return {record.name: frozenset(record.fields) - self._read.get(record.name, set()) for record in records}

    def check(self) -> None:
        """Report the fact of which most code would be generated, where there would be too much in all."""
        parts = {fact: times * self.facts.sizes.get(fact, 0) for fact, times in self.calls.items()}
        if sum(parts.values()) <= MAX_TOTAL:
            return
        fact = max(parts, key=parts.__getitem__)
        message = (
            f"fact `{fact}`: with the facts that it calls, it has {self.facts.sizes[fact]} parts, and the clauses of"
            f" all actions call it {self.calls[fact]} times: in all, they call more than {MAX_TOTAL} parts"
        )
        help_text = "call fewer facts from it, or call it from fewer clauses"
        self.facts.binder.problems.error("too-large", message, self.facts.entries[fact].place("is"), help=help_text)

    def _visit(self, expr: t.Expr, *, counting: bool) -> None:
        """Gather from an expression; `counting`, its value is counted with."""
        kind = type(expr)
        if kind in _LEAVES:
            return
        if kind in _READ:
            if self._notes_reads and kind is t.Field:
                self._note_read(expr)
            if counting and isinstance(known(expr.type), Integer):
                self.counted.add(expr.name)  # type: ignore[union-attr]
            counting = False
        elif isinstance(expr, t.Role):
            self._visit(expr.value, counting=counting)
            return
        elif isinstance(expr, t.Call):
            self._call(expr.fact, counting=counting)
            counting = False
        elif isinstance(expr, t.Choose):
            self._visit(expr.condition, counting=False)
            self._visit(expr.then, counting=counting)
            self._visit(expr.otherwise, counting=counting)
            return
        elif isinstance(expr, t.Each):
            self._visit(expr.element, counting=counting or expr.kind == "sum")
            counting = False
        else:
            counting = kind is t.Arithmetic or (counting and kind is t.Apply)
        for child in t.children(expr):
            self._visit(child, counting=counting)

    def _note_read(self, field: Any) -> None:
        owner = known(field.of.type)
        if isinstance(owner, EntryOf | Record):
            self._read.setdefault(record_of(owner).name, set()).add(field.name)

    def _call(self, fact: str, *, counting: bool) -> None:
        self.calls[fact] += 1
        if counting and fact in self.facts.bodies and fact not in self._results_counted:
            self._results_counted.add(fact)
            self._visit(self.facts.bodies[fact].value, counting=True)


_LEAVES = {t.Literal, t.Named, t.Local, t.Rows}
_READ = {t.Argument, t.Field, t.Property}
