"""Tells expressions in plain words: the structure in a language, the names as the policy has them."""

from __future__ import annotations

from collections.abc import Iterable
from re import split

from ..language import tree as t
from ..language.functions import LISTED
from ..language.types import Boolean, Date, Word
from ..program import Program
from ..program.program import Translations
from ..words import words
from .links import hrefs_of
from .values import Piece, Pieces, Plain, Told

MOST_PIECES = 60
"""Of how many pieces a sentence is, at most: one that is longer is no easier to read than the expression."""
_ORDER = {"<": "less", "<=": "at_most", ">": "more", ">=": "at_least"}
_DAYS = {"<": "before", "<=": "by", ">": "after", ">=": "from"}
_EQUAL = {"==": "is", "!=": "is_not", "in": "in", "not in": "not_in"}
_SIGNS = {"+": " + ", "-": " − ", "*": " × "}
_OF_EACH = {
    "count": "count",
    "count_distinct": "count_distinct",
    "first": "first",
    "max": "max",
    "min": "min",
    "sum": "sum",
    LISTED: "list",
}


class _NotToldError(Exception):
    """An expression that is not told in words."""


class PlainWords:
    """Tells the expressions of a program in one of its languages."""

    def __init__(self, program: Program, language: str) -> None:
        self.program, self.language = program, language
        self._label = words("plain", language)

    def told(self, expr: t.Expr) -> Told:
        """An expression with what it says in plain words, where that is exact and no longer than a sentence."""
        try:
            plain: Plain | None = Plain(self._value(expr)) if not _is_condition(expr) else self._truth(expr)
        except _NotToldError:
            plain = None
        if plain is not None and (_size(plain) > MOST_PIECES or _is_bare(plain)):
            plain = None
        return Told(expr.text, plain)

    def _said(self, name: str, **parts: Pieces) -> Pieces:
        """A text of the language with pieces in the places of its names."""
        pieces = split(r"\{(\w+)\}", self._label[name])
        texts = (parts[each] if place % 2 else (Piece(each),) for place, each in enumerate(pieces) if place % 2 or each)
        return tuple(piece for each in texts for piece in each)

    def _truth(self, expr: t.Expr) -> Plain:
        """What a condition asks; of several, a sentence for each."""
        match expr:
            case t.Logic(op=op, items=items):
                return Plain(self._said("all_of" if op == "and" else "one_of"), tuple(map(self._truth, items)))
            case t.Not(of=t.Logic(op=op, items=items)):
                return Plain(self._said("not_all_of" if op == "and" else "none_of"), tuple(map(self._truth, items)))
            case t.Each(kind="any" | "all" as kind):
                return self._of_each(expr, kind)
            case t.Choose(condition=condition, then=then, otherwise=otherwise):
                first = Plain(self._said("if", condition=self._inline(condition)), (self._truth(then),))
                return Plain(self._said("depends"), (first, Plain(self._said("else"), (self._truth(otherwise),))))
        return Plain(self._inline(expr))

    def _of_each(self, expr: t.Each, kind: str) -> Plain:
        over = {"variable": (_name(expr.variable),), "over": self._value(expr.over)}
        if expr.condition is None:
            return Plain(self._said(f"{kind}_has", **over), (self._truth(expr.element),))
        if kind == "any":
            return Plain(self._said("any_has", **over), (self._truth(expr.condition), self._truth(expr.element)))
        where = self._said("all_where", **over, condition=self._inline(expr.condition))
        return Plain(where, (self._truth(expr.element),))

    def _inline(self, expr: t.Expr) -> Pieces:
        """What a condition asks, in one sentence."""
        match expr:
            case t.Logic(op=op, items=items):
                return _joined((self._bound(each) for each in items), f" {self._label[op]} ")
            case t.Not(of=of):
                return self._said("not", of=self._bound(of))
            case t.Compare(op="in" | "not in" | "==" | "!=" as op, left=left, right=right):
                return self._said(_EQUAL[op], left=self._bound(left), right=self._bound(right))
            case t.Compare(op=op, left=left, right=right):
                ordered = _DAYS if Date() in (left.type, right.type) else _ORDER
                return self._said(ordered[op], left=self._bound(left), right=self._bound(right))
            case t.IsAbsent(of=of, negated=negated):
                return self._said("there" if negated else "absent", of=self._value(of))
            case t.Each(kind="any" | "all" as kind, condition=None):
                over = {"variable": (_name(expr.variable),), "over": self._value(expr.over)}
                return self._said(f"{kind}_is", **over, element=self._bound(expr.element))
            case t.Literal(value=bool(value)):
                return (Piece(self._label["always" if value else "never"]),)
            case t.Choose() | t.Each():
                raise _NotToldError
        return self._said("holds", of=self._value(expr))

    def _bound(self, expr: t.Expr) -> Pieces:
        """What stands within another sentence: in parentheses where it would run on into that."""
        if not _is_true_or_false(expr) or isinstance(expr, t.Literal | t.Named):
            pieces, runs_on = self._value(expr), isinstance(expr, t.Arithmetic | t.Choose)
        else:
            pieces, runs_on = self._inline(expr), isinstance(expr, t.Logic | t.Each)
        return (Piece("("), *pieces, Piece(")")) if runs_on else pieces

    def _value(self, expr: t.Expr) -> Pieces:
        match expr:
            case t.Literal(value=value, type=kind):
                return (self._literal(value, self.program.title_of(kind, value) if isinstance(kind, Word) else None),)
            case t.Arithmetic(op=op, left=left, right=right):
                return (*self._bound(left), Piece(_SIGNS[op]), *self._bound(right))
            case t.Choose(condition=condition, then=then, otherwise=otherwise):
                return self._said(
                    "choose",
                    then=self._bound(then),
                    condition=self._inline(condition),
                    otherwise=self._bound(otherwise),
                )
            case t.Each(kind=kind) if kind in _OF_EACH:
                return self._gathered(expr, _OF_EACH[kind])
            case t.Items(items=items):
                return _joined(map(self._bound, items), ", ")
            case t.Apply(function=function, arguments=arguments):
                return (Piece(function, "name"), Piece("("), *_joined(map(self._value, arguments), ", "), Piece(")"))
            case t.Compare() | t.Logic() | t.Not() | t.IsAbsent() | t.Each():
                raise _NotToldError
        return (_name(expr.text, next(iter(hrefs_of(expr)), None)),)

    def _gathered(self, expr: t.Each, word: str) -> Pieces:
        over = {"variable": (_name(expr.variable),), "over": self._value(expr.over)}
        if word != "count":
            over["element"] = self._bound(expr.element)
        if expr.condition is None:
            return self._said(word, **over)
        where = self._said("where", variable=over["variable"], condition=self._inline(expr.condition))
        return (*self._said(word, **over), Piece("" if where[0].text.startswith(",") else " "), *where)

    def _literal(self, value: object, title: Translations | None) -> Piece:
        if isinstance(value, bool):
            return Piece(self._label["yes" if value else "no"])
        if value is None:
            return Piece(self._label["nothing"])
        text = str(value) if title is None else title.get(self.language, str(value))
        return Piece(f"“{text}”" if isinstance(value, str) else text)


def _is_true_or_false(expr: t.Expr) -> bool:
    return expr.type == Boolean()


def _is_condition(expr: t.Expr) -> bool:
    """Whether it is put together of others, and asks something of them."""
    return _is_true_or_false(expr) and isinstance(
        expr, t.Logic | t.Not | t.Compare | t.IsAbsent | t.Each | t.Choose | t.Literal
    )


def _name(text: str, href: str | None = None) -> Piece:
    return Piece(text, "name", href)


def _joined(each: Iterable[Pieces], between: str) -> Pieces:
    pieces: list[Piece] = []
    for part in each:
        pieces += [Piece(between), *part] if pieces else part
    return tuple(pieces)


def _size(plain: Plain) -> int:
    return len(plain.pieces) + sum(map(_size, plain.items))


def _is_bare(plain: Plain) -> bool:
    """Whether it says no more than the expression does: names and signs alone."""
    words = "".join(piece.text for piece in plain.pieces if piece.kind != "name")
    return not plain.items and not any(map(str.isalpha, words))
