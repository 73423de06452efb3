"""Collects what is wrong with what an author wrote, and raises it sorted by place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .diagnostics import Diagnostic, Span
from .errors import PolicyError
from .words import AnyText


class Problems:
    """Collects problems while reading goes on; the same problem at the same place is kept once."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[object, ...], Diagnostic] = {}
        self.error_count = 0
        """How many errors were reported, repeated ones included."""

    def error(
        self,
        code: str,
        message: AnyText,
        span: Span,
        *,
        help: AnyText | None = None,
        notes: Sequence[tuple[Span, str]] = (),
    ) -> None:
        self._add(Diagnostic(code, message, span, help, notes))

    def warning(self, code: str, message: AnyText, span: Span, *, help: AnyText | None = None) -> None:
        self._add(Diagnostic(code, message, span, help, severity="warning"))

    def note(self, code: str, message: str, span: Span, *, help: AnyText | None = None) -> None:
        self._add(Diagnostic(code, message, span, help, severity="note"))

    def take(self, problems: Iterable[Diagnostic]) -> None:
        """Take over problems that were found elsewhere."""
        for _ in self.taken(problems):
            pass

    def taken(self, problems: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        """Take over problems that are found elsewhere, and hand on each that is new as it comes."""
        for problem in problems:
            known = len(self._by_place)
            self._add(problem)
            if len(self._by_place) > known:
                yield problem.shown

    def _add(self, problem: Diagnostic) -> None:
        problem = problem.shown
        self.error_count += problem.severity == "error"
        self._by_place.setdefault((problem.span.sort_key, problem.code, problem.message), problem)

    @property
    def sorted(self) -> list[Diagnostic]:
        return sorted(self._by_place.values(), key=lambda p: (p.span.sort_key, p.code, p.message))

    @property
    def errors(self) -> list[Diagnostic]:
        return [problem for problem in self.sorted if problem.severity == "error"]

    def raise_errors(self) -> None:
        """Raise a `PolicyError` with every error found so far, if there is one."""
        if errors := self.errors:
            raise PolicyError(errors)
