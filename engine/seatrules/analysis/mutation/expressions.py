"""Small wrong changes of one expression: each in words, and the whole text with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ...diagnostics import echo
from ...language.days import OutOfRangeError, add_days, is_date
from ...language.parse import ExpressionError, parse

_LOOSE = (ast.BoolOp, ast.IfExp, ast.UnaryOp)
"""What needs brackets where something else was."""
_TURNED: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
}
"""What a comparison becomes: at its bound, and the other way round."""
_OPERATOR = re.compile(r"<=|>=|==|!=|<|>|\bnot\s+in\b|\bin\b|\bis\s+not\b|\bis\b")
_ADDED = {ast.Add: "-", ast.Sub: "+"}


class ChangedText(NamedTuple):
    """A change: where it is in the text, in words, and the text with it."""

    start: int
    width: int
    words: str
    text: str


def mutations(text: str) -> Iterator[ChangedText]:
    """Every small wrong change of an expression."""
    try:
        yield from _Text(text, "(", parse(text)).all()
    except ExpressionError:
        return


def mutations_of_loop(text: str) -> Iterator[ChangedText]:
    """Those of `variable in over if condition`."""
    try:
        loop = parse(f"[0 for {text}]")
    except ExpressionError:
        return
    yield from _Text(text, "([0 for ", loop).all()


@dataclass(frozen=True, slots=True)
class _Text:
    """A text with its tree, which counts the bytes of what stands before it, too."""

    text: str
    before: str
    tree: ast.expr

    def all(self) -> Iterator[ChangedText]:
        if isinstance(self.tree, ast.Constant):
            yield from self._moved(self.tree, self.tree)
        for node in ast.walk(self.tree):
            match node:
                case ast.Compare(ops=[op], left=left, comparators=[right]):
                    yield from self._turned(node, op, left, right)
                case ast.BoolOp():
                    yield from self._joined(node)
                case ast.UnaryOp(op=ast.Not(), operand=operand):
                    yield self._became(node, self._bracketed(operand))
                case ast.BinOp(op=op, left=left, right=right) if type(op) in _ADDED:
                    words = f"{self._bracketed(left)} {_ADDED[type(op)]} {self._bracketed(right)}"
                    yield self._became(node, words)
                case ast.IfExp(test=test) if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
                    yield self._crossed(node)
                case ast.comprehension(ifs=[condition]) if not isinstance(condition, ast.Constant):
                    yield self._at(condition, "True", f"`if {self._shown(condition)}` dropped")
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.Constant) and child.col_offset >= len(self.before):
                    yield from self._moved(child, node)

    def _turned(self, node: ast.Compare, op: ast.cmpop, left: ast.expr, right: ast.expr) -> Iterator[ChangedText]:
        start, end = self._range(left)[1], self._range(right)[0]
        sign = _OPERATOR.search(self.text, start, end)
        for other in _TURNED.get(type(op), ()) if sign else ():
            assert sign is not None
            yield self._replaced(sign.start(), sign.end(), other, node)

    def _joined(self, node: ast.BoolOp) -> Iterator[ChangedText]:
        """The other of `and` and `or`; one operand less."""
        op, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        operands = [self._bracketed(each) for each in node.values]
        words = f"`{op}` before `{self._shown(node.values[1])}` became `{other}`"
        yield self._at(node, f"({f' {other} '.join(operands)})", words)
        for at, operand in enumerate(node.values):
            rest = f" {op} ".join([*operands[:at], *operands[at + 1 :]])
            dropped = self._at(node, f"({rest})", f"operand `{self._shown(operand)}` dropped")
            start, end = self._range(operand)
            yield dropped._replace(start=start, width=end - start)

    def _crossed(self, node: ast.IfExp) -> ChangedText:
        then, otherwise = self._bracketed(node.body), self._bracketed(node.orelse)
        text = f"{otherwise} if {self._bracketed(node.test)} else {then}"
        return self._at(node, text, f"branches of `if {self._shown(node.test)}` swapped")

    def _moved(self, node: ast.Constant, parent: ast.AST) -> Iterator[ChangedText]:
        """A bound or a date that is one more, and one less."""
        start, end = self._range(node)
        around = parent if isinstance(parent, ast.Compare | ast.BinOp | ast.Call) else node
        match node.value:
            case bool():
                return
            case int(number):
                for moved in (number + 1, number - 1)[: 2 if number else 1]:
                    yield self._replaced(start, end, str(moved), around)
            case str(day) if is_date(day):
                for moved_day in beside(day):
                    yield self._replaced(start, end, f'"{moved_day}"', around)

    def _became(self, node: ast.expr, new: str) -> ChangedText:
        start, end = self._range(node)
        return self._replaced(start, end, new, node)

    def _replaced(self, start: int, end: int, new: str, around: ast.AST) -> ChangedText:
        """A stretch replaced, told with what stands around it."""
        text = f"{self.text[:start]}{new}{self.text[end:]}"
        first, last = self._range(around)
        old, shown = self.text[first:last], text[first : last + len(new) - (end - start)]
        return ChangedText(start, max(1, end - start), f"`{echo(old)}` became `{echo(shown)}`", text)

    def _at(self, node: ast.AST, new: str, words: str) -> ChangedText:
        start, end = self._range(node)
        return ChangedText(start, end - start, words, f"{self.text[:start]}{new}{self.text[end:]}")

    def _shown(self, node: ast.AST) -> str:
        start, end = self._range(node)
        return echo(self.text[start:end])

    def _bracketed(self, node: ast.expr) -> str:
        start, end = self._range(node)
        text = self.text[start:end]
        return f"({text})" if isinstance(node, _LOOSE) else text

    def _range(self, node: ast.AST) -> tuple[int, int]:
        """Where it begins and ends in the text, in characters."""
        assert isinstance(node, ast.expr)
        raw, before = self.text.encode(), len(self.before)
        start, end = node.col_offset - before, (node.end_col_offset or 0) - before
        return len(raw[:start].decode()), len(raw[:end].decode())


def beside(day: str) -> Iterator[str]:
    """The day after a day, and the one before it."""
    for days in (1, -1):
        try:
            yield add_days(day, days)
        except OutOfRangeError:
            continue
