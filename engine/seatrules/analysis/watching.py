"""Looks at a policy again and again while its files change: whether it loads, and how the cases come out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ..engine import Engine, load
from ..errors import FileError, PolicyError, SeatrulesError, SuiteError, UsageError
from ..files import read_bytes, require_there
from ..loading import compile_place
from ..policy.locate import Place
from ..program import Program
from ..suites import Case, CaseResult, Engines, Suite, find_suites, place_in_policy, read_suite, run_case
from ..suites.changes import Changes
from .mutation.versions import Changed, Versions
from .touching import Touching, asked_of

_ENDINGS = (".yaml", ".yml")
Key = tuple[str, str]
"""A case: its suite, and its id in it."""
Texts = Mapping[str, bytes]
"""The files of a policy and its extensions, by their paths."""


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


class Watched:
    """A policy that is looked at again and again; `place` is where it lay when it was looked at last.

    A case runs where it is new or asks something else, where it did not pass when it ran last, and where what differs
    of the policy may touch it. All others would come out as they did.
    """

    def __init__(
        self, find: Callable[[], Place], settings: Mapping[str, Any], folders: Callable[[Place], list[Path]]
    ) -> None:
        self.place = find()
        self._find, self._settings, self._folders = find, settings, folders
        self._texts: Texts = {}
        self._programs: Mapping[str, Program] = {}
        self._suites: dict[str, tuple[bytes, Suite | SuiteError]] = {}
        self._passed: dict[Key, Case] = {}
        self._engines: dict[str, Engine] = {}

    def look(self) -> Looked | None:
        """What there is to say of the files as they are now; nothing where they say what they said.

        Raises:
            FileError: the folder of the policy, or of an extension, is not there any more.
        """
        texts = texts_of(self.place)
        if texts == self._texts:
            return None
        self._texts = texts
        try:
            suites = self._read_suites()
        except FileError as error:
            return Looked([error], [], 0)
        cases = {(name, case.id): case for name, suite in suites.items() for case in _cases(suite)}
        wrong = [suite for suite in suites.values() if isinstance(suite, SuiteError)]
        try:
            self.place = self._find()
            programs = self._compiled()
        except (PolicyError, FileError, UsageError) as error:
            return Looked([error, *wrong], [], len(cases))
        self._changed(programs)
        due = {key: case for key, case in cases.items() if not self._is_settled(key, case)}
        results, errors = self._run(due)
        return Looked([*wrong, *errors], results, len(cases))

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
        if policy is None or not self.place.folder or Path(str(policy)).absolute() != self.place.folder.absolute():
            return load(policy, settings=settings, extensions=extensions)
        key = json.dumps(settings or {}, sort_keys=True)
        if key not in self._engines:
            self._engines[key] = Changed(self._versions, {}).engine(settings or {})
        return self._engines[key]

    def _read_suites(self) -> dict[str, Suite | SuiteError]:
        """The suites by their paths; one whose text is as it was is not read again."""
        paths = [path for folder in self._folders(self.place) if folder.is_dir() for path in find_suites(folder)]
        read: dict[str, tuple[bytes, Suite | SuiteError]] = {}
        for path in paths:
            text = read_bytes(path)
            known = self._suites.get(str(path))
            read[str(path)] = known if known is not None and known[0] == text else (text, _read(path))
        self._suites = read
        return {name: suite for name, (_, suite) in read.items()}

    def _changed(self, programs: Mapping[str, Program]) -> None:
        """Take what the policy says now; of the cases that passed those are left that it can't touch."""
        touching = Touching(self._programs, programs)
        self._passed = {key: case for key, case in self._passed.items() if not touching.may_touch(case)}
        self._programs = programs
        self._engines = {}

    def _is_settled(self, key: Key, case: Case) -> bool:
        before = self._passed.get(key)
        return before is not None and asked_of(before) == asked_of(case)

    def _run(self, cases: Mapping[Key, Case]) -> tuple[list[CaseResult], list[SeatrulesError]]:
        extensions = [each.path for each in self.place.extensions]
        engines = Engines(str(self.place.folder), self.place.version, self._settings, extensions, self.opened)
        changes = Changes(self.place)
        results, errors = list[CaseResult](), list[SeatrulesError]()
        for key, case in cases.items():
            self._passed.pop(key, None)
            try:
                result = changes.judged(run_case(case, engines), place_in_policy(Path(key[0])))
            except (SuiteError, PolicyError, FileError, UsageError) as error:
                errors.append(error)
                continue
            results.append(result)
            if result.passed:
                self._passed[key] = case
        return results, errors


def texts_of(place: Place) -> dict[str, bytes]:
    """The files that are read of a policy in a folder, and of its extensions, but for one that is just being replaced.

    Raises:
        FileError: a folder is not there.
    """
    texts = {}
    for folder in folders_of(place):
        require_there(folder)
        for path in sorted(folder.rglob("*")):
            if path.name.lower().endswith(_ENDINGS):
                with suppress(OSError):
                    texts[str(path)] = path.read_bytes()
    return texts


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


def _cases(suite: Suite | SuiteError) -> Sequence[Case]:
    return suite.cases if isinstance(suite, Suite) else ()
