"""A mapping that nobody changes: what answers share is handed out as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class ReadOnly(Mapping[str, Any]):
    """The entries of a mapping as they were, with those of the mappings in it. It can be pickled, as Python's can't."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self._entries = {key: ReadOnly(each) if isinstance(each, Mapping) else each for key, each in entries.items()}

    def __getitem__(self, key: str) -> Any:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return repr(self._entries)
