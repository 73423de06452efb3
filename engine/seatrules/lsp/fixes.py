"""Quick fixes: a word is replaced with the one that seems to be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from lsprotocol import types

from ..words import words
from .texts import EditorPlaces


def fixes(
    problems: Iterable[types.Diagnostic], uri: str, line_of: Callable[[int], str], places: EditorPlaces, language: str
) -> Iterator[types.CodeAction]:
    """A fix for each problem that says what is meant, in a text with these lines."""
    for problem in problems:
        data = problem.data if isinstance(problem.data, dict) else {}
        word, meant = data.get("word"), data.get("meant")
        if not (isinstance(word, str) and isinstance(meant, str) and problem.source == "seatrules"):
            continue
        number, line = problem.range.start.line, line_of(problem.range.start.line)
        first = places.column(line, problem.range.start.character)
        last = places.column(line, problem.range.end.character)
        at = line[first - 1 : last - 1].rfind(word)
        if at < 0:
            continue  # it is written in another way, or has changed
        place = places.range_in(line, number + 1, first + at, len(word))
        yield types.CodeAction(
            title=words("editor", language)["replace"].format(word=word, name=meant),
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[problem],
            is_preferred=True,
            edit=types.WorkspaceEdit(changes={uri: [types.TextEdit(place, meant)]}),
        )
