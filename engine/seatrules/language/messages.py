"""Reads message texts: words, and placeholders in braces."""

from __future__ import annotations

import re
from dataclasses import replace

from . import tree as t
from .check import check
from .names import Names
from .parse import ExpressionError, raise_first
from .text import Decimal, Message
from .types import Boolean, Date, Integer, Key, Text, Translated, Type, Word, known

MOST_DIGITS = 9
"""With how many digits behind the decimal sign a number may be printed."""
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def parse_message(text: str, names: Names) -> Message:
    """The message `text`.

    Raises:
        ExpressionError: a brace stands alone, or a placeholder is none; with each of them that is wrong.
    """
    errors: list[ExpressionError] = []
    parts: list[str | t.Expr | Decimal] = []
    end = 0
    for piece in _PIECE.finditer(text):
        if piece.start() > end:
            parts.append(text[end : piece.start()])
        end = piece.end()
        if piece[0] in ("{{", "}}"):
            parts.append(piece[0][0])
        elif piece[1] is None:
            message, help_text = f"`{piece[0]}` stands alone", f"write `{piece[0] * 2}`"
            errors.append(ExpressionError("bad-placeholder", message, piece.start(), 1, help_text))
        else:
            try:
                parts.append(_placeholder(piece[1], names, piece.start() + 1))
            except ExpressionError as error:
                errors += (replace(each, start=each.start + piece.start() + 1) for each in error.every)
    raise_first(errors)
    if end < len(text):
        parts.append(text[end:])
    return Message(tuple(parts))


def _placeholder(text: str, names: Names, start: int) -> t.Expr | Decimal:
    """`value` or `value, decimal, digits`."""
    if '"' in text or "'" in text:
        raise ExpressionError("bad-placeholder", "a placeholder has no quotes", 0, len(text), "make it a fact")
    comma = _first_comma(text)
    expr = _value(text[:comma], names, start)
    return expr if comma is None else _in_form(expr, text, comma)


def _first_comma(text: str) -> int | None:
    """Where the first comma stands that is not inside brackets."""
    depth = 0
    for at, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            return at
    return None


def _in_form(expr: t.Expr, text: str, comma: int) -> Decimal:
    """The value in the form that stands behind the comma."""
    form, _, digits = (part.strip() for part in text[comma + 1 :].partition(","))
    at, width = comma + 1, len(text) - comma - 1
    if form != "decimal":
        message, help_text = f"`{form[:60]}` is no form of a value", "write `{cents, decimal, 2}` for an amount"
        raise ExpressionError("bad-placeholder", message, at, width, help_text)
    if not re.fullmatch("[1-9]", digits):
        message = f"`decimal` has from 1 to {MOST_DIGITS} digits behind the decimal sign"
        raise ExpressionError("bad-placeholder", message, at, width, "say how many, as in `{cents, decimal, 2}`")
    if not isinstance(known(expr.type), Integer):
        message = f"`{expr.text}` is {expr.type}, and only numbers are printed as amounts"
        raise ExpressionError("bad-placeholder", message, 0, comma, "leave the form out")
    return Decimal(expr, int(digits))


def _value(text: str, names: Names, start: int) -> t.Expr:
    expr = check(text, names, start=start)
    if not isinstance(expr, t.Property | t.Argument | t.Local | t.Role | t.Named | t.Field | t.Call):
        message = f"`{text[:60]}` is no name, path or call of a fact"
        raise ExpressionError("bad-placeholder", message, 0, len(text), "make it a fact")
    if not _printable(expr.type):
        help_text = "print what it means in words"
        raise ExpressionError(
            "bad-placeholder", f"`{text}` is {expr.type}, which has no print", 0, len(text), help_text
        )
    return expr


def _printable(kind: Type) -> bool:
    return isinstance(known(kind), Date | Integer | Key | Text | Translated | Word) and not isinstance(kind, Boolean)
