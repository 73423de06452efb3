"""Texts of which some words are known: where values of a type have them, and which they are in a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .interpret import DataPath
from .types import ListOf, MapOf, Record, Text, Type, known


class OpenText(NamedTuple):
    """A text, the name of its property, and where a table holds words that are known of it."""

    path: DataPath
    name: str
    text: str
    source: str


class OpenTexts:
    """Finds such texts. What many parts of a type share is looked through once."""

    def __init__(self) -> None:
        self._has: dict[int, bool] = {}

    def has(self, kind: Type) -> bool:
        """Whether values of a type may have any."""
        kind = known(kind)
        if id(kind) not in self._has:
            is_open = isinstance(kind, Text) and kind.known is not None
            self._has[id(kind)] = is_open or any(map(self.has, _inside(kind)))
        return self._has[id(kind)]

    def places(self, kind: Type, place: str = "") -> Iterator[tuple[str, str]]:
        """Where values have them, as pointers with `*` for each entry or item, and where the words are held."""
        kind = known(kind)
        if not self.has(kind):
            return
        if isinstance(kind, Text) and kind.known is not None:
            yield place, kind.known
        elif isinstance(kind, Record):
            for name, inner in kind.fields.items():
                yield from self.places(inner, f"{place}/{name}")
        else:
            for inner in _inside(kind):
                yield from self.places(inner, f"{place}/*")

    def of(self, kind: Type, value: Any, path: DataPath = (), name: str = "") -> Iterator[OpenText]:
        """Those of a valid value, or of a part of one, in its order."""
        kind = known(kind)
        if not self.has(kind):
            return
        match kind, value:
            case Text(known=str(source)), str():
                yield OpenText(path, name, value, source)
            case ListOf(item=item), list() if item is not None:
                for index, each in enumerate(value):
                    yield from self.of(item, each, (*path, index), name)
            case MapOf(entry=entry), dict():
                for key, each in value.items():
                    yield from self.of(entry, each, (*path, key), name)
            case Record(fields=fields), dict():
                for key, inner in fields.items():
                    yield from self.of(inner, value.get(key), (*path, key), key)


def _inside(kind: Type) -> tuple[Type, ...]:
    """The types of what values of a type hold."""
    match kind:
        case ListOf(item=item) if item is not None:
            return (item,)
        case MapOf(entry=entry):
            return (entry,)
        case Record(fields=fields):
            return tuple(fields.values())
    return ()
