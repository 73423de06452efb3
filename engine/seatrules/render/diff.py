"""Lays out what differs between two policies, as text and as plain data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..analysis.diff.compare import Comparison, Told
from ..analysis.diff.written import Change, Detail, word_by_word
from ..diagnostics import printable

FIRST = 30
"""How many of the entries are shown that are written otherwise, where not all are asked for."""
_AROUND = {"same": "{}", "old": "[-{}-]", "new": "{{+{}+}}"}


def diff_text(compared: Comparison, *, everything: bool) -> str:
    """What is written otherwise."""
    return "\n".join([_head(compared), *_written_lines(compared, everything=everything)])


def _head(compared: Comparison) -> str:
    return f"{compared.name}: {printable(compared.old)} against {printable(compared.new)}"


def _written_lines(compared: Comparison, *, everything: bool) -> Iterator[str]:
    yield ""
    yield "What is written"
    if not compared.written:
        yield "  the same"
    shown = compared.written if everything else compared.written[:FIRST]
    for told in shown:
        yield f"  {_place(told.change)}: {told.change.title} {told.change.what}{_versions(told, compared)}"
        if told.change.what in ("changed", "added"):
            yield from (f"    {line}" for detail in told.change.details for line in _detail(detail))
    if more := len(compared.written) - len(shown):
        yield f"  and {more} more: `--all` lists them"


def _place(change: Change) -> str:
    return str(change.span)


def _versions(told: Told, compared: Comparison) -> str:
    """Between which versions it shows, where there are several."""
    if len(compared.pairs) == 1:
        return ""
    if len(told.pairs) == len(compared.pairs):
        return ", in every version"
    return f", in {', '.join(pair.title for pair in told.pairs)}"


def _detail(detail: Detail) -> list[str]:
    """One thing in words: a text that became another one word by word."""
    name = printable(".".join(detail.path))
    before = f"{name}: " if name else ""
    if isinstance(detail.old, str) and isinstance(detail.new, str):
        said = "".join(_AROUND[side].format(printable(text)) for side, text in word_by_word(detail.old, detail.new))
        return [before + said]
    sides = (("old", detail.old), ("new", detail.new))
    return [before + " ".join(_AROUND[side].format(_value(value)) for side, value in sides if value is not None)]


def _value(value: Any) -> str:
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def diff_data(compared: Comparison) -> dict[str, Any]:
    """All that differs, as plain data."""
    return {
        "policy": compared.name,
        "old": compared.old,
        "new": compared.new,
        "versions": [
            {"old": pair.old, "new": pair.new, "first": pair.first, "last": pair.last} for pair in compared.pairs
        ],
        "written": [
            {**told.change.as_dict(), "versions": [[pair.old, pair.new] for pair in told.pairs]}
            for told in compared.written
        ],
    }
