"""What every part of the checker needs: places, problems, and checks against the expected type."""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field

from . import tree as t
from .certain import Failure, failure
from .names import Names
from .parse import ExpressionError
from .types import Boolean, Date, EntryOf, Maybe, Narrowed, Text, Type, Word, Wrong, comparable, fits, known

MAX_DEPTH = 60
ForNode = ast.GeneratorExp | ast.ListComp
"""What has an element and a `for`."""


@dataclass
class Checker(ABC):
    """Types the parts of one expression; a subclass for each family of them knows how."""

    text: str
    prefix: int = 0
    start: int = 0
    """Where the text begins in what is written."""
    depth: int = 0
    errors: list[ExpressionError] = field(default_factory=list)
    """What is wrong so far; a part that is wrong has the type `Wrong`, and what is beside it is checked too."""
    maybe_absent: set[str] = field(default_factory=set)
    """The paths of which it is noted that they may be absent: to ask once mends each place."""

    def __post_init__(self) -> None:
        self.whole = "(" + ("any(0 for " if self.prefix else "") + self.text + (")" if self.prefix else "") + ")"
        self.bytes = None if self.whole.isascii() else self.whole.encode()

    def place(self, node: ast.AST) -> tuple[int, int]:
        start: int = node.col_offset  # type: ignore[attr-defined]
        end: int = node.end_col_offset  # type: ignore[attr-defined]
        if self.bytes is not None:  # Python counts bytes
            start, end = len(self.bytes[:start].decode()), len(self.bytes[:end].decode())
        return start - 1 - self.prefix, end - start

    def text_of(self, node: ast.AST) -> str:
        start, width = self.place(node)
        return self.text[max(0, start) : start + width]

    def fail(self, node: ast.AST, code: str, message: str, help: str | None = None) -> ExpressionError:
        start, width = self.place(node)
        return ExpressionError(code, message, max(0, start), max(1, width), help)

    def expr(self, node: ast.expr, names: Names, expected: Type | None = None) -> t.Expr:
        """The expression at `node`; one that is wrong has the type `Wrong`, after noting why."""
        if self.depth == MAX_DEPTH:
            return self._too_deep(node)
        self.depth += 1
        try:
            expr = self.unnarrowed(node, names, expected)
        except ExpressionError as error:
            return self.wrong(node, error)
        finally:
            self.depth -= 1
        if isinstance(expr.type, Maybe) and t.canonical(expr) in names.present:
            expr = expr._replace(type=expr.type.of)
        return self._as_word(expr, names, expected)

    def _as_word(self, expr: t.Expr, names: Names, expected: Type | None) -> t.Expr:
        """The expression as one of the words that are expected, where a condition has made sure of that."""
        word = None if expected is None else known(expected)
        if not isinstance(word, Word) or not isinstance(expr.type, Text | Word) or fits(expr.type, word):
            return expr
        words = names.words.get(t.canonical(expr))
        is_one = words is not None and words <= set(word.words)
        return expr._replace(type=Narrowed(word.name, word.words)) if is_one else expr

    def unnarrowed(self, node: ast.expr, names: Names, expected: Type | None = None) -> t.Expr:
        """The expression at `node`, which may be absent even where a condition has asked for it."""
        start, width = self.place(node)
        expr, at = self._expr(node, names, expected, self.text[max(0, start) : start + width]), self.start + start
        return expr if expr.at == at else expr._replace(at=at)

    def wrong(self, node: ast.AST, error: ExpressionError) -> t.Expr:
        """What stands for a part, after noting what is wrong with it."""
        self.errors.append(error)
        return t.Literal(Wrong(), self.text_of(node), None)

    def computable(self, node: ast.AST, expr: t.Expr) -> t.Expr:
        """The expression, after noting that it can't be computed if that is certain."""
        return self.unless(failure(expr), node, expr)

    def unless(self, failure: Failure | None, node: ast.AST, expr: t.Expr) -> t.Expr:
        """The expression; what stands for it, after noting that it fails, if it is certain to."""
        if failure is None:
            return expr
        return self.wrong(node, self.fail(node, "out-of-range", failure.message, failure.help))

    def _too_deep(self, node: ast.AST) -> t.Expr:
        """What stands for a part that is nested too deep, which is noted once."""
        message = f"the expression nests more than {MAX_DEPTH} deep"
        if not any(error.code == "too-deep" for error in self.errors):
            self.errors.append(self.fail(node, "too-deep", message, "give a part of it a name"))
        return t.Literal(Wrong(), self.text_of(node), None)

    def parts(self, nodes: Iterable[ast.expr], names: Names) -> None:
        """Note what is wrong with parts by themselves, where nothing else can be said of them."""
        for node in nodes:
            if isinstance(node, ForNode):
                _, inside = self.loop(node, names)
                self.expr(node.elt, inside)
            else:
                self.expr(node, names)

    @abstractmethod
    def loop(self, node: ForNode, names: Names) -> tuple[t.Loop, Names]:
        """The loop, and the names inside it."""

    @abstractmethod
    def _expr(self, node: ast.expr, names: Names, expected: Type | None, text: str) -> t.Expr:
        """The expression at `node`, which is written so, typed by the kind of node that it is."""

    def fitting(self, node: ast.expr, names: Names, expected: Type) -> t.Expr:
        expr = self.expr(node, names, expected)
        if fits(expr.type, expected):
            return expr
        if isinstance(expr.type, Maybe) and fits(expr.type.of, expected):
            return self.there(node, expr)
        message = f"`{expr.text}` is {expr.type}, and {expected} is expected here"
        return self.wrong(node, self.fail(node, "wrong-type", message, meant_help(expr, expected)))

    def condition(self, node: ast.expr, names: Names) -> t.Expr:
        return self.fitting(node, names, Boolean())

    def compared(self, node: ast.expr, names: Names, other: Type) -> t.Expr:
        expr = self.there(node, self.expr(node, names, other))
        if not comparable(expr.type, other):
            message = f"`{expr.text}` is {expr.type}, and it is compared with {other}"
            return self.wrong(node, self.fail(node, "wrong-type", message, meant_help(expr, other)))
        return expr

    def there(self, node: ast.AST, expr: t.Expr) -> t.Expr:
        """The expression as a value that is there, after noting that it may be absent if it may."""
        if isinstance(expr.type, Maybe) and (path := t.canonical(expr)) not in self.maybe_absent:
            self.maybe_absent.add(path)
            help_text = f"ask `{in_brackets(expr)} is not None` first"
            if isinstance(expr, t.Index):
                help_text += ", or give the map an `x-default-entry`"
            self.errors.append(self.fail(node, "may-be-absent", f"`{expr.text}` may be absent", help_text))
        there = known(expr.type)
        return expr if there is expr.type else expr._replace(type=there)


def in_brackets(expr: t.Expr) -> str:
    """An expression as it stands before an operator."""
    return f"({expr.text})" if isinstance(expr, t.Choose) else expr.text


def meant_help(expr: t.Expr, expected: Type) -> str | None:
    """What may be meant where another type is expected: an entry's key, or a date, which reads as a subtraction."""
    if isinstance(expr.type, EntryOf) and fits(expr.type.key, expected):
        return f"its key is `{in_brackets(expr)}.id`"
    is_bare = isinstance(expected, Date) and re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", expr.text)
    return "dates stand in quotes" if is_bare else None
