"""Lets time pass over an account by itself: what a program does with every account each night."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..change.passing import InForce
from ..decision.answer import Answer, hands_out
from ..decision.booking import Bookings, together
from ..decision.invariants import NOTHING_TO_SAY, BrokenInvariant, CheckedState
from ..decision.plain_data import require_plain
from ..program import PolicyVersion
from .deciding import Deciding
from .horizon import require_from
from .passing import wait
from .simulate import event_of
from .timeline import Event


@hands_out("state")
@dataclass(frozen=True, slots=True)
class Advance(Answer):
    """What comes of letting time pass up to a day: what happened by itself, what is booked, and the state on that day.

    `versions` are those that came into force on the way, `policy` is the one that is in force at the end. `broken` are
    the invariants of severity `error` that the state no longer keeps, `checked` is what there is to say of the state
    that was given.
    """

    ask: ClassVar[str] = "its `events` are what happened, its `state` is what came of it"

    since: str
    until: str
    events: tuple[Event, ...]
    versions: tuple[InForce, ...]
    policy: PolicyVersion = field(repr=False)
    broken: tuple[BrokenInvariant, ...]
    state: dict[str, Any] = field(repr=False)
    checked: CheckedState = NOTHING_TO_SAY

    @property
    def bookings(self) -> Bookings:
        """All that is booked, each once, in order; nothing where it is not known of one."""
        return together(event.bookings for event in self.events)

    def as_dict(self, language: str | None = None) -> dict[str, Any]:
        """The answer as plain data, its texts in `language` (the policy's first when none is named)."""
        language = self.policy.spoken(language)
        return {
            "from": self.since,
            "to": self.until,
            "events": [event.as_dict(language) for event in self.events],
            "versions": [each.as_dict() for each in self.versions],
            "bookings": None if self.bookings is None else [booking.as_dict() for booking in self.bookings],
            "state": self.state,
            "broken": [each.as_dict(language) for each in self.broken],
            "policy": self.policy.as_dict(),
            **self.checked.as_dict(language),
        }


def advance(
    engine: Deciding, state: Mapping[str, Any], to: str, *, version: str | None = None, invariants: bool = True
) -> Advance:
    """What comes of letting time pass up to `to`; what is due on the state's own day happens too.

    Raises:
        RequestError: the state is not well formed or breaks an invariant, or `to` is no day from `as_of` on.
        UsageError: there is no such version.
    """
    require_plain(state=state)
    checked = engine.validate(state, version=version, invariants=invariants)
    require_from(to, state["as_of"], "/to")
    own = copy.deepcopy(dict(state))
    passed = wait(engine, own, to, version)
    broken = engine.broken_invariants(passed.state, own, version=version) if invariants else ()
    return Advance(
        own["as_of"],
        to,
        tuple(event_of(program, each) for program, each in passed.events),
        passed.versions,
        engine.program_for(passed.state, version).policy,
        tuple(each for each in broken if each.is_error),
        passed.state,
        checked,
    )
