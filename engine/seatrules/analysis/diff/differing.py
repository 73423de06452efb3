"""Which clauses of an action decide, do or say something else in one program than in another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from ...language import tree as t
from ...language.types import Table
from ...program import ActionType, Clause, Program
from .canonical import Meanings, Names, Numbering

VERDICT, BESIDE, BILL, EFFECTS, WORDS = "verdict", "beside", "bill", "effects", "words"
"""In what answers may differ; `beside` is what stands beside a verdict: warnings and notices."""

Thing = TypeVar("Thing")
Text = Sequence[str | int]
"""A text: words, and the numbers of placeholders by what they mean."""


class Differing(NamedTuple):
    """The clauses that only the old and only the new program has, and in what answers may differ for that.

    `codes` are those of which something else may be said; nothing where it is not known of which.
    """

    old: tuple[Clause, ...]
    new: tuple[Clause, ...]
    may: frozenset[str]
    codes: frozenset[str] | None = frozenset()

    def and_of(self, other: Differing) -> Differing:
        """What differs by either."""
        old = (*self.old, *(clause for clause in other.old if clause not in self.old))
        new = (*self.new, *(clause for clause in other.new if clause not in self.new))
        codes = None if self.codes is None or other.codes is None else self.codes | other.codes
        return Differing(old, new, self.may | other.may, codes)


NOTHING = Differing((), (), frozenset())
EVERYTHING = Differing((), (), frozenset({VERDICT, BESIDE, BILL, EFFECTS, WORDS}), None)
"""Where it is not known what differs."""


class ProgramPair:
    """Two programs whose clauses are compared by what they mean; with `any_settings` whatever is chosen."""

    def __init__(self, old: Program, new: Program, *, any_settings: bool = False) -> None:
        numbering = Numbering()
        self.old, self.new = old, new
        self._old, self._new = (_Clauses(each, numbering, any_settings=any_settings) for each in (old, new))
        self.keys = frozenset(_keys_that_differ(old, new))
        """The keys of rows of tables that are not the same in both."""

    def of_action(self, name: str) -> Differing:
        """What differs for an action that both have."""
        old, new = self.old.actions[name], self.new.actions[name]
        apart = [
            *self._apart(old.rules, new.rules, _Clauses.decides, VERDICT),
            *self._apart(_beside(old), _beside(new), _Clauses.decides, BESIDE),
            *self._apart(old.outcomes, new.outcomes, _Clauses.bills, BILL, in_order=True),
            *self._apart(old.consequences, new.consequences, _Clauses.changes, EFFECTS),
            *self._apart((*old.rules, *old.outcomes), (*new.rules, *new.outcomes), _Clauses.says, WORDS),
            *self._events(old, new),
        ]
        return reduce(Differing.and_of, [*apart, *self._of_bills()], NOTHING)

    def of_states(self) -> Differing:
        """What differs of the invariants that a state has to keep to be decided on."""
        old, new = ([each for each in p.state_invariants if each.severity == "error"] for p in (self.old, self.new))
        return reduce(Differing.and_of, self._apart(old, new, _Clauses.decides, VERDICT), NOTHING)

    def of_invariants(self) -> Differing:
        """What differs of all that invariants ask and say, as warnings and of steps too."""
        old, new = ([*each.invariants, *each.asides] for each in (self.old, self.new))
        apart = [*self._apart(old, new, _Clauses.decides, VERDICT), *self._apart(old, new, _Clauses.says, WORDS)]
        return reduce(Differing.and_of, apart, NOTHING)

    def bill_alike(self, old: Clause | None, new: Clause | None) -> bool:
        """Whether two outcomes bill the same, and are called the same."""
        if old is None or new is None:
            return old is new and self.book_alike
        return self._old.bills(old) == self._new.bills(new) and self.book_alike

    @property
    def book_alike(self) -> bool:
        """Whether nothing billed is called the same in both, and the day is known by one key that counts."""
        return not any(self._of_bills())

    def told_otherwise(self, old: Sequence[Clause], new: Sequence[Clause]) -> tuple[Sequence[Clause], Sequence[Clause]]:
        """The clauses of the old and of the new program of which the other has none that says the same."""
        before, after = [self._old.says(each) for each in old], [self._new.says(each) for each in new]
        return only(old, before, after), only(new, after, before)

    def texts_of(self, clause: Clause, *, of_new: bool) -> Mapping[str, Text]:
        """What a clause of the old or the new program reads in each language, its placeholders as numbers."""
        return (self._new if of_new else self._old).texts(clause)

    def _events(self, old: ActionType, new: ActionType) -> Iterator[Differing]:
        if old.time_to is not None or new.time_to is not None:
            both = self.old.events, self.new.events
            yield from self._apart(*both, _Clauses.changes, EFFECTS, in_order=True)
            yield from self._apart(*both, _Clauses.bills, BILL, in_order=True)
            yield from self._apart(*both, _Clauses.says, WORDS)

    def _of_bills(self) -> Iterator[Differing]:
        """Bills differ where what nothing billed is called does, and by what key the day is known that counts."""
        old, new = ((each.nothing_billed, each.policy.booking_day) for each in (self.old, self.new))
        if old != new:
            yield Differing((), (), frozenset({BILL}))

    def _apart(
        self,
        old: Sequence[Clause],
        new: Sequence[Clause],
        number: Callable[[_Clauses, Clause], int],
        may: str,
        *,
        in_order: bool = False,
    ) -> Iterator[Differing]:
        numbers_old, numbers_new = [number(self._old, e) for e in old], [number(self._new, e) for e in new]
        if numbers_old == numbers_new or (not in_order and Counter(numbers_old) == Counter(numbers_new)):
            return
        only_old = only(old, numbers_old, numbers_new)
        only_new = only(new, numbers_new, numbers_old)
        if not only_old and not only_new:  # they come in another order
            only_old, only_new = tuple(old), tuple(new)
        codes = frozenset(str(each.code) for each in (*only_old, *only_new)) if may == WORDS else frozenset[str]()
        yield Differing(only_old, only_new, frozenset({may}), codes)


def _beside(action_type: ActionType) -> list[Clause]:
    """The rules that warn, or announce the day on which they come into force."""
    return [rule for rule in action_type.rules if not rule.denies or rule.effective_from is not None]


def _keys_that_differ(old: Program, new: Program) -> Iterator[str]:
    for name, table in old.tables.items():
        if (other := new.tables.get(name)) is not None:
            rows = (_changing(each, each.rows, len(each.own_keys)) for each in (table, other))
            old_rows, new_rows = rows
            yield from _keys_between(old_rows, new_rows, max(len(table.keys), len(other.keys)))


def _changing(table: Table, rows: Any, depth: int) -> Any:
    """The rows of a table; where they change on days, only the periods in which a cell is another than before."""
    if table.days is None:
        return rows
    if depth:
        return {key: _changing(table, each, depth - 1) for key, each in rows.items()}
    return {day: cells for (_, before), (day, cells) in pairwise([("", None), *rows.items()]) if cells != before}


def _keys_between(old: Any, new: Any, depth: int) -> Iterator[str]:
    if depth and isinstance(old, Mapping | None) and isinstance(new, Mapping | None):
        before, after = old or {}, new or {}
        for key in dict.fromkeys((*before, *after)):
            if before.get(key) != after.get(key):
                yield key
                yield from _keys_between(before.get(key), after.get(key), depth - 1)


def only(things: Sequence[Thing], numbers: Sequence[int], others: Sequence[int]) -> tuple[Thing, ...]:
    """Those whose numbers others do not have, or not as often."""
    left = Counter(others)
    found = []
    for thing, number in zip(things, numbers, strict=True):
        left[number] -= 1
        if left[number] < 0:
            found.append(thing)
    return tuple(found)


class _Clauses:
    """Numbers the clauses of one program by what they decide, change, bill and say."""

    def __init__(self, program: Program, numbering: Numbering, *, any_settings: bool = False) -> None:
        self.program, self.of = program, numbering.of
        self.meanings = Meanings(program, numbering, any_settings=any_settings)

    def decides(self, clause: Clause) -> int:
        """By which code and on which days it denies or warns, and when."""
        loop, names, depth = self.meanings.loop(clause.loop, {}, 0)
        days = (clause.effective_from, clause.effective_until)
        code = clause.id if clause.kind == "invariants" else clause.code
        return self.of("decides", clause.severity, code, *days, loop, self._value(clause.holds, names, depth))

    def bills(self, clause: Clause) -> int:
        """What it is called, when it applies, and what is billed then."""
        loop, names, depth = self.meanings.loop(clause.loop, {}, 0)
        bills = []
        for bill in clause.billing:
            of_bill, inside, below = self.meanings.loop(bill.loop, names, depth)
            values = sorted((key, self._value(each, inside, below)) for key, each in bill.values.items())
            bills.append((of_bill, self._value(bill.when, inside, below), *values))
        on, when = (self._value(each, names, depth) for each in (clause.on, clause.when))
        return self.of("bills", clause.code, loop, on, when, *bills)

    def changes(self, clause: Clause) -> int:
        """What it changes, and when."""
        loop, names, depth = self.meanings.loop(clause.loop, {}, 0)
        on, when = (self._value(each, names, depth) for each in (clause.on, clause.when))
        changed = [
            ("set", self._value(to.expr, names, depth), self._value(v, names, depth)) for to, v in clause.changes
        ]
        removed = [("remove", self._value(each.expr, names, depth)) for each in clause.removals]
        added = []
        for target, item in clause.appends:
            values = (
                (self._value(item, names, depth),)
                if isinstance(item, t.Expr)
                else sorted((key, self._value(each, names, depth)) for key, each in item.items())
            )
            added.append(("add", self._value(target.expr, names, depth), *values))
        return self.of("changes", loop, on, when, *sorted(changed, key=repr), *sorted(added, key=repr), *removed)

    def says(self, clause: Clause) -> int:
        """What it says where it comes up, with all that an answer shows of it."""
        _, names, depth = self.meanings.loop(clause.loop, {}, 0)
        texts = sorted(
            (language, self.meanings.message(each, names, depth)) for language, each in clause.message.items()
        )
        lines = self.program.codes.get(clause.group, {}).get(clause.code or "", {})
        cites = [repr(self.program.statements.get(name)) for name in clause.cites]
        about = self.program.about_of(clause) if clause.kind == "rules" else None
        terminal = self.program.terminal.get(clause.code or "", {})
        explained = (about, *sorted(lines.items()), *sorted(terminal.items()), *sorted(cites))
        return self.of("says", clause.kind, clause.code, *texts, *explained)

    def texts(self, clause: Clause) -> Mapping[str, Text]:
        """What it reads in each language: words, and placeholders by what they mean."""
        _, names, depth = self.meanings.loop(clause.loop, {}, 0)
        return {
            language: [part if isinstance(part, str) else self.meanings.part(part, names, depth) for part in text.parts]
            for language, text in clause.message.items()
            if language in self.program.policy.languages
        }

    def _value(self, expr: t.Expr | None, names: Names, depth: int) -> int:
        return self.meanings.value(expr, names, depth)

    def all(self) -> list[Any]:
        """All that the program decides, changes, bills and says, action by action; order counts where it does."""
        actions = [each for _, each in sorted(self.program.actions.items())]
        whole: list[Any] = [self.program.nothing_billed, self.program.policy.booking_day]
        for action in actions:
            whole.append(sorted((self.decides(each), self.says(each)) for each in action.rules))
            whole.append(sorted(map(self.changes, action.consequences)))
            whole.append([(self.bills(each), self.says(each)) for each in action.outcomes])
        whole.append([(self.changes(each), self.bills(each), self.says(each)) for each in self.program.events])
        asked = (*self.program.invariants, *self.program.asides)
        whole.append(sorted((self.decides(each), self.says(each), repr(each.beside)) for each in asked))
        return whole


def mean_the_same(old: Program, new: Program) -> bool:
    """Whether two programs answer alike, whatever is asked and whichever settings are chosen.

    That is so where their clauses mean the same; where they do not, answers may still be alike.
    """
    numbering = Numbering()
    return _Clauses(old, numbering, any_settings=True).all() == _Clauses(new, numbering, any_settings=True).all()
