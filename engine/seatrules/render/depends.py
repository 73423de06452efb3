"""Lays out what the source leaves open and an answer depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..decision.explain import bill_text, value_text, verdict_word
from ..decision.values import public_bills
from ..diagnostics import printable
from ..errors import Audience, sees_others
from ..planning.depends import DependsOn, Otherwise
from ..program import PolicyVersion
from ..words import words


def depends_text(dependencies: Iterable[DependsOn], policy: PolicyVersion, language: str, audience: Audience) -> str:
    """A line for each other choice, with what is answered then, and below it why it is open; nothing where none is."""
    if audience == "customer":
        return " ".join(each.prose.text(language) for each in dependencies)
    lines = [line for each in dependencies for line in _lines(each, policy, language, audience)]
    return "\n".join(["", *lines]) if lines else ""


def _lines(depends: DependsOn, policy: PolicyVersion, language: str, audience: Audience) -> Iterator[str]:
    label = words("decision", language)["depends"]
    chosen, choice = value_text(depends.chosen), value_text(depends.choice)
    otherwise = _otherwise(depends.otherwise, policy, language, audience)
    yield label.format(setting=depends.setting, chosen=chosen, choice=choice, otherwise=otherwise)
    yield f"  {printable(depends.why[language])}"


def _otherwise(otherwise: Otherwise, policy: PolicyVersion, language: str, audience: Audience) -> str:
    codes = (*otherwise.codes, *([otherwise.outcome] if otherwise.outcome else []))
    seen = otherwise.billing if sees_others(audience) else public_bills(otherwise.billing)
    bills = (bill_text(bill, policy.bill_words, language) for bill in seen if len(bill) > 1)
    return "  ".join([verdict_word(otherwise.decision, language), ", ".join(codes), *bills]).rstrip()
