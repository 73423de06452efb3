"""What is about to be written: checked with everything around it, then written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ..analysis.everything import problems_of
from ..decoding import decode
from ..diagnostics import Diagnostic
from ..engine import Engine, load
from ..errors import FileError, PolicyError, SuiteError, unknown
from ..files import as_named, read_bytes, trouble, write_whole
from ..loading import compile_place, read_version
from ..policy.folders import EXTENSION, NOTHING_UNSAVED, Folder, Unsaved
from ..policy.locate import Attached, Place, find, shown
from ..policy.written import Written
from ..suites import CaseResult, Engines, find_suites, place_in_policy, read_suite, run_case
from ..suites.changes import Changes
from ..words import phrase


class Draft(NamedTuple):
    """New texts of files, by their paths below a folder: that of a policy, or that of an extension of one.

    `policy` is the folder of the policy that an extension is of, where it does not come with the package.
    """

    folder: Path
    files: Mapping[str, str]
    policy: str | None = None
    before: Mapping[str, bytes] = {}
    """What the files hold of which these are new texts: they are written only where they still hold that."""

    def changed(self, name: str, change: Callable[[str], str], begins: str = "") -> Draft:
        """The draft in which a text is changed: that of the draft, else of the file, else what a new one `begins` with.

        Raises:
            FileError: the file can't be read.
            PolicyError: it is no text.
        """
        file, before = self.folder / name, self.before
        text = self.files.get(name, begins)
        if name not in self.files and file.exists():
            content = read_bytes(file)
            decode(content, shown(file))
            before, text = {**before, name: content}, content.decode()
        return self._replace(files={**self.files, name: change(text)}, before=before)

    @property
    def unsaved(self) -> Unsaved:
        """The texts as they would be read, by the whole paths of their files."""
        return {as_named(self.folder / name): text.encode() for name, text in self.files.items()}

    @property
    def is_new(self) -> bool:
        """Whether the folder is not there yet."""
        return not self.folder.exists()

    @property
    def paths(self) -> list[Path]:
        """The files as people know them."""
        return [self.folder / name for name in self.files]


class Findings(NamedTuple):
    """What is wrong with a policy, and which of its cases come out otherwise."""

    problems: Sequence[Diagnostic]
    failed: Sequence[CaseResult]


def checked(draft: Draft) -> Findings:
    """What would be wrong that is not wrong already, were it written.

    Raises:
        FileError: a file of the policy can't be read.
        PolicyError: the policy would not load; with every problem that is an error.
    """
    after = _findings(draft, draft.unsaved)
    if errors := [each for each in after.problems if each.severity == "error"]:
        raise PolicyError(errors)
    if draft.is_new or not (after.failed or any(each.severity != "note" for each in after.problems)):
        return after._replace(problems=[each for each in after.problems if each.severity != "note"])
    before = _findings(draft, NOTHING_UNSAVED)
    known = {(each.code, each.message) for each in before.problems}
    failed = {(each.case.span.source.name, each.case.id) for each in before.failed}
    return Findings(
        [each for each in after.problems if each.severity != "note" and (each.code, each.message) not in known],
        [each for each in after.failed if (each.case.span.source.name, each.case.id) not in failed],
    )


class LoadedVersion(NamedTuple):
    """A version as it would be: as written, and what decides by it."""

    written: Written
    engine: Engine


def loaded(draft: Draft, version: str | None = None) -> LoadedVersion:
    """The version, else the newest one, with what is to be written.

    Raises:
        PolicyError: the policy does not load.
        UsageError: there is no such version.
    """
    place = _place(draft, draft.unsaved)
    engine = Engine.of(compile_place(place, {}))
    if version is not None and version not in engine.programs:
        raise unknown("version", version, engine.programs)
    return LoadedVersion(read_version(place, version or [*engine.programs][-1]), engine)


def _place(draft: Draft, unsaved: Unsaved) -> Place:
    """The policy, or that with the extension, as it is with what is not saved of it."""
    header = draft.folder / EXTENSION
    if as_named(header) in unsaved or header.is_file():
        parent = as_named(draft.folder).parent
        attached = Attached(Folder(parent, shown(parent), unsaved), as_named(draft.folder).name)
        return find(draft.policy, [attached])
    name = shown(draft.folder)
    return Place(Folder(draft.folder, name, unsaved), name)


def _findings(draft: Draft, unsaved: Unsaved) -> Findings:
    """What is wrong with the policy, with what is not saved of it."""
    place, own = _place(draft, unsaved), as_named(draft.folder)
    of = None if place.folder is None else as_named(place.folder)

    @cache
    def compiled(settings: tuple[tuple[str, Any], ...]) -> Engine:
        return Engine.of(compile_place(place, dict(settings)))

    def opened(policy: str | None, **given: Any) -> Engine:
        """The policy with its files as they would be; another one that a suite names as it is."""
        if policy is not None and as_named(Path(policy)) not in (own, of):
            return load(policy, **given)
        return compiled(tuple(sorted(given.get("settings", {}).items())))

    problems, _, _ = problems_of(place, opened=opened)
    if problems.errors:
        return Findings(problems.sorted, [])
    changes, engines = Changes(place), Engines(str(of), load=opened)
    suites = [draft.folder, *([place.folder] if place.extensions and place.folder else [])]
    failed = [each for suite in suites for each in _failed(suite, engines, changes, unsaved)]
    return Findings(problems.sorted, failed)


def _failed(folder: Path, engines: Engines, changes: Changes, unsaved: Unsaved) -> Iterator[CaseResult]:
    """The cases below a folder that come out otherwise, but for those that an extension means to change."""
    for path in find_suites(folder, unsaved):
        with suppress(SuiteError):  # what is wrong with it is among the problems
            for case in read_suite(path, unsaved).cases:
                result = changes.judged(run_case(case, engines), place_in_policy(path, unsaved))
                if not result.passed:
                    yield result


def write(draft: Draft) -> None:
    """Write all files, or none: each where it is new, or is as it was when its text was taken.

    Raises:
        FileError: one is there, or has changed; or can't be written.
    """
    for name in draft.files:
        _require_unchanged(draft.folder / name, draft.before.get(name))
    parent = as_named(draft.folder).parent
    try:
        if not draft.is_new:
            _exchange(draft)
            return
        parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=parent, prefix=".seatrules-"))
        try:
            _put(made / "new", draft.files)
            (made / "new").rename(draft.folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise FileError(str(draft.folder), trouble(error, phrase("cannot_write"))) from error


def _put(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())


def _require_unchanged(file: Path, before: bytes | None) -> None:
    """Make sure that a file holds what it did, or that there still is none."""
    if before is None and os.path.lexists(file):
        raise FileError(shown(file), phrase("name_taken"))
    if before is not None and (not file.exists() or read_bytes(file) != before):
        raise FileError(shown(file), phrase("changed_since_read"))


def _exchange(draft: Draft) -> None:
    """Put each file in its place; where that fails, or is interrupted, all is as it was."""
    with ExitStack() as undo:
        for name, text in draft.files.items():
            file = draft.folder / name
            for folder in reversed([each for each in (file.parent, *file.parent.parents) if not each.exists()]):
                folder.mkdir()
                undo.callback(folder.rmdir)
            if name in draft.before:
                undo.callback(write_whole, file, draft.before[name])
            else:
                undo.callback(file.unlink, missing_ok=True)
            write_whole(file, text.encode())
        undo.pop_all()


def place_below(folder: Path, file: Path) -> str | None:
    """The place of a file below a folder, where it is there."""
    whole, top = as_named(file), as_named(folder)
    return whole.relative_to(top).as_posix() if whole.is_relative_to(top) and whole.is_file() else None
