"""Collects policy suites as pytest items: every case is a test of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from .errors import PolicyError, SeatrulesError, SuiteError
from .problems import Problems
from .render.problems import problems_text
from .render.suites import failure_text
from .suites import Case, Engines, check_suite, run_case, why_a_suite

_OPTION = "seatrules_suites"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names which files are suites."""
    help_text = (
        "what seatrules takes for suites: patterns of paths from the root folder, where `*` goes over `/` too; without "
        "it, files in the `suites` of a policy's version, and those in another folder `suites` with the keys of a suite"
    )
    parser.addini(_OPTION, help_text, type="linelist", default=None)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A suite is collected; other files are left alone, those of other tools in a folder `suites` too."""
    why = _why(file_path, parent.config)
    return None if why is None else SuiteFile.from_parent(parent, path=file_path, why=why)


def _why(path: Path, config: pytest.Config) -> str | None:
    """Why a file is taken for a suite; nothing where it is not."""
    patterns = config.getini(_OPTION)
    if patterns is None:
        return why_a_suite(path, config.rootpath)
    name = Path(os.path.relpath(path, config.rootpath)).as_posix()
    return next((f"`{_OPTION}` has `{each}`" for each in patterns if fnmatchcase(name, each)), None)


class SuiteFile(pytest.File):
    """A suite, as pytest collects it: its cases, or one failing item that says what is wrong with it.

    `why` says for what reason the file is taken for a suite.
    """

    def __init__(self, *, why: str, **options: Any) -> None:
        super().__init__(**options)
        self.why = why

    def collect(self) -> Iterator[pytest.Item]:
        problems = Problems()
        suite = check_suite(self.path, problems)
        if suite is None:
            yield WrongSuite.from_parent(self, name="suite", problems=problems)
            return
        engines = Engines()
        for case in suite.cases:
            yield CaseItem.from_parent(self, name=f"{case.span.line}-{case.id}", case=case, engines=engines)


class CaseFailedError(Exception):
    """A case comes out otherwise; the text says how."""


class SuiteItem(pytest.Item):
    """A test whose errors are printed as the command line prints them, without a traceback, and as ours."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        error = excinfo.value
        if isinstance(error, PolicyError | SuiteError):
            text = problems_text(error.problems)
        elif isinstance(error, CaseFailedError | SeatrulesError):
            text = str(error)
        else:
            return super().repr_failure(excinfo, style)
        assert isinstance(self.parent, SuiteFile)
        return f"{text}\n\nseatrules takes this file for a suite: {self.parent.why}; `-p no:seatrules` leaves it alone"


class WrongSuite(SuiteItem):
    """The one item in place of the cases of a suite that is not well formed."""

    def __init__(self, *, problems: Problems, **options: Any) -> None:
        super().__init__(**options)
        self.problems = problems

    def runtest(self) -> None:
        raise SuiteError(self.problems.errors)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"seatrules: {self.path.name}"


class CaseItem(SuiteItem):
    """One case of a suite."""

    def __init__(self, *, case: Case, engines: Engines, **options: Any) -> None:
        super().__init__(**options)
        self.case, self.engines = case, engines

    def runtest(self) -> None:
        result = run_case(self.case, self.engines)
        if not result.passed:
            raise CaseFailedError(failure_text(result, result.languages[0]))

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.span.line - 1, f"seatrules: {self.case.label}".strip()
