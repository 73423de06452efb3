"""Where the book explains what the policy names, and how a name reads."""

from __future__ import annotations

from collections.abc import Iterator

from ..anchors import book_anchor
from ..language import tree as t
from ..policy.kinds import CLAUSES
from ..program.program import OLD
from .values import Link


def link(kind: str, name: str) -> Link:
    """A name with where it is explained; the id of a clause reads as a sentence."""
    shown = name.split("/", 1)[-1] if kind in ("codes", "roles") else sentence(name) if kind in CLAUSES else name
    return Link(shown, book_anchor(kind, name), kind)


def hrefs_of(expr: t.Expr) -> Iterator[str]:
    """Where the book explains what an expression names, what it begins with first."""
    for part in t.parts(expr):
        found = None
        match part:
            case t.Call(fact=name):
                found = book_anchor("facts", name)
            case t.Named(text=text):
                kind, _, name = "".join(text.split()).partition(".")
                found = book_anchor(kind, name)
            case t.Rows(name=name):
                found = book_anchor("tables", name)
            case t.Property(name=name) if name != OLD:
                found = book_anchor("state", name)
        if found is not None:
            yield found


def readable(name: str) -> str:
    """An identifier as one reads it: `past-due-no-growth` as a sentence, `due_on` as words."""
    return name.replace("-", " ").replace("_", " ").strip()


def sentence(name: str) -> str:
    """An id as a sentence."""
    text = readable(name)
    return text[:1].upper() + text[1:]
