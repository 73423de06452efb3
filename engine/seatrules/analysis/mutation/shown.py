"""Requests that show a change which no case notices: what a case asks already, or what the comparison finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import Any, NamedTuple

from ...engine import Engine
from ...errors import PolicyError, RequestError
from ...policy.locate import Place
from ...suites import Case
from ..diff.answers import Action, AnswerDifference, Asker, State, difference
from ..diff.differing import EVERYTHING
from ..diff.known import KnownRequests
from ..diff.meaning import AnsweredWitness, MeaningSearch
from ..diff.shrinking import shrunk
from ..diff.sides import Pair, Side, pairs
from .versions import ChangedVersions, Versions

_SECONDS = 4.0
"""How long a request is looked for that no case asks."""
_MOST_CASES = 40
"""How many cases are looked at for more than they expect."""
_SHRINKING = 0.5
"""How many seconds are spent on making what is found so smaller."""
AnswerTexts = Mapping[str, Sequence[str]]
"""Texts by language."""


class ShowingRequest(NamedTuple):
    """A request that shows a change, and what is said to it that is not said with the change; with these settings."""

    witness: AnsweredWitness
    says: AnswerTexts
    settings: Mapping[str, Any]


@dataclass
class Showing:
    """Looks for what shows changes of one policy."""

    place: Place
    versions: Versions

    def by_cases(self, changed: ChangedVersions, cases: Sequence[Case]) -> ShowingRequest | None:
        """What a case asks that reaches a change, where more than it expects is another answer."""
        for case in cases[:_MOST_CASES]:
            if not (case.steps or case.partial or case.incomplete) and case.invariants:
                old, new = (
                    each.engine(self.versions.chosen(case)) for each in (ChangedVersions(self.versions, {}), changed)
                )
                version = case.version or old.program_for(case.state).version
                compared = _Compared(Asker(old, version), Asker(new, version))
                if (differs := compared.difference(case.action, case.state)) is not None:
                    return compared.shown(differs, case.action, case.state)._replace(settings=case.settings)
        return None

    def by_search(self, changed: ChangedVersions) -> ShowingRequest | None:
        """The first request that the comparison of both finds."""
        new = Side(self.place, changed.fast_engine(self.versions.settings))
        looking = MeaningSearch(self._side, new, pairs(self._side, new), _SECONDS, self._known, most=1)
        try:
            shown = next((witness for each in looking.all() for witness in each.witnesses), None)
            return None if shown is None else self._with_action(shown, new.engine)
        except PolicyError:
            return None

    def _with_action(self, witness: AnsweredWitness, new: Engine) -> ShowingRequest:
        compared = _Compared(Asker(self._side.engine, witness.pair.old), Asker(new, witness.pair.old))
        action = witness.action or self._any_action(witness.state, compared.old)
        return ShowingRequest(witness, {}, {}) if action is None else compared.whole(witness._replace(action=action))

    def _any_action(self, state: State, asker: Asker) -> Action | None:
        """An action that might be asked for on a state, where that alone shows the change."""
        actions = (cell.action for cells in self._known.asked.values() for cell in cells)
        return next((each for each in actions if each and asker.answer(each, state).error is None), None)

    @cached_property
    def _side(self) -> Side:
        return Side(self.place, Engine.of(self.versions.programs(self.versions.settings)))

    @cached_property
    def _known(self) -> KnownRequests:
        return KnownRequests(self._side, self._side)


class _Compared(NamedTuple):
    """A version as it is, and with a change."""

    old: Asker
    new: Asker

    def difference(self, action: Action | None, state: State) -> AnswerDifference | None:
        """In what the two answers to a request differ, in words too."""
        refused = [asker.answer(None, state) for asker in self]
        answers = refused if any(each.error for each in refused) else [each.answer(action, state) for each in self]
        differs = difference(answers[0], answers[1], EVERYTHING)
        if differs is None and said(self.old, action, state) != said(self.new, action, state):
            return AnswerDifference("other words", frozenset())
        return differs

    def shown(self, differs: AnswerDifference, action: Action | None, state: State) -> ShowingRequest:
        """A request with that difference, made smaller for as long as that takes little time."""
        until = monotonic() + _SHRINKING
        action, state = shrunk(action, state, lambda a, s: self.difference(a, s) == differs, until)
        version = str(self.old.version)
        names = tuple(sorted(differs.names))
        return self.whole(AnsweredWitness(differs.meaning, names, Pair(version, version), state, action, {}, {}))

    def whole(self, witness: AnsweredWitness) -> ShowingRequest:
        """The request with both answers."""
        action, state = witness.action, witness.state
        old, new = (asker.whole(action, state) for asker in self)
        before, after = (said(asker, action, state) for asker in self)
        lost = {name: [each for each in texts if each not in after.get(name, ())] for name, texts in before.items()}
        says = {name: texts for name, texts in lost.items() if texts}
        return ShowingRequest(witness._replace(old=old, new=new), says, {})


def said(asker: Asker, action: Action | None, state: State) -> AnswerTexts:
    """All that is said to a request in words, by language: also why it is refused, and of the state."""
    program = asker.program
    try:
        checked = asker.engine.validate(state, version=asker.version)
        answered = asker.answer(action, state)
        if answered.decision is None:
            return {}
        decision = answered.decision
        checked = asker.engine.beside(checked, decision.codes, state, version=asker.version)
        outcome = () if decision.outcome is None else (decision.outcome,)
        explanations = (*decision.reasons, *decision.warnings, *decision.notices, *outcome, *checked.warnings)
        return {name: [each.message(name) for each in explanations] for name in program.languages}
    except RequestError as error:
        return {name: [str(each.message) for each in error.spoken(name).problems] for name in program.languages}
