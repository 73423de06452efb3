"""Takes values out of the columns of Arrow, a column at a time, as plain data in the shape that a policy expects."""

from __future__ import annotations

import re
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from ..errors import RequestError
from ..language.types import Boolean, Integer, ListOf, MapOf, Maybe, Record, Type, known
from ..lines import value_of

if TYPE_CHECKING:
    from pyarrow import Array, ChunkedArray

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})")


class Repeated(dict[str, Any]):
    """A map in which a key is there twice: a request with it is refused."""

    def __init__(self, key: Any) -> None:
        super().__init__()
        self.key = key


def values(column: Array | ChunkedArray, kind: Type | None = None) -> list[Any]:
    """The values of a column, of which the policy may say the type; see `TakenColumn`."""
    return TakenColumn(column, kind).values


class TakenColumn:
    """What is taken out of a column, of which the policy says the type; an empty value is null.

    In a nested value, what is empty is null where it has to be there and may be null, and is else left out.
    """

    def __init__(self, column: Array | ChunkedArray, kind: Type | None, *, cells: bool = False) -> None:
        """Take all of a column.

        Args:
            cells: texts in it are cells of a CSV.
        """
        self.cells, self.has_repeated = cells, False
        arrays = column.chunks if hasattr(column, "chunks") else [column]
        self.values = list(chain.from_iterable(self._of(each, kind) for each in arrays))

    def _of(self, array: Array, kind: Type | None) -> list[Any]:
        from pyarrow import types

        inner = None if kind is None else known(kind)
        if types.is_dictionary(array.type):
            return self._of(array.dictionary_decode(), kind)
        if types.is_struct(array.type):
            return self._structs(array, inner)
        if types.is_map(array.type):
            return self._maps(array, inner)
        if types.is_list(array.type) or types.is_large_list(array.type):
            items = self._of(array.values, inner.item if isinstance(inner, ListOf) else None)
            return _gathered(array, [items[start:end] for start, end in pairwise(array.offsets.to_pylist())])
        if types.is_date(array.type):
            return list(array.cast("string").to_pylist())
        if self.cells and types.is_string(array.type):
            return [_cell(each, inner) for each in array.to_pylist()]
        return _plain(array)

    def _structs(self, array: Array, kind: Type | None) -> list[Any]:
        """Records, or maps of which each key is a field."""
        names = [each.name for each in array.type]
        columns = [self._of(array.field(number), _kind_of(kind, name)) for number, name in enumerate(names)]
        rows = zip(*columns, strict=True) if columns else [()] * len(array)
        fields = [(name, _null_is_given(kind, name)) for name in names]
        made: list[Any] = [
            {name: value for (name, keep), value in zip(fields, row, strict=True) if value is not None or keep}
            for row in rows
        ]
        return _gathered(array, made)

    def _maps(self, array: Array, kind: Type | None) -> list[Any]:
        keys = self._of(array.keys, None)
        items = self._of(array.items, kind.entry if isinstance(kind, MapOf) else None)
        made = []
        for start, end in pairwise(array.offsets.to_pylist()):
            entries: dict[Any, Any] = dict(zip(keys[start:end], items[start:end], strict=True))
            if len(entries) < end - start:
                self.has_repeated = True
                twice = (key for at, key in enumerate(keys[start:end]) if key in keys[start : start + at])
                entries = Repeated(next(twice))
            made.append(entries)
        return _gathered(array, made)


def _plain(array: Array) -> list[Any]:
    """Values as Python's; where one is too large for that, all as they are, which no policy takes for plain data."""
    try:
        return list(array.to_pylist())
    except (OverflowError, ValueError):
        return [each if each.is_valid else None for each in array]


def has_repeated(array: Array | ChunkedArray) -> bool:
    """Whether a map in a column may have a key twice: told without taking anything out."""
    from pyarrow import ListArray, types

    if hasattr(array, "chunks"):
        return any(map(has_repeated, array.chunks))
    if types.is_struct(array.type):
        return any(has_repeated(array.field(number)) for number in range(array.type.num_fields))
    if types.is_map(array.type):
        keys, items = (ListArray.from_arrays(array.offsets, each) for each in (array.keys, array.items))
        return _repeats(keys) or has_repeated(items.flatten())
    return types.is_nested(array.type) and has_repeated(array.flatten())


def _repeats(lists: Any) -> bool:
    """Whether something is twice in a list; in most files what comes later in each has come later in all."""
    from pyarrow import compute, int64

    encoded, of = lists.flatten().dictionary_encode(), compute.list_parent_indices(lists).cast(int64())
    numbers = encoded.indices.cast(int64())
    each = compute.add(compute.multiply(of, len(encoded.dictionary)), numbers)
    if len(each) < 2 or compute.all(compute.less(each[:-1], each[1:])).as_py():
        return False
    return bool(compute.count_distinct(each).as_py() < len(each))


def scalar(text: str, kind: Type | None) -> Any:
    """What a text says where the policy expects a truth value or a number; what is none stays a text."""
    if isinstance(kind, Boolean):
        return {"true": True, "false": False}.get(text, text)
    return int(text) if isinstance(kind, Integer) and _INTEGER.fullmatch(text) else text


def _cell(text: str | None, kind: Type | None) -> Any:
    """What a cell of a CSV says that is a part of a nested value; what can't be read stays a text."""
    if not text:
        return None
    if isinstance(kind, ListOf | MapOf | Record):
        try:
            return value_of(text.encode())
        except RequestError:
            return text
    return scalar(text, kind)


def _kind_of(kind: Type | None, name: str) -> Type | None:
    if isinstance(kind, Record):
        return kind.fields.get(name)
    return kind.entry if isinstance(kind, MapOf) else None


def _null_is_given(kind: Type | None, name: str) -> bool:
    """Whether an empty field of a record says null; where the policy knows nothing of it, it is kept as it is."""
    if isinstance(kind, Record):
        return name in kind.required and isinstance(kind.fields[name], Maybe)
    return kind is None


def _gathered(array: Array, made: list[Any]) -> list[Any]:
    """What was made of each value, and null of those that are."""
    if not array.null_count:
        return made
    return [each if valid else None for each, valid in zip(made, array.is_valid().to_pylist(), strict=True)]
