"""Lays out what differs between two policies as one page of HTML, which needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..analysis.diff.compare import Comparison, Told
from ..analysis.diff.meaning import Meaning
from ..analysis.diff.written import Detail, word_by_word
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
from .page import page

_TAGS = {"same": "{}", "old": "<del>{}</del>", "new": "<ins>{}</ins>"}


def diff_page(compared: Comparison) -> str:
    """The page: what it means, then whom it touches, then what is written otherwise."""
    return page("What differs", "".join(_parts(compared)))


def _parts(compared: Comparison) -> Iterator[str]:
    yield f"<h1>What differs</h1>\n<p>{escape(head_text(compared))}</p>\n<h2>What it means</h2>\n"
    yield from (f"<p>{escape(line)}</p>\n" for line in declared_lines(compared))
    yield from (_meaning(each) for each in compared.meanings if each.meaning != "the same")
    if same := same_text(compared.meanings):
        yield f"<p>{escape(same.strip())}</p>\n"
    if compared.touched is not None:
        yield f"<pre>{escape(touched_text(compared.touched, everything=True).strip())}</pre>\n"
    yield "<h2>What is written</h2>\n"
    yield from (_told(each, compared) for each in compared.written)


def _meaning(meaning: Meaning) -> str:
    several = len(meaning.witnesses) > 1
    lines = [escape(line) for each in meaning.witnesses for line in witness_lines(each, several=several)]
    shown = "\n".join(lines)
    return f"<details open><summary>{escape(meaning_title(meaning))}</summary>\n<pre>{shown}</pre></details>\n"


def _told(told: Told, compared: Comparison) -> str:
    lines = "\n".join(_detail(each) for each in told.change.details)
    title = escape(f"{told.change.span}: {told_title(told, compared)}")
    return f"<details open><summary>{title}</summary>\n<pre>{lines}</pre></details>\n"


def _detail(detail: Detail) -> str:
    if not (isinstance(detail.old, str) and isinstance(detail.new, str)):
        return escape(detail_text(detail))
    parts = word_by_word(detail.old, detail.new)
    said = "".join(_TAGS[side].format(escape(printable(text))) for side, text in parts)
    return f"{escape(printable('.'.join(detail.path)))}: {said}"
