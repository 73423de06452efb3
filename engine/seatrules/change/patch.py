"""Effects as a JSON Patch (RFC 6902): for databases and services that take one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from ..language.interpret import DataPath, fresh
from ..language.text import pointer
from .effects import NOTHING, Effect, from_last_to_first


def patch_of(effects: Iterable[Effect]) -> list[dict[str, Any]]:
    """Each operation that does to a state what the effects do, in their order.

    A value of a mapping is set by `add`, which puts it there whether there is one or not.
    """
    created = set[DataPath]()
    turns = groupby(effects, key=lambda effect: effect.turn)
    return [operation for _, together in turns for operation in _at_once(list(together), created)]


def _at_once(effects: list[Effect], created: set[DataPath]) -> Iterator[dict[str, Any]]:
    """Each operation of effects that are all of the state before them."""
    for effect in effects:
        entry = _entry(effect.parts)
        if effect.creates is not None and entry not in created:
            created.add(entry)
            yield _operation("add", entry, dict(effect.creates))
        if effect.after is not NOTHING:
            is_there = type(effect.parts[-1]) is int and effect.before is not NOTHING
            yield _operation("replace" if is_there else "add", effect.parts, effect.after)
    for parts in from_last_to_first(effect.parts for effect in effects if effect.after is NOTHING):
        created.discard(parts)
        yield {"op": "remove", "path": pointer(parts)}


def _entry(parts: DataPath) -> DataPath:
    """The entry of a map that holds a property, or a list that something is appended to."""
    return parts[:-2] if type(parts[-1]) is int else parts[:-1]


def _operation(op: str, parts: DataPath, value: Any) -> dict[str, Any]:
    return {"op": op, "path": pointer(parts), "value": fresh(value)}
