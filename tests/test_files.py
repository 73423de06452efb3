"""A file that is written holds all of it, or stays as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatrules.errors import FileError
from seatrules.files import replace, write_whole


def test_a_written_file_stays_what_it_was_but_for_its_text(tmp_path: Path) -> None:
    """A link still leads to the file, which keeps its mode; a new one has the usual mode, and any name."""
    file, link, new = tmp_path / "file", tmp_path / "link", tmp_path / ("x" * 250)
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    for path in (link, new):
        write_whole(path, b"{}\n")
    (tmp_path / "usual").touch()
    assert (link.is_symlink(), file.read_text(), file.stat().st_mode & 0o777) == (True, "{}\n", 0o640)
    assert new.stat().st_mode == (tmp_path / "usual").stat().st_mode
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("name", ["fsync", "fdopen", "replace"])
def test_a_file_that_can_not_be_written_is_as_it_was(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it goes wrong, the old text stays and nothing is left beside it."""
    file = tmp_path / "file"
    file.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, name, full)
    with pytest.raises(FileError) as error:
        write_whole(file, b"new")
    monkeypatch.undo()
    assert (error.value.path, file.read_text()) == (str(file), "old")
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    """A folder, or what a link leads to that is none."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    for path in (tmp_path, link):
        with pytest.raises(FileError, match="is no file that can be replaced"):
            write_whole(path, b"new")
    assert list(tmp_path.iterdir()) == [link]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """What is put in the place of a name leaves alone what a link of that name leads to; only its owner reads it."""
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("old")
    link.symlink_to(file)
    replace(link, b"new", prefix="link.")
    assert (link.is_symlink(), link.read_bytes(), file.read_text()) == (False, b"new", "old")
    assert link.stat().st_mode & 0o777 == 0o600
