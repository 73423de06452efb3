"""Reads regular files, so much of each and no more; knows nothing of what stands in them."""

from __future__ import annotations

import stat
from pathlib import Path

from .diagnostics import FileError

MAX_BYTES = 4 * 1024 * 1024
_USUAL = 64 * 1024
"""More than most files hold: a buffer for the most that one may hold takes longer to get than a file to read."""


def read_bytes(path: Path, name: str | None = None) -> bytes:
    """The bytes of a regular file, at most one more than `MAX_BYTES`.

    Raises:
        FileError: the file is missing, is no regular file (it is not opened then) or can't be read.
    """
    name = name or str(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise FileError(name, "is not a regular file")
        with path.open("rb") as file:
            data = file.read(_USUAL)
            if len(data) == _USUAL:
                data += file.read(MAX_BYTES + 1 - _USUAL)
    except (OSError, ValueError) as error:
        raise FileError(name, getattr(error, "strerror", None) or "can't be read") from error
    return data
