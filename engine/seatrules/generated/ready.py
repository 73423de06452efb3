"""The evaluator of generated functions; what is out of the ordinary they leave to the reference."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any, NamedTuple

from ..change.effects import ChangedState, Effect, apply_effects
from ..change.passing import Check
from ..decision.booking import booked
from ..decision.decide import Interpretation, decide
from ..decision.each import details_of_each, distinct_codes
from ..decision.explanation import Notice, OneEntry, Outcome, Reason, origin_of, wording
from ..decision.incomplete import WHOLLY, Given
from ..decision.plain_data import require_plain
from ..decision.request import MOST_OF_EACH, action_problems, out_of_range, state_problems
from ..decision.values import Decision, Details, Scope, Verdict
from ..errors import EndlessEventError, RequestError, raise_problems
from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter
from ..program import ActionType, Clause, Program
from ..program.parts import part_read
from .answers import (
    GeneratedFunction,
    generate_allowed,
    generate_conditions,
    generate_notices,
    generate_text,
)
from .function import source_of
from .invariants import Invariants, generate_checked
from .verdict import (
    FALLBACK_ERRORS,
    Evaluation,
    generate,
    generate_allows,
    generate_check,
    generate_on_valid,
    generate_reading,
)

EvaluationFunction = Callable[[Any, Any], Evaluation | None]


class CompiledEvaluator:
    """The evaluator of one version of a policy; each function is generated when it is first asked for."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._single: dict[str, ReadyAction] = {}
        self._several: dict[str, ReadyEach] = {}

    def action(self, name: str) -> ReadyAction | ReadyEach:
        """An action, ready to be decided.

        Raises:
            KeyError: there is no such action.
        """
        if (ready := self._single.get(name)) is not None:
            return ready
        if (each := self.program.actions[name].each) is None:
            return self.single(name)
        several = self._several.get(name)
        if several is None:
            several = self._several[name] = ReadyEach(self.program.actions[name], self.single(each.of))
        return several

    def single(self, name: str) -> ReadyAction:
        """An action that is decided by itself, ready to be.

        Raises:
            KeyError: there is no such action.
        """
        ready = self._single.get(name)
        if ready is None:
            # Two threads may both make it ready: in the same way, so that it does not matter whose is kept.
            ready = self._single[name] = ReadyAction(self.program, self.program.actions[name])
        return ready

    def decide(
        self,
        action: Any,
        state: Any,
        *,
        partial: bool = False,
        incomplete: Sequence[str] = (),
        later: Collection[Program] = (),
    ) -> Decision:
        """The decision, by the reference where that is partial or out of the ordinary.

        Raises:
            EndlessEventError: an event comes due again and again.
            RequestError: the action or the state is not well formed, or the events that come due can't happen.
        """
        if not partial and not incomplete:
            try:
                decision = self.action(action["type"]).decide(action, state, later)
            except (EndlessEventError, RequestError):
                raise
            except Exception:
                decision = None  # Objects that are no plain data may raise anything. The reference says what is wrong.
            if decision is not None:
                return decision
        return decide(self.program, action, state, partial=partial, incomplete=incomplete, later=later)

    def decide_on_valid(self, action: Any, state: Any) -> Decision | None:
        """The decision on a state that `checked` took, of an action in which no time passes; else nothing.

        Raises:
            RequestError: what explains the decision takes too many steps.
        """
        try:
            ready = self.action(action["type"])
            return ready.decide_on_valid(action, state) if ready.action_type.time_to is None else None
        except RequestError:
            raise
        except Exception:
            return None  # Objects that are no plain data may raise anything. The reference says what is wrong.

    def allows(self, action: Any, state: Any, *, later: Collection[Program] = ()) -> bool:
        try:
            allowed = self.action(action["type"]).allows(action, state)
        except Exception:
            allowed = None  # Objects that are no plain data may raise anything. The reference says what is wrong.
        return self.decide(action, state, later=later).allowed if allowed is None else allowed

    def part_read(self, action: Any, state: Any, given: Given) -> dict[str, Any]:
        """What deciding an action reads of a state.

        Raises:
            RequestError: the action or what it reads of the state is not well formed.
        """
        try:
            part = None if given.partial else self.action(action["type"]).part(action, state)
        except Exception:
            part = None  # Objects that are no plain data may raise anything. What is wrong is said below.
        if part is not None:
            return part
        require_plain(action=action, state=state)
        reads = self.program.actions[action["type"]].reads
        raise_problems(action_problems(action, self.program, state, given.incomplete))
        raise_problems(
            state_problems(state, self.program, reads, action, partial=given.partial, incomplete=given.incomplete)
        )
        checked: dict[str, Any] = part_read(state, self.program.state, reads, action)
        return checked

    @cached_property
    def is_valid(self) -> Callable[[Any], bool | None]:
        """Whether a value is a state of the policy in every part; nothing where the reference has to decide that."""
        return generate_check(self.program)

    @cached_property
    def is_ordinary(self) -> Callable[[Any], bool | None]:
        """The same of a state in which every number that is counted with is ordinary as well: see `decide_on_valid`."""
        return generate_check(self.program, self.program.counted)

    @cached_property
    def by_step(self) -> Invariants:
        """What has to hold after a step, compared with the state before it where an invariant does so."""
        return Invariants(self.program, self.program.invariants, "invariants")

    @cached_property
    def in_state(self) -> Invariants:
        """What has to hold of a state by itself."""
        return Invariants(self.program, self.program.state_invariants, "invariants of a state")

    @cached_property
    def checked(self) -> Callable[[Any], tuple[Set[int], Set[int]] | None]:
        """From a state to the numbers of the invariants of `in_state`, and of `asides`, that it does not keep.

        Nothing where the state is not valid in every part and ordinary, or the reference has to say it.
        """
        return generate_checked(self.program, self.program.state_invariants, self.program.asides)

    @cached_property
    def asides(self) -> Invariants:
        """The warnings that stand beside reasons."""
        return Invariants(self.program, self.program.asides, "invariants beside reasons")


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


class OneDecided(NamedTuple):
    """One of several: what came of it, and what it does, where those after it were decided on what that left."""

    evaluation: Evaluation
    allowed: tuple[Any, ...] | None


class EachDecided(NamedTuple):
    """What was read of an action on each of several and of the state, and each of them in turn."""

    action: dict[str, Any]
    state: dict[str, Any]
    turns: list[OneDecided]

    @property
    def failing(self) -> set[int]:
        """The numbers of the rules that fail of one or the other."""
        return {number for one in self.turns for number in one.evaluation.failing}


class ReadyEach:
    """An action on each of several, ready to be decided: as often as the single one, on what the ones before left."""

    def __init__(self, action_type: ActionType, single: ReadyAction) -> None:
        assert action_type.each is not None
        self.action_type, self.each, self._single = action_type, action_type.each, single
        program = single.program
        of_state = program.known_of_state
        known = action_type.known
        self._scope = Scope(
            program.policy, program.state, action_type.reads, known=known, known_of_state=of_state, program=program
        )

    @cached_property
    def _reading(self) -> Callable[[Any, Any], tuple[Any, Any] | None]:
        """The function that reads an action and a state."""
        return generate_reading(self._single.program, self.action_type)

    @property
    def source(self) -> str:
        """The generated functions of the single action, as Python reads them."""
        return self._single.source

    def decide(self, action: Any, state: Any, later: Collection[Program] = ()) -> Decision | None:
        """The decision, or nothing where the reference has to decide; no time passes, so that `later` says nothing."""
        decided = self._decided(action, state)
        if decided is None:
            return None
        own, part, turns = decided
        codes = distinct_codes(code for one in turns for code in one.evaluation.codes)
        verdict: Verdict = "deny" if codes else "allow"
        return Decision(verdict, codes, self._scope, own, part, lambda *_: self._details(verdict, turns))

    def decide_on_valid(
        self, action: Any, state: Any, later: Collection[Program] = (), fits: Check | None = None
    ) -> Decision | None:
        """The same: what it reads is read once for all of them."""
        return self.decide(action, state)

    def part(self, action: Any, state: Any) -> dict[str, Any] | None:
        """What deciding reads of a state; nothing where the reference has to read it."""
        reading = self._reading(action, state)
        return None if reading is None else reading[1]

    def singles(self, action: Any, state: Any) -> Iterator[SingleAction]:
        """The action as it is decided: the single ones, each on the state that the allowed ones before it left.

        The state is valid in every part.
        """
        for item in action[self.each.over]:
            single = self.each.single(action, item)
            yield SingleAction(self._single.action_type, single, state)
            decision = self._single.decide_on_valid(single, state)
            if decision is None:
                decision = decide(self._single.program, single, state)
            if decision.allowed:
                state = apply_effects(decision.details.effects, state)

    def allows(self, action: Any, state: Any) -> bool | None:
        """Whether the action is allowed, or nothing where that has to be decided."""
        decided = self._decided(action, state)
        return None if decided is None else not decided.failing

    def failing(self, action: Any, state: Any) -> tuple[Clause, ...] | None:
        """The requirements that fail of one or the other, of a state in every part valid.

        Nothing where the reference has to decide.
        """
        failing, items = set[int](), action[self.each.over]
        if not 0 < len(items) <= MOST_OF_EACH:
            return None
        for number, item in enumerate(items, 1):
            single = self.each.single(action, item)
            evaluation = self._single.verdict_on_valid(single, state)
            if evaluation is None:
                return None
            failing.update(evaluation.failing)
            if not evaluation.failing and number < len(items):
                if (effects := self._single.proposed(single, state)) is None:
                    return None
                state = apply_effects(effects, state)
        return tuple(rule for number, rule in enumerate(self.action_type.rules) if number in failing)

    def proposed(self, action: Any, state: Any) -> tuple[Effect, ...] | None:
        """Nothing: what it would change, the single actions do as well."""

    def _decided(self, action: Any, state: Any) -> EachDecided | None:
        """Each decided in turn, or nothing where the reference has to decide.

        What the action reads is read first: whoever is not among several is not gone through for each of them.
        """
        reading = self._reading(action, state)
        if reading is None:
            return None
        own, part = reading
        try:
            # Whose keys stand in what is read need not be read itself: the maps are there with all their keys.
            referred_to = {name: state[name] for name in self._single.program.referenced.values()}
            turns = self._in_turn(own, {**part, **referred_to})
        except FALLBACK_ERRORS:
            return None
        return None if turns is None else EachDecided(own, part, turns)

    def _in_turn(self, action: dict[str, Any], state: dict[str, Any]) -> list[OneDecided] | None:
        items = action[self.each.over]
        if not 0 < len(items) <= MOST_OF_EACH:
            return None
        left, turns = ChangedState(state), list[OneDecided]()
        decided, does = self._single.verdict, self._single.allowed_function
        single = self.each.single(action, None)
        for item in items:
            single[self.each.entry] = item
            evaluation, allowed = decided(single, left.state), None
            if evaluation is None:
                return None
            if not evaluation.failing and len(turns) < len(items) - 1:
                evaluation = evaluation._replace(state=evaluation.part)
                allowed = does(evaluation.action, evaluation.state)
                left.at_once(allowed[1])
            turns.append(OneDecided(evaluation, allowed))
        return turns

    def _details(self, verdict: Verdict, turns: Sequence[OneDecided]) -> Details:
        parts = [
            (OneEntry(self.each.entry, evaluation.action[self.each.entry]), self._single.details(evaluation, allowed))
            for evaluation, allowed in turns
        ]
        return details_of_each(verdict, parts, self._single.program)
