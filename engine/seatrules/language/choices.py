"""Checks the texts that a placeholder chooses from: those that a language needs, or that the words of a type need."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..diagnostics import did_you_mean, listed, suggest
from .parse import ExpressionError
from .plurals import OTHER, PluralRule, plural_rule
from .types import Boolean, Maybe, Type, Word, known

_EXACTLY = re.compile(r"=(0|[1-9]\d{0,17})")
_FIRST = 4
"""How many of the numbers that take a form are shown."""
Places = Mapping[str, int]
"""Where each text that can be chosen has its word."""


def check_plural(
    language: str, places: Places, start: int, width: int
) -> tuple[PluralRule | None, list[ExpressionError]]:
    """The rule by which a text is chosen for a number, and what is wrong with the texts that there are."""
    try:
        rule = plural_rule(language)
    except ImportError:
        message = "a plural needs the rules of CLDR, and the package `babel` that has them is not installed"
        return None, [ExpressionError("no-plural-rules", message, start, width, "install it: `pip install babel`")]
    if rule is None:
        message = f"CLDR has no rules for the plurals of `{language}`"
        return None, [ExpressionError("no-plural-rules", message, start, width, "say it without a plural")]
    problems = []
    for name, place in places.items():
        if name not in rule.names and not _EXACTLY.fullmatch(name):
            help_text = did_you_mean(name, rule.names) or f"it has {listed(rule.names)}; `=3` is for 3 alone"
            message = f"`{language}` has no form `{name}` of a plural"
            problems.append(ExpressionError("unknown-plural-form", message, place, len(name), help_text))
    for name, numbers in {**rule.needed, OTHER: rule.needed.get(OTHER, [])}.items():
        if name not in places:
            message = f"`{language}` also needs the form `{name}` of this plural{_said_of(numbers)}"
            problems.append(ExpressionError("missing-plural-form", message, start, width, f"add `{name} {{...}}`"))
    return rule, problems


def _said_of(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_FIRST]))
    return f", that of {shown}{' and others' * (len(numbers) > _FIRST)}" if numbers else ""


def check_select(kind: Type, places: Places, start: int, width: int) -> list[ExpressionError]:
    """What is wrong with the texts that are chosen by a word: each needs one, and each but `other` is for one."""
    words, problems = _words(known(kind)), []
    for name, place in places.items():
        if words and name not in (*words, OTHER):
            help_text = suggest(name, words)
            message = f"`{name}` is none of the words of this `select`"
            problems.append(ExpressionError("bad-placeholder", message, place, len(name), help_text))
    lacking = [word for word in words if word not in places]
    if OTHER not in places and (lacking or not words or isinstance(kind, Maybe)):
        whose = listed(lacking) if lacking else "what is absent" if words else "other words"
        message = f"this `select` has no text for {whose}"
        problems.append(ExpressionError("bad-placeholder", message, start, width, "add `other {...}`"))
    return problems


def _words(kind: Type) -> tuple[str, ...]:
    """The words that a value may be, where they are known."""
    if isinstance(kind, Boolean):
        return ("true", "false")
    return kind.words if isinstance(kind, Word) else ()
