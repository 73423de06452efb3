"""The names that an expression may use, and which of its paths are known not to be absent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import reduce
from keyword import iskeyword
from operator import or_
from typing import Any, NamedTuple

from . import tree as t
from .functions import CALLABLE
from .types import Integer, ListOf, MapOf, Record, Table, Text, Type, Word, Wrong, known

RESERVED = frozenset({"cutoffs", "settings", *CALLABLE})
"""What stands for something in each policy: nothing of a policy's own has such a name."""
Words = Mapping[str, frozenset[str]]
"""The words of which a path is one, by the path."""


def is_reserved(name: str) -> bool:
    """Whether an expression can't have a name for something of a policy's own."""
    return iskeyword(name) or name in RESERVED


class NotZero(NamedTuple):
    """That the number at a path is not 0, beside the paths that are known not to be absent."""

    path: str


class IsWord(NamedTuple):
    """That the text at a path is one of some words."""

    path: str


Known = str | NotZero | IsWord


class Anything(frozenset[Any]):
    """Every name or path, in place of those of what can't be read."""

    def __bool__(self) -> bool:
        return True

    def __contains__(self, name: object) -> bool:
        return True

    def __or__(self, other: object) -> Anything:
        return self

    __ror__ = __or__


_NO_WORDS: Words = {}


class Signature(NamedTuple):
    """What a fact takes and gives, and what it computes."""

    parameters: Mapping[str, Type]
    result: Type
    value: t.Expr


class Names(NamedTuple):
    """What the names in an expression may stand for."""

    state: Record
    tables: Mapping[str, Table] = {}
    cutoffs: Mapping[str, str] = {}
    settings: Mapping[str, tuple[Type, Any]] = {}
    facts: Mapping[str, Signature] = {}
    arguments: Mapping[str, Type] = {}
    roles: Mapping[str, t.Expr] = {}
    locals: Mapping[str, Type] = {}
    present: frozenset[Known] = frozenset()
    words: Words = _NO_WORDS
    """Of paths that are known to be one of some words, which."""
    broken: Set[str] = frozenset()

    def bind(self, variable: str, kind: Type) -> Names:
        return self._replace(locals={**self.locals, variable: kind})

    def with_present(self, paths: frozenset[Known]) -> Names:
        """The same names, where these paths are known not to be absent, or not to be 0."""
        return self._replace(present=self.present | paths) if paths else self

    def where(self, condition: t.Expr, holds: bool = True) -> Names:
        """The same names, where a condition is known to hold, or not to."""
        words = _all(self.words, possible_words(condition, holds))
        return self.with_present(present_paths(condition, holds))._replace(words=words)

    def kinds(self) -> dict[str, str]:
        """Every name that is used without a prefix, with what it is."""
        groups: list[tuple[str, Mapping[str, Any]]] = [
            ("a property of the state", self.state.fields),
            ("a table", self.tables),
            ("a fact", self.facts),
            ("an argument", self.arguments),
            ("a role", self.roles),
            ("a loop name", self.locals),
        ]
        return {name: kind for kind, names in reversed(groups) for name in names}


def present_paths(expr: t.Expr, holds: bool = True) -> frozenset[Known]:
    """The paths that are known not to be absent, or not to be 0, where `expr` is known to hold (or not to).

    Of one that is wrong, any path may be.
    """
    if isinstance(expr.type, Wrong):
        return Anything()
    match expr:
        case t.IsAbsent(of=of, negated=negated) if negated is holds:
            return frozenset([t.canonical(of)])
        case t.Compare(op="in" | "not in" as op, left=left, right=right) if (op == "in") is holds:
            kind = known(right.type)
            looked_up = frozenset([t.canonical(left._replace(text=f"{right.text}[{left.text}]"))])
            return looked_up if isinstance(kind, MapOf) and kind.may_lack else frozenset()
        case t.Not(of=of):
            return present_paths(of, not holds)
        case t.Logic(op=op, items=items) if (op == "and") is holds:
            return reduce(or_, (present_paths(item, holds) for item in items))
        case t.Compare(op=op, left=left, right=right):
            op = op if holds else t.OPPOSITE.get(op, op)
            return _not_zero(left, op, right) | _not_zero(right, t.MIRRORED.get(op, op), left)
        case _:
            return frozenset()


def _not_zero(expr: t.Expr, op: str, other: t.Expr) -> frozenset[Known]:
    """What is not 0 where a number compares so with a number that is written out."""
    number = t.constant(other)
    if not isinstance(known(expr.type), Integer) or type(number) is not int:
        return frozenset()
    excluded = {
        "==": number != 0,
        "!=": number == 0,
        ">": number >= 0,
        ">=": number > 0,
        "<": number <= 0,
        "<=": number < 0,
    }
    return frozenset(NotZero(t.canonical(each)) for each in _factors(expr)) if excluded.get(op) else frozenset()


def _factors(expr: t.Expr) -> Iterator[t.Expr]:
    """A number, and what it is the product of: none of these is 0 where it is not."""
    yield expr
    if isinstance(expr, t.Arithmetic) and expr.op == "*":
        yield from _factors(expr.left)
        yield from _factors(expr.right)


def possible_words(expr: t.Expr, holds: bool = True) -> Words:
    """The paths to texts that are one of some words where `expr` is known to hold (or not to)."""
    match expr:
        case t.Compare(op="==" | "!=" as op, left=left, right=right) if (op == "==") is holds:
            return _one_of(left, _values(right)) | _one_of(right, _values(left))
        case t.Compare(op="in" | "not in" as op, left=left, right=right) if (op == "in") is holds:
            return _one_of(left, _entries(right))
        case t.Not(of=of):
            return possible_words(of, not holds)
        case t.Logic(op=op, items=items):
            each = [possible_words(item, holds) for item in items]
            return reduce(_all if (op == "and") is holds else _either, each)
    return {}


def _one_of(path: t.Expr, words: frozenset[str] | None) -> dict[str, frozenset[str]]:
    is_text = isinstance(known(path.type), Text | Word) and not isinstance(path, t.Literal)
    return {t.canonical(path): words} if is_text and words is not None else {}


def _values(expr: t.Expr) -> frozenset[str] | None:
    """The texts of which a value is one, if these are known."""
    if isinstance(expr, t.Literal) and isinstance(expr.value, str):
        return frozenset((expr.value,))
    kind = known(expr.type)
    return frozenset(kind.words) if isinstance(kind, Word) else None


def _entries(expr: t.Expr) -> frozenset[str] | None:
    """The texts of which each entry or key of a collection is one."""
    if isinstance(expr, t.Items):
        each = [_values(item) for item in expr.items]
        return frozenset().union(*(words for words in each if words)) if None not in each else None
    match known(expr.type):
        case ListOf(item=Word(words=words)) | MapOf(key=Word(words=words)) | Table(own_keys=(Word(words=words),)):
            return frozenset(words)
    return None


def _all(first: Words, second: Words) -> dict[str, frozenset[str]]:
    """What is known where both are."""
    return {**first, **{path: words & first.get(path, words) for path, words in second.items()}}


def _either(first: Words, second: Words) -> dict[str, frozenset[str]]:
    """What is known where one of both is."""
    return {path: words | second[path] for path, words in first.items() if path in second}
