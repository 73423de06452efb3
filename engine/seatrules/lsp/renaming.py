"""Gives a thing another name, wherever it is named; or says why not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pygls.exceptions import JsonRpcException

from ..analysis.uses import NamedThing
from ..language.names import Names, is_reserved
from ..nodes import NOT_A_TEXT
from ..policy.kinds import CLAUSES, ID, NAME
from ..words import words
from .index import NamedPlace
from .reading import ReadPolicy

RENAMED = ("facts", "codes", *CLAUSES)
"""The kinds of what can be renamed."""
REFUSED = -32803
"""The code of an answer that a request can't be done, though it is well formed."""


class RefusedError(JsonRpcException):
    """Something can't be done, in our words."""

    CODE = REFUSED

    def __init__(self, message: str) -> None:
        super().__init__(message, REFUSED)


def renamed(
    reading: ReadPolicy, named: NamedPlace, name: str, others: Iterable[ReadPolicy], language: str
) -> list[NamedPlace]:
    """Every place that has to have the new name, in the policy and in extensions of it.

    Raises:
        RefusedError: it is no name, or taken, or where it is named can't be said.
    """
    say = words("editor", language)
    thing = named.thing
    _, _, own = thing.name.rpartition("/")
    if thing.kind not in RENAMED or thing not in reading.index.declared:
        raise RefusedError(say["not_renamed"].format(name=own))
    readings = [reading, *others]
    if any(each.index.unread or _has_errors(each) for each in readings):
        raise RefusedError(say["rename_with_errors"])
    if not all(each.path.is_relative_to(reading.home.folder) for each in reading.index.declared[thing]):
        raise RefusedError(say["declared_elsewhere"].format(name=own, file=reading.index.declared[thing][0].path))
    is_name = re.match(str((ID if thing.kind in CLAUSES else NAME)["pattern"]), name) is not None
    if not is_name or NOT_A_TEXT.fullmatch(name) or (thing.kind == "facts" and is_reserved(name)):
        raise RefusedError(say["no_name"].format(name=name))
    if name != own and any(_is_taken(each, thing, name) for each in readings):
        raise RefusedError(say["name_taken"].format(name=name))
    return [*_once(place for each in readings for place in each.index.every(thing))]


def _has_errors(reading: ReadPolicy) -> bool:
    return any(problem.severity == "error" for problem in reading.problems)


def _once(places: Iterable[NamedPlace]) -> Iterator[NamedPlace]:
    """Each place once: the files of a policy are read with each of its extensions."""
    seen = set[tuple[object, ...]]()
    for each in places:
        key = (each.path, *each.span[1:])
        if key not in seen:
            seen.add(key)
            yield each


def _is_taken(reading: ReadPolicy, thing: NamedThing, name: str) -> bool:
    """Whether something else has a name already where this is named."""
    group, slash, _ = thing.name.rpartition("/")
    if NamedThing(thing.kind, f"{group}{slash}{name}") in reading.index.declared:
        return True
    return thing.kind == "facts" and any(name in each for each in _names(reading))


def _names(reading: ReadPolicy) -> Iterator[Iterable[str]]:
    """The names that expressions may use: those of every version, action, fact and loop."""
    seen: set[int] = set()
    names: Names
    for version in reading.versions:
        for _, names, _ in version.bound:
            if id(names) not in seen:
                seen.add(id(names))
                yield names.kinds()
