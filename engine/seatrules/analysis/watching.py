"""Looks at a policy again and again while its files change: whether it loads, and how the cases come out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..engine import Engine, load
from ..errors import FileError, PolicyError, SeatrulesError, SuiteError, UsageError
from ..files import as_named, read_bytes, require_there
from ..loading import compile_place
from ..policy.folders import Folder
from ..policy.locate import Place, parts_of
from ..policy.strays import note_beside, note_left_alone
from ..problems import Problems
from ..program import Program
from ..suites import Case, CaseResult, Engines, Suite, find_suites, place_in_policy, read_suite, run_case
from ..suites.changes import Changes
from .mutation.versions import ChangedVersions, Versions
from .touching import Touching, asked_of

Key = tuple[str, str]
"""A case: its suite, and its id in it."""
Contents = Mapping[str, bytes | FileError]
"""What the suites hold, by their paths, or why they can't be read."""


class Looked(NamedTuple):
    """What one look came to: what keeps the policy or suites from being used, and the cases that ran, of how many."""

    errors: Sequence[SeatrulesError]
    ran: Sequence[CaseResult]
    cases: int

    @property
    def failed(self) -> list[CaseResult]:
        """The cases that came out otherwise."""
        return [each for each in self.ran if not each.passed]

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.errors and not self.failed


class WatchedPolicy:
    """A policy that is looked at again and again; `place` is where it lay when it was looked at last.

    A case runs where it is new or asks something else, where it did not pass when it ran last, and where what differs
    of the policy may touch it. All others would come out as they did.
    """

    def __init__(
        self, find: Callable[[], Place], settings: Mapping[str, Any], folders: Callable[[Place], list[Path]]
    ) -> None:
        self.place = find()
        self._find, self._settings, self._folders = find, settings, folders
        self._seen: list[bytes] = []
        self._programs: Mapping[str, Program] = {}
        self._suites: Mapping[str, tuple[bytes, Suite | SuiteError]] = {}
        self._passed: dict[Key, tuple[Case, bool]] = {}
        self._engines: dict[str, Engine] = {}

    def look(self) -> Looked | None:
        """What there is to say of the files as they are now; nothing where they say what they said.

        Raises:
            FileError: the folder of the policy, or of an extension, is not there any more.
        """
        contents = contents_of(self._folders(self.place))
        seen = [*texts_of(self.place), *_as_texts(contents)]
        if seen == self._seen:
            return None
        self._seen = seen
        suites = self._read_suites(contents)
        cases = {(name, case.id): case for name, suite in suites.items() for case in suite.cases}
        unread = [each for each in contents.values() if isinstance(each, FileError)]
        wrong = [*unread, *(each for _, each in self._suites.values() if isinstance(each, SuiteError))]
        try:
            self.place = self._find()
            programs = self._compiled()
            changes = Changes(self.place)
        except (PolicyError, FileError, UsageError) as error:
            return Looked([error, *wrong], [], len(cases))
        self._changed(programs)
        results, errors = self._run(cases, changes)
        unmet = None if wrong else changes.unmet()  # what can not be read may have what is listed
        return Looked([*wrong, *errors, *([unmet] if unmet else [])], results, len(cases))

    def _compiled(self) -> Mapping[str, Program]:
        """The versions of the policy.

        Raises:
            PolicyError: it is wrong; with every problem.
            FileError: it can't be read.
            UsageError: there is no such setting or choice.
        """
        try:
            self._versions = Versions(self.place, self._settings)
            return self._versions.programs(self._settings)
        except PolicyError:  # it has those of one version, or of reading alone
            compile_place(self.place, self._settings)
            raise

    def opened(self, policy: Any = None, *, settings: Mapping[str, Any] | None = None, extensions: Any = ()) -> Engine:
        """The engine of a policy, as `load` gives it; that of the policy which is watched is made once a look."""
        if not self._is_watched(policy, extensions):
            return load(policy, settings=settings, extensions=extensions)
        key = json.dumps(settings or {}, sort_keys=True)
        if key not in self._engines:
            self._engines[key] = ChangedVersions(self._versions, {}).engine(settings or {})
        return self._engines[key]

    def _is_watched(self, policy: Any, extensions: Any) -> bool:
        """Whether it is the policy that is watched, with its extensions."""
        if policy is None or self.place.folder is None or as_named(Path(str(policy))) != as_named(self.place.folder):
            return False
        return [*map(str, extensions)] == [str(each.path) for each in self.place.extensions]

    def _read_suites(self, contents: Contents) -> dict[str, Suite]:
        """The suites that can be read, by their paths; one whose text is as it was is not read again."""
        read: dict[str, tuple[bytes, Suite | SuiteError]] = {}
        for path, text in contents.items():
            known = self._suites.get(path)
            if isinstance(text, bytes):
                read[path] = known if known is not None and known[0] == text else (text, _read(Path(path)))
        self._suites = read
        return {path: suite for path, (_, suite) in read.items() if isinstance(suite, Suite)}

    def _changed(self, programs: Mapping[str, Program]) -> None:
        """Take what the policy says now; of the cases that passed those are left that it can't touch."""
        touching = Touching(self._programs, programs)
        self._passed = {key: kept for key, kept in self._passed.items() if not touching.may_touch(kept[0])}
        self._programs = programs
        self._engines = {}

    def _is_settled(self, key: Key, case: Case, *, listed: bool) -> bool:
        """Whether a case that passed asks what it asked, and is to come out by the policy as it was to."""
        before = self._passed.get(key)
        return before is not None and asked_of(before[0]) == asked_of(case) and before[1] == listed

    def _run(self, cases: Mapping[Key, Case], changes: Changes) -> tuple[list[CaseResult], list[SeatrulesError]]:
        """What came of the cases that are not settled, and what keeps others of them from being run."""
        extensions = [each.path for each in self.place.extensions]
        engines = Engines(str(self.place.folder), self.place.version, self._settings, extensions, self.opened)
        results, errors = list[CaseResult](), list[SeatrulesError]()
        suites = {name: place_in_policy(Path(name)) for name in dict.fromkeys(name for name, _ in cases)}
        for key, case in cases.items():
            suite = suites[key[0]]
            listed = changes.lists(case, suite)
            if self._is_settled(key, case, listed=listed):
                continue
            self._passed.pop(key, None)
            try:
                result = changes.judged(run_case(case, engines), suite)
            except (SuiteError, PolicyError, FileError, UsageError) as error:
                errors.append(error)
                continue
            results.append(result)
            if result.passed:
                self._passed[key] = case, listed
        return results, errors


def texts_of(place: Place) -> Iterator[bytes]:
    """All that is read of a policy in a folder and of its extensions, and what is warned of because it is not read.

    Where something can't be read, why stands in its place and in that of all that would be read after it.

    Raises:
        FileError: a folder is not there.
    """
    for folder in folders_of(place):
        require_there(folder)
    try:
        yield from parts_of(place, {})
        yield from _left_alone(place)
    except FileError as error:
        yield _as_text(error)


def _left_alone(place: Place) -> Iterator[bytes]:
    problems = Problems()
    for files, folder in [*((place.files, version) for version in place.versions), *place.extensions]:
        note_left_alone(files, folder, problems)
    if isinstance(place.files, Folder):
        note_beside(place.files, problems)
    return (str(each).encode(errors="surrogateescape") for each in problems.sorted if each.severity == "warning")


def contents_of(folders: Sequence[Path]) -> dict[str, bytes | FileError]:
    """What the suites below some folders hold, by their paths, or why one, or a folder, can't be read."""
    contents: dict[str, bytes | FileError] = {}
    for folder in folders:
        try:
            paths = find_suites(folder)
        except FileError as error:
            contents[str(folder)] = error
            continue
        contents |= {str(path): _content(path) for path in paths}
    return contents


def _content(path: Path) -> bytes | FileError:
    try:
        return read_bytes(path)
    except FileError as error:
        return error


def _as_texts(contents: Contents) -> Iterator[bytes]:
    for path, text in contents.items():
        yield path.encode(errors="surrogateescape")
        yield text if isinstance(text, bytes) else _as_text(text)


def _as_text(error: FileError) -> bytes:
    return str(error).encode(errors="surrogateescape")


def folders_of(place: Place) -> list[Path]:
    """The folders in which a policy and its extensions lie.

    Raises:
        UsageError: the policy lies in no folder.
    """
    return [place.folder_of_suites(), *(each.path for each in place.extensions)]


def _read(path: Path) -> Suite | SuiteError:
    try:
        return read_suite(path)
    except SuiteError as error:
        return error
