"""Computes what an expression means, step by step: the plain reference, three-valued and traced.

What is not given of a state may be *unknown*: it is calculated with in strong Kleene logic (Kleene 1938), and the
paths that were missed are noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

from ..words import words
from . import tree as t
from .days import OutOfRangeError
from .functions import FUNCTIONS, IN_ORDER, LISTED, LOOPS
from .limits import LOOKED_THROUGH, MAX_STEPS, Meter, TooManyStepsError, WaitBudget, bounded
from .partial import NotGiven, NotKnown, as_given, gap
from .text import ChoiceOfText, Decimal, Message, printed, shown, shown_decimal
from .types import ListOf, MapOf, Record, Table, Translated, Type, known, record_of

DataPath = tuple[str | int, ...]


class _Unknown:
    """The value of what is not known."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN = _Unknown()


class Item(NamedTuple):
    """A mapping of the state or a row of a table: its key, its properties, and its path in the state."""

    id: Any
    value: Mapping[str, Any]
    path: DataPath
    is_default: bool = False


class FactBody(NamedTuple):
    """What a fact computes from its parameters."""

    parameters: tuple[str, ...]
    value: t.Expr


class Interpreter:
    """Computes expressions over one action's arguments and one state."""

    def __init__(
        self,
        arguments: Mapping[str, Any],
        state: Mapping[str, Any],
        facts: Mapping[str, FactBody],
        missing: dict[DataPath, str | None] | None = None,
        trace: dict[str, Any] | None = None,
        computed: dict[tuple[Any, ...], Any] | None = None,
        partial: bool = False,
        steps: int = 0,
        meter: Meter | None = None,
        traced_loops: frozenset[str] = frozenset(),
    ) -> None:
        self.arguments, self.state, self.facts = arguments, state, facts
        self.missing: dict[DataPath, str | None] = {} if missing is None else missing
        """The paths of what is not given; of an entry that its map does not list, what entries the map has."""
        self.trace = trace
        self.computed = computed
        """The values of facts by their calls, each computed once; `None` in partial mode, where all is noted again."""
        self.partial = partial
        """Whether the state is `marked`: in no other one is there a map or list of which not all entries are given."""
        self.steps = steps
        """How many entries were gone through, and facts computed."""
        self.meter = meter
        """What counts all that is gone through for what this is a part of: a wait as a whole, or a search."""
        self.traced_loops = traced_loops
        """The names of loops that stand for one entry, so that what is read of it is part of the trace."""

    def but(self, **parts: Any) -> Self:
        """The same with other parts, by their names."""
        other = type(self).__new__(type(self))
        vars(other).update(vars(self), **parts)
        return other

    def step(self, items: Any = ()) -> None:
        """Count a step, or more where a long list is looked through.

        Raises:
            TooManyStepsError: it is one too many.
            TooLongWaitError: it is one too many for the wait as a whole that this is a part of.
        """
        steps = 1 + len(items) // LOOKED_THROUGH
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise TooManyStepsError
        if self.meter is not None:
            self.meter.take(steps)

    def on(self, state: Mapping[str, Any]) -> Interpreter:
        """The same arguments and facts on another state in a wait; what is missing there is noted here too."""
        self.meter = self.meter or WaitBudget()
        return Interpreter(self.arguments, state, self.facts, self.missing, partial=self.partial, meter=self.meter)

    def explaining(self, loops: Iterable[str]) -> Interpreter:
        """One that explains what is decided; what is missed only there is not missing, and no subclass watches it."""
        return self.but(missing={}, traced_loops=frozenset(loops))

    def traced(self, expr: t.Expr, local: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The value of `expr`, with every path, argument and call of a fact that was read for it."""
        self.trace = {}
        try:
            return self.value(expr, local), self.trace
        finally:
            self.trace = None

    def text(self, message: Message, local: Mapping[str, Any], language: str) -> str:
        # A reader of its own: texts are asked for when all is decided, by several threads perhaps.
        reader = self.but(missing={}, steps=0, meter=None)
        return reader.said(message, local, language)

    def said(self, message: Message, local: Mapping[str, Any], language: str) -> str:
        """A text, or one that is chosen in it, with its placeholders printed; a subclass may watch it."""
        return "".join(p if isinstance(p, str) else self._shown(p, local, language) for p in message.parts)

    def _shown(self, part: t.Expr | Decimal | ChoiceOfText, local: Mapping[str, Any], language: str) -> str:
        try:
            value = self.known(printed(part), local)
        except OutOfRangeError:
            return words("decision", language)["out_of_range"]
        if (path := gap(value)) is not None:
            value = NotKnown((path,))
        if isinstance(value, NotKnown):
            return value.text(words("decision", language)["not_known"])
        if isinstance(part, ChoiceOfText):
            return self.said(part.branches[part.key(value)], local, language)
        return shown_decimal(value, part.digits, language) if isinstance(part, Decimal) else shown(value, language)

    def asked(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        """The value of `expr`; what is missing is noted only where the value is unknown for it."""
        noted = len(self.missing)
        value = self.value(expr, local)
        if value is not UNKNOWN:
            self.forget_since(noted)
        return value

    def forget_since(self, noted: int) -> None:
        """Forget what is missing but for the first so many paths: what it was asked for is known without."""
        while len(self.missing) > noted:
            self.missing.popitem()

    def known(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        """The value of `expr`, or what would tell it."""
        before, self.missing = self.missing, {}
        try:
            value = self.value(expr, local)
            if value is not UNKNOWN:
                return value
            before.update(self.missing)
            return NotKnown(tuple(self.missing))
        finally:
            self.missing = before

    def value(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        """The value of `expr`, where `local` holds the loop names and parameters."""
        value = _MEANING[type(expr)](self, expr, local)
        if self.trace is not None and isinstance(expr, TRACED) and not isinstance(value, Item):
            self._note(expr, value, local)
        return value

    def _note(self, expr: t.Expr, value: Any, local: Mapping[str, Any]) -> None:
        if self.trace is not None and loop_names(expr) <= self.traced_loops and not _holds_items(value):
            self.trace.setdefault(expr.text, self._noted(expr, value, local))

    def _noted(self, expr: t.Expr, value: Any, local: Mapping[str, Any]) -> Any:
        """A value as a trace holds it, which says what would tell one that is not known."""
        if value is UNKNOWN:
            trace, self.trace = self.trace, None
            value, self.trace = self.known(expr, local), trace
        path = gap(value)
        return value if path is None else NotKnown((path,))

    def _role(self, expr: t.Role, local: Mapping[str, Any]) -> Any:
        return self._untraced(expr.value, local)

    def _property(self, expr: t.Property, local: Mapping[str, Any]) -> Any:
        path = (expr.name,)
        return self.read(self.state, expr.name, expr.type, path, required=expr.required, default=expr.default)

    def _rows(self, expr: t.Rows, local: Mapping[str, Any]) -> Any:
        assert isinstance(expr.type, Table)
        return Item(None, expr.type.rows, ())

    def _field(self, expr: t.Field, local: Mapping[str, Any]) -> Any:
        owner = self.value(expr.of, local)
        if owner is UNKNOWN:
            return UNKNOWN
        return owner.id if expr.is_key else self.read_property(owner, expr.name, record_of(expr.of.type))

    def read_property(self, owner: Item, name: str, kind: Record) -> Any:
        """The value of a property of an entry or a record; a subclass may watch it."""
        is_required, default = name in kind.required, kind.defaults.get(name)
        path = (*owner.path, name)
        return self.read(owner.value, name, kind.fields[name], path, required=is_required, default=default)

    def _call(self, expr: t.Call, local: Mapping[str, Any]) -> Any:
        self.step()
        body = self.facts[expr.fact]
        values = [self.value(argument, local) for argument in expr.arguments]
        parameters = dict(zip(body.parameters, values, strict=True))
        if self.computed is None or not self.is_the_same(values):
            return self._untraced(body.value, parameters)
        call = (expr.fact, *(value.path or value.id if isinstance(value, Item) else value for value in values))
        try:
            value = self.computed.get(call, UNKNOWN)
        except TypeError:  # a list among the arguments
            return self._untraced(body.value, parameters)
        if value is UNKNOWN:
            noted = len(self.missing)
            value = self._untraced(body.value, parameters)
            if len(self.missing) == noted:  # else what is missing has to be noted again
                self.computed[call] = value
        return value

    def is_the_same(self, values: Sequence[Any]) -> bool:
        """Whether a fact comes to the same for equal values; a subclass may know better."""
        return True

    def _apply(self, expr: t.Apply, local: Mapping[str, Any]) -> Any:
        value_of = self.whole if self.partial else self.value
        values = [value_of(argument, local) for argument in expr.arguments]
        if any(value is UNKNOWN for value in values):
            return UNKNOWN
        if isinstance(values[0], list):
            self.step(values[0])
        return self.applied(expr.function, [value.value if isinstance(value, Item) else value for value in values])

    def applied(self, function: str, values: Sequence[Any]) -> Any:
        """The result of a function of the language; a subclass may watch it."""
        return FUNCTIONS[function].run(*values)

    def _compare(self, expr: t.Compare, local: Mapping[str, Any]) -> Any:
        left = self.whole(expr.left, local) if self.partial else self.value(expr.left, local)
        right = self.value(expr.right, local)
        if left is UNKNOWN or right is UNKNOWN:
            return UNKNOWN
        if isinstance(right, list):
            self.step(right)
        right = right.value if isinstance(right, Item) else right
        path = gap(right) if self.partial else None
        if path is not None and not (expr.op in ("in", "not in") and left in right):
            self.missing[path] = None
            return UNKNOWN
        return self.compared(expr, left, right)

    def compared(self, expr: t.Compare, left: Any, right: Any) -> bool:
        """Whether a comparison of two known values holds; a subclass may watch it."""
        return bool(COMPARE[expr.op](left, right))

    def _is_absent(self, expr: t.IsAbsent, local: Mapping[str, Any]) -> Any:
        value = self.value(expr.of, local)
        return UNKNOWN if value is UNKNOWN else (value is None) is not expr.negated

    def _logic(self, expr: t.Logic, local: Mapping[str, Any]) -> Any:
        deciding = expr.op == "or"
        result: Any = not deciding
        for item in expr.items:
            value = self.value(item, local)
            if value is deciding:
                return deciding
            if value is UNKNOWN:
                result = UNKNOWN
        return result

    def _not(self, expr: t.Not, local: Mapping[str, Any]) -> Any:
        value = self.value(expr.of, local)
        return UNKNOWN if value is UNKNOWN else not value

    def _arithmetic(self, expr: t.Arithmetic, local: Mapping[str, Any]) -> Any:
        value_of = self.whole if self.partial else self.value
        first, second = value_of(expr.left, local), value_of(expr.right, local)
        if first is UNKNOWN or second is UNKNOWN:
            return UNKNOWN
        if isinstance(first, list):
            self.step(first)
        return bounded(ARITHMETIC[expr.op](first, second), expr.text)

    def _items(self, expr: t.Items, local: Mapping[str, Any]) -> Any:
        values = [self.value(item, local) for item in expr.items]
        return UNKNOWN if any(value is UNKNOWN for value in values) else values

    def whole(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        """The value of `expr`; unknown where it is a map or a list of which not all entries are given."""
        value = self.value(expr, local)
        path = gap(value.value if isinstance(value, Item) else value)
        if path is None:
            return value
        self.missing[path] = None
        return UNKNOWN

    def _untraced(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        """The value of a role or a fact, whose own reads are no part of the trace."""
        trace, self.trace = self.trace, None
        try:
            return self.value(expr, local)
        finally:
            self.trace = trace

    def read(
        self,
        holder: Mapping[str, Any],
        name: str,
        kind: Type,
        path: DataPath,
        *,
        required: bool,
        default: Any,
    ) -> Any:
        """The value of a property, its default or unknown where it is not given; a subclass may watch it."""
        if name not in holder:
            if not required:
                return default
            self.missing[path] = None
            return UNKNOWN
        value = holder[name]
        if isinstance(value, NotGiven):
            self.missing[value.path] = None
            return UNKNOWN
        return _wrapped(value, kind, path)

    def _index(self, expr: t.Index, local: Mapping[str, Any]) -> Any:
        owner = self.value(expr.of, local)
        keys = [self.value(key, local) for key in expr.keys]
        if owner is UNKNOWN or UNKNOWN in keys:
            return UNKNOWN
        self.looked_up(keys)
        if isinstance(expr.of.type, Table):
            row = owner.value
            for key in keys:
                row = row[key]
            return Item(keys[0], row, ())
        key = keys[0]
        if key in owner.value:
            return Item(key, owner.value[key], (*owner.path, key))
        kind = expr.of.type
        assert isinstance(kind, MapOf)
        path = gap(owner.value)
        if path is None and kind.default is not None:
            return Item(key, kind.default, (*owner.path, key), is_default=True)
        if path is None and kind.may_lack:
            return None
        self.missing[(*owner.path, key) if path is None else path] = kind.entry.name if path is None else None
        return UNKNOWN

    def looked_up(self, keys: Sequence[Any]) -> None:
        """Whatever there is to note of the keys by which an entry is read; a subclass may watch them."""

    def _choose(self, expr: t.Choose, local: Mapping[str, Any]) -> Any:
        condition = self.value(expr.condition, local)
        if condition is not UNKNOWN:
            return self.value(expr.then if condition else expr.otherwise, local)
        first, second = self.value(expr.then, local), self.value(expr.otherwise, local)
        return first if first is not UNKNOWN and first == second and gap(second) is None else UNKNOWN

    def entries(self, loop: t.Loop, local: Mapping[str, Any], *, by_key: bool = False) -> Iterator[tuple[Any, Any]]:
        """Every entry of the loop with whether its condition holds (true or unknown); of a map, `by_key` in that order.

        For entries that are not known there is one that is unknown, if the condition does not exclude them all.
        """
        noted = len(self.missing)
        over = self.value(loop.over, local)
        path = gap(over.value if isinstance(over, Item) else over)
        if isinstance(over, Item):
            pairs = sorted(over.value.items()) if by_key else over.value.items()
            listed = [Item(key, value, (*over.path, key)) for key, value in pairs]
        else:
            listed = [] if over is UNKNOWN else over
        for entry in listed:
            self.step()
            kept = self.kept(loop, entry, local)
            if kept is not False:
                yield entry, kept
        if over is not UNKNOWN and path is None:
            return
        if self.kept(loop, UNKNOWN, local) is not False:
            if path is not None:
                self.missing[path] = None
            yield UNKNOWN, UNKNOWN
        elif over is UNKNOWN:
            self.forget_since(noted)

    def kept(self, loop: t.Loop, entry: Any, local: Mapping[str, Any]) -> Any:
        """Whether the loop's condition holds for an entry of what it goes over."""
        if loop.condition is None:
            return True
        value_of = self.asked if self.partial else self.value
        return value_of(loop.condition, {**local, loop.variable: entry})

    def each(self, expr: t.Each, local: Mapping[str, Any]) -> Any:
        """The value of a function of a `for`; a subclass may know it."""
        loop = t.Loop(expr.variable, expr.over, expr.condition)
        parts = (self.part(expr, entry, kept, local) for entry, kept in self.entries(loop, local, by_key=by_key(expr)))
        match expr.kind:
            case "any":
                return _decided((_both(kept, value) for kept, value in parts), True)
            case "all":
                return _decided((_either(kept, value) for kept, value in parts), False)
        all_parts = list(parts)
        if any(kept is UNKNOWN for kept, _ in all_parts):
            return UNKNOWN
        values = [value for _, value in all_parts]
        if UNKNOWN in values:
            return UNKNOWN
        if expr.kind == LISTED:
            return values
        result = self.gathered(expr.kind, values)
        return bounded(result, expr.text) if expr.kind == "sum" else result

    def gathered(self, function: str, values: Sequence[Any]) -> Any:
        """The result of a function of a `for`; a subclass may watch it."""
        return LOOPS[function].run(values)

    def part(self, expr: t.Each, entry: Any, kept: Any, local: Mapping[str, Any]) -> tuple[Any, Any]:
        """Whether an entry is kept, with what is computed of it; a subclass may watch it."""
        value = None if expr.kind == "count" else self.value(expr.element, {**local, expr.variable: entry})
        return kept, value


def plain(value: Any) -> Any:
    """The value as plain data: mappings without their key and path."""
    if isinstance(value, Item):
        return value.value
    return as_given([plain(each) for each in value], value) if isinstance(value, list) else value


def fresh(value: Any) -> Any:
    """Plain data that shares no list and no mapping with the value, and has null for what is not known."""
    kind = type(value)
    if kind is dict:
        if _NOT_FRESH.isdisjoint(map(type, value.values())):
            return value.copy()
        return {key: fresh(each) if type(each) in _NOT_FRESH else each for key, each in value.items()}
    if kind is list:
        return [fresh(each) if type(each) in _NOT_FRESH else each for each in value]
    return None if kind is NotKnown else value


_NOT_FRESH = frozenset((dict, list, NotKnown))


def _wrapped(value: Any, kind: Type, path: DataPath) -> Any:
    if isinstance(value, dict):
        return value if isinstance(kind, Translated) else Item(None, value, path)
    if isinstance(value, list):
        kind = known(kind)
        if isinstance(kind, ListOf) and isinstance(kind.item, Record):
            return as_given([Item(None, each, (*path, index)) for index, each in enumerate(value)], value)
    return value


def _decided(values: Iterator[Any], deciding: bool) -> Any:
    """`deciding` if one value is it, else unknown if one is unknown, else the other."""
    result: Any = not deciding
    for value in values:
        if value is deciding:
            return deciding
        if value is UNKNOWN:
            result = UNKNOWN
    return result


def _both(kept: Any, value: Any) -> Any:
    return _decided(iter((kept, value)), False)


def _either(kept: Any, value: Any) -> Any:
    return _decided(iter((UNKNOWN if kept is UNKNOWN else not kept, value)), True)


def by_key(expr: t.Each) -> bool:
    """Whether the entries are gone through in the order of their keys."""
    return expr.kind in IN_ORDER and isinstance(known(expr.over.type), MapOf)


def _holds_items(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, Item) for each in value)


def loop_names(expr: t.Expr) -> frozenset[str]:
    """The names of loops, or parameters of a fact, that `expr` reads and does not bind itself."""
    if isinstance(expr, t.Local):
        return frozenset((expr.name,))
    names = frozenset[str]().union(*map(loop_names, t.children(expr)))
    return names - {expr.variable} if isinstance(expr, t.Each) else names


_MEANING: dict[type[t.Expr], Callable[[Interpreter, Any, Mapping[str, Any]], Any]] = {
    t.Apply: Interpreter._apply,
    t.Argument: lambda self, expr, local: self.arguments.get(expr.name),
    t.Arithmetic: Interpreter._arithmetic,
    t.Call: Interpreter._call,
    t.Choose: Interpreter._choose,
    t.Compare: Interpreter._compare,
    t.Each: lambda self, expr, local: self.each(expr, local),
    t.Field: Interpreter._field,
    t.Index: Interpreter._index,
    t.IsAbsent: Interpreter._is_absent,
    t.Items: Interpreter._items,
    t.Literal: lambda self, expr, local: expr.value,
    t.Local: lambda self, expr, local: local[expr.name],
    t.Logic: Interpreter._logic,
    t.Named: lambda self, expr, local: expr.value,
    t.Not: Interpreter._not,
    t.Property: Interpreter._property,
    t.Role: Interpreter._role,
    t.Rows: Interpreter._rows,
}
TRACED = (t.Property, t.Argument, t.Role, t.Named, t.Field, t.Index, t.Call)
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "*": lambda a, b: a * b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}
