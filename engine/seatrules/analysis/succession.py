"""What does not fit together of versions, and of rules, that come one after the other: in what they say, or in time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from ..diagnostics import Span
from ..policy.written import Entry, Written
from ..problems import Problems
from .repeated import repeated_by_overlay

_NEXT_DAY = "let one begin on the day on which the other ends"


def successions(versions: Sequence[Written], problems: Problems) -> None:
    """Warn of what an overlay repeats, and of rules whose days do not fit together or the version."""
    by_name = {written.version: written for written in versions}
    for written in versions:
        if written.incomplete:
            continue
        base = by_name.get(str(written.header.value.get("extends")))
        if base is not None and not base.incomplete:
            repeated_by_overlay(written, base, problems)
        _days_apart(written, problems)
    for earlier, later in pairwise(versions):
        if not earlier.incomplete | later.incomplete:
            _too_late(earlier, later, problems)


def _is_own(span: Span, written: Written) -> bool:
    return span.source.place.startswith(f"{written.version}/")


def _by_name(entries: Iterable[Entry]) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries}


def _days_apart(written: Written, problems: Problems) -> None:
    """Warn where of two rules that replace each other both are in force for a while, or neither."""
    alike: dict[str, list[Entry]] = {}
    for entry in written.clauses["rules"]:
        if "effective" in entry.value:
            values = [entry.value.get(key) for key in ("actions", "severity", "when")]
            alike.setdefault(repr([entry.value["otherwise"]["code"], *values]), []).append(entry)
    for entries in alike.values():
        in_order = sorted(entries, key=lambda entry: entry.value["effective"].get("from", ""))
        for first, second in pairwise(in_order):
            until, since = first.value["effective"].get("until"), second.value["effective"].get("from")
            span = second.child("effective", "from")
            if until is None or since is None or span is None or not _is_own(span.span, written):
                continue
            both = f"`{first.name}` and `{second.name}`"
            if until < since:
                message = f"from {until} to {since} neither of the rules {both} is in force, which give one code"
                problems.warning("gap-of-days", message, span.span, help=_NEXT_DAY)
            elif since < until:
                message = f"from {since} to {until} the rules {both} are both in force, which give one code"
                problems.warning("overlapping-days", message, span.span, help=_NEXT_DAY)


def _too_late(earlier: Written, later: Written, problems: Problems) -> None:
    """Warn of rules that would begin when another version decides, which has them no more."""
    end, kept = later.header.value["effective_from"], _by_name(later.clauses["rules"])
    for entry in earlier.clauses["rules"]:
        since = entry.child("effective", "from")
        if since is None or entry.value["effective"]["from"] < end or not _is_own(since.span, earlier):
            continue
        if entry.name not in kept:
            message = f"rule `{entry.name}` is never in force: from {end} on `{later.version}` decides, which lacks it"
            problems.warning("never-in-force", message, since.span, help="put the rule into that version")
