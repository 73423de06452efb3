"""Watches cases being decided: the reference, which also counts what comes of each part that is watched for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from ...decision.decide import MakeInterpreter, ReferenceEvaluator, decide
from ...decision.explanation import Explanation
from ...decision.incomplete import Given
from ...decision.invariants import CheckedState, explained_invariants, is_beside
from ...decision.values import Decision
from ...engine import Engine
from ...language import tree as t
from ...language.interpret import UNKNOWN, Interpreter, Item
from ...language.text import Message
from ...language.types import Record
from ...planning.timeline import Timeline
from ...program import Clause, Program

Tally = Counter[str]
"""How often something was reached, by what came of it: `true`, `false` and so on."""


class Dated(NamedTuple):
    """What is counted of a day that the policy writes: whether the other day is on the left of it."""

    day_is_left: bool
    tally: Tally


class ActionCount(NamedTuple):
    """What is counted of an action: how often it was decided, and its day beside those that its rules have."""

    tally: Tally
    days: list[tuple[str, Tally]]


@dataclass
class Sights:
    """What is counted, by the parts themselves of programs that are kept: expressions, rows of tables, texts."""

    values: dict[int, list[Tally]] = field(default_factory=dict)
    days: dict[int, list[Dated]] = field(default_factory=dict)
    cells: dict[tuple[int, str], Tally] = field(default_factory=dict)
    texts: dict[int, list[Tally]] = field(default_factory=dict)
    actions: dict[tuple[str, int], ActionCount] = field(default_factory=dict)
    programs: list[Program] = field(default_factory=list)
    """They are kept, so that no other part comes to stand where one of theirs did."""


_CAME_OUT: Mapping[Any, str] = {id(True): "true", id(False): "false", id(UNKNOWN): "unknown"}


def beside(day: str, date: str) -> str:
    """On which side of a date a day lies."""
    return "same" if day == date else "before" if day < date else "after"


class CountingInterpreter(Interpreter):
    """Computes as the reference does, and counts what is watched for."""

    def __init__(self, *given: Any, sights: Sights, **named: Any) -> None:
        super().__init__(*given, **named)
        self.sights = sights

    def value(self, expr: t.Expr, local: Mapping[str, Any]) -> Any:
        value = super().value(expr, local)
        for tally in self.sights.values.get(id(expr), ()):
            tally[_CAME_OUT.get(id(value), "value")] += 1
        return value

    def compared(self, expr: t.Compare, left: Any, right: Any) -> bool:
        for day_is_left, tally in self.sights.days.get(id(expr), ()):
            tally[beside(left, right) if day_is_left else beside(right, left)] += 1
        return super().compared(expr, left, right)

    def read_property(self, owner: Item, name: str, kind: Record) -> Any:
        tally = self.sights.cells.get((id(owner.value), name))
        if tally is not None:
            tally["value"] += 1
        return super().read_property(owner, name, kind)

    def said(self, message: Message, local: Mapping[str, Any], language: str) -> str:
        for tally in self.sights.texts.get(id(message), ()):
            tally["value"] += 1
        return super().said(message, local, language)

    def on(self, state: Mapping[str, Any]) -> Interpreter:
        return CountingInterpreter(**vars(super().on(state)), sights=self.sights)

    def explaining(self, loops: Iterable[str]) -> Interpreter:
        return self.but(missing={}, traced_loops=frozenset(loops), sights=Sights())


class CountingEvaluator(ReferenceEvaluator):
    """The evaluator that counts: the reference's own decision, each text of which is said in every language."""

    def __init__(self, sights: Sights, program: Program) -> None:
        super().__init__(program)
        self._sights = sights
        self._make_interpreter: MakeInterpreter = partial(CountingInterpreter, sights=sights)

    def decide(self, action: Any, state: Any, **how: Any) -> Decision:
        decision = decide(self.program, action, state, make_interpreter=self._make_interpreter, **how)
        asked = self._sights.actions[action["type"], id(self.program)]
        asked.tally["value"] += 1
        for date, tally in asked.days:
            tally[beside(state["as_of"], date)] += 1
        outcome = () if decision.outcome is None else (decision.outcome,)
        _say((*decision.reasons, *decision.warnings, *decision.notices, *outcome), self.program.languages)
        return decision


def _say(explanations: Iterable[Explanation], languages: Sequence[str]) -> None:
    for explanation in explanations:
        for language in languages:
            explanation.message(language)


class CountingIn:
    """Makes evaluators that count in the same `sights`."""

    def __init__(self, sights: Sights) -> None:
        self.sights = sights

    def __call__(self, program: Program) -> CountingEvaluator:
        return CountingEvaluator(self.sights, program)


class WatchedEngine(Engine):
    """An engine that counts what its invariants and its events come to, too."""

    @property
    def make_interpreter(self) -> MakeInterpreter:
        assert isinstance(self.evaluator, CountingIn)
        return partial(CountingInterpreter, sights=self.evaluator.sights)

    def validate(
        self, state: Mapping[str, Any], *, version: str | None = None, invariants: bool = True, **how: Any
    ) -> CheckedState:
        if invariants:
            super().validate(state, version=version, invariants=False, **how)
            program = self.program_for(state, version)
            self._ask(program, program.state_invariants, state, **how)
        return super().validate(state, version=version, invariants=invariants, **how)

    def beside(
        self,
        checked: CheckedState,
        codes: Collection[str],
        state: Mapping[str, Any],
        *,
        version: str | None = None,
        **how: Any,
    ) -> CheckedState:
        if codes and checked.invariants:
            program = self.program_for(state, version)
            self._ask(program, [each for each in program.asides if is_beside(each, codes)], state, **how)
        return super().beside(checked, codes, state, version=version, **how)

    def broken_invariants(
        self, state: Mapping[str, Any], old: Mapping[str, Any] | None = None, *, version: str | None = None
    ) -> Any:
        program = self.program_for(state, version)
        self._ask(program, program.state_invariants if old is None else program.invariants, state, old)
        return super().broken_invariants(state, old, version=version)

    def _ask(
        self,
        program: Program,
        clauses: Sequence[Clause],
        state: Mapping[str, Any],
        old: Mapping[str, Any] | None = None,
        *,
        partial: bool = False,
        incomplete: Sequence[str] = (),
    ) -> None:
        """Have it counted what some invariants come to."""
        given = Given.of(partial, incomplete, program)
        asked = given.marked(state, program) if given.partial else state
        explained_invariants(
            clauses, program, asked, old, partial=given.partial, make_interpreter=self.make_interpreter
        )

    def simulate(self, *given: Any, **more: Any) -> Timeline:
        timeline = super().simulate(*given, **more)
        events = [event.outcome for step in timeline.steps for event in step.events if event.outcome is not None]
        _say(events, self.languages)
        return timeline


def watched_engine(programs: Mapping[str, Program], sights: Sights) -> WatchedEngine:
    """The engine of some versions that counts what is watched for in them."""
    engine = WatchedEngine.of(programs, CountingIn(sights))
    assert isinstance(engine, WatchedEngine)
    return engine
