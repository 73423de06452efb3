"""What `test --coverage` adds: what no case shows, as text, as data, as a page or by lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ..analysis.coverage import Coverage, Report
from ..render.coverage import coverage_lcov, coverage_text
from ..render.coverage_page import coverage_page
from ..suites import CaseResult, Engines, Suite
from ..words import phrase
from .common import Common, say
from .usage import wrong_use

FORMS: Mapping[str, Callable[[Report], str]] = {"html": coverage_page, "lcov": coverage_lcov}
"""In what forms the coverage alone is printed."""


def require_coverage(common: Common, fail_under: float | None) -> None:
    """Make sure that nothing is asked for that stands with `--coverage` only.

    Raises:
        UsageError: something is.
    """
    if fail_under is not None or common.form in FORMS:
        option = "--fail-under" if fail_under is not None else f"--format {common.form}"
        raise wrong_use(phrase("option_only_with", option=option, other="--coverage"))


def coverage_of(counting: Coverage, suites: Iterable[Suite], results: Iterable[CaseResult], engines: Engines) -> Report:
    """What the cases show that could be run."""
    for result in results:
        counting.ran(result.case, result.case.policy or engines.policy)
    return counting.report((each, each.policy or engines.policy) for suite in suites for each in suite.uncovered)


def say_coverage(report: Report, common: Common) -> None:
    """Print it, in the form that is asked for."""
    say(FORMS[common.form](report) if common.form in FORMS else coverage_text(report, everything=common.everything))
