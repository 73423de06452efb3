"""Reads message texts: words, and placeholders in braces."""

from __future__ import annotations

import re
from dataclasses import replace

from . import tree as t
from .check import check
from .names import Names
from .parse import ExpressionError, raise_first
from .text import Message
from .types import Boolean, Date, Integer, Key, Text, Translated, Type, Word, known

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def parse_message(text: str, names: Names) -> Message:
    """The message `text`.

    Raises:
        ExpressionError: a brace stands alone, or a placeholder is none; with each of them that is wrong.
    """
    errors: list[ExpressionError] = []
    parts: list[str | t.Expr] = []
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


def _placeholder(text: str, names: Names, start: int) -> t.Expr:
    if '"' in text or "'" in text:
        raise ExpressionError("bad-placeholder", "a placeholder has no quotes", 0, len(text), "make it a fact")
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
