"""Tables and time lines for a terminal that is wide enough: the words of the plain text, laid out by `rich`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDE = 100
"""From how many columns on a terminal is wide enough."""
_COLOURS = {"allow": "green", "deny": "red"}
_BLOCKS = {"allow": "█", "deny": "░"}
"""A stretch of a time line: not by its colour alone."""
_BEGINS = "▌"
_LEAST = 2


class Block(NamedTuple):
    """A part of a time line: its verdict, and its first and last day."""

    decision: str
    first: str
    last: str


class Wide(NamedTuple):
    """A terminal with so many columns."""

    columns: int

    def table(self, sections: Iterable[Sequence[Sequence[str]]], head: Sequence[str] = ()) -> Iterator[str]:
        """The lines of a table: of sections with a rule between them, each of rows of cells, which may have colours.

        A column of which nothing is said is left out.
        """
        from rich.box import ROUNDED
        from rich.table import Table
        from rich.text import Text

        rows = [(row, at == len(section)) for section in sections for at, row in enumerate(section, 1)]
        table = Table(box=ROUNDED, show_header=bool(head), header_style="dim")
        number = max([len(head), *(len(row) for row, _ in rows)])
        kept = [at for at in range(number) if any(row[at:] and row[at] for row in (head, *(row for row, _ in rows)))]
        for at in kept:
            table.add_column(Text(head[at] if head else ""), overflow="fold")
        for row, is_last in rows:
            table.add_row(*(_cell(row[at]) for at in kept), end_section=is_last)
        yield from self._lines(table)

    def time_line(self, blocks: Sequence[Block]) -> Iterator[str]:
        """A bar with blocks, each as long as it lasts, and below it the first days that have room."""
        from rich.text import Text

        days = [_number(each.last) - _number(each.first) + 1 for each in blocks]
        widths = shares(days, self.columns)
        bar, below, at = Text(), "", 0
        for each, width in zip(blocks, widths, strict=True):
            block = _BLOCKS.get(each.decision, "▒") * (width - 1)
            bar.append(_BEGINS + block, _COLOURS.get(each.decision, "yellow"))
            if at == 0 or (len(below) < at and at + len(each.first) <= self.columns):
                below = below.ljust(at) + each.first
            at += width
        yield from self._lines(bar)
        yield below

    def _lines(self, shown: RenderableType) -> list[str]:
        from rich.console import Console

        options: dict[str, Any] = {"force_terminal": True, "color_system": "standard", "legacy_windows": False}
        console = Console(file=StringIO(), width=self.columns, highlight=False, markup=False, emoji=False, **options)
        console.print(shown)
        assert isinstance(console.file, StringIO)
        return [line.rstrip() for line in console.file.getvalue().rstrip("\n").split("\n")]


def shares(parts: Sequence[int], whole: int) -> list[int]:
    """Whole numbers that are to each other about as the parts are, none too small to be seen, and together `whole`.

    There is room for all of them: of more parts than that each is as small as can be, and they take more.
    """
    total = sum(parts)
    found = [max(_LEAST, round(part * whole / total)) for part in parts]
    while sum(found) > whole and max(found) > _LEAST:
        found[found.index(max(found))] -= 1
    while sum(found) < whole:
        found[found.index(max(found))] += 1
    return found


def _cell(text: str) -> RenderableType:
    """The lines of a cell; what is broken off of one that is indented is indented as it is."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    lines = [(line.lstrip(" "), len(line) - len(line.lstrip(" "))) for line in text.split("\n")]
    return Group(*(Padding(Text.from_ansi(line), (0, 0, 0, indent)) for line, indent in lines))


def _number(day: str) -> int:
    return date.fromisoformat(day).toordinal()
