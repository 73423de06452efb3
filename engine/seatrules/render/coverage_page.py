"""Lays out what the cases of policies show as one page of HTML, which needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..analysis.coverage import Report, ShownPoint
from ..book.layout import page_alone
from ..diagnostics import printable
from .coverage import by_file, totals


class _Line(NamedTuple):
    """A line of a file, with what no case shows of it; `kind` says whether anything is lacking."""

    number: int
    text: str
    kind: str
    says: tuple[str, ...]


def coverage_page(report: Report) -> str:
    """The page: how much is covered, then every file, with what no case shows beside its lines.

    Raises:
        UsageError: jinja2 is not installed.
    """
    files = [_file(name, lines) for name, lines in by_file(report).items()]
    return page_alone("coverage.html", totals=list(totals(report)), files=files)


def _file(name: str, lines: Mapping[int, Sequence[ShownPoint]]) -> dict[str, Any]:
    """A file, and of how much in it something is lacking."""
    lacking = sum(bool(each.lacking) for shown in lines.values() for each in shown)
    return {"name": printable(name), "lacking": lacking, "lines": list(_lines(lines))}


def _lines(lines: Mapping[int, Sequence[ShownPoint]]) -> Iterator[_Line]:
    source = next(iter(lines.values()))[0].point.span.source
    for number, text in enumerate(source.lines, 1):
        shown = lines.get(number, ())
        kind = "" if not shown else "lack" if any(each.lacking for each in shown) else "well"
        says = tuple(_says(each) for each in shown if each.lacking or each.excused)
        yield _Line(number, "" if source.withheld else printable(text), kind, says)


def _says(shown: ShownPoint) -> str:
    return f"{shown.point.title}: {shown.lack or f'excused: {printable(shown.excused or str())}'}"
