"""Decides one proposed action: every requirement is asked, always; each that fails is a reason."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from ..change.effects import Effect, effects_of
from ..change.events import Happened
from ..change.passing import Check, InForce, pass_time
from ..change.referring import require_references
from ..errors import RequestError, RequestProblem, raise_problems
from ..language.days import OutOfRangeError
from ..language.interpret import UNKNOWN, DataPath, Interpreter
from ..language.partial import unmarked
from ..program import ActionType, Clause, Program
from ..program.parts import part_read
from ..words import phrase
from .booking import Bookings, booked, together
from .each import One, decided_each, distinct_codes
from .explanation import Notice, Outcome, Reason, billed, conditions, event_wording, origin_of, wording
from .incomplete import Given
from .plain_data import require_numbers, require_plain
from .request import action_problems, out_of_range, state_problems, too_deep, too_large, unlisted
from .values import Decision, Details, Missing, Scope, Verdict

Failing = Callable[[ActionType, Interpreter], list[Clause]]
"""Says which requirements of an action fail, in the order of the policy."""
MakeInterpreter = Callable[..., Interpreter]
"""Makes what computes the expressions over a state: the reference, or a subclass of it."""


class ReferenceEvaluator:
    """The evaluator that is the plain reference: it computes every expression step by step."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def decide(
        self,
        action: Any,
        state: Any,
        *,
        partial: bool = False,
        incomplete: Sequence[str] = (),
        later: Collection[Program] = (),
    ) -> Decision:
        """The decision; neither the action nor the state is changed or kept.

        Raises:
            RequestError: the action or the state is not well formed.
            UsageError: what is `incomplete` is no map or list of the state.
        """
        return decide(self.program, action, state, partial=partial, incomplete=incomplete, later=later)

    def allows(self, action: Any, state: Any, *, later: Collection[Program] = ()) -> bool:
        return self.decide(action, state, later=later).allowed


def decide(
    program: Program,
    action: Any,
    state: Any,
    *,
    partial: bool = False,
    incomplete: Sequence[str] = (),
    later: Collection[Program] = (),
    failing: Failing | None = None,
    make_interpreter: MakeInterpreter = Interpreter,
) -> Decision:
    """The decision on `action`, proposed on `state`, by the reference; neither is changed or kept.

    Args:
        partial: whether the state may lack properties, which are then unknown; it may where something is `incomplete`.
        incomplete: pointers to the maps and lists of the state of which not all entries are given.
        later: the versions that come into force after this one, in order: where the action lets time pass, events are
            those of the version in force on their own day.
        failing: says in the place of the reference which requirements fail.
        make_interpreter: makes what computes the expressions: a subclass of the reference may watch it.

    Raises:
        RequestError: the action or the state is not well formed.
        UsageError: what is `incomplete` is no map or list of the state.
    """
    require_plain(action=action, state=state)
    given = Given.of(partial, incomplete, program)
    try:
        return _decided(program, action, state, given, later, failing, make_interpreter)
    except RecursionError:
        raise too_deep() from None
    except MemoryError:
        raise too_large() from None
    except OutOfRangeError as error:
        raise out_of_range(error) from None


def _decided(
    program: Program,
    action: Any,
    state: Any,
    given: Given,
    later: Collection[Program],
    failing: Failing | None,
    make_interpreter: MakeInterpreter,
) -> Decision:
    partial = given.partial
    problems = list(action_problems(action, program, state, given.incomplete))
    action_type = program.actions[action["type"]] if not problems else None
    reads = None if action_type is None else action_type.reads
    of_state = state_problems(state, program, reads, action, partial=partial, incomplete=given.incomplete)
    raise_problems(chain(problems, of_state))
    assert action_type is not None
    if partial:
        require_numbers(state=state)
    if action_type.time_to is not None and action[action_type.time_to] < state["as_of"]:
        what = phrase("before_as_of", date=action[action_type.time_to], day=state["as_of"])
        raise RequestError([RequestProblem("date_before_as_of", what, f"/action/{action_type.time_to}")])
    action, state = copy.deepcopy(action), copy.deepcopy(state)
    whole = given.marked(state, program)

    def one(kind: ActionType, single: dict[str, Any], on: dict[str, Any]) -> One:
        request = Interpretation(program, kind, single, on, given, later, make_interpreter=make_interpreter)
        verdict, details = request.decided() if failing is None else request.decided_by(failing)
        return One(verdict, details, request.missed, request.unlisted, request.effects_known)

    if action_type.each is None:
        came = one(action_type, action, whole)
    else:
        came = decided_each(program, action_type, action, whole, one)
    if came.unlisted:
        raise RequestError(unlisted(came.unlisted, action, action_type))
    missing = tuple(Missing(path, tuple(rules)) for path, rules in came.missed.items()) if partial else None
    verdict, details = came.verdict, came.details
    codes = tuple(reason.code for reason in details.reasons)
    codes = codes if action_type.each is None else distinct_codes(codes)
    words, words_of_state = action_type.known, program.known_of_state
    scope = Scope(
        program.policy,
        program.state,
        action_type.reads,
        given,
        known=words,
        known_of_state=words_of_state,
        program=program,
    )
    part = part_read(state, program.state, action_type.reads, action)
    return Decision(verdict, codes, scope, action, part, lambda *_: details, missing)


class Interpretation:
    """One request, while the interpreter decides and explains it."""

    def __init__(
        self,
        program: Program,
        action_type: ActionType,
        action: dict[str, Any],
        state: dict[str, Any],
        given: Given,
        later: Collection[Program] = (),
        fits: Check | None = None,
        make_interpreter: MakeInterpreter = Interpreter,
    ) -> None:
        """Of one request.

        Args:
            fits: checks a state as one of a `later` version; where there is none, the reference does.
        """
        self.program, self.action_type, self.action, self.state = program, action_type, action, state
        self.given, self.later, self.fits, self.make_interpreter = given, later, fits, make_interpreter
        partial = given.partial
        computed: dict[tuple[Any, ...], Any] | None = None if partial else {}
        self.interpreter = self.make_interpreter(
            self.action, self.state, self.program.facts, computed=computed, partial=partial
        )
        self.missed: dict[DataPath, list[str]] = {}
        self.unlisted: dict[DataPath, str] = {}
        """The entries that were asked for and that their maps do not list, with what entries those have."""
        self.effects_known = True
        """Whether all that the action changes is known."""

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
        if self.interpreter.missing:
            for rule in self._in_force():
                self._holds(rule, note=True)
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
        holds = self.interpreter.asked(rule.asked, {})
        if note:
            self._note_missing(rule.id)
        return holds

    def _note_missing(self, rule: str) -> None:
        for path, entry in self.interpreter.missing.items():
            if entry is not None:
                self.unlisted[path] = entry
            rules = self.missed.setdefault(path, [])
            if rule not in rules:
                rules.append(rule)
        self.interpreter.missing.clear()

    def _allowed(self, warnings: list[Clause], notices: list[Notice]) -> Details:
        self.interpreter.missing.clear()
        effects = effects_of(self.action_type.consequences, self.interpreter, self._note_effects)
        for rule in require_references(effects, self.interpreter, self.program):
            self._note_effects(rule)
        outcome = self._first_outcome()
        happened: list[tuple[Program, Happened]] = []
        versions: tuple[InForce, ...] = ()
        if self.action_type.time_to is not None:
            today, until = self.state["as_of"], self.action[self.action_type.time_to]
            check = self.fits or self._fitting
            happened, versions, _ = pass_time(self.program, self.interpreter, until, self.later, check)
            effects += [
                each._replace(turn=turn) for turn, (_, event) in enumerate(happened, 1) for each in event.effects
            ]
            if today != until:
                effects.append(Effect(("as_of",), today, until, self.action_type.name))
            if self.interpreter.missing:
                self._note_missing(self.action_type.name)
                outcome = None
        details = self._details([], warnings, notices, outcome, happened, effects)._replace(versions=versions)
        if outcome is not None:
            self._note_missing(outcome.id)
        return details._replace(bookings=None) if self.missed else details

    def _note_effects(self, rule: str) -> None:
        self.effects_known = self.effects_known and not self.interpreter.missing
        self._note_missing(rule)

    def _fitting(self, program: Program, state: dict[str, Any]) -> dict[str, Any]:
        """The state that time has led to as one of a later version's."""
        plain = unmarked(state) if self.given.partial else state
        partial, incomplete = self.given
        raise_problems(state_problems(plain, program, partial=partial, incomplete=incomplete))
        marked: dict[str, Any] = self.given.marked(plain, program)
        return marked

    def _first_outcome(self) -> Clause | None:
        """The first outcome whose `when` holds, or nothing when that is not known."""
        for outcome in self.action_type.outcomes:
            applies = True if outcome.when is None else self.interpreter.asked(outcome.when, {})
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
        happened: Sequence[tuple[Program, Happened]] = (),
        effects: Iterable[Effect] = (),
    ) -> Details:
        billing: tuple[Mapping[str, Any], ...] = () if self.missed else (self.program.nothing_billed,)
        bookings: Bookings = None if self.missed else ()
        explained = None
        if outcome is not None:
            bills = [
                (entries, event.day, program.policy)
                for program, event in happened
                if (entries := billed(event.clause, event.interpreter, event.local)) != ()
            ] or [(self._billing(outcome), self.state["as_of"], self.program.policy)]
            bookings = together(booked(*bill) for bill in bills)
            known = [entries for entries, _, _ in bills if entries is not None]
            billing = tuple(chain(*known)) if len(known) == len(bills) else ()
            coded = next(((program, event) for program, event in happened if event.clause.code), None)
            explained = self._outcome(outcome) if coded is None else _outcome_of_event(*coded)
        return Details(
            reasons=tuple(self._reason(rule) for rule in denials),
            outcome=explained,
            warnings=tuple(self._reason(rule) for rule in warnings),
            notices=tuple(notices),
            billing=billing,
            bookings=bookings,
            effects=tuple(effects),
        )

    def _billing(self, outcome: Clause) -> tuple[Mapping[str, Any], ...] | None:
        """What an outcome bills; the entry of nothing where no entry of it applies."""
        entries = billed(outcome, self.interpreter, {})
        return (self.program.nothing_billed,) if entries == () else entries

    def _reason(self, rule: Clause) -> Reason:
        evaluated = tuple(conditions(rule, self.interpreter, {}))
        return Reason(origin_of(rule, self.program), wording(rule, self.program, self.interpreter, {}), evaluated)

    def _outcome(self, clause: Clause) -> Outcome:
        return Outcome(origin_of(clause, self.program), wording(clause, self.program, self.interpreter, {}))

    def _notice(self, rule: Clause) -> Notice:
        return Notice(origin_of(rule, self.program), wording(rule, self.program, self.interpreter, {}))


def _outcome_of_event(program: Program, event: Happened) -> Outcome:
    return Outcome(
        origin_of(event.clause, program), event_wording(event.clause, program, event.interpreter, event.local)
    )
