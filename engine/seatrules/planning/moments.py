"""Walks through time, from one day on which an answer may change to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..change.effects import effects_of
from ..change.events import Happened, next_event
from ..diagnostics import RequestError
from ..language.days import OutOfRangeError, add_days
from ..language.interpret import Interpreter
from ..program import ActionType, Clause, Program
from .deciding import Deciding
from .moving import MovingDay, Seen, Watching
from .passing import next_version, pass_time

MOST_DAYS = 1000
"""On how many days an answer is worked out at most."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict with its codes, and the rules that do not hold; or an error with its message."""

    decision: str
    codes: tuple[str, ...]
    rules: tuple[str, ...] = ()
    error: str | None = None

    @property
    def said(self) -> tuple[str, tuple[str, ...]]:
        return self.decision, self.codes


@dataclass(frozen=True, slots=True)
class Moment:
    """A day with its state and the answer on it, which holds to the `last` day; `happened` led to the state."""

    day: str
    last: str
    state: Mapping[str, Any]
    program: Program
    answer: Answer
    happened: tuple[Happened, ...] = ()


def answer_of(engine: Deciding, action: Mapping[str, Any], state: Mapping[str, Any], program: Program) -> Answer:
    """What a version says of an action on a state, as far as it matters here."""
    try:
        decision = engine.decide(action, state, version=program.version)
        return Answer(decision.decision, decision.codes, tuple(reason.rule for reason in decision.reasons))
    except RequestError as error:
        return Answer("error", (error.code,), error=error.message)


def moments(
    engine: Deciding, action: Mapping[str, Any], state: Mapping[str, Any], until: str, version: str | None
) -> Iterator[Moment]:
    """The days on which the answer may change, up to `until`; at most `MOST_DAYS` of them."""
    now, happened = dict(state), list[Happened]()
    for _ in range(MOST_DAYS):
        program = engine.program_for(now, version)
        answer = answer_of(engine, action, now, program)
        coming = _coming_day(program, action, now, until, next_version(engine, now["as_of"], version))
        last = until if coming is None else add_days(coming, -1)
        yield Moment(now["as_of"], last, now, program, answer, tuple(happened))
        if coming is None:
            return
        try:
            passed, now = pass_time(engine, now, coming, version)
        except RequestError as error:
            yield Moment(coming, until, now, program, Answer("error", (error.code,), error=error.message))
            return
        happened = [each for _, each in passed]


def _coming_day(
    program: Program, action: Mapping[str, Any], state: Mapping[str, Any], until: str, border: str | None
) -> str | None:
    """The first day after the state's, up to `until`, on which the answer may be another."""
    action_type, today = program.actions[action["type"]], state["as_of"]
    if today == until:
        return None
    days = [border, *(day for rule in action_type.rules for day in (rule.effective_from, rule.effective_until))]
    if action_type.time_to is not None and action[action_type.time_to] < until:
        days.append(add_days(action[action_type.time_to], 1))
    for step in sorted(step for step in _watched(program, action_type, action, state).turns if step > 0)[:1]:
        with suppress(OutOfRangeError):
            days.append(add_days(today, step))
    days.append(_event_day(program, state, until))
    later = [day for day in days if day is not None and today < day <= until]
    return min(later, default=None)


def _event_day(program: Program, state: Mapping[str, Any], until: str) -> str | None:
    """The day on which something happens next, tomorrow at the earliest."""
    tomorrow = add_days(state["as_of"], 1)
    try:
        event = next_event(program, Interpreter(state, {}, program.facts), until)
    except OutOfRangeError:
        return tomorrow  # where passing time says what is wrong
    return None if event is None else max(event.day, tomorrow)


def _watched(
    program: Program, action_type: ActionType, action: Mapping[str, Any], state: Mapping[str, Any]
) -> Watching:
    """All that the answer hangs on, computed on a day that moves."""
    watching = _watching(program, action, state)
    for rule in action_type.rules:
        if rule.denies and rule.in_force(state["as_of"]):
            _ask(rule, watching)
    with suppress(OutOfRangeError, RequestError):
        effects_of(action_type.consequences, watching, lambda _: None)
    return watching


def turned(program: Program, rule: Clause, action: Mapping[str, Any], state: Mapping[str, Any], day: str) -> list[Seen]:
    """The comparisons of a rule that come out differently on another day, as they come out then."""
    before, after = (_seen(rule, _watching(program, action, each)) for each in (state, {**state, "as_of": day}))
    return [seen for place, seen in after.items() if place in before and before[place].holds != seen.holds]


def _seen(rule: Clause, watching: Watching) -> dict[tuple[str, int], Seen]:
    """The comparisons that a rule makes, each by its words and how often they came before."""
    _ask(rule, watching)
    times: Counter[str] = Counter()
    found = {}
    for seen in watching.seen:
        found[seen.expression, times[seen.expression]] = seen
        times[seen.expression] += 1
    return found


def _watching(program: Program, action: Mapping[str, Any], state: Mapping[str, Any]) -> Watching:
    return Watching({**state, "as_of": MovingDay(state["as_of"], 1)}, action, program.facts)


def _ask(rule: Clause, watching: Watching) -> None:
    """Compute a rule as deciding does: what it requires, where it applies."""
    with suppress(OutOfRangeError):
        watching.value(rule.asked, {})
