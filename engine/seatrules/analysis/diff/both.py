"""Two policies that are asked the same, and in what their answers may differ at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

from ...engine import Engine
from ...loading import compile_place
from ...program import Program
from ...suites.lists import lists_of_cases
from .answers import Asker
from .differing import EVERYTHING, VERDICT, Differing, ProgramPair
from .given import RequestToBoth
from .sides import Pair, Side

_MOST = 10_000
"""For how many actions of how many versions it is remembered what differs."""
Lists = Mapping[str, Mapping[str, Collection[list[Any]]]]


class Both:
    """The old and the new policy, each asked by the version that decides on the day, or by the one that is named."""

    def __init__(self, old: Side, new: Side, pairs: Sequence[Pair]) -> None:
        self.sides, self.pairs = (old, new), pairs
        self.askers = Asker(old.engine, old.place.version), Asker(new.engine, new.place.version)
        self.differing_between = lru_cache(_MOST)(self._differing_between)
        self._programs: dict[tuple[str | None, str | None], ProgramPair | None] = {}
        self._lists: dict[int, Lists] = {}

    def chosen(self, settings: Mapping[str, Any]) -> Both:
        """Both with other choices of their settings, of those that each has.

        Raises:
            UsageError: one has the setting, and no such choice.
        """
        old, new = (_chosen(side, settings) for side in self.sides)
        return Both(old, new, self.pairs)

    def differing(self, given: RequestToBoth) -> Differing:
        """What of the versions differs for the answers; nothing where what decides, and what is read, is the same."""
        day = given.state.get("as_of") if isinstance(given.state, Mapping) else None
        if not isinstance(day, str):
            return EVERYTHING
        named = given.how.version
        old, new = (
            asker.version or named or side.in_force(day) for asker, side in zip(self.askers, self.sides, strict=True)
        )
        return self.differing_between(old, new, given.type)

    def lists(self, program: Program) -> Lists:
        """The lists that the cases of a policy's suites have for the arguments of a version of it."""
        if id(program) not in self._lists:
            side = next(each for each in self.sides if any(program is own for own in each.engine.programs.values()))
            self._lists[id(program)] = lists_of_cases(side.place.folder, program)
        return self._lists[id(program)]

    def _differing_between(self, old: str | None, new: str | None, name: str) -> Differing:
        if (programs := self.between(old, new)) is None or not _have(programs, name):
            return EVERYTHING
        differing = programs.of_action(name)
        if programs.new.actions[name].time_to is not None:
            for pair in self.pairs:  # as time passes, what happens may be a later version's
                later = self.between(pair.old, pair.new)
                known = later is not None and _have(later, name)
                differing = differing.and_of(later.of_action(name) if later is not None and known else EVERYTHING)
        alike = differing.may or self._ask_alike(programs, name)
        return differing if alike else differing._replace(may=frozenset({VERDICT}))

    def between(self, old: str | None, new: str | None) -> ProgramPair | None:
        """Two versions; nothing where one of them is not there."""
        if (old, new) not in self._programs:
            before, after = (side.engine.programs for side in self.sides)
            there = old in before and new in after
            self._programs[old, new] = ProgramPair(before[str(old)], after[str(new)]) if there else None
        return self._programs[old, new]

    def _ask_alike(self, programs: ProgramPair, name: str) -> bool:
        """Whether what is no request to one version is none to the other."""
        old, new = programs.old.actions[name], programs.new.actions[name]
        return old.arguments == new.arguments and old.reads == new.reads and self._have_one_schema

    @cached_property
    def _have_one_schema(self) -> bool:
        old, new = (side.written for side in self.sides)
        return all(
            pair.old is not None and pair.new is not None and old[pair.old].schema_value == new[pair.new].schema_value
            for pair in self.pairs
        )


def _have(programs: ProgramPair, name: str) -> bool:
    return name in programs.old.actions and name in programs.new.actions


def _chosen(side: Side, settings: Mapping[str, Any]) -> Side:
    known = {name for written in side.written.values() for name in written.named["settings"]}
    own = {name: choice for name, choice in settings.items() if name in known}
    return replace(side, engine=Engine.of(compile_place(side.place, own)))
