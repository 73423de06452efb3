"""Looks whether a policy keeps its promises: its goals, remedies for what it denies, its invariants.

It looks at known states and at what can be done on them. What is not found there may still be elsewhere, so a finding
says how far was looked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..change.effects import apply_effects, clause_entries
from ..diagnostics import echo
from ..errors import NotAllowedError
from ..language import tree as t
from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter, Item
from ..planning.deciding import Deciding
from ..planning.remedies import remedies
from ..planning.remedy_values import Remedies, Remedy
from ..program import Clause, Program
from .exploration import BUDGET, Action, Exploration, Spot, Tried

SEARCH = 100_000
"""How many decisions the search for a remedy of a code may ask."""
SHALLOW, DEEP = 100, 2_000
"""How many of them for one denial: few at first, so that many denials are tried, then more."""
SPOTS = 5
"""On how many states to look for what keeps a goal from being met."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Where a finding shows: a state, and an action on it where there is one."""

    spot: Spot
    action: Action | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise that is not kept; `name` is what the policy lists among its `kind`."""

    code: str
    kind: str
    name: str
    message: str
    help: str
    witness: Witness | None


def findings(
    engine: Deciding, states: Sequence[Mapping[str, Any]], version: str, *, budget: int = BUDGET, search: int = SEARCH
) -> list[Finding]:
    """Which of its promises a version does not keep, as far as can be seen from `states`.

    The states are valid and keep the invariants; this version decides on all of them, whatever their day.

    Args:
        budget: how many decisions are asked on the states that these lead to.
        search: how many the search for a remedy of one code may ask; a fifth where there should be none.
    """
    exploration = Exploration(engine, states, version, budget=budget)
    goals = [goal for clause in exploration.program.goals for goal in _goals(clause, exploration)]
    denials, invariants = _Denials(exploration, search), _Invariants(exploration)
    for tried in exploration:
        denials.note(tried)
        invariants.note(tried)
        for goal in goals:
            goal.note(tried)
    return [*(finding for goal in goals for finding in goal.findings()), *denials.findings(), *invariants.findings()]


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
        interpreter = Interpreter(state, {}, self.exploration.program.facts, computed={})
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


def _may_apply(rule: Clause) -> bool:
    """Whether a rule is not silent by what is chosen, whatever the request."""
    return rule.when is None or t.constant(rule.when) is not False


def _name(value: Any) -> str:
    return echo(value.id if isinstance(value, Item) else value)


class _Denials:
    """What denies, on which states: by code, then by the action and all the rules that deny it."""

    def __init__(self, exploration: Exploration, search: int) -> None:
        self.exploration, self.search = exploration, search
        self.program: Program = exploration.program
        self.by_code: dict[str, dict[tuple[str, ...], list[Tried]]] = {
            code: {} for code in exploration.program.codes["reasons"]
        }

    def note(self, tried: Tried) -> None:
        """Keep, of all that is denied on one state by the same rules, the first."""
        alike = (tried.action["type"], *[rule.id for rule in tried.failing])
        for rule in tried.failing:
            denials = self.by_code[rule.code or ""].setdefault(alike, [])
            if not denials or denials[-1].spot is not tried.spot:
                denials.append(tried)

    def findings(self) -> Iterator[Finding]:
        rules = [rule for action in self.program.actions.values() for rule in action.rules]
        for code in self.program.codes["reasons"]:
            if not any(rule.code == code and rule.denies and _may_apply(rule) for rule in rules):
                continue  # `unused-code` says so, or a setting that is chosen otherwise
            if self.by_code[code]:
                yield from self._check_remedy(code)
            else:
                help_text = f"write a case that is denied for it; {self.exploration.looked}"
                yield Finding(
                    "unseen-code", "reasons", code, f"no known state gives the code `{code}`", help_text, None
                )

    def _check_remedy(self, code: str) -> Iterator[Finding]:
        """That a code has no remedy and should have, or the other way round."""
        if self.program.about.get(code) == "fulfilled":
            return  # what undoes it and does it again is no remedy, and no mistake
        final = code in self.program.final
        budget = self.search // 5 if final else self.search
        denials, tried_count = self._wide(code), 0
        for most, until in ((SHALLOW, budget // 2), (DEEP, 0)):
            for number, denial in enumerate(denials, 1):
                if budget <= until:
                    break
                result = self._remedies(denial, most)
                budget, tried_count = budget - result.asked, max(tried_count, number)
                if result.remedies:
                    if final:
                        yield self._not_final(code, denial, result.remedies[0])
                    return
        if not final:
            yield self._no_remedy(code, tried_count, denials)

    def _wide(self, code: str) -> list[Tried]:
        """The denials for a code in the order in which they are tried: from all kinds, more of those with few rules."""
        groups = self.by_code[code].values()
        ranked = [(row * len(denial.failing) ** 2, denial) for group in groups for row, denial in enumerate(group, 1)]
        return [denial for _, denial in sorted(ranked, key=lambda pair: pair[0])]

    def _remedies(self, tried: Tried, budget: int) -> Remedies:
        engine, version = self.exploration.engine, self.exploration.version
        return remedies(engine, tried.action, tried.spot.state, limit=1, version=version, budget=budget, doubting=True)

    def _no_remedy(self, code: str, tried: int, denials: Sequence[Tried]) -> Finding:
        help_text = (
            f"let an action mend it, or say by `about` or in `terminal` why none can; "
            f"tried {tried} of {len(denials)} denials; {self.exploration.looked}"
        )
        witness = Witness(denials[0].spot, denials[0].action)
        return Finding("no-remedy", "reasons", code, f"no denial for `{code}` has a remedy", help_text, witness)

    def _not_final(self, code: str, tried: Tried, remedy: Remedy) -> Finding:
        steps = json.dumps([dict(each.step.action) for each in remedy.steps[:-1]], ensure_ascii=False)
        kind = "terminal" if code in self.program.terminal else "reasons"
        claim = "is declared terminal" if kind == "terminal" else f"is about `{self.program.about[code]}`"
        message = f"`{code}` {claim}, and there is a remedy"
        help_text = f"this mends it: {steps}"
        return Finding("not-terminal", kind, code, message, help_text, Witness(tried.spot, tried.action))


class _Invariants:
    """The first allowed action that breaks each invariant."""

    def __init__(self, exploration: Exploration) -> None:
        self.exploration = exploration
        self.broken: dict[str, Tried] = {}

    def note(self, tried: Tried) -> None:
        for name in tried.breaks:
            self.broken.setdefault(name, tried)

    def findings(self) -> Iterator[Finding]:
        for name, tried in self.broken.items():
            message = f"an allowed action breaks the invariant `{name}`"
            help_text = "`simulate` shows how"
            yield Finding("breaks-invariant", "invariants", name, message, help_text, Witness(tried.spot, tried.action))
