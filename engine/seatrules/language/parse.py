"""From the words of an expression to a syntax tree; refuses what the language leaves out.

The surface is a strict subset of Python's expressions. Python only parses it: nothing of it is ever run.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

MAX_LENGTH = 1000
MAX_BRACKETS = 40
CAUSED_ELSEWHERE = "silent"
"""The code of an error that follows from another one, which is reported in its own place."""
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"\\]*"|'[^'\\]*')|(?P<name>[A-Za-z_]\w*)|(?P<number>\d\w*(?:\.\w*)?)|
                         (?P<elsewhere>===|!==|=[<>!]|<>|&&|\|\||[≤≥≠])|(?P<op>==|!=|<=|>=|[-+*<>()\[\],.])|(?P<bad>\S))""",
    re.X | re.A,
)
_TEXT = re.compile(r""""[^"]*"|'[^']*'""")
_CAPITALS = re.compile(r"\b(AND|OR|NOT)\b")
_OTHER_OPERATORS = {
    "===": "==",
    "!==": "!=",
    "=<": "<=",
    "=>": ">=",
    "=!": "!=",
    "<>": "!=",
    "&&": "and",
    "||": "or",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
}
_OTHER_SPELLINGS = {
    "NOT": "not",
    "true": "True",
    "false": "False",
    "null": "None",
    "none": "None",
    "TRUE": "True",
    "FALSE": "False",
}
_DIVIDE = 'divide(a, b, "half_up")'
_FUNCTIONS_ELSEWHERE = {
    **dict.fromkeys(("round", "floor", "ceil", "trunc"), _DIVIDE),
    **dict.fromkeys(("mod", "modulo"), "remainder(a, b)"),
    "abs": "max(n, 0 - n)",
    **dict.fromkeys(("str", "concat", "join", "format"), "text(a, b)"),
    **dict.fromkeys(("lower", "upper", "lowercase", "uppercase", "tolower", "toupper"), "casefold(text)"),
    **dict.fromkeys(("now", "today", "date"), "as_of"),
    **dict.fromkeys(("length", "size"), "len(list)"),
    **dict.fromkeys(("exists", "some"), "any(... for x in list)"),
    **dict.fromkeys(("every", "forall"), "all(... for x in list)"),
    **dict.fromkeys(("filter", "map"), "[... for x in list if ...]"),
    **dict.fromkeys(("set", "distinct", "unique"), "count_distinct(... for x in list)"),
    "datediff": "days_between(first, second)",
}
"""What is written in the place of functions that other languages have."""


@dataclass(eq=False)
class ExpressionError(Exception):
    """What is wrong with an expression, from character `start`, `width` characters wide."""

    code: str
    message: str
    start: int
    width: int = 1
    help: str | None = None
    others: tuple[ExpressionError, ...] = ()
    """What else is wrong with the same expression, further on."""

    @property
    def every(self) -> tuple[ExpressionError, ...]:
        """Each mistake by itself, in the order in which they are written."""
        return (replace(self, others=()), *self.others)


def raise_first(errors: Iterable[ExpressionError]) -> None:
    """Raise what is written first of these mistakes, with the others, if there is one."""
    if in_order := sorted(errors, key=lambda error: error.start):
        raise replace(in_order[0], others=tuple(in_order[1:]))


@lru_cache(maxsize=4096)  # an expression is read for each action and version; nobody changes its tree
def parse(text: str) -> ast.expr:
    """The syntax tree of an expression; columns in it count the bytes of `(text)`.

    Raises:
        ExpressionError: the text is no expression of the language.
    """
    _guard(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return ast.parse(f"({text})", mode="eval").body
    except SyntaxError as error:
        if capitals := _CAPITALS.search(_TEXT.sub(lambda quoted: " " * len(quoted[0]), text)):
            word = capitals[0]
            message, help_text = f"`{word}` is no operator", f"use `{word.lower()}`"
            raise ExpressionError("bad-syntax", message, capitals.start(), len(word), help_text) from None
        start = min(max((error.offset or 2) - 2, 0), max(len(text) - 1, 0))
        raise ExpressionError("bad-syntax", "this can't be read as an expression", start) from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise ExpressionError("bad-syntax", "this can't be read as an expression", 0, len(text)) from None


def names_in(text: str) -> set[str]:
    """The names in an expression, whatever they are of; none in one that can't be read."""
    try:
        return {node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name)}
    except ExpressionError:
        return set()


def _guard(text: str) -> None:
    if not text.strip():
        raise ExpressionError("bad-syntax", "an expression is expected here", 0)
    if len(text) > MAX_LENGTH:
        message = f"the expression has more than {MAX_LENGTH} characters"
        raise ExpressionError("too-long", message, MAX_LENGTH, 1, "give a part of it a name in facts.yaml")
    opened: list[int] = []
    at, after_value = 0, False
    while at < len(text) and (token := _TOKEN.match(text, at)):
        start = token.start(token.lastgroup or 0)
        word = text[start : token.end()]
        if token["elsewhere"]:
            help_text = f"use `{_OTHER_OPERATORS[word]}`"
            raise ExpressionError("bad-syntax", f"`{word}` is no operator", start, len(word), help_text)
        if token["bad"]:
            raise _bad_character(text, start)
        if token["number"] and not re.fullmatch(r"0|[1-9][0-9]{0,14}", word):
            message = f"`{word[:40]}` is not a whole number of at most 15 digits"
            raise ExpressionError("bad-number", message, start, len(word), "dates stand in quotes")
        _track(text, word, start, opened)
        if token["text"] and after_value:
            raise ExpressionError("bad-syntax", "an operator is missing before this text", start, len(word))
        after_value = bool(token["text"])
        at = token.end()
    if opened:
        raise ExpressionError("bad-syntax", f"`{text[opened[-1]]}` is never closed", opened[-1])


def _track(text: str, word: str, start: int, opened: list[int]) -> None:
    """Keep the places of the brackets that are open."""
    if word in ("(", "["):
        opened.append(start)
        if len(opened) > MAX_BRACKETS:
            raise ExpressionError("too-deep", f"brackets nest more than {MAX_BRACKETS} deep", start)
    elif word in (")", "]"):
        before = text[opened.pop()] if opened else ""
        if before + word not in ("()", "[]"):
            raise ExpressionError("bad-syntax", f"`{word}` closes nothing", start)


def _bad_character(text: str, start: int) -> ExpressionError:
    character = text[start]
    if character == "=":
        return ExpressionError(
            "bad-syntax", "`=` stands where an operator is expected", start, 1, "use `==` to compare"
        )
    if character in "&|!":
        word = {"&": "and", "|": "or", "!": "not"}[character]
        return ExpressionError("bad-syntax", f"`{character}` is no operator", start, 1, f"use `{word}`")
    if character in "\"'":
        return ExpressionError("bad-syntax", "this text is never closed, or has a backslash in it", start)
    if character in "/%":
        call = _DIVIDE if character == "/" else "remainder(a, b)"
        return ExpressionError("bad-syntax", f"`{character}` is no operator", start, 1, f"write `{call}`")
    shown = character if character.isascii() and character.isprintable() else f"U+{ord(character):04X}"
    return ExpressionError("bad-syntax", f"the character `{shown}` is not allowed outside a text", start)


def respelled(word: str) -> str | None:
    """Help for a word that other languages have and this one spells otherwise."""
    return f"write `{_OTHER_SPELLINGS[word]}`" if word in _OTHER_SPELLINGS else None


def as_called_here(name: str) -> str | None:
    """Help for a function that other languages have and this one has under another name, or says otherwise."""
    written = _FUNCTIONS_ELSEWHERE.get(name.lower().replace("_", ""))
    return f"write `{written}`" if written else None
