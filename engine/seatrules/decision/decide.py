"""Decides one proposed action: every requirement is asked, always; each that fails is a reason."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..change.effects import Effect, effects_of
from ..change.events import Happened, run_events
from ..compiler import ActionProgram, Clause, Program
from ..compiler.generate import read_by
from ..diagnostics import RequestError, RequestProblem
from ..language.functions import OutOfRangeError
from ..language.interpret import UNKNOWN, Interpreter, Path
from .request import action_problems, out_of_range, state_problems
from .said import Said, billed, texts
from .values import Answer, Condition, Decision, Missing, Notice, Outcome, PolicyVersion, Reason, Texts

Judge = Callable[[ActionProgram, Interpreter], list[Clause]]
"""Says which requirements of an action fail, in the order of the policy."""


def decide(
    program: Program, policy: PolicyVersion, action: Any, state: Any, *, incomplete: bool, judge: Judge | None = None
) -> Decision:
    """The decision on `action`, proposed on `state`, by the reference; neither is changed or kept.

    A `judge` says in the place of the reference which requirements fail.

    Raises:
        RequestError: the action or the state is not well formed.
    """
    problems = list(action_problems(action, program, state))
    head = program.actions[action["type"]] if not problems else None
    reads = None if head is None else read_by(program, head)
    problems += state_problems(state, program, reads, action, partial=incomplete)
    if problems or head is None:
        raise RequestError(problems)
    if head.time_to is not None and action[head.time_to] < state["as_of"]:
        message = f"{action[head.time_to]} is before `as_of`, {state['as_of']}"
        raise RequestError([RequestProblem("date_before_as_of", message, f"/action/{head.time_to}")])
    case = Case(program, policy, head, copy.deepcopy(action), copy.deepcopy(state), incomplete)
    try:
        verdict, answer = case.answer() if judge is None else case.judged(judge(head, case.interpreter))
    except OutOfRangeError as error:
        raise out_of_range(error) from None
    missing = tuple(Missing(path, tuple(rules)) for path, rules in case.missed.items()) if incomplete else None
    codes = tuple(reason.code for reason in answer.reasons)
    return Decision(verdict, codes, policy, state["as_of"], lambda: answer, missing)


@dataclass
class Case:
    """One request, while the interpreter decides and explains it."""

    program: Program
    policy: PolicyVersion
    head: ActionProgram
    action: dict[str, Any]
    state: dict[str, Any]
    partial: bool

    def __post_init__(self) -> None:
        computed: dict[tuple[Any, ...], Any] | None = None if self.partial else {}
        self.interpreter = Interpreter(self.state, self.action, self.program.facts, computed=computed)
        self.missed: dict[Path, list[str]] = {}

    def answer(self) -> tuple[str, Answer]:
        """The verdict and everything that is said of it."""
        denials, is_open = [], False
        for rule in self.head.rules:
            if rule.severity == "denial" and rule.in_force(self.state["as_of"]):
                holds = self._holds(rule, note=True)
                if holds is False:
                    denials.append(rule)
                is_open = is_open or holds is UNKNOWN
        if denials:
            return "deny", self.denied(denials)
        return ("undetermined", self.denied([])) if is_open else ("allow", self.allowed())

    def judged(self, denials: list[Clause]) -> tuple[str, Answer]:
        """The verdict where these rules deny, and everything that is said of it."""
        return ("deny", self.denied(denials)) if denials else ("allow", self.allowed())

    def denied(self, denials: list[Clause]) -> Answer:
        """What is said of an action that these rules deny, or of which too little is known."""
        return self._answer(denials, notices=self._notices())

    def allowed(self) -> Answer:
        """What is said of an action that nothing denies."""
        warnings = [
            rule
            for rule in self.head.rules
            if rule.severity == "warning"
            and rule.in_force(self.state["as_of"])
            and self._holds(rule, note=True) is False
        ]
        return self._allowed(warnings, self._notices())

    def _notices(self) -> list[Notice]:
        day = self.state["as_of"]
        return [
            self._notice(rule)
            for rule in self.head.rules
            if rule.effective_from is not None and day < rule.effective_from and self._holds(rule, note=False) is False
        ]

    def _holds(self, rule: Clause, *, note: bool) -> Any:
        """Whether the rule's requirements hold, or it does not apply."""
        self.interpreter.missing.clear()
        applies = True if rule.when is None else self.interpreter.value(rule.when, {})
        if applies is False:
            return True
        found = [self.interpreter.value(item, {}) for item in rule.require]
        holds: Any = UNKNOWN if UNKNOWN in found else True
        if any(value is False for value in found):
            holds = False
        if applies is UNKNOWN and holds is False:
            holds = UNKNOWN
        if holds is UNKNOWN and note:
            self._note_missing(rule.id)
        return holds

    def _note_missing(self, rule: str) -> None:
        for path in self.interpreter.missing:
            rules = self.missed.setdefault(path, [])
            if rule not in rules:
                rules.append(rule)
        self.interpreter.missing.clear()

    def _allowed(self, warnings: list[Clause], notices: list[Notice]) -> Answer:
        self.interpreter.missing.clear()
        effects = effects_of(self.head.consequences, self.interpreter, self._note_missing)
        outcome = self._first_outcome()
        happened: list[Happened] = []
        if self.head.time_to is not None:
            happened, _ = run_events(self.program, self.interpreter, self.action[self.head.time_to])
            effects += [each._replace(turn=turn) for turn, event in enumerate(happened, 1) for each in event.effects]
            if self.state["as_of"] != self.action[self.head.time_to]:
                effects.append(Effect(("as_of",), self.state["as_of"], self.action[self.head.time_to], self.head.name))
            if self.interpreter.missing:
                self._note_missing(self.head.name)
                outcome = None
        answer = self._answer([], warnings, notices, outcome, happened, effects)
        if outcome is not None:
            self._note_missing(outcome.id)
        return answer

    def _first_outcome(self) -> Clause | None:
        """The first outcome whose `when` holds, or nothing when that can't be told."""
        for outcome in self.head.outcomes:
            applies = True if outcome.when is None else self.interpreter.value(outcome.when, {})
            if applies is UNKNOWN:
                self._note_missing(outcome.id)
                return None
            if applies:
                return outcome
        return None

    def _answer(
        self,
        denials: Iterable[Clause],
        warnings: Iterable[Clause] = (),
        notices: Iterable[Notice] = (),
        outcome: Clause | None = None,
        happened: Iterable[Happened] = (),
        effects: Iterable[Effect] = (),
    ) -> Answer:
        billing: Any = None if self.missed else self.program.nothing_billed
        named = None
        if outcome is not None:
            billed = [self._billing(e.clause, e.interpreter, e.local) for e in happened if e.clause.billing]
            billing = billed[0] if len(billed) == 1 else billed or self._billing(outcome, self.interpreter, {})
            coded = next((event for event in happened if event.clause.code), None)
            named = (
                self._outcome(coded.clause, coded.interpreter, coded.local)
                if coded
                else self._outcome(outcome, self.interpreter, {})
            )
        return Answer(
            reasons=tuple(self._reason(rule) for rule in denials),
            outcome=named,
            warnings=tuple(self._reason(rule) for rule in warnings),
            notices=tuple(notices),
            billing=billing,
            effects=tuple(effects),
        )

    def _billing(self, clause: Clause, interpreter: Interpreter, local: Mapping[str, Any]) -> dict[str, Any]:
        return billed(clause, interpreter, local) or self.program.nothing_billed

    def _reason(self, rule: Clause) -> Reason:
        conditions = []
        for item in rule.require:
            holds, facts = self.interpreter.traced(item, {})
            conditions.append(Condition(item.text, None if holds is UNKNOWN else holds, facts))
        return Said(rule, self.program).reason(tuple(conditions), self._texts(rule, self.interpreter, {}))

    def _outcome(self, clause: Clause, interpreter: Interpreter, local: Mapping[str, Any]) -> Outcome:
        return Said(clause, self.program).outcome(self._texts(clause, interpreter, local))

    def _notice(self, rule: Clause) -> Notice:
        return Said(rule, self.program).notice(self._texts(rule, self.interpreter, {}))

    def _texts(self, clause: Clause, interpreter: Interpreter, local: Mapping[str, Any]) -> Texts:
        return texts(clause, self.program, interpreter, local)
