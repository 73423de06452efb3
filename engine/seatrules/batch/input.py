"""What is read: a file of rows, handed on in chunks; the same file gives the same chunks each time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..program import Program
from .deciding import Chunk
from .layout import Column, columns_of

BYTES_AT_ONCE = 16 * 1024 * 1024
"""About how large a chunk is at most."""


class Input(Protocol):
    """A file of rows."""

    where: str
    as_lines: bool

    @property
    def files(self) -> list[str]:
        """All files that it is read from."""
        ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that say requests; of lines, none are known beforehand."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns, in order; of lines, the keys of their objects."""
        ...

    @property
    def schema(self) -> Any:
        """The columns with their types; of lines, the one column in which they are handed on."""
        ...

    @property
    def rows(self) -> int:
        """How many rows it has; what can't be read of it is said now."""
        ...

    def has_one_of(self, names: Iterable[str]) -> str | None:
        """One of some names that is one of its columns'."""
        ...

    def check(self, programs: Iterable[Program]) -> None:
        """Check that the policy has what is said apart from the columns' names."""
        ...

    def prepare(self, folder: Path) -> list[tuple[str, int]]:
        """Make ready for the chunks, in a folder for what is kept meanwhile: how many rows of which file nobody has."""
        ...

    def chunks(self, after: int, at_once: int) -> Iterator[Chunk]:
        """Its rows after the first so many, which end a chunk, in chunks of so many at most."""
        ...


@dataclass
class File(ABC):
    """One file, which is read as it is."""

    where: str
    as_lines = False

    @property
    def files(self) -> list[str]:
        return [self.where]

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Its columns, in order."""

    @property
    def columns(self) -> tuple[Column, ...]:
        return () if self.as_lines else columns_of(self.names)

    def check(self, programs: Iterable[Program]) -> None:
        return

    def prepare(self, folder: Path) -> list[tuple[str, int]]:
        return []

    def has_one_of(self, names: Iterable[str]) -> str | None:
        return next((name for name in names if name in self.names), None)
