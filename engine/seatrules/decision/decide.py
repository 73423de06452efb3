"""Decides one proposed action: every requirement is asked, always; each that fails is a reason."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..change.effects import Effect, effects_of
from ..change.events import Happened, run_events
from ..diagnostics import RequestError, RequestProblem
from ..language.days import OutOfRangeError
from ..language.interpret import UNKNOWN, DataPath, Interpreter
from ..program import ActionType, Clause, Program
from .explanation import Notice, Outcome, Reason, billed, conditions, origin_of, wording
from .request import action_problems, out_of_range, require_plain, state_problems
from .values import Decision, Details, Missing, Verdict

Failing = Callable[[ActionType, Interpreter], list[Clause]]
"""Says which requirements of an action fail, in the order of the policy."""


class Interpreted:
    """The evaluator that is the plain reference: it computes every expression step by step."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def decide(self, action: Any, state: Any, *, partial: bool = False) -> Decision:
        """The decision; neither the action nor the state is changed or kept.

        Raises:
            RequestError: the action or the state is not well formed.
        """
        return decide(self.program, action, state, partial=partial)

    def allows(self, action: Any, state: Any) -> bool:
        return self.decide(action, state).allowed


def decide(
    program: Program, action: Any, state: Any, *, partial: bool = False, failing: Failing | None = None
) -> Decision:
    """The decision on `action`, proposed on `state`, by the reference; neither is changed or kept.

    Args:
        failing: says in the place of the reference which requirements fail.

    Raises:
        RequestError: the action or the state is not well formed.
    """
    require_plain(action=action, state=state)
    try:
        return _decided(program, action, state, partial, failing)
    except RecursionError:
        raise RequestError([RequestProblem("too_deep", "the request is nested too deep", "")]) from None
    except OutOfRangeError as error:
        raise out_of_range(error) from None


def _decided(program: Program, action: Any, state: Any, partial: bool, failing: Failing | None) -> Decision:
    problems = list(action_problems(action, program, state))
    action_type = program.actions[action["type"]] if not problems else None
    reads = None if action_type is None else action_type.reads
    problems += state_problems(state, program, reads, action, partial=partial)
    if problems or action_type is None:
        raise RequestError(problems)
    if action_type.time_to is not None and action[action_type.time_to] < state["as_of"]:
        message = f"{action[action_type.time_to]} is before `as_of`, {state['as_of']}"
        raise RequestError([RequestProblem("date_before_as_of", message, f"/action/{action_type.time_to}")])
    request = Interpretation(program, action_type, copy.deepcopy(action), copy.deepcopy(state), partial)
    verdict, details = request.decided() if failing is None else request.decided_by(failing)
    missing = tuple(Missing(path, tuple(rules)) for path, rules in request.missed.items()) if partial else None
    codes = tuple(reason.code for reason in details.reasons)
    return Decision(verdict, codes, program.policy, state["as_of"], lambda: details, missing)


@dataclass
class Interpretation:
    """One request, while the interpreter decides and explains it."""

    program: Program
    action_type: ActionType
    action: dict[str, Any]
    state: dict[str, Any]
    partial: bool

    def __post_init__(self) -> None:
        computed: dict[tuple[Any, ...], Any] | None = None if self.partial else {}
        self.interpreter = Interpreter(self.state, self.action, self.program.facts, computed=computed)
        self.missed: dict[DataPath, list[str]] = {}

    def decided(self) -> tuple[Verdict, Details]:
        """The verdict and its details."""
        denials, some_unknown = [], False
        for rule in self._in_force():
            if rule.denies:
                holds = self._holds(rule, note=True)
                if holds is False:
                    denials.append(rule)
                some_unknown = some_unknown or holds is UNKNOWN
        if denials:
            return "deny", self.denied(denials)
        return ("undetermined", self.denied([])) if some_unknown else ("allow", self.allowed())

    def decided_by(self, failing: Failing) -> tuple[Verdict, Details]:
        """The verdict where `failing` says which requirements fail, and its details."""
        denials = failing(self.action_type, self.interpreter)
        return ("deny", self.denied(denials)) if denials else ("allow", self.allowed())

    def denied(self, denials: list[Clause]) -> Details:
        """The details of an action that these rules deny, or of which too little is known."""
        return self._details(denials, notices=self._notices())

    def allowed(self) -> Details:
        """The details of an action that nothing denies."""
        warnings = [rule for rule in self._in_force() if not rule.denies and self._holds(rule, note=True) is False]
        return self._allowed(warnings, self._notices())

    def _in_force(self) -> list[Clause]:
        return [rule for rule in self.action_type.rules if rule.in_force(self.state["as_of"])]

    def _notices(self) -> list[Notice]:
        day = self.state["as_of"]
        return [
            self._notice(rule)
            for rule in self.action_type.rules
            if rule.effective_from is not None and day < rule.effective_from and self._holds(rule, note=False) is False
        ]

    def _holds(self, rule: Clause, *, note: bool) -> Any:
        """Whether a rule does not apply or is met; what that lacks is noted."""
        self.interpreter.missing.clear()
        holds = self.interpreter.value(rule.asked, {})
        if holds is UNKNOWN and note:
            self._note_missing(rule.id)
        return holds

    def _note_missing(self, rule: str) -> None:
        for path in self.interpreter.missing:
            rules = self.missed.setdefault(path, [])
            if rule not in rules:
                rules.append(rule)
        self.interpreter.missing.clear()

    def _allowed(self, warnings: list[Clause], notices: list[Notice]) -> Details:
        self.interpreter.missing.clear()
        effects = effects_of(self.action_type.consequences, self.interpreter, self._note_missing)
        outcome = self._first_outcome()
        happened: list[Happened] = []
        if self.action_type.time_to is not None:
            today, until = self.state["as_of"], self.action[self.action_type.time_to]
            happened, _ = run_events(self.program, self.interpreter, until)
            effects += [each._replace(turn=turn) for turn, event in enumerate(happened, 1) for each in event.effects]
            if today != until:
                effects.append(Effect(("as_of",), today, until, self.action_type.name))
            if self.interpreter.missing:
                self._note_missing(self.action_type.name)
                outcome = None
        details = self._details([], warnings, notices, outcome, happened, effects)
        if outcome is not None:
            self._note_missing(outcome.id)
        return details

    def _first_outcome(self) -> Clause | None:
        """The first outcome whose `when` holds, or nothing when that is not known."""
        for outcome in self.action_type.outcomes:
            applies = True if outcome.when is None else self.interpreter.value(outcome.when, {})
            if applies is UNKNOWN:
                self._note_missing(outcome.id)
                return None
            if applies:
                return outcome
        return None

    def _details(
        self,
        denials: Iterable[Clause],
        warnings: Iterable[Clause] = (),
        notices: Iterable[Notice] = (),
        outcome: Clause | None = None,
        happened: Iterable[Happened] = (),
        effects: Iterable[Effect] = (),
    ) -> Details:
        billing: Any = None if self.missed else self.program.nothing_billed
        explained = None
        if outcome is not None:
            bills = [self._billing(e.clause, e.interpreter, e.local) for e in happened if e.clause.billing]
            billing = bills[0] if len(bills) == 1 else bills or self._billing(outcome, self.interpreter, {})
            coded = next((event for event in happened if event.clause.code), None)
            explained = (
                self._outcome(coded.clause, coded.interpreter, coded.local)
                if coded
                else self._outcome(outcome, self.interpreter, {})
            )
        return Details(
            reasons=tuple(self._reason(rule) for rule in denials),
            outcome=explained,
            warnings=tuple(self._reason(rule) for rule in warnings),
            notices=tuple(notices),
            billing=billing,
            effects=tuple(effects),
        )

    def _billing(self, clause: Clause, interpreter: Interpreter, local: Mapping[str, Any]) -> dict[str, Any]:
        return billed(clause, interpreter, local) or self.program.nothing_billed

    def _reason(self, rule: Clause) -> Reason:
        evaluated = tuple(conditions(rule, self.interpreter, {}))
        return Reason(origin_of(rule, self.program), wording(rule, self.program, self.interpreter, {}), evaluated)

    def _outcome(self, clause: Clause, interpreter: Interpreter, local: Mapping[str, Any]) -> Outcome:
        return Outcome(origin_of(clause, self.program), wording(clause, self.program, interpreter, local))

    def _notice(self, rule: Clause) -> Notice:
        return Notice(origin_of(rule, self.program), wording(rule, self.program, self.interpreter, {}))
