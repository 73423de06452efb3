"""Reads the bytes of a file as lines of text, of which none holds a character that no policy needs."""

from __future__ import annotations

import re

from .diagnostics import SourceText, Span
from .files import MAX_BYTES
from .problems import Problems
from .words import phrase

FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What no text that is read may hold."""


def decode(data: bytes, name: str, place: str | None = None, *, withheld: bool = False) -> SourceText:
    """The text of a file, as lines; of one that is `withheld`, nothing is shown in what is said of it.

    Raises:
        PolicyError: it is too large, is not UTF-8, or holds a character that no policy needs.
    """
    problems = Problems()
    place = place or name
    if len(data) > MAX_BYTES:
        what = phrase("file_too_large", size=MAX_BYTES // 1024 // 1024)
        problems.error("too-large", what, _whole(name, place))
        problems.raise_errors()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        problems.error(
            "not-utf-8",
            phrase("byte_not_utf_8", byte=f"{data[error.start]:02x}"),
            Span(SourceText(name, place, withheld=withheld), line, error.start - before.rfind(b"\n")),
            help=phrase("save_as_utf_8"),
        )
        problems.raise_errors()
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    source = SourceText(name, place, text.split("\n"), withheld)
    for number, line_text in enumerate(source.lines, 1):
        for forbidden in FORBIDDEN.finditer(line_text):
            problems.error(
                "forbidden-character",
                phrase("forbidden_character", code=code_point(forbidden)),
                Span(source, number, forbidden.start() + 1),
            )
    problems.raise_errors()
    return source


def _whole(name: str, place: str) -> Span:
    return Span(SourceText(name, place))


def code_point(character: re.Match[str]) -> str:
    """The code point of a character, as Unicode writes it."""
    return f"{ord(character[0]):04X}"
