"""Where in a state the maps lie whose keys others name."""

from __future__ import annotations

from ..language.types import Key, ListOf, MapOf, Record, Type, known

Steps = tuple[str, ...]


def path_of_map(entry: str, state: Record) -> Steps:
    """The names that lead to the map of the entries with a name."""
    path = _path(entry, state, ())
    assert path is not None
    return path


def _path(entry: str, kind: Type, path: Steps) -> Steps | None:
    match known(kind):
        case MapOf(entry=inner) as of if of.has_own_keys and inner.name == entry:
            return path
        case Record(fields=fields):
            paths = (_path(entry, inner, (*path, name)) for name, inner in fields.items())
            return next((each for each in paths if each is not None), None)
    return None


def key_in(kind: Type) -> str | None:
    """The name of the entries whose key a value of a type is, or each item of a list."""
    kind = known(kind)
    if isinstance(kind, ListOf) and kind.item is not None:
        return key_in(kind.item)
    return kind.entry if isinstance(kind, Key) else None
