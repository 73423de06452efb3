"""Writes what an allowed action does, its consequences and outcomes: to check that it fits, or to add its effects."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any, NamedTuple, Protocol

from ..language import tree as t
from ..language.limits import MAX_ITEMS
from ..language.references import refers_to
from ..language.types import Integer, Key, ListOf, MapOf, Record, Type, known, of_records
from ..program import ActionType, Clause
from ..program.clause import Bill
from ..program.target import NEW, KeyStep, Target, keys_apart, meeting
from .code import Object, Writer
from .function import UnsupportedError
from .reading import RequestReader, out_of_bounds

Local = Mapping[str, Any]


class ConsequenceWriter(Protocol):
    """Writes code for each thing that a clause does."""

    def begin(self, clause: Clause) -> None: ...

    def change(self, target: Target, value: t.Expr, local: Local, clause: Clause) -> None: ...

    def append(self, target: Target, item: t.Expr | Mapping[str, t.Expr], local: Local, clause: Clause) -> None: ...

    def remove(self, target: Target, local: Local, clause: Clause) -> None: ...

    def bill(self, number: int, outcome: Clause) -> None: ...


def write_consequences(writer: Writer, action_type: ActionType, output: ConsequenceWriter) -> None:
    """Write what the consequences of an allowed action do.

    Raises:
        UnsupportedError: the reference has to do it.
    """
    for clause in action_type.consequences:
        if _never_applies(clause, writer):
            continue
        output.begin(clause)
        with writer.applying(clause, numbered=True) as local:
            for target, value in clause.changes:
                output.change(target, value, local, clause)
            for target, item in clause.appends:
                output.append(target, item, local, clause)
            for target in clause.removals:
                if target.referenced_entry(writer.program.referenced) is not None:
                    raise UnsupportedError  # nothing that is left may refer to it
                output.remove(target, local, clause)


def _never_applies(clause: Clause, writer: Writer) -> bool:
    """Whether a clause does nothing on any request; where its loop may fail, it has to be gone through."""
    if clause.when is None or writer.settled(clause.when) is not False:
        return False
    loop = clause.loop
    return loop is None or not any(
        expr is not None and writer.ranges.may_fail(expr) for expr in (loop.over, loop.condition)
    )


def write_outcomes(writer: Writer, action_type: ActionType, output: ConsequenceWriter) -> None:
    """Write what the first outcome that applies bills.

    Raises:
        UnsupportedError: the reference has to do it.
    """
    word = "if"
    for number, outcome in enumerate(action_type.outcomes):
        if outcome.when is None or writer.settled(outcome.when) is not False:
            applies = "True" if outcome.when is None else writer.code(outcome.when, {})
            with writer.block(f"{word} {applies}:"):
                output.bill(number, outcome)
            word = "elif"


class _Claim(NamedTuple):
    """A path that is written to, and the clause that does it."""

    target: Target
    clause: Clause


class FitChecker:
    """Writes code that makes sure that what an action does can be carried out; else the function returns nothing."""

    def __init__(self, writer: RequestReader) -> None:
        self.writer = writer
        self.claims: list[_Claim] = []
        self.added: list[str] = []
        """The code of how many new entries lists get, by each of the clauses so far."""

    def begin(self, clause: Clause) -> None:
        """Refuse a list that names one thing twice: both times, one path would be written to."""
        over = None if clause.loop is None else clause.loop.over
        if over is not None and isinstance(known(over.type), ListOf) and not of_records(over.type):
            items = self.writer.code(over, {})
            self.writer.refuse_if(f"len(set({items})) != len({items})")

    def change(self, target: Target, value: t.Expr, local: Local, clause: Clause) -> None:
        self._add_claim(target, local, clause)
        self._fitting(value, known(target.type), local)

    def append(self, target: Target, item: t.Expr | Mapping[str, t.Expr], local: Local, clause: Clause) -> None:
        self._add_claim(target, local, clause)
        holder = known(target.holder.type)
        if isinstance(holder, ListOf) and holder.unique:
            raise UnsupportedError  # what is added must not stand there yet
        if isinstance(target.last, KeyStep):
            if clause.loop is not None or not isinstance(target.holder, t.Property):
                raise UnsupportedError
            self.writer.refuse_if(f"{self.writer.code(target.last.expr, {})} in state[{target.root!r}]")
        else:
            self._refuse_if_full(target, local, clause)
        if isinstance(item, t.Expr):
            self._fitting(item, known(target.type), local)
            return
        assert isinstance(target.type, Record)
        for name, value in item.items():
            self._fitting(value, known(target.type.fields[name]), local)

    def remove(self, target: Target, local: Local, clause: Clause) -> None:
        self._add_claim(target, local, clause)

    def bill(self, number: int, outcome: Clause) -> None:
        for bill in outcome.billing:
            with self.writer.applying(bill) as local:
                for value in bill.values.values():
                    self.writer.compute_if_it_may_fail(value, local)
        self.writer.line("pass")

    def refuse_overlaps(self) -> None:
        """Leave it to the reference when two changes may be of one path, or of one within the other."""
        for first, second in combinations(self.claims, 2):
            keys = keys_apart(first.target, second.target)
            if keys is None:
                continue
            if not keys or first.clause.loop is not None or second.clause.loop is not None:
                raise UnsupportedError
            equal_keys = [f"{self.writer.code(one, {})} == {self.writer.code(other, {})}" for one, other in keys]
            self.writer.refuse_if(" and ".join(equal_keys))

    def _add_claim(self, target: Target, local: Local, clause: Clause) -> None:
        for part in t.parts(target.expr):
            if isinstance(part, t.Index) and isinstance(part.of.type, MapOf) and part.of.type.refers:
                self._refuse_dangling(self.writer.code(part.keys[0], local), part.of.type.key)
        for key in target.keys:
            self.writer.compute_if_it_may_fail(key, local)
        if clause.loop is not None and not target.differs_for_each(clause.loop):
            raise UnsupportedError
        self.claims.append(_Claim(target, clause))

    def _refuse_if_full(self, target: Target, local: Local, clause: Clause) -> None:
        """Leave it to the reference where a list may have no room for all that is added, to it or to another."""
        self.added.append(self._times(clause.loop))
        size = f"len({self.writer.code(target.holder, local)})"
        self.writer.refuse_if(f"{' + '.join((size, *self.added))} > {MAX_ITEMS}")

    def _times(self, loop: t.Loop | None) -> str:
        """The code of how often a clause does something, at most."""
        if loop is None:
            return "1"
        if not isinstance(known(loop.over.type), ListOf) or of_records(loop.over.type):
            raise UnsupportedError
        return f"len({self.writer.code(loop.over, {})})"

    def _fitting(self, value: t.Expr, kind: Type, local: Local) -> None:
        """Make sure that a new value fits where it is put."""
        writer = self.writer
        if not (isinstance(kind, ListOf | Integer | Key) or writer.ranges.may_fail(value)):
            return
        code = writer.assigned(writer.code(value, local))
        self._refuse_dangling(code, kind)
        if isinstance(kind, Integer):
            writer.refuse_if(f"{code} is not None and ({out_of_bounds(code, kind)})")
        elif isinstance(kind, ListOf):
            twice = f" or len(set({code})) != len({code})" if kind.unique else ""
            writer.refuse_if(f"{code} is not None and (len({code}) > {MAX_ITEMS}{twice})")

    def _refuse_dangling(self, code: str, kind: Type) -> None:
        """Leave it to the reference where a new value refers to what is not there yet."""
        match kind:
            case Key():
                self.writer.refuse_if(f"{code} is not None and {code} not in {self.writer.keys_referred_to(kind)}")
            case ListOf(item=Key() as item):
                keys = self.writer.keys_referred_to(item)
                self.writer.refuse_if(f"{code} is not None and not {keys}.keys() >= set({code})")
            case ListOf(item=item) if item is not None and refers_to(item):
                raise UnsupportedError


class ChangeRecorder:
    """Writes code that adds what an action changes to `changes`, and sets what it bills."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.appended: list[Target] = []

    def begin(self, clause: Clause) -> None:
        pass

    def change(self, target: Target, value: t.Expr, local: Local, clause: Clause) -> None:
        writer = self.writer
        writer.line(f"before, after = {writer.code(target.expr, local)}, {writer.code(value, local)}")
        adding = self._adding(target, local, clause, "before", "after", self._creates(target, target.expr, local))
        writer.line(f"if before != after: {adding}")

    def append(self, target: Target, item: t.Expr | Mapping[str, t.Expr], local: Local, clause: Clause) -> None:
        if target.last is NEW:
            # The place behind the last entry is known for one new entry only.
            list_target = target._replace(steps=target.steps[:-1])
            if clause.loop is not None or any(meeting(list_target, other) is not None for other in self.appended):
                raise UnsupportedError
            self.appended.append(list_target)
        if isinstance(item, t.Expr):
            entry = self.writer.code(item, local)
        else:
            entry = ", ".join(f"{name!r}: {self.writer.code(value, local)}" for name, value in item.items())
            entry = f"{{{entry}}}"
        creates = self._creates(target, target.holder, local)
        self.writer.line(self._adding(target, local, clause, "NOTHING", entry, creates))

    def remove(self, target: Target, local: Local, clause: Clause) -> None:
        adding = self._adding(target, local, clause, self.writer.code(target.expr, local), "NOTHING")
        if isinstance(target.last, KeyStep):
            key, holder = self.writer.code(target.last.expr, local), self.writer.code(target.holder, local)
            adding = f"if {key} in {holder}: {adding}"
        self.writer.line(adding)

    def bill(self, number: int, outcome: Clause) -> None:
        self.writer.line(f"outcome = {number}")
        billing = outcome.billing
        if any(bill.loop is not None or bill.when is not None for bill in billing):
            self.writer.line("bills = []")
            for bill in billing:
                with self.writer.applying(bill) as local:
                    self.writer.line(f"bills.append({self._bill(bill, local)})")
            self.writer.line("billing = tuple(bills) or billing")
        elif billing:
            self.writer.line(f"billing = ({', '.join(self._bill(bill, {}) for bill in billing)},)")

    def _bill(self, bill: Bill, local: Local) -> str:
        return f"{{{', '.join(f'{key!r}: {self._billed(value, local)}' for key, value in bill.values.items())}}}"

    def _creates(self, target: Target, path: t.Expr, local: Local) -> str:
        """The code of the entry that is created where the map does not list the one that holds what `path` reads."""
        if target.default is None:
            return "None"
        path = t.unwrapped(path)
        assert isinstance(path, t.Field)
        entry = t.unwrapped(path.of)
        assert isinstance(entry, t.Index)
        is_listed = f"{self.writer.code(entry.keys[0], local)} in {self.writer.code(entry.of, local)}"
        return f"None if {is_listed} else {self.writer.constant(dict(target.default))}"

    def _adding(
        self, target: Target, local: Local, clause: Clause, before: str, after: str, creates: str = "None"
    ) -> str:
        parts = "".join(f"{part}, " for part in self.writer.parts(target, local, clause.loop))
        return f"add(new(Effect, (({parts}), {before}, {after}, {clause.id!r}, {creates}, 0)))"

    def _billed(self, value: t.Expr, local: Local) -> str:
        """The code of a value on the bill; an entry is billed by its key."""
        code = self.writer.represent(value, local)
        code = code.id if isinstance(code, Object) else code
        if not isinstance(code, str):
            raise UnsupportedError
        return code
