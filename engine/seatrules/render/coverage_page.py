"""Lays out what the cases of policies show as one page of HTML, which needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ..analysis.coverage import Report, Shown
from ..diagnostics import printable
from .coverage import by_file, totals
from .page import page


def coverage_page(report: Report) -> str:
    """The page: how much is covered, then every file, with what no case shows beside its lines."""
    covered = "".join(f"<p>{escape(line)}</p>\n" for line in totals(report))
    files = "".join(_file(name, lines) for name, lines in by_file(report).items())
    return page("Coverage", f"<h1>Coverage</h1>\n{covered}{files}")


def _file(name: str, lines: Mapping[int, Sequence[Shown]]) -> str:
    """A file, open where it has something that no case shows."""
    source = next(iter(lines.values()))[0].point.span.source
    lacking = sum(bool(each.lacking) for shown in lines.values() for each in shown)
    rows = "".join(
        _row(number, "" if source.withheld else text, lines.get(number, ()))
        for number, text in enumerate(source.lines, 1)
    )
    summary = f"{escape(printable(name))}: {lacking or 'nothing'} lacking"
    return f"<details{' open' if lacking else ''}><summary>{summary}</summary>\n<table>{rows}</table></details>\n"


def _row(number: int, text: str, shown: Sequence[Shown]) -> str:
    kind = "" if not shown else ' class="lack"' if any(each.lacking for each in shown) else ' class="well"'
    says = "<br>".join(escape(_says(each)) for each in shown if each.lacking or each.excused)
    cells = (("number", str(number)), ("text", escape(printable(text))), ("says", says))
    row = "".join(f'<td class="{name}">{cell}</td>' for name, cell in cells)
    return f"<tr{kind}>{row}</tr>\n"


def _says(shown: Shown) -> str:
    return f"{shown.point.title}: {shown.lack or f'excused: {printable(shown.excused or str())}'}"
