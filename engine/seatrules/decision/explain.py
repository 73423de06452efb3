"""Lays out a decision for a person: verdict first, then why, then what changes and what is billed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..diagnostics import printable
from ..words import Words, words
from .audience import SUPPORT, public_answer, sees_others, sees_places

if TYPE_CHECKING:
    from ..change.effects import Effect
    from .explanation import Condition, Explanation, Outcome, Reason
    from .values import Decision


def verdict_word(decision: str, language: str) -> str:
    """The word for a verdict."""
    return words("decision", language)[decision]


def decision_text(
    decision: Decision,
    language: str,
    *,
    audience: str = SUPPORT,
    verdict: Callable[[str, str], str] | None = None,
) -> str:
    """The decision in words, in one of the policy's languages; our own in English where we lack the language.

    Args:
        audience: who reads it.
        verdict: how the verdict is printed, from `allow`, `deny` or `undetermined` and the word for it.
    """
    label = words("decision", language)
    word = label[decision.decision]
    word = verdict(decision.decision, word) if verdict else word
    head = f"{word}  ({decision.policy.name} {decision.policy.version}, {decision.as_of})"
    if sees_others(audience):
        return "\n".join([head, *_lines(decision, language, label, audience)])
    return "\n".join([head, *_public_lines(public_answer(decision, language), label)])


def _public_lines(told: Mapping[str, Any], label: Words) -> Iterator[str]:
    if told["decision"] == "undetermined":
        yield label["undecided"]
    for said in [*([told["outcome"]] if told["outcome"] else []), *told["reasons"]]:
        yield _said(said)
    for warning in told["warnings"]:
        yield f"{label['warning']}: {_said(warning)}"
    for notice in told["notices"]:
        yield f"{label['notice'].format(day=notice['from'])}: {_said(notice)}"


def _said(line: Mapping[str, str]) -> str:
    return f"{line['code']}: {printable(line['message'])}"


def _lines(decision: Decision, language: str, label: Words, audience: str) -> Iterator[str]:
    if decision.outcome:
        yield from _outcome(decision.outcome, language, audience)
    for reason in decision.reasons:
        yield ""
        yield from _reason(reason, language, label, audience)
    for warning in decision.warnings:
        yield ""
        yield from _reason(warning, language, label, audience, mark=f"{label['warning']}: ")
    for notice in decision.notices:
        yield ""
        yield f"{label['notice'].format(day=notice.since)}: {notice.code}: {printable(notice.message(language))}"
    if decision.allowed:
        yield from _consequences(decision, language, label)
    if decision.missing:
        yield ""
        yield f"{label['missing']}:"
        for missing in decision.missing:
            yield f"  {printable(str(missing.as_dict()['path']))}  ({', '.join(missing.rules)})"


def _outcome(outcome: Outcome, language: str, audience: str) -> Iterator[str]:
    yield f"{outcome.code}: {printable(outcome.message(language))}"
    yield from _source(outcome, audience)


def _reason(reason: Reason, language: str, label: Words, audience: str, mark: str = "") -> Iterator[str]:
    yield f"{mark}{reason.code}: {printable(reason.message(language))}"
    for condition in reason.conditions:
        yield from _condition(condition, label)
    yield from _source(reason, audience)


def _condition(condition: Condition, label: Words) -> Iterator[str]:
    holds = label["unknown" if condition.holds is None else str(condition.holds).lower()]
    yield f"  {printable(condition.expression)}  -> {holds}"
    for name, value in condition.facts.items():
        yield f"    {printable(name)} = {value_text(value)}"


def _source(said: Explanation, audience: str) -> Iterator[str]:
    yield f"  {said.at}  {said.rule}" if sees_places(audience) else f"  {said.rule}"
    for cited in said.cites:
        yield f"  {cited.id} “{printable(cited.quote)}”"


def _consequences(decision: Decision, language: str, label: Words) -> Iterator[str]:
    if decision.effects:
        yield ""
        yield f"{label['changes']}:"
        for effect in decision.effects:
            yield f"  {effect_text(effect)}"
    yield ""
    for bill in bills(decision):
        yield f"{label['billing']}: {bill_text(bill, decision.policy.billing_words, language)}"


def bills(decision: Decision) -> list[Mapping[str, Any]]:
    """What an answer bills, one mapping each; nothing where it can't be told."""
    if decision.billing is None:
        return []
    return list(decision.billing) if isinstance(decision.billing, list) else [decision.billing]


def effect_text(effect: Effect) -> str:
    """One change on one line."""
    shown: dict[str, Any] = effect.as_dict()
    return f"{printable(effect.path)}: {value_text(shown['from'])} -> {value_text(shown['to'])}"


def bill_text(bill: Mapping[str, Any], billing_words: Mapping[str, Mapping[str, str]], language: str) -> str:
    """What is billed, in the policy's words; what it has no words for stands as it is."""
    said = {word: printable(texts[language]) for word, texts in billing_words.items()}
    rest = [f"{said.get(key, key)} {value_text(value)}" for key, value in bill.items() if key != "change"]
    return ", ".join([said.get(bill["change"], bill["change"]), *rest])


def value_text(value: Any) -> str:
    """A value on one line, as JSON; texts that need no quotes go without."""
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
