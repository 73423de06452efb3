"""What is not given of a state in partial mode: marked where it would stand, so that nothing takes it for absent."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from .text import pointer
from .types import ListOf, MapOf, Record, Type, known

if TYPE_CHECKING:
    from .interpret import DataPath


class NotGiven:
    """Stands in a state for a property that is not given."""

    __slots__ = ("path",)

    def __init__(self, path: DataPath) -> None:
        self.path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NotGiven) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"NotGiven({self.path!r})"


class PartOfMap(dict[str, Any]):
    """A map of which not all entries are given."""

    path: DataPath


class PartOfList(list[Any]):
    """A list of which not all entries are given."""

    path: DataPath


Part = TypeVar("Part", PartOfMap, PartOfList)
_PARTS = (PartOfMap, PartOfList)


class NotKnown(NamedTuple):
    """A value that is not known, in an answer: what is not given and would tell it."""

    needs: tuple[DataPath, ...]

    def text(self, words: str) -> str:
        """What is printed in the place of the value: the words, with the paths in them."""
        return words.format(paths=", ".join(pointer(("state", *path)) for path in self.needs))


def marked(value: Any, kind: Type, incomplete: Collection[DataPath], path: DataPath = ()) -> Any:
    """A state, or a part of it, in which every property that is not given, and what is `incomplete`, is marked."""
    match known(kind):
        case Record(fields=fields) if isinstance(value, dict):
            given = {
                name: marked(part, fields[name], incomplete, (*path, name)) if name in fields else part
                for name, part in value.items()
            }
            return given | {name: NotGiven((*path, name)) for name in fields if name not in given}
        case MapOf(entry=entry) if isinstance(value, dict):
            entries = {key: marked(part, entry, incomplete, (*path, key)) for key, part in value.items()}
            return part_of(PartOfMap(entries), path) if path in incomplete else entries
        case ListOf(item=item) if isinstance(value, list):
            assert item is not None
            items = [marked(part, item, incomplete, (*path, index)) for index, part in enumerate(value)]
            return part_of(PartOfList(items), path) if path in incomplete else items
    return value


def unmarked(value: Any) -> Any:
    """A state, or a part of it, as it was given: nothing in it is marked."""
    if isinstance(value, dict):
        return {name: unmarked(part) for name, part in value.items() if not isinstance(part, NotGiven)}
    return [unmarked(part) for part in value] if isinstance(value, list) else value


def part_of(value: Part, path: DataPath) -> Part:
    """A map or list of which not all entries are given, with its path."""
    value.path = path
    return value


def as_given(items: list[Any], value: list[Any]) -> list[Any]:
    """The items of a list in another form; of which not all are given where that is so of the list."""
    return part_of(PartOfList(items), value.path) if isinstance(value, PartOfList) else items


def gap(value: Any) -> DataPath | None:
    """The path of a map or a list of which not all entries are given; nothing of any other value."""
    return value.path if isinstance(value, _PARTS) else None


def gaps(value: Any) -> Iterator[DataPath]:
    """The paths of all that is not given in a value."""
    if isinstance(value, NotGiven):
        yield value.path
    elif isinstance(value, dict | list):
        if (path := gap(value)) is not None:
            yield path
        for part in value.values() if isinstance(value, dict) else value:
            yield from gaps(part)
