"""Lays out what the cases of policies show as one page of HTML, which needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ..analysis.coverage import Report, Shown
from ..diagnostics import printable
from .coverage import by_file, totals

_STYLE = """
:root { color-scheme: light dark; --text: #1c1c1c; --back: #fff; --quiet: #767676; --lack: #ffe3e0; --well: #e3f5e5; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e6e6; --back: #161616; --quiet: #9a9a9a; --lack: #57201b; --well: #16361b; }
}
body { color: var(--text); background: var(--back); font: 15px/1.5 system-ui, sans-serif; margin: 2rem; }
table { border-collapse: collapse; font: 13px/1.4 ui-monospace, monospace; width: 100%; }
td { padding: 0 .6rem; vertical-align: top; white-space: pre-wrap; overflow-wrap: anywhere; }
td.number { color: var(--quiet); text-align: right; width: 3rem; white-space: nowrap; }
td.says { color: var(--quiet); width: 35%; font-family: system-ui, sans-serif; }
tr.lack { background: var(--lack); }
tr.lack td.says { color: inherit; }
tr.well { background: var(--well); }
summary { cursor: pointer; font-weight: 600; margin: .6rem 0; }
"""


def coverage_page(report: Report) -> str:
    """The page: how much is covered, then every file, with what no case shows beside its lines."""
    covered = "".join(f"<p>{escape(line)}</p>\n" for line in totals(report))
    files = "".join(_file(name, lines) for name, lines in by_file(report).items())
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}<title>Coverage</title><style>{_STYLE}</style></head>\n'
        f"<body><h1>Coverage</h1>\n{covered}{files}</body></html>"
    )


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
