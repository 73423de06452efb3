"""What came of a sequence of actions, as frozen values without rendered text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..change.effects import Effect
from ..change.passing import InForce
from ..decision.answer import Answer, hands_out
from ..decision.booking import Bookings, booked, together
from ..decision.explanation import Explanation, Origin, Outcome, Wording
from ..decision.invariants import NOTHING_TO_SAY, BrokenInvariant, CheckedState
from ..decision.prose import SILENT, Prose
from ..decision.values import Decision, billing_as_data
from ..errors import SUPPORT, Audience, sees_others
from ..language.interpret import fresh
from ..program import PolicyVersion


class Event(Explanation):
    """Something that happened by itself on a day; `billing` has no entry where the policy gives none."""

    __slots__ = ("billing", "date", "effects", "policy")

    def __init__(
        self,
        origin: Origin,
        message: Wording,
        date: str,
        billing: tuple[Mapping[str, Any], ...],
        effects: tuple[Effect, ...],
        policy: PolicyVersion,
    ) -> None:
        super().__init__(origin, message)
        self.date, self.billing, self.effects, self.policy = date, billing, effects, policy

    @property
    def bookings(self) -> Bookings:
        """What of `billing` is booked on its day; nothing where the policy does not name the key of the day."""
        return booked(self.billing, self.date, self.policy)

    @property
    def outcome(self) -> Outcome | None:
        """What happened is called so, where the policy names it."""
        return Outcome(self._origin, self._message) if self.code else None

    @property
    def _compared(self) -> tuple[Any, ...]:
        return *super()._compared, self.date, self.billing, self.effects

    def as_dict(self, language: str, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        return {
            "date": self.date,
            "rule": self.rule,
            "at": self._at(audience),
            "outcome": self.outcome.as_dict(language, audience=audience) if self.outcome else None,
            "billing": billing_as_data(self.billing),
            "effects": [effect.as_dict() for effect in self.effects],
        }


@hands_out("action")
@dataclass(frozen=True, slots=True)
class Step(Answer):
    """One step: what happened by itself up to its date, and the versions that came into force; then the decision.

    Where the step only lets time pass, `action` is empty and `decision` nothing. `decision` is nothing also where an
    invariant broke before the action. `waited` says of an action that lets time pass that the day had come before it.
    `broken` names the invariants that the state no longer keeps: after the events where `decision` is nothing, after
    the action otherwise; `state_warnings` those of severity `warning` that the state does not keep then.
    """

    ask: ClassVar[str] = "ask `step.allowed`"

    number: int
    date: str
    action: Mapping[str, Any]
    versions: tuple[InForce, ...]
    events: tuple[Event, ...]
    decision: Decision | None
    broken: tuple[BrokenInvariant, ...]
    state_warnings: tuple[BrokenInvariant, ...] = ()
    waited: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the action, if there is one, was allowed, and what it left keeps every invariant."""
        return not self.broken and (not self.action or (self.decision is not None and self.decision.allowed))

    @property
    def bookings(self) -> Bookings:
        """What is booked up to its date and by its action; nothing where it is not known of one."""
        decided = [] if self.decision is None else [self.decision.bookings]
        return together([*(event.bookings for event in self.events), *decided])

    def as_dict(self, language: str, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        decision = self.decision.as_dict(language, audience=audience) if self.decision is not None else None
        return {
            "step": self.number,
            "date": self.date,
            "action": fresh(self.action) or None,
            "versions": [each.as_dict() for each in self.versions],
            "events": [event.as_dict(language, audience=audience) for event in self.events],
            "decision": decision,
            "broken": [broken.as_dict(language, audience=audience) for broken in self.broken],
            **CheckedState(self.state_warnings).as_dict(language),
        }

    def as_public_dict(self, language: str) -> dict[str, Any]:
        """What a user is told: of what happened each code once, for how often would count people."""
        events = [{"date": event.date, **event.as_public_dict(language)} for event in self.events if event.code]
        decision = self.decision.as_dict(language, audience="user") if self.decision is not None else None
        once = [each for number, each in enumerate(events) if each not in events[:number]]
        return {"step": self.number, "date": self.date, "events": once, "decision": decision}


@hands_out("state")
@dataclass(frozen=True, slots=True)
class Timeline(Answer):
    """The steps that were taken, in order, and the state that the last of them left; `left` steps were not taken.

    `start` is the version that was in force to begin with, `policy` the one that is at the end; `checked` is what there
    is to say of the state that was given.
    """

    ask: ClassVar[str] = "ask `timeline.allowed`"

    steps: tuple[Step, ...]
    left: int
    state: Mapping[str, Any] = field(repr=False)
    policy: PolicyVersion = field(repr=False)
    start: PolicyVersion = field(repr=False)
    checked: CheckedState = NOTHING_TO_SAY
    prose: Prose = field(default=SILENT, repr=False, compare=False)

    @property
    def allowed(self) -> bool:
        """Whether every step was taken and allowed, and no invariant broke."""
        return not self.left and all(step.allowed for step in self.steps)

    @property
    def bookings(self) -> Bookings:
        """All that is booked, each once, in order; nothing where it is not known of one."""
        return together(step.bookings for step in self.steps)

    @property
    def broken(self) -> Iterator[tuple[Step, BrokenInvariant]]:
        """Each invariant that broke, with the step that broke it."""
        return ((step, broken) for step in self.steps for broken in step.broken)

    def as_dict(self, language: str | None = None, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The timeline as plain data, its texts in `language` (the policy's first when none is named).

        A `customer` is told in prose; a `user` sees of each step what happened by its code, and the verdict.

        Raises:
            UsageError: the policy does not speak the language, or there is no such audience.
        """
        language = self.policy.spoken(language)
        if audience == "customer":
            return {"allowed": self.allowed, **self.prose.as_dict(language), "as_of": self.state["as_of"]}
        if not sees_others(audience):
            return {"steps": [step.as_public_dict(language) for step in self.steps], "left": self.left}
        return {
            "steps": [step.as_dict(language, audience=audience) for step in self.steps],
            "left": self.left,
            "state": fresh(self.state),
            "bookings": None if self.bookings is None else [booking.as_dict() for booking in self.bookings],
            **self.checked.as_dict(language, audience=audience),
        }
