"""Lays out findings for the review of a change: as annotations of a workflow on GitHub, and as a log in SARIF 2.1.0."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from ..analysis.catalogue import Kind, kind_of
from ..diagnostics import Diagnostic, Span, printable
from ..errors import FileError, PolicyError, SeatrulesError, SuiteError, UsageError
from ..files import as_named
from ..version import __version__

Level = Literal["error", "warning", "note"]
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


class Remark(NamedTuple):
    """One thing to say of a place: how grave it is, of what kind, and the words; `notes` are places that it names."""

    level: Level
    kind: Kind
    text: str
    span: Span | None = None
    notes: Sequence[tuple[Span, str]] = ()


def remark_of(problem: Diagnostic) -> Remark:
    """A problem of a file as a remark, with what helps."""
    case = f"case `{problem.case}`: " if problem.case else ""
    text = f"{case}{problem.message}" + (f"\nhelp: {problem.help}" if problem.help else "")
    levels: Mapping[str, Level] = {"error": "error", "warning": "warning", "note": "note"}
    return Remark(levels[problem.severity], kind_of(problem.code), text, problem.span, problem.notes)


def remarks_of(error: SeatrulesError) -> Iterator[Remark]:
    """What keeps something from being looked at, as remarks."""
    if isinstance(error, PolicyError | SuiteError):
        yield from map(remark_of, error.problems)
    else:
        code = error.code if isinstance(error, FileError | UsageError) else "error"
        yield Remark("error", kind_of(code), str(error))


class _ReviewedFile(NamedTuple):
    """A file that is there, as it is named from the folder in which the command runs; elsewhere by its whole path."""

    path: str
    is_below: bool


def _found(span: Span | None) -> _ReviewedFile | None:
    """The file of a place; nothing where there is none on this disk: it is of a revision, or in a zip."""
    if span is None or not Path(span.source.name).exists():
        return None
    path, here = as_named(Path(span.source.name)), Path.cwd()
    if path.is_relative_to(here):
        return _ReviewedFile(path.relative_to(here).as_posix(), is_below=True)
    return _ReviewedFile(path.as_posix(), is_below=False)


def _text(remark: Remark) -> str:
    """The words of a remark; with its place, where that is in no file that is there."""
    place = f"{remark.span}: " if remark.span is not None and _found(remark.span) is None else ""
    return place + "\n".join(map(printable, remark.text.split("\n")))


def as_annotations(remarks: Iterable[Remark], command: str) -> str:
    """A line of a workflow's log for each remark, which stands at its place in a pull request then."""
    return "\n".join(_annotation(remark, command) for remark in remarks)


def _annotation(remark: Remark, command: str) -> str:
    told = {"title": f"seatrules {command} ({remark.kind.code})"}
    if remark.span is not None and (found := _found(remark.span)):
        told = {"file": found.path, "line": str(remark.span.line), "col": str(remark.span.column), **told}
    level = "notice" if remark.level == "note" else remark.level
    text = "\n".join([_text(remark), *(f"{span}: {message}" for span, message in remark.notes)])
    properties = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in told.items())
    return f"::{level} {properties}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    """A text as a workflow's log takes it; in a property `more` is escaped, which would end it."""
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def as_sarif(remarks: Iterable[Remark], command: str) -> str:
    """A log with one run, in which each kind of remark is a rule."""
    remarks = list(remarks)
    kinds = sorted({remark.kind.code: remark.kind for remark in remarks}.values())
    driver = {"name": "seatrules", "version": __version__, "rules": [_rule(kind) for kind in kinds]}
    index = {kind.code: number for number, kind in enumerate(kinds)}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"seatrules {command}/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(remark, index[remark.kind.code]) for remark in remarks],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _rule(kind: Kind) -> dict[str, Any]:
    return {"id": kind.code, "shortDescription": {"text": kind.says}, "help": {"text": kind.help}}


def _result(remark: Remark, index: int) -> dict[str, Any]:
    result = {
        "ruleId": remark.kind.code,
        "ruleIndex": index,
        "level": remark.level,
        "message": _message(_text(remark)),
        "locations": _locations(remark.span),
    }
    related = [
        {**place, "message": _message(printable(message))}
        for span, message in remark.notes
        for place in _locations(span)
    ]
    return {**result, "relatedLocations": related} if related else result


def _message(text: str) -> dict[str, str]:
    """Words in which a brace is none of a placeholder."""
    return {"text": text.replace("{", "{{").replace("}", "}}")}


def _locations(span: Span | None) -> list[dict[str, Any]]:
    if span is None or (found := _found(span)) is None:
        return []
    uri = quote(found.path)
    artifact = {"uri": uri, "uriBaseId": "%SRCROOT%"} if found.is_below else {"uri": f"file://{uri}"}
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.line,
        "endColumn": span.column + span.width,
    }
    return [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]


LINE_BY_LINE: Mapping[str, Callable[[Iterable[Remark], str], str]] = {"github": as_annotations}
"""The forms for a review in which a remark may be printed as it comes; each takes remarks and the command's name."""
REVIEW = {**LINE_BY_LINE, "sarif": as_sarif}
"""All forms for a review."""
