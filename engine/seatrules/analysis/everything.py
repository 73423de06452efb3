"""Everything that is wrong with a policy, its suites and its extensions, without looking deeper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..diagnostics import SourceText, Span
from ..engine import Engine, Loader
from ..errors import PolicyError, SuiteError
from ..loading import choices, read_versions
from ..policy.folders import SUITES, Folder, below_of
from ..policy.locate import Place, shown
from ..policy.meant import is_named_as_meant
from ..policy.strays import note_beside, note_left_alone, note_unread
from ..policy.written import Written
from ..problems import Problems
from ..suites import Case, Engines, Suite, check_suite, find_suites, mistaken, no_suites, other_version
from .coverage import of_nothing
from .lint import lint_policy
from .repeated import repeated_by_extensions
from .succession import successions
from .unused_words import unused_words, words_in


def problems_of(
    place: Place,
    version: str | None = None,
    settings: Mapping[str, Any] | None = None,
    opened: Callable[..., Engine] | None = None,
    also: Iterable[Path] = (),
) -> tuple[Problems, list[Written], Mapping[str, Any]]:
    """What is wrong with a policy or one version of it, its versions, and what is chosen of their settings.

    `opened` loads it for its cases; `also` are suites of it that lie elsewhere.

    Raises:
        FileError: the files can't be read.
        UsageError: there is no such setting or choice.
    """
    opened = opened or Loader().load
    narrowed = place if version is None else place._replace(version=version)
    versions, problems = read_versions(narrowed)
    chosen = choices(versions, settings or {})
    successions(versions, problems)
    fewer = [place.extensions[:number] for number in range(len(place.extensions))]
    layers = [read_versions(narrowed._replace(extensions=each))[0] for each in fewer]
    repeated_by_extensions([*layers, versions], problems)
    suites = list[Suite | None]()
    for written in versions:
        lint_policy(written, problems, chosen)
        note_left_alone(place.files, written.folder.place, problems)
        if place.folder:
            suites += _check_suites(place.folder / written.folder.place / SUITES, place, versions, problems, opened)
    if isinstance(place.files, Folder) and not place.version:
        note_beside(place.files, problems)
    for each in place.extensions:
        note_left_alone(*each, problems)
        suites += _check_suites(each.path / SUITES, place, versions, problems, opened)
    suites += _checked(also, place, versions, problems, opened)
    read = [suite for suite in suites if suite is not None]
    is_whole = len(read) == len(suites) and not any(written.incomplete for written in versions)
    if read and is_whole and not narrowed.version:
        unused_words(versions, set(words_in([_asked(case) for suite in read for case in suite.cases])), problems)
    return problems, versions, chosen


def _asked(case: Case) -> list[Any]:
    """What of a case may have words of the state."""
    return [case.state, case.action, case.steps, case.expect_state]


def _check_suites(
    folder: Path, place: Place, versions: Sequence[Written], problems: Problems, opened: Callable[..., Engine]
) -> Iterator[Suite | None]:
    """The suites of a version, or nothing in the place of one that can't be read.

    What is wrong with them is noted, by themselves and, where the version loads, for the policy of each case; what is
    left alone too.
    """
    for name in no_suites(folder):
        source = SourceText(f"{shown(folder)}/{name}", name)
        note_unread(name, Span(source), problems, is_near=is_named_as_meant(name))
    there = folder.is_dir() or any(below_of(folder, place.unsaved))
    return _checked(find_suites(folder, place.unsaved) if there else (), place, versions, problems, opened)


def _checked(
    paths: Iterable[Path],
    place: Place,
    versions: Sequence[Written],
    problems: Problems,
    opened: Callable[..., Engine],
) -> Iterator[Suite | None]:
    """Suites, or nothing in the place of one that can't be read; what is wrong with each and its cases is noted."""
    policy = str(place.folder) if place.folder else None
    unsaved = place.unsaved
    engines = Engines(policy, extensions=[each.path for each in place.extensions], load=opened)
    for path in paths:
        suite = check_suite(path, problems, unsaved)
        problems.take(of_nothing(suite.uncovered if suite else (), versions))
        for case in suite.cases if suite else ():
            try:
                engine = engines.engine(case)
                problems.take(other_version(case, engine))
                if case.extension or not place.extensions:  # an extension lists in `changes` what it changes of others
                    problems.take(mistaken(case, engine))
            except SuiteError as error:
                problems.take(error.problems)
            except PolicyError:
                if span := case.named("policy"):  # else its problems are among ours already
                    message = "the policy of this suite does not load"
                    problems.error("policy-does-not-load", message, span, help="`seatrules lint` on it says why")
        yield suite
