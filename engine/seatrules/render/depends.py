"""Lays out what the source leaves open and an answer depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..decision.explain import bill_text, value_text, verdict_word
from ..diagnostics import printable
from ..planning.depends import DependsOn, Otherwise
from ..program import PolicyVersion
from ..words import words


def depends_text(found: Iterable[DependsOn], policy: PolicyVersion, language: str) -> str:
    """A line for each other choice, with what is answered then, and below it why it is open; nothing where none is."""
    lines = [line for each in found for line in _lines(each, policy, language)]
    return "\n".join(["", *lines]) if lines else ""


def _lines(depends: DependsOn, policy: PolicyVersion, language: str) -> Iterator[str]:
    label = words("decision", language)["depends"]
    chosen, choice = value_text(depends.chosen), value_text(depends.choice)
    otherwise = _otherwise(depends.otherwise, policy, language)
    yield label.format(setting=depends.setting, chosen=chosen, choice=choice, otherwise=otherwise)
    yield f"  {printable(depends.why)}"


def _otherwise(otherwise: Otherwise, policy: PolicyVersion, language: str) -> str:
    codes = (*otherwise.codes, *([otherwise.outcome] if otherwise.outcome else []))
    bills = (bill_text(bill, policy.bill_words, language) for bill in otherwise.billing if len(bill) > 1)
    return "  ".join([verdict_word(otherwise.decision, language), ", ".join(codes), *bills]).rstrip()
