"""Lays out the results of cases."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent
from typing import Any

from ..analysis.catalogue import Kind
from ..decision.explain import condition_lines, decision_text, value_text
from ..decision.invariants import BrokenInvariant
from ..diagnostics import printable
from ..errors import EndlessEventError, RequestError
from ..suites.run import CaseResult
from ..words import words
from .problems import problems_text, request_error_text
from .review import Remark


def failure_text(result: CaseResult, language: str) -> str:
    """A failing case: its place, what was expected and what came out, and why, as `check` says it."""
    lines = [f"{result.case.span}: {what_failed(result)}"]
    return "\n".join(lines + [f"\n{indent(why, '  ')}" for why in _whys(result, language)])


def what_failed(result: CaseResult) -> str:
    """A failing case without its place and the why: what was expected and what came out."""
    title = f": {printable(result.case.title)}" if result.case.title else ""
    lines = [f"case `{result.case.id}` failed{title}"]
    for difference in result.differences:
        lines += [
            f"  {difference.what}",
            f"    expected: {value_text(difference.expected)}",
            f"    got:      {value_text(difference.got)}",
        ]
    return "\n".join(lines)


def _whys(result: CaseResult, language: str) -> Iterator[str]:
    for number, broken in result.broken:
        yield f"step {number}:\n" + "\n".join(_broken(broken, language))
    for step, decision in result.answers:
        text = decision_text(decision, language)
        yield text if step is None else f"step {step}:\n{text}"
    if isinstance(result.error, RequestError):
        yield request_error_text(result.error.spoken(language), everything=True)
    elif result.error is not None:
        yield problems_text(result.error.problems, everything=True)


def _broken(broken: BrokenInvariant, language: str) -> Iterator[str]:
    yield f"{broken.rule}: {printable(broken.message(language))}"
    for condition in broken.conditions:
        yield from condition_lines(condition, words("decision", language), "  ")
    yield f"  {broken.at}"


_FAILED = Kind("failed-case", "a case comes out otherwise", "`seatrules test` says why; mend the policy, or the case")


def failure_remark(result: CaseResult) -> Remark:
    """A failing case for a review."""
    return Remark("error", _FAILED, what_failed(result), result.case.span)


def failure_data(result: CaseResult, language: str) -> dict[str, Any]:
    """What the text says, as plain data."""
    span = result.case.span
    return {
        "file": span.source.name,
        "line": span.line,
        "id": result.case.id,
        "title": result.case.title,
        "differences": [{"what": d.what, "expected": d.expected, "got": d.got} for d in result.differences],
        "answers": [{"step": step, "decision": decision.as_dict(language)} for step, decision in result.answers],
        "broken": [{"step": step, **broken.as_dict(language)} for step, broken in result.broken],
        "error": _error_data(result.error, language),
    }


def _error_data(error: EndlessEventError | RequestError | None, language: str) -> Any:
    if error is None:
        return None
    return (error.as_dict(language) if isinstance(error, RequestError) else error.as_dict())["error"]
