"""Lays out how a denied action can come to be allowed, or why it can't."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ..decision.explain import bill_text
from ..diagnostics import printable
from ..errors import SUPPORT, Audience
from ..planning.remedy_values import Remedies, so_many_steps
from ..program import Program
from ..words import Words, words
from .timeline import action_text

PlainData = Mapping[str, Any]
_SHOWN = 5
"""How many are named of those among whom some are chosen."""


def remedies_text(remedies: Remedies, program: Program, language: str, audience: Audience = SUPPORT) -> str:
    """The remedies in words, cheapest first, as the audience may see them; labels are in English where need be."""
    if audience == "customer":
        return remedies.prose.text(language)
    answer = remedies.as_dict(language, audience=audience)
    return "\n".join(_lines(answer, program, language, words("remedies", language)))


def _lines(answer: PlainData, program: Program, language: str, labels: Words) -> Iterator[str]:
    if answer["allowed"]:
        return
    yield ""
    yield answer.get("headline", labels["title"])
    if part := answer.get("partly"):
        counts = {name: part[name] for name in ("possible", "asked")}
        yield "  " + labels["partly"].format(**counts, action=action_text(part["action"]))
    for number, remedy in enumerate(answer["remedies"], 1):
        yield from _remedy(number, remedy, program, language, labels)
    for rule in answer["unmendable"]:
        yield f"  {rule['code']}: {printable(rule['why'])}"
    searched = answer["searched"]
    if not searched["complete"]:
        label = "cut" if "decisions" in searched else "cut_short"
        yield "  " + labels[label].format(
            decisions=searched.get("decisions"), steps=so_many_steps(searched["steps"] + 1, labels)
        )
    elif not answer["remedies"] and not answer["unmendable"]:
        yield "  " + labels["searched"].format(steps=so_many_steps(searched["steps"], labels))


def _remedy(number: int, remedy: PlainData, program: Program, language: str, labels: Words) -> Iterator[str]:
    cost = f" ({printable(program.costs[remedy['cost']][language])})" if remedy["cost"] else ""
    for index, step in enumerate(remedy["steps"]):
        mark = f"  {number}. " if index == 0 else "     "
        did = f"{step['date']}  {action_text(step['action'])}" if "action" in step else labels["another"]
        yield f"{mark}{did}{cost if index == 0 else ''}"
        if step["purpose"] == "closes":
            yield f"       {labels['closes']}"
        if choose := step.get("choose"):
            yield f"       {_chosen(choose, language, labels)}"
        for need in step.get("needs", ()):
            yield f"       {need['code']}: {printable(need['message'])}"
        yield from _billed(step.get("billing"), program, language)


def _chosen(choose: PlainData, language: str, labels: Words) -> str:
    """How many are chosen, and among whom; of many, the first ones."""
    among = choose["from"]
    joined = words("lists", language)
    shown = ", ".join(printable(each) for each in among[:_SHOWN])
    names = shown if len(among) <= _SHOWN else joined["more"].format(some=shown, count=len(among) - _SHOWN)
    return f"{choose['argument']}: " + labels["choose"].format(count=choose["count"], total=len(among), names=names)


def _billed(billing: Any, program: Program, language: str) -> Iterator[str]:
    """What is billed, each line once, with how often."""
    bills = [bill for bill in (billing if isinstance(billing, list) else [billing or {}]) if len(bill) > 1]
    lines = Counter(bill_text(bill, program.policy.bill_words, language) for bill in bills)
    for line, count in lines.items():
        yield f"       {f'{count} x ' if count > 1 else ''}{line}"
