"""Takes the YAML files of a folder out of a revision of git, as they were written, into a folder of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ...diagnostics import echo
from ...errors import FileError, UsageError
from ...files import trouble
from ...policy.archives import MOST_BYTES, MOST_FILES
from ...policy.folders import EXTENSION, HEADER, YAML_NAMES, Folder
from ...policy.locate import Attached, Place
from ...words import phrase

_LINK = "120000"
"""The mode of a link in a tree."""


class _File(NamedTuple):
    """A file of a tree: its path below the tree, and what names its bytes."""

    path: str
    blob: str


def policy_at(text: str, into: Path) -> Place:
    """The policy or version that `REVISION:path` names, taken out into a folder that is there and empty.

    Raises:
        UsageError: there is no such revision, or no policy in it there.
        FileError: git is not there, or a file can't be taken out.
    """
    revision, path = _parts(text)
    version = PurePosixPath(path).name if _is_there(f"{revision}:{_below(path, HEADER)}") else None
    whole = _above(path) if version else path
    shown = f"{revision}:{whole}"
    _take_out(_tree(revision, whole, text), into, shown)
    folder = Folder(into, shown)
    if version is None and not folder.versions:
        raise UsageError("unknown-policy", phrase("holds_no_version", name=echo(text)))
    return Place(folder, shown, version)


def extension_at(text: str, into: Path) -> Attached:
    """The extension that `REVISION:path` names, taken out into a folder that is there and empty.

    Raises:
        UsageError: there is no such revision, or no extension in it there.
        FileError: git is not there, or a file can't be taken out.
    """
    revision, path = _parts(text)
    name = PurePosixPath(path).name or "extension"
    if not _is_there(f"{revision}:{_below(path, EXTENSION)}"):
        mend = phrase("name_extension", header=EXTENSION)
        _tree(revision, path, text)
        raise UsageError("unknown-extension", phrase("no_extension", path=echo(text)), suggestion=mend)
    (into / name).mkdir()
    _take_out(_tree(revision, path, text), into / name, text)
    return Attached(Folder(into, f"{revision}:{_above(path)}"), name)


def _parts(text: str) -> tuple[str, str]:
    """The revision and the path, which has no `/` at its end."""
    revision, _, path = text.partition(":")
    return revision, path.rstrip("/")


def _below(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _above(path: str) -> str:
    """The folder that holds it; git takes one that begins with a point for one below the current folder."""
    above = path.rpartition("/")[0]
    return f"{above}/" if above in (".", "..") else above


def _is_there(named: str) -> bool:
    return _git("cat-file", "-e", named) is not None


def _tree(revision: str, path: str, text: str) -> str:
    """What names the folder at a path in a revision."""
    tree = (_git("rev-parse", "--verify", "--quiet", f"{revision}:{path}") or b"").decode().strip()
    if tree and _git("cat-file", "-t", tree) == b"tree\n":
        return tree
    if _git("rev-parse", "--git-dir") is None:
        raise UsageError("no-repository", phrase("no_repository", name=echo(text)))
    if not revision or _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None:
        mend = phrase("see_revisions")
        raise UsageError("unknown-revision", phrase("no_revision", name=echo(revision)), suggestion=mend)
    what = phrase("not_in_revision", path=echo(path), revision=echo(revision))
    raise UsageError("not-in-revision", what, suggestion=phrase("path_from_top"))


def _take_out(tree: str, into: Path, shown: str) -> None:
    """Write the YAML files of a tree below a folder."""
    files = list(_files(tree, shown))
    size = 0
    for file, content in zip(files, _contents(files, shown), strict=True):
        size += len(content)
        if size > MOST_BYTES:
            raise FileError(shown, phrase("too_many_bytes", size=MOST_BYTES // 1024 // 1024))
        place = into.joinpath(*file.path.split("/"))
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        except OSError as error:
            raise FileError(str(place), trouble(error, phrase("cannot_write"))) from error


def _files(tree: str, shown: str) -> Iterator[_File]:
    listed = _git("ls-tree", "-r", "-z", "--full-tree", tree) or b""
    lines = [line for line in os.fsdecode(listed).split("\0") if line]
    if len(lines) > MOST_FILES:
        raise FileError(shown, phrase("too_many_policy_files", most=MOST_FILES))
    for line in lines:
        about, _, path = line.partition("\t")
        mode, kind, blob = about.split()
        if kind == "blob" and path.lower().endswith(YAML_NAMES):
            if mode == _LINK:
                raise FileError(f"{shown}/{path}", phrase("link_in_revision"))
            yield _File(path, blob)


def _contents(files: Sequence[_File], shown: str) -> Iterator[bytes]:
    """The bytes of each file: as they were written, whatever git would make of them on the way to a disk."""
    asked = "".join(f"{file.blob}\n" for file in files)
    rest = _git("cat-file", "--batch", given=asked.encode()) if files else b""
    for file in files:
        head, _, rest = (rest or b"").partition(b"\n")
        words = head.split()
        if len(words) != 3:
            raise FileError(f"{shown}/{file.path}", phrase("cannot_read"))
        size = int(words[2])
        yield rest[:size]
        rest = rest[size + 1 :]


def _git(*arguments: str, given: bytes = b"") -> bytes | None:
    """What git prints; nothing where it refuses."""
    try:
        done = subprocess.run(["git", *arguments], input=given, capture_output=True, check=False)
    except (OSError, ValueError) as error:
        raise FileError("git", phrase("cannot_run")) from error
    return done.stdout if done.returncode == 0 else None
