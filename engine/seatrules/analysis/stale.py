"""Sources that nobody has looked at for long."""

from __future__ import annotations

from ..diagnostics import Span
from ..nodes import Scalar
from ..policy.written import Written
from ..problems import Problems


def stale_sources(written: Written, before: str, problems: Problems) -> None:
    """Warn of each statement whose source was last seen before a day, and of the policy's own source.

    The policy's own source was seen on the day on which the version was written down.
    """
    for name, entry in written.named["statements"].items():
        seen = entry.scalar("source", "seen")
        if seen is not None and _is_old(seen, before, written):
            _warn(f"the source of statement `{name}` was last seen on {seen.text}", seen.span, before, problems)
    recorded = written.header.scalar("recorded_on")
    if recorded is not None and _is_old(recorded, before, written):
        _warn(f"the source of the version was last seen on {recorded.text}", recorded.span, before, problems)


def _is_old(day: Scalar, before: str, written: Written) -> bool:
    return day.text < before and day.span.source.place.startswith(f"{written.version}/")


def _warn(what: str, span: Span, before: str, problems: Problems) -> None:
    help_text = "see whether it still says so, and write the day on which you did"
    problems.warning("stale-source", f"{what}, before {before}", span, help=help_text)
