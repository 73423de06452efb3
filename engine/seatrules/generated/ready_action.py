"""One type of action, ready to be decided by its generated functions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any, NamedTuple

from ..change.effects import Effect
from ..change.passing import Check
from ..decision.booking import booked
from ..decision.decide import Interpretation
from ..decision.explanation import Notice, Outcome, Reason, origin_of, wording
from ..decision.incomplete import WHOLLY
from ..decision.request import out_of_range
from ..decision.values import Decision, Details, Scope
from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter
from ..program import ActionType, Clause, Program
from .answers import (
    GeneratedFunction,
    generate_allowed,
    generate_conditions,
    generate_notices,
    generate_text,
)
from .function import source_of
from .verdict import (
    FALLBACK_ERRORS,
    Evaluation,
    generate,
    generate_allows,
    generate_on_valid,
)

EvaluationFunction = Callable[[Any, Any], Evaluation | None]


@contextmanager
def _as_an_error_of_the_request() -> Iterator[None]:
    """What explains a decision may take more steps than what came to it."""
    try:
        yield
    except OutOfRangeError as error:
        raise out_of_range(error) from None


class SingleAction(NamedTuple):
    """An action of one type, and the state on which it is decided."""

    action_type: ActionType
    action: Mapping[str, Any]
    state: Mapping[str, Any]


class ReadyAction:
    """One type of action, ready to be decided: its generated functions, and what its clauses say of any request."""

    def __init__(self, program: Program, action_type: ActionType) -> None:
        self.program, self.action_type = program, action_type
        clauses = (*action_type.rules, *action_type.outcomes)
        self._origins = {id(clause): origin_of(clause, program) for clause in clauses}
        self._conditions: dict[str, GeneratedFunction] = {}
        self._texts: dict[tuple[str, str, str], GeneratedFunction] = {}
        self._scope = Scope(
            program.policy,
            program.state,
            action_type.reads,
            known=action_type.known,
            known_of_state=program.known_of_state,
            program=program,
        )
        self._may_have_notices = any(rule.effective_from is not None for rule in action_type.rules)

    @cached_property
    def verdict(self) -> EvaluationFunction:
        """The function that reads an action and a state, and asks every requirement."""
        return generate(self.program, self.action_type)

    @cached_property
    def _allows(self) -> Callable[[Any, Any], bool | None]:
        return generate_allows(self.program, self.action_type)

    @cached_property
    def verdict_on_valid(self) -> EvaluationFunction:
        """The same on a state that is valid in every part, of which nothing is read that is not asked for."""
        return generate_on_valid(self.program, self.action_type)

    @cached_property
    def allowed_function(self) -> GeneratedFunction:
        """The function that says what an allowed action does; see `generate_allowed`."""
        return generate_allowed(self.program, self.action_type)

    @cached_property
    def _notices_function(self) -> GeneratedFunction:
        return generate_notices(self.program, self.action_type)

    @property
    def source(self) -> str:
        """The generated functions of the verdict and of what an allowed action does, as Python reads them."""
        name = self.action_type.name
        no_verdict = f"# {name}: no function is generated, the interpreter decides it\n"
        no_details = f"# {name}: no function is generated, the interpreter says what it does\n"
        return "\n".join([source_of(self.verdict) or no_verdict, source_of(self.allowed_function) or no_details])

    def decide(self, action: Any, state: Any, later: Collection[Program] = ()) -> Decision | None:
        """The decision, or nothing where the reference has to decide; `later` versions matter where time passes.

        Raises:
            RequestError: the events that come due can't happen.
        """
        evaluation = self.verdict(action, state)
        return None if evaluation is None else self._decision(evaluation, later)

    def decide_on_valid(
        self, action: Any, state: Any, later: Collection[Program] = (), fits: Check | None = None
    ) -> Decision | None:
        """The decision on a state that is valid in every part and ordinary; nothing where the reference has to decide.

        Nothing of the state is gone through or copied for it: the decision is one on `state` as long as nobody changes
        that. `fits` checks it as one of a `later` version.

        Raises:
            RequestError: the events that come due can't happen.
        """
        evaluation = self.verdict_on_valid(action, state)
        decision = None if evaluation is None else self._decision(evaluation, later, fits)
        if decision is not None:
            decision._on_whole = True
        return decision

    def _decision(
        self, evaluation: Evaluation, later: Collection[Program], fits: Check | None = None
    ) -> Decision | None:
        action, state, failing, codes = evaluation
        scope = self._scope
        if failing:
            return Decision("deny", codes, scope, action, state, partial(self._denied, failing))
        if self.action_type.time_to is None:
            return Decision("allow", (), scope, action, state, self._allowed)
        state = evaluation.part
        try:
            details = self._interpretation(action, state, later, fits).allowed()
        except OutOfRangeError:
            return None
        return Decision("allow", (), scope, action, state, lambda *_: details)

    def part(self, action: Any, state: Any) -> dict[str, Any] | None:
        """What deciding reads of a state; nothing where the reference has to read it."""
        evaluation = self.verdict(action, state)
        return None if evaluation is None else evaluation.part

    def singles(self, action: Any, state: Any) -> Iterator[SingleAction]:
        """The action as it is decided: by itself."""
        yield SingleAction(self.action_type, action, state)

    def allows(self, action: Any, state: Any) -> bool | None:
        """Whether the action is allowed, or nothing where that has to be decided: of a wait, by what comes due."""
        return None if self.action_type.time_to is not None else self._allows(action, state)

    def failing(self, action: Any, state: Any) -> tuple[Clause, ...] | None:
        """The requirements that fail, of a state in every part valid; nothing where the reference has to decide."""
        evaluation = self.verdict_on_valid(action, state)
        return None if evaluation is None else tuple([self.action_type.rules[index] for index in evaluation.failing])

    def proposed(self, action: Any, state: Any) -> tuple[Effect, ...] | None:
        """What the action would change if it were allowed; nothing where that is not known."""
        try:
            return tuple(self.allowed_function(action, state)[1])
        except FALLBACK_ERRORS:
            return None

    def details(self, evaluation: Evaluation, allowed: tuple[Any, ...] | None) -> Details:
        """What is said of an action that lets no time pass; `allowed` is what it does, where known."""
        action, state, failing = evaluation.action, evaluation.part, evaluation.failing
        return self._denied(failing, action, state) if failing else self._allowed(action, state, allowed)

    def _denied(self, failing: tuple[int, ...], action: dict[str, Any], state: dict[str, Any]) -> Details:
        rules = self.action_type.rules
        try:
            reasons = tuple([self._reason(rules[index], action, state) for index in failing])
            notices = self._notices(action, state)
        except FALLBACK_ERRORS:
            with _as_an_error_of_the_request():
                return self._interpretation(action, state).denied([rules[index] for index in failing])
        return Details(reasons, notices=notices, billing=(self.program.nothing_billed,))

    def _allowed(
        self, action: dict[str, Any], state: dict[str, Any], allowed: tuple[Any, ...] | None = None
    ) -> Details:
        rules = self.action_type.rules
        try:
            warnings, changes, number, billing = allowed or self.allowed_function(action, state)
            outcome = None
            if number is not None:
                clause = self.action_type.outcomes[number]
                outcome = Outcome(self._origins[id(clause)], partial(self._text, clause, action, state))
            return Details(
                outcome=outcome,
                warnings=tuple([self._reason(rules[index], action, state) for index in warnings]) if warnings else (),
                notices=self._notices(action, state),
                billing=billing,
                bookings=booked(billing, state["as_of"], self.program.policy),
                effects=tuple(changes),
            )
        except FALLBACK_ERRORS:
            with _as_an_error_of_the_request():
                return self._interpretation(action, state).allowed()

    def _interpretation(
        self,
        action: dict[str, Any],
        state: dict[str, Any],
        later: Collection[Program] = (),
        fits: Check | None = None,
    ) -> Interpretation:
        return Interpretation(self.program, self.action_type, action, state, WHOLLY, later, fits)

    def _reason(self, rule: Clause, action: Mapping[str, Any], state: Mapping[str, Any]) -> Reason:
        function = self._conditions.get(rule.id)
        if function is None:
            # Two threads may both generate it: the same function, so that it does not matter whose is kept.
            function = self._conditions[rule.id] = generate_conditions(self.program, rule)
        conditions = function(action, state)
        return Reason(self._origins[id(rule)], partial(self._text, rule, action, state), conditions)

    def _notices(self, action: Mapping[str, Any], state: Mapping[str, Any]) -> tuple[Notice, ...]:
        if not self._may_have_notices:
            return ()
        rules = [self.action_type.rules[index] for index in self._notices_function(action, state)]
        return tuple([Notice(self._origins[id(rule)], partial(self._text, rule, action, state)) for rule in rules])

    def _text(self, clause: Clause, action: Mapping[str, Any], state: Mapping[str, Any], language: str) -> str:
        key = (language, clause.kind, clause.id)
        try:
            function = self._texts.get(key)
            if function is None:
                language = self.program.policy.spoken(language)
                function = self._texts[key] = generate_text(self.program, clause, language)
            return str(function(action, state))
        except FALLBACK_ERRORS:
            return wording(clause, self.program, Interpreter(action, state, self.program.facts), {})(language)
