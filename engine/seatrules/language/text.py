"""Message texts: words with placeholders, and how a value is printed in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from . import tree as t

ABSENT = "–"


class Message(NamedTuple):
    """A text in one language: words and placeholders in turn."""

    parts: Sequence[str | t.Expr]

    @property
    def expressions(self) -> list[t.Expr]:
        """What the placeholders print."""
        return [part for part in self.parts if isinstance(part, t.Expr)]

    @property
    def placeholders(self) -> frozenset[str]:
        """The words of the placeholders, without white space."""
        return frozenset("".join(expr.text.split()) for expr in self.expressions)


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
