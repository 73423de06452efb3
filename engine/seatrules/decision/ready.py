"""Decides by the generated functions; what is out of the ordinary they leave to the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any

from ..change.effects import Effect
from ..compiler import ActionProgram, Clause, Program
from ..compiler.answers import Answers, generate_keeps
from ..compiler.code import UnsupportedError
from ..compiler.generate import ODD, Found, generate, generate_check, generate_verdict
from ..language.functions import OutOfRangeError
from ..language.interpret import Interpreter
from .decide import Case
from .said import Said
from .values import Answer, Condition, Decision, Notice, PolicyVersion, Reason

_ODD = (*ODD, UnsupportedError)


class ReadyVersion:
    """One version of a policy, ready to decide; each function is generated when it is first asked for."""

    def __init__(self, program: Program, policy: PolicyVersion) -> None:
        self.program, self.policy = program, policy
        self._actions: dict[str, ReadyAction] = {}

    def action(self, name: str) -> ReadyAction:
        """An action, ready to decide.

        Raises:
            KeyError: there is no such action.
        """
        found = self._actions.get(name)
        if found is None:
            # Two threads may both make it ready: in the same way, so that it does not matter whose is kept.
            found = self._actions[name] = ReadyAction(self.program, self.policy, self.program.actions[name])
        return found

    @cached_property
    def is_valid(self) -> Callable[[Any], bool | None]:
        """Whether a value is a state of the policy in every part; nothing where the reference has to tell."""
        return generate_check(self.program)

    @cached_property
    def _keeps(self) -> Callable[[Any, Any], Any]:
        return generate_keeps(self.program)

    def keeps(self, state: Any, old: Any) -> bool | None:
        """Whether a valid state keeps every invariant, after a step from `old`; nothing where that is left open."""
        try:
            return bool(self._keeps(state, old))
        except _ODD:
            return None


class ReadyAction:
    """One action of one version: its generated functions, and what its rules say whatever the request."""

    def __init__(self, program: Program, policy: PolicyVersion, head: ActionProgram) -> None:
        self.program, self.policy, self.head = program, policy, head
        self.answers = Answers(program, head)
        self._said = {id(clause): Said(clause, program) for clause in (*head.rules, *head.outcomes)}
        self._dated = any(rule.effective_from is not None for rule in head.rules)

    @cached_property
    def _found(self) -> Callable[[Any, Any], Found | None]:
        return generate(self.program, self.head)

    @cached_property
    def _verdict(self) -> Callable[[Any, Any], bool | None]:
        return generate_verdict(self.program, self.head)

    def decide(self, action: Any, state: Any) -> Decision | None:
        """The decision, or nothing where the reference has to decide.

        Raises:
            RequestError: the events that come due can't happen.
        """
        found = self._found(state, action)
        if found is None:
            return None
        read, given, failed, codes = found
        if failed:
            return Decision("deny", codes, self.policy, read["as_of"], partial(self._denied, given, read, failed))
        if self.head.time_to is None:
            return Decision("allow", (), self.policy, read["as_of"], partial(self._allowed, given, read))
        try:
            answer = self._case(given, read).allowed()
        except OutOfRangeError:
            return None
        return Decision("allow", (), self.policy, read["as_of"], lambda: answer)

    def allows(self, action: Any, state: Any) -> bool | None:
        """Whether the action is allowed, or nothing where that has to be decided: of a wait, by what comes due."""
        return None if self.head.time_to is not None else self._verdict(state, action)

    def failing(self, action: Any, state: Any) -> tuple[Clause, ...] | None:
        """The requirements that fail, of a state in every part valid; nothing where the reference has to decide."""
        found = self._found(state, action)
        return None if found is None else tuple([self.head.rules[index] for index in found[2]])

    def proposed(self, action: Any, state: Any) -> tuple[Effect, ...] | None:
        """What the action would change if it were allowed; nothing where that can't be told."""
        try:
            return tuple([Effect(*change) for change in self.answers.allowed(state, action).changes])
        except _ODD:
            return None

    def _denied(self, action: dict[str, Any], state: dict[str, Any], failed: tuple[int, ...]) -> Answer:
        rules = self.head.rules
        try:
            reasons = tuple([self._reason(rules[index], action, state) for index in failed])
            notices = self._notices(action, state)
        except _ODD:
            return self._case(action, state).denied([rules[index] for index in failed])
        return Answer(reasons, notices=notices, billing=self.program.nothing_billed)

    def _allowed(self, action: dict[str, Any], state: dict[str, Any]) -> Answer:
        try:
            warnings, changes, number, billing = self.answers.allowed(state, action)
            rules = self.head.rules
            outcome = None
            if number is not None:
                clause = self.head.outcomes[number]
                outcome = self._said[id(clause)].outcome(partial(self._text, clause, action, state))
            return Answer(
                outcome=outcome,
                warnings=tuple([self._reason(rules[index], action, state) for index in warnings]),
                notices=self._notices(action, state),
                billing=billing,
                effects=tuple([Effect(*change) for change in changes]),
            )
        except _ODD:
            return self._case(action, state).allowed()

    def _case(self, action: dict[str, Any], state: dict[str, Any]) -> Case:
        return Case(self.program, self.policy, self.head, action, state, partial=False)

    def _reason(self, rule: Clause, action: Mapping[str, Any], state: Mapping[str, Any]) -> Reason:
        seen = self.answers.conditions(rule, state, action)
        conditions = [
            Condition(item.text, holds, facts) for item, (holds, facts) in zip(rule.require, seen, strict=True)
        ]
        return self._said[id(rule)].reason(tuple(conditions), partial(self._text, rule, action, state))

    def _notices(self, action: Mapping[str, Any], state: Mapping[str, Any]) -> tuple[Notice, ...]:
        if not self._dated:
            return ()
        rules = [self.head.rules[index] for index in self.answers.notices(state, action)]
        return tuple([self._said[id(rule)].notice(partial(self._text, rule, action, state)) for rule in rules])

    def _text(self, clause: Clause, action: Mapping[str, Any], state: Mapping[str, Any], language: str) -> str:
        try:
            return self.answers.text(clause, language, state, action)
        except _ODD:
            message = clause.message[self.policy.spoken(language)]
            return Interpreter(state, action, self.program.facts).text(message, {}, language)
