"""Which actions may be steps of a way at all, and which rules none of them mends: what shows without a search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import starmap
from typing import Any

from ..language.days import OutOfRangeError
from ..language.interpret import Interpreter
from ..language.types import Key, known
from ..program import ActionType, Clause, Program
from .touch import Events, Shape, arguments_of, meet, shapes_read, writes_of


class Repertoire:
    """The actions that may be steps from one state on, those with few keys first, those that let time pass at last.

    `programs` are the version that decides on that state and those that come into force later. An action that is denied
    whatever its arguments is left out, unless another one changes that. One on each of several is left out too: it
    changes nothing that the single one does not. `writes` are the shapes of all that each action may change; `events`
    are those of the versions.
    """

    def __init__(self, programs: Sequence[Program], state: Mapping[str, Any]) -> None:
        self.programs, self._state = programs, state
        self.events = Events(programs)
        self._read: dict[tuple[Program, int], frozenset[Shape]] = {}
        single = {name: each for name, each in programs[0].actions.items() if each.each is None}
        self.writes = {name: writes_of(each, programs) for name, each in single.items()}
        possible = [single[name] for name in self._possible(single)]
        self.actions = {each.name: each for each in sorted(possible, key=_dearness)}

    @cached_property
    def written(self) -> frozenset[Shape]:
        """The shapes of all that some action may change."""
        return self._written_by(self.actions)

    def mends(self, program: Program, rule: Clause) -> bool:
        """Whether some action may change what a rule of a version reads."""
        return meet(self.written, self.read_by(program, rule))

    def read_by(self, program: Program, rule: Clause) -> frozenset[Shape]:
        """The shapes of all that a rule of a version may read, as `read_by` has them."""
        key = program, id(rule)  # a rule lives as long as its version does
        if key not in self._read:
            self._read[key] = read_by(program, rule)
        return self._read[key]

    def _written_by(self, names: Iterable[str]) -> frozenset[Shape]:
        return frozenset[Shape]().union(*map(self.writes.__getitem__, names))

    def _possible(self, actions: Mapping[str, ActionType]) -> list[str]:
        """The actions but those that are denied whatever their arguments, by what no other one changes."""
        never = {name: read for name in actions if (read := self._never(name)) is not None}
        while True:
            others = [name for name in actions if name not in never]
            written = self._written_by(others)
            kept = {name: read for name, read in never.items() if not meet(written, read)}
            if kept == never:
                return others
            never = kept

    def _never(self, action: str) -> frozenset[Shape] | None:
        """What a rule reads that denies the action whatever its arguments, in every version; nothing if none does."""
        for rule in self.programs[0].actions[action].rules:
            every = list(self._in_each_version(action, rule))
            if len(every) == len(self.programs) and all(starmap(self._denies_always, every)):
                return frozenset[Shape]().union(*starmap(self.read_by, every))
        return None

    def _in_each_version(self, action: str, rule: Clause) -> Iterator[tuple[Program, Clause]]:
        """The versions that have a rule of the same name for the action, with that rule."""
        for program in self.programs:
            if action in program.actions:
                yield from ((program, each) for each in program.actions[action].rules if each.id == rule.id)

    def _denies_always(self, program: Program, rule: Clause) -> bool:
        """Whether a rule denies on this state from now on, or from when its version comes into force."""
        if not rule.denies or rule.in_force_if or arguments_of([rule.asked]):
            return False
        day = max(self._state["as_of"], program.effective_from)
        try:
            return Interpreter({}, {**self._state, "as_of": day}, program.facts).value(rule.asked, {}) is False
        except (OutOfRangeError, KeyError):  # a later version may not have the words of this state
            return False


def _dearness(action_type: ActionType) -> tuple[bool, int]:
    """How much it takes to try all of an action: whether it lets time pass, and how many keys it takes."""
    keys = sum(isinstance(known(kind), Key) for kind in action_type.arguments.values())
    return action_type.time_to is not None, keys


def read_by(program: Program, rule: Clause) -> frozenset[Shape]:
    """The shapes of all that a rule of a version may read, of the day too where it is not always in force."""
    day = {("as_of", "")} if rule.in_force_if else set[Shape]()
    return shapes_read([rule.asked], program) | day
