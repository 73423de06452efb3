"""Reads the pages of the documents, in Markdown: their titles, sections and HTML, and the contents of the first."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

FIRST = "docs/index.md"
"""The page that the site opens with; its sections are the groups of the contents."""
OTHERS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
"""What stands beside the folder of documents, and is part of the site."""
FILES = "files"
"""Where the site has what a page links to that is no page."""


class Section(NamedTuple):
    """What stands below a heading, up to the next."""

    place: str
    title: str
    words: str


class Page(NamedTuple):
    """A page of the documents; `within` are its sections of the second level."""

    file: str
    title: str
    heading: Markup
    content: Markup
    sections: tuple[Section, ...]
    within: tuple[Section, ...]
    files: tuple[str, ...]


class Line(NamedTuple):
    """A line of the contents."""

    file: str
    title: str


class Group(NamedTuple):
    """A part of the contents: a section of the first page with what it links to."""

    place: str
    title: str
    lines: tuple[Line, ...]


class _Html(RendererHTML):
    """A table and a block of code can be scrolled by keys; what language a block is in makes no difference."""

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f'<pre tabindex="0"><code>{escape(tokens[idx].content)}</code></pre>\n'

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        label = escape(tokens[idx].meta["label"])
        return f'<div class="table" role="region" tabindex="0" aria-label="{label}"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"


class LeadsNowhereError(Exception):
    """A page links to what is not there."""


def sources(root: Path) -> dict[str, str]:
    """The file of the site for each page of the project, both by their paths."""
    documents = sorted((root / "docs").glob("*.md"))
    paths = [*(f"docs/{path.name}" for path in documents), *OTHERS]
    return {path: f"{Path(path).stem.lower()}.html" for path in paths}


def read_page(root: Path, source: str, names: Mapping[str, str]) -> Page:
    """A page as the site shows it: a link that is called like a file, `lint.md`, by the name of that page in `names`.

    Raises:
        LeadsNowhereError: it links to a file that is not there.
    """
    reader, files = MarkdownIt("commonmark", {"xhtmlOut": False}, renderer_cls=_Html).enable("table"), list[str]()
    tokens = reader.parse((root / source).read_text(encoding="utf-8"))
    known = sources(root)
    for token, after in pairwise([*_each(tokens), Token("end", "", 0)]):
        for name in ("href", "src"):
            if isinstance(href := token.attrs.get(name), str):
                token.attrs[name] = led = _led(root, source, href, known)
                if after.content.endswith(".md"):
                    after.content = names.get(led.partition("#")[0], after.content)
                files += [led.removeprefix(f"{FILES}/")] if led.startswith(f"{FILES}/") else []
    heading, rest = tokens[1], tokens[3:]
    sections = tuple(_sections(tokens))
    _lay_out(rest, [(each.place, level) for each, level in sections[1:]])
    return Page(
        known[source],
        _plain(heading),
        Markup(reader.renderInline(heading.content)),
        Markup(reader.renderer.render(rest, reader.options, {})),
        tuple(each for each, _ in sections),
        tuple(each for each, level in sections if level == "h2"),
        tuple(files),
    )


def contents(root: Path) -> tuple[Group, ...]:
    """The contents of the site, from the lists of its first page."""
    groups: list[tuple[str, list[Line]]] = []
    known, opened, deep = sources(root), False, 0
    tokens = MarkdownIt("commonmark").parse((root / FIRST).read_text(encoding="utf-8"))
    for token in tokens:
        deep += token.nesting if token.type.startswith("bullet_list") else 0
        if opened and token.type == "inline":
            groups.append((_plain(token), []))
        opened = token.type == "heading_open" and token.tag == "h2"
        if deep and token.type == "inline":
            links = enumerate(token.children or [])
            groups[-1][1].extend(
                Line(_led(root, FIRST, str(each.attrs["href"]), known), token.children[at + 1].content)
                for at, each in links
                if each.type == "link_open" and token.children
            )
    return tuple(Group(anchor(title), title, tuple(lines)) for title, lines in groups)


def anchor(title: str) -> str:
    """The place of a heading on its page, as code hosts name it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def book_of(path: str) -> str | None:
    """The policy whose book stands for a folder of the project."""
    found = re.fullmatch(r"policies/([\w-]+)", path)
    return found and found[1]


def _each(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or []


def _led(root: Path, source: str, href: str, known: Mapping[str, str]) -> str:
    """Where a link of a page leads in the site."""
    path, sign, place = href.partition("#")
    if not path or ":" in path:
        return href
    whole = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if not (root / whole).exists():
        raise LeadsNowhereError(f"{source}: {href}")
    if book_of(whole):
        return f"{whole}/index.html"
    return f"{known.get(whole, f'{FILES}/{whole}')}{sign}{place}"


def _plain(inline: Token) -> str:
    return "".join(each.content for each in inline.children or [])


def _sections(tokens: list[Token]) -> Iterator[tuple[Section, str]]:
    """The sections with the tags of their headings; one that is called like another before it gets a number."""
    taken: dict[str, int] = {}
    title, place, tag, words = "", "", "h1", list[str]()
    for before, token in zip([None, *tokens], tokens, strict=False):
        if before and before.type == "heading_open" and before.tag in ("h1", "h2", "h3"):
            if place:
                yield Section(place, title, " ".join(words)), tag
            title, tag, words = _plain(token), before.tag, []
            place = anchor(title)
            taken[place] = number = taken.get(place, -1) + 1
            place += f"-{number}" if number else ""
        elif token.type in ("inline", "fence"):
            words.append(token.content)
    yield Section(place, title, " ".join(words)), tag


def _lay_out(tokens: list[Token], places: list[tuple[str, str]]) -> None:
    """Give headings their places, what may be wide a name to scroll it by, and no table an empty head."""
    left, below, tables = iter(places), "", dict[str, int]()
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag in ("h2", "h3"):
            token.attrs["id"], below = next(left)[0], _plain(tokens[at + 1])
        elif token.type == "table_open":
            tables[below] = number = tables.get(below, 0) + 1
            token.meta["label"] = f"{below} {number}".strip() if number > 1 else below or "table"
        elif token.type == "th_open" and not tokens[at + 1].content:
            token.tag = tokens[at + 2].tag = "td"
