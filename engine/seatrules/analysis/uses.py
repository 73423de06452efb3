"""Who names what in a policy, both ways: rules, facts, actions, statements, codes, table cells, settings, cutoffs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..language import tree as t
from ..language.types import EntryOf, Record
from ..nodes import MappingNode, Node, Scalar, SequenceNode
from ..policy.written import Entry, Written
from ..program import Clause, Program

ANY = "*"
"""In the name of a table's cell: the row under a key that only a request gives."""


class NamedThing(NamedTuple):
    """Something that has a name; `kind` is what it is called in its file.

    The kinds are `actions`, `codes` (by group, `reasons/lot_full`), `cutoffs`, `facts`, `roles` (by action,
    `park/parked_car`), `settings`, `statements`, `tables`, their `cells` (`lot_rules/north/price`), and those of
    clauses.
    """

    kind: str
    name: str


class Uses:
    """The index of one version: by whom each thing is named (`named_by`), and what each of them `names`."""

    def __init__(self, program: Program, written: Written) -> None:
        self._tables = {id(table.record): name for name, table in program.tables.items()}
        self.names: dict[NamedThing, dict[NamedThing, None]] = {}
        self.named_by: dict[NamedThing, dict[NamedThing, None]] = {}
        self._note(NamedThing("policy", program.name), (NamedThing("facts", name) for name in program.spared))
        for name, fact in program.facts.items():
            self._note(NamedThing("facts", name), self._in((fact.value,), None))
        for action in program.actions.values():
            instructions = [expr for message in action.instruction.values() for expr in message.expressions]
            self._note(NamedThing("actions", action.name), self._in(instructions, action.name))
            if action.each is not None:
                self._note(NamedThing("actions", action.name), [NamedThing("actions", action.each.of)])
                continue
            for clause in action.clauses:
                self._clause(clause, action.name)
            planned: list[t.Expr] = [condition for _, condition in action.cheaper]
            if action.wish.value is not None:
                planned.append(action.wish.value)
            self._note(NamedThing("actions", action.name), self._in(planned, action.name))
        for clause in (*program.events, *program.invariants, *program.asides, *program.goals, *program.overview):
            self._clause(clause, None)
        for kind, entries in written.named.items():
            self._cites(kind, entries.values())
        for kind, clauses in written.clauses.items():
            self._cites(kind, clauses)
        self._cites("tables", written.tables.values())

    def __contains__(self, named: NamedThing) -> bool:
        """Whether anything names it."""
        return named in self.named_by

    def _note(self, namer: NamedThing, names: Iterable[NamedThing]) -> None:
        for named in names:
            if named != namer:
                self.names.setdefault(namer, {})[named] = None
                self.named_by.setdefault(named, {})[namer] = None

    def _clause(self, clause: Clause, action: str | None) -> None:
        namer = NamedThing(clause.kind, clause.id)
        self._note(namer, self._in(clause.expressions, action))
        if clause.code is not None:
            self._note(namer, [NamedThing("codes", f"{clause.group}/{clause.code}")])
        if action is not None:
            self._note(namer, [NamedThing("actions", action)])

    def _in(self, exprs: Iterable[t.Expr], action: str | None) -> Iterator[NamedThing]:
        """What expressions name, the expressions of roles included; of an action, its roles."""
        for part in (part for expr in exprs for part in t.parts(expr)):
            match part:
                case t.Call(fact=name):
                    yield NamedThing("facts", name)
                case t.Named(text=text):
                    kind, _, name = "".join(text.split()).partition(".")
                    yield NamedThing(kind, name)
                case t.Role(name=name) if action is not None:
                    yield NamedThing("roles", f"{action}/{name}")
                case t.Rows(name=name):
                    yield NamedThing("tables", name)
                case t.Field(of=of, name=name) if (table := self._table(of)) is not None:
                    yield NamedThing("cells", "/".join([table, *_keys(of), name]))

    def _table(self, row: t.Expr) -> str | None:
        kind = row.type.record if isinstance(row.type, EntryOf) else row.type
        return self._tables.get(id(kind)) if isinstance(kind, Record) else None

    def _cites(self, kind: str, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._note(NamedThing(kind, entry.name), (NamedThing("statements", name) for name in cited(entry.node)))


def _keys(row: t.Expr) -> list[str]:
    """By which keys a row is read: those written in the policy, and `*` for those that only a request gives."""
    if not isinstance(row, t.Index):
        return [ANY]
    return [str(key.value) if isinstance(key, t.Literal | t.Named) else ANY for key in row.keys]


def cited(node: Node) -> Iterator[str]:
    """The statements that an entry cites, its rows included."""
    if isinstance(node, MappingNode):
        for key, _, child in node:
            if key == "cites" and isinstance(child, SequenceNode):
                yield from (item.text for item in child.items if isinstance(item, Scalar))
            else:
                yield from cited(child)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from cited(item)
