"""Message texts: words with placeholders, and how a value is printed in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..words import words
from . import tree as t
from .plurals import OTHER, PluralRule

ABSENT = "–"
MOST_ITEMS = 20
"""How many items of a list a message prints."""


class Decimal(NamedTuple):
    """A placeholder that prints a number of minor units as an amount, with so many digits behind the decimal sign."""

    expr: t.Expr
    digits: int

    @property
    def text(self) -> str:
        return f"{self.expr.text}, decimal, {self.digits}"


class ChoiceOfText(NamedTuple):
    """A placeholder that says one of several texts, by a value: by the form of its plural where there is a `rule`."""

    expr: t.Expr
    branches: Mapping[str, Message]
    rule: PluralRule | None = None

    def key(self, value: Any) -> str:
        """Which of the texts is said of a value."""
        if isinstance(value, bool):
            value = str(value).lower()
        if self.rule is not None and value is not None:
            value = f"={value}" if f"={value}" in self.branches else self.rule.form(value)
        return value if value in self.branches else OTHER


class Message(NamedTuple):
    """A text in one language: words and placeholders in turn."""

    parts: Sequence[str | t.Expr | Decimal | ChoiceOfText]

    @property
    def expressions(self) -> Iterator[t.Expr]:
        """What the placeholders print or choose by, also within the texts that are chosen."""
        for part in self.parts:
            if not isinstance(part, str):
                yield printed(part)
            if isinstance(part, ChoiceOfText):
                for branch in part.branches.values():
                    yield from branch.expressions

    @property
    def placeholders(self) -> frozenset[str]:
        """The words of what is printed, also within the texts that are chosen, without white space."""
        names = frozenset[str]()
        for part in self.parts:
            if isinstance(part, ChoiceOfText):
                names = names.union(*(branch.placeholders for branch in part.branches.values()))
            elif not isinstance(part, str):
                names |= {"".join(part.text.split())}
        return names


def printed(part: t.Expr | Decimal | ChoiceOfText) -> t.Expr:
    """What a placeholder prints or chooses by."""
    return part.expr if isinstance(part, Decimal | ChoiceOfText) else part


def pointer(parts: Iterable[str | int]) -> str:
    """A path below the request's top as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def pointer_parts(text: str) -> tuple[str, ...]:
    """The path that a JSON pointer writes, also where it lacks the `/` at its beginning."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.removeprefix("/").split("/"))


def shown(value: Any, language: str) -> str:
    """How a message prints a value: the same in every language, but for translated texts and lists."""
    if value is None:
        return ABSENT
    if isinstance(value, dict):
        return str(value[language])
    return _joined(value, language) if isinstance(value, list) else str(value)


def _joined(items: Sequence[Any], language: str) -> str:
    """How a message prints a list: joined as the language does it; of a long one, how many more there are."""
    label, texts = words("lists", language), [shown(item, language) for item in items[:MOST_ITEMS]]
    if not texts:
        return label["none"]
    last = None if len(items) > MOST_ITEMS or len(texts) == 1 else texts.pop()
    text = texts[0]
    for each in texts[1:]:
        text = label["next"].format(some=text, next=each)
    if len(items) > MOST_ITEMS:
        return label["more"].format(some=text, count=len(items) - MOST_ITEMS)
    return text if last is None else label["last"].format(some=text, last=last)


def shown_decimal(value: int | None, digits: int, language: str) -> str:
    """How a message prints a number of minor units: 583 with two digits is `5.83`, and `5,83` where one writes so."""
    if value is None:
        return ABSENT
    figures = str(abs(value)).rjust(digits + 1, "0")
    sign = words("numbers", language)["decimal_sign"]
    return f"{'-' * (value < 0)}{figures[:-digits]}{sign}{figures[-digits:]}"
