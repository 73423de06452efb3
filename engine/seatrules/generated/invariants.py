"""Asks invariants of valid states by generated functions: first which of them are broken, then by which entries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, nullcontext, suppress
from functools import cached_property
from typing import Any

from ..decision.explanation import WorkedOut, origin_of
from ..decision.invariants import BrokenInvariant, explained_invariants, is_beside
from ..language import tree as t
from ..language.interpret import Interpreter
from ..language.text import pointer
from ..language.types import Table, known
from ..program import Clause, Program
from ..program.program import OLD
from ..program.reads import WHOLE
from .answers import AnswerWriter, GeneratedFunction, generate_answer
from .code import Map, Object, Writer, is_of_row
from .function import UnsupportedError
from .reading import RequestReader
from .verdict import FALLBACK_ERRORS, define_checking, left_to_the_reference


def generate_checked(
    program: Program, invariants: Sequence[Clause], asides: Sequence[Clause]
) -> Callable[[Any], tuple[Set[int], Set[int]] | None]:
    """The function that checks a whole state: the numbers of the invariants, and of the asides, that it does not keep.

    It returns nothing where the state is not valid and ordinary (see `decide_on_valid`), or left to the reference.
    """
    try:
        counting = _CheckingWriter(program)
        counting.checked(invariants, asides)
        writer = _CheckingWriter(program, counting.uses)
        writer.checked(invariants, asides)
        return define_checking("valid state and invariants", writer)
    except (UnsupportedError, RecursionError):
        return left_to_the_reference


class Invariants:
    """Some invariants of one version of a policy, ready to be asked of valid states."""

    def __init__(self, program: Program, clauses: Sequence[Clause], title: str) -> None:
        self.program, self.clauses, self.title = program, clauses, title
        self._origins = [origin_of(clause, program) for clause in clauses]
        self._entries: dict[int, GeneratedFunction] = {}

    def broken(self, state: Any, old: Any = None) -> Set[int] | None:
        """The numbers of those that a state does not keep, after a step from `old` if that is given.

        Nothing where that is left to the reference.
        """
        try:
            numbers: Set[int] = self._broken(old, state)
        except Exception:
            return None  # Objects that are no plain data may raise anything. The reference says what is wrong.
        return numbers

    def beside(self, codes: Collection[str]) -> Set[int]:
        """The numbers of those that stand beside reasons with these codes."""
        return {number for code in codes for number in self._by_code.get(code, ())}

    @cached_property
    def _by_code(self) -> Mapping[str, Sequence[int]]:
        codes = {code for clause in self.clauses for code in clause.beside}
        return {code: [n for n, clause in enumerate(self.clauses) if is_beside(clause, (code,))] for code in codes}

    def explained(self, numbers: Set[int] | None, state: Any, old: Any = None) -> tuple[BrokenInvariant, ...]:
        """What there is to say of those that `broken` named, for each entry that breaks one.

        Raises:
            RequestError: one counts with a day beyond the years that dates have.
        """
        asked = self.clauses
        if numbers is not None:
            if not numbers:
                return ()
            with suppress(*FALLBACK_ERRORS):
                return tuple([each for number in sorted(numbers) for each in self._entries_of(number, old, state)])
            asked = [self.clauses[number] for number in sorted(numbers)]
        return explained_invariants(asked, self.program, state, old)

    @cached_property
    def _broken(self) -> GeneratedFunction:
        return self._generated(lambda writer: writer.broken_numbers(self.clauses), self.title)

    def _entries_of(self, number: int, old: Any, state: Any) -> list[BrokenInvariant]:
        clause, origin = self.clauses[number], self._origins[number]
        function = self._entries.get(number)
        if function is None:
            # Two threads may both generate it: the same function, so that it does not matter whose is kept.
            title = f"entries of {clause.id}"
            function = self._entries[number] = self._generated(lambda writer: writer.entries(clause), title)
        return [
            BrokenInvariant(origin, WorkedOut(texts), conditions, clause.severity, path, entry)
            for texts, conditions, path, entry in function(old, state)
        ]

    def _generated(self, write: Callable[[_InvariantWriter], None], title: str) -> GeneratedFunction:
        return generate_answer(self.program, _InvariantWriter, write, title)


class _LoopWriter(Writer):
    """Writes the loops of invariants."""

    def numbers(self, **invariants: Sequence[Clause]) -> None:
        """Make sets, under these names, of the numbers of those that do not hold.

        Those that go through the same are asked together.
        """
        by_loop: dict[Any, list[tuple[str, Clause]]] = {}
        for name, clauses in invariants.items():
            for index, clause in enumerate(clauses):
                note = f"{name}.add({index})"
                if not self._gathered_in_pass(clause, note):
                    by_loop.setdefault(_gone_through(clause.loop), []).append((note, clause))
        for asked in by_loop.values():
            if len({_as_written(clause.loop) for _, clause in asked}) > 1:
                self._by_row(asked)
                continue
            with self.turn(asked[0][1]) as local:
                for note, clause in asked:
                    self.line(f"if not {self.code(clause.asked, local)}: {note}")

    def _gathered_in_pass(self, clause: Clause, statement: str) -> bool:
        """Write what is done for each entry that breaks an invariant into the pass over them, if there is one."""
        loop = clause.loop
        over = None if loop is None else self.represent(loop.over, {})
        gathering = self.passes.get(over.variable if isinstance(over, Map) else over) if over is not None else None
        if loop is None or gathering is None:
            return False
        inside = {loop.variable: gathering.entry}
        self.free[:], self.turns[:], self.inside_loop = [True], [0], 1
        asked = [] if loop.condition is None else [*self._opened(loop.condition, inside)]
        spends, self.spends = self.spends, False
        conditions = [self._asked(*each) for each in (*asked, *self._opened(clause.asked, inside, negated=True))]
        self.inside_loop, is_dear, self.spends = 0, self.spends, spends
        if is_dear or not all(map(gathering.is_of_entry, conditions)):
            return False
        gathering.statements.append((conditions, statement))
        return True

    def _by_row(self, asked: Sequence[tuple[str, Clause]]) -> None:
        """Ask invariants about rows of one table, each of those that its own condition lets pass."""
        loop = asked[0][1].loop
        assert loop is not None
        assert isinstance(loop.over, t.Rows)
        assert isinstance(loop.over.type, Table)
        by_rows: dict[frozenset[Any], list[tuple[str, Clause]]] = {}
        for note, clause in asked:
            assert clause.loop is not None
            passing = frozenset(row.id for row, _ in Interpreter({}, {}, {}).entries(clause.loop, {}))
            by_rows.setdefault(passing, []).append((note, clause))
        table = {
            key: (row, *(key in passing for passing in by_rows))
            for key, row in loop.over.type.rows.items()
            if any(key in passing for passing in by_rows)
        }
        flags = [f"b{number}" for number in range(len(by_rows))]
        self.free[:], self.turns[:], self.inside_loop, self.keeps_inside = [True], [len(table)], 1, 1
        with self.block(f"for k0, (x0, {', '.join(flags)}) in {self.constant(table)}.items():"):
            start = len(self.lines)
            for flag, (passing, those) in zip(flags, by_rows.items(), strict=True):
                with self.block(f"if {flag}:") if len(passing) < len(table) else nullcontext():
                    self._ask(those, Object("x0", "k0"))
            margin = " " * (self.depth + 1)
            self.lines[start:start] = [margin + line for line in self.kept_lines()]
        self.inside_loop = self.keeps_inside = 0

    def _ask(self, asked: Sequence[tuple[str, Clause]], entry: Object) -> None:
        for note, clause in asked:
            assert clause.loop is not None
            self.line(f"if not {self.code(clause.asked, {clause.loop.variable: entry})}: {note}")

    @contextmanager
    def turn(self, clause: Clause) -> Iterator[Mapping[str, Any]]:
        """What is written inside is done for each entry of an invariant; what is read twice of one is read once."""
        start, looped = len(self.lines), clause.loop is not None
        with self.applying(clause._replace(when=None), numbered=True) as local:
            self.keeps_inside = self.inside_loop
            yield local
            self.keeps_inside = 0
        margin = " " * (self.depth + 1 + looped)
        self.lines[start + looped : start + looped] = [margin + line for line in self.kept_lines()]


class _CheckingWriter(_LoopWriter, RequestReader):
    """Writes the function that checks a state, and asks what holds of it in the same passes."""

    def __init__(self, program: Program, known_uses: Counter[str] | None = None) -> None:
        super().__init__(program, known_uses, copies=False)
        self.count_on(program.counted)
        self.lasting = re.compile(r"v\d+\.get\([kx]0, c\d+\)")

    def checked(self, invariants: Sequence[Clause], asides: Sequence[Clause]) -> None:
        """The numbers of those that do not hold, of a state that is valid."""
        self.line("broken, asides = set(), set()")
        start = len(self.lines)
        self.state = self.record("state", self.program.state, WHOLE)
        self.numbers(broken=invariants, asides=asides)
        self.line("return broken, asides")
        for each in self.passes.values():
            each.write(" " * (self.depth + 2))
        self.lines[start:start] = self.prepared()


class _InvariantWriter(_LoopWriter, AnswerWriter):
    """Writes functions of the state before a step, which code calls `action`, and of the state."""

    def __init__(self, program: Program, known_uses: Counter[str] | None = None) -> None:
        super().__init__(program, known_uses)
        self.lasting = re.compile(r"(state|action)(\['\w+'\])+\.get\([kx]0, c\d+\)")
        self.count_on(frozenset())  # a valid state has all numbers that its schema allows
        self.namespace |= {"pointer": pointer}

    def broken_numbers(self, invariants: Sequence[Clause]) -> None:
        """The numbers of those that do not hold."""
        self.line("broken = set()")
        self.numbers(broken=invariants)
        self.line("return broken")

    def entries(self, clause: Clause) -> None:
        """For each entry that breaks an invariant: its texts, its conditions, its place and its key."""
        self.line("entries = []")
        with self.turn(clause) as local, self.block(f"if not {self.code(clause.asked, local)}:"):
            texts = [f"{name!r}: {self.said(message, name, local)}" for name, message in clause.message.items()]
            path, key = self.place(clause.loop, local)
            conditions = self.conditions(clause, local)
            self.line(f"entries.append(({{{', '.join(texts)}}}, {conditions}, {path}, {key}))")
        self.line("return entries")

    def place(self, loop: t.Loop | None, local: Mapping[str, Any]) -> tuple[str, str]:
        """The code of the JSON pointer of the entry, or of the state; and of the key of the entry."""
        if loop is None:
            return "'/state'", "None"
        entry = local[loop.variable]
        if not isinstance(entry, Object):
            return "'/state'", entry
        if entry.id is None:
            raise UnsupportedError
        if isinstance(known(loop.over.type), Table):
            return "'/state'", entry.id
        path = "".join(f"{part!r}, " for part in ("state", *_path(loop.over)))
        return f"pointer(({path}{entry.id}))", entry.id

    def _represent(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        if isinstance(expr, t.Property) and expr.name == OLD and OLD not in self.program.state.fields:
            return Object("action", None)
        return super()._represent(expr, local)


def _as_written(loop: t.Loop | None) -> tuple[str, ...]:
    """The same for loops that are written alike: they go through the same."""
    if loop is None:
        return ()
    return loop.variable, loop.over.text, *(() if loop.condition is None else (loop.condition.text,))


def _gone_through(loop: t.Loop | None) -> tuple[str, ...]:
    """The same for loops that are written alike, and for those over rows of one table whatever lets them pass."""
    if loop is None or not isinstance(loop.over, t.Rows):
        return _as_written(loop)
    condition = loop.condition
    of_row = condition is None or is_of_row(condition, loop.variable)
    return ("", loop.over.name) if of_row else _as_written(loop)


def _path(over: t.Expr) -> tuple[str, ...]:
    """The path of a collection that stands in one place of the state.

    Raises:
        UnsupportedError: it is no such collection.
    """
    match t.unwrapped(over):
        case t.Property(name=name) if name != OLD:
            return (name,)
        case t.Field(of=of, name=name):
            return (*_path(of), name)
    raise UnsupportedError
