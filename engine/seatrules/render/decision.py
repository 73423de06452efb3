"""Lays out a decision on a wide terminal: beside what is said, where it stands and what the source says."""

from __future__ import annotations

from ..decision.explain import Paragraph, decision_parts, decision_text
from ..decision.invariants import CheckedState
from ..decision.values import Decision
from ..errors import Audience
from .timeline import VerdictStyle
from .wide import Wide


def decision_table(
    decision: Decision, language: str, audience: Audience, verdict: VerdictStyle, checked: CheckedState, wide: Wide
) -> str:
    """The verdict, and below it a table of what `decision_text` says, a row for each part of it."""
    heading = decision_text(decision, language, audience=audience, verdict=verdict).partition("\n")[0]
    parts = decision_parts(decision, language, audience, checked)
    return "\n".join([heading, *wide.table([[_row(part)] for part in parts])])


def _row(part: Paragraph) -> list[str]:
    """What a part says, and the lines on its source."""
    return ["\n".join(part.said), "\n".join(line.removeprefix("  ") for line in part.source)]
