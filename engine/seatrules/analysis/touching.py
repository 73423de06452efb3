"""Which cases a change of a policy can touch: all others come out as they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from ..program import ActionType, Program
from ..program.reads import Reads
from ..suites import Case
from .diff.differing import ProgramPair

_MOST = 10_000
_ASKED = (
    "state",
    "action",
    "expect",
    "steps",
    "expect_state",
    "settings",
    "partial",
    "incomplete",
    "invariants",
    "ignore_effects",
    "policy",
    "version",
    "extension",
)
"""What a case asks and expects; its title and place are nothing to how it comes out."""
Versions = Mapping[str, Program]
"""The programs of a policy's versions, by their names."""


def asked_of(case: Case) -> tuple[Any, ...]:
    """What a case asks and expects, to be compared with another's."""
    return tuple(getattr(case, name) for name in _ASKED)


class Touching:
    """Two states of one policy: whether a case may come out otherwise by the new one.

    It errs to one side: what is written otherwise may mean the same, and its cases are touched all the same.
    """

    def __init__(self, old: Versions, new: Versions) -> None:
        self._old, self._new = old, new
        self._same_days = [_day(each) for each in old.values()] == [_day(each) for each in new.values()]
        self._by_names = lru_cache(_MOST)(self._differs)
        self._programs = lru_cache(_MOST)(self._compared)
        self._invariants = lru_cache(_MOST)(self._invariants_differ)

    def may_touch(self, case: Case) -> bool:
        """Whether a case may come out otherwise."""
        names = [*self._versions(case)]
        if not names:
            return True
        chosen = bool(case.settings)
        return any(self._by_names(name, kind, chosen) for name in names for kind in self._kinds(case, name))

    def _versions(self, case: Case) -> Iterator[str]:
        """The versions that may decide a case; none where that is not known, or is another now."""
        if case.version is not None and case.version in self._new:
            first = case.version
            yield first
        elif self._same_days and isinstance(day := _as_of(case.state), str):
            begun = [name for name, each in self._new.items() if each.effective_from <= day]
            yield from begun[-1:]
            yield from (name for name, each in self._new.items() if begun and each.effective_from > day)

    def _kinds(self, case: Case, version: str) -> Iterator[str]:
        """The types of the actions of a case, and those that let time pass where a story may; `""` is what is none."""
        actions = [case.action] if not case.steps else [step.get("action") for step in case.steps]
        yield from (str(each.get("type", "")) if isinstance(each, dict) else "" for each in actions)
        if case.steps:
            yield from (name for name, each in self._new[version].actions.items() if each.time_to is not None)

    def _compared(self, version: str, chosen: bool) -> ProgramPair:
        return ProgramPair(self._old[version], self._new[version], any_settings=chosen)

    def _invariants_differ(self, version: str, chosen: bool) -> bool:
        return bool(self._programs(version, chosen).of_invariants().may)

    def _differs(self, version: str, kind: str, chosen: bool) -> bool:
        """Whether a version may answer otherwise to actions of a type; `chosen` whatever its settings are."""
        old, new = self._old.get(version), self._new[version]
        if old is None or _around(old) != _around(new):
            return True
        programs = self._programs(version, chosen)
        if self._invariants(version, chosen):
            return True
        if kind not in old.actions or kind not in new.actions:
            return kind in old.actions or kind in new.actions
        return _asked_alike(old.actions[kind]) != _asked_alike(new.actions[kind]) or bool(programs.of_action(kind).may)


def _around(program: Program) -> tuple[Any, ...]:
    """What counts for every answer of a version, beside its clauses."""
    named = program.policy.languages, program.known_of_state, [*program.actions]
    return _shape(program.schema), program.settings, program.choices, *named


def _shape(schema: Any) -> Any:
    """A schema without the texts that say what something is."""
    if isinstance(schema, list):
        return [_shape(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    texts = {key for key in ("title", "description", "$comment") if isinstance(schema.get(key), str)}
    return {key: _shape(each) for key, each in schema.items() if key not in texts}


def _asked_alike(action: ActionType) -> tuple[Any, ...]:
    """What counts for whether a request is well formed, and for what is noted of its words."""
    return action.arguments, action.known, _parts(action.reads)


def _parts(reads: Reads) -> tuple[Any, ...]:
    """What is read, to be compared."""
    below = ({key: _parts(each) for key, each in of.items()} for of in (reads.fields, reads.keys))
    return reads.whole, reads.each, reads.presence, *below, None if reads.entries is None else _parts(reads.entries)


def _day(program: Program) -> tuple[str, str]:
    return program.version, program.effective_from


def _as_of(state: Any) -> Any:
    return state.get("as_of") if isinstance(state, dict) else None
