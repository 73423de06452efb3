"""Lays out how a denied action can come to be allowed, or why it can't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..compiler import Program
from ..decision.explain import bill_text
from ..diagnostics import printable
from ..planning.remedies import Remedies, Remedy, RemedyStep, Unmendable
from .timeline import action_text

_LABELS = {
    "en": {
        "title": "How to get to yes",
        "nothing": "No way to yes was found",
        "why": "What nothing here changes",
        "denied": "{action} might, and is denied: {codes}",
        "searched": "searched: everything of up to {steps} steps that may help",
        "cut": "searched up to here: {decisions} decisions; there may be other ways, of {steps} steps or more",
    },
    "nl": {
        "title": "Hoe het wel kan",
        "nothing": "Er is geen weg gevonden",
        "why": "Wat hier niets aan verandert",
        "denied": "{action} zou kunnen helpen, en wordt geweigerd: {codes}",
        "searched": "doorzocht: alles tot en met {steps} stappen wat kan helpen",
        "cut": "tot hier gezocht: {decisions} beslissingen; er kunnen andere wegen zijn, van {steps} stappen of meer",
    },
}


def remedies_text(found: Remedies, program: Program, language: str) -> str:
    """The remedies in words, cheapest first; labels are in English where we lack the language."""
    return "\n".join(_lines(found, program, language, _LABELS.get(language, _LABELS["en"])))


def _lines(found: Remedies, program: Program, language: str, label: Mapping[str, str]) -> Iterator[str]:
    if found.allowed:
        return
    yield ""
    yield f"{label['title' if found.remedies else 'nothing']}:"
    for number, remedy in enumerate(found.remedies, 1):
        yield from _remedy(number, remedy, program, language)
    if found.unmendable:
        yield f"{label['why']}:"
        for rule in found.unmendable:
            yield from _unmendable(rule, language, label)
    if not found.complete:
        yield "  " + label["cut"].format(decisions=found.asked, steps=found.searched + 1)
    elif not found.remedies and not found.unmendable:
        yield "  " + label["searched"].format(steps=found.searched)


def _remedy(number: int, remedy: Remedy, program: Program, language: str) -> Iterator[str]:
    cost = f" ({printable(remedy.costs[remedy.cost][language])})" if remedy.cost else ""
    for index, step in enumerate(remedy.steps):
        mark = f"  {number}. " if index == 0 else "     "
        yield f"{mark}{step.step.date}  {action_text(step.step.action)}{cost if index == 0 else ''}"
        yield from _billed(step, program, language)


def _billed(step: RemedyStep, program: Program, language: str) -> Iterator[str]:
    decision = step.step.decision
    assert decision is not None
    bills = decision.billing if isinstance(decision.billing, list) else [decision.billing or {}]
    for bill in bills:
        if bill.get("change", program.billing_changes[0]) != program.billing_changes[0]:
            yield f"       {bill_text(bill, decision.policy.billing_words, language)}"


def _unmendable(rule: Unmendable, language: str, label: Mapping[str, str]) -> Iterator[str]:
    yield f"  {rule.code}" + (f": {printable(rule.why[language])}" if rule.why else "")
    for action, codes in rule.actions.items():
        yield "    " + label["denied"].format(action=action, codes=", ".join(codes))
