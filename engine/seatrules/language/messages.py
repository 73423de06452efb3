"""Reads message texts: words, and placeholders in braces."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ..diagnostics import suggest
from . import tree as t
from .check import check
from .choices import check_plural, check_select
from .names import Names
from .parse import ExpressionError, raise_first
from .text import ChoiceOfText, Decimal, Message
from .types import Boolean, Date, Integer, Key, ListOf, Text, Translated, Type, Word, known

MOST_DIGITS = 9
"""With how many digits behind the decimal sign a number may be printed."""
MOST_NESTED = 4
"""How many texts that are chosen may stand in one another."""
_PIECE = re.compile(r"[^{}#]+|\{\{|\}\}|\{[^{}]*\}|[{}#]")
_CHOICE = re.compile(r"\{([^{}]*?),\s*(plural|select)\s*,")
_OTHER_CHOICE = re.compile(r"\{[^{}]*?,\s*(\w+)\s*,\s*[^\s{}]+\s*\{")
_LACKS_COMMA = re.compile(r"\{[^{}]*?[\s,](plural|select)\b[^{}]*\{")
_KEY = re.compile(r"\s*([^\s{}]+)\s*\{")
_CHOOSING: dict[str, Any] = {"plural": Integer, "select": Boolean | Key | Text | Word}
"""What each kind of choice is made by."""
_EXAMPLES = {
    "decimal": "`{cents, decimal, 2}`",
    "plural": "`{n, plural, one {# seat} other {# seats}}`",
    "select": "`{plan, select, pro {Pro} other {another plan}}`",
}


def parse_message(text: str, names: Names, language: str) -> Message:
    """The message `text`, which is in a language.

    Raises:
        ExpressionError: a brace stands alone, or a placeholder is none; with each of them that is wrong.
    """
    reader = _Reader(text, names, language)
    try:
        message = reader.message()
    except ExpressionError as error:
        reader.errors.append(error)
    raise_first(reader.errors)
    return message


class _Reader:
    """Reads a text from its beginning; `at` is how far it has come."""

    def __init__(self, text: str, names: Names, language: str) -> None:
        self.text, self.names, self.language = text, names, language
        self.errors: list[ExpressionError] = []
        self.at = 0

    def message(self, number: t.Expr | None = None, nested: int = 0) -> Message:
        """The text up to its end, or to the brace that closes it where it is `nested`; `number` is what `#` prints."""
        parts: list[str | t.Expr | Decimal | ChoiceOfText] = []
        while self.at < len(self.text) and not (nested and self.text[self.at] == "}"):
            if choice := _CHOICE.match(self.text, self.at):
                parts.append(self._choice(choice, number, nested + 1))
                continue
            piece = _PIECE.match(self.text, self.at)
            assert piece is not None
            self.at = piece.end()
            parts += self._piece(piece[0], piece.start(), number, nested)
        return Message(tuple(parts))

    def _piece(
        self, piece: str, start: int, number: t.Expr | None, nested: int
    ) -> list[str | t.Expr | Decimal | ChoiceOfText]:
        if piece == "#" and number is not None:
            return [number]
        if piece in ("{{", "}}") and not nested:
            return [piece[0]]
        if piece == "{" and (other := _OTHER_CHOICE.match(self.text, start)):
            message = f"`{other[1]}` is no way to choose a text"
            help_text = suggest(other[1], _CHOOSING)
            raise ExpressionError("bad-placeholder", message, other.start(1), len(other[1]), help_text)
        if piece == "{" and (choice := _LACKS_COMMA.match(self.text, start)):
            message = f"a comma is missing before or behind `{choice[1]}`"
            help_text = f"write it as {_EXAMPLES[choice[1]]}"
            raise ExpressionError("bad-placeholder", message, choice.start(1), len(choice[1]), help_text)
        if piece in ("{", "}", "{{"):
            help_text = "a text that is chosen has no braces of its own" if nested else f"write `{piece * 2}`"
            self._wrong(f"`{piece[0]}` stands alone", start, 1, help_text)
        elif piece[0] == "{":
            try:
                return [_placeholder(piece[1:-1], self.names, start + 1)]
            except ExpressionError as error:
                self.errors += (replace(each, start=each.start + start + 1) for each in error.every)
        return [piece]

    def _choice(self, opening: re.Match[str], number: t.Expr | None, nested: int) -> ChoiceOfText:
        """`{value, plural, one {text} other {text}}`, from behind what opens it."""
        value, kind = opening[1], opening[2]
        start, width = opening.start(), opening.end() - opening.start()
        if nested > MOST_NESTED:
            message = f"more than {MOST_NESTED} texts that are chosen stand in one another"
            raise ExpressionError("bad-placeholder", message, start, 1, "give what is chosen by a fact")
        expr = self._chosen_by(value, opening.start(1), kind)
        self.at = opening.end()
        places, branches = self._branches(opening, expr if kind == "plural" else number, nested)
        if not branches:
            self._wrong(f"`{kind}` has no texts to choose from", start, width, f"write {_EXAMPLES[kind]}")
        if not branches or expr is None:
            return ChoiceOfText(t.Literal(Text(), "", ""), branches)
        rule = None
        if kind == "plural":
            rule, problems = check_plural(self.language, places, start, width)
        else:
            problems = check_select(expr.type, places, start, width)
        self.errors += problems
        return ChoiceOfText(expr, branches, rule)

    def _branches(
        self, opening: re.Match[str], number: t.Expr | None, nested: int
    ) -> tuple[dict[str, int], dict[str, Message]]:
        """`one {text} other {text}}`: where each word stands, and its text."""
        places: dict[str, int] = {}
        branches: dict[str, Message] = {}
        while key := _KEY.match(self.text, self.at):
            if key[1] in branches:
                self._wrong(f"`{key[1]}` is chosen for twice", key.start(1), len(key[1]), "keep one of the two texts")
            self.at = key.end()
            places[key[1]] = key.start(1)
            branches[key[1]] = self.message(number, nested)
            self._close(opening)
        self.at = len(self.text) - len(self.text[self.at :].lstrip())
        self._close(opening)
        return places, branches

    def _chosen_by(self, text: str, start: int, kind: str) -> t.Expr | None:
        try:
            expr = _named(text, self.names, start)
        except ExpressionError as error:
            self.errors += (replace(each, start=each.start + start) for each in error.every)
            return None
        if isinstance(known(expr.type), _CHOOSING[kind]):
            return expr
        what = "a number has a plural" if kind == "plural" else "a word, a text or a truth value selects a text"
        message = f"`{text.strip()}` is {expr.type}, and only {what}"
        others = (
            f"write it as {_EXAMPLES[each]}" for each in _CHOOSING if isinstance(known(expr.type), _CHOOSING[each])
        )
        self._wrong(message, start, len(text), next(others, "print it without a choice"))
        return None

    def _close(self, opening: re.Match[str]) -> None:
        if self.text[self.at : self.at + 1] != "}":
            message = f"this `{opening[2]}` is not closed, or a word of it has no text in braces"
            start, width = opening.start(), opening.end() - opening.start()
            raise ExpressionError("bad-placeholder", message, start, width, f"write it as {_EXAMPLES[opening[2]]}")
        self.at += 1

    def _wrong(self, message: str, start: int, width: int, help_text: str) -> None:
        self.errors.append(ExpressionError("bad-placeholder", message, start, width, help_text))


def _placeholder(text: str, names: Names, start: int) -> t.Expr | Decimal:
    """`value` or `value, decimal, digits`."""
    comma = _first_comma(text)
    expr = _named(text[:comma], names, start)
    if comma is not None:
        return _in_form(expr, text, comma)
    if not _printable(expr.type):
        message, help_text = f"`{text}` is {expr.type}, which has no print", "print what it means in words"
        if isinstance(known(expr.type), Boolean):
            help_text = f"write `{{{text}, select, true {{...}} false {{...}}}}`"
        raise ExpressionError("bad-placeholder", message, 0, len(text), help_text)
    return expr


def _first_comma(text: str) -> int | None:
    """Where the first comma stands that is not inside brackets."""
    depth = 0
    for at, character in enumerate(text if "," in text else ""):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            return at
    return None


def _in_form(expr: t.Expr, text: str, comma: int) -> Decimal:
    """The value in the form that stands behind the comma."""
    form, _, digits = (part.strip() for part in text[comma + 1 :].partition(","))
    at, width = comma + 1, len(text) - comma - 1
    if form != "decimal":
        message, help_text = f"`{form[:60]}` is no form of a value", f"there are {', '.join(_EXAMPLES.values())}"
        if form in _EXAMPLES:
            message, help_text = f"`{form}` has no texts to choose from", f"write it as {_EXAMPLES[form]}"
        raise ExpressionError("bad-placeholder", message, at, width, help_text)
    if not re.fullmatch("[1-9]", digits):
        message = f"`decimal` has from 1 to {MOST_DIGITS} digits behind the decimal sign"
        raise ExpressionError("bad-placeholder", message, at, width, "say how many, as in `{cents, decimal, 2}`")
    if not isinstance(known(expr.type), Integer):
        message = f"`{expr.text}` is {expr.type}, and only numbers are printed as amounts"
        raise ExpressionError("bad-placeholder", message, 0, comma, "leave the form out")
    return Decimal(expr, int(digits))


def _named(text: str, names: Names, start: int) -> t.Expr:
    """A name, a path or a call of a fact."""
    if '"' in text or "'" in text:
        raise ExpressionError("bad-placeholder", "a placeholder has no quotes", 0, len(text), "make it a fact")
    expr = check(text, names, start=start)
    if not isinstance(expr, t.Property | t.Argument | t.Local | t.Role | t.Named | t.Field | t.Call):
        message = f"`{text[:60]}` is no name, path or call of a fact"
        raise ExpressionError("bad-placeholder", message, 0, len(text), "make it a fact")
    return expr


def _printable(kind: Type) -> bool:
    kind = known(kind)
    if isinstance(kind, ListOf):
        return kind.item is None or (_printable(kind.item) and not isinstance(known(kind.item), ListOf))
    return isinstance(known(kind), Date | Integer | Key | Text | Translated | Word) and not isinstance(kind, Boolean)
