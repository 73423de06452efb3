"""Lays out how a denied action can come to be allowed, or why it can't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..decision.audience import SUPPORT
from ..decision.explain import bill_text
from ..diagnostics import printable
from ..planning.remedy_values import Remedies
from ..program import Program
from ..words import Words, words
from .timeline import action_text

Told = Mapping[str, Any]


def remedies_text(found: Remedies, program: Program, language: str, audience: str = SUPPORT) -> str:
    """The remedies in words, cheapest first, as the audience may see them; labels are in English where need be."""
    told = found.as_dict(language, audience=audience)
    return "\n".join(_lines(told, program, language, words("remedies", language)))


def _lines(told: Told, program: Program, language: str, label: Words) -> Iterator[str]:
    if told["allowed"]:
        return
    yield ""
    yield label["title" if told["remedies"] else "nothing"]
    for number, remedy in enumerate(told["remedies"], 1):
        yield from _remedy(number, remedy, program, language, label)
    if told["unmendable"]:
        yield f"{label['why']}:"
        for rule in told["unmendable"]:
            yield from _unmendable(rule, label)
    searched = told["searched"]
    if not searched["complete"]:
        yield "  " + label["cut"].format(decisions=searched["decisions"], steps=searched["steps"] + 1)
    elif not told["remedies"] and not told["unmendable"]:
        yield "  " + label["searched"].format(steps=searched["steps"])


def _remedy(number: int, remedy: Told, program: Program, language: str, label: Words) -> Iterator[str]:
    cost = f" ({printable(program.costs[remedy['cost']][language])})" if remedy["cost"] else ""
    for index, step in enumerate(remedy["steps"]):
        mark = f"  {number}. " if index == 0 else "     "
        did = f"{step['date']}  {action_text(step['action'])}" if "action" in step else label["another"]
        yield f"{mark}{did}{cost if index == 0 else ''}"
        for need in step.get("needs", ()):
            yield f"       {need['code']}: {printable(need['message'])}"
        yield from _billed(step.get("billing"), program, language)


def _billed(billing: Any, program: Program, language: str) -> Iterator[str]:
    for bill in billing if isinstance(billing, list) else [billing or {}]:
        if len(bill) > 1:
            yield f"       {bill_text(bill, program.policy.billing_words, language)}"


def _unmendable(rule: Told, label: Words) -> Iterator[str]:
    yield f"  {rule['code']}" + (f": {printable(rule['why'])}" if rule["why"] else "")
    for action, codes in rule.get("actions", {}).items():
        yield "    " + label["denied"].format(action=action, codes=", ".join(codes))
