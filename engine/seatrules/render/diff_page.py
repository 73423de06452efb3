"""Lays out what differs between two policies as one page of HTML, which needs nothing beside itself."""

from __future__ import annotations

from typing import Any

from ..analysis.diff.compare import Comparison, WrittenDifference
from ..analysis.diff.meaning import SAME, Meaning
from ..analysis.diff.written import Detail, word_by_word
from ..book.layout import page_alone
from ..diagnostics import printable
from .diff import (
    declared_lines,
    detail_text,
    head_text,
    meaning_title,
    same_text,
    told_title,
    witness_lines,
)
from .diff_touched import touched_text


def diff_page(compared: Comparison) -> str:
    """The page: what it means, then whom it touches, then what is written otherwise.

    Raises:
        UsageError: jinja2 is not installed.
    """
    touched = None if compared.touched is None else touched_text(compared.touched, everything=True).strip()
    return page_alone(
        "diff.html",
        head=head_text(compared),
        declared=declared_lines(compared),
        meanings=[_meaning(each) for each in compared.meanings if each.meaning != SAME],
        same=(same_text(compared.meanings) or "").strip(),
        touched=touched,
        written=[_told(each, compared) for each in compared.written],
    )


def _meaning(meaning: Meaning) -> dict[str, Any]:
    several = len(meaning.witnesses) > 1
    lines = [line for each in meaning.witnesses for line in witness_lines(each, several=several)]
    return {"title": meaning_title(meaning), "lines": lines}


def _told(told: WrittenDifference, compared: Comparison) -> dict[str, Any]:
    details = [_detail(each) for each in told.change.details]
    return {"title": f"{told.change.span}: {told_title(told, compared)}", "details": details}


def _detail(detail: Detail) -> list[tuple[str, str]]:
    """One thing in pieces, each with whether both have it, only the old or only the new one."""
    if not (isinstance(detail.old, str) and isinstance(detail.new, str)):
        return [("same", detail_text(detail))]
    pieces = [(str(side), printable(text)) for side, text in word_by_word(detail.old, detail.new)]
    return [("same", f"{printable('.'.join(detail.path))}: "), *pieces]
