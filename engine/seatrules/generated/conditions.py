"""Writes the code that explains a rule's requirements, as `language.explained` does it by the interpreter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ..decision.explanation import NO_ENTRIES, Condition, seen_in, with_entries_read
from ..language import tree as t
from ..language.explained import (
    SHOWN_ENTRIES,
    Operand,
    SeenEntry,
    dated_cells_read,
    facts_of,
    operands_of,
    shows_only_deciding,
    without_not,
)
from ..program import Clause, Program
from .code import Object, Writer


class _Part(NamedTuple):
    """The code of a part of a condition: the variables of its value and of the values seen, and its further fields."""

    expr: t.Expr
    holds: str
    facts: str
    further: str = ""

    @property
    def operand(self) -> str:
        return f"Operand({self.expr.text!r}, {self.holds}, {self.facts}{self.further})"

    def condition(self, at: str) -> str:
        return f"Condition({self.expr.text!r}, {self.holds}, {self.facts}, {at!r}{self.further})"


class ConditionWriter(Writer):
    """Writes what gives the `Condition` of each requirement."""

    def __init__(self, program: Program, known_uses: Counter[str] | None = None) -> None:
        super().__init__(program, known_uses)
        self.namespace |= {"Condition": Condition, "Operand": Operand, "SeenEntry": SeenEntry}
        self.namespace |= {"facts_of": facts_of, "noting_plain": _noting_plain}
        self.namespace |= {"seen_in": seen_in, "with_entries_read": with_entries_read, "NO_ENTRIES": NO_ENTRIES}

    def conditions(self, clause: Clause, local: Mapping[str, Any]) -> str:
        """The code of the conditions: whether each requirement holds, and the values seen."""
        self.traced_loops = frozenset(local)
        conditions = []
        for expr, span in clause.require:
            condition = self._part(expr, local, expected=True).condition(span.at)
            conditions.append(self._with_entries_read(expr, condition, local))
        self.traced_loops = frozenset()
        return f"({', '.join(conditions)},)"

    def _with_entries_read(self, expr: t.Expr, condition: str, local: Mapping[str, Any]) -> str:
        """The code of a condition with the entries of dated tables that were read for it."""
        cells = [*dated_cells_read(expr)]
        if not cells:
            return condition
        name, seen, read = self.name("condition"), self.name("seen"), list[str]()
        self.line(f"{name} = {condition}")
        self.line(f"{seen} = seen_in({name})")
        for cell in cells:
            keys = ", ".join(self.code(key, local) for key in cell.keys)
            entry = f"{self.constant(cell.table.entries)}.get(({keys}), NO_ENTRIES).get({cell.column!r})"
            read.append(f"({cell.text!r}, {entry}) if {cell.text!r} in {seen} else None")
        return f"with_entries_read({name}, ({', '.join(read)},))"

    def _part(self, expr: t.Expr, local: Mapping[str, Any], *, expected: bool, with_entries: bool = True) -> _Part:
        note = self.name("note")
        part = _Part(expr, self.name("holds"), self.name("facts"))
        self.line(f"{part.facts} = {{}}")
        self.line(f"{note} = {part.facts}.setdefault")
        code = self.traced(expr, note, local)
        if f"{note}_plain(" in code:
            self.line(f"{note}_plain = noting_plain({part.facts})")
        self.line(f"{part.holds} = {code}")
        inner, inner_expected = without_not(expr, expected)
        match inner:
            case t.Logic():
                return part._replace(further=f", {self._operands(inner, local, inner_expected, with_entries)}")
            case t.Choose():
                return part._replace(further=f", {self._branches(inner, local, inner_expected, with_entries)}")
            case t.Each(kind="all" | "any") if with_entries:
                surprising = f"{part.holds} is {not expected}"
                return part._replace(
                    further=f", (), {self._entries(part, inner, local, surprising, not inner_expected)}"
                )
        return part

    def _operands(self, expr: t.Logic, local: Mapping[str, Any], expected: bool, with_entries: bool) -> str:
        names, some_may_lack = list[str](), False
        for item, earlier in operands_of(expr):
            name = self.name("operand")
            asked = [
                f"{names[number]} is not None and {names[number]}.holds is not {expr.op == 'or'}" for number in earlier
            ]
            with self._only_if(" and ".join(asked), name):
                part = self._part(item, local, expected=expected, with_entries=with_entries)
                self.line(f"{name} = {part.operand}")
            names.append(name)
            some_may_lack = some_may_lack or bool(earlier)
        operands = f"({', '.join(names)},)"
        return f"tuple([each for each in {operands} if each is not None])" if some_may_lack else operands

    @contextmanager
    def _only_if(self, condition: str, name: str) -> Iterator[None]:
        """What is written inside is done where the condition holds; elsewhere the name stands for nothing."""
        if not condition:
            yield
            return
        self.line(f"{name} = None")
        with self.block(f"if {condition}:"):
            yield

    def _branches(self, expr: t.Choose, local: Mapping[str, Any], expected: bool, with_entries: bool) -> str:
        condition = self._part(expr.condition, local, expected=True, with_entries=with_entries)
        branch = self.name("operand")
        for header, taken in ((f"if {condition.holds}:", expr.then), ("else:", expr.otherwise)):
            with self.block(header):
                part = self._part(taken, local, expected=expected, with_entries=with_entries)
                self.line(f"{branch} = {part.operand}")
        return f"({condition.operand}, {branch})"

    def _entries(self, part: _Part, expr: t.Each, local: Mapping[str, Any], surprising: str, holds: bool) -> str:
        """The entries that make it so, and how many more there are."""
        entries, more = self.name("entries"), self.name("more")
        self.line(f"{entries}, {more} = [], 0")
        condition, deciding = expr.condition, shows_only_deciding(expr, holds)
        asked = (expr.element,) if condition is None else (condition, expr.element)
        with self.block(f"if {surprising}:"):
            with self._each_entry(expr, local, passing=True) as (key, inside):
                if deciding:
                    self.line(f"if {'not ' if holds else ''}({self.code(expr.element, inside)}): continue")
                self._entry(part, expr, key, inside, asked, entries, more)
            if condition is not None and not deciding:
                with self.block(f"if not {entries}:"), self._each_entry(expr, local, passing=False) as (key, inside):
                    self._entry(part, expr, key, inside, asked[:1], entries, more)
        return f"tuple({entries}), {more}"

    @contextmanager
    def _each_entry(
        self, expr: t.Each, local: Mapping[str, Any], *, passing: bool
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """What is written inside is done for each entry that the loop's condition lets pass, or for each other."""
        header, inside, condition = self.loop(t.Loop(expr.variable, expr.over, expr.condition), local, numbered=True)
        entry = inside[expr.variable]
        with self.block(f"{header}:"):
            self.inside_loop += 1
            if condition is not None:
                self.line(f"if {'not ' if passing else ''}({condition}): continue")
            yield str(entry.id if isinstance(entry, Object) else entry), inside
            self.inside_loop -= 1

    def _entry(
        self,
        part: _Part,
        expr: t.Each,
        key: str,
        inside: Mapping[str, Any],
        asked: Sequence[t.Expr],
        entries: str,
        more: str,
    ) -> None:
        """Add an entry with what was read of it, or count it where enough are shown."""
        with self.block(f"if len({entries}) == {SHOWN_ENTRIES}:"):
            self.line(f"{more} += 1")
            self.line("continue")
        around, self.traced_loops = self.traced_loops, self.traced_loops | {expr.variable}
        operands = [self._part(each, inside, expected=True, with_entries=False).operand for each in asked]
        self.traced_loops = around
        self.line(f"{entries}.append(SeenEntry({key}, facts_of(({', '.join(operands)},), {part.facts})))")


def _noting_plain(facts: dict[str, Any]) -> Callable[[str, Any], Any]:
    """A function that notes what is plain data only where it is empty: an entry, or a list of them."""

    def note_plain(text: str, value: Any) -> Any:
        if value is None or value == []:
            facts.setdefault(text, value)
        return value

    return note_plain
