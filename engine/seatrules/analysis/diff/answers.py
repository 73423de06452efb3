"""What two versions answer to one request, and in what the answers differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ...decision.explanation import Outcome, Reason
from ...decision.values import Decision
from ...engine import Engine
from ...errors import EndlessEventError, RequestError
from ...program import Program
from .differing import BESIDE, BILL, EFFECTS, WORDS, Differing

Meaning = Literal["stricter", "milder", "other reasons", "other bill", "other effects", "other words"]
MEANINGS: tuple[Meaning, ...] = (
    "stricter",
    "milder",
    "other reasons",
    "other bill",
    "other effects",
    "other words",
)
"""What a change of an answer may be, the gravest first."""
Action = Mapping[str, Any]
State = Mapping[str, Any]


class AnswerDifference(NamedTuple):
    """In what two answers differ, and of what it is: codes, or the clauses behind it."""

    meaning: Meaning
    names: frozenset[str]


class VersionAnswer(NamedTuple):
    """What one version says: a decision, or the codes of an error; where no action is asked for, only these."""

    allows: bool
    codes: tuple[str, ...]
    decision: Decision | None = None
    error: RequestError | None = None


class How(NamedTuple):
    """How an action is asked for: on all of a state or on a part of it, and by which version, if one was named."""

    partial: bool = False
    incomplete: Sequence[str] = ()
    version: str | None = None


WHOLLY = How()


@dataclass(frozen=True, slots=True)
class Asker:
    """A version that is asked."""

    engine: Engine
    version: str | None

    @property
    def program(self) -> Program:
        """The version that is asked, where one is named."""
        return self.engine.programs[self.version or ""]

    @property
    def programs(self) -> list[Program]:
        """The versions that may be asked."""
        return [*self.engine.programs.values()] if self.version is None else [self.program]

    def answer(self, action: Action | None, state: State, how: How = WHOLLY) -> VersionAnswer:
        """What it says of an action, or of a state alone."""
        try:
            if action is None:
                self.engine.validate(state, version=self.version)
                return VersionAnswer(True, ())
            decision = self.engine.decide(
                action, state, version=how.version or self.version, partial=how.partial, incomplete=how.incomplete
            )
            return VersionAnswer(decision.allowed, decision.codes, decision)
        except EndlessEventError:
            return VersionAnswer(False, ("endless-event",))
        except RequestError as error:
            rules = [each.invariant.rule for each in error.problems if each.invariant]
            return VersionAnswer(False, tuple(dict.fromkeys(rules or [error.code])), error=error)

    def whole(self, action: Action | None, state: State) -> dict[str, Any]:
        """The answer as `check --format json` prints it; of a state alone, whether it is taken."""
        try:
            checked = self.engine.validate(state, version=self.version)
            if action is None:
                return {"taken": True}
            decision = self.engine.decide(action, state, version=self.version)
            checked = self.engine.beside(checked, decision.codes, state, version=self.version)
            return decision.as_dict(checked=checked)
        except (EndlessEventError, RequestError) as error:
            return error.as_dict()


def difference(old: VersionAnswer, new: VersionAnswer, by: Differing) -> AnswerDifference | None:
    """In what two answers differ; what differs of the versions says what has to be looked at beyond the verdict."""
    may = by.may
    if old.allows != new.allows:
        denied = new if old.allows else old
        return AnswerDifference("stricter" if old.allows else "milder", frozenset(denied.codes))
    if codes := set(old.codes) ^ set(new.codes):
        return AnswerDifference("other reasons", frozenset(codes))
    if old.decision is None or new.decision is None:
        return None
    if BESIDE in may and (apart := _codes_beside(old.decision) ^ _codes_beside(new.decision)):
        return AnswerDifference("other reasons", frozenset(code for _, code in apart))
    if old.allows and BILL in may and _bill(old.decision) != _bill(new.decision):
        return AnswerDifference("other bill", _outcomes(old.decision, new.decision))
    if old.allows and EFFECTS in may:
        before, after = _effects(old.decision), _effects(new.decision)
        if before.keys() != after.keys():
            rules = {each: rule for each, rule in {**before, **after}.items() if (each in before) != (each in after)}
            return AnswerDifference("other effects", frozenset(rules.values()))
    if BILL in may and (codes := _code_of_outcome(old.decision) ^ _code_of_outcome(new.decision)):
        return AnswerDifference("other reasons", frozenset(codes))
    if WORDS in may and (texts := _texts(old.decision, by.codes) ^ _texts(new.decision, by.codes)):
        return AnswerDifference("other words", frozenset(code for code, _ in texts))
    return None


def is_no_request(answered: VersionAnswer) -> bool:
    """Whether it is no verdict and no state that breaks an invariant: the request is not well formed."""
    return answered.error is not None and not any(each.invariant for each in answered.error.problems)


def _codes_beside(decision: Decision) -> set[tuple[str, str]]:
    """The codes of what is said beside the reasons."""
    details = decision.details
    beside = {("warnings", each.code) for each in details.warnings}
    beside |= {("notices", each.code) for each in details.notices}
    return beside


def _code_of_outcome(decision: Decision) -> set[str]:
    return set() if decision.details.outcome is None else {decision.details.outcome.code}


def _bill(decision: Decision) -> tuple[Any, ...]:
    bookings = decision.details.bookings
    return decision.billing, None if bookings is None else [each.as_dict() for each in bookings]


def _outcomes(*decisions: Decision) -> frozenset[str]:
    return frozenset(each.details.outcome.rule for each in decisions if each.details.outcome is not None)


def _effects(decision: Decision) -> dict[str, str]:
    """Each change, whichever clause makes it, with the clause that does."""
    changes = ((each.rule, each.as_dict()) for each in decision.details.effects)
    return {repr({key: value for key, value in whole.items() if key != "rule"}): rule for rule, whole in changes}


def _texts(decision: Decision, codes: frozenset[str] | None) -> set[tuple[str, str]]:
    """All that is said of these codes, or of any, in words, in every language."""
    details = decision.details
    outcomes = () if details.outcome is None else (details.outcome,)
    whole: list[Reason | Outcome] = [*details.reasons, *details.warnings, *outcomes]
    explanations = [each for each in whole if codes is None or each.code in codes]
    notices = [each for each in details.notices if codes is None or each.code in codes]
    texts: set[tuple[str, str]] = set()
    for language in decision.policy.languages:
        for each in explanations:
            data = each.as_dict(language)
            shown = {key: data.get(key) for key in ("message", "cites", "about", "terminal")}
            texts.add((each.code, repr((shown, each.as_public_dict(language)))))
        texts |= {(each.code, repr(each.message(language))) for each in notices}
    return texts
