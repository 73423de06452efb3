"""Which form of a plural a whole number takes in a language: the rules of CLDR, read once and kept with the program."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

OTHER = "other"
"""The form of what no other form is for."""
_RELATION = re.compile(r"(\w)(?: mod (\d+))?( not)? in (.+)")
_FIRST = 100
_TELLING = 1000
"""Below this, numbers of every form occur that a language has for numbers written out."""


class Relation(NamedTuple):
    """That a number, or what is left of it when it is divided, is in one of some ranges, or in none of them."""

    modulus: int | None
    ranges: tuple[tuple[int, int], ...]
    negated: bool

    def holds(self, number: int) -> bool:
        rest = number if self.modulus is None else number % self.modulus
        return any(first <= rest <= last for first, last in self.ranges) is not self.negated


class PluralRule(NamedTuple):
    """The forms of a language but `other`, each with the alternatives of which all relations of one hold.

    `first` are those of the numbers from 0 on that most messages say: they need not be worked out.
    """

    forms: tuple[tuple[str, tuple[tuple[Relation, ...], ...]], ...]
    first: tuple[str, ...] = ()

    def form(self, number: int) -> str:
        """The form that a number takes; a number below 0 that of its size."""
        size = abs(number)
        if size < len(self.first):
            return self.first[size]
        return next(
            (
                form
                for form, alternatives in self.forms
                if any(all(r.holds(size) for r in each) for each in alternatives)
            ),
            OTHER,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Every form of the language."""
        return (*(form for form, _ in self.forms), OTHER)

    @property
    def needed(self) -> Mapping[str, Sequence[int]]:
        """The forms that numbers below a thousand take, each with these numbers."""
        return _needed(self)


@cache
def _needed(rule: PluralRule) -> Mapping[str, Sequence[int]]:
    numbers: dict[str, list[int]] = {}
    for number in range(_TELLING):
        numbers.setdefault(rule.form(number), []).append(number)
    return numbers


@cache
def plural_rule(language: str) -> PluralRule | None:
    """The rule of a language, or of the nearest that CLDR knows; nothing where it knows none.

    Raises:
        ImportError: there is no package that has CLDR's rules.
    """
    from babel import Locale, UnknownLocaleError  # only asked for where a message has a plural

    parts = language.split("-")
    for end in range(len(parts), 0, -1):
        try:
            rules = Locale.parse("-".join(parts[:end]), sep="-").plural_form.rules
        except (UnknownLocaleError, ValueError):
            continue
        rule = PluralRule(tuple((form, _alternatives(each)) for form, each in rules.items()))
        return rule._replace(first=tuple(map(rule.form, range(_FIRST))))
    return None


def _alternatives(rule: str) -> tuple[tuple[Relation, ...], ...]:
    return tuple(tuple(map(_relation, each.split(" and "))) for each in rule.split(" or "))


def _relation(text: str) -> Relation:
    """A relation as CLDR writes it; of what stands behind a decimal sign, a whole number has nothing."""
    match = _RELATION.fullmatch(text)
    assert match is not None
    operand, modulus, negated, listed = match.groups()
    ranges = [
        (int(first), int(last or first)) for first, _, last in (each.partition("..") for each in listed.split(","))
    ]
    nothing_of_it = 1 if operand not in "ni" else None
    return Relation(nothing_of_it or (int(modulus) if modulus else None), tuple(ranges), negated is not None)
