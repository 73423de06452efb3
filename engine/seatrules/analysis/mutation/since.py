"""Which lines of a policy are changed since a revision of git."""

from __future__ import annotations

import os
from difflib import SequenceMatcher
from pathlib import Path

from ...decoding import decode
from ...files import scratch_folder
from ...policy.locate import Place
from ..diff.revisions import extension_at, policy_at

Lines = frozenset[tuple[str, int]]
"""Lines, each by the name of its file and its number."""


def lines_since(place: Place, revision: str) -> Lines:
    """The lines of a policy's files, or of those of its extensions where it has some, that a revision does not have.

    Raises:
        UsageError: there is no such revision, or the policy is not in it.
        FileError: git is not there, or a file can't be read.
    """
    changed: set[tuple[str, int]] = set()
    for folder in [each.path for each in place.extensions] or [place.folder_of_suites()]:
        with scratch_folder() as into:
            named = f"{revision}:./{Path(os.path.relpath(folder)).as_posix()}"
            if place.extensions:
                taken = extension_at(named, into).path
            else:
                policy_at(named, into)
                taken = into
            changed |= _between(taken, folder)
    return frozenset(changed)


def _between(old: Path, new: Path) -> set[tuple[str, int]]:
    changed: set[tuple[str, int]] = set()
    for path in new.rglob("*.y*ml"):
        below = path.relative_to(new)
        before = _lines(old / below) if (old / below).is_file() else []
        matcher = SequenceMatcher(None, before, _lines(path), autojunk=False)
        for tag, _, _, first, last in matcher.get_opcodes():
            if tag != "equal":
                changed |= {(str(path.resolve()), line + 1) for line in range(first, last)}
    return changed


def _lines(path: Path) -> list[str]:
    return list(decode(path.read_bytes(), str(path)).lines)
