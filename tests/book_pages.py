"""Reads the pages of a book as a browser would: where they link to, the places on them, and their words."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

_APART = {"dd", "dt", "li", "p", "small", "td", "th"}
"""What is read apart from what comes before it."""
_BLOCKS = {"article", "div", "dl", "ol", "p", "section", "table", "ul"}
_ALONE = {"meta", "link", "br", "input", "line", "rect", "circle", "text"}


class Parsed(HTMLParser):
    """A page: what it links to, what it fetches, its places with the words below them, and whether tags are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.open: list[tuple[str, str | None]] = []
        self._words: dict[str, list[str]] = {"": []}
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag not in _BLOCKS or not any(above == "p" for above, _ in self.open), "a paragraph ends before a block"
        named = {name: value or "" for name, value in attributes}
        self.tags.add(tag)
        if tag in _APART:
            self.handle_data(" ")
        if "href" in named:
            (self.fetched if tag == "link" else self.links).append(named["href"])
        if "src" in named:
            self.fetched.append(named["src"])
        if "id" in named:
            self.ids.append(named["id"])
            self._words[named["id"]] = []
        if tag not in ("meta", "link", "br", "img", "input"):
            self.open.append((tag, named.get("id")))

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in _ALONE

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for place in {"", *(id for _, id in self.open if id)}:
            self._words[place].append(data)

    def words(self, place: str = "") -> str:
        """What is read below a place, or on all of the page."""
        return re.sub(r"\s+", " ", "".join(self._words[place])).strip()


def parsed(folder: Path) -> dict[str, Parsed]:
    """The pages of a folder by the names of their files."""
    return {path.name: Parsed(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.html"))}
