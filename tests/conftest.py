"""Fixtures that more than one file of tests uses."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
import yaml

from accounts import STATE
from broken import build
from command import run_here, written
from faults import are_told
from lengths import MUTANTS
from postgres import Psql, binaries, served

# No test reads what another run left. What a run compiles of the policies that stay as they are, it compiles once, in
# whichever of its processes that is first.
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
CACHE = os.environ["SEATRULES_CACHE"] if IS_WORKER else tempfile.mkdtemp(prefix="seatrules-tests-")
os.environ["SEATRULES_CACHE"] = "" if MUTANTS else CACHE
TESTS = Path(__file__).resolve().parent
Golden = Callable[[Path, str], None]
are_told()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the expected texts anew."""
    parser.addoption("--update-golden", action="store_true", help="write the expected texts anew")


def pytest_unconfigure() -> None:
    """Take away the cache of this run."""
    if not IS_WORKER:
        shutil.rmtree(CACHE, ignore_errors=True)


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


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the default policy's rule book, in English."""
    folder = tmp_path_factory.mktemp("book")
    done = run_here("book", "hubspot-seats", "--out", "book", "--lang", "en", "--seconds", "2", cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    return folder / "book"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the documents' site, with the book of one policy."""
    from manual.site import build as build_site

    folder = tmp_path_factory.mktemp("documents") / "site"
    build_site(TESTS.parent, folder, ["zoom-licenses"], seconds=0.2)
    return folder


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
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept of the policies that one test makes up: they would take the place of those that all load."""
    monkeypatch.setenv("SEATRULES_CACHE", "")


@pytest.fixture
def base_policy(tmp_path: Path, no_cache: None) -> Path:
    """The folder of a copy of the small policy of `tests/wrong/base`, to be changed."""
    build(tmp_path, {})
    return tmp_path / "parking"


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session of Spark on this machine, one for all tests: two tasks at once, each tried four times."""
    sql = pytest.importorskip("pyspark.sql", reason="Spark is not installed: seatrules[spark]")
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("Spark needs Java 17 or later, and there is none")
    options = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "OFF",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        session = sql.SparkSession.builder.master("local[2,4]").config(map=options).getOrCreate()
        yield session
        session.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Psql]:
    """A server of PostgreSQL, one for all tests, on a port of this machine."""
    installed = binaries()
    if installed is None:
        pytest.skip("PostgreSQL is not installed")
    with served(installed) as psql:
        yield psql


@pytest.fixture
def state(tmp_path: Path) -> str:
    """The path of a file with a good state."""
    return written(tmp_path / "state.json", STATE)
