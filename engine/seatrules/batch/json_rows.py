"""Reads lines of JSON as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..json_text import parse_json
from ..lines import numbered_lines
from .deciding import Chunk
from .input import BYTES_AT_ONCE, File
from .rows import LINE


@dataclass
class JsonLines(File):
    """Lines that are an object each; empty ones are no rows."""

    as_lines = True

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The keys of all objects, in the order in which they come; what is no object has none."""
        keys: dict[str, None] = {}
        for line in self._lines():
            keys |= dict.fromkeys(object_of(line))
        return tuple(keys)

    def has_one_of(self, names: Iterable[str]) -> str | None:
        """One of some names that is the key of an object; not every line is read as JSON for it."""
        written = {name: f'"{name}"'.encode() for name in names}
        for line in self._lines():
            for name, sign in written.items():
                if sign in line and name in object_of(line):
                    return name
        return None

    @property
    def schema(self) -> Any:
        import pyarrow

        return pyarrow.schema([(LINE, pyarrow.binary())])

    @cached_property
    def rows(self) -> int:
        return sum(1 for _ in self._lines())

    def _lines(self) -> Iterator[bytes]:
        return (line.rstrip(b"\r\n") for _, line in numbered_lines(self.where))

    def chunks(self, after: int, at_once: int) -> Iterator[Chunk]:
        first, lines, size = after + 1, list[bytes](), 0
        for number, line in enumerate(self._lines()):
            if number < after:
                continue
            lines.append(line)
            size += len(line)
            if len(lines) == at_once or size > BYTES_AT_ONCE:
                yield self._chunk(first, lines)
                first, lines, size = first + len(lines), [], 0
        if lines:
            yield self._chunk(first, lines)

    def _chunk(self, first: int, lines: list[bytes]) -> Chunk:
        import pyarrow

        return Chunk(first, pyarrow.table([pyarrow.array(lines, pyarrow.binary())], schema=self.schema))


def object_of(line: bytes) -> dict[str, Any]:
    """The object of a line; an empty one where it is none."""
    try:
        value = parse_json(line)
    except Exception:
        return {}
    return value if isinstance(value, dict) else {}
