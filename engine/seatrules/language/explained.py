"""Explains why a condition holds or not: by its operands, and of `all` and `any` by the entries that make it so.

A condition is asked lazily, as Python asks it; here every operand that has a value is computed, also behind one that
decides. What can't be computed is left out, and never changes an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from . import tree as t
from .days import OutOfRangeError
from .functions import FUNCTIONS, NOT_ZERO
from .interpret import UNKNOWN, Interpreter, plain
from .names import IsWord, Known, NotZero, possible_words, present_paths
from .types import MapOf, Maybe, Narrowed, Table, known, of_records

SHOWN_ENTRIES = 20
"""How many entries are shown of an `all` or `any`; of the others it is said how many there are."""


class SeenEntry(NamedTuple):
    """What was read of one entry: its key, its number in a list of records (from 0), or the value that a list holds."""

    key: Any
    facts: Mapping[str, Any]


class Operand(NamedTuple):
    """A part of a condition as written, whether it holds (`None`: not known), and the values seen.

    `operands` are those of an `and` or `or`, or the condition and the branch of an `x if c else y`. `entries` are those
    of an `all` or `any` that is not as it has to be, `more` how many are not shown; of any other part there are none.
    """

    expression: str
    holds: bool | None
    facts: Mapping[str, Any]
    operands: tuple[Operand, ...] = ()
    entries: tuple[SeenEntry, ...] | None = None
    more: int = 0


class _Asked(NamedTuple):
    """An entry by its key, with the names inside the loop and with what was asked of it."""

    key: Any
    inside: Mapping[str, Any]
    asked: tuple[t.Expr, ...]


def explained(
    interpreter: Interpreter,
    expr: t.Expr,
    local: Mapping[str, Any],
    *,
    expected: bool = True,
    with_entries: bool = True,
) -> Operand:
    """What a condition comes to, with its operands and entries, where it was to be `expected`.

    Raises:
        OutOfRangeError: asked lazily already, it counts with a day beyond the years that dates have.
    """
    holds, facts = interpreter.traced(expr, local)
    whole = Operand(expr.text, None if holds is UNKNOWN else holds, facts)
    inner, inner_expected = without_not(expr, expected)
    match inner:
        case t.Logic():
            parts = _operands(interpreter, inner, local, inner_expected, with_entries)
            return whole._replace(operands=tuple(parts))
        case t.Choose():
            parts = _branches(interpreter, inner, local, inner_expected, with_entries)
            return whole._replace(operands=tuple(parts))
        case t.Each(kind="all" | "any") if with_entries:
            surprising = whole.holds is not None and whole.holds is not expected
            entries = _deciding(interpreter, inner, local, not inner_expected) if surprising else []
            shown = tuple(_entry(interpreter, inner, facts, each) for each in entries[:SHOWN_ENTRIES])
            return whole._replace(entries=shown, more=len(entries) - len(shown))
    return whole


def without_not(expr: t.Expr, expected: bool) -> tuple[t.Expr, bool]:
    """What stands behind each `not` at the front, and what that has to be for the whole to be `expected`."""
    while isinstance(expr, t.Not):
        expr, expected = expr.of, not expected
    return expr, expected


def operands_of(expr: t.Logic) -> Iterator[tuple[t.Expr, tuple[int, ...]]]:
    """The operands, each with the numbers of the earlier ones that ask whether something is there that it reads.

    What stands behind one that the policy's settings decide is left out: it is nothing that is read of a state.
    """
    deciding = expr.op == "or"
    present = [made_sure_of(item, not deciding) for item in expr.items]
    for number, item in enumerate(expr.items):
        yield item, tuple(earlier for earlier in range(number) if present[earlier] & taken_for_granted(item))
        if t.constant(item) is deciding:
            return


def made_sure_of(expr: t.Expr, holds: bool = True) -> frozenset[Known]:
    """What is known where a condition holds, or does not."""
    return present_paths(expr, holds).union(map(IsWord, possible_words(expr, holds)))


def taken_for_granted(expr: t.Expr) -> set[Known]:
    """What it needs to be computed: values that are there, numbers that are not 0, texts that are words."""
    granted: set[Known] = set()
    for part in t.parts(expr):
        if not isinstance(part.type, Maybe):
            granted.add(t.canonical(part))
        if isinstance(part.type, Narrowed):
            granted.add(IsWord(t.canonical(part)))
        if isinstance(part, t.Apply):
            takes = FUNCTIONS[part.function].takes
            granted |= {
                NotZero(t.canonical(factor))
                for kind, argument in zip(takes, part.arguments, strict=False)
                if kind is NOT_ZERO
                for factor in t.parts(argument)
            }
    return granted


class CellRead(NamedTuple):
    """A cell of a dated table as it is read: its words, the table, the keys of the row, and the column."""

    text: str
    table: Table
    keys: Sequence[t.Expr]
    column: str


def dated_cells_read(expr: t.Expr) -> Iterator[CellRead]:
    """The cells of dated tables that an expression reads: none of what a role or a fact reads, or a `for` in it."""
    match expr:
        case t.Each(over=over):
            yield from dated_cells_read(over)
            return
        case t.Field(text=text, of=of, name=name) if isinstance(row := t.unwrapped(of), t.Index):
            if isinstance(row.of.type, Table) and row.of.type.days is not None:
                yield CellRead(text, row.of.type, row.keys, name)
    for child in t.children(expr):
        yield from dated_cells_read(child)


def shows_only_deciding(expr: t.Each, holds: bool) -> bool:
    """Whether single entries make an `all` or `any` so: each for which the one fails, or which the other finds."""
    return (expr.kind == "any") is holds


def facts_of(parts: Iterable[Operand], but: Mapping[str, Any]) -> dict[str, Any]:
    """What was read for these parts and for their operands, but what stands elsewhere."""
    facts: dict[str, Any] = {}
    for part in parts:
        for name, value in (*part.facts.items(), *facts_of(part.operands, but).items()):
            if name not in but:
                facts.setdefault(name, value)
    return facts


def _operands(
    interpreter: Interpreter, expr: t.Logic, local: Mapping[str, Any], expected: bool, with_entries: bool
) -> Iterator[Operand]:
    deciding, parts = expr.op == "or", list[Operand | None]()
    for item, earlier in operands_of(expr):
        part = None
        if all((other := parts[number]) is not None and other.holds is not deciding for number in earlier):
            with suppress(OutOfRangeError):
                part = explained(interpreter, item, local, expected=expected, with_entries=with_entries)
        parts.append(part)
        if part is not None:
            yield part


def _branches(
    interpreter: Interpreter, expr: t.Choose, local: Mapping[str, Any], expected: bool, with_entries: bool
) -> Iterator[Operand]:
    condition = explained(interpreter, expr.condition, local, with_entries=with_entries)
    yield condition
    for branch, taken_if in ((expr.then, True), (expr.otherwise, False)):
        if condition.holds is not (not taken_if):
            yield explained(interpreter, branch, local, expected=expected, with_entries=with_entries)


def _deciding(interpreter: Interpreter, expr: t.Each, local: Mapping[str, Any], holds: bool) -> list[_Asked]:
    """The entries that make it so.

    Where no entry decides, these are all that the loop's condition lets pass, and if it lets none pass, all.
    """
    deciding = shows_only_deciding(expr, holds)
    asked = (expr.element,) if expr.condition is None else (expr.condition, expr.element)
    passing, others = list[_Asked](), list[_Asked]()
    for key, entry in _keyed(interpreter, expr, local):
        inside = {**local, expr.variable: entry}
        with suppress(OutOfRangeError):
            passes = True if expr.condition is None else interpreter.value(expr.condition, inside)
            if passes is False:
                others.append(_Asked(key, inside, asked[:1]))
            elif not deciding or (passes is True and interpreter.value(expr.element, inside) is holds):
                passing.append(_Asked(key, inside, asked))
    return passing or others


def _keyed(interpreter: Interpreter, expr: t.Each, local: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Every entry that is known, by its key."""
    has_keys = isinstance(known(expr.over.type), MapOf | Table)
    for number, (entry, _) in enumerate(interpreter.entries(t.Loop(expr.variable, expr.over, None), local)):
        if entry is not UNKNOWN:
            yield entry.id if has_keys else number if of_records(expr.over.type) else plain(entry), entry


def _entry(interpreter: Interpreter, expr: t.Each, facts: Mapping[str, Any], entry: _Asked) -> SeenEntry:
    """What was read of an entry, but what is the same for all and stands beside them."""
    of_entry = interpreter.but(traced_loops=interpreter.traced_loops | {expr.variable})
    parts = [explained(of_entry, each, entry.inside, with_entries=False) for each in entry.asked]
    return SeenEntry(entry.key, facts_of(parts, facts))
