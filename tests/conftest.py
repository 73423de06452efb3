"""Fixtures that more than one file of tests uses."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from broken import build

pytest_plugins = ["pytester"]
os.environ["SEATRULES_CACHE"] = ""  # no test reads what another run left, but those of the cache
TESTS = Path(__file__).resolve().parent
Golden = Callable[[Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the expected texts anew."""
    parser.addoption("--update-golden", action="store_true", help="write the expected texts anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a text, whole, with the one that is kept in a file; `--update-golden` writes the file."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{path} is not there; run pytest with --update-golden"
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def base_policy(tmp_path: Path) -> Path:
    """The folder of a copy of the small policy of `tests/wrong/base`, to be changed."""
    build(tmp_path, {})
    return tmp_path / "parking"
