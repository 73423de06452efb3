"""Lays out what the cases of policies show: as text, as plain data, and by the lines of each file as LCOV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..analysis.catalogue import Kind
from ..analysis.coverage import PolicyCoverage, Report, ShownPoint
from ..diagnostics import printable
from .review import Remark

FIRST = 20
"""How many of the parts are listed that no case shows, where not all are asked for."""


def coverage_text(report: Report, *, everything: bool) -> str:
    """What no case shows, the worst first, each with its place; then how much is covered."""
    lacking = [each for policy in report.policies for each in policy.lacking]
    listed = lacking if everything else lacking[:FIRST]
    lines = [lack_text(each) for each in listed]
    if more := len(lacking) - len(listed):
        lines.append(f"and {more} more: `--all` lists them")
    return "\n".join((*lines, *totals(report)))


def totals(report: Report) -> Iterator[str]:
    """How much is covered of each policy, and of all of them."""
    for policy in report.policies:
        excused = sum(each.excused is not None for each in policy.shown)
        besides = f", {excused} excused" if excused else ""
        yield f"{printable(policy.name)}: {_percent(policy)} % covered, {_of(policy)} sides{besides}"
    if len(report.policies) > 1:
        yield f"all: {_percent(report)} % covered, {_of(report)} sides"


def lack_text(shown: ShownPoint) -> str:
    """A part with what no case shows of it."""
    return f"{shown.point.span}: {_lack(shown)}"


def _lack(shown: ShownPoint) -> str:
    return f"{shown.point.title}: {shown.lack}"


_HELP = (
    "write a case that asks it, with those before it holding where a rule requires several,"
    " or say in `uncovered` why none can"
)
_NOT_SHOWN = Kind("not-covered", "no case shows a part of a policy", _HELP)


def coverage_remarks(report: Report) -> Iterator[Remark]:
    """What no case shows, for a review."""
    for shown in (each for policy in report.policies for each in policy.lacking):
        yield Remark("warning", _NOT_SHOWN, _lack(shown), shown.point.span)


def _of(covered: PolicyCoverage | Report) -> str:
    return f"{covered.covered} of {covered.sides}"


def _percent(covered: PolicyCoverage | Report) -> str:
    """So many of a hundred, rounded down: 100 is all."""
    tenths = covered.covered * 1000 // covered.sides if covered.sides else 1000
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"


def coverage_data(report: Report) -> dict[str, Any]:
    """All that was counted, as plain data."""
    policies = [
        {**_totals(policy), "policy": policy.name, "points": [_point(each) for each in policy.shown]}
        for policy in report.policies
    ]
    return {**_totals(report), "policies": policies}


def _totals(covered: PolicyCoverage | Report) -> dict[str, Any]:
    return {"covered": covered.covered, "sides": covered.sides, "percent": float(_percent(covered))}


def _point(shown: ShownPoint) -> dict[str, Any]:
    point = shown.point
    whole = {
        **point.span.as_dict(),
        "kind": point.kind,
        "of": f"{point.owner.kind}/{point.owner.name}",
        "what": point.what,
        "counts": shown.counts,
        "lacking": shown.lack,
    }
    return whole if shown.excused is None else {**whole, "excused": shown.excused}


def by_file(report: Report) -> dict[str, dict[int, list[ShownPoint]]]:
    """What was counted, by the names of the files and the numbers of their lines."""
    files: dict[str, dict[int, list[ShownPoint]]] = {}
    for shown in (each for policy in report.policies for each in policy.shown):
        span = shown.point.span
        files.setdefault(span.source.name, {}).setdefault(span.line, []).append(shown)
    return files


def coverage_lcov(report: Report) -> str:
    """The lines of each file as LCOV tells them: one is hit as often as the side of it that came out least often."""
    return "\n".join(line for name, lines in by_file(report).items() for line in _record(name, lines))


def _record(name: str, lines: Mapping[int, Iterable[ShownPoint]]) -> Iterator[str]:
    hits = {number: _hits(shown) for number, shown in sorted(lines.items())}
    yield f"SF:{printable(name)}"
    yield from (f"DA:{number},{count}" for number, count in hits.items())
    yield f"LF:{len(hits)}"
    yield f"LH:{sum(count > 0 for count in hits.values())}"
    yield "end_of_record"


def _hits(line: Iterable[ShownPoint]) -> int:
    """How often the side of a line came out that came out least often; 1 where none has to."""
    return min((each.counts[side] for each in line if not each.excused for side in each.point.sides), default=1)
