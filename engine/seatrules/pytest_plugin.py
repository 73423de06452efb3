"""Collects policy suites as pytest items: every case is a test of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .diagnostics import PolicyError, Problems, SeatrulesError
from .render.problems import problems_text
from .render.suites import differences_text
from .suites import Case, Engines, check_suite, is_suite, run_case


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A suite is collected; other YAML files are left alone, those of other tools in a folder `suites` too."""
    return SuiteFile.from_parent(parent, path=file_path) if is_suite(file_path) else None


class SuiteFile(pytest.File):
    """A suite, as pytest collects it: its cases, or one failing item that says what is wrong with it."""

    def collect(self) -> Iterator[pytest.Item]:
        problems = Problems()
        suite = check_suite(self.path, problems)
        if suite is None:
            yield WrongSuite.from_parent(self, name="suite", problems=problems)
            return
        engines = Engines()
        for case in suite.cases:
            yield CaseItem.from_parent(self, name=f"{case.span.line}-{case.id}", case=case, engines=engines)


class SuiteItem(pytest.Item):
    """A test whose errors are printed as the command line prints them, without a traceback."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        error = excinfo.value
        if isinstance(error, PolicyError):
            return problems_text(error.problems)
        return str(error) if isinstance(error, SeatrulesError) else super().repr_failure(excinfo, style)


class WrongSuite(SuiteItem):
    """The one item in place of the cases of a suite that is not well formed."""

    def __init__(self, *, problems: Problems, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.problems = problems

    def runtest(self) -> None:
        self.problems.raise_errors()

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.path.name


class CaseItem(SuiteItem):
    """One case of a suite."""

    def __init__(self, *, case: Case, engines: Engines, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.case, self.engines = case, engines

    def runtest(self) -> None:
        result = run_case(self.case, self.engines)
        if not result.passed:
            pytest.fail(differences_text(result), pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.span.line - 1, f"{self.case.id} {self.case.title}"
