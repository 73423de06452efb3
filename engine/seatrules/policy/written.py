"""A policy version as written: entries with their places, before any name is bound."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..diagnostics import Diagnostic, SourceText, Span
from ..nodes import MappingNode, Node, Scalar, SequenceNode
from .kinds import CODES

ANY = "any"
"""Stands for every kind: a file could not be read at all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One named entry of a policy file: its name and place, its nodes, and its plain value."""

    name: str
    span: Span
    node: Node
    value: Any

    def child(self, *path: str) -> Node | None:
        """The node at `path` below the entry, if it is given."""
        node: Node | None = self.node
        for step in path:
            node = node.get(step) if isinstance(node, MappingNode) else None
        return node

    def place(self, *path: str) -> Span:
        """Where the node at `path` stands, or where it is not given, the entry."""
        return (self.child(*path) or self.node).span

    def scalar(self, *path: str) -> Scalar | None:
        node = self.child(*path)
        return node if isinstance(node, Scalar) else None

    def scalars(self, *path: str) -> list[Scalar]:
        """The scalars of a list at `path`; a lone scalar is a list of one."""
        node = self.child(*path)
        if isinstance(node, Scalar):
            return [node]
        return [item for item in node.items if isinstance(item, Scalar)] if isinstance(node, SequenceNode) else []

    def entries(self, key: str) -> list[Entry]:
        """The mappings of a list under `key`; a lone mapping is a list of one."""
        node, value = self.child(key), self.value.get(key)
        if isinstance(node, MappingNode):
            return [Entry(key, node.span, node, value)]
        listed = zip(node.items, value, strict=True) if isinstance(node, SequenceNode) else ()
        return [Entry(key, item.span, item, each) for item, each in listed if isinstance(item, MappingNode)]

    def pairs(self, *path: str) -> list[tuple[str, Span, Node]]:
        """The keys of a mapping at `path`, with their places and nodes."""
        node = self.child(*path)
        return list(node) if isinstance(node, MappingNode) else []


class Extended(NamedTuple):
    """An extension that a version is read with; `span` is the place of its header."""

    name: str
    digest: str
    span: Span

    def holds(self, source: SourceText) -> bool:
        """Whether a text is a file of the extension."""
        return source.place.startswith(self.span.source.place.rpartition("/")[0] + "/")


@dataclass(frozen=True, slots=True)
class Written:
    """One version of a policy, overlays merged: what its files say."""

    folder: SourceText
    header: Entry
    schema: Node
    schema_value: Any
    named: Mapping[str, Mapping[str, Entry]] = field(repr=False)
    tables: Mapping[str, Entry] = field(repr=False)
    clauses: Mapping[str, tuple[Entry, ...]] = field(repr=False)
    incomplete: frozenset[str] = frozenset()
    """The kinds of files of which a part could not be read, so that names may seem to be missing."""
    extensions: tuple[Extended, ...] = ()

    def may_lack(self, kind: str) -> bool:
        """Whether entries of a kind may seem to be missing, since a part of what the version says could not be read."""
        return may_lack(self.incomplete, kind)

    def noted(self, problem: Diagnostic) -> Diagnostic:
        """A problem with the other place that it is about, where a version and its base or an extension do not fit."""
        sources = [span.source for span in (problem.span, *(span for span, _ in problem.notes))]
        added = [any(each.holds(source) for each in self.extensions) for source in sources]
        extends = self.header.child("extends")
        notes: list[tuple[Span, str]] = []
        if all(added):
            notes = [(self.header.span, f"with version `{self.version}`")]
        elif self.extensions and not any(added):
            notes = [(each.span, f"with the extension `{each.name}`") for each in self.extensions]
        elif (
            extends
            and not self.extensions
            and not any(source.place.startswith(f"{self.folder.place}/") for source in sources)
        ):
            notes = [(extends.span, f"in version `{self.version}`")]
        return problem._replace(notes=[*problem.notes, *notes])

    @property
    def name(self) -> str:
        return str(self.header.value["name"])

    @property
    def version(self) -> str:
        return str(self.header.value["version"])

    @property
    def languages(self) -> list[str]:
        return list(self.header.value["languages"])


def may_lack(incomplete: Set[str], kind: str) -> bool:
    """Whether entries of a kind may seem to be missing where parts of some kinds could not be read."""
    of_codes = "codes" if kind in CODES.values() else kind
    return bool({"table" if kind == "tables" else of_codes, ANY} & incomplete)
