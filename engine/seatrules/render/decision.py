"""Lays out a decision on a wide terminal: beside what is said, where it stands and what the source says."""

from __future__ import annotations

from collections.abc import Iterator

from ..decision.explain import decision_text, source_lines
from ..decision.invariants import CheckedState
from ..decision.values import Decision
from ..errors import Audience
from ..words import words
from .timeline import VerdictStyle
from .wide import Wide


def decision_table(
    decision: Decision, language: str, audience: Audience, verdict: VerdictStyle, checked: CheckedState, wide: Wide
) -> str:
    """The verdict, and below it a table of what `decision_text` says, a row for each part of it."""
    text = decision_text(decision, language, audience=audience, verdict=verdict, checked=checked)
    heading, *lines = text.split("\n")
    sources = [*_sources(decision, checked, language, audience)]
    return "\n".join([heading, *wide.table([[_row(part, sources)] for part in _parts(lines)])])


def _sources(decision: Decision, checked: CheckedState, language: str, audience: Audience) -> Iterator[list[str]]:
    """The lines on the sources of all that has some."""
    outcome = decision.outcome
    labels = words("decision", language)
    explained = (*((outcome.entries or (outcome,)) if outcome else ()), *decision.reasons, *decision.warnings)
    for each in (*explained, *checked.warnings):
        yield [*source_lines(each, language, labels, audience)]


def _parts(lines: list[str]) -> Iterator[list[str]]:
    """The lines between those that are empty."""
    part: list[str] = []
    for line in [*lines, ""]:
        if line:
            part.append(line)
        elif part:
            yield part
            part = []


def _row(part: list[str], sources: list[list[str]]) -> list[str]:
    """What a part says, and the lines on its source, with which it ends."""
    source = next((each for each in sources if each and part[-len(each) :] == each), [])
    said = part[: len(part) - len(source)]
    return ["\n".join(said), "\n".join(line.removeprefix("  ") for line in source)]
