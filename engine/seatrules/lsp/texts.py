"""Files and places as editors name them, and as ours do."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path

from ..diagnostics import SourceText, Span
from ..files import as_named
from ..policy.folders import HEADER


def path_of(uri: str) -> Path | None:
    """The whole path of a file that an editor names; nothing where it names none on this machine."""
    path = to_fs_path(uri)
    return as_named(Path(path)) if path and "\0" not in path else None


def uri_of(path: Path) -> str:
    """How an editor names a file."""
    return from_fs_path(str(path)) or path.as_uri()


def file_of(source: SourceText) -> Path:
    """The whole path of the file that a text comes from; of a folder's text, that of its header."""
    path = as_named(Path(source.name))
    return path / HEADER if path.is_dir() else path


def lines_of(text: str) -> list[str]:
    """The lines of a text as editors count them: its other separators are signs like any."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


class Units(Protocol):
    """What counts the units of an editor's encoding."""

    def client_num_units(self, chars: str, /) -> int:
        """How many units a text takes."""
        ...


class EditorPlaces:
    """Between our places, which count characters from 1, and an editor's, which count units of an encoding from 0."""

    def __init__(self, codec: Units) -> None:
        self._codec = codec

    def units(self, text: str) -> int:
        """How many units a text takes."""
        return self._codec.client_num_units(text)

    def range_of(self, span: Span) -> types.Range:
        """The place of a span; of one in a text that is not known, the beginning of its line."""
        return self.range_in(span.text or "", span.line, span.column, span.width)

    def range_in(self, line: str, number: int, column: int, width: int) -> types.Range:
        """The place of so many characters of a line from a column on, both of which count from 1."""
        start, end = self.units(line[: column - 1]), self.units(line[: column - 1 + width])
        return types.Range(types.Position(number - 1, start), types.Position(number - 1, end))

    def column(self, line: str, units: int) -> int:
        """The column, from 1, of what stands so many units into a line."""
        counted = 0
        for column, character in enumerate(line, 1):
            if counted >= units:
                return column
            counted += self.units(character)
        return len(line) + 1
