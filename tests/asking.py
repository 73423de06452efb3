"""Requests of the shipped policy, as the tests ask them."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

import seatrules
from accounts import GONE
from seatrules import Decision, Engine, RequestError
from seatrules.planning.alike import apart, groups_of
from seatrules.planning.candidates import Candidates
from seatrules.program import Program


@cache
def engine() -> Engine:
    """The shipped policy, loaded once."""
    return seatrules.load()


def ask(action: Any, state: Any, **options: Any) -> Decision | None:
    """The decision; nothing for an error of the request. Whatever else is raised, fails the test."""
    try:
        return engine().decide(action, state, **options)
    except RequestError:
        return None


def candidates(
    program: Program,
    action: str,
    state: Mapping[str, Any],
    only: Mapping[str, Collection[Any]] | None = None,
    *,
    alike: bool = True,
    named: Collection[str] = (),
) -> Iterator[dict[str, Any]]:
    """What is worth proposing of one type of action; every key unless they are `alike`, and each that is `named`."""
    keys = {key for values in (only or {}).values() for key in values if isinstance(key, str)}
    groups = apart(groups_of(program, state, alike=alike), {key: key for key in (*named, *keys)})
    return Candidates(program, program.actions[action]).on(state, groups, only or {})


def proposals(program: Program, name: str, state: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every set of arguments of one type of action, with every key; of a number also the first ones."""
    seen = set()
    for action in candidates(program, name, state, alike=False):
        numbers = [key for key, value in action.items() if type(value) is int]
        for number in (None, 1, 2, 3) if numbers else (None,):
            varied = action if number is None else {**action, numbers[0]: number}
            if (key := repr(varied)) not in seen:
                seen.add(key)
                yield varied


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path in a value."""
    found = [path] if path else []
    children: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [place for key, child in children for place in places(child, (*path, key))]


def mutated(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """A copy of `value` with another value at `path`; `GONE` takes it away."""
    result = copy.deepcopy(value)
    holder = result
    for step in path[:-1]:
        holder = holder[step]
    if new is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return result


PARKING: dict[str, Any] = {
    "as_of": "2025-03-01",
    "town": {"name": "Ede", "closed": False},
    "lots": {"north": {"free": 0}, "south": {"free": 1}},
    "cars": {"bus": {"kind": "lorry", "lots": []}, "mini": {"kind": "car", "lots": []}},
    "visits": [],
}
