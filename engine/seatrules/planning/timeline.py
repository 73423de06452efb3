"""What came of a sequence of actions, as frozen values without rendered text."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..change.effects import Effect
from ..decision.values import Citation, Condition, Decision, Outcome, Texts, spoken


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened by itself on a day; `outcome` and `billing` are nothing where the policy gives none."""

    date: str
    rule: str
    at: str
    outcome: Outcome | None
    billing: Mapping[str, Any] | None
    effects: tuple[Effect, ...]
    billing_words: Mapping[str, Mapping[str, str]] = field(repr=False)

    def as_dict(self, language: str) -> dict[str, Any]:
        return {
            "date": self.date,
            "rule": self.rule,
            "at": self.at,
            "outcome": self.outcome.as_dict(language) if self.outcome else None,
            "billing": None if self.billing is None else dict(self.billing),
            "effects": [effect.as_dict() for effect in self.effects],
        }


@dataclass(frozen=True, slots=True)
class BrokenInvariant:
    """An invariant that a state does not keep, once for each entry that breaks it."""

    rule: str
    at: str
    conditions: tuple[Condition, ...]
    cites: tuple[Citation, ...]
    _message: Texts = field(repr=False, compare=False)

    def message(self, language: str) -> str:
        """What is wrong, in one of the policy's languages."""
        return self._message(language)

    def as_dict(self, language: str) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "message": self.message(language),
            "at": self.at,
            "conditions": [condition.as_dict() for condition in self.conditions],
            "cites": [citation.as_dict() for citation in self.cites],
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what happened by itself up to its date, then what is decided of its action.

    `decision` is nothing where an invariant broke before the action. `broken` names the invariants that the state no
    longer keeps: after the events where `decision` is nothing, after the action otherwise.
    """

    number: int
    date: str
    action: Mapping[str, Any]
    events: tuple[Event, ...]
    decision: Decision | None
    broken: tuple[BrokenInvariant, ...]

    @property
    def allowed(self) -> bool:
        """Whether the action was allowed, and left a state that keeps every invariant."""
        return self.decision is not None and self.decision.allowed and not self.broken

    def as_dict(self, language: str) -> dict[str, Any]:
        return {
            "step": self.number,
            "date": self.date,
            "action": copy.deepcopy(dict(self.action)),
            "events": [event.as_dict(language) for event in self.events],
            "decision": self.decision.as_dict(language) if self.decision else None,
            "broken": [broken.as_dict(language) for broken in self.broken],
        }


@dataclass(frozen=True, slots=True)
class Timeline:
    """The steps that were taken, in order, and the state that the last of them left; `left` steps were not taken."""

    steps: tuple[Step, ...]
    left: int
    state: Mapping[str, Any] = field(repr=False)
    languages: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        """Whether every step was taken and allowed, and no invariant broke."""
        return not self.left and all(step.allowed for step in self.steps)

    @property
    def broken(self) -> Iterator[tuple[Step, BrokenInvariant]]:
        """Each invariant that broke, with the step that broke it."""
        return ((step, broken) for step in self.steps for broken in step.broken)

    def as_dict(self, language: str | None = None) -> dict[str, Any]:
        """The timeline as plain data, its texts in `language` (the policy's first when none is named)."""
        language = self.languages[0] if language is None else spoken(language, self.languages)
        return {
            "steps": [step.as_dict(language) for step in self.steps],
            "left": self.left,
            "state": copy.deepcopy(dict(self.state)),
        }
