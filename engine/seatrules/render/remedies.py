"""Lays out how a denied action can come to be allowed, or why it can't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..decision.explain import bill_text
from ..diagnostics import printable
from ..errors import SUPPORT, Audience
from ..planning.remedy_values import Remedies
from ..program import Program
from ..words import Words, words
from .timeline import action_text

PlainData = Mapping[str, Any]


def remedies_text(remedies: Remedies, program: Program, language: str, audience: Audience = SUPPORT) -> str:
    """The remedies in words, cheapest first, as the audience may see them; labels are in English where need be."""
    answer = remedies.as_dict(language, audience=audience)
    return "\n".join(_lines(answer, program, language, words("remedies", language)))


def _lines(answer: PlainData, program: Program, language: str, labels: Words) -> Iterator[str]:
    if answer["allowed"]:
        return
    yield ""
    yield labels["title" if answer["remedies"] else "nothing"]
    for number, remedy in enumerate(answer["remedies"], 1):
        yield from _remedy(number, remedy, program, language, labels)
    if answer["unmendable"]:
        yield f"{labels['why']}:"
        for rule in answer["unmendable"]:
            yield from _unmendable(rule, labels)
    searched = answer["searched"]
    if not searched["complete"]:
        label = "cut" if "decisions" in searched else "cut_short"
        yield "  " + labels[label].format(decisions=searched.get("decisions"), steps=searched["steps"] + 1)
    elif not answer["remedies"] and not answer["unmendable"]:
        yield "  " + labels["searched"].format(steps=searched["steps"])


def _remedy(number: int, remedy: PlainData, program: Program, language: str, labels: Words) -> Iterator[str]:
    cost = f" ({printable(program.costs[remedy['cost']][language])})" if remedy["cost"] else ""
    for index, step in enumerate(remedy["steps"]):
        mark = f"  {number}. " if index == 0 else "     "
        did = f"{step['date']}  {action_text(step['action'])}" if "action" in step else labels["another"]
        yield f"{mark}{did}{cost if index == 0 else ''}"
        for need in step.get("needs", ()):
            yield f"       {need['code']}: {printable(need['message'])}"
        yield from _billed(step.get("billing"), program, language)


def _billed(billing: Any, program: Program, language: str) -> Iterator[str]:
    for bill in billing if isinstance(billing, list) else [billing or {}]:
        if len(bill) > 1:
            yield f"       {bill_text(bill, program.policy.billing_words, language)}"


def _unmendable(rule: PlainData, labels: Words) -> Iterator[str]:
    yield f"  {rule['code']}" + (f": {printable(rule['why'])}" if rule["why"] else "")
    for action, codes in rule.get("actions", {}).items():
        yield "    " + labels["denied"].format(action=action, codes=", ".join(codes))
