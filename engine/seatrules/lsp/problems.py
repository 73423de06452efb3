"""What is wrong with a policy, as an editor shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types

from ..diagnostics import Diagnostic, Meant, SourceText, Span
from ..words import Phrase
from .texts import EditorPlaces, file_of, uri_of

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}


def by_file(problems: Iterable[Diagnostic], places: EditorPlaces) -> dict[Path, list[types.Diagnostic]]:
    """The problems of each file: errors before warnings, and these before notes, each by its place."""
    shown: dict[Path, list[types.Diagnostic]] = {}
    order = [*_SEVERITIES]
    for problem in sorted(problems, key=lambda each: (order.index(each.severity), each.span.sort_key)):
        shown.setdefault(file_of(problem.span.source), []).append(_shown(problem, places))
    return shown


def beside(problems: Iterable[Diagnostic], known: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those problems that are not among others."""
    others = {_key(each) for each in known}
    return [each for each in problems if _key(each) not in others]


def _key(problem: Diagnostic) -> tuple[object, ...]:
    return (*problem.span.sort_key, problem.code, problem.message)


def moved(problem: Diagnostic, texts: Mapping[str, Sequence[str]]) -> Diagnostic | None:
    """A problem where it is now, in files that have these lines, by the names of their sources; nothing where what it
    is about has changed.

    What it is related to is where that is now; what of that has changed is left out.
    """
    span = _moved(problem.span, texts)
    if span is None:
        return None
    notes = ((_moved(place, texts), message) for place, message in problem.notes)
    return problem._replace(span=span, notes=tuple((place, message) for place, message in notes if place is not None))


def _moved(span: Span, texts: Mapping[str, Sequence[str]]) -> Span | None:
    if span.source.name not in texts:
        return span
    before, lines = [*span.source.lines], [*texts[span.source.name]]
    if before == lines or not before:
        return span
    at = span.line - 1
    same = next((number for number, pair in enumerate(zip(before, lines, strict=False)) if pair[0] != pair[1]), None)
    if same is None or at < same:
        return span
    from_end = len(before) - at
    if from_end > len(lines) - same or before[-from_end:] != lines[-from_end:]:
        return None
    source = SourceText(span.source.name, span.source.place, lines, span.source.withheld)
    return span._replace(source=source, line=len(lines) - from_end + 1)


def _shown(problem: Diagnostic, places: EditorPlaces) -> types.Diagnostic:
    case = f"case `{problem.case}`: " if problem.case else ""
    help_text = f"\nhelp: {problem.help}" if problem.help else ""
    return types.Diagnostic(
        range=places.range_of(problem.span),
        message=f"{case}{problem.message}{help_text}",
        severity=_SEVERITIES[problem.severity],
        code=problem.code,
        source="seatrules",
        related_information=[_related(span, message, places) for span, message in problem.notes] or None,
        data=_meant(problem),
    )


def _related(span: Span, message: str, places: EditorPlaces) -> types.DiagnosticRelatedInformation:
    location = types.Location(uri_of(file_of(span.source)), places.range_of(span))
    return types.DiagnosticRelatedInformation(location, message)


def _meant(problem: Diagnostic) -> dict[str, Any] | None:
    """What seems to be meant in the place of a word, for what mends it."""
    mend = problem.mend
    if isinstance(mend, Meant):
        return {"word": mend.word, "meant": mend.name}
    if isinstance(mend, Phrase) and mend.name == "did_you_mean":
        return {"word": problem.span.underlined.strip("'\""), "meant": str(dict(mend.values)["name"])}
    return None
