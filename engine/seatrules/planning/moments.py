"""Walks through time, from one day on which an answer may change to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from ..change.due import properties
from ..change.effects import effects_of
from ..change.events import Happened, next_event
from ..decision.values import Details, Verdict
from ..errors import RequestError
from ..generated.ready import CompiledEvaluator
from ..language.days import OutOfRangeError, add_days
from ..language.interpret import Interpreter
from ..program import ActionType, Clause, Program
from .consequence import Consequence, consequence_of
from .deciding import Deciding
from .moving import MovingComparison, MovingDay, MovingInterpreter
from .passing import next_version, wait

NO_DETAILS = Details()
MOST_DAYS = 1000
"""On how many days an answer is worked out at most."""


@dataclass(frozen=True, slots=True)
class VerdictOrError:
    """The verdict with its codes, and what else is said of it; or an error with its message."""

    decision: Verdict | Literal["error"]
    codes: tuple[str, ...]
    details: Details = NO_DETAILS
    error: str | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that do not hold."""
        return tuple(reason.rule for reason in self.details.reasons)

    @property
    def verdict(self) -> tuple[Verdict | Literal["error"], tuple[str, ...]]:
        return self.decision, self.codes


@dataclass(frozen=True, slots=True)
class Moment:
    """A day with its state and the answer on it, which holds to the `last` day; `happened` led to the state.

    `comes_to` is the consequence of an allowed action: of an action on each of several, that of each.
    """

    day: str
    last: str
    state: Mapping[str, Any]
    program: Program
    answer: VerdictOrError
    happened: tuple[Happened, ...] = ()
    comes_to: tuple[Consequence, ...] = ()

    @property
    def said(self) -> AnswerKey:
        """What has to be another for a new stretch to begin."""
        return said(self.answer, self.comes_to)


AnswerKey = tuple[Any, ...]


def said(answer: VerdictOrError, comes_to: tuple[Consequence, ...]) -> AnswerKey:
    """The verdict with its codes, and what an allowed action comes to."""
    return (*answer.verdict, comes_to if answer.decision == "allow" else ())


def said_of(
    engine: Deciding, action: Mapping[str, Any], state: Mapping[str, Any], version: str | None
) -> tuple[VerdictOrError, AnswerKey]:
    """What is said of an action on a state, and what of that has to be another for a new stretch to begin."""
    answer = answer_of(engine, action, state, version)
    return answer, said(answer, _watched(engine.compiled(state, version), action, state)[1])


def answer_of(
    engine: Deciding, action: Mapping[str, Any], state: Mapping[str, Any], version: str | None
) -> VerdictOrError:
    """What is said of an action on a state, as far as it matters here."""
    try:
        decision = engine.decide(action, state, version=version)
        return VerdictOrError(decision.decision, decision.codes, decision.details)
    except RequestError as error:
        return VerdictOrError("error", (error.code,), error=error.message)


def moments(
    engine: Deciding, action: Mapping[str, Any], state: Mapping[str, Any], until: str, version: str | None
) -> Iterator[Moment]:
    """The days on which the answer may change, up to `until`; at most `MOST_DAYS` of them."""
    current, happened = dict(state), list[Happened]()
    brings: tuple[str, ...] | None = None
    for _ in range(MOST_DAYS):
        program = engine.program_for(current, version)
        answer = answer_of(engine, action, current, version)
        if brings is None:
            brings = () if current["as_of"] == until else days_of_change(engine, current, until, version)
        turns, comes_to = _watched(engine.compiled(current, version), action, current)
        next_day = _next_change(program, action, current, until, (*brings, *turns))
        last = until if next_day is None else add_days(next_day, -1)
        yield Moment(current["as_of"], last, current, program, answer, tuple(happened), comes_to)
        if next_day is None:
            return
        if all(day > next_day for day in brings):  # until then nothing happens, and what happens then is the same
            current, happened = {**current, "as_of": next_day}, []
            continue
        brings = None
        try:
            passed = wait(engine, current, next_day, version)
        except RequestError as error:
            yield Moment(next_day, until, current, program, VerdictOrError("error", (error.code,), error=error.message))
            return
        current, happened = passed.state, [each for _, each in passed.events]


def _next_change(
    program: Program, action: Mapping[str, Any], state: Mapping[str, Any], until: str, others: Iterable[str]
) -> str | None:
    """The first day after the state's, up to `until`, on which the answer may be another, of `others` too."""
    today, action_type = state["as_of"], program.actions[action["type"]]
    days = [*others, *(day for rule in action_type.rules for day in rule.days)]
    if action_type.time_to is not None and action[action_type.time_to] < until:
        days.append(add_days(action[action_type.time_to], 1))
    return min((day for day in days if today < day <= until), default=None)


def _watched(
    compiled: CompiledEvaluator, action: Mapping[str, Any], state: Mapping[str, Any]
) -> tuple[list[str], tuple[Consequence, ...]]:
    """The first day on which something turns that the answer depends on, if there is one; and what it comes to."""
    program, comes_to = compiled.program, list[Consequence]()
    action_type = program.actions[action["type"]]
    turns = set[int]() if action_type.each is None or not _leaves_the_day(program, action_type) else {1}
    with suppress(OutOfRangeError, RequestError):
        for single in compiled.action(action_type.name).singles(action, state):
            watching, consequence = _watch_answer(program, *single)
            turns |= watching.turns
            comes_to.append(consequence)
    days = list[str]()
    for step in sorted(step for step in turns if step > 0)[:1]:
        with suppress(OutOfRangeError):
            days.append(add_days(state["as_of"], step))
    return days, tuple(comes_to)


def days_of_change(engine: Deciding, state: Mapping[str, Any], until: str, version: str | None) -> tuple[str, ...]:
    """The days on which something happens next, and on which another version comes into force, if there are such."""
    event = _event_day(engine.program_for(state, version), state, until)
    border = next_version(engine, state["as_of"], version)
    return tuple(day for day in (event, border) if day is not None)


def _event_day(program: Program, state: Mapping[str, Any], until: str) -> str | None:
    """The day on which something happens next, tomorrow at the earliest."""
    tomorrow = add_days(state["as_of"], 1)
    try:
        event = next_event(program, Interpreter({}, state, program.facts), until)
    except OutOfRangeError:
        return tomorrow  # passing time until then reports the error
    return None if event is None else max(event.day, tomorrow)


def _leaves_the_day(program: Program, action_type: ActionType) -> bool:
    """Whether what an action leaves may depend on the day, of which those after it would say nothing."""
    written = [expr for clause in action_type.consequences for expr in clause.expressions]
    return "as_of" in properties(written, program.facts)


def _watch_answer(
    program: Program, action_type: ActionType, action: Mapping[str, Any], state: Mapping[str, Any]
) -> tuple[MovingInterpreter, Consequence]:
    """Compute all that the answer depends on while the day moves; and what the action comes to, where it is allowed."""
    watching = _watch_from_today(program, action, state)
    watching.computed = {}  # a fact turns as often as it is computed
    asked = [rule for rule in action_type.rules if rule.denies and rule.in_force(state["as_of"])]
    # What is denied has no consequences: they may read what the rules make sure of.
    comes_to: Consequence = ()
    if [_holds(rule, watching) for rule in asked].count(True) == len(asked):
        with suppress(OutOfRangeError, RequestError):
            effects_of(action_type.consequences, watching, lambda _: None)
        with suppress(OutOfRangeError):
            comes_to = consequence_of(program, action_type, watching)
    return watching, comes_to


def turned_comparisons(
    program: Program, rule: Clause, action: Mapping[str, Any], state: Mapping[str, Any], day: str
) -> list[MovingComparison]:
    """The comparisons of a rule that come out differently on another day, as they come out then."""
    before, after = (
        _comparisons(rule, _watch_from_today(program, action, each)) for each in (state, {**state, "as_of": day})
    )
    return [
        comparison for place, comparison in after.items() if place in before and before[place].holds != comparison.holds
    ]


def _comparisons(rule: Clause, watching: MovingInterpreter) -> dict[tuple[Any, int], MovingComparison]:
    """The comparisons that a rule makes, by their text and entries, and how often these came before."""
    _holds(rule, watching)
    times: Counter[Any] = Counter()
    by_place = {}
    for comparison in watching.comparisons:
        place = comparison.expression, repr(comparison.entries)
        by_place[place, times[place]] = comparison
        times[place] += 1
    return by_place


def _watch_from_today(program: Program, action: Mapping[str, Any], state: Mapping[str, Any]) -> MovingInterpreter:
    return MovingInterpreter(action, {**state, "as_of": MovingDay(state["as_of"], 1)}, program.facts)


def _holds(rule: Clause, watching: MovingInterpreter) -> bool:
    """Whether a rule does not apply or is met, computed as deciding does it; not where that leads to no day."""
    with suppress(OutOfRangeError):
        return watching.value(rule.asked, {}) is True
    return False
