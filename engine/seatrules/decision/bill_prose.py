"""A bill in a sentence: what happens to it, by how much and from when; what else an entry has follows in brackets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..diagnostics import printable
from ..language.partial import NotKnown
from ..language.text import shown_decimal
from ..language.types import Date, Type, known
from ..program import Program
from ..words import words

_DAYS = ("effective_on", "billed_on")
"""Under which keys an entry has its day, where the policy names no other (`booking_day`)."""
_AMOUNT = "cents"
"""Under which key an amount stands, also where the policy does not say so (`billing_amounts`)."""
_COUNT = "quantity"
"""Under which key an entry says of how many it is."""
ValueText = Callable[[Any, Type | None, str], str]
"""Prints a value that is of a type, in a language."""


class BillProse(NamedTuple):
    """Says the entries of a bill in a language."""

    program: Program
    value_text: ValueText
    language: str

    def sentence(self, entry: Mapping[str, Any]) -> str:
        """What an entry says, without a capital and a full stop; what is absent is left out."""
        labels, nothing = words("billed", self.language), entry["change"] == self.program.billing_changes[0]
        change = "none" if nothing else entry["change"]
        given = {key: value for key, value in entry.items() if key != "change" and value is not None}
        head = labels[change] if change in _changes(self.language) else labels["other"]
        what, of_what = self._things(given) if "{by}" in head else self._amount(given) if "{of}" in head else (None, ())
        dated = "{on}" in head or "{since}" in head
        day = next((key for key in self._days if isinstance(given.get(key), str)), None) if dated else None
        text = head.format(
            change=self._own.get(change, change),
            **{name: labels[name].format(what=what) if what else "" for name in ("by", "of")},
            **{name: labels[name].format(day=given[day]) if day else "" for name in ("on", "since")},
        )
        rest = [self._named(key, value) for key, value in given.items() if key not in (day, *of_what)]
        if rest:
            text = labels["stays" if change == "none" else "more"].format(bill=text, more=", ".join(rest))
        return printable(" ".join(text.split()))

    def _things(self, given: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...]]:
        """How many of what the bill changes by, with the keys that say so; else by what amount."""
        count = given.get(_COUNT)
        if isinstance(count, int):
            nouns = ((key, self._title(key, value, count)) for key, value in given.items())
            if (noun := next((each for each in nouns if each[1] is not None), None)) is not None:
                return f"{count} {noun[1]}", (_COUNT, noun[0])
        return self._amount(given)

    def _amount(self, given: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...]]:
        """The first amount, with its key."""
        amounts = ((key, self._amount_of(key, value)) for key, value in given.items())
        return next(((text, (key,)) for key, text in amounts if text is not None), (None, ()))

    def _amount_of(self, key: str, value: Any) -> str | None:
        if key == _AMOUNT and key not in self.program.policy.billing_amounts and isinstance(value, int):
            return shown_decimal(value, 2, self.language)
        return self.program.policy.bill_words.amount(key, value, self.language)

    def _title(self, key: str, value: Any, count: int = 1) -> str | None:
        """What a word is called, where a table says so."""
        kind = self.program.billed_kinds.get(key)
        title = None if kind is None or isinstance(value, NotKnown) else self.program.title_of(kind, value, count)
        return None if title is None else title[self.language]

    def _named(self, key: str, value: Any) -> str:
        """A value that stands in brackets: a title or an amount by itself, anything else with the name of its key."""
        if (said := self._title(key, value) or self._amount_of(key, value)) is not None:
            return said
        kind, name = self.program.billed_kinds.get(key), self._own.get(key, key)
        text = self.value_text(value, kind, self.language)
        if isinstance(kind and known(kind), Date) and not isinstance(value, NotKnown):
            return f"{name} {text}"
        return words("billed", self.language)["named"].format(name=name, value=text)

    @property
    def _days(self) -> tuple[str, ...]:
        named = self.program.policy.booking_day
        return _DAYS if named is None else (named,)

    @property
    def _own(self) -> dict[str, str]:
        """What changes and keys are called: in the policy's words, else in ours."""
        billing_words = self.program.policy.billing_words.items()
        own = {word: texts[self.language] for word, texts in billing_words if self.language in texts}
        return {**words("bills", self.language), **own}


def _changes(language: str) -> set[str]:
    """The changes that we have a sentence for: those among our words for bills."""
    return words("billed", language).keys() & words("bills", language).keys()
