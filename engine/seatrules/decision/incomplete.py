"""Reads which maps and lists of a state are not wholly given: JSON pointers to parts of the state's schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..diagnostics import echoed
from ..errors import UsageError, unknown
from ..language.interpret import DataPath
from ..language.partial import marked
from ..language.text import pointer, pointer_parts
from ..language.types import ListOf, MapOf, Record, Type, known
from ..program import Program
from ..words import phrase


class Given(NamedTuple):
    """How much of a state is given: perhaps not every property, and of some maps and lists not all entries."""

    partial: bool
    incomplete: frozenset[DataPath]

    @classmethod
    def of(cls, partial: bool, incomplete: Sequence[str], program: Program) -> Given:
        """What is said of a state of the program; where something is `incomplete`, it is partial.

        Raises:
            UsageError: what is `incomplete` is no map or list of the state.
        """
        return cls(bool(partial or incomplete), incomplete_paths(incomplete, program.state))

    def marked(self, state: Mapping[str, Any], program: Program) -> Any:
        """The state, in which all that is not given is marked."""
        return marked(state, program.state, self.incomplete) if self.partial else state


WHOLLY = Given(False, frozenset())
"""A state that is given whole."""


def incomplete_paths(pointers: Sequence[str], state: Record) -> frozenset[DataPath]:
    """The paths of the maps and lists that are named as not wholly given.

    Raises:
        UsageError: one of them is no map or list of the state.
    """
    if not isinstance(pointers, list | tuple | set | frozenset):
        message = phrase("no_pointers", given=echoed(pointers))
        raise UsageError("no-pointers", message, suggestion=phrase("put_in_list"))
    return frozenset(_path(each, state) for each in pointers)


def _path(given: object, state: Record) -> DataPath:
    part, *names = pointer_parts(given) if isinstance(given, str) else ("",)
    if part == "state" and str(given).startswith("/") and (located := _located(names, state)) is not None:
        return located
    collections = list(dict.fromkeys(_pointers(state, ("state",), names)))
    raise unknown("pointer", given, collections, phrase("no_collection", name=echoed(given)))


def _located(names: Sequence[str], kind: Type) -> DataPath | None:
    """The path that the names lead along, to a map or a list; nothing where they lead to none."""
    path: list[str | int] = []
    for name in names:
        match known(kind):
            case Record(fields=fields) if name in fields:
                kind = fields[name]
                path.append(name)
            case MapOf(entry=entry):
                kind = entry
                path.append(name)
            case ListOf(item=item) if item is not None and name.isdecimal() and name.isascii():
                kind = item
                path.append(int(name))
            case _:
                return None
    return tuple(path) if isinstance(known(kind), MapOf | ListOf) else None


def _pointers(kind: Type, path: DataPath, given: Sequence[str]) -> Iterator[str]:
    """The pointers to every map and list of the state; what is within an entry goes by the key that is given there."""
    match known(kind):
        case Record(fields=fields):
            for name, inner in fields.items():
                yield from _pointers(inner, (*path, name), given)
        case MapOf(entry=inner) | ListOf(item=inner) if inner is not None:
            yield pointer(path)
            if len(given) >= len(path):
                yield from _pointers(inner, (*path, given[len(path) - 1]), given)
