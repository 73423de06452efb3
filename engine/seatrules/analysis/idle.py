"""What stands in an expression and has no effect: the element of a `count`, which counts entries and not values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..language import tree as t
from ..nodes import scalars
from ..policy.kinds import singular
from ..policy.written import Entry, Written
from ..problems import Problems
from ..program import Program


def idle_elements(written: Written, program: Program, problems: Problems) -> None:
    """Note each `count` of which what stands before `for` is more than the name of the loop."""
    for entry in written.named["facts"].values():
        _note(entry, "facts", [program.facts[entry.name].value], problems)
    entries = {(kind, entry.name): entry for kind, group in written.clauses.items() for entry in group}
    of_actions = (clause for action in program.actions.values() for clause in action.clauses)
    for clause in (
        *of_actions,
        *program.events,
        *program.invariants,
        *program.asides,
        *program.goals,
        *program.overview,
    ):
        _note(entries[clause.kind, clause.id], clause.kind, clause.expressions, problems)
    for name, entry in written.named["actions"].items():
        roles = [part for clause in program.actions[name].clauses for part in _roles(clause.expressions)]
        _note(entry, "actions", roles, problems)


def _roles(exprs: Iterable[t.Expr]) -> Iterator[t.Expr]:
    return (part.value for expr in exprs for part in t.parts(expr) if isinstance(part, t.Role))


def _note(entry: Entry, kind: str, exprs: Iterable[t.Expr], problems: Problems) -> None:
    for count in (part for expr in exprs for part in t.parts(expr) if isinstance(part, t.Each)):
        if count.kind != "count" or (isinstance(count.element, t.Local) and count.element.name == count.variable):
            continue
        for scalar in scalars(entry.node):
            if scalar.text[count.at :].startswith(count.text):
                element = count.element.text
                message = f"{singular(kind)} `{entry.name}`: `count` counts every entry, and `{element}` has no effect"
                help_text = (
                    f"for how many different ones, write `count_distinct({element} for ...)`;"
                    f" to count some only, write `count({count.variable} for ... if ...)`"
                )
                span = scalar.part(count.element.at, len(element))
                problems.error("idle-element", message, span, help=help_text)
