"""Collects policy suites as pytest items: every case is a test of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .render.suites import differences_text
from .suites import Case, Engines, read_suite, run_case


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A file in a folder `suites` whose name ends in `.yaml` is a suite."""
    if file_path.suffix == ".yaml" and "suites" in file_path.parent.parts:
        return SuiteFile.from_parent(parent, path=file_path)
    return None


class SuiteFile(pytest.File):
    """A suite, as pytest collects it."""

    def collect(self) -> Iterator[pytest.Item]:
        engines = Engines()
        for case in read_suite(self.path).cases:
            yield CaseItem.from_parent(self, name=f"{case.span.line}-{case.id}", case=case, engines=engines)


class CaseItem(pytest.Item):
    """One case of a suite."""

    def __init__(self, *, case: Case, engines: Engines, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]
        self.case, self.engines = case, engines

    def runtest(self) -> None:
        result = run_case(self.case, self.engines)
        if not result.passed:
            pytest.fail(differences_text(result), pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.span.line - 1, f"{self.case.id} {self.case.title}"
