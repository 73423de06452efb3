"""The requests from which is gone on: what the suites of two policies ask, and what can be asked on their states."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from ...engine import Engine
from ...errors import PolicyError, RequestError, SeatrulesError
from ...planning.alike import Groups, groups_of
from ...planning.candidates import Candidates
from ...planning.dates import days_of_rules
from ...planning.passing import wait
from ...program import Program
from ...suites import Case, find_suites, read_suite
from ..made_up import MadeUp, Pool, days_from
from .cell import Cell
from .sides import Side

_PER_STATE = 40
"""How many sets of arguments are tried of one action on one state."""
_STATES = 60
"""On how many states they are, at most."""
_MADE_UP = 60
"""How many states are made up where no suite has one."""


class KnownRequests:
    """What the suites of both policies ask, by the type of the action; and all of their states."""

    def __init__(self, old: Side, new: Side, cases: Iterable[Case] | None = None) -> None:
        """Of two versions of one policy its suites are read once; or its `cases` are given, where they were read."""
        self.asked: dict[str, list[Cell]] = {}
        self.states: list[Mapping[str, Any]] = []
        self._groups: dict[tuple[Program, int], Groups] = {}
        seen: set[str] = set()
        for side in (old,) if old is new else (old, new):
            for case in _cases(side) if cases is None else cases:
                key = json.dumps([case.state, case.action, case.steps], sort_keys=True, default=repr)
                if key not in seen:
                    seen.add(key)
                    self._add(case, side.engine)
        self.states = list({json.dumps(each, sort_keys=True, default=repr): each for each in self.states}.values())
        if not self.states:
            self.states = list(_made_up(next(reversed(list(new.engine.programs.values())))))

    def _add(self, case: Case, engine: Engine) -> None:
        state = case.state
        if not isinstance(state, dict) or not isinstance(state.get("as_of"), str):
            return
        self.states.append(state)
        for step in case.steps or (case.action,):
            try:
                action = step.get("action", step)
                state = wait(engine, state, step["at"], None).state if "at" in step and case.steps else state
                self.asked.setdefault(action["type"], []).append(Cell(action, state))
                decision = engine.decide(action, state)
                state = engine.apply(decision, state) if decision.allowed and not decision.missing else state
            except (RequestError, PolicyError, KeyError, TypeError, AttributeError):
                return  # a case may ask what is no request

    def cells_of(self, name: str, programs: Iterable[Program]) -> Iterator[Cell]:
        """Sensible sets of arguments of an action on the states, on each in turn."""
        proposing = [Candidates(program, program.actions[name]) for program in programs]
        states = range(0, len(self.states), max(1, len(self.states) // _STATES))
        turns = deque(self._proposed(candidates, number) for number in states for candidates in proposing)
        while turns:
            proposed = turns.popleft()
            for cell in islice(proposed, 1):
                yield cell
                turns.append(proposed)

    def _proposed(self, candidates: Candidates, number: int) -> Iterator[Cell]:
        """An action on a state with each sensible set of arguments; none where the state is none of the version."""
        state, key = self.states[number], (candidates.program, number)
        with suppress(SeatrulesError, KeyError, TypeError, AttributeError):
            if key not in self._groups:
                self._groups[key] = groups_of(candidates.program, state)
            for action in islice(candidates.on(state, self._groups[key], {}), _PER_STATE):
                yield Cell(action, state)

    def cells_of_states(self) -> Iterator[Cell]:
        """Every state, where no action is asked for."""
        return (Cell(None, state) for state in self.states)


def _cases(side: Side) -> Iterator[Case]:
    """The cases below a policy's folder and those of its extensions; a suite that is not well formed has none."""
    folders = [] if side.place.folder is None else [side.place.folder]
    for folder in (*folders, *(each.path for each in side.place.extensions)):
        for path in _suites(folder):
            try:
                yield from read_suite(path).cases
            except SeatrulesError:
                continue


def _suites(folder: Path) -> list[Path]:
    try:
        return find_suites(folder)
    except SeatrulesError:
        return []


def _made_up(program: Program) -> Iterator[Mapping[str, Any]]:
    """States of a version, made up of what it names."""
    days = sorted({program.effective_from, *days_of_rules(program), *days_from(program.effective_from)})
    made_up = MadeUp(Random(0), Pool(["a", "b", "c"], days, range(5), ["x", "y"]))
    for _ in range(_MADE_UP):
        yield {**made_up.value(program.state), "as_of": made_up.random.choice(days)}
