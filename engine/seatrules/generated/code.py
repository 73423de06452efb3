"""Writes checked expressions as Python code.

No text of an author reaches the generated source but as a literal written by `repr`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..language import tree as t
from ..language.functions import FUNCTIONS, LOOPS
from ..language.interpret import TRACED, FactBody, mentions_local
from ..language.tree import constant
from ..language.types import EntryOf, MapOf, Record, Table, known, of_records, record_of
from ..program import Clause, Program
from ..program.reads import KeyOf
from ..program.target import EACH, NEW, KeyStep, Target

_MAX_CODE = 200_000
"""How long the code of one expression may get: a fact's argument stands wherever the fact reads it."""


class UnsupportedError(Exception):
    """The program has something that only the interpreter does, and generated code does not."""


class Object(NamedTuple):
    """A mapping in the generated code: its code or its properties by name, and the code of its key."""

    fields: Mapping[str, Any] | str
    id: str | None

    def at(self, name: str, kind: Record) -> Any:
        """What stands for a property: code, or an `Object` or `Map` of its own."""
        if not isinstance(self.fields, str):
            return self.fields[name]
        code = f"{self.fields}[{name!r}]" if name in kind.required else f"{self.fields}.get({name!r})"
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


@dataclass
class Writer:
    """Writes lines of code, and expressions as code over one state and one action.

    Every expression is code without side effects, so that it may be asked anywhere; one that iterates and is asked
    `often` is computed once.
    """

    program: Program
    often: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    space: dict[str, Any] = field(default_factory=lambda: {"MISSING": object()})
    kept: dict[str, str] = field(default_factory=dict)
    state: Object = field(default_factory=lambda: Object("state", None))
    depth: int = 1
    names: int = 0
    inside_loop: int = 0
    note: str | None = None
    """While an expression is traced: the name of the function that notes what is read for it."""

    def __post_init__(self) -> None:
        self.space |= {f"f_{name}": function.run for name, function in FUNCTIONS.items()}
        self.space |= {f"each_{name}": loop.run for name, loop in LOOPS.items()}
        self.space |= {f"t_{name}": table.rows for name, table in self.program.tables.items()}

    # Lines

    def line(self, text: str) -> None:
        self.lines.append(" " * (self.depth + 1) + text)

    def name(self, kind: str = "v") -> str:
        self.names += 1
        return f"{kind}{self.names}"

    def constant(self, value: Any) -> str:
        """A name for a value that the generated code needs."""
        name = self.name("c")
        self.space[name] = value
        return name

    def assigned(self, source: str) -> str:
        variable = self.name()
        self.line(f"{variable} = {source}")
        return variable

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self.line(head)
        self.depth += 1
        yield
        self.depth -= 1

    # Rules

    @property
    def day(self) -> str:
        return str(self.state.at("as_of", self.program.state))

    def in_force(self, rule: Clause) -> list[str]:
        """The conditions under which a rule is in force."""
        first = [] if rule.effective_from is None else [f"{self.day} >= {rule.effective_from!r}"]
        return first if rule.effective_until is None else [*first, f"{self.day} < {rule.effective_until!r}"]

    def broken(self, rule: Clause) -> str | None:
        """The condition under which a rule is broken, or nothing where it never is."""
        return None if self.settled(rule.asked) is True else f"not {self.code(rule.asked, {})}"

    def beyond(self, rule: Clause) -> list[str]:
        """What a broken rule requires that may lead out of the years: computed, so that no explanation fails for it."""
        return [self.code(expr, {}) for expr, _ in rule.require if self.may_fail(expr)]

    def may_fail(self, expr: t.Expr) -> bool:
        """Whether computing it may lead out of the years that dates have."""
        match expr:
            case t.Apply(function=function) if FUNCTIONS[function].may_fail:
                return True
            case t.Call(fact=fact, arguments=arguments):
                return self.may_fail(self.program.facts[fact].value) or any(map(self.may_fail, arguments))
            case t.Role(value=value):
                return self.may_fail(value)
        return any(map(self.may_fail, t.children(expr)))

    # Expressions

    def argument(self, name: str) -> str:
        return f"action[{name!r}]"

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
                    if self.may_fail(item):
                        return None  # it is asked before what would decide
            return None if open_items else not deciding
        return constant(expr)

    def traced(self, expr: t.Expr, note: str) -> str:
        """The code of a value that notes every path, argument and call of a fact that is read for it."""
        self.note = note
        code = self.code(expr, {})
        self.note = None
        return code

    def code(self, expr: t.Expr, local: Mapping[str, Any]) -> str:
        """The code of a value."""
        found = self.any(expr, local)
        if isinstance(found, Map):
            return found.variable
        if isinstance(found, Object):
            found = found.fields
        if not isinstance(found, str):
            raise UnsupportedError
        return found

    def any(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        """What stands for a value: its code, or an `Object` or `Map`."""
        found = self._any(expr, local)
        if self.note is None or not isinstance(expr, TRACED) or mentions_local(expr):
            return found
        if isinstance(found, str):
            noting = f"{self.note}_plain" if of_records(expr.type) else self.note
            return f"{noting}({expr.text!r}, {found})"
        if isinstance(found, Object) and known(expr.type) is not expr.type:
            return Object(f"{self.note}_plain({expr.text!r}, {found.fields})", found.id)
        return found

    def _any(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        match expr:
            case t.Literal(value=value) | t.Named(value=value):
                return repr(value)
            case t.Local(name=name):
                return local[name]
            case t.Argument(name=name):
                return self.argument(name)
            case t.Role(value=value):
                return self._untraced(value, local)
            case t.Property(name=name):
                return self.state.at(name, self.program.state)
            case t.Field(of=of, name=name):
                return self._field(of, name, local)
            case t.Index(of=of, keys=keys):
                return self._index(of, keys, local)
            case t.Call(fact=fact, arguments=arguments):
                return self._call(self.program.facts[fact], arguments, local)
            case t.Rows(name=name):
                return f"t_{name}"
            case t.Each():
                return self._often_asked(self._each(expr, local))
        return self._operation(expr, local)

    def _call(self, body: FactBody, arguments: Sequence[t.Expr], local: Mapping[str, Any]) -> Any:
        given = [self._untraced(argument, local) for argument in arguments]
        found = self._untraced(body.value, dict(zip(body.parameters, given, strict=True)))
        code = found.fields if isinstance(found, Object) else found
        if isinstance(code, str) and len(code) > _MAX_CODE:
            raise UnsupportedError
        if self.note is None or not arguments:
            return found
        # The arguments are read whether or not the fact comes to ask for them.
        noted = ", ".join(self.code(argument, local) for argument in arguments)
        if isinstance(found, Object):
            key = None if found.id is None else f"({noted}, {found.id})[-1]"
            return Object(f"({noted}, {found.fields})[-1]", key)
        return f"({noted}, {found.variable if isinstance(found, Map) else found})[-1]"

    def _untraced(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        """What stands behind a name: what is read for it is not the reader's own."""
        note, self.note = self.note, None
        found = self.any(expr, local)
        self.note = note
        return found

    def _field(self, of: t.Expr, name: str, local: Mapping[str, Any]) -> Any:
        owner, kind = self.any(of, local), of.type
        if not isinstance(owner, Object):
            raise UnsupportedError
        if isinstance(kind, EntryOf) and name == "id":
            if owner.id is None:
                raise UnsupportedError
            return owner.id
        return owner.at(name, record_of(kind))

    def _operation(self, expr: t.Expr, local: Mapping[str, Any]) -> str:
        match expr:
            case t.Apply(function=function, arguments=arguments):
                return f"f_{function}({', '.join(self.code(argument, local) for argument in arguments)})"
            case t.Compare(op=op, left=left, right=right) | t.Arithmetic(op=op, left=left, right=right):
                return f"({self.code(left, local)} {op} {self.code(right, local)})"
            case t.IsAbsent(of=of, negated=negated):
                return f"({self.code(of, local)} is {'not ' if negated else ''}None)"
            case t.Not(of=of):
                return f"(not {self.code(of, local)})"
            case t.Logic(op=op, items=items):
                asked = items
                if self.note is None:
                    if isinstance(settled := self.settled(expr), bool):
                        return repr(settled)
                    asked = [item for item in items if self.settled(item) is not (op == "and")]
                return f"({f' {op} '.join(self.code(item, local) for item in asked)})"
            case t.Choose(condition=condition, then=then, otherwise=otherwise):
                settled = self.settled(condition)
                if self.note is None and isinstance(settled, bool):
                    return self.code(then if settled else otherwise, local)
                asking = self.code(condition, local)
                return f"({self.code(then, local)} if {asking} else {self.code(otherwise, local)})"
            case t.Items(items=items):
                return f"[{', '.join(self.code(item, local) for item in items)}]"
        raise UnsupportedError

    def _index(self, of: t.Expr, keys: Any, local: Mapping[str, Any]) -> Object:
        found = self.any(of, local)
        codes = [self.code(key, local) for key in keys]
        if isinstance(of, t.Rows):
            return Object(found + "".join(f"[{code}]" for code in codes), codes[0])
        if not isinstance(found, Map):
            raise UnsupportedError
        for entry in found.entries.values():
            if entry.id == codes[0]:
                return entry
        kind = of.type
        assert isinstance(kind, MapOf)
        if kind.default is not None:
            return Object(f"{found.variable}.get({codes[0]}, {self.constant(dict(kind.default))})", codes[0])
        return Object(f"{found.variable}[{codes[0]}]", codes[0])

    def loop(
        self, loop: t.Loop, local: Mapping[str, Any], *, numbered: bool = False
    ) -> tuple[str, dict[str, Any], str | None]:
        """A loop's head, the names inside it, and its condition; records of a list by their numbers if `numbered`."""
        variable, key = f"x{self.inside_loop}", f"k{self.inside_loop}"
        kind, inside = known(loop.over.type), dict(local)
        over = self.any(loop.over, local)
        if isinstance(kind, Table | MapOf):
            head = f"for {key}, {variable} in {over.variable if isinstance(over, Map) else over}.items()"
            inside[loop.variable] = Object(variable, key)
        elif numbered and of_records(kind):
            head = f"for {key}, {variable} in enumerate({over})"
            inside[loop.variable] = Object(variable, key)
        else:
            head = f"for {variable} in {over}"
            inside[loop.variable] = Object(variable, None) if of_records(kind) else variable
        self.inside_loop += 1
        condition = None if loop.condition is None else self.code(loop.condition, inside)
        self.inside_loop -= 1
        return head, inside, condition

    @contextmanager
    def applying(self, clause: Clause, *, numbered: bool = False) -> Iterator[Mapping[str, Any]]:
        """What is written inside is done each time that the clause applies, with the loop's name known."""
        depth, local = self.depth, dict[str, Any]()
        if clause.loop is not None:
            head, local, condition = self.loop(clause.loop, {}, numbered=numbered)
            self.line(f"{head}:")
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
        head, inside, condition = self.loop(t.Loop(expr.variable, expr.over, expr.condition), local)
        self.inside_loop += 1
        element = "1" if expr.kind == "count" else self.code(expr.element, inside)
        self.inside_loop -= 1
        items = f"{element} {head}" + (f" if {condition}" if condition is not None else "")
        match expr.kind:
            case "any" | "all" if self.note is not None:
                return f"{expr.kind}({items})"  # as lazily as the interpreter, so that the same is noted
            case "any":
                return f"(True in [{items}])"
            case "all":
                return f"(False not in [{items}])"
        return f"each_{expr.kind}([{items}])"

    def _often_asked(self, code: str) -> str:
        """Code that is asked more than once is computed once, when it is first asked."""
        if self.inside_loop or self.note is not None:
            return code
        self.counted[code] += 1
        if self.often[code] < 2:
            return code
        name = self.kept.setdefault(code, f"o{len(self.kept)}")
        return f"({name} if {name} is not MISSING else ({name} := {code}))"


class _Source(NamedTuple):
    """Where Python finds the lines of generated code for a traceback: what PEP 302 calls a loader."""

    text: str

    def get_source(self, _: str) -> str:
        return self.text


def defined(
    program: Program, what: str, parameters: str, lines: Sequence[str], space: dict[str, Any]
) -> Callable[..., Any]:
    """The function with these parameters and lines; `space` holds the names that it uses, and `what` says what it is.

    Raises:
        UnsupportedError: more is nested in it than Python takes.
    """
    name = re.sub(r"\W", "_", what)
    source = _Source("\n".join([f"def {name}({parameters}):", *lines, ""]))
    try:
        code = compile(source.text, f"{program.name}/{program.version}/{name}.py", "exec")
    except (MemoryError, RecursionError):
        raise UnsupportedError from None
    except SyntaxError as error:
        if "too many" not in error.msg:
            raise
        raise UnsupportedError from None
    space |= {"__name__": name, "__loader__": source}
    exec(code, space)
    function: Callable[..., Any] = space[name]
    return function


def source_of(function: Callable[..., Any]) -> str | None:
    """The generated code of a function that was `defined`; nothing of another."""
    source = function.__globals__["__loader__"]
    return source.text if isinstance(source, _Source) else None
