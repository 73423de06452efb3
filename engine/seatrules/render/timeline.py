"""Lays out a timeline for a person: each date, what happened by itself, each step with what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, starmap
from typing import Any, NamedTuple

from ..change.effects import Effect
from ..change.passing import InForce
from ..decision.explain import (
    bill_text,
    bill_words,
    checked_lines,
    condition_lines,
    effect_text,
    headline,
    note_lines,
    public_lines,
    state_warning,
    value_text,
    verdict_word,
    version_days,
    version_lines,
)
from ..decision.invariants import BrokenInvariant
from ..decision.values import Decision
from ..diagnostics import printable
from ..errors import SUPPORT, Audience, sees_others, sees_places
from ..planning.timeline import Event, Step, Timeline
from ..program.program import BillWords
from ..words import words
from .wide import Wide

VerdictStyle = Callable[[str, str], str]


class Dated(NamedTuple):
    """What happened on a day: what is said in its line, and in the lines below it."""

    day: str
    what: str
    below: Sequence[str] = ()

    @property
    def lines(self) -> list[str]:
        return [f"{self.day}  {self.what}", *(f"  {line}" for line in self.below)]


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
    parts = _parts(timeline, language, verdict, audience) if sees_others(audience) else _public(timeline, language)
    return "\n".join(_in_lines(parts) if wide is None else _in_a_table(parts, wide))


def _in_lines(parts: Iterable[str | Dated]) -> Iterator[str]:
    for part in parts:
        yield from part.lines if isinstance(part, Dated) else (part,)


def _in_a_table(parts: Iterable[str | Dated], wide: Wide) -> Iterator[str]:
    """Days as rows: the day, what is said in its line, and what is said below it."""
    for _, run in groupby(parts, lambda part: isinstance(part, Dated)):
        together = [*run]
        rows = [[[each.day, each.what, "\n".join(each.below)]] for each in together if isinstance(each, Dated)]
        yield from wide.table(rows) if rows else _in_lines(together)


def _parts(timeline: Timeline, language: str, verdict: VerdictStyle, audience: Audience) -> Iterator[str | Dated]:
    yield timeline.start.title
    for step in timeline.steps:
        yield from passed(step.events, step.versions, language)
        below = [*_came_of(step, language, verdict, audience)]
        yield Dated(step.date, f"{step.number}. {action_text(step.action) if step.action else ''}".rstrip(), below)
    yield from checked_lines(timeline.checked, language, audience)
    yield _end(timeline, language)


def _came_of(step: Step, language: str, verdict: VerdictStyle, audience: Audience) -> Iterator[str]:
    """What came of a step."""
    if step.decision is not None:
        yield from _decision(step.decision, language, verdict, told=not (step.waited and step.events))
    for broken in step.broken:
        yield from _broken(broken, language, audience)
    for warning in step.state_warnings:
        yield state_warning(warning, language)


def _public(timeline: Timeline, language: str) -> Iterator[str | Dated]:
    """What a user is told: the codes of what happened, and of each step the verdict with its codes."""
    yield timeline.start.title
    for step in timeline.steps:
        for event in step.as_public_dict(language)["events"]:
            yield Dated(event["date"], f"{event['code']}: {printable(event['message'])}")
        if step.decision is not None:
            word = verdict_word(step.decision.decision, language)
            yield Dated(step.date, f"{step.number}. {word}", [*public_lines(step.decision, language, "user")])
    yield _end(timeline, language)


def passed(
    events: Iterable[Event], versions: Iterable[InForce], language: str, *, effects: bool = True
) -> Iterator[Dated]:
    """What happens by itself, and before the events of a later version that it comes into force."""
    to_come = list(versions)
    for event in events:
        for number, version in enumerate(to_come, 1):
            if version.policy == event.policy:
                yield from starmap(Dated, version_days(to_come[:number], language))
                del to_come[:number]
                break
        yield _happened(event, language, effects=effects)
    yield from starmap(Dated, version_days(to_come, language))


def action_text(action: Mapping[str, Any]) -> str:
    """An action on one line: its type and its arguments."""
    arguments = ", ".join(f"{printable(key)} {value_text(value)}" for key, value in action.items() if key != "type")
    return f"{printable(str(action['type']))}: {arguments}" if arguments else printable(str(action["type"]))


def _happened(event: Event, language: str, *, effects: bool) -> Dated:
    """What happened on its day, what it changed and what it billed."""
    what = headline(event.outcome, language) if event.outcome else event.rule
    changes = _changes(event.effects) if effects else ()
    bills = (_billing(bill, event.policy.bill_words, language) for bill in event.billing)
    return Dated(event.date, what, [*changes, *bills])


def _decision(decision: Decision, language: str, verdict: VerdictStyle, *, told: bool) -> Iterator[str]:
    """What came of a step; its outcome only where it is to be `told`: not after a wait in which something happened."""
    word = verdict(decision.decision, verdict_word(decision.decision, language))
    outcomes = (decision.outcome.entries or (decision.outcome,)) if decision.outcome else ()
    if not told:
        outcomes = ()
        yield word
    for explanation in (*decision.reasons, *outcomes):
        yield f"{word}  {headline(explanation, language)}"
    for warning in decision.warnings:
        yield f"{words('decision', language)['warning']}: {headline(warning, language)}"
    yield from note_lines(decision, language)
    if decision.allowed:
        yield from (f"  {line}" for line in version_lines(decision.versions, language))
        yield from _changes(decision.effects)
        for bill in decision.billing:
            yield _billing(bill, bill_words(decision), language)


def _changes(effects: Iterable[Effect]) -> Iterator[str]:
    yield from (f"  {effect_text(effect)}" for effect in effects)


def _billing(bill: Mapping[str, Any], own: BillWords, language: str) -> str:
    return f"  {words('decision', language)['billing']}: {bill_text(bill, own, language)}"


def _broken(broken: BrokenInvariant, language: str, audience: Audience) -> Iterator[str]:
    yield f"{words('timeline', language)['broken']}  {broken.rule}: {printable(broken.message(language))}"
    for condition in broken.conditions:
        yield from condition_lines(condition, words("decision", language), "  ", audience=audience)
    if sees_places(audience):
        yield f"  {broken.at}"


def _end(timeline: Timeline, language: str) -> str:
    decided = [step.decision for step in timeline.steps if step.decision is not None]
    allowed = sum(decision.allowed for decision in decided)
    return words("timeline", language)["end"].format(
        day=timeline.state["as_of"], allowed=allowed, denied=len(decided) - allowed, left=timeline.left
    )
