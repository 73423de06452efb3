"""Lays out a book as a site: pages of HTML, each with the same in Markdown beside it, a style and a search.

A page is a row of `PAGES`: whoever adds one adds a template with its name. Each page works by itself, from a folder and
without scripts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

from .layout import labels, templates
from .links import sentence
from .messages import as_text
from .trying import days_of
from .values import Book, Entry, Link

if TYPE_CHECKING:
    from jinja2 import Environment

SearchEntry = tuple[str, str, str, str]
"""What the search finds: a title, what it is, where it stands, and the words that it is found by."""


class Page(NamedTuple):
    """A page: the name of its file and template, and the word that its heading is."""

    name: str
    word: str


PAGES = (
    Page("index", "overview_page"),
    Page("actions", "actions"),
    Page("rules", "rules"),
    Page("changes", "changes_page"),
    Page("tables", "tables"),
    Page("time", "time"),
    Page("settings", "settings"),
    Page("codes", "codes"),
    Page("facts", "facts"),
    Page("account", "account"),
    Page("statements", "statements"),
    Page("history", "history"),
    Page("tested", "tested_page"),
    Page("try", "try_page"),
)
"""The pages of a book in the order of its contents; each action has one besides."""
ASSETS = ("book.css", "search.js")
SEARCH = "search-index.js"
TRYING = "try.js"
"""What the page `try` is run by, where the book has what answers it."""
WORKER = "try-worker.js"
"""What runs the engine beside that page."""
ENDINGS = ("html", "md")
"""What each page is made as, by a template that ends so."""


class InContents(NamedTuple):
    """A line of the contents, with those below it."""

    file: str
    heading: str
    within: tuple[Link, ...]


def site_of(book: Book, environment: Environment | None = None, engine: str | None = None) -> dict[str, str]:
    """The files of a site by their names; an `environment` may have other templates for what is around each page.

    Args:
        engine: the script by which the page `try` answers; without it, that says how one is had.

    Raises:
        UsageError: jinja2 is not installed.
    """
    environment, given = environment or templates(), labels(book.language)
    say = given["say"]
    actions = tuple(Link(each.title, each.page, "actions") for each in book.actions)
    within = {"actions": actions}
    pages = [InContents(f"{page.name}.html", say[page.word], within.get(page.name, ())) for page in PAGES]
    given |= {"book": book, "pages": pages, "answers": engine is not None, "command": _command(book)}
    files = {name: source_of(name) for name in (*ASSETS, *([] if engine is None else [TRYING]))}
    if engine is not None:
        files |= {"try-engine.js": engine, "try-data.js": data_script("bookTry", _tried(book, files[TRYING], say))}
    for ending in ENDINGS:
        for page in PAGES:
            file = f"{page.name}.{ending}"
            files[file] = _rendered(environment, file, file, {**given, "heading": say[page.word]})
        for action in book.actions:
            file = f"{action.page.removesuffix('.html')}.{ending}"
            files[file] = _rendered(
                environment, f"action.{ending}", file, {**given, "action": action, "heading": action.title}
            )
    files[SEARCH] = search_index(entries_found(book))
    return files


def source_of(name: str) -> str:
    """A file of the templates as it stands."""
    environment = templates()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def search_index(entries: Iterable[SearchEntry]) -> str:
    """The script in which the search looks."""
    return data_script("bookIndex", list(entries))


def data_script(name: str, value: Any) -> str:
    """A script that gives a page data: nothing in it ends the script, and a key `__proto__` is one as any other."""
    text = json.dumps(json.dumps(value, ensure_ascii=False), ensure_ascii=False).replace("<", "\\u003c")
    return f"window.{name} = JSON.parse({text});\n"


def _tried(book: Book, script: str, say: Any) -> dict[str, Any]:
    """What the page on which requests are tried is made of, with the words that its script says."""
    trial = book.trial
    return {
        "version": book.version.name,
        "language": book.languages[0],
        "starts": [each._asdict() for each in trial.starts],
        "actions": [each._asdict() for each in trial.actions],
        "state": trial.state,
        "statements": {each.id: each.anchor for each in book.statements},
        "titles": trial.titles,
        "titles_of": dict(_titles_in_words(book)),
        "days": days_of(book.versions, book.cutoffs, book.dated),
        "words": {name: say[name] for name in re.findall(r"\bsay\.(\w+)", script)},
    }


def _titles_in_words(book: Book) -> Iterator[tuple[str, str]]:
    """By the places of entries, what each is called in another language than English, where that has no slots."""
    for each in (*book.rules, *book.outcomes, *book.events, *book.invariants):
        if each.title_language != "en" and "‹" not in each.title:
            yield each.anchor, each.title


def _command(book: Book) -> str:
    """What answers on the command line: an account to begin with, and an action on it."""
    name, start = quote(book.name), next(iter(book.trial.starts), None)
    actions = [] if start is None else [*start.actions.values()]
    action = quote(json.dumps(actions[0], ensure_ascii=False) if actions else '{"type": "..."}')
    lines = [] if start is None else [f"seatrules samples {quote(start.name)} --policy {name} > account.yaml"]
    lines.append(
        f"seatrules check --state account.yaml --action {action} --policy {name} --lang {book.language} --remedies"
    )
    return "\n".join(lines)


def _rendered(environment: Environment, template: str, file: str, given: dict[str, Any]) -> str:
    text = environment.get_template(template).render(**given, file=file)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def entries_found(book: Book) -> Iterator[SearchEntry]:
    """What the search finds in a book."""
    say = labels(book.language)["say"]
    for action in book.actions:
        yield action.title, say["action"], action.page, f"{action.name} {as_text(action.instruction)}"
    for word, entries in (
        ("rules", book.rules),
        ("outcomes", book.outcomes),
        ("what_changes", book.consequences),
        ("by_itself", book.events),
        ("invariants", book.invariants),
    ):
        yield from ((each.title, say[word], each.anchor, _words_of(each)) for each in entries)
    for code in book.codes:
        yield code.line, f"{say['codes']}: {code.name}", code.anchor, code.name
    for fact in book.facts:
        yield fact.name, say["facts"], fact.anchor, f"{fact.title} {fact.meaning or ''}"
    for table in book.tables:
        rows = " ".join(f"{row.key} {row.title or ''}" for row in table.rows)
        yield table.title, say["tables"], table.anchor, f"{table.name} {rows}"
    for setting in book.settings:
        yield sentence(setting.name), say["settings"], setting.anchor, f"{setting.name} {setting.why}"
    for cutoff in book.cutoffs:
        yield sentence(cutoff.name), say["cutoffs"], cutoff.anchor, f"{cutoff.name} {cutoff.day}"
    for each in book.statements:
        said = each.meaning or each.says or each.quote or each.id
        yield said, f"{say['statements']}: {each.id}", each.anchor, f"{each.id} {each.quote or ''}"


def _words_of(entry: Entry) -> str:
    code = entry.code.text if entry.code else ""
    return f"{entry.id} {code} {entry.line or ''} {as_text(entry.message)}"
