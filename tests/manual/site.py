"""Puts the site together: the pages of the documents, the books of policies, one style and one search."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader

from seatrules.book.gathering import SECONDS
from seatrules.book.layout import labels, templates
from seatrules.book.runtime import engine_script, read_runtime
from seatrules.book.site import ASSETS, SEARCH, WORKER, SearchEntry, entries_found, search_index, site_of, source_of
from seatrules.book.values import Book
from seatrules.cli.book import Gathering, gathered_books
from seatrules.cli.common import Common
from seatrules.engine import load

from .pages import FILES, Group, Page, contents, read_page, sources

LANGUAGE = "en"
STYLE = "site.css"
TEMPLATES = Path(__file__).with_name("templates")


def build(
    root: Path,
    out: Path,
    policies: Sequence[str] | None = None,
    seconds: float = SECONDS,
    runtime: Path | None = None,
) -> None:
    """Write the site of a project into a folder that is not there.

    Args:
        policies: whose books are made; all that its first page names where nothing is said.
        seconds: how long is looked, for each book, for what versions mean and for ways to yes.
        runtime: the npm package `pyodide`, by which the page `try it` of each book answers.

    Raises:
        FileExistsError: the folder is there.
        LeadsNowhereError: a page links to a file that is not there.
    """
    groups = contents(root)
    names = {line.file: line.title for group in groups for line in group.lines}
    pages = [read_page(root, source, names) for source in sources(root)]
    around, python = _environment(groups), None if runtime is None else read_runtime(runtime)
    out.mkdir(parents=True)
    found = [*chain.from_iterable(map(_entries_of, pages))]
    folders = _books(groups) if policies is None else [f"policies/{name}" for name in policies]
    for folder, book in books(root, folders, seconds):
        script = None if python is None else engine_script(python, load(root / folder), LANGUAGE, source_of(WORKER))
        files = site_of(book, _below(around), script)
        _write(out / folder, {name: text for name, text in files.items() if name not in (SEARCH, "search.js")})
        found += [
            (title, f"{book.title}: {kind}", f"{folder}/{href}", words)
            for title, kind, href, words in entries_found(book)
        ]
    _write(out, {page.file: _laid_out(around, page) for page in pages})
    _write(out, {name: source_of(name) for name in ASSETS} | {SEARCH: search_index(found)})
    shutil.copy(TEMPLATES / STYLE, out)
    for name in {name for page in pages for name in page.files}:
        (out / FILES / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, out / FILES / name)


def books(root: Path, folders: Sequence[str], seconds: float = SECONDS) -> Iterator[tuple[str, Book]]:
    """The books of policies, each with its folder: gathered as `seatrules book` does."""
    gathering = Gathering(Common(None, (), None, {}, LANGUAGE, as_json=False, everything=False), seconds)
    gathered = gathered_books([str(root / each) for each in folders], gathering, os.cpu_count() or 1)
    return zip(folders, (book for _, book in gathered), strict=True)


def _books(groups: Sequence[Group]) -> list[str]:
    """The folders of the policies that the contents name."""
    files = (Path(line.file) for group in groups for line in group.lines)
    return [file.parent.as_posix() for file in files if file.parts[0] == "policies"]


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _environment(groups: Sequence[Group]) -> Environment:
    """The templates of books, with what is around each page in the site."""
    ours, of_books = FileSystemLoader(TEMPLATES), templates().loader
    assert of_books is not None
    environment = templates().overlay(loader=ChoiceLoader([ours, of_books, PrefixLoader({"book": of_books})]))
    environment.globals = {**environment.globals, "groups": groups}
    return environment


def _below(environment: Environment) -> Environment:
    """The same for pages two folders below."""
    below = environment.overlay()
    below.globals = {**environment.globals, "root": "../../"}
    return below


def _laid_out(environment: Environment, page: Page) -> str:
    given: dict[str, Any] = {**labels(LANGUAGE), "page": page, "file": page.file, "heading": page.heading}
    return environment.get_template("document.html").render(given)


def _entries_of(page: Page) -> Iterator[SearchEntry]:
    """What the search finds of a page: its sections, by each of their words once."""
    for at, each in enumerate(page.sections):
        href = f"{page.file}#{each.place}" if at else page.file
        yield each.title, page.title, href, " ".join(dict.fromkeys(each.words.lower().split()))
