"""What an overlay or an extension says that is there without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from ..diagnostics import SourceText, Span
from ..nodes import MappingNode, Node, Scalar, children
from ..policy.dated import FROM, entries, is_dated
from ..policy.kinds import FIXED
from ..policy.written import Entry, Written
from ..problems import Problems

Holds: TypeAlias = Callable[[SourceText], bool]
"""Whether a text is among those that are looked at."""
_NAMES = ("table", "key", "columns", "id")
"""The keys by which an overlay names what it changes."""


def repeated_by_overlay(written: Written, base: Written, problems: Problems) -> None:
    """Warn of what an overlay says as its base does already: a whole entry, or what it changes of one."""
    for span in _repeats(written, base, _of(written)):
        message = f"version `{base.version}` says this already, which `{written.version}` extends"
        problems.warning("repeats-base", message, span, help="leave it out: it is taken over")


def repeated_by_extensions(layers: Sequence[Sequence[Written]], problems: Problems) -> None:
    """Warn of what an extension says as every version has it already that it is for.

    `layers` hold the versions without extensions, then with the first one, with the first two, and so on.
    """
    for before, after in pairwise(layers):
        by_name = {written.version: written for written in before}
        repeats = [
            dict.fromkeys(_repeats(written, by_name[written.version], written.extensions[-1].holds))
            for written in after
            if len(written.extensions) > len(by_name[written.version].extensions)
            and not written.incomplete | by_name[written.version].incomplete
        ]
        for span in repeats[0] if repeats else ():
            if all(span in others for others in repeats):
                message = "the policy says this already, without the extension"
                problems.warning("repeats-base", message, span, help="leave it out: it is there")


def _of(written: Written) -> Holds:
    """Which texts are a version's own files."""
    return lambda source: source.place.startswith(f"{written.version}/")


def _repeats(written: Written, base: Written, is_own: Holds) -> Iterator[Span]:
    again = _Again(is_own)
    for kind, named in written.named.items():
        yield from again.of_entries(named, base.named[kind])
    for kind, clauses in written.clauses.items():
        yield from again.of_entries(_by_name(clauses), _by_name(base.clauses[kind]))
    yield from again.of_entries(written.tables, base.tables)
    yield from (node.span for node in again.of_parts(written.schema, base.schema))
    yield from again.of_header(written.header, base.header)


def _by_name(entries: Iterable[Entry]) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries}


class _Again:
    """Looks for what is written once more, in the texts of which `is_own` is so."""

    def __init__(self, is_own: Holds) -> None:
        self.is_own = is_own

    def of_entries(self, entries: Mapping[str, Entry], base: Mapping[str, Entry]) -> Iterator[Span]:
        for name, entry in entries.items():
            is_whole = self.is_own(entry.span.source)  # else it stands where the base has it, and is changed
            there = [base[name].node] if name in base else []
            for node in (each for before in there for each in self.of_parts(entry.node, before, inside=not is_whole)):
                yield entry.span if is_whole and node is entry.node else node.span

    def of_header(self, header: Entry, base: Entry) -> Iterator[Span]:
        """What is taken over of a header where it is not written; each version has its own name and days."""
        for key, span, node in header.pairs():
            if key not in FIXED and (before := base.child(key)) is not None:
                yield from (span if each is node else each.span for each in self.of_parts(node, before))

    def of_parts(self, node: Node, base: Node, *, inside: bool = False) -> Iterator[Node]:
        """What of a node is written as it was already.

        What is written whole is compared as a whole, unless it stands `inside` of an entry that is changed by its keys.
        """
        leaves = list(_leaves(node))
        own = sum(self.is_own(leaf.span.source) for leaf in leaves)
        is_mixed = 0 < own < len(leaves)
        if own == len(leaves) and _plain(node) == _plain(base):
            yield node
        elif is_dated(node) and (is_mixed or (own and inside)):
            yield from self._of_days(node, base)
        elif (is_mixed or (own and inside)) and isinstance(node, MappingNode) and isinstance(base, MappingNode):
            for key, _, child in node:
                if key not in _NAMES and (before := base.get(key)) is not None:
                    yield from self.of_parts(child, before, inside=inside)

    def _of_days(self, node: Node, base: Node) -> Iterator[Node]:
        """The entries of a row, or cells of them, that are as they were on that day, in the base and as it is now."""
        before = list(_by_day(base))
        made: dict[str, object] = {}
        for day, entry in _by_day(node):
            now, was = {**made}, _on(before, day)
            made |= _cells(entry)
            if self.is_own(entry.span.source):
                yield from self._of_day(entry, dict(before).get(day), now, was)

    def _of_day(
        self, entry: Node, there: Node | None, now: Mapping[str, object], was: Mapping[str, object]
    ) -> Iterator[Node]:
        """What of an entry is said again: of a day that the base has each cell, of a new one the whole entry."""
        own = {key: each for key, each in _cells(entry).items() if self._writes(entry, key)}
        if there is not None:
            same = [key for key, each in own.items() if key in (of_base := _cells(there)) and of_base[key] == each]
            if len(same) == len(own):
                yield from [entry] if own else ()
            elif isinstance(entry, MappingNode):
                yield from (entry.entries[key][1] for key in same)
        elif own and all(each == now.get(key) == was.get(key) for key, each in own.items()):
            yield entry

    def _writes(self, entry: Node, key: str) -> bool:
        return isinstance(entry, MappingNode) and all(
            self.is_own(leaf.span.source) for leaf in _leaves(entry.entries[key][1])
        )


def _by_day(row: Node) -> Iterator[tuple[str, Node]]:
    return ((each.day, each.node) for each in entries(row, "", Problems()))


def _on(entries_of_row: Iterable[tuple[str, Node]], day: str) -> dict[str, object]:
    """The cells of a row as they are on a day."""
    return {key: each for since, entry in entries_of_row if since <= day for key, each in _cells(entry).items()}


def _cells(entry: Node) -> dict[str, object]:
    """What an entry of a dated row says, but for its day."""
    pairs = entry.entries.items() if isinstance(entry, MappingNode) else ()
    return {key: _plain(node) for key, (_, node) in pairs if key != FROM}


def _leaves(node: Node) -> Iterator[Node]:
    """What stands below a node and has nothing below itself."""
    below = children(node)
    yield from (leaf for child in below for leaf in _leaves(child))
    if not below:
        yield node


def _plain(node: Node) -> object:
    match node:
        case Scalar(text=text):
            return text
        case MappingNode():
            return {key: _plain(child) for key, _, child in node}
    return [_plain(child) for child in children(node)]
