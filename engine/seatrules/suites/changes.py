"""Which cases of a policy come out otherwise with its extensions: those that they list, and no others."""

from __future__ import annotations

from dataclasses import replace

from ..diagnostics import Diagnostic, Span, echo, suggest
from ..errors import SuiteError
from ..policy.extension import read_extensions
from ..policy.locate import Place
from ..problems import Problems
from .cases import Case
from .run import CaseResult, Mismatch


class Changes:
    """The cases that a policy's extensions list in `changes`, by version, suite and id; `made` are those that did."""

    def __init__(self, place: Place) -> None:
        self._listed: dict[str, Span] = {}
        for extension in read_extensions(place, Problems()):
            for scalar in extension.header.scalars("changes"):
                self._listed[scalar.text] = scalar.span
        self.made: list[str] = []
        self._known: list[str] = []

    def lists(self, case: Case, suite: str | None) -> bool:
        """Whether a case of a suite, a policy's if it has a name there, is to come out otherwise."""
        if suite is None:
            return False
        name = f"{suite}/{case.id}"
        self._known.append(name)
        return name in self._listed

    def judged(self, result: CaseResult, suite: str | None) -> CaseResult:
        """The result of a case of a policy's suite, where one that is listed has to come out otherwise."""
        if not self.lists(result.case, suite):
            return result
        name = f"{suite}/{result.case.id}"
        if result.passed:
            same = Mismatch(f"`{name}` is listed in `changes`", "another answer", "the same as without the extension")
            return replace(result, differences=(same,))
        self.made.append(name)
        return replace(result, differences=())

    def unmet(self) -> SuiteError | None:
        """What is wrong with the list, once all cases of the policy were run: there is no such case."""
        unknown = [(name, span) for name, span in self._listed.items() if name not in self._known]
        problems = [
            Diagnostic("unknown-case", f"the policy has no case `{echo(name)}`", span, suggest(name, self._known))
            for name, span in unknown
        ]
        return SuiteError(problems) if problems else None
