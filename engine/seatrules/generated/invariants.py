"""Asks invariants of valid states by generated functions: first which of them are broken, then by which entries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

from ..decision.explanation import WorkedOut, origin_of
from ..decision.invariants import BrokenInvariant, explained_invariants
from ..language import tree as t
from ..language.text import pointer
from ..language.types import Table, known
from ..program import Clause, Program
from ..program.program import OLD
from .answers import AnswerWriter, GeneratedFunction, generate_answer
from .code import Object
from .function import UnsupportedError
from .verdict import FALLBACK_ERRORS


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
        return self._generated(lambda writer: writer.numbers(self.clauses), self.title)

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


class _InvariantWriter(AnswerWriter):
    """Writes functions of the state before a step, which code calls `action`, and of the state."""

    def __init__(self, program: Program, known_uses: Counter[str] | None = None) -> None:
        super().__init__(program, known_uses)
        self.lasting = re.compile(r"(state|action)(\['\w+'\])+\.get\([kx]0, c\d+\)")
        self.count_on(frozenset())  # a valid state has all numbers that its schema allows
        self.namespace |= {"pointer": pointer}

    def numbers(self, invariants: Sequence[Clause]) -> None:
        """The numbers of those that do not hold; those of one loop are asked in one."""
        self.line("broken = set()")
        by_loop: dict[Any, list[tuple[int, Clause]]] = {}
        for index, clause in enumerate(invariants):
            by_loop.setdefault(_as_written(clause.loop), []).append((index, clause))
        for asked in by_loop.values():
            with self.turn(asked[0][1]) as local:
                for index, clause in asked:
                    self.line(f"if not {self.code(clause.asked, local)}: broken.add({index})")
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
