"""What has to be so of a request for two versions to come out differently: the comparisons, each to hold or to fail.

What is joined by `and`, `or` and `not` is taken apart, through facts, until the comparisons are left; what one version
asks and the other asks too can't come out otherwise, so that what contradicts itself is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from typing import NamedTuple

from ...language import tree as t
from ...language.types import Boolean
from ...program import Clause, Program
from ..nearness import Claim, Goals, Some
from ..proof.inlining import inlined
from .canonical import Meanings, Numbering

MOST_WAYS = 40
"""In how many ways it is tried that one condition comes out differently."""
_OLD, _NEW = 0, 1
Wanted = tuple[Claim | Some, ...]


class Aim(NamedTuple):
    """What is wanted of a request; `meaning` is what it would then show, where that is known."""

    meaning: str | None
    goals: Goals
    clauses: tuple[Clause, ...]


class Aims:
    """Finds what is to be reached between two programs."""

    def __init__(self, old: Program, new: Program) -> None:
        numbering = Numbering()
        self._programs = old, new
        self._meanings = Meanings(old, numbering), Meanings(new, numbering)
        self._of = numbering.of

    def between(self, old: Sequence[Clause], new: Sequence[Clause]) -> Iterator[Aim]:
        """What makes clauses come out differently that only one of the programs has so."""
        before, after = ({(each.kind, each.id): each for each in clauses} for clauses in (old, new))
        for key in dict.fromkeys((*before, *after)):
            yield from self._of_pair(before.get(key), after.get(key))

    def once(self, goals: Iterable[Claim]) -> Iterator[Claim]:
        """Each of what is wanted once, where both sides want the same."""
        yield from {self._numbers(each): each for each in goals}.values()

    def _of_pair(self, old: Clause | None, new: Clause | None) -> Iterator[Aim]:
        clauses = tuple(each for each in (old, new) if each is not None)
        if clauses[0].kind in ("rules", "invariants"):
            both = [self._of_rule(old, new, *each) for each in (("stricter", _NEW), ("milder", _OLD))]
            yield from (target for pair in zip_longest(*both) for target in pair if target is not None)
        else:
            whens = [Claim(of, c.when) for of, c in ((_OLD, old), (_NEW, new)) if c is not None and c.when is not None]
            for wanted in self._of_effects(old, new, whens):
                yield from (Aim(None, each, clauses) for each in self.ways(self._in_loop(wanted, old, new)))

    def _of_rule(self, old: Clause | None, new: Clause | None, meaning: str, side: int) -> Iterator[Aim]:
        """What makes a rule, or an invariant, fail on one side alone."""
        there = [(of, clause) for of, clause in ((_OLD, old), (_NEW, new)) if clause is not None]
        goals = [Claim(of, clause.asked, of != side) for of, clause in there]
        if any(not goal.holds for goal in goals):
            wanted = self._in_loop(tuple(goals), old, new)
            yield from (Aim(meaning, each, tuple(c for _, c in there)) for each in self.ways(wanted))

    def _of_effects(self, old: Clause | None, new: Clause | None, whens: list[Claim]) -> Iterator[Wanted]:
        if old is None or new is None:
            yield tuple(whens)
            return
        if self._number(_OLD, old.when) != self._number(_NEW, new.when):
            for side in (_OLD, _NEW):
                yield tuple(goal._replace(holds=goal.side == side) for goal in whens)
        for before, after in zip_longest(_values(old), _values(new)):
            if before is not None and after is not None:
                yield from self._apart(before, after, tuple(whens))

    def _in_loop(self, wanted: Wanted, old: Clause | None, new: Clause | None) -> Wanted:
        """What is wanted of one entry of what clauses go through, where they do."""
        loops = [(side, c.loop) for side, c in ((_OLD, old), (_NEW, new)) if c is not None and c.loop is not None]
        if not loops:
            return wanted
        side, loop = loops[-1]
        kept = tuple(Claim(of, each.condition) for of, each in loops if each.condition is not None)
        return (Some(side, loop.over, tuple(dict.fromkeys(each.variable for _, each in loops)), (*kept, *wanted)),)

    def _apart(self, old: t.Expr, new: t.Expr, given: Wanted) -> Iterator[Wanted]:
        """What is wanted for two expressions to have two values, beside what is given."""
        old, new = self._plain(_OLD, old), self._plain(_NEW, new)
        if self._number(_OLD, old) == self._number(_NEW, new):
            return
        if isinstance(old.type, Boolean) and isinstance(new.type, Boolean):
            yield (*given, Claim(_OLD, old), Claim(_NEW, new, False))
            yield (*given, Claim(_OLD, old, False), Claim(_NEW, new))
            return
        if isinstance(old, t.Choose) and isinstance(new, t.Choose):
            yield from self._apart(old.condition, new.condition, given)
            for holds in (True, False):
                both = (Claim(_OLD, old.condition, holds), Claim(_NEW, new.condition, holds))
                sides = (old.then, new.then) if holds else (old.otherwise, new.otherwise)
                yield from self._apart(*sides, (*given, *both))
        elif isinstance(old, t.Each) and isinstance(new, t.Each):
            yield from self._of_entries(old, new, given)
        elif len(parts := list(zip(t.children(old), t.children(new), strict=False))) and _are_alike(old, new):
            for before, after in parts:
                yield from self._apart(before, after, given)
        else:
            known = {self._number(_OLD, each) for each in self._conditions(_OLD, old)}
            for side, expr in ((_NEW, new), (_OLD, old)):
                conditions = list(self._conditions(side, expr))
                for each in conditions:
                    if side == _OLD or self._number(side, each) not in known:
                        yield from ((*given, Claim(side, each, holds)) for holds in (True, False))
        yield given

    def _of_entries(self, old: t.Each, new: t.Each, given: Wanted) -> Iterator[Wanted]:
        """An entry that only one of two loops is for."""
        names = tuple(dict.fromkeys((old.variable, new.variable)))
        conditions = [Claim(side, c) for side, c in ((_OLD, old.condition), (_NEW, new.condition)) if c is not None]
        for side in (_OLD, _NEW):
            goals = tuple(goal._replace(holds=goal.side == side) for goal in conditions)
            if any(not goal.holds for goal in goals):
                for each in self.ways(goals):
                    yield (*given, Some(side, (old, new)[side].over, names, tuple(each)))
        for each in self._apart(old.element, new.element, tuple(conditions)):
            yield (*given, Some(_NEW, new.over, names, each))

    def _conditions(self, side: int, expr: t.Expr) -> Iterator[t.Expr]:
        """The conditions of the choices in an expression, and in the facts that it calls."""
        for part in t.parts(self._plain(side, expr)):
            if isinstance(part, t.Choose):
                yield part.condition
            elif isinstance(part, t.Call) and (plain := self._plain(side, part)) is not part:
                yield from self._conditions(side, plain)

    def ways(self, wanted: Wanted) -> Iterator[Goals]:
        """The ways in which all of it can be so, comparison by comparison; then each with how two of these differ."""
        for way in islice(self._taken(list(wanted), [], {}), MOST_WAYS):
            yield way
            for one, other in self._turned(way):
                for more in self._apart(one.left, other.left, ()), self._apart(one.right, other.right, ()):
                    for each in more:
                        yield from islice(self._taken([*way, *each], [], {}), MOST_WAYS)

    def _turned(self, way: Goals) -> Iterator[tuple[t.Compare, t.Compare]]:
        """The comparisons of both sides that are alike, and are to come out differently."""
        plain = [(each.side, each.holds, each.expr) for each in way if isinstance(each, Claim)]
        for side, holds, one in plain:
            for other_side, other_holds, other in plain:
                if (side, other_side) == (_OLD, _NEW) and holds is not other_holds:
                    match one, other:
                        case t.Compare(op=op), t.Compare(op=same) if op == same:
                            yield one, other

    def _taken(
        self, wanted: list[Claim | Some], ways: list[list[Claim]], done: Mapping[int, Claim | Some]
    ) -> Iterator[Goals]:
        done = dict(done)
        while wanted:
            each = wanted.pop()
            if isinstance(each, Some):
                done[self._of("some", len(done))] = each
                continue
            side, expr, holds = each.side, self._plain(each.side, each.expr), each.holds
            match expr:
                case t.Not(of=of):
                    wanted.append(Claim(side, of, not holds))
                case t.Logic(op=op, items=items) if holds is (op == "and"):
                    wanted += (Claim(side, item, holds) for item in items)
                case t.Logic(items=items):
                    ways = [*ways, [Claim(side, item, holds) for item in items]]
                case t.Literal(value=value) | t.Named(value=value):
                    if bool(value) is not holds:
                        return
                case _:
                    number, opposite = self._numbers(Claim(side, expr, holds))
                    if opposite in done:
                        return
                    done.setdefault(number, Claim(side, expr, holds))
        if not ways:
            yield list(done.values())
            return
        first, *rest = sorted(ways, key=len)
        for goal in first:
            yield from self._taken([goal], rest, done)

    def _plain(self, side: int, expr: t.Expr) -> t.Expr:
        """An expression, read through roles and facts to what it is made of."""
        expr = t.unwrapped(expr)
        while isinstance(expr, t.Call):
            body = inlined(expr, self._programs[side].facts[expr.fact])
            if body is None:
                return expr
            expr = t.unwrapped(body)
        return expr

    def _number(self, side: int, expr: t.Expr | None) -> int:
        return self._meanings[side].value(expr)

    def _numbers(self, goal: Claim) -> tuple[int, int]:
        """The number of a condition as it is to come out, and that of its opposite."""
        meanings = self._meanings[goal.side]
        number, opposite = meanings.value(goal.expr), meanings.opposite(goal.expr, {}, 0)
        return (number, opposite) if goal.holds else (opposite, number)


def _are_alike(old: t.Expr, new: t.Expr) -> bool:
    """Whether two expressions differ in their parts alone."""
    if type(old) is not type(new) or len(t.children(old)) != len(t.children(new)):
        return False
    names = ("op", "name", "function", "kind", "negated")
    return all(getattr(old, name, None) == getattr(new, name, None) for name in names)


def _values(clause: Clause) -> Iterable[t.Expr]:
    yield from (value for value, _, _ in clause.values)
    for bill in clause.billing:
        yield from (value for _, value in sorted(bill.values.items()))
