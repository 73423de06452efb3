"""Writes checked expressions as Python code.

No text of an author reaches the generated source but as a literal written by `repr`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from math import prod
from typing import Any, NamedTuple

from ..language import tree as t
from ..language.functions import FUNCTIONS, LISTED, LOOPS
from ..language.interpret import ARITHMETIC, COMPARE, TRACED, FactBody, Interpreter, by_key, loop_names
from ..language.limits import bounded, bounded_sum, budget
from ..language.ranges import Ranges
from ..language.tree import constant
from ..language.types import (
    MOST,
    Integer,
    ListOf,
    MapOf,
    Maybe,
    Record,
    Table,
    Type,
    known,
    of_records,
    record_of,
)
from ..program import Clause, Program
from ..program.clause import Bill
from ..program.reads import KeyOf
from ..program.target import EACH, NEW, KeyStep, Target
from .function import UnsupportedError
from .passes import KINDS, Match, Pass

_MAX_CODE = 200_000
"""How long the code of one expression may get."""
_REPEATED = 80
"""How long the code of a fact's argument may be to be repeated wherever the fact reads it, where it neither loops nor
calls: else it is computed once."""
NOTHING_KEPT = -1
"""Inside so many loops, where code may assign nothing."""
_FEW_TURNS = 10
"""How many turns of loops over tables are as good as one: what they go through of a state is not counted."""


class Object(NamedTuple):
    """A mapping in the generated code: its code or its properties by name, and the code of its key."""

    fields: Mapping[str, Any] | str
    id: str | None

    def at(self, name: str, kind: Record) -> Any:
        """What represents a property: its code, or an `Object` or `Map`."""
        if not isinstance(self.fields, str):
            return self.fields[name]
        default = f", {kind.defaults[name]!r}" if name in kind.defaults else ""
        code = f"{self.fields}[{name!r}]" if name in kind.required else f"{self.fields}.get({name!r}{default})"
        match known(kind.fields[name]):
            case Record():
                return Object(code, None)
            case MapOf():
                return Map(code, {})
        return code


class Map(NamedTuple):
    """A map of the state: its code, and the entries that were read under known keys."""

    variable: str
    entries: Mapping[KeyOf, Object]


class Writer:
    """Writes lines of code, and expressions as code over one state and one action.

    The code of an expression has no side effects, so that it may be put anywhere. Code that iterates
    is computed once, into a variable, where `known_uses`, counted by a first pass, has it more than once.
    """

    def __init__(self, program: Program, known_uses: Counter[str] | None = None) -> None:
        self.program = program
        self.known_uses: Counter[str] = Counter() if known_uses is None else known_uses
        self.uses: Counter[str] = Counter()
        self.lines: list[Any] = []
        """The lines, and lists of those that are written later."""
        self.namespace: dict[str, Any] = {"MISSING": object()}
        self.computed_once: dict[str, str] = {}
        self.state: Object = Object("state", None)
        self.depth: int = 1
        self.lasting = re.compile(r"(?!)")
        """The code of entries and rows that can be looked up before they are asked for: of none."""
        self.looked_up: dict[str, str] = {}
        """The variables of entries and rows that are looked up once, by the code that looks them up."""
        self.names: int = 0
        self.inside_loop: int = 0
        self.keeps_inside: int = 0
        """Inside how many loops code is written that is computed once for each turn of theirs."""
        self.free: list[bool] = []
        """Of the loops around what is written: whether each goes through no more than there is in the state."""
        self.turns: list[int] = []
        """Of the same loops: how many turns each takes where the policy says so, as that of a table; else 0."""
        self.narrowed: dict[tuple[str, ...], str] = {}
        """The names of some rows of a table, by the table's name and their keys."""
        self.defaults: dict[int, str] = {}
        """The names of what maps have for an entry that is not listed, by the identity of that."""
        self.passes: dict[str, Pass] = {}
        """The passes in which something may be gathered of collections, by the code of these."""
        self.spends: bool = False
        """Whether what is written counts steps: then `spent` has to be made before."""
        self.note: str | None = None
        """While an expression is traced: the name of the function that notes what is read for it."""
        self.traced_loops: frozenset[str] = frozenset()
        """The names of loops that stand for one entry, so that what is read of it is noted."""
        self.namespace |= {f"f_{name}": function.run for name, function in FUNCTIONS.items()}
        self.namespace |= {f"each_{name}": loop.run for name, loop in LOOPS.items()}
        self.namespace |= {"each_sum": bounded_sum, "bounded": bounded, "budget": budget}
        self.namespace["tally"] = partial(defaultdict, int)
        self.namespace |= {f"t_{name}": table.rows for name, table in self.program.tables.items()}
        self.ranges = Ranges(self.program.facts)

    def count_on(self, counted: frozenset[str]) -> None:
        """Take the numbers of the request with these names for ordinary: what reads them refuses others."""
        self.ranges = Ranges(self.program.facts, counted)

    # Lines

    def line(self, text: str) -> None:
        self.lines.append(" " * (self.depth + 1) + text)

    def prepared(self) -> list[str]:
        """The lines that come before what is written: what is computed once is not computed, and no step is spent."""
        margin = " " * (self.depth + 1)
        return [f"{margin}{line}" for line in (["spent = budget()"] if self.spends else []) + self.kept_lines()]

    def kept_lines(self) -> list[str]:
        """The lines that come before what is computed once; what is written later is computed anew."""
        lines = [f"{name} = {code}" for code, name in self.looked_up.items()]
        lines += [f"{name} = MISSING" for name in self.computed_once.values()]
        self.looked_up.clear()
        self.computed_once.clear()
        return lines

    def name(self, kind: str = "v") -> str:
        self.names += 1
        return f"{kind}{self.names}"

    def constant(self, value: Any) -> str:
        """A name for a value that the generated code needs."""
        name = self.name("c")
        self.namespace[name] = value
        return name

    def assigned(self, source: str) -> str:
        variable = self.name()
        self.line(f"{variable} = {source}")
        return variable

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        self.line(header)
        self.depth += 1
        yield
        self.depth -= 1

    # Rules

    @property
    def day(self) -> str:
        return str(self.state.at("as_of", self.program.state))

    def in_force(self, rule: Clause) -> list[str]:
        """The conditions under which a rule is in force."""
        return [f"{self.day} {op} {day!r}" for op, day in rule.in_force_if]

    def broken(self, rule: Clause) -> str | None:
        """The condition under which a rule is broken, or nothing where it never is."""
        return None if self.settled(rule.asked) is True else f"not {self.code(rule.asked, {})}"

    def fallible_requirements(self, rule: Clause) -> list[str]:
        """What a broken rule requires that may give a day out of range: computed now, so that nothing fails later."""
        required = [expr for expr, _ in rule.require]
        if required == [rule.asked]:
            return []  # it has been computed, or the rule would not be broken
        return [self.code(expr, {}) for expr in required if self.ranges.may_fail(expr)]

    # Expressions

    def argument(self, name: str, kind: Type) -> str:
        return f"action.get({name!r})" if isinstance(kind, Maybe) else f"action[{name!r}]"

    def settled(self, expr: t.Expr) -> Any:
        """The value that `expr` has whatever the request, or nothing."""
        if isinstance(expr, t.Not):
            value = self.settled(expr.of)
            return not value if isinstance(value, bool) else None
        if isinstance(expr, t.Logic):
            deciding, open_items = expr.op == "or", False
            for item in expr.items:
                value = self.settled(item)
                if value is deciding:
                    return deciding
                if not isinstance(value, bool):
                    open_items = True
                    if self.ranges.may_fail(item):
                        return None  # it is computed before what would decide
            return None if open_items else not deciding
        return constant(expr)

    def open_items(self, op: str, items: Sequence[t.Expr]) -> list[t.Expr]:
        """The operands of `and` or `or` that matter: none that changes nothing, and none behind one that decides."""
        open_items = []
        for item in items:
            value = self.settled(item)
            if value is not (op == "and"):
                open_items.append(item)
            if value is (op == "or"):
                break
        return open_items

    def compute_if_it_may_fail(self, expr: t.Expr, local: Mapping[str, Any]) -> None:
        """Compute what may lead out of the years, so that nothing that is written later can fail for it."""
        if self.ranges.may_fail(expr):
            self.line(self.code(expr, local))

    def traced(self, expr: t.Expr, note: str, local: Mapping[str, Any]) -> str:
        """The code of a value that notes every path, argument and call of a fact that is read for it."""
        self.note = note
        code = self.code(expr, local)
        self.note = None
        return code

    def code(self, expr: t.Expr, local: Mapping[str, Any]) -> str:
        """The code of a value."""
        generated = self.represent(expr, local)
        if isinstance(generated, Map):
            return generated.variable
        if isinstance(generated, Object):
            generated = generated.fields
        if not isinstance(generated, str):
            raise UnsupportedError
        return generated

    def represent(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        """What represents a value: its code, or an `Object` or `Map`."""
        generated = self._represent(expr, local)
        if self.note is None or not isinstance(expr, TRACED) or not loop_names(expr) <= self.traced_loops:
            return generated
        if isinstance(generated, str):
            noting = f"{self.note}_plain" if of_records(expr.type) else self.note
            return f"{noting}({expr.text!r}, {generated})"
        if isinstance(generated, Object) and known(expr.type) is not expr.type:
            return Object(f"{self.note}_plain({expr.text!r}, {generated.fields})", generated.id)
        return generated

    def _represent(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        match expr:
            case t.Literal(value=value) | t.Named(value=value):
                return repr(value)
            case t.Local(name=name):
                return local[name]
            case t.Argument(name=name, type=kind):
                return self.argument(name, kind)
            case t.Role(value=value):
                return self._untraced(value, local)
            case t.Property(name=name):
                return self.state.at(name, self.program.state)
            case t.Field():
                return self._field(expr, local)
            case t.Index(of=of, keys=keys):
                return self._kept(self._index(of, keys, local))
            case t.Call(fact=fact, arguments=arguments):
                return self._call(self.program.facts[fact], arguments, local)
            case t.Rows(name=name):
                return f"t_{name}"
            case t.Each():
                return self._in_pass(expr, local) or self._computed_once(self._each(expr, local))
        return self._operation(expr, local)

    def _call(self, body: FactBody, arguments: Sequence[t.Expr], local: Mapping[str, Any]) -> Any:
        once: dict[str, str] = {}
        given = {
            name: self._given(body, name, self._untraced(argument, local), once)
            for name, argument in zip(body.parameters, arguments, strict=True)
        }
        if once:
            self.inside_loop += 1  # what is computed in a function of its own is not kept for others
            self.free[self.inside_loop - 1 :], self.turns[self.inside_loop - 1 :] = [False], [0]
        generated = self._untraced(body.value, given)
        if once:
            self.inside_loop -= 1
            generated = _applied_to(once, generated)
        code = generated.fields if isinstance(generated, Object) else generated
        if isinstance(code, str) and len(code) > _MAX_CODE:
            raise UnsupportedError
        if self.note is None or not arguments:
            return generated
        # The arguments are noted whether or not the fact reads them.
        argument_list = ", ".join(self.code(argument, local) for argument in arguments)
        if isinstance(generated, Object):
            key = None if generated.id is None else f"({argument_list}, {generated.id})[-1]"
            return Object(f"({argument_list}, {generated.fields})[-1]", key)
        return f"({argument_list}, {generated.variable if isinstance(generated, Map) else generated})[-1]"

    def _given(self, body: FactBody, parameter: str, argument: Any, once: dict[str, str]) -> Any:
        """What represents an argument inside a fact; `once` gets the code that is computed before, by its new name."""

        def named(code: str) -> str:
            # What is computed once keeps its variable: inside a function of the fact's own it would be another one.
            is_kept = ":=" in code
            if not is_kept and (not _is_dear(code) or _uses(body.value, parameter) < 2):
                return code
            name = self.name("p")
            once[name] = code
            return name

        match argument:
            case str():
                return named(argument)
            case Object(fields=fields, id=key):
                return Object(named(fields) if isinstance(fields, str) else fields, key and named(key))
            case Map(variable=variable):
                return argument._replace(variable=named(variable))
        return argument

    def _untraced(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        """What represents the value of a role or a fact, whose own reads are no part of the trace."""
        note, self.note = self.note, None
        generated = self.represent(expr, local)
        self.note = note
        return generated

    def _field(self, expr: t.Field, local: Mapping[str, Any]) -> Any:
        owner = self.represent(expr.of, local)
        if not isinstance(owner, Object) or (expr.is_key and owner.id is None):
            raise UnsupportedError
        return owner.id if expr.is_key else owner.at(expr.name, record_of(expr.of.type))

    def _operation(self, expr: t.Expr, local: Mapping[str, Any]) -> str:
        match expr:
            case t.Apply(function=function, arguments=arguments) if function in FUNCTIONS:
                return f"f_{function}({', '.join(self.code(argument, local) for argument in arguments)})"
            case t.Compare(op="in" | "not in" as op, left=left, right=right):
                return f"({self.code(left, local)} {op} {self._looked_through(right, local)})"
            case t.Compare(op=op, left=left, right=right) if op in COMPARE:
                return f"({self.code(left, local)} {op} {self.code(right, local)})"
            case t.Arithmetic(op="+" | "-", left=left, right=right) if self.note is None and self._is_zero(right):
                return self.code(left, local)
            case t.Arithmetic(op=op, left=left, right=right) if op in ARITHMETIC:
                code = f"({self.code(left, local)} {op} {self.code(right, local)})"
                if self.ranges.stays_small(expr):
                    return code
                if not isinstance(expr.type, Integer) or self.keeps_inside == NOTHING_KEPT:
                    return f"bounded{code}"
                return self._computed_once(f"(n_ if -{MOST} <= (n_ := {code}) <= {MOST} else bounded(n_))")
            case t.IsAbsent(of=of, negated=negated):
                return f"({self.code(of, local)} is {'not ' if negated else ''}None)"
            case t.Not(of=of):
                return f"(not {self.code(of, local)})"
            case t.Logic(op="and" | "or" as op, items=items):
                open_items = items
                if self.note is None:
                    if isinstance(settled := self.settled(expr), bool):
                        return repr(settled)
                    open_items = self.open_items(op, items)
                return f"({f' {op} '.join(self.code(item, local) for item in open_items)})"
            case t.Choose(condition=condition, then=then, otherwise=otherwise):
                settled = self.settled(condition)
                if self.note is None and isinstance(settled, bool):
                    return self.code(then if settled else otherwise, local)
                condition_code = self.code(condition, local)
                return f"({self.code(then, local)} if {condition_code} else {self.code(otherwise, local)})"
            case t.Items(items=items):
                return f"[{', '.join(self.code(item, local) for item in items)}]"
        raise UnsupportedError

    def _is_zero(self, expr: t.Expr) -> bool:
        """Whether a number is 0 whatever the request, such as what a setting takes away."""
        if isinstance(expr, t.Choose) and isinstance(settled := self.settled(expr.condition), bool):
            return self._is_zero(expr.then if settled else expr.otherwise)
        return isinstance(expr.type, Integer) and self.settled(expr) == 0

    def _looked_through(self, collection: t.Expr, local: Mapping[str, Any]) -> str:
        code = self.code(collection, local)
        is_list = isinstance(known(collection.type), ListOf) and not isinstance(t.unwrapped(collection), t.Items)
        return self._spending(code) if is_list and not self._is_free(code) else code

    def _is_free(self, code: str) -> bool:
        """Whether a collection is gone through once, or is part of the entry of such a loop, or of a table.

        A few times, as often as the policy's tables say and no state can make more, are as good as once.
        """
        depth = self.inside_loop
        if 0 < prod(self.turns[:depth]) <= _FEW_TURNS or code.startswith("t_"):
            return True
        of_entry = code.startswith(f"x{depth - 1}[") or any(code in each.own for each in self.passes.values())
        return self.free[depth - 1] and of_entry

    def _spending(self, code: str) -> str:
        self.spends = True
        return f"spent({code})"

    def _index(self, of: t.Expr, keys: Any, local: Mapping[str, Any]) -> Object:
        owner = self.represent(of, local)
        codes = [self.code(key, local) for key in keys]
        if isinstance(of, t.Rows):
            return Object(owner + "".join(f"[{code}]" for code in codes), codes[0])
        if not isinstance(owner, Map):
            raise UnsupportedError
        for entry in owner.entries.values():
            if entry.id == codes[0]:
                return entry
        kind = of.type
        assert isinstance(kind, MapOf)
        if kind.default is not None:
            default = self.defaults.get(id(kind.default)) or self.constant(dict(kind.default))
            self.defaults[id(kind.default)] = default
            return Object(f"{owner.variable}.get({codes[0]}, {default})", codes[0])
        if kind.may_lack:
            return Object(f"{owner.variable}.get({codes[0]})", codes[0])
        return Object(f"{owner.variable}[{codes[0]}]", codes[0])

    def _kept(self, entry: Object) -> Object:
        """An entry or a row; looked up once where that may be done before it is known whether it is asked for."""
        if isinstance(entry.fields, str) and self.lasting.fullmatch(entry.fields):
            return entry._replace(fields=self.looked_up.setdefault(entry.fields, f"l{len(self.looked_up)}"))
        return entry

    def loop(
        self, loop: t.Loop, local: Mapping[str, Any], *, numbered: bool = False, by_key: bool = False
    ) -> tuple[str, dict[str, Any], str | None]:
        """A loop's head, the names inside it, and its condition.

        Records of a list come by their numbers if `numbered`, the entries of a map in order if `by_key`.
        """
        variable, key = f"x{self.inside_loop}", f"k{self.inside_loop}"
        kind, inside = known(loop.over.type), dict(local)
        keeps_inside, self.keeps_inside = (
            self.keeps_inside,
            NOTHING_KEPT,
        )  # Python assigns nothing in what a loop goes over
        over = self.represent(loop.over, local)
        self.keeps_inside = keeps_inside
        over = over.variable if isinstance(over, Map) else over
        is_free = isinstance(t.unwrapped(loop.over), t.Items) or self._is_free(over)
        over = over if is_free else self._spending(over)
        self.free[self.inside_loop :], self.turns[self.inside_loop :] = [is_free], [_turns(loop.over)]
        if isinstance(kind, Table | MapOf):
            header = f"for {key}, {variable} in {f'sorted({over}.items())' if by_key else f'{over}.items()'}"
            inside[loop.variable] = Object(variable, key)
        elif numbered and of_records(kind):
            header = f"for {key}, {variable} in enumerate({over})"
            inside[loop.variable] = Object(variable, key)
        else:
            header = f"for {variable} in {over}"
            inside[loop.variable] = Object(variable, None) if of_records(kind) else variable
        self.inside_loop += 1
        condition = None if loop.condition is None else self.code(loop.condition, inside)
        self.inside_loop -= 1
        return header, inside, condition

    def _narrowed(self, loop: t.Loop) -> t.Loop:
        """The same loop over the rows of a table that its condition lets pass, where that reads nothing else."""
        over, condition = loop.over, loop.condition
        if not isinstance(over, t.Rows) or condition is None or not is_of_row(condition, loop.variable):
            return loop
        assert isinstance(over.type, Table)
        passing = {row.id: row.value for row, _ in Interpreter({}, {}, {}).entries(loop, {})}
        name = self.narrowed.setdefault((over.name, *passing), f"{over.name}_ROWS{len(self.narrowed)}")
        self.namespace[f"t_{name}"] = passing
        return loop._replace(over=over._replace(type=over.type.replaced(rows=passing), name=name), condition=None)

    @contextmanager
    def applying(self, clause: Clause | Bill, *, numbered: bool = False) -> Iterator[Mapping[str, Any]]:
        """What is written inside is done each time that the clause applies, with the loop's name known."""
        depth, local = self.depth, dict[str, Any]()
        if clause.loop is not None:
            header, local, condition = self.loop(self._narrowed(clause.loop), {}, numbered=numbered)
            self.line(f"{header}:")
            self.depth += 1
            self.inside_loop += 1
            if condition is not None:
                self.line(f"if not ({condition}): continue")
        if clause.when is not None:
            self.line(f"if {self.code(clause.when, local)}:")
            self.depth += 1
        yield local
        self.line("pass")
        if clause.loop is not None:
            self.inside_loop -= 1
        self.depth = depth

    # Written paths

    def parts(self, target: Target, local: Mapping[str, Any], loop: t.Loop | None) -> tuple[str, ...]:
        """The code of each part of a path, from the state's property on."""
        parts = [repr(target.root)]
        for step in target.steps:
            if isinstance(step, KeyStep):
                parts.append(self.code(step.expr, local))
            elif step is EACH:
                assert loop is not None
                entry = local[loop.variable]
                if not isinstance(entry, Object) or entry.id is None:
                    raise UnsupportedError
                parts.append(entry.id)
            elif step is NEW:
                parts.append(f"len({self.code(target.expr, local)})")
            else:
                parts.append(repr(step))
        return tuple(parts)

    def _each(self, expr: t.Each, local: Mapping[str, Any]) -> str:
        loop = t.Loop(expr.variable, expr.over, expr.condition)
        narrowed = self._narrowed(loop) if self.note is None else loop
        header, inside, condition = self.loop(narrowed, local, by_key=by_key(expr))
        self.inside_loop += 1
        element = "1" if expr.kind == "count" else self.code(expr.element, inside)
        self.inside_loop -= 1
        items = f"{element} {header}" + (f" if {condition}" if condition is not None else "")
        match expr.kind:
            case _ if expr.kind == LISTED:
                return f"[{items}]"
            case _ if expr.kind not in LOOPS:
                raise UnsupportedError
            case "any" | "all" if self.note is not None:
                return f"{expr.kind}({items})"  # as lazily as the interpreter, so that the same is noted
            case "any":
                return f"(True in [{items}])"
            case "all":
                return f"(False not in [{items}])"
        return f"each_{expr.kind}([{items}])"

    # Passes

    def _in_pass(self, expr: t.Each, local: Mapping[str, Any]) -> str | None:
        """The code of what is gathered in the pass over a collection; nothing where it has to be gone through anew."""
        if self.note is not None or by_key(expr) or expr.kind not in KINDS:
            return None
        over = self.represent(expr.over, local)
        over = over.variable if isinstance(over, Map) else over
        gathering = self.passes.get(over) if isinstance(over, str) else None
        if gathering is None:
            return None
        depth, spends = self.inside_loop, self.spends
        self.spends = False
        try:
            gathered = self._gathered(expr, gathering, {**local, expr.variable: gathering.entry})
            if gathered is None or self.spends:
                return None
        except UnsupportedError:
            return None
        finally:
            self.inside_loop, self.spends = depth, spends
        return gathered if self._is_free(over) else f"({self._spending(over)}, {gathered})[1]"

    def _gathered(self, expr: t.Each, gathering: Pass, inside: Mapping[str, Any]) -> str | None:
        depth = self.inside_loop
        if expr.kind == "count" and expr.condition is None:
            return f"len({self.code(expr.over, inside)})"
        self.free[depth:], self.turns[depth:] = [True], [0]
        self.inside_loop += 1
        asked = [] if expr.condition is None else [*self._opened(expr.condition, inside)]
        if expr.kind in ("any", "all"):
            asked += self._opened(expr.element, inside, negated=expr.kind == "all")
        element = "" if expr.kind in ("all", "any", "count") else self.code(expr.element, inside)
        matches = [self._match(*each, gathering, first=number == 0) for number, each in enumerate(asked)]
        conditions = [self._asked(*each) for each in asked]
        self.inside_loop -= 1
        number, match = next(((index, each) for index, each in enumerate(matches) if each is not None), (None, None))
        others = [each for index, each in enumerate(conditions) if index != number]
        if not all(gathering.is_of_entry(code) for code in (*others, element) if code):
            return None
        if match is None or gathering.is_of_entry(match.value):
            return gathering.gathered(expr.kind, others, element, match)
        return gathering.looked_up(expr.kind, others, element, match) if depth else None

    def _opened(
        self, expr: t.Expr, local: Mapping[str, Any], *, negated: bool = False
    ) -> Iterator[tuple[t.Expr, Mapping[str, Any], bool]]:
        """What has to hold, or not to hold, for a condition to hold: with the names that it reads."""
        match expr:
            case t.Role(value=value):
                yield from self._opened(value, local, negated=negated)
            case t.Not(of=of):
                yield from self._opened(of, local, negated=not negated)
            case t.Logic(op=op, items=items) if (op == "or") is negated:
                for item in items if negated else self.open_items(op, items):
                    yield from self._opened(item, local, negated=negated)
            case t.Call(fact=fact, arguments=arguments):
                body, once = self.program.facts[fact], dict[str, str]()
                given = {
                    name: self._given(body, name, self.represent(argument, local), once)
                    for name, argument in zip(body.parameters, arguments, strict=True)
                }
                if once:
                    yield expr, local, negated
                else:
                    yield from self._opened(body.value, given, negated=negated)
            case _:
                yield expr, local, negated

    def _asked(self, expr: t.Expr, local: Mapping[str, Any], negated: bool) -> str:
        code = self.code(expr, local)
        return f"(not {code})" if negated else code

    def _match(
        self, expr: t.Expr, local: Mapping[str, Any], negated: bool, gathering: Pass, *, first: bool
    ) -> Match | None:
        """What is asked, where that is whether a value of an entry is another one, or among what an entry has."""
        if not isinstance(expr, t.Compare) or isinstance(known(expr.left.type), ListOf):
            return None  # what is looked up is a single value
        left, right, kind = self.code(expr.left, local), self.code(expr.right, local), known(expr.right.type)
        match expr.op:
            case "==" | "!=" if (expr.op == "!=") is negated:
                pairs = [Match(left, right), Match(right, left)]
            case "in" | "not in" if (expr.op == "not in") is negated and first and isinstance(kind, ListOf):
                pairs = [Match(right, left, True, not kind.unique)]
            case _:
                return None
        return next((each for each in pairs if gathering.may_look_up(each)), None)

    def _computed_once(self, code: str) -> str:
        """Code that is used more than once is computed once, when it is first used."""
        if self.inside_loop != self.keeps_inside or self.note is not None:
            return code
        self.uses[code] += 1
        if self.known_uses[code] < 2:
            return code
        name = self.computed_once.setdefault(code, f"o{len(self.computed_once)}")
        return f"({name} if {name} is not MISSING else ({name} := {code}))"


def is_of_row(condition: t.Expr, variable: str) -> bool:
    """Whether a condition reads nothing but a row of a table, and is always computed."""
    of_row = (t.Compare, t.Field, t.IsAbsent, t.Items, t.Literal, t.Local, t.Logic, t.Named, t.Not)
    return loop_names(condition) <= {variable} and all(isinstance(part, of_row) for part in t.parts(condition))


def _turns(over: t.Expr) -> int:
    """How many turns a loop takes where the policy says so; else 0."""
    match t.unwrapped(over):
        case t.Items(items=items):
            return len(items)
        case t.Rows(type=Table(rows=rows)):
            return len(rows)
    return 0


def _is_dear(code: str) -> bool:
    """Whether code is computed once rather than repeated."""
    return len(code) > _REPEATED or " for " in code or "f_" in code or "lambda" in code


def _uses(expr: t.Expr, parameter: str, times: int = 1) -> int:
    """How often the value of a fact reads a parameter; inside a loop, more than once."""
    match expr:
        case t.Local(name=name):
            return times if name == parameter else 0
        case t.Each(over=over, condition=condition, element=element):
            inside = sum(_uses(part, parameter, 2) for part in (condition, element) if part is not None)
            return _uses(over, parameter, times) + inside
    return sum(_uses(child, parameter, times) for child in t.children(expr))


def _applied_to(once: Mapping[str, str], generated: Any) -> Any:
    """What a fact gives, where some of its arguments are computed once, before the rest."""

    def applied(code: str) -> str:
        return f"(lambda {', '.join(once)}: {code})({', '.join(once.values())})"

    match generated:
        case str():
            return applied(generated)
        case Object(fields=fields, id=key):
            return Object(applied(fields) if isinstance(fields, str) else fields, key and applied(key))
        case Map(variable=variable):
            return generated._replace(variable=applied(variable))
    return generated
