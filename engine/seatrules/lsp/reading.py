"""A policy as it is being written: its versions with what is bound in them, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from ..compiler.bind import Bound
from ..compiler.compile import compile_policy
from ..diagnostics import Diagnostic, SourceText, Span
from ..errors import FileError, PolicyError, UsageError
from ..loading import read_versions
from ..policy.folders import SUITES, KeptFiles
from ..policy.locate import Place
from ..policy.written import Written
from ..problems import Problems
from ..program import Program
from ..suites import check_suite
from .homes import Home, Unsaved, place_of, suites_elsewhere
from .index import NamesIndex


class ReadVersion(NamedTuple):
    """A version as written, its program, as far as it could be made, every expression that was bound in it, and what
    is wrong with it alone."""

    written: Written
    program: Program
    bound: list[Bound]
    problems: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class ReadPolicy:
    """What was read of a policy at one time; `place` is nothing where it could not be found.

    Of one that is not `complete`, versions may be as they were before: only later ones, if it `may_rest`.
    """

    home: Home
    unsaved: Unsaved = field(repr=False)
    place: Place | None
    versions: tuple[ReadVersion, ...]
    of_files: tuple[Diagnostic, ...]
    complete: bool = True
    may_rest: bool = False

    @property
    def problems(self) -> list[Diagnostic]:
        """What is wrong with the files, and with each version."""
        problems = Problems()
        problems.take([*self.of_files, *(problem for version in self.versions for problem in version.problems)])
        return problems.sorted

    @property
    def is_whole(self) -> bool:
        """Whether every file could be read, so that nothing is lacking that is there."""
        return bool(self.versions) and not any(each.written.incomplete for each in self.versions)

    @cached_property
    def index(self) -> NamesIndex:
        """Where each thing that has a name is declared and named."""
        return NamesIndex(self)


def read(
    home: Home, unsaved: Unsaved, known: KeptFiles, before: ReadPolicy | None = None, changed: Set[Path] = frozenset()
) -> Iterator[ReadPolicy]:
    """The policy as it is now, what is not saved in the place of what is on disk.

    Where it is known which files have changed since the reading `before`, what is wrong with the files by themselves
    comes first, then the version that they are of; what they do not touch is not compiled again. `known` is from that
    time, too.
    """
    try:
        place = place_of(home, unsaved, known)
        written, problems = read_versions(place)
    except PolicyError as error:
        yield ReadPolicy(home, unsaved, None, (), tuple(error.problems))
        return
    except (FileError, UsageError) as error:
        yield ReadPolicy(home, unsaved, None, (), (unreadable(home, error),))
        return
    open_suites = [path for path in unsaved if SUITES in path.parts and path.is_relative_to(home.folder)]
    for path in (*open_suites, *suites_elsewhere(home, unsaved)):
        problems.take(_of_suite(path, unsaved[path], known))
    of_files = tuple(problems.sorted)
    old = {each.written.version: each for each in before.versions} if before and before.complete and changed else {}
    touched = _touched(home, written, changed) if old else {each.version for each in written}
    if old and len(old) == len(written) and _errors(of_files) != _errors(before.of_files if before else ()):
        yield ReadPolicy(home, unsaved, place, tuple(old.values()), of_files, complete=False)
    now = {version: compiled for version, compiled in old.items() if version not in touched}
    for each in written:
        if each.version in now:
            continue
        now[each.version] = _compiled(each)
        versions = tuple(known_now for one in written if (known_now := now.get(one.version) or old.get(one.version)))
        if len(versions) == len(written) > len(now):
            yield ReadPolicy(home, unsaved, place, versions, of_files, complete=False, may_rest=True)
    yield ReadPolicy(home, unsaved, place, tuple(now[each.version] for each in written), of_files)


def _errors(problems: Iterable[Diagnostic]) -> list[str]:
    return [str(each) for each in problems if each.severity == "error"]


def _of_suite(path: Path, content: bytes, known: KeptFiles) -> Sequence[Diagnostic]:
    """What is wrong with a suite that is open, by itself."""
    if path not in known.suites or known.suites[path][0] != content:
        problems = Problems()
        check_suite(path, problems, {path: content})
        known.suites[path] = (content, problems.sorted)
    return known.suites[path][1]


def _touched(home: Home, written: Sequence[Written], changed: Set[Path]) -> set[str]:
    """The versions that files are of, and those that extend these; all of them, where files are of none."""
    touched: set[str] = set()
    for path in changed:
        if not (home.is_extension or path.is_relative_to(home.folder)):
            continue  # a suite elsewhere
        parts = path.relative_to(home.folder).parts if path.is_relative_to(home.folder) else ()
        if home.is_extension or len(parts) < 2:
            return {each.version for each in written}
        if parts[1] != SUITES:
            touched.add(parts[0])
    for each in written:  # in the order of their days: a version extends one before it
        if each.header.value.get("extends") in touched:
            touched.add(each.version)
    return touched


def unreadable(home: Home, error: FileError | UsageError) -> Diagnostic:
    """That a policy can't be found, or looked into: said of its header."""
    mend = error.suggestion if isinstance(error, UsageError) else None
    return Diagnostic(error.code, error.message, Span(SourceText(str(home.header), home.header.name)), mend)


def _compiled(written: Written) -> ReadVersion:
    bound, problems = list[Bound](), Problems()
    program = compile_policy(written, {}, problems, bound)
    return ReadVersion(written, program, bound, tuple(problems.sorted))
