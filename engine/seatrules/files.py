"""Reads regular files, so much of each and no more, and writes files whole; knows nothing of what they hold."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import FileError
from .words import Phrase, phrase

_TROUBLES = {
    errno.EACCES: "no_access",
    errno.EDQUOT: "no_more_allowed",
    errno.EEXIST: "name_taken",
    errno.EISDIR: "is_a_folder",
    errno.ELOOP: "links_without_end",
    errno.EMFILE: "too_many_open",
    errno.ENAMETOOLONG: "name_too_long",
    errno.ENOENT: "not_there",
    errno.ENOSPC: "no_room",
    errno.ENOTDIR: "through_a_file",
    errno.EPERM: "no_access",
    errno.EROFS: "read_only",
}
MAX_BYTES = 4 * 1024 * 1024
_USUAL = 64 * 1024
"""More than most files hold: a buffer for the most that one may hold takes longer to get than a file to read."""


def read_bytes(path: Path, name: str | None = None) -> bytes:
    """The bytes of a regular file, at most one more than `MAX_BYTES`.

    Raises:
        FileError: the file is missing, is no regular file (it is not opened then) or can't be read.
    """
    name = name or str(path)
    with reading(name):
        if not stat.S_ISREG(path.stat().st_mode):
            raise FileError(name, phrase("no_regular_file"))
        with path.open("rb") as file:
            data = file.read(_USUAL)
            if len(data) == _USUAL:
                data += file.read(MAX_BYTES + 1 - _USUAL)
    return data


@contextmanager
def reading(name: str) -> Iterator[None]:
    """While what people know by a name is read: where the system refuses that, a `FileError` says so."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise FileError(name, trouble(error, phrase("cannot_read"))) from error


@contextmanager
def standard_input() -> Iterator[BinaryIO]:
    """Standard input, as bytes, while it is read.

    Raises:
        FileError: it is closed, or can't be read.
    """
    if sys.stdin is None:
        raise FileError("<stdin>", phrase("is_closed"))
    with reading("<stdin>"):
        yield sys.stdin.buffer


def as_named(path: Path) -> Path:
    """The whole path, with its links as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def leads_out(path: Path, folder: Path) -> bool:
    """Whether a link leads from a path in a folder to what lies elsewhere."""
    real, inside = os.path.realpath(path), os.path.realpath(folder)
    return os.path.commonpath([real, inside]) != inside


def require_there(path: Path) -> None:
    """Make sure that there is something at a path.

    Raises:
        FileError: there is not, or it can't be looked at.
    """
    with reading(str(path)):
        path.stat()


_CALLED: dict[Path, str] = {}
"""What people call the files in folders of our own that were taken out of a zip or a package, by these folders."""


def called(path: Path) -> str:
    """What people call a path: as given, or below the zip or the package out of which it was taken."""
    for folder, name in [*_CALLED.items()]:
        if path.is_relative_to(folder):
            return Path(name, path.relative_to(folder)).as_posix()
    return str(path)


@contextmanager
def scratch_folder(called: str | None = None) -> Iterator[Path]:
    """An empty folder of its own, which is taken away with what was put into it.

    Args:
        called: what people call the place of what is put into it, where they do not know it by the folder's name.

    Raises:
        FileError: it can't be made.
    """
    from tempfile import TemporaryDirectory  # slow to import, and only for what writes

    try:
        folder = TemporaryDirectory(prefix="seatrules-")
    except OSError as error:
        raise FileError(str(error.filename or "TMPDIR"), trouble(error, phrase("cannot_write"))) from error
    with folder as name:
        path = Path(name)
        if called is not None:
            _CALLED[path] = called
        try:
            yield path
        finally:
            _CALLED.pop(path, None)


def write_whole(path: Path, content: bytes) -> None:
    """Write a user's file whole or not at all; its mode stays, and a link goes on to lead where it did.

    Raises:
        FileError: it can't be written.
    """
    file = Path(os.path.realpath(path))
    try:
        if file.exists() and not file.is_file():
            raise FileError(str(path), phrase("not_replaceable"))
        replace(file, content, prefix=".seatrules-", mode=mode_of(file), lasting=True)
    except OSError as error:
        raise FileError(str(path), trouble(error, phrase("cannot_write"))) from error


def replace(file: Path, content: bytes, *, prefix: str, mode: int = 0o600, lasting: bool = False) -> None:
    """Put a new file in the place of what has its name, a link included; see `replacing`.

    Raises:
        OSError: it can't be written; then nothing has changed.
    """
    with replacing(file, prefix=prefix, mode=mode, lasting=lasting) as written:
        written.write(content)


@contextmanager
def replacing(
    file: Path, folder: Path | None = None, *, prefix: str, mode: int = 0o600, lasting: bool = False
) -> Iterator[BinaryIO]:
    """What a new file is written and read by that then takes the place of what has its name, a link included.

    Args:
        folder: the one in which it is written, of the same file system; else that of the file.
        prefix: how the name begins that it has while it is written.
        mode: who may read and write it.
        lasting: it is on the disk before it takes its place, so that it is whole also if the machine stops.

    Raises:
        OSError: it can't be written; then nothing has changed.
    """
    import tempfile  # slow to import, and only for what writes

    # Beside the file, for a rename is only whole within one file system.
    handle, beside = tempfile.mkstemp(dir=folder or file.parent, prefix=prefix)
    try:
        with os.fdopen(handle, "w+b") as written:
            yield written
            if lasting:
                written.flush()
                os.fsync(written.fileno())
        Path(beside).chmod(mode)
        Path(beside).replace(file)
    finally:
        with suppress(OSError):
            Path(beside).unlink(missing_ok=True)


def mode_of(file: Path) -> int:
    """Who may read and write a file: as it is, or as a new one would be."""
    if file.exists():
        return stat.S_IMODE(file.stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def trouble(error: Exception, otherwise: Phrase) -> Phrase:
    """What keeps a file from being read or written, in our own words; `otherwise` where it is nothing usual."""
    number = error.errno if isinstance(error, OSError) else None
    return otherwise if number not in _TROUBLES else phrase(_TROUBLES[number])
