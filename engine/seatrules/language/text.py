"""Message texts: words with placeholders, and how a value is printed in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..words import words
from . import tree as t

ABSENT = "–"


class Decimal(NamedTuple):
    """A placeholder that prints a number of minor units as an amount, with so many digits behind the decimal sign."""

    expr: t.Expr
    digits: int

    @property
    def text(self) -> str:
        return f"{self.expr.text}, decimal, {self.digits}"


class Message(NamedTuple):
    """A text in one language: words and placeholders in turn."""

    parts: Sequence[str | t.Expr | Decimal]

    @property
    def expressions(self) -> list[t.Expr]:
        """What the placeholders print."""
        return [printed(part) for part in self.parts if not isinstance(part, str)]

    @property
    def placeholders(self) -> frozenset[str]:
        """The words of the placeholders, without white space."""
        return frozenset("".join(part.text.split()) for part in self.parts if not isinstance(part, str))


def printed(part: t.Expr | Decimal) -> t.Expr:
    """What a placeholder prints."""
    return part.expr if isinstance(part, Decimal) else part


def pointer(parts: Iterable[str | int]) -> str:
    """A path below the request's top as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def pointer_parts(text: str) -> tuple[str, ...]:
    """The path that a JSON pointer writes, also where it lacks the `/` at its beginning."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.removeprefix("/").split("/"))


def shown(value: Any, language: str) -> str:
    """How a message prints a value: the same in every language, but for translated texts."""
    if value is None:
        return ABSENT
    if isinstance(value, dict):
        return str(value[language])
    return str(value)


def shown_decimal(value: int | None, digits: int, language: str) -> str:
    """How a message prints a number of minor units: 583 with two digits is `5.83`, and `5,83` where one writes so."""
    if value is None:
        return ABSENT
    figures = str(abs(value)).rjust(digits + 1, "0")
    sign = words("numbers", language)["decimal_sign"]
    return f"{'-' * (value < 0)}{figures[:-digits]}{sign}{figures[-digits:]}"
