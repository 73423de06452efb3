"""Lays out a decision for a person: verdict first, then why, then what changes and what is billed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from ..diagnostics import echo, printable
from ..errors import SUPPORT, Audience, sees_others, sees_places
from ..language.partial import NotKnown
from ..program.program import BillWords
from ..words import Words, words

if TYPE_CHECKING:
    from ..change.effects import Effect
    from ..change.passing import InForce
    from ..language.explained import Operand
    from .explanation import Citation, Condition, EntryRead, Explanation, Outcome, Reason
    from .invariants import BrokenInvariant, CheckedState
    from .values import Decision


class Paragraph(NamedTuple):
    """Lines that belong together, and those on their source below them; `apart` from what is above by an empty line."""

    said: Sequence[str]
    source: Sequence[str] = ()
    apart: bool = True

    @property
    def lines(self) -> list[str]:
        return [*([""] if self.apart else []), *self.said, *self.source]


def verdict_word(decision: str, language: str) -> str:
    """The word for a verdict."""
    return words("decision", language)[decision]


def decision_text(
    decision: Decision,
    language: str,
    *,
    audience: Audience = SUPPORT,
    verdict: Callable[[str, str], str] | None = None,
    checked: CheckedState | None = None,
) -> str:
    """The decision in words, in one of the policy's languages; our own in English where we lack the language.

    Args:
        audience: who reads it.
        verdict: how the verdict is printed, from `allow`, `deny` or `undetermined` and the word for it.
        checked: what there is to say of the state.
    """
    if audience == "customer":
        return decision.prose.text(language)
    word = verdict_word(decision.decision, language)
    word = verdict(decision.decision, word) if verdict else word
    parts = decision_parts(decision, language, audience, checked)
    return "\n".join(
        [f"{word}  ({decision.policy.title}, {decision.as_of})", *(line for each in parts for line in each.lines)]
    )


def decision_parts(
    decision: Decision, language: str, audience: Audience = SUPPORT, checked: CheckedState | None = None
) -> Iterator[Paragraph]:
    """What `decision_text` says below the verdict."""
    if sees_others(audience):
        yield from _parts(decision, language, words("decision", language), audience)
        if noted := [*note_lines(decision, language)]:
            yield Paragraph(noted)
    elif lines := [*public_lines(decision, language, audience)]:
        yield Paragraph(lines, apart=False)
    if checked is not None:
        yield from _checked(checked, language, audience)


def note_lines(decision: Decision, language: str) -> Iterator[str]:
    """What the policy does not know of the action's words, each on one line."""
    for note in decision.notes:
        yield f"{words('decision', language)['note']}: {printable(note.message(language))}"


def checked_lines(checked: CheckedState, language: str, audience: Audience = SUPPORT) -> Iterator[str]:
    """What there is to say of the state, after an empty line: the warnings that it breaks, or that none was asked."""
    return (line for part in _checked(checked, language, audience) for line in part.lines)


def _checked(checked: CheckedState, language: str, audience: Audience) -> Iterator[Paragraph]:
    labels = words("decision", language)
    for number, broken in enumerate(checked.warnings if sees_others(audience) else ()):
        source = [*source_lines(broken, language, labels, audience)]
        yield Paragraph([state_warning(broken, language)], source, apart=number == 0)
    if not checked.invariants:
        yield Paragraph([labels["unchecked"]])


def state_warning(broken: BrokenInvariant, language: str) -> str:
    """A warning of the state on one line."""
    return f"{words('decision', language)['state_warning']}: {printable(broken.message(language))}"


def public_lines(decision: Decision, language: str, audience: Audience) -> Iterator[str]:
    """What those are told of a decision who see no others: codes with their lines, and what is billed."""
    labels, answer = words("decision", language), decision.as_dict(language, audience=audience)
    if answer["decision"] == "undetermined":
        yield labels["undecided"]
    if answer["outcome"]:
        yield _line_text(answer["outcome"])
    for reason in answer["reasons"]:
        yield _line_text(reason)
        if "about" in reason:
            yield f"  {labels[reason['about']]}"
    for warning in answer["warnings"]:
        yield f"{labels['warning']}: {_line_text(warning)}"
    for notice in answer["notices"]:
        yield f"{labels['notice'].format(day=notice['from'])}: {_line_text(notice)}"
    for bill in answer["billing"]:
        yield f"{labels['billing']}: {bill_text(bill, bill_words(decision), language)}"


def _line_text(line: Mapping[str, str]) -> str:
    return f"{line['code']}: {printable(line['message'])}"


def _parts(decision: Decision, language: str, labels: Words, audience: Audience) -> Iterator[Paragraph]:
    if decision.outcome:
        yield _outcome(decision.outcome, language, labels, audience)
    for reason in decision.reasons:
        yield _reason(reason, language, labels, audience)
    for warning in decision.warnings:
        yield _reason(warning, language, labels, audience, mark=f"{labels['warning']}: ")
    for notice in decision.notices:
        yield Paragraph([f"{labels['notice'].format(day=notice.since)}: {headline(notice, language)}"])
    if decision.allowed:
        yield from _consequences(decision, language, labels)
    if decision.missing:
        missing = (
            f"  {printable(str(each.as_dict()['path']))}  ({', '.join(each.rules)})" for each in decision.missing
        )
        yield Paragraph([f"{labels['missing_of_changes' if decision.allowed else 'missing']}:", *missing])


def headline(explanation: Explanation, language: str) -> str:
    """The code and the message on one line, with the entry that they are about, if one is."""
    entry, code = explanation.one, explanation.code
    named = code if entry is None else f"{code} ({printable(entry.argument)} {value_text(entry.value)})"
    return f"{named}: {printable(explanation.message(language))}"


def _outcome(outcome: Outcome, language: str, labels: Words, audience: Audience) -> Paragraph:
    entries = outcome.entries or (outcome,)
    rules = {entry.rule: entry for entry in entries}.values()
    sources = [line for entry in rules for line in source_lines(entry, language, labels, audience)]
    return Paragraph([headline(entry, language) for entry in entries], sources, apart=False)


def _reason(reason: Reason, language: str, labels: Words, audience: Audience, mark: str = "") -> Paragraph:
    about = [f"  {labels[reason.about]}"] if reason.about else []
    conditions = [line for each in reason.conditions for line in condition_lines(each, labels, "  ", audience=audience)]
    source = [*source_lines(reason, language, labels, audience)]
    return Paragraph([f"{mark}{headline(reason, language)}", *about, *conditions], source)


def condition_lines(
    condition: Condition | Operand,
    labels: Words,
    indent: str,
    *,
    audience: Audience = SUPPORT,
    dated: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[str]:
    """A condition with the values seen, below it its operands or entries in their place.

    `dated` says of values which entry of a dated table said them, if that is known already: it is for operands.
    """
    dated = dated or {each.read: _entry_text(each, labels, audience) for each in getattr(condition, "dated", ())}
    holds = labels["unknown" if condition.holds is None else str(condition.holds).lower()]
    yield f"{indent}{printable(condition.expression)}  -> {holds}"
    indent += "  "
    if condition.operands:
        for operand in condition.operands:
            yield from condition_lines(operand, labels, indent, dated=dated)
        return
    yield from (f"{indent}{fact}" for fact in _facts(condition.facts, labels, dated))
    for entry in condition.entries or ():
        seen = ", ".join(_facts(entry.facts, labels, dated))
        yield f"{indent}{': '.join([value_text(entry.key), *filter(None, [seen])])}"
    if condition.more:
        yield f"{indent}{labels['more'].format(count=condition.more)}"


def _facts(facts: Mapping[str, Any], labels: Words, dated: Mapping[str, str]) -> Iterator[str]:
    return (f"{printable(name)} = {_text(value, labels)}{dated.get(name, '')}" for name, value in facts.items())


def _entry_text(entry: EntryRead, labels: Words, audience: Audience) -> str:
    """Which entry of a dated table said a value, and to whom sees places also where."""
    which = labels["first_entry"] if entry.since is None else labels["entry_from"].format(day=entry.since)
    return f"  ({which}, {entry.at})" if sees_places(audience) else f"  ({which})"


def source_lines(
    explanation: Explanation | BrokenInvariant, language: str, labels: Words, audience: Audience
) -> Iterator[str]:
    """Where a clause stands, and what it cites, with the source's own words."""
    yield f"  {explanation.at}  {explanation.rule}" if sees_places(audience) else f"  {explanation.rule}"
    for cited in explanation.cites:
        first, *others = _statement(cited, language, labels)
        yield f"  {cited.id} {first}"
        yield from (f"      {line}" for line in others)


def _statement(cited: Citation, language: str, labels: Words) -> Iterator[str]:
    """What is cited: what it means, then the source's own words, marked as such; or what we say of it; and where."""
    if cited.quote is None:
        yield labels["says"].format(text=printable(cited.said(language) or ""))
    else:
        quote = f"“{printable(cited.quote)}”"
        if (meaning := cited.explained(language)) is not None:
            yield printable(meaning)
        foreign = cited.language is not None and cited.language != language
        yield labels["own_words"].format(language=cited.language, quote=quote) if foreign else quote
    if cited.source:
        seen = labels["seen"].format(day=cited.source["seen"]) if "seen" in cited.source else None
        yield ", ".join(map(printable, filter(None, (cited.source["title"], cited.source.get("url"), seen))))


def _consequences(decision: Decision, language: str, labels: Words) -> Iterator[Paragraph]:
    if decision.versions:
        yield Paragraph([*version_lines(decision.versions, language)])
    if decision.effects:
        yield Paragraph([f"{labels['changes']}:", *(f"  {effect_text(effect)}" for effect in decision.effects)])
    if decision.billing:
        bills = (bill_text(bill, bill_words(decision), language) for bill in decision.billing)
        yield Paragraph([f"{labels['billing']}: {bill}" for bill in bills])


def version_lines(versions: Iterable[InForce], language: str) -> Iterator[str]:
    """Of each version that came into force, its first day and its name."""
    return (f"{day}  {what}" for day, what in version_days(versions, language))


def version_days(versions: Iterable[InForce], language: str) -> Iterator[tuple[str, str]]:
    """The same in two parts: the day, and what is said of it."""
    label = words("planning", language)["version"]
    return ((each.since, label.format(id=each.policy.title)) for each in versions)


def bill_words(decision: Decision) -> BillWords:
    """What the versions that a decision is of call their bills; the one that decided comes first."""
    all_words = BillWords({}, {})
    for policy in (*(each.policy for each in reversed(decision.versions)), decision.policy):
        all_words = BillWords(
            {**all_words.words, **policy.billing_words}, {**all_words.amounts, **policy.billing_amounts}
        )
    return all_words


def effect_text(effect: Effect) -> str:
    """One change on one line."""
    shown: dict[str, Any] = effect.as_dict()
    return f"{printable(effect.path)}: {value_text(shown['from'])} -> {value_text(shown['to'])}"


def bill_text(bill: Mapping[str, Any], own: BillWords, language: str) -> str:
    """What is billed, in the policy's words, else in ours; what nobody has words for is printed as it is.

    What is absent is left out.
    """
    own_words = {word: printable(texts[language]) for word, texts in own.words.items() if language in texts}
    phrases = {**words("bills", language), **own_words}
    labels = words("decision", language)
    said = [
        own.amount(key, value, language) or f"{phrases.get(key, key)} {_text(value, labels)}"
        for key, value in bill.items()
        if key != "change" and value is not None
    ]
    return ", ".join([phrases.get(bill["change"], bill["change"]), *said])


def _text(value: Any, labels: Words) -> str:
    """A value on one line, which says what would tell it where it is not known."""
    return printable(value.text(labels["not_known"])) if isinstance(value, NotKnown) else value_text(value)


def value_text(value: Any) -> str:
    """A value on one line, as JSON; texts that need no quotes go without."""
    if isinstance(value, str):
        return printable(value)
    try:
        return printable(json.dumps(value, ensure_ascii=False))
    except ValueError:  # Python writes no number of thousands of digits
        return echo(value)
