"""Lays out the results of cases."""

from __future__ import annotations

from ..decision.explain import value_text
from ..diagnostics import printable
from ..suites.run import CaseResult


def differences_text(result: CaseResult) -> str:
    """A failing case: its place, what was expected and what came out."""
    lines = [f"{result.case.span}: case `{result.case.id}` failed: {printable(result.case.title)}"]
    for difference in result.differences:
        lines += [
            f"  {difference.what}",
            f"    expected: {value_text(difference.expected)}",
            f"    got:      {value_text(difference.got)}",
        ]
    return "\n".join(lines)
