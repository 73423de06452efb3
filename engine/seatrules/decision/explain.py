"""Lays out a decision for a person: verdict first, then why, then what changes and what is billed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..diagnostics import echo, printable
from ..words import Words, words
from .audience import SUPPORT, Audience, sees_others, sees_places

if TYPE_CHECKING:
    from ..change.effects import Effect
    from ..language.explained import Operand
    from .explanation import Condition, Explanation, Outcome, Reason
    from .values import Decision


def verdict_word(decision: str, language: str) -> str:
    """The word for a verdict."""
    return words("decision", language)[decision]


def decision_text(
    decision: Decision,
    language: str,
    *,
    audience: Audience = SUPPORT,
    verdict: Callable[[str, str], str] | None = None,
) -> str:
    """The decision in words, in one of the policy's languages; our own in English where we lack the language.

    Args:
        audience: who reads it.
        verdict: how the verdict is printed, from `allow`, `deny` or `undetermined` and the word for it.
    """
    labels = words("decision", language)
    word = labels[decision.decision]
    word = verdict(decision.decision, word) if verdict else word
    heading = f"{word}  ({decision.policy.name} {decision.policy.version}, {decision.as_of})"
    if sees_others(audience):
        return "\n".join([heading, *_lines(decision, language, labels, audience)])
    return "\n".join([heading, *_public_lines(decision.as_dict(language, audience=audience), labels)])


def _public_lines(answer: Mapping[str, Any], labels: Words) -> Iterator[str]:
    if answer["decision"] == "undetermined":
        yield labels["undecided"]
    for line in [*([answer["outcome"]] if answer["outcome"] else []), *answer["reasons"]]:
        yield _line_text(line)
    for warning in answer["warnings"]:
        yield f"{labels['warning']}: {_line_text(warning)}"
    for notice in answer["notices"]:
        yield f"{labels['notice'].format(day=notice['from'])}: {_line_text(notice)}"


def _line_text(line: Mapping[str, str]) -> str:
    return f"{line['code']}: {printable(line['message'])}"


def _lines(decision: Decision, language: str, labels: Words, audience: Audience) -> Iterator[str]:
    if decision.outcome:
        yield from _outcome(decision.outcome, language, audience)
    for reason in decision.reasons:
        yield ""
        yield from _reason(reason, language, labels, audience)
    for warning in decision.warnings:
        yield ""
        yield from _reason(warning, language, labels, audience, mark=f"{labels['warning']}: ")
    for notice in decision.notices:
        yield ""
        yield f"{labels['notice'].format(day=notice.since)}: {notice.code}: {printable(notice.message(language))}"
    if decision.allowed:
        yield from _consequences(decision, language, labels)
    if decision.missing:
        yield ""
        yield f"{labels['missing']}:"
        for missing in decision.missing:
            yield f"  {printable(str(missing.as_dict()['path']))}  ({', '.join(missing.rules)})"


def _outcome(outcome: Outcome, language: str, audience: Audience) -> Iterator[str]:
    yield f"{outcome.code}: {printable(outcome.message(language))}"
    yield from _source(outcome, audience)


def _reason(reason: Reason, language: str, labels: Words, audience: Audience, mark: str = "") -> Iterator[str]:
    yield f"{mark}{reason.code}: {printable(reason.message(language))}"
    for condition in reason.conditions:
        yield from condition_lines(condition, labels, "  ")
    yield from _source(reason, audience)


def condition_lines(condition: Condition | Operand, labels: Words, indent: str) -> Iterator[str]:
    """A condition with the values seen, below it its operands or entries in their place."""
    holds = labels["unknown" if condition.holds is None else str(condition.holds).lower()]
    yield f"{indent}{printable(condition.expression)}  -> {holds}"
    indent += "  "
    if condition.operands:
        for operand in condition.operands:
            yield from condition_lines(operand, labels, indent)
        return
    yield from (f"{indent}{fact}" for fact in _facts(condition.facts))
    for entry in condition.entries or ():
        yield f"{indent}{': '.join([value_text(entry.key), *filter(None, [', '.join(_facts(entry.facts))])])}"
    if condition.more:
        yield f"{indent}{labels['more'].format(count=condition.more)}"


def _facts(facts: Mapping[str, Any]) -> Iterator[str]:
    return (f"{printable(name)} = {value_text(value)}" for name, value in facts.items())


def _source(explanation: Explanation, audience: Audience) -> Iterator[str]:
    yield f"  {explanation.at}  {explanation.rule}" if sees_places(audience) else f"  {explanation.rule}"
    for cited in explanation.cites:
        yield f"  {cited.id} “{printable(cited.quote)}”"


def _consequences(decision: Decision, language: str, labels: Words) -> Iterator[str]:
    if decision.effects:
        yield ""
        yield f"{labels['changes']}:"
        for effect in decision.effects:
            yield f"  {effect_text(effect)}"
    yield ""
    for bill in bills(decision):
        yield f"{labels['billing']}: {bill_text(bill, decision.policy.billing_words, language)}"


def bills(decision: Decision) -> list[Mapping[str, Any]]:
    """What an answer bills, one mapping each; nothing where it is not known."""
    if decision.billing is None:
        return []
    return list(decision.billing) if isinstance(decision.billing, list) else [decision.billing]


def effect_text(effect: Effect) -> str:
    """One change on one line."""
    shown: dict[str, Any] = effect.as_dict()
    return f"{printable(effect.path)}: {value_text(shown['from'])} -> {value_text(shown['to'])}"


def bill_text(bill: Mapping[str, Any], billing_words: Mapping[str, Mapping[str, str]], language: str) -> str:
    """What is billed, in the policy's words; what it has no words for is printed as it is."""
    phrases = {word: printable(texts[language]) for word, texts in billing_words.items()}
    amounts = [f"{phrases.get(key, key)} {value_text(value)}" for key, value in bill.items() if key != "change"]
    return ", ".join([phrases.get(bill["change"], bill["change"]), *amounts])


def value_text(value: Any) -> str:
    """A value on one line, as JSON; texts that need no quotes go without."""
    if isinstance(value, str):
        return printable(value)
    try:
        return printable(json.dumps(value, ensure_ascii=False))
    except ValueError:  # Python writes no number of thousands of digits
        return echo(value)
