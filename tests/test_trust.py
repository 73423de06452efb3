"""Whose files are read as a compiled policy: those that nobody else can have written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatrules import cache


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of the cache, in which the value `kept` stands."""
    monkeypatch.setenv("SEATRULES_CACHE", str(tmp_path / "cache"))
    assert cache.remembered(lambda: [b"1"], lambda: "kept") == "kept"
    (file,) = (tmp_path / "cache").iterdir()
    return file


def remembered() -> str:
    return cache.remembered(lambda: [b"1"], lambda: "computed")


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o400, 0o755], ids=oct)
def test_what_only_its_owner_may_write_is_read(kept: Path, mode: int) -> None:
    """Others may read it."""
    kept.chmod(mode)
    assert remembered() == "kept"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o664, 0o646, 0o666], ids=oct)
def test_what_the_group_or_others_may_write_is_none(kept: Path, mode: int) -> None:
    """One of the two is enough: what is decided would be chosen by somebody else."""
    kept.chmod(mode)
    assert remembered() == "computed"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give a file away")
def test_what_somebody_else_owns_is_none(kept: Path) -> None:
    """Its owner may have written it."""
    os.chown(kept, 12345, -1)
    assert remembered() == "computed"


@pytest.mark.usefixtures("kept")
def test_whose_a_file_is_is_asked_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """To another user the same file is none."""
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert remembered() == "computed"
