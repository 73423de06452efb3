"""Lays out problems: the place and message on the first line, then the line of the file with the words underlined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..decision.explain import value_text
from ..diagnostics import Diagnostic, Span, printable
from ..errors import BrokenRule, RequestError
from ..words import phrase

SHOWN = 20
_SEVERITIES = ("error", "warning", "note")


def problem_text(problem: Diagnostic) -> str:
    """One problem with its excerpt, its help and the places it refers to."""
    lines = [printable(str(problem)), *_excerpt(problem.span)]
    if problem.help:
        lines.append(f"  help: {printable(problem.help)}")
    for span, message in problem.notes:
        lines += [f"{span}: {message}", *_excerpt(span)]
    return "\n".join(lines)


def _excerpt(span: Span) -> Iterator[str]:
    text = span.text
    if text is None or not text.strip():
        return
    margin = " " * len(str(span.line))
    start = max(0, span.column - 100)
    shown = text[start : start + 160]
    before = span.column - 1 - start
    width = max(1, len(printable(shown[before : before + span.width])))
    yield f"{margin} |"
    yield f"{span.line} | {printable(shown)}"
    yield f"{margin} | " + " " * len(printable(shown[:before])) + "^" * width


def problems_text(problems: Sequence[Diagnostic], *, everything: bool = False) -> str:
    """Problems one below the other: 20 of them and how many are left, or all; if not all, errors come first."""
    shown = problems
    if not everything and len(problems) > SHOWN:
        shown = sorted(problems, key=lambda problem: _SEVERITIES.index(problem.severity))[:SHOWN]
    return "\n\n".join([*map(problem_text, shown), *_left_out(problems, shown)])


def request_error_text(error: RequestError, *, everything: bool = False) -> str:
    """The problems of a request in the error's language, each with its path and what is allowed there."""
    language = error.problems[0].language
    shown = error.problems if everything else error.problems[:SHOWN]
    lines = []
    for problem in shown:
        written = "" if problem.span is None else f"{problem.span}: "
        place = f"{printable(problem.path)}: " if problem.path else ""
        lines.append(f"{written}error[{problem.code}]: {place}{printable(problem.message)}")
        if problem.span is not None:
            lines += _excerpt(problem.span)
        if problem.invariant:
            lines += _broken(problem.invariant)
        if problem.suggestion:
            lines.append(f"  help: {printable(problem.suggestion)}")
        elif problem.allowed:
            allowed = phrase("allowed_here", words=", ".join(map(printable, problem.allowed)))
            lines.append(f"  help: {allowed.text(language)}")
    return "\n".join([*lines, *_left_out(error.problems, shown, language)])


def _broken(broken: BrokenRule) -> Iterator[str]:
    """The invariant that a state breaks: the values seen, its place and its id."""
    for name, value in broken.values:
        yield f"  {printable(name)} = {value_text(value)}"
    yield f"  {broken.at}  {broken.rule}" if broken.at else f"  {broken.rule}"


def _left_out(problems: Sequence[object], shown: Sequence[object], language: str | None = None) -> list[str]:
    left = len(problems) - len(shown)
    return [phrase("left_out", count=left).text(language)] if left else []
