"""Binds the names of an expression and types every part of it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any

from ..diagnostics import did_you_mean, listed
from . import tree as t
from .functions import is_date
from .parse import SILENT, ExpressionError, parse, respelled
from .types import (
    Absent,
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
    comparable,
    fits,
    known,
)

_COMPARISONS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
_SIGNATURES: dict[str, tuple[tuple[Type, ...], Type]] = {
    "add_days": ((Date(), Integer()), Date()),
    "add_months": ((Date(), Integer()), Date()),
    "days_between": ((Date(), Date()), Integer()),
    "next_renewal": ((Date(), Date(), Date()), Date()),
}
MAX_DEPTH = 60
EACH = ("all", "any", "count", "max", "min", "sum")
CALLABLE = sorted({*_SIGNATURES, *EACH, "len", "without"})


@dataclass(frozen=True, slots=True)
class Signature:
    """What a fact takes and gives."""

    parameters: Mapping[str, Type]
    result: Type


@dataclass(frozen=True, slots=True)
class Names:
    """What the names in an expression may stand for."""

    state: Record
    tables: Mapping[str, Table] = field(default_factory=dict)
    cutoffs: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, tuple[Type, Any]] = field(default_factory=dict)
    facts: Mapping[str, Signature] = field(default_factory=dict)
    arguments: Mapping[str, Type] = field(default_factory=dict)
    roles: Mapping[str, t.Expr] = field(default_factory=dict)
    locals: Mapping[str, Type] = field(default_factory=dict)
    present: frozenset[str] = frozenset()
    broken: Set[str] = frozenset()

    def bind(self, variable: str, kind: Type) -> Names:
        return replace(self, locals={**self.locals, variable: kind})

    def having(self, paths: frozenset[str]) -> Names:
        """The same names, where these paths are known not to be absent."""
        return replace(self, present=self.present | paths) if paths else self

    def kinds(self) -> dict[str, str]:
        """Every name that stands alone, with what it is."""
        groups: list[tuple[str, Mapping[str, Any]]] = [
            ("a property of the state", self.state.fields),
            ("a table", self.tables),
            ("a fact", self.facts),
            ("an argument", self.arguments),
            ("a role", self.roles),
            ("a loop name", self.locals),
        ]
        return {name: kind for kind, names in reversed(groups) for name in names}


def check(text: str, names: Names, wanted: Type | None = None) -> t.Expr:
    """The expression `text`, typed.

    Raises:
        ExpressionError: it can't be read, names what is not there, or mixes what does not go together.
    """
    checker = _Checker(text)
    expr = checker.expr(parse(text), names, wanted)
    if wanted is not None and not fits(expr.type, wanted):
        help_text = "ask `is not None` first" if isinstance(expr.type, Maybe) else None
        raise ExpressionError(
            "wrong-type", f"{wanted} is expected here, and this is {expr.type}", 0, len(text), help_text
        )
    return expr


def check_loop(text: str, names: Names) -> tuple[t.Loop, Names]:
    """The loop `variable in collection if condition`, and the names inside it."""
    checker = _Checker(text, prefix=len("any(0 for "))
    try:
        node = parse(f"any(0 for {text})")
    except ExpressionError as error:
        start = max(0, error.start - checker.prefix)
        raise ExpressionError(error.code, "a loop reads `name in collection if condition`", start) from None
    if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.GeneratorExp)):
        raise ExpressionError("bad-syntax", "a loop reads `name in collection if condition`", 0, len(text))
    return checker.loop(node.args[0], names)


def present_paths(expr: t.Expr, holds: bool = True) -> frozenset[str]:
    """The paths that are known not to be absent where `expr` is known to hold (or not to)."""
    match expr:
        case t.IsAbsent(of=of, negated=negated) if negated is holds:
            return frozenset([canonical(of)])
        case t.Not(of=of):
            return present_paths(of, not holds)
        case t.Logic(op=op, items=items) if (op == "and") is holds:
            return frozenset().union(*(present_paths(item, holds) for item in items))
        case _:
            return frozenset()


def canonical(expr: t.Expr) -> str:
    """A path's words without white space, by which the same path is known again."""
    return expr.text if '"' in expr.text or "'" in expr.text else "".join(expr.text.split())


@dataclass
class _Checker:
    text: str
    prefix: int = 0
    depth: int = 0

    def __post_init__(self) -> None:
        self.whole = "(" + ("any(0 for " if self.prefix else "") + self.text + (")" if self.prefix else "") + ")"
        self.bytes = self.whole.encode()

    def place(self, node: ast.AST) -> tuple[int, int]:
        start = len(self.bytes[: node.col_offset].decode())  # type: ignore[attr-defined]
        end = len(self.bytes[: node.end_col_offset].decode())  # type: ignore[attr-defined]
        return start - 1 - self.prefix, end - start

    def words(self, node: ast.AST) -> str:
        start, width = self.place(node)
        return self.text[max(0, start) : start + width]

    def fail(self, node: ast.AST, code: str, message: str, help: str | None = None) -> ExpressionError:
        start, width = self.place(node)
        return ExpressionError(code, message, max(0, start), max(1, width), help)

    def expr(self, node: ast.expr, names: Names, wanted: Type | None = None) -> t.Expr:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(
                node, "too-deep", f"the expression nests more than {MAX_DEPTH} deep", "give a part of it a name"
            )
        found = self._expr(node, names, wanted)
        self.depth -= 1
        if isinstance(found.type, Maybe) and canonical(found) in names.present:
            found = replace(found, type=found.type.of)
        return found

    def _expr(self, node: ast.expr, names: Names, wanted: Type | None) -> t.Expr:
        words = self.words(node)
        match node:
            case ast.Constant(value=value):
                return self._literal(node, value, wanted, words)
            case ast.Name(id=name):
                return self._name(node, name, names, words)
            case ast.Attribute(value=of, attr=attr):
                return self._attribute(node, of, attr, names, words)
            case ast.Subscript(value=of, slice=key):
                return self._index(node, of, key, names, words)
            case ast.List(elts=elts):
                return self._list(node, elts, names, wanted, words)
            case ast.Call():
                return self._call(node, names, words)
            case ast.Compare():
                return self._compare(node, names, words)
            case ast.BoolOp(op=op, values=values):
                return self._logic("and" if isinstance(op, ast.And) else "or", values, names, words)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return t.Not(Boolean(), words, self._condition(operand, names))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))) if not isinstance(value, bool):
                return t.Literal(Integer(), words, -value)
            case ast.BinOp(op=op, left=left, right=right) if type(op) in _ARITHMETIC:
                return self._arithmetic(node, _ARITHMETIC[type(op)], left, right, names, wanted, words)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._choose(node, test, body, orelse, names, wanted, words)
        raise self.fail(node, "not-in-the-language", f"`{words[:60]}` is not part of the language")

    def _literal(self, node: ast.expr, value: Any, wanted: Type | None, words: str) -> t.Expr:
        if value is None:
            return t.Literal(Absent(), words, None)
        if isinstance(value, bool):
            return t.Literal(Boolean(), words, value)
        if isinstance(value, int):
            return t.Literal(Integer(), words, value)
        if isinstance(value, str):
            return t.Literal(self._text_type(node, value, wanted), words, value)
        raise self.fail(node, "not-in-the-language", f"`{words[:60]}` is not part of the language")

    def _text_type(self, node: ast.expr, value: str, wanted: Type | None) -> Type:
        match known(wanted) if wanted is not None else None:
            case Word(name=name, words=words) as kind:
                if value not in words:
                    help_text = did_you_mean(value, words) or f"it has {listed(words)}"
                    raise self.fail(node, "unknown-word", f"`{value}` is no word of `{name}`", help_text)
                return kind
            case Date() as kind:
                if not is_date(value):
                    raise self.fail(node, "bad-date", f"`{value}` is not a date", "write it as `YYYY-MM-DD`")
                return kind
            case Key() as kind:
                return kind
        return Text()

    def _name(self, node: ast.expr, name: str, names: Names, words: str) -> t.Expr:
        if name in names.locals:
            return t.Local(names.locals[name], words, name)
        if name in names.arguments:
            return t.Argument(names.arguments[name], words, name)
        if name in names.roles:
            return t.Role(names.roles[name].type, words, name, names.roles[name])
        if name in names.facts:
            return self._fact(node, name, [], names, words)
        if name in names.state.fields:
            return t.Property(names.state.type_of(name), words, name, name in names.state.required)
        if name in names.tables:
            return t.Rows(names.tables[name], words, name)
        if name in names.broken:
            raise self.fail(node, SILENT, f"`{name}` is wrong itself")
        if name in ("cutoffs", "settings"):
            raise self.fail(node, "bad-syntax", f"`{name}` is read with a name, as in `{name}.example`")
        help_text = respelled(name) or did_you_mean(name, [*names.kinds(), *CALLABLE])
        raise self.fail(node, "unknown-name", f"there is no `{name}` here", help_text)

    def _attribute(self, node: ast.expr, of: ast.expr, attr: str, names: Names, words: str) -> t.Expr:
        if isinstance(of, ast.Name) and of.id == "cutoffs" and of.id not in names.kinds():
            if attr not in names.cutoffs:
                raise self._unknown(node, "cutoff", attr, names.cutoffs)
            return t.Named(Date(), words, names.cutoffs[attr])
        if isinstance(of, ast.Name) and of.id == "settings" and of.id not in names.kinds():
            if attr not in names.settings:
                raise self._unknown(node, "setting", attr, names.settings)
            kind, value = names.settings[attr]
            return t.Named(kind, words, value)
        owner = self.expr(of, names)
        match owner.type:
            case Entry(key=key) if attr == "id":
                return t.Field(key, words, owner, attr)
            case Entry(record=record) | (Record() as record):
                if attr in record.fields:
                    return t.Field(record.type_of(attr), words, owner, attr)
                help_text = did_you_mean(f"{attr}", record.fields)
                if help_text:
                    help_text = help_text.replace("`", f"`{owner.text}.", 1)
                raise self.fail(node, "unknown-name", f"{record} has no `{attr}`", help_text)
            case Maybe():
                raise self._absent(of, owner)
        raise self.fail(node, "wrong-type", f"`{owner.text}` is {owner.type}, which has no `.{attr}`")

    def _unknown(self, node: ast.AST, kind: str, name: str, there: Mapping[str, Any]) -> ExpressionError:
        help_text = did_you_mean(name, there) or (f"there are {listed(there)}" if there else None)
        return self.fail(node, f"unknown-{kind}", f"there is no {kind} `{name}`", help_text)

    def _absent(self, node: ast.AST, expr: t.Expr) -> ExpressionError:
        help_text = f"ask `{expr.text} is not None` first"
        return self.fail(node, "may-be-absent", f"`{expr.text}` may be absent", help_text)

    def _index(self, node: ast.expr, of: ast.expr, key: ast.expr, names: Names, words: str) -> t.Expr:
        owner = self.expr(of, names)
        written = list(key.elts) if isinstance(key, ast.Tuple) else [key]
        match owner.type:
            case MapOf(key=wanted_key, entry=entry, default=default):
                if default is not None and isinstance(wanted_key, Key):
                    wanted_key = Text()  # any text is a key that reads as the default
                wanted: tuple[Type, ...] = (wanted_key,)
                result: Type = Entry(wanted_key, entry)
                if default is None and isinstance(wanted_key, Word):
                    raise self.fail(
                        node, "may-be-absent", f"`{words}` may not be there", "give the map an `x-default-entry`"
                    )
            case Table(keys=keys, record=record):
                wanted = keys
                result = Entry(keys[0], record) if len(keys) == 1 else record
            case Maybe():
                raise self._absent(of, owner)
            case _:
                raise self.fail(node, "wrong-type", f"`{owner.text}` is {owner.type}, which has no entries by key")
        if len(written) != len(wanted):
            raise self.fail(
                node, "wrong-type", f"`{owner.text}` takes {len(wanted)} key(s), and here are {len(written)}"
            )
        parts = [self._fitting(part, names, kind) for part, kind in zip(written, wanted, strict=True)]
        return t.Index(result, words, owner, parts)

    def _fitting(self, node: ast.expr, names: Names, wanted: Type) -> t.Expr:
        expr = self.expr(node, names, wanted)
        if fits(expr.type, wanted):
            return expr
        if isinstance(expr.type, Maybe) and fits(expr.type.of, wanted):
            raise self._absent(node, expr)
        raise self.fail(node, "wrong-type", f"`{expr.text}` is {expr.type}, and {wanted} is expected here")

    def _condition(self, node: ast.expr, names: Names) -> t.Expr:
        return self._fitting(node, names, Boolean())

    def _list(self, node: ast.expr, elts: list[ast.expr], names: Names, wanted: Type | None, words: str) -> t.Expr:
        inner = wanted.item if isinstance(wanted, ListOf) else None
        items = [self.expr(each, names, inner) for each in elts]
        kind: Type | None = items[0].type if items else None
        if inner is not None and all(fits(item.type, inner) for item in items) and items:
            kind = inner
        for written, item in zip(elts, items, strict=True):
            if kind is not None and not fits(item.type, kind):
                raise self.fail(written, "wrong-type", f"`{item.text}` is {item.type}, and the list holds {kind}")
        return t.Items(ListOf(kind), words, items)

    def _call(self, node: ast.Call, names: Names, words: str) -> t.Expr:
        if not isinstance(node.func, ast.Name):
            raise self.fail(node.func, "not-in-the-language", "only facts and functions are called")
        name, arguments = node.func.id, node.args
        if node.keywords:
            raise self.fail(node, "not-in-the-language", "arguments have no names here")
        if name in names.facts:
            return self._fact(node, name, arguments, names, words)
        if len(arguments) == 1 and isinstance(arguments[0], ast.GeneratorExp):
            if name not in EACH:
                raise self.fail(node.func, "unknown-function", f"`{name}` takes no `for`", f"there are {listed(EACH)}")
            return self._each(name, arguments[0], names, words)
        if name in _SIGNATURES:
            wanted, result = _SIGNATURES[name]
            self._arity(node, name, len(wanted))
            parts = [self._fitting(part, names, kind) for part, kind in zip(arguments, wanted, strict=True)]
            return t.Apply(result, words, name, parts)
        if name == "len":
            self._arity(node, name, 1)
            of = self.expr(arguments[0], names)
            if not isinstance(of.type, ListOf | MapOf):
                raise self.fail(arguments[0], "wrong-type", f"`{of.text}` is {of.type}, and a list is expected here")
            return t.Apply(Integer(), words, name, [of])
        if name == "without":
            self._arity(node, name, 2)
            of = self.expr(arguments[0], names)
            if not isinstance(of.type, ListOf):
                raise self.fail(arguments[0], "wrong-type", f"`{of.text}` is {of.type}, and a list is expected here")
            if isinstance(of.type.item, Record):
                raise self.fail(
                    arguments[0], "wrong-type", f"`{of.text}` is {of.type}", "take entries away with `remove`"
                )
            item = self._compared(arguments[1], names, of.type.item or Text())
            return t.Apply(of.type, words, name, [of, item])
        if name in ("min", "max"):
            return self._extreme(node, name, names, words)
        help_text = did_you_mean(name, [*names.facts, *CALLABLE]) or f"there are {listed(CALLABLE)}"
        raise self.fail(node.func, "unknown-function", f"there is no fact or function `{name}`", help_text)

    def _arity(self, node: ast.Call, name: str, count: int) -> None:
        if len(node.args) != count:
            raise self.fail(
                node, "wrong-arguments", f"`{name}` takes {count} argument(s), and here are {len(node.args)}"
            )

    def _extreme(self, node: ast.Call, name: str, names: Names, words: str) -> t.Expr:
        if len(node.args) < 2:
            raise self.fail(node, "wrong-arguments", f"`{name}` takes two values or more, or a `for`")
        first = self.expr(node.args[0], names)
        if not isinstance(first.type, Integer | Date):
            raise self.fail(
                node.args[0], "wrong-type", f"`{first.text}` is {first.type}: only numbers and dates have an order"
            )
        return t.Apply(first.type, words, name, [first, *(self._fitting(a, names, first.type) for a in node.args[1:])])

    def _fact(self, node: ast.expr, name: str, arguments: list[ast.expr], names: Names, words: str) -> t.Expr:
        fact = names.facts[name]
        if len(arguments) != len(fact.parameters):
            message = f"`{name}` takes {len(fact.parameters)} argument(s), and here are {len(arguments)}"
            raise self.fail(node, "wrong-arguments", message)
        parts = [
            self._fitting(part, names, kind) for part, kind in zip(arguments, fact.parameters.values(), strict=True)
        ]
        return t.Call(fact.result, words, name, parts)

    def loop(self, node: ast.GeneratorExp, names: Names) -> tuple[t.Loop, Names]:
        if len(node.generators) != 1 or len(node.generators[0].ifs) > 1:
            raise self.fail(
                node, "not-in-the-language", "one `for` with at most one `if`", "join conditions with `and`"
            )
        part = node.generators[0]
        if not isinstance(part.target, ast.Name) or part.is_async:
            raise self.fail(part.target, "not-in-the-language", "a loop has one name")
        variable = part.target.id
        over = self.expr(part.iter, names)
        match over.type:
            case MapOf(key=key, entry=entry):
                item: Type = Entry(key, entry)
            case Table(keys=(key,), record=record):
                item = Entry(key, record)
            case ListOf(item=inner):
                item = inner if inner is not None else Absent()
            case Maybe():
                raise self._absent(part.iter, over)
            case _:
                raise self.fail(
                    part.iter, "wrong-type", f"`{over.text}` is {over.type}, and a list or a map is expected here"
                )
        taken = names.kinds().get(variable)
        if taken or variable in CALLABLE:
            raise self.fail(
                part.target, "shadowed-name", f"`{variable}` is already {taken or 'a function'}", "choose another name"
            )
        inside = names.bind(variable, item)
        condition = self._condition(part.ifs[0], inside) if part.ifs else None
        if condition is not None:
            inside = inside.having(present_paths(condition))
        return t.Loop(variable, over, condition), inside

    def _each(self, kind: str, node: ast.GeneratorExp, names: Names, words: str) -> t.Expr:
        loop, inside = self.loop(node, names)
        if kind in ("any", "all"):
            element = self._condition(node.elt, inside)
            result: Type = Boolean()
        elif kind == "count":
            element, result = self.expr(node.elt, inside), Integer()
        elif kind == "sum":
            element, result = self._fitting(node.elt, inside, Integer()), Integer()
        else:
            element = self.expr(node.elt, inside)
            if isinstance(element.type, Maybe):
                raise self._absent(node.elt, element)
            if not isinstance(element.type, Integer | Date):
                raise self.fail(
                    node.elt, "wrong-type", f"`{element.text}` is {element.type}: only numbers and dates have an order"
                )
            return t.Each(Maybe(element.type), words, kind, loop.variable, loop.over, loop.condition, element)
        return t.Each(result, words, kind, loop.variable, loop.over, loop.condition, element)

    def _compared(self, node: ast.expr, names: Names, other: Type) -> t.Expr:
        expr = self.expr(node, names, other)
        if isinstance(expr.type, Maybe):
            raise self._absent(node, expr)
        if not comparable(expr.type, other):
            raise self.fail(node, "wrong-type", f"`{expr.text}` is {expr.type}, and it is compared with {other}")
        return expr

    def _compare(self, node: ast.Compare, names: Names, words: str) -> t.Expr:
        if len(node.ops) != 1:
            raise self.fail(node, "not-in-the-language", "comparisons are not chained", "join two with `and`")
        op, left_node, right_node = node.ops[0], node.left, node.comparators[0]
        if isinstance(op, ast.Is | ast.IsNot):
            return self._is(node, left_node, right_node, isinstance(op, ast.IsNot), names, words)
        sign = _COMPARISONS[type(op)]
        for side in (left_node, right_node):
            if isinstance(side, ast.Constant) and side.value is None:
                raise self.fail(
                    side, "wrong-type", f"`{sign}` does not compare with None", "ask `is None` or `is not None`"
                )
        if sign in ("in", "not in"):
            return self._membership(sign, left_node, right_node, names, words)
        literal_left = isinstance(left_node, ast.Constant | ast.List)
        first = self.expr(right_node if literal_left else left_node, names)
        if isinstance(first.type, Maybe):
            raise self._absent(right_node if literal_left else left_node, first)
        second = self._compared(left_node if literal_left else right_node, names, first.type)
        left, right = (second, first) if literal_left else (first, second)
        if sign not in ("==", "!=") and not (isinstance(left.type, Integer | Date)):
            raise self.fail(node, "wrong-type", f"`{left.text}` is {left.type}: only numbers and dates have an order")
        if isinstance(left.type, Record | Entry | MapOf | Table):
            raise self.fail(node, "wrong-type", f"`{left.text}` is {left.type}: compare its values instead")
        return t.Compare(Boolean(), words, sign, left, right)

    def _is(self, node: ast.expr, left: ast.expr, right: ast.expr, negated: bool, names: Names, words: str) -> t.Expr:
        if not (isinstance(right, ast.Constant) and right.value is None):
            raise self.fail(right, "not-in-the-language", "`is` only asks for None", "use `==` to compare")
        of = self._expr(left, names, None)
        if not isinstance(of.type, Maybe):
            raise self.fail(left, "never-absent", f"`{of.text}` is never absent", "leave the question out")
        return t.IsAbsent(Boolean(), words, of, negated)

    def _membership(self, sign: str, left: ast.expr, right: ast.expr, names: Names, words: str) -> t.Expr:
        if isinstance(right, ast.List):
            first = self.expr(left, names)
            if isinstance(first.type, Maybe):
                raise self._absent(left, first)
            over = self.expr(right, names, ListOf(first.type))
        else:
            over = self.expr(right, names)
        match over.type:
            case ListOf(item=item):
                wanted = item or Text()
            case MapOf(key=key):
                wanted = Text() if isinstance(key, Key) else key
            case Maybe():
                raise self._absent(right, over)
            case _:
                raise self.fail(right, "wrong-type", f"`{over.text}` is {over.type}, and a list is expected here")
        return t.Compare(Boolean(), words, sign, self._compared(left, names, wanted), over)

    def _logic(self, op: str, values: list[ast.expr], names: Names, words: str) -> t.Expr:
        items = []
        for value in values:
            item = self._condition(value, names)
            items.append(item)
            names = names.having(present_paths(item, op == "and"))
        return t.Logic(Boolean(), words, op, items)

    def _arithmetic(
        self, node: ast.expr, op: str, left: ast.expr, right: ast.expr, names: Names, wanted: Type | None, words: str
    ) -> t.Expr:
        first = self.expr(left, names, wanted)
        if isinstance(first.type, Maybe):
            raise self._absent(left, first)
        if isinstance(first.type, ListOf) and op == "+":
            second = self.expr(right, names, wanted if isinstance(wanted, ListOf) else first.type)
            if not isinstance(second.type, ListOf) or not (
                fits(second.type, first.type) or fits(first.type, second.type)
            ):
                raise self.fail(
                    right, "wrong-type", f"`{second.text}` is {second.type}, and {first.type} is expected here"
                )
            kind = first.type if fits(second.type, first.type) else second.type
            return t.Arithmetic(kind, words, op, first, second)
        if isinstance(first.type, Date):
            raise self.fail(
                node, "wrong-type", f"`{first.text}` is a date", "use `add_days`, `add_months` or `days_between`"
            )
        if not isinstance(first.type, Integer):
            raise self.fail(left, "wrong-type", f"`{first.text}` is {first.type}, and an integer is expected here")
        return t.Arithmetic(Integer(), words, op, first, self._fitting(right, names, Integer()))

    def _choose(
        self,
        node: ast.expr,
        test: ast.expr,
        body: ast.expr,
        orelse: ast.expr,
        names: Names,
        wanted: Type | None,
        words: str,
    ) -> t.Expr:
        condition = self._condition(test, names)
        then = self.expr(body, names.having(present_paths(condition)), wanted)
        other_wanted = wanted if isinstance(then.type, Absent) else wanted or then.type
        otherwise = self.expr(orelse, names.having(present_paths(condition, False)), other_wanted)
        kind = _joined(then.type, otherwise.type)
        if kind is None:
            raise self.fail(
                orelse, "wrong-type", f"`{otherwise.text}` is {otherwise.type}, and the other branch is {then.type}"
            )
        return t.Choose(kind, words, condition, then, otherwise)


def _joined(first: Type, second: Type) -> Type | None:
    """The type of a value that is of the one or of the other."""
    if isinstance(first, Absent) or isinstance(second, Absent):
        other = second if isinstance(first, Absent) else first
        return other if isinstance(other, Maybe | Absent) else Maybe(other)
    for narrow, wide in ((first, second), (second, first)):
        if fits(narrow, wide):
            return wide
    if isinstance(first, Maybe) or isinstance(second, Maybe):
        inner = _joined(known(first), known(second))
        return Maybe(inner) if inner is not None else None
    return None
