"""Fixtures that more than one file of tests uses."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
import yaml

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
def libraries_without_words(monkeypatch: pytest.MonkeyPatch) -> str:
    """Let every error of a library we use say this text and nothing else: what we make of it is in our own words."""
    words = "words of a library"

    def of_yaml(error: Any, context: Any = None, at: Any = None, problem: Any = None, mark: Any = None) -> None:
        error.context, error.context_mark, error.problem, error.problem_mark, error.note = words, at, words, mark, words

    def of_jsonschema(error: Any, message: str, *rest: Any, **more: Any) -> None:
        worded(error, words, *rest, **more)

    def of_click(error: Any, message: str) -> None:
        error.message, error.show_color = words, None

    worded = jsonschema.ValidationError.__init__
    monkeypatch.setattr(yaml.MarkedYAMLError, "__init__", of_yaml)
    monkeypatch.setattr(jsonschema.ValidationError, "__init__", of_jsonschema)
    monkeypatch.setattr(click.ClickException, "__init__", of_click)
    return words


@pytest.fixture
def base_policy(tmp_path: Path) -> Path:
    """The folder of a copy of the small policy of `tests/wrong/base`, to be changed."""
    build(tmp_path, {})
    return tmp_path / "parking"
