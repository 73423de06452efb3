"""Lays out a timeline for a person: each date, what happened by itself, each step with what came of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from ..change.effects import Effect
from ..change.passing import InForce
from ..decision.explain import (
    bill_text,
    bill_words,
    checked_lines,
    condition_lines,
    decision_text,
    effect_text,
    headline,
    note_lines,
    state_warning,
    value_text,
    verdict_word,
    version_lines,
)
from ..decision.invariants import BrokenInvariant
from ..decision.values import Decision
from ..diagnostics import printable
from ..errors import SUPPORT, Audience, sees_others, sees_places
from ..planning.timeline import Event, Timeline
from ..program.program import BillWords
from ..words import words
from .wide import Wide, grouped

_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}  ")
VerdictStyle = Callable[[str, str], str]


def timeline_text(
    timeline: Timeline,
    language: str,
    *,
    audience: Audience = SUPPORT,
    verdict: VerdictStyle = lambda _, word: word,
    wide: Wide | None = None,
) -> str:
    """The timeline in words, in one of the policy's languages; labels are in English where we lack that language.

    Args:
        audience: who reads it.
        verdict: how a verdict is printed, from `allow` or `deny` and the word for it.
        wide: a terminal on which it is a table, with a row for each step and what happens by itself.
    """
    if audience == "customer":
        return timeline.prose.text(language)
    lines = _lines(timeline, language, verdict, audience) if sees_others(audience) else _public(timeline, language)
    return "\n".join(lines if wide is None else _in_a_table(lines, wide))


def _in_a_table(lines: Iterable[str], wide: Wide) -> Iterator[str]:
    """The lines of days as rows: the day, what then stands in its line, and what stands below it."""
    for is_dated, groups in groupby(grouped(lines), lambda group: _DATED.match(group[0]) is not None):
        if is_dated:
            yield from wide.table([[_row(group)] for group in groups])
        else:
            yield from (line for group in groups for line in group)


def _row(group: list[str]) -> list[str]:
    """A day, what stands in its line, and what stands below that."""
    day, _, what = group[0].partition("  ")
    return [day, what, "\n".join(line.removeprefix("  ") for line in group[1:])]


def _lines(timeline: Timeline, language: str, verdict: VerdictStyle, audience: Audience) -> Iterator[str]:
    yield timeline.start.title
    for step in timeline.steps:
        yield from passed_lines(step.events, step.versions, language)
        yield f"{step.date}  {step.number}. {action_text(step.action) if step.action else ''}".rstrip()
        if step.decision is not None:
            yield from _decision(step.decision, language, verdict, told=not (step.waited and step.events))
        for broken in step.broken:
            yield from _broken(broken, language, audience)
        for warning in step.state_warnings:
            yield f"  {state_warning(warning, language)}"
    yield from checked_lines(timeline.checked, language, audience)
    yield _end(timeline, language)


def _public(timeline: Timeline, language: str) -> Iterator[str]:
    """What a user is told: the codes of what happened, and of each step the verdict with its codes."""
    yield timeline.start.title
    for step in timeline.steps:
        for event in step.as_public_dict(language)["events"]:
            yield f"{event['date']}  {event['code']}: {printable(event['message'])}"
        if step.decision is not None:
            first, *rest = decision_text(step.decision, language, audience="user").splitlines()
            yield f"{step.date}  {step.number}. {first.partition('  ')[0]}"
            yield from (f"  {line}" for line in rest)
    yield _end(timeline, language)


def passed_lines(
    events: Iterable[Event], versions: Iterable[InForce], language: str, *, effects: bool = True
) -> Iterator[str]:
    """What happens by itself, and before the events of a later version that it comes into force."""
    to_come = list(versions)
    for event in events:
        for number, version in enumerate(to_come, 1):
            if version.policy == event.policy:
                yield from version_lines(to_come[:number], language)
                del to_come[:number]
                break
        yield from event_lines(event, language, effects=effects)
    yield from version_lines(to_come, language)


def action_text(action: Mapping[str, Any]) -> str:
    """An action on one line: its type and its arguments."""
    arguments = ", ".join(f"{printable(key)} {value_text(value)}" for key, value in action.items() if key != "type")
    return f"{printable(str(action['type']))}: {arguments}" if arguments else printable(str(action["type"]))


def event_lines(event: Event, language: str, *, effects: bool = True) -> Iterator[str]:
    """What happened on its day, what it changed and what it billed."""
    yield f"{event.date}  {headline(event.outcome, language) if event.outcome else event.rule}"
    if effects:
        yield from _changes(event.effects)
    for bill in event.billing:
        yield _billing(bill, event.policy.bill_words, language)


def _decision(decision: Decision, language: str, verdict: VerdictStyle, *, told: bool) -> Iterator[str]:
    """What came of a step; its outcome only where it is to be `told`: not after a wait in which something happened."""
    word = verdict(decision.decision, verdict_word(decision.decision, language))
    outcomes = (decision.outcome.entries or (decision.outcome,)) if decision.outcome else ()
    if not told:
        outcomes = ()
        yield f"  {word}"
    for explanation in (*decision.reasons, *outcomes):
        yield f"  {word}  {headline(explanation, language)}"
    for warning in decision.warnings:
        yield f"  {words('decision', language)['warning']}: {headline(warning, language)}"
    yield from (f"  {line}" for line in note_lines(decision, language))
    if decision.allowed:
        yield from (f"    {line}" for line in version_lines(decision.versions, language))
        yield from _changes(decision.effects)
        for bill in decision.billing:
            yield _billing(bill, bill_words(decision), language)


def _changes(effects: Iterable[Effect]) -> Iterator[str]:
    yield from (f"    {effect_text(effect)}" for effect in effects)


def _billing(bill: Mapping[str, Any], own: BillWords, language: str) -> str:
    return f"    {words('decision', language)['billing']}: {bill_text(bill, own, language)}"


def _broken(broken: BrokenInvariant, language: str, audience: Audience) -> Iterator[str]:
    yield f"  {words('timeline', language)['broken']}  {broken.rule}: {printable(broken.message(language))}"
    for condition in broken.conditions:
        yield from condition_lines(condition, words("decision", language), "    ", audience=audience)
    if sees_places(audience):
        yield f"    {broken.at}"


def _end(timeline: Timeline, language: str) -> str:
    decided = [step.decision for step in timeline.steps if step.decision is not None]
    allowed = sum(decision.allowed for decision in decided)
    return words("timeline", language)["end"].format(
        day=timeline.state["as_of"], allowed=allowed, denied=len(decided) - allowed, left=timeline.left
    )
