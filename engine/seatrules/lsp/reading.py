"""A policy as it is being written: its versions with what is bound in them, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from ..compiler.bind import Bound
from ..compiler.compile import compile_policy
from ..diagnostics import Diagnostic, SourceText, Span
from ..errors import FileError, PolicyError, UsageError
from ..loading import read_versions
from ..policy.folders import Known
from ..policy.locate import Place
from ..policy.written import Written
from ..problems import Problems
from ..program import Program
from .homes import Home, Unsaved, place_of
from .index import Index


class Compiled(NamedTuple):
    """A version as written, its program, as far as it could be made, and every expression that was bound in it."""

    written: Written
    program: Program
    bound: list[Bound]


@dataclass(frozen=True)
class Reading:
    """What was read of a policy at one time; `place` is nothing where it could not be found."""

    home: Home
    unsaved: Unsaved = field(repr=False)
    place: Place | None
    versions: tuple[Compiled, ...]
    problems: tuple[Diagnostic, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every file could be read, so that nothing is lacking that is there."""
        return bool(self.versions) and not any(each.written.incomplete for each in self.versions)

    @cached_property
    def index(self) -> Index:
        """Where each thing that has a name is declared and named."""
        return Index(self)


def read(home: Home, unsaved: Unsaved, known: Known) -> Reading:
    """The policy as it is now, what is not saved in the place of what is on disk; `known` is from the time before."""
    try:
        place = place_of(home, unsaved, known)
        versions, problems = read_versions(place)
        return Reading(home, unsaved, place, tuple(_compiled(each, problems) for each in versions), _sorted(problems))
    except PolicyError as error:
        return Reading(home, unsaved, None, (), tuple(error.problems))
    except (FileError, UsageError) as error:
        return Reading(home, unsaved, None, (), (unreadable(home, error),))


def unreadable(home: Home, error: FileError | UsageError) -> Diagnostic:
    """That a policy can't be found, or looked into: said of its header."""
    mend = error.suggestion if isinstance(error, UsageError) else None
    return Diagnostic(error.code, error.message, Span(SourceText(str(home.header), home.header.name)), mend)


def _compiled(written: Written, problems: Problems) -> Compiled:
    bound: list[Bound] = []
    program = compile_policy(written, {}, problems, bound)
    return Compiled(written, program, bound)


def _sorted(problems: Problems) -> tuple[Diagnostic, ...]:
    return tuple(problems.sorted)
