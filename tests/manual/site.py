"""Puts the site together: the pages of the documents, the books of policies, one style and one search."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader

from seatrules import load
from seatrules.book.evidence import Subject
from seatrules.book.gathering import SECONDS, book_of
from seatrules.book.layout import labels, templates
from seatrules.book.site import ASSETS, SEARCH, Found, entries_found, search_index, site_of
from seatrules.book.values import Book
from seatrules.policy.locate import find

from .pages import FILES, Group, Page, contents, read_page, sources

LANGUAGE = "en"
STYLE = "site.css"
TEMPLATES = Path(__file__).with_name("templates")


def build(root: Path, out: Path, policies: Sequence[str] | None = None, seconds: float = SECONDS) -> None:
    """Write the site of a project into a folder that is not there.

    Args:
        policies: whose books are made; all that its first page names where nothing is said.
        seconds: how long is looked, for each book, for what versions mean and for ways to yes.

    Raises:
        FileExistsError: the folder is there.
        LeadsNowhereError: a page links to a file that is not there.
    """
    groups = contents(root)
    names = {line.file: line.title for group in groups for line in group.lines}
    pages = [read_page(root, source, names) for source in sources(root)]
    named = [line.file.split("/")[1] for group in groups for line in group.lines if line.file.startswith("policies/")]
    around = _environment(groups)
    out.mkdir(parents=True)
    found = [*chain.from_iterable(map(_entries_of, pages))]
    for name in named if policies is None else policies:
        book = _book(root / "policies" / name, seconds)
        folder = out / "policies" / name
        folder.mkdir(parents=True)
        inside = around.overlay()
        inside.globals = {**around.globals, "root": "../../"}
        for file, text in site_of(book, inside).items():
            if file not in (SEARCH, "search.js"):
                (folder / file).write_text(text, encoding="utf-8")
        found += _below(f"policies/{name}/", book)
    for page in pages:
        (out / page.file).write_text(_laid_out(around, page), encoding="utf-8")
        for name in page.files:
            (out / FILES / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, out / FILES / name)
    for asset in (*ASSETS, STYLE):
        (out / asset).write_text(around.loader.get_source(around, asset)[0], encoding="utf-8")  # type: ignore[union-attr]
    (out / SEARCH).write_text(search_index(found), encoding="utf-8")


def _environment(groups: Sequence[Group]) -> Environment:
    """The templates of books, with what is around each page in the site."""
    ours, of_books = FileSystemLoader(TEMPLATES), templates().loader
    assert of_books is not None
    environment = templates().overlay(loader=ChoiceLoader([ours, of_books, PrefixLoader({"book": of_books})]))
    environment.globals = {**environment.globals, "groups": groups}
    return environment


def _book(folder: Path, seconds: float) -> Book:
    engine = load(folder)
    return book_of(Subject(find(folder), engine, max(engine.programs), {}, LANGUAGE), seconds=seconds)


def _laid_out(environment: Environment, page: Page) -> str:
    given: dict[str, Any] = {**labels(LANGUAGE), "page": page, "file": page.file, "heading": page.heading}
    return environment.get_template("document.html").render(given)


def _entries_of(page: Page) -> Iterator[Found]:
    """What the search finds of a page: its sections, by each of their words once."""
    for at, each in enumerate(page.sections):
        href = f"{page.file}#{each.place}" if at else page.file
        yield each.title, page.title, href, " ".join(dict.fromkeys(each.words.lower().split()))


def _below(folder: str, book: Book) -> Iterator[Found]:
    for title, kind, href, words in entries_found(book):
        yield title, f"{book.title}: {kind}", folder + href, words
