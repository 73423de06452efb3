"""Goes through a program beside what is written, and has each part watched that a case can show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import chain

from ...compiler.codes import WORDS_BELOW, group_of
from ...diagnostics import Span
from ...language import tree as t
from ...language.plurals import PluralRule
from ...language.text import ChoiceOfText, Message
from ...language.types import Boolean, Date, Maybe, known
from ...nodes import MappingNode, Node, Scalar
from ...policy.kinds import CODES
from ...policy.written import Entry, Written
from ...program import Clause, Program
from ...program.program import OLD, called
from ..uses import NamedThing
from .points import DAYS, ONCE, TWO, Point
from .table_cells import written_cells
from .watching import ActionCount, Dated, Sights, Tally

TallyOf = Callable[[Point], Tally]


def watch(program: Program, written: Written, sights: Sights, tally_of: TallyOf) -> None:
    """Have every part of a version watched, each counted where it is written."""
    sights.programs.append(program)
    _Watcher(program, written, sights, tally_of).all()


class _Watcher:
    def __init__(self, program: Program, written: Written, sights: Sights, tally_of: TallyOf) -> None:
        self.program, self.written, self.sights, self.tally_of = program, written, sights, tally_of
        self._entries = {(kind, entry.name): entry for kind, group in written.clauses.items() for entry in group}

    def all(self) -> None:
        program = self.program
        self._named()
        single = [action for action in program.actions.values() if action.each is None]
        for action in single:
            for clause in action.clauses:
                self._of_action(clause, action.name)
        of_none = (*program.events, *program.invariants, *program.asides)
        for clause in of_none:
            self._clause(clause)
        exprs = [expr for clause in chain(*(each.clauses for each in single), of_none) for expr in _read_by(clause)]
        for action in single:
            self._roles(action.name, [expr for clause in action.clauses for expr in _read_by(clause)])
        self._facts(exprs)
        self._actions()
        for name, entry in self.written.tables.items():
            self._cells(name, entry)

    def _point(self, kind: str, what: str, span: Span, sides: Iterable[str], owner: NamedThing, at: int = 0) -> Tally:
        return self.tally_of(Point(kind, what, span, tuple(sides), owner, at))

    def _value(self, expr: t.Expr, tally: Tally) -> None:
        self.sights.values.setdefault(id(expr), []).append(tally)

    def _named(self) -> None:
        """The cutoffs and the settings, which are counted wherever they are read; of a setting the choice that is."""
        self._read: dict[str, Tally] = {}
        for name, entry in self.written.named["cutoffs"].items():
            self._read[f"cutoffs.{name}"] = self._point("cutoff", "", entry.span, ONCE, NamedThing("cutoffs", name))
        for name, entry in self.written.named["settings"].items():
            for scalar, choice in zip(entry.scalars("choices"), entry.value["choices"], strict=True):
                owner = NamedThing("settings", name)
                tally = self._point("choice", f"choice `{scalar.text}`", scalar.span, ONCE, owner)
                if choice == self.program.settings[name]:
                    self._read[f"settings.{name}"] = tally

    def _actions(self) -> None:
        for name, action in self.program.actions.items():
            entry = self.written.named["actions"][name]
            asked = ActionCount(self._point("action", "", entry.span, ONCE, NamedThing("actions", name)), [])
            for rule in action.rules:
                of_rule = self._entries[rule.kind, rule.id]
                for key, date in (("from", rule.effective_from), ("until", rule.effective_until)):
                    scalar = of_rule.scalar("effective", key)
                    if scalar is not None and date is not None:
                        what = f"`{key}: {date}`"
                        owner = NamedThing(rule.kind, rule.id)
                        asked.days.append((date, self._point("day", what, scalar.span, DAYS, owner)))
            self.sights.actions[name, id(self.program)] = asked

    def _of_action(self, clause: Clause, action: str) -> None:
        """A clause, bound for an action: a rule fails for it, a consequence applies to it, an outcome comes up."""
        entry, owner = self._entries[clause.kind, clause.id], NamedThing(clause.kind, clause.id)
        span = next(each.span for each in entry.scalars("actions") if each.text == action)
        what = f"for `{action}`"
        match clause.kind:
            case "rules":
                self._value(clause.asked, self._point("rule", what, span, ("false",), owner))
            case "consequences":
                for expr in _first_done(clause):
                    self._value(expr, self._point("consequence", what, span, ONCE, owner))
            case "outcomes":
                message = next(iter(clause.message.values()))
                tally = self._point("outcome", what, span, ONCE, owner)
                self.sights.texts.setdefault(id(message), []).append(tally)
        self._clause(clause)

    def _clause(self, clause: Clause) -> None:
        entry, owner = self._entries[clause.kind, clause.id], NamedThing(clause.kind, clause.id)
        compares_steps = any(reads_old(expr) for expr in clause.expressions)
        if clause.kind == "events":
            for expr in _first_done(clause):
                self._value(expr, self._point("event", "", entry.span, ONCE, owner))
        for kind, expr, scalar in _written_exprs(clause, entry):
            # What compares a state with the one before it can't be broken by steps of the policy itself.
            sides = ONCE if compares_steps else TWO
            if kind and not isinstance(expr, t.Literal):
                what = f"{'requirement' if kind == 'requirement' else '`when`'} `{expr.text}`"
                self._value(expr, self._point(kind, what, scalar.span, _possible(expr, sides), owner))
            self._conditions(expr, scalar, owner, sides)
        for loop, scalar in _loops(clause, entry):
            if loop.condition is not None:
                self._condition("`if`", loop.condition, scalar, owner, ONCE if compares_steps else TWO)
                self._conditions(loop.condition, scalar, owner, ONCE if compares_steps else TWO)
            self._conditions(loop.over, scalar, owner, TWO)
        if not compares_steps:
            self._messages(clause, entry, owner)

    def _conditions(self, expr: t.Expr, scalar: Scalar, owner: NamedThing, sides: Iterable[str]) -> None:
        """Every condition inside an expression, with the days that are compared and the settings that are read."""
        for part in _inside(expr):
            match part:
                case t.Logic(items=items):
                    for item in items:
                        self._condition("operand", item, scalar, owner, sides)
                case t.Choose(condition=condition):
                    self._condition("`if`", condition, scalar, owner, sides)
                case t.Each(condition=condition, kind=kind, element=element):
                    if condition is not None:
                        self._condition("`if`", condition, scalar, owner, sides)
                    if kind in ("all", "any"):
                        self._condition(f"`{kind}` of", element, scalar, owner, sides)
                case t.Compare():
                    self._days(part, scalar, owner)
                case t.Named():
                    self._value(part, self._read[t.canonical(part)])

    def _condition(self, what: str, expr: t.Expr, scalar: Scalar, owner: NamedThing, sides: Iterable[str]) -> None:
        if (span := _place(expr, scalar)) is not None and not isinstance(expr, t.Literal):
            sides = _possible(expr, sides)
            self._value(expr, self._point("condition", f"{what} `{expr.text}`", span, sides, owner, expr.at))

    def _days(self, expr: t.Compare, scalar: Scalar, owner: NamedThing) -> None:
        """A date that the policy writes, where it is compared with another day."""
        for date, other, day_is_left in ((expr.right, expr.left, True), (expr.left, expr.right, False)):
            if not (_is_date(date) and not _is_date(other)) or _place(expr, scalar) is None:
                continue
            if (span := _place(date, scalar)) is not None and expr.op not in ("in", "not in"):
                tally = self._point("day", f"`{date.text}` in `{expr.text}`", span, DAYS, owner, date.at)
                self.sights.days.setdefault(id(expr), []).append(Dated(day_is_left, tally))

    def _messages(self, clause: Clause, entry: Entry, owner: NamedThing) -> None:
        below = WORDS_BELOW.get(clause.kind, ())
        node = entry.child(*below, "message")
        if node is None and clause.code is not None:
            code = self.written.named[CODES[group_of(clause.kind, entry)]][clause.code]
            node, owner = code.child("line") or code.node, NamedThing("codes", clause.code)
        for language, message in clause.message.items():
            if node is not None:
                self._message(message, f"message in `{language}`", _text(node, language), owner)

    def _message(self, message: Message, what: str, scalar: Node, owner: NamedThing, at: int = 0) -> None:
        tally = self._point("message", what, scalar.span, ONCE, owner, at)
        self.sights.texts.setdefault(id(message), []).append(tally)
        for choice in (part for part in message.parts if isinstance(part, ChoiceOfText)):
            for key, branch in _said_of_numbers(choice):
                self._message(branch, f"{what}, `{key}` of `{choice.expr.text}`", scalar, owner, at + 1)

    def _roles(self, action: str, exprs: Iterable[t.Expr]) -> None:
        scalars = {name: node for name, _, node in self.written.named["actions"][action].pairs("roles")}
        seen: set[int] = set()
        for role in (part for expr in exprs for part in t.parts(expr) if isinstance(part, t.Role)):
            scalar = scalars.get(role.name)
            if id(role.value) not in seen and isinstance(scalar, Scalar):
                seen.add(id(role.value))
                self._conditions(role.value, scalar, NamedThing("actions", action), TWO)

    def _facts(self, exprs: Iterable[t.Expr]) -> None:
        """Every fact that deciding may ask; one that only plans ahead no case asks."""
        for name in _called(exprs, self.program):
            entry, value = self.written.named["facts"][name], self.program.facts[name].value
            scalar, owner = entry.scalar("is"), NamedThing("facts", name)
            assert scalar is not None
            is_condition = isinstance(known(value.type), Boolean) and not isinstance(value, t.Literal)
            self._value(value, self._point("fact", "", entry.span, TWO if is_condition else ONCE, owner))
            self._conditions(value, scalar, owner, TWO)

    def _cells(self, name: str, entry: Entry) -> None:
        table = self.program.tables[name]
        names = called(table)
        for row, keys, column, span in written_cells(table, entry):
            if column in names:
                continue  # what a word is called, an answer in words reads
            what = f"`{column}` of `{', '.join(keys)}`"
            tally = self._point("cell", what, span, ONCE, NamedThing("tables", name))
            self.sights.cells[id(row), column] = tally


def _said_of_numbers(choice: ChoiceOfText) -> Iterator[tuple[str, Message]]:
    """The texts to choose from, without one that a plural has for no whole number, as the last one of Polish."""
    for key, branch in choice.branches.items():
        if choice.rule is None or key in _forms(choice.rule) or key[0] == "=" or isinstance(choice.expr.type, Maybe):
            yield key, branch


@cache
def _forms(rule: PluralRule) -> frozenset[str]:
    """The forms that whole numbers take."""
    return frozenset(rule.needed)


def _text(node: Node, language: str) -> Node:
    """The text in a language; one that is the same in all of them stands alone."""
    text = node.get(language) if isinstance(node, MappingNode) else None
    return text or node


def _possible(expr: t.Expr, sides: Iterable[str]) -> Iterable[str]:
    """The sides that a condition has: one where the settings as they are chosen decide it."""
    constant = t.constant(expr)
    return sides if constant is None else [side for side in sides if side == str(constant).lower()]


def _place(expr: t.Expr, scalar: Scalar) -> Span | None:
    """Where an expression is written; nothing of one that stands in place of what is written."""
    return scalar.part(expr.at, len(expr.text)) if scalar.text[expr.at :].startswith(expr.text) else None


def _is_date(expr: t.Expr) -> bool:
    """Whether it is a day that the policy writes."""
    return isinstance(expr, t.Named | t.Literal) and isinstance(expr.type, Date)


def _inside(expr: t.Expr) -> Iterator[t.Expr]:
    """An expression and its parts, without those of its roles, which are written elsewhere."""
    yield expr
    for child in t.children(expr):
        yield from _inside(child)


def reads_old(expr: t.Expr) -> bool:
    """Whether it compares a state with the one before it."""
    return any(isinstance(part, t.Property) and part.name == OLD for part in t.parts(expr))


def _read_by(clause: Clause) -> Iterator[t.Expr]:
    return clause.expressions


def _called(exprs: Iterable[t.Expr], program: Program) -> dict[str, None]:
    """The facts that expressions ask, and those that these ask."""
    called: dict[str, None] = {}
    unvisited = list(exprs)
    while unvisited:
        for part in t.parts(unvisited.pop()):
            if isinstance(part, t.Call) and part.fact not in called:
                called[part.fact] = None
                unvisited.append(program.facts[part.fact].value)
    return called


def _first_done(clause: Clause) -> list[t.Expr]:
    """What is computed of a clause when it changes something, and only then: the first such expression."""
    done = chain((value for value, _, _ in clause.values), (target.expr for target in clause.removals))
    return list(done)[:1]


def _loops(clause: Clause, entry: Entry) -> Iterator[tuple[t.Loop, Scalar]]:
    bills = zip(clause.billing, entry.entries("billing"), strict=True) if clause.billing else ()
    for part, written in ((clause, entry), *bills):
        scalar = written.scalar("for")
        if part.loop is not None and scalar is not None:
            yield part.loop, scalar


def _written_exprs(clause: Clause, entry: Entry) -> Iterator[tuple[str, t.Expr, Scalar]]:
    """The expressions of a clause, each with where it is written, and with its kind where it is a condition."""
    if clause.when is not None:
        yield "condition", clause.when, _scalar(entry, "when")
    yield from (
        ("requirement", each.expr, scalar)
        for each, scalar in zip(clause.require, entry.scalars("require"), strict=True)
    )
    if clause.on is not None:
        yield "", clause.on, _scalar(entry, "on")
    for (_, value), (_, _, node) in zip(clause.changes, entry.pairs("change"), strict=True):
        yield from _value(value, node)
    for (_, item), (_, _, node) in zip(clause.appends, entry.pairs("append"), strict=True):
        yield from _value(item, node)
    for bill, written in zip(clause.billing, entry.entries("billing"), strict=True):
        if bill.when is not None:
            yield "condition", bill.when, _scalar(written, "when")
        for key, value in bill.values.items():
            if key != "change":
                yield "", value, _scalar(written, key)


def _value(value: t.Expr | Mapping[str, t.Expr], node: Node) -> Iterator[tuple[str, t.Expr, Scalar]]:
    if isinstance(value, t.Expr):
        assert isinstance(node, Scalar)
        yield "", value, node
    elif isinstance(node, MappingNode):
        for name, expr in value.items():
            scalar = node.get(name)
            assert isinstance(scalar, Scalar)
            yield "", expr, scalar


def _scalar(entry: Entry, key: str) -> Scalar:
    scalar = entry.scalar(key)
    assert scalar is not None
    return scalar
