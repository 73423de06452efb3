"""Where a policy's rule book explains what has a name: the page, and the place on it."""

from __future__ import annotations

import re

_PAGES = {
    "codes": "codes",
    "consequences": "changes",
    "cutoffs": "time",
    "events": "changes",
    "facts": "facts",
    "goals": "account",
    "invariants": "account",
    "outcomes": "changes",
    "overview": "account",
    "roles": "actions",
    "rules": "rules",
    "settings": "settings",
    "state": "account",
    "statements": "statements",
    "tables": "tables",
    "versions": "history",
}
"""The page of each kind of entry; an action has one of its own."""
_OTHER = re.compile(r"[^a-z0-9_-]")


def place_on_page(kind: str, name: str) -> str:
    """The anchor of an entry, safe in HTML and in a link; two entries never share one."""
    return f"{kind}-{_OTHER.sub(lambda match: f'.{ord(match[0]):x}.', name)}"


def book_anchor(kind: str, name: str) -> str | None:
    """Where the book explains an entry, relative to its folder; nothing for what it does not explain by itself."""
    if kind == "actions":
        return f"{place_on_page('action', name)}.html"
    if kind == "cells":
        kind, name = "tables", name.split("/")[0]
    page = _PAGES.get(kind)
    return None if page is None else f"{page}.html#{place_on_page(kind, name)}"
