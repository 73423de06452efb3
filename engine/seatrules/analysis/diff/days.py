"""Whose answer turns on some days: by a version that comes into force, a rule's date, a cutoff, what comes due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...errors import EndlessEventError, RequestError
from ...language.days import add_days
from ...planning.causes import Cause, causes
from ...planning.moments import Moment, VerdictOrError, moments
from ...planning.passing import wait
from .answers import Action, Asker, State
from .given import FIRST, RequestToBoth, Where

BOTH, OLD, NEW = "both policies", "the old policy alone", "the new policy alone"
VerdictAndCodes = tuple[str, tuple[str, ...]]
"""A verdict with its codes."""


class DayOfTurn(NamedTuple):
    """A day on which the answer to an action turns: what it was the day before, what it is then, and why."""

    day: str
    before: VerdictAndCodes
    after: VerdictAndCodes
    because: tuple[tuple[str, str], ...]
    """What made it turn: of each cause the kind, and what it names."""


@dataclass
class TurnsAlike:
    """What turns alike: one action in one way, by the one policy, the other or both."""

    action: str
    turn: DayOfTurn
    of: str
    count: int = 0
    accounts: int = 0
    examples: list[RequestToBoth] = field(default_factory=list)
    _last: int | None = None

    def note(self, given: RequestToBoth, account: int) -> None:
        """Count one more."""
        self.count += 1
        self.accounts += account != self._last
        self._last = account
        if len(self.examples) < FIRST:
            self.examples.append(given)

    def as_dict(self) -> dict[str, Any]:
        before, after = ({"decision": verdict, "codes": list(codes)} for verdict, codes in self.turn[1:3])
        return {
            "day": self.turn.day,
            "action": self.action,
            "of": {BOTH: "both", OLD: "old", NEW: "new"}[self.of],
            "before": before,
            "after": after,
            "because": [{"kind": kind, "id": name} for kind, name in self.turn.because],
            "count": self.count,
            "accounts": self.accounts,
            "examples": [
                {**each.where.as_dict(), "action": each.action, "state": each.state} for each in self.examples
            ],
        }


@dataclass
class Days:
    """What turns from the `first` day to the `last`, of so many that were `asked`.

    An account of a later day, or one that time can't pass over, is `left_out`.
    """

    first: str
    last: str
    asked: int = 0
    turning: int = 0
    accounts: int = 0
    touched_accounts: int = 0
    left_out: int = 0
    _found: dict[tuple[str, DayOfTurn, str], TurnsAlike] = field(default_factory=dict)

    @property
    def found(self) -> list[TurnsAlike]:
        """All that turns, day by day: what turns by one policy alone first, and then where the verdict does."""
        return sorted(self._found.values(), key=_order)

    def as_dict(self) -> dict[str, Any]:
        return {
            "first": self.first,
            "last": self.last,
            "requests": self.asked,
            "turning": self.turning,
            "accounts": self.accounts,
            "touched_accounts": self.touched_accounts,
            "left_out": self.left_out,
            "turns": [each.as_dict() for each in self.found],
        }

    def account(self, where: Where, askers: Iterable[Asker], state: State, asked: Iterable[Action]) -> None:
        """Ask on each of the days what is asked of a state; on the day before the first it is as time has made it."""
        self.accounts += 1
        old, new = ([asker, self._before(asker, state)] for asker in askers)
        if old[1] is None or new[1] is None:
            self.left_out += 1
            return
        before = self.turning
        for action in asked:
            self._ask(RequestToBoth(where, action, state), (old, new))
        self.touched_accounts += self.turning > before

    def _ask(self, given: RequestToBoth, sides: Iterable[Any]) -> None:
        self.asked += 1
        assert given.action is not None
        by_old, by_new = (dict.fromkeys(self._turns(asker, given.action, state)) for asker, state in sides)
        self.turning += bool(by_old or by_new)
        for turn in {**by_old, **by_new}:
            of = BOTH if turn in by_old and turn in by_new else OLD if turn in by_old else NEW
            key = given.type, turn, of
            self._found.setdefault(key, TurnsAlike(*key)).note(given, self.accounts)

    def _before(self, asker: Asker, state: State) -> State | None:
        """The state on the day before the first, or its own later one; nothing where it can't be one."""
        day = add_days(self.first, -1)
        try:
            asker.engine.validate(state, version=asker.version, invariants=False)
            if state["as_of"] >= day:
                return state if state["as_of"] < self.last else None
            return wait(asker.engine, state, day, asker.version).state
        except (RequestError, EndlessEventError):
            return None

    def _turns(self, asker: Asker, action: Action, state: State) -> Iterator[DayOfTurn]:
        """The days on which the answer turns; what is no request on the first day has none."""
        before: Moment | None = None
        try:
            for moment in moments(asker.engine, action, state, self.last, asker.version):
                if before is not None and before.said != moment.said:
                    because = causes(asker.engine, action, before, moment, asker.version)
                    yield DayOfTurn(moment.day, _verdict(before.answer), _verdict(moment.answer), _named(because))
                before = moment
        except (RequestError, EndlessEventError):
            return


def _order(each: TurnsAlike) -> tuple[Any, ...]:
    return each.turn.day, each.of == BOTH, each.turn.before[0] == each.turn.after[0], -each.count


def _verdict(answer: VerdictOrError) -> VerdictAndCodes:
    return answer.decision, tuple(dict.fromkeys(answer.codes))


def _named(because: Iterable[Cause]) -> tuple[tuple[str, str], ...]:
    """Causes by what is the same of them whoever it is: of a comparison that turned, what is compared."""
    return tuple(dict.fromkeys((each.kind, _name(each.id, each.facts)) for each in because))


def _name(name: str, facts: Mapping[str, Any]) -> str:
    return f"{name}: {facts['expression']}" if "expression" in facts else name
