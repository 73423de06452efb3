"""Lays out when an action is possible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..decision.explain import bill_text, checked_lines, headline, value_text, verdict_word
from ..decision.values import public_bills
from ..diagnostics import printable
from ..errors import SUPPORT, Audience, sees_others
from ..planning.causes import Cause
from ..planning.when import Stretch, Stretches
from ..program import Program
from ..words import Words, words
from .timeline import VerdictStyle
from .wide import Block, Wide


def plain(decision: str, word: str) -> str:
    """A word for a verdict as it is."""
    return word


def stretches_text(
    stretches: Stretches,
    program: Program,
    language: str,
    audience: Audience = SUPPORT,
    verdict: VerdictStyle = plain,
    wide: Wide | None = None,
) -> str:
    """A line for each stretch of time with its verdict and codes, and below it why it begins.

    With `wide` it is a row of a table, and all of them a time line above it.
    """
    if audience == "customer":
        return stretches.prose.text(language)
    labels, sees_all = words("planning", language), sees_others(audience)
    days = f"{stretches.stretches[0].first} {labels['to']} {stretches.until}"
    title = printable(stretches.title[language])
    lines = [f"{stretches.action['type']}: {title}  ({program.policy.title_of_all}, {days})", ""]
    rows: list[list[str]] = []
    split = _split(stretches.stretches)
    width = max(len(verdict_word(stretch.decision, language)) for stretch in stretches.stretches)
    for stretch in stretches.stretches:
        word = verdict_word(stretch.decision, language)
        padding = " " * (width - len(word)) if stretch.codes else ""
        days = f"{stretch.first} {labels['to']} {stretch.last}"
        codes, shown = ", ".join(stretch.codes), verdict(stretch.decision, word)
        below = [*_consequence(stretch, stretches, language, audience)] if stretch in split else []
        because = [_cause(cause, language, labels) if sees_all else _kind(cause, labels) for cause in stretch.because]
        below += dict.fromkeys(because)
        rows.append([days, shown, codes, "\n".join(below)])
        if wide is None:
            lines.append(f"{days}  {shown}{padding}  {codes}".rstrip())
            lines += [f"  {line}" for line in below]
    if wide is not None:
        lines += wide.time_line([Block(each.decision, each.first, each.last) for each in stretches.stretches])
        lines += wide.table([[row] for row in rows])
    if stretches.last < stretches.until:
        lines += ["", labels["unfinished"].format(last=stretches.last)]
    return "\n".join([*lines, *checked_lines(stretches.checked, language, audience)])


def _split(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Those that differ from the one before or after in their consequence alone."""
    pairs = [pair for pair in pairwise(stretches) if pair[0].decision == pair[1].decision == "allow"]
    return [stretch for pair in pairs for stretch in pair]


def _consequence(stretch: Stretch, stretches: Stretches, language: str, audience: Audience) -> Iterator[str]:
    """What an allowed action is called and bills, asked on the first day of a stretch."""
    if stretch.outcome is not None and sees_others(audience):
        yield headline(stretch.outcome, language)
    elif stretch.outcome is not None:
        yield f"{stretch.outcome.code}: {printable(stretch.outcome.line(language))}"
    bills = stretch.billing if sees_others(audience) else public_bills(stretch.billing)
    label = words("decision", language)["billing"]
    for bill in bills:
        if len(bill) > 1:
            yield f"{label}: {bill_text(bill, stretches.policy.bill_words, language)}"


def _cause(cause: Cause, language: str, labels: Words) -> str:
    facts = cause.facts
    match cause.kind:
        case "rule" | "day":
            return f"{cause.id}: {_kind(cause, labels)}"
        case "comparison":
            values = f"({value_text(facts['left'])}, {value_text(facts['right'])})"
            holds = words("decision", language)[str(facts["holds"]).lower()]
            entry = ", ".join(f"{name} = {value_text(key)}" for name, key in cause.entry.items())
            compared = f"{cause.id}: {printable(facts['expression'])}  -> {holds}  {values}"
            return f"{compared}  {labels['entry'].format(entry=entry)}" if entry else compared
        case "event" | "error":
            return f"{cause.id}: {printable(cause.message(language) or labels['happens'])}"
    return _kind(cause, labels)


def _kind(cause: Cause, labels: Words) -> str:
    """What kind of thing changed: all that everybody may be told of it."""
    match cause.kind:
        case "version":
            return labels["version"].format(id=cause.id)
        case "rule":
            return labels["in_force" if cause.facts["in_force"] else "out_of_force"]
        case "event":
            return labels["event"]
        case "error":
            return cause.id
    return labels["day"]
