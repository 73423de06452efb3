"""Writes a site into a folder, whole or not at all; what is no book's own is never taken away unasked."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..diagnostics import echo
from ..errors import FileError, UsageError
from ..files import read_bytes, reading, trouble
from ..words import phrase

OWN = "book.json"
"""The file by which a folder is known to be a book's own: it lists the others."""


def require_free(folder: Path, *, force: bool) -> None:
    """Make sure that a book may be put in the place of a folder.

    Raises:
        UsageError: it holds something else than a book, and that may not be taken away; or the current folder.
        FileError: it can't be looked at, or is no folder.
    """
    with reading(str(folder)):
        if not folder.exists():
            return
        if not folder.is_dir():
            raise FileError(str(folder), phrase("not_a_folder"))
        given, here = Path(os.path.realpath(folder)), Path(os.path.realpath(Path.cwd()))
        if given == here or given in here.parents:
            what = phrase("book_around", path=echo(folder))
            raise UsageError("not-a-book", what, suggestion=phrase("name_book_folder"))
        if force or not (others := {each.name for each in folder.iterdir()} - _own(folder)):
            return
    what = phrase("no_book", path=echo(folder), name=echo(min(others)))
    raise UsageError("not-a-book", what, suggestion=phrase("force_book"))


def _own(folder: Path) -> set[str]:
    """The names of the files that a book has put there."""
    try:
        names = json.loads(read_bytes(folder / OWN))["files"]
        return {str(each) for each in names} | {OWN}
    except (FileError, ValueError, KeyError, TypeError, RecursionError):
        return set()


def write_site(folder: Path, files: Mapping[str, str]) -> None:
    """Put a site in the place of what is there; a link goes on to lead where it did.

    Raises:
        FileError: it can't be written; then what was there is there still.
    """
    whole = Path(os.path.realpath(folder))
    try:
        whole.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=whole.parent, prefix=".seatrules-"))
        try:
            _write(made / "new", files)
            _exchange(made, whole)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise FileError(str(folder), trouble(error, phrase("cannot_write"))) from error


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir()
    for name, text in {**files, OWN: json.dumps({"files": sorted(files)}) + "\n"}.items():
        (folder / name).write_text(text, encoding="utf-8")


def _exchange(made: Path, folder: Path) -> None:
    """What was there goes only once the new is in its place, and comes back where that fails, or is interrupted."""
    try:
        if folder.exists():
            folder.rename(made / "old")
        (made / "new").rename(folder)
    except BaseException:
        with suppress(OSError):
            (made / "old").rename(folder)
        raise
