"""Generates, for each action, one Python function that checks what it reads and asks every requirement.

The function is optimistic: whatever is out of the ordinary (a value of another type, a key that is not there, an effect
that would not fit) makes it return nothing, and the plain reference decides. So it never has to explain anything, and
nothing that it leaves out can make an answer milder. No text of an author reaches the generated source but as a literal
written by `repr`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..language import tree as t
from ..language.functions import FUNCTIONS, OutOfRangeError
from ..language.types import (
    Boolean,
    Date,
    Entry,
    Integer,
    Key,
    ListOf,
    MapOf,
    Maybe,
    Record,
    Table,
    Text,
    Type,
    Word,
    bounds,
    known,
)
from .program import ActionProgram, Clause, Program
from .reads import KeyOf, Reader, Reads, constant, of_records

Found = tuple[dict[str, Any], dict[str, Any], tuple[int, ...]]
Function = Callable[[Any, Any], Found | None]
MAX_ITEMS = 100_000
"""The most entries that an effect may leave in a list."""
_MAY_FAIL = frozenset(("add_days", "add_months", "next_renewal"))
_ODD = (KeyError, TypeError, ValueError, AttributeError, IndexError, OutOfRangeError, RecursionError)


class _UnsupportedError(Exception):
    """The action has something that only the reference does."""


def generate(program: Program, action: ActionProgram) -> Function | None:
    """The function for an action: from a state and an action to what was read of both, with the rules that fail.

    It returns nothing where the reference has to decide; there is no function where it always has to.
    """
    if action.time_to is not None:
        return None
    try:
        counting = _Writer(program, action, Counter())
        counting.write()
        writer = _Writer(program, action, counting.counted)
        source = writer.write()
    except _UnsupportedError:
        return None
    space = writer.space
    exec(compile(source, f"<{program.name} {program.version} {action.name}>", "exec"), space)
    function: Function = space["decide"]
    return function


@dataclass(frozen=True, slots=True)
class _Object:
    """A mapping in the generated code: its properties by name, and its key."""

    fields: Mapping[str, Any] | str
    id: str | None

    def at(self, name: str) -> Any:
        return f"{self.fields}[{name!r}]" if isinstance(self.fields, str) else self.fields[name]


@dataclass(frozen=True, slots=True)
class _Map:
    """A map of the state: the variable that holds what was read of it, and the entries read under known keys."""

    variable: str
    entries: Mapping[KeyOf, _Object]


@dataclass(frozen=True, slots=True)
class _Claim:
    """A path that is changed: its names, with `*` for a key, and the key's code where it is known beforehand."""

    shape: tuple[str, ...]
    key: str | None


@dataclass
class _Writer:
    program: Program
    action: ActionProgram
    often: Counter[str]
    counted: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    names: int = 0
    inside_loop: int = 0
    snapshot: str = ""

    def __post_init__(self) -> None:
        self.space: dict[str, Any] = {
            "fromisoformat": date.fromisoformat,
            "is_text": _is_text,
            "ODD": _ODD,
            "MISSING": object(),
        }
        self.space |= {f"f_{name}": function for name, function in FUNCTIONS.items()}
        self.space |= {f"t_{name}": table.rows for name, table in self.program.tables.items()}
        self.kept: dict[str, str] = {}

    def write(self) -> str:
        clauses = [*self.action.rules, *self.action.consequences, *self.action.outcomes]
        reads = Reader(self.program.facts).clauses(clauses)
        self.arguments()
        self.state: _Object = self.record("state", self.program.state, reads)
        snapshot = self.snapshot
        head = len(self.lines)
        self.line("failed = ()")
        for index, rule in enumerate(self.action.rules):
            if rule.severity == "denial":
                self.rule(index, rule)
        self.line(f"found = ({snapshot}, dict(action), failed)")
        self.line("if failed: return found")
        head_of_allowed = len(self.lines)
        try:
            self.allowed()
            self.line("return found")
        except _UnsupportedError:
            del self.lines[head_of_allowed:]
            self.depth = 1
            self.line("return None")
        self.lines[head:head] = [f"  {name} = MISSING" for name in self.kept.values()]
        return "\n".join(["def decide(state, action):", " try:", *self.lines, " except ODD:", "  return None"])

    # Lines

    def line(self, text: str) -> None:
        self.lines.append(" " * (self.depth + 1) + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self.line(head)
        self.depth += 1
        yield
        self.depth -= 1

    def name(self, kind: str = "v") -> str:
        self.names += 1
        return f"{kind}{self.names}"

    def constant(self, value: Any) -> str:
        """A name for a value that the generated code needs."""
        name = self.name("c")
        self.space[name] = value
        return name

    def refuse_if(self, condition: str) -> None:
        self.line(f"if {condition}: return None")

    # Reading the request

    def arguments(self) -> None:
        self.refuse_if("type(state) is not dict or type(action) is not dict")
        self.refuse_if(f"len(action) != {len(self.action.arguments) + 1}")
        maps = dict(_key_maps(self.program.state))
        for name, kind in self.action.arguments.items():
            variable = f"a_{name}"
            self.scalar(variable, f"action[{name!r}]", kind)
            if isinstance(kind, Key):
                holder = f"state[{maps[kind.entry]!r}]"
                self.refuse_if(f"type({holder}) is not dict or {variable} not in {holder}")

    def scalar(self, variable: str, source: str, kind: Type) -> None:
        """Read a value that is no collection into a variable, and check it."""
        match kind:
            case Maybe(of=inner):
                self.line(f"{variable} = {source}")
                with self.block(f"if {variable} is not None:"):
                    self.scalar(variable, variable, inner)
            case Word(words=words):
                self.line(f"{variable} = {self.constant({word: word for word in words})}[{source}]")
            case _:
                self.line(f"{variable} = {source}")
                self.refuse_if(_wrong(variable, kind))
                if isinstance(kind, Date):
                    self.line(f"fromisoformat({variable})")

    def record(self, source: str, kind: Record, reads: Reads) -> _Object:
        """Read a record; `self.snapshot` is then what was read of it."""
        self.refuse_if(f"type({source}) is not dict")
        names = list(kind.fields) if reads.whole else [name for name in kind.fields if name in reads.fields]
        may_lack = reads.whole or any(name not in kind.required for name in names)
        if kind.closed and may_lack:
            self.refuse_if(f"not {source}.keys() <= {self.constant(set(kind.fields))}")
        fields, snapshot, optional = {}, [], []
        for name in names:
            inner = Reads(whole=True) if reads.whole else reads.fields[name]
            written = f"{source}[{name!r}]" if name in kind.required else f"{source}.get({name!r})"
            fields[name] = self.value(written, kind.type_of(name), inner)
            if name in kind.required:
                snapshot.append(f"{name!r}: {self.snapshot}")
            else:
                optional.append((name, self.snapshot))
        self.snapshot = "{" + ", ".join(snapshot) + "}"
        if optional:
            self.snapshot = self.assigned(self.snapshot)
        for name, found in optional:
            self.line(f"if {name!r} in {source}: {self.snapshot}[{name!r}] = {found}")
        return _Object(fields, None)

    def value(self, source: str, kind: Type, reads: Reads) -> Any:
        """Read any value; `self.snapshot` is then what was read of it."""
        match kind:
            case Record():
                return self.record(self.assigned(source), kind, reads)
            case MapOf():
                return self.mapping(self.assigned(source), kind, reads)
            case ListOf():
                return self.listing(self.assigned(source), kind, reads)
            case Maybe(of=Record() | MapOf() | ListOf()):
                raise _UnsupportedError
        variable = self.name()
        self.scalar(variable, source, kind)
        self.snapshot = variable
        return variable

    def assigned(self, source: str) -> str:
        variable = self.name()
        self.line(f"{variable} = {source}")
        return variable

    def listing(self, source: str, kind: ListOf, reads: Reads) -> str:
        self.refuse_if(f"type({source}) is not list")
        item = kind.item
        assert item is not None
        if isinstance(item, Word):
            words = self.constant({word: word for word in item.words})
            found = self.assigned(f"[{words}[each] for each in {source}]")
        else:
            found, each = self.assigned("[]"), self.name("e")
            with self.block(f"for {each} in {source}:"):
                inner = reads.entries or Reads()
                self.value(each, item, Reads(whole=True) if reads.whole else inner)
                self.line(f"{found}.append({self.snapshot})")
        if kind.unique:
            if of_records(kind):
                raise _UnsupportedError
            self.refuse_if(f"len({found}) > 1 and len(set({found})) != len({found})")
        self.snapshot = found
        return found

    def mapping(self, source: str, kind: MapOf, reads: Reads) -> _Map:
        self.refuse_if(f"type({source}) is not dict")
        found = self.assigned("{}")
        entries: dict[KeyOf, _Object] = {}
        if reads.whole or reads.each:
            inner = reads.of_each()
            key, entry = self.name("k"), self.name("e")
            with self.block(f"for {key}, {entry} in {source}.items():"):
                if isinstance(kind.key, Word):
                    self.refuse_if(f"{key} not in {self.constant(frozenset(kind.key.words))}")
                else:
                    self.refuse_if(f"type({key}) is not str")
                self.record(entry, kind.entry, inner)
                self.line(f"{found}[{key}] = {self.snapshot}")
        else:
            for known_key, inner in reads.keys.items():
                entries[known_key] = self.entry(source, found, known_key, kind, inner)
        self.snapshot = found
        return _Map(found, entries)

    def entry(self, source: str, found: str, key: KeyOf, kind: MapOf, reads: Reads) -> _Object:
        """Read the entry under a key that comes from the action or stands in the policy."""
        where, value = key
        code = f"a_{value}" if where == "argument" else repr(value)
        if kind.default is None:
            record = self.record(self.assigned(f"{source}[{code}]"), kind.entry, reads)
            self.keep(found, code)
            return _Object(record.fields, code)
        given = self.assigned(f"{source}.get({code}, MISSING)")
        with self.block(f"if {given} is not MISSING:"):
            record = self.record(given, kind.entry, reads)
            self.keep(found, code)
        with self.block("else:"):
            assert not isinstance(record.fields, str)
            for name, variable in record.fields.items():
                if not isinstance(variable, str):
                    raise _UnsupportedError
                self.line(f"{variable} = {kind.default.get(name)!r}")
            self.line("pass")
        return _Object(record.fields, code)

    def keep(self, found: str, code: str) -> None:
        """Keep what was read of an entry; two keys may name one entry."""
        self.line(f"{found}[{code}] = {self.snapshot} if {code} not in {found} else {found}[{code}] | {self.snapshot}")

    # Asking

    def rule(self, index: int, rule: Clause) -> None:
        """One requirement: where it applies and fails, its number joins `failed`."""
        conditions = []
        if rule.effective_from is not None:
            conditions.append(f"{self.state.at('as_of')} >= {rule.effective_from!r}")
        if rule.effective_until is not None:
            conditions.append(f"{self.state.at('as_of')} < {rule.effective_until!r}")
        if rule.when is not None:
            if self.settled(rule.when) is False:
                return
            conditions.append(self.code(rule.when, {}))
        asked = " and ".join(f"({self.code(item, {})})" for item in rule.require)
        conditions.append(f"not ({asked})")
        self.line(f"if {' and '.join(f'({each})' for each in conditions)}: failed += ({index},)")

    def allowed(self) -> None:
        """Make sure, for an action that is allowed, that what it does can be carried out."""
        claims: list[_Claim] = []
        for clause in self.action.consequences:
            if clause.when is None or self.settled(clause.when) is not False:
                self.consequence(clause, claims)
        for index, first in enumerate(claims):
            for second in claims[index + 1 :]:
                self.keep_apart(first, second)
        self.outcomes()

    def keep_apart(self, first: _Claim, second: _Claim) -> None:
        """Leave it to the reference when two changes may be of one path, or of one within the other."""
        shorter, longer = sorted((first.shape, second.shape), key=len)
        if longer[: len(shorter)] != shorter:
            return
        if "*" not in shorter or first.key is None or second.key is None:
            raise _UnsupportedError
        self.refuse_if(f"{first.key} == {second.key}")

    def consequence(self, clause: Clause, claims: list[_Claim]) -> None:
        checks: list[tuple[t.Expr, Type]] = [(value, path.type) for path, value in clause.changes]
        for path, item in clause.appends:
            if not isinstance(item, t.Expr):
                record = path.type.item if isinstance(path.type, ListOf) else owner_record(path.type)
                assert isinstance(record, Record)
                checks += [(value, record.fields[name]) for name, value in item.items()]
        local: dict[str, Any] = {}
        depth = self.depth
        if clause.loop is not None:
            head, local, condition = self.loop(clause.loop, {})
            over = known(clause.loop.over.type)
            if isinstance(over, ListOf) and not of_records(over):
                listed = self.code(clause.loop.over, {})
                self.refuse_if(f"len(set({listed})) != len({listed})")
            self.line(f"{head}:")
            self.depth += 1
            self.inside_loop += 1
            if condition is not None:
                self.line(f"if not ({condition}): continue")
        if clause.when is not None:
            self.line(f"if {self.code(clause.when, local)}:")
            self.depth += 1
        self.line("pass")
        for value, kind in checks:
            inner = known(kind)
            is_list = isinstance(inner, ListOf) and not of_records(inner)
            if not (is_list or isinstance(inner, Integer) or self.may_fail(value)):
                continue
            found = self.assigned(self.code(value, local))
            if isinstance(inner, Integer):
                self.refuse_if(f"{found} is not None and ({_out_of_bounds(found, inner)})")
            elif isinstance(inner, ListOf):
                twice = f" or len(set({found})) != len({found})" if inner.unique else ""
                self.refuse_if(f"{found} is not None and (len({found}) > {MAX_ITEMS}{twice})")
        if clause.loop is not None:
            self.inside_loop -= 1
        self.depth = depth
        for path in (*(path for path, _ in clause.changes), *clause.removals):
            shape, key = self.shape(path, local, clause.loop)
            claims.append(_Claim(shape, None if clause.loop is not None else key))
        for path, _ in clause.appends:
            if isinstance(path, t.Index):
                claims.append(self.new_entry(path, clause))

    def new_entry(self, path: t.Index, clause: Clause) -> _Claim:
        """Make sure that the key of a new entry is not taken."""
        if clause.loop is not None or not isinstance(path.of, t.Property):
            raise _UnsupportedError
        key = self.code(path.keys[0], {})
        self.refuse_if(f"{key} in state[{path.of.name!r}]")
        return _Claim((path.of.name, "*"), key)

    def shape(self, path: t.Expr, local: Mapping[str, Any], loop: t.Loop | None) -> tuple[tuple[str, ...], str | None]:
        """A path without its key, and the key's code: two paths are one only if both are the same."""
        match path:
            case t.Property(name=name):
                return (name,), None
            case t.Role(value=value):
                return self.shape(value, local, loop)
            case t.Local() if loop is not None and of_records(loop.over.type):
                return (*self.shape(loop.over, local, None)[0], "*"), None
            case t.Field(of=of, name=name):
                shape, key = self.shape(of, local, loop)
                return (*shape, name), key
            case t.Index(of=t.Property(name=name), keys=(key,)):
                return (name, "*"), self.code(key, local)
        raise _UnsupportedError

    def outcomes(self) -> None:
        """Compute what the outcome bills where that may fail."""
        if not any(self.may_fail(value) for outcome in self.action.outcomes for value in outcome.billing.values()):
            return
        word = "if"
        for outcome in self.action.outcomes:
            with self.block(f"{word} {self.code(outcome.when, {}) if outcome.when is not None else 'True'}:"):
                self.line("pass")
                for value in outcome.billing.values():
                    if self.may_fail(value):
                        self.line(self.code(value, {}))
            word = "elif"

    def may_fail(self, expr: t.Expr) -> bool:
        """Whether computing it may lead out of the years that dates have."""
        match expr:
            case t.Apply(function=function) if function in _MAY_FAIL:
                return True
            case t.Call(fact=fact, arguments=arguments):
                return self.may_fail(self.program.facts[fact].value) or any(map(self.may_fail, arguments))
            case t.Role(value=value):
                return self.may_fail(value)
        return any(map(self.may_fail, t.children(expr)))

    # Expressions

    def settled(self, expr: t.Expr) -> Any:
        """The value that `expr` has whatever the request, or nothing."""
        if isinstance(expr, t.Logic):
            found = [self.settled(item) for item in expr.items]
            deciding = expr.op == "or"
            if deciding in [each for each in found if isinstance(each, bool)]:
                return deciding
            return (not deciding) if all(isinstance(each, bool) for each in found) else None
        return constant(expr)

    def object(self, expr: t.Expr, local: Mapping[str, Any]) -> _Object:
        found = self.any(expr, local)
        if not isinstance(found, _Object):
            raise _UnsupportedError
        return found

    def code(self, expr: t.Expr, local: Mapping[str, Any]) -> str:
        """The code of a value that is no mapping."""
        found = self.any(expr, local)
        if isinstance(found, _Map):
            return found.variable
        if not isinstance(found, str):
            raise _UnsupportedError
        return found

    def any(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        match expr:
            case t.Literal(value=value) | t.Named(value=value):
                return repr(value)
            case t.Local(name=name):
                return local[name]
            case t.Argument(name=name):
                return f"a_{name}"
            case t.Role(value=value):
                return self.any(value, local)
            case t.Property(name=name):
                return self.state.at(name)
            case t.Field(of=of, name=name):
                owner = self.object(of, local)
                if name == "id" and isinstance(of.type, Entry):
                    if owner.id is None:
                        raise _UnsupportedError
                    return owner.id
                if isinstance(owner.fields, str) and isinstance(known(expr.type), Record):
                    return _Object(owner.at(name), None)
                return owner.at(name)
            case t.Index(of=of, keys=keys):
                return self.index(of, keys, local)
            case t.Call(fact=fact, arguments=arguments):
                body = self.program.facts[fact]
                given = [self.any(argument, local) for argument in arguments]
                return self.any(body.value, dict(zip(body.parameters, given, strict=True)))
            case t.Each():
                return self.often_asked(self.each(expr, local))
        return self.operation(expr, local)

    def operation(self, expr: t.Expr, local: Mapping[str, Any]) -> str:
        match expr:
            case t.Apply(function=function, arguments=arguments):
                return f"f_{function}({', '.join(self.code(argument, local) for argument in arguments)})"
            case t.Compare(op=op, left=left, right=right):
                return f"({self.code(left, local)} {op} {self.code(right, local)})"
            case t.Arithmetic(op=op, left=left, right=right):
                return f"({self.code(left, local)} {op} {self.code(right, local)})"
            case t.IsAbsent(of=of, negated=negated):
                return f"({self.code(of, local)} is {'not ' if negated else ''}None)"
            case t.Not(of=of):
                return f"(not {self.code(of, local)})"
            case t.Logic(op=op, items=items):
                settled = self.settled(expr)
                if isinstance(settled, bool):
                    return repr(settled)
                return (
                    "("
                    + f" {op} ".join(self.code(i, local) for i in items if not isinstance(self.settled(i), bool))
                    + ")"
                )
            case t.Choose(condition=condition, then=then, otherwise=otherwise):
                settled = self.settled(condition)
                if isinstance(settled, bool):
                    return self.code(then if settled else otherwise, local)
                chosen = f"{self.code(then, local)} if {self.code(condition, local)} else {self.code(otherwise, local)}"
                return f"({chosen})"
            case t.Items(items=items):
                return f"[{', '.join(self.code(item, local) for item in items)}]"
        raise _UnsupportedError

    def index(self, of: t.Expr, keys: Any, local: Mapping[str, Any]) -> _Object:
        codes = [self.code(key, local) for key in keys]
        if isinstance(of, t.Rows):
            return _Object(f"t_{of.name}" + "".join(f"[{code}]" for code in codes), codes[0])
        found = self.any(of, local)
        if not isinstance(found, _Map):
            raise _UnsupportedError
        for entry in found.entries.values():
            if entry.id == codes[0]:
                return entry
        kind = of.type
        assert isinstance(kind, MapOf)
        if kind.default is not None:
            return _Object(f"{found.variable}.get({codes[0]}, {self.constant(dict(kind.default))})", codes[0])
        return _Object(f"{found.variable}[{codes[0]}]", codes[0])

    def loop(self, loop: t.Loop, local: Mapping[str, Any]) -> tuple[str, dict[str, Any], str | None]:
        """A loop's head, the names inside it, and its condition."""
        variable = self.name("x")
        kind = known(loop.over.type)
        over = None if isinstance(kind, Table) else self.any(loop.over, local)
        inside = dict(local)
        if isinstance(kind, Table):
            key = self.name("k")
            head = f"for {key}, {variable} in t_{kind.name}.items()"
            inside[loop.variable] = _Object(variable, key)
        elif isinstance(over, _Map):
            key = self.name("k")
            head = f"for {key}, {variable} in {over.variable}.items()"
            inside[loop.variable] = _Object(variable, key)
        else:
            head = f"for {variable} in {over}"
            inside[loop.variable] = _Object(variable, None) if of_records(kind) else variable
        self.inside_loop += 1
        condition = None if loop.condition is None else self.code(loop.condition, inside)
        self.inside_loop -= 1
        return head, inside, condition

    def each(self, expr: t.Each, local: Mapping[str, Any]) -> str:
        head, inside, condition = self.loop(t.Loop(expr.variable, expr.over, expr.condition), local)
        self.inside_loop += 1
        element = "1" if expr.kind == "count" else self.code(expr.element, inside)
        self.inside_loop -= 1
        items = f"[{element} {head}" + (f" if {condition}" if condition is not None else "") + "]"
        match expr.kind:
            case "any":
                return f"(True in {items})"
            case "all":
                return f"(False not in {items})"
            case "count":
                return f"len({items})"
            case "sum":
                return f"sum({items})"
        return f"{expr.kind}({items}, default=None)"

    def often_asked(self, code: str) -> str:
        """Code that is asked more than once is computed once, when it is first asked."""
        if self.inside_loop:
            return code
        self.counted[code] += 1
        if self.often[code] < 2:
            return code
        name = self.kept.setdefault(code, f"o{len(self.kept)}")
        return f"({name} if {name} is not MISSING else ({name} := {code}))"


def owner_record(kind: Type) -> Record:
    """The record that an entry, or a record itself, is of."""
    record = kind.record if isinstance(kind, Entry) else kind
    assert isinstance(record, Record)
    return record


def _wrong(variable: str, kind: Type) -> str:
    """The condition under which a value is not of the type."""
    match kind:
        case Boolean():
            return f"{variable} is not True and {variable} is not False"
        case Integer():
            return f"type({variable}) is not int or {_out_of_bounds(variable, kind)}"
        case Date():
            return (
                f"type({variable}) is not str or len({variable}) != 10 or {variable}[4] != '-' or {variable}[7] != '-'"
            )
        case Key() | Text():
            return f"type({variable}) is not str or not ({variable}.isascii() or is_text({variable}))"
    raise _UnsupportedError


def _out_of_bounds(variable: str, kind: Integer) -> str:
    lowest, highest = bounds(kind)
    return f"not {lowest} <= {variable} <= {highest}"


def _is_text(text: str) -> bool:
    text.encode()
    return True


def _key_maps(state: Record) -> Iterator[tuple[str, str]]:
    """The maps with keys of their own at the state's top, by the name of their entries."""
    for name, kind in state.fields.items():
        if isinstance(kind, MapOf) and isinstance(kind.key, Key):
            yield kind.key.entry, name
