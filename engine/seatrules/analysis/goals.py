"""Looks whether a policy keeps its promises: its goals, remedies for what it denies, its invariants.

It looks at known states and at what can be done on them. What is not found there may still be elsewhere, so a finding
says how far was looked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any, TypeAlias

from ..change.effects import apply_effects, clause_entries
from ..diagnostics import echo
from ..errors import NotAllowedError
from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter, Item
from ..planning.deciding import Deciding
from ..program import Clause
from .denials import SEARCH, Denials
from .exploration import BUDGET, Exploration, Spot, Tried
from .finding import Finding, Witness

Counted: TypeAlias = Callable[[Iterable[Tried]], Iterable[Tried]]
SPOTS = 5
"""On how many states to look for what keeps a goal from being met."""


def findings(
    engine: Deciding,
    states: Sequence[Mapping[str, Any]],
    version: str,
    *,
    asked: Sequence[tuple[int, Sequence[Any]]] = (),
    budget: int = BUDGET,
    search: int = SEARCH,
    seconds: float | None = None,
    counted: Counted = iter,
) -> Iterator[Finding]:
    """Which of its promises a version does not keep, as far as can be seen from `states`, each as it is found.

    The states are valid and keep the invariants; this version decides on all of them, whatever their day.

    Args:
        asked: what the suites ask: the number of a state, and actions or steps.
        budget: how many decisions are asked on the states that these lead to.
        search: how many the search for a remedy of one code may ask; a fifth where there should be none.
        seconds: how long it may take: in half of it is looked about, as far as that goes, in the rest for remedies.
        counted: counts what is tried.
    """
    began = monotonic()
    until, end = (None, None) if seconds is None else (began + seconds / 2, began + seconds)
    budget = budget if seconds is None else sys.maxsize
    exploration = Exploration(engine, states, version, asked=asked, budget=budget, until=until)
    goals = [goal for clause in exploration.program.goals for goal in _goals(clause, exploration)]
    denials, broken = Denials(exploration, search, end), set[str]()
    for tried in counted(exploration):
        denials.note(tried)
        yield from _newly_broken(tried, broken)
        for goal in goals:
            goal.note(tried)
    if exploration.saw_all_given:
        for goal in goals:
            yield from goal.findings()
    yield from denials.findings()
    left = denials.left + (0 if exploration.saw_all_given else sum(bool(goal.missing) for goal in goals))
    if left:
        yield _out_of_time(left, exploration)


def _newly_broken(tried: Tried, broken: set[str]) -> Iterator[Finding]:
    """The invariants that an allowed action breaks, each once."""
    for name in tried.breaks:
        if name not in broken:
            broken.add(name)
            message = f"an allowed action breaks the invariant `{name}`"
            witness = Witness(tried.spot, tried.action)
            yield Finding("breaks-invariant", "invariants", name, message, "`simulate` shows how", witness)


def _out_of_time(left: int, exploration: Exploration) -> Finding:
    message = f"there was no time to look at {left} of the goals and codes"
    help_text = f"give more `--seconds`; {exploration.looked}"
    return Finding("out-of-time", "", "", message, help_text, None)


class _Goal:
    """One goal, for one entry of what it goes over: whether allowed actions meet it, and end it again."""

    def __init__(self, clause: Clause, local: Mapping[str, Any], exploration: Exploration) -> None:
        self.clause, self.local, self.exploration = clause, local, exploration
        self.missing = {True, False}
        self.spots: dict[bool | None, list[Spot]] = {True: [], False: [], None: []}
        self._before: tuple[Spot, bool | None] | None = None

    def note(self, tried: Tried) -> None:
        """Note whether the action makes the goal's claim true, or false."""
        if not self.missing:
            return
        before = self._on(tried.spot)
        if before is None or tried.after is None or (not before) not in self.missing:
            return
        if self._holds(tried.after) is not before:
            self.missing.discard(not before)

    def _on(self, spot: Spot) -> bool | None:
        """Whether the claim holds on a state, kept for the state looked at last."""
        if self._before is None or self._before[0] is not spot:
            self._before = spot, self._holds(spot.state)
            if len(known := self.spots[self._before[1]]) < SPOTS:
                known.append(spot)
        return self._before[1]

    def _holds(self, state: Mapping[str, Any]) -> bool | None:
        """Whether the claim holds, or nothing where that is not known."""
        interpreter = Interpreter({}, state, self.exploration.program.facts, computed={})
        try:
            return interpreter.value(self.clause.asked, self.local) is True
        except OutOfRangeError:
            return None

    def findings(self) -> Iterator[Finding]:
        claim = self.clause.asked.text
        entry = "".join(f" for `{_name(value)}`" for value in self.local.values())
        for desired in sorted(self.missing, reverse=True):
            truth = "true" if desired else "false again"
            message = f"no allowed action makes the goal `{self.clause.id}`{entry} {truth}: `{claim}`"
            witness, why = self._in_the_way(desired)
            yield Finding(
                "unreached-goal", "goals", self.clause.id, message, f"{why}; {self.exploration.looked}", witness
            )

    def _in_the_way(self, desired: bool) -> tuple[Witness | None, str]:
        """A state on which the claim is not as desired, with the denied action that comes nearest to that."""
        spots = self.spots[not desired]
        if not spots:
            return None, f"on every known state it is {str(desired).lower()}"
        for spot in spots:
            denied = [tried for tried in self.exploration.on(spot) if tried.failing and self._would(tried, desired)]
            if denied:
                nearest = min(denied, key=lambda tried: len(tried.failing))
                codes = dict.fromkeys(rule.code for rule in nearest.failing)
                return Witness(spot, nearest.action), f"what would is denied: {', '.join(map(str, codes))}"
        return Witness(spots[0], None), "no action that is denied would either"

    def _would(self, tried: Tried, desired: bool) -> bool:
        """Whether a denied action would make the claim as desired."""
        effects = self.exploration.proposed(tried)
        try:
            return bool(effects) and self._holds(apply_effects(effects, tried.spot.state)) is desired
        except NotAllowedError:
            return False  # a denied action may change one thing twice: it could not be carried out


def _goals(clause: Clause, exploration: Exploration) -> Iterator[_Goal]:
    # The entries of a goal's loop are the same on every state.
    return (
        _Goal(clause, local, exploration)
        for local in clause_entries(clause, Interpreter({}, {}, exploration.program.facts))
    )


def _name(value: Any) -> str:
    return echo(value.id if isinstance(value, Item) else value)
