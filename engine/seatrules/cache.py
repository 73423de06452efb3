"""Keeps what is dear to compute in the user's cache folder, by the digest of all that it comes from.

What is kept holds a digest of itself with that one, so that it serves under no other name, and may name nothing but the
classes that a program is made of. It is only kept in a folder, and read from a file, that belong to the user and that
nobody else can write. A cache that is damaged, that others can write, or that does not open, is as good as none. Of
what is packed in what is kept the digest is asked at once; what it may name, when it is opened.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import re
import stat
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from .errors import FileError
from .files import replace

Value = TypeVar("Value")
KEPT = 50
"""How many values are kept; the oldest go."""
_OURS = re.compile(r"[0-9a-f]{64}(\.\w+)?")
"""The names of what is kept and of what is being written: no other file in the folder is ever taken away."""
_FOLDER = "SEATRULES_CACHE"
"""The environment variable that names another folder, or none when it is empty."""
_SIZE = hashlib.sha256().digest_size
_ONLY_THAT_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Opens what has the name itself: a link is not followed, and nobody is waited for at a pipe."""
_MADE_OF = ("seatrules.diagnostics", "seatrules.language.", "seatrules.program.", "seatrules.words")
"""Where the classes stand that a program is made of: making one of them does nothing else."""


def remembered(parts: Callable[[], Iterable[bytes]], compute: Callable[[], Value]) -> Value:
    """What `compute` gives: from the cache, if it was computed from the same `parts` before."""
    folder = _folder()
    key = None if folder is None else _key(parts)
    if folder is None or key is None:
        return compute()
    kept = _read(folder, key)
    if kept is not None:
        value: Value = kept[0]
        return value
    value = compute()
    if _key(parts) == key:  # else something changed meanwhile, and nobody knows from what it was computed
        _write(folder, key, value)
    return value


def packed(value: Any) -> bytes:
    """A value as bytes, so that what is remembered beside it is read without it."""
    return pickle.dumps(value, protocol=5)


def opened(pickled: bytes | memoryview) -> Any:
    """The value that was packed; nothing but what a program is made of."""
    return _Unpickler(io.BytesIO(pickled)).load()


def _folder() -> Path | None:
    named = os.environ.get(_FOLDER)
    if named is not None:
        return Path(named) if named else None
    folder = _folder_of_user()
    return folder if folder is not None and folder.is_absolute() else None  # it lies nowhere for a user without a home


def _folder_of_user() -> Path | None:
    """Where a user's programs keep what they can compute again, by what is usual on the system."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", ""), "seatrules", "Cache")
    if above := os.environ.get("XDG_CACHE_HOME"):
        return Path(above, "seatrules")
    try:
        return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "seatrules"
    except RuntimeError:
        return None  # nobody knows where the user's home would be


def _key(parts: Callable[[], Iterable[bytes]]) -> str | None:
    digest = hashlib.sha256()
    try:
        for part in (_engine(), *parts()):
            digest.update(len(part).to_bytes(8, "big") + part)
    except (OSError, FileError):
        return None
    return digest.hexdigest()


@cache
def _engine() -> bytes:
    """What tells this engine from every other: the Python that runs it, and its own files when it was first asked."""
    package = Path(__file__).parent
    if not package.is_dir():  # it lies in a zip
        return f"{sys.version}\n{_archive(package)}".encode(errors="surrogateescape")
    lines, unread = [sys.version], [str(package)]
    while unread:
        for entry in sorted(os.scandir(unread.pop()), key=attrgetter("name")):
            if entry.is_file():
                status = entry.stat()
                lines.append(f"{entry.name} {status.st_size} {status.st_mtime_ns}")
            elif entry.name not in ("__pycache__", "policies"):
                unread.append(entry.path)
    return "\n".join(lines).encode(errors="surrogateescape")


def _archive(package: Path) -> str:
    """What tells the zip that holds the package from every other.

    Raises:
        OSError: it is in no file, so that nothing may be kept.
    """
    archive = next(path for path in package.parents if path.exists())
    status = archive.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{package} is in no file")
    return f"{archive} {status.st_size} {status.st_mtime_ns}"


def _read(folder: Path, key: str) -> tuple[Any] | None:
    """What is kept, in a tuple, or nothing."""
    try:
        if not _trusted(folder.stat()):
            return None
        with os.fdopen(os.open(folder / key, _ONLY_THAT_FILE), "rb") as file:
            status = os.fstat(file.fileno())
            content = memoryview(file.read() if stat.S_ISREG(status.st_mode) and _trusted(status) else b"")
        if content[:_SIZE] == _digest(key, content[_SIZE:]):
            return (opened(content[_SIZE:]),)
    except Exception:
        pass  # Whatever is wrong with it, it is not there.
    return None


def _digest(key: str, pickled: bytes | memoryview) -> bytes:
    digest = hashlib.sha256(key.encode())
    digest.update(pickled)
    return digest.digest()


def _trusted(status: os.stat_result) -> bool:
    """Whether nobody else can have written a file or a folder: else they would choose what is decided."""
    return not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def _write(folder: Path, key: str, value: Any) -> None:
    pickled = packed(value)
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _trusted(folder.stat()):
            return
        replace(folder / key, _digest(key, pickled) + pickled, prefix=f"{key}.")
        ours = (each for each in folder.iterdir() if _OURS.fullmatch(each.name))
        kept = sorted(ours, key=lambda each: each.stat().st_mtime, reverse=True)
        for old in kept[KEPT:]:
            old.unlink(missing_ok=True)


class _Unpickler(pickle.Unpickler):
    """Makes nothing but what a program is made of."""

    def find_class(self, module: str, name: str) -> Any:
        if not module.startswith(_MADE_OF):
            raise pickle.UnpicklingError(f"{module}.{name} is not ours")
        kind = super().find_class(module, name)
        # A module of ours has what it imports as well, which is not ours.
        if not isinstance(kind, type) or kind.__module__ != module:
            raise pickle.UnpicklingError(f"{module}.{name} is no class of ours")
        return kind
