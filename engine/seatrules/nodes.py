"""What a text of YAML or JSON holds: scalars, lists and mappings, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .diagnostics import SourceText, Span

NOT_A_TEXT = re.compile(
    r"""(?xi) ~ | null | true | false | yes | no | on | off | y | n
    | [-+]? (\.inf|\.nan) | [-+]?[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)? | [-+]?\.[0-9_]+(e[-+]?[0-9]+)?
    | [-+]?0[xob][0-9a-f_]+
    | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)? | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)? """
)
"""A plain scalar that some YAML readers take for something else than a text."""


@dataclass(slots=True)
class Scalar:
    """A scalar as written; `style` is YAML's quote character, or nothing for a plain one."""

    text: str
    span: Span
    style: str | None = None
    one_line: bool = True

    def part(self, start: int, width: int) -> Span:
        """The place of `width` characters of the text, from its character `start`."""
        if not self.one_line or self.style in ("|", ">"):
            return self.span
        offsets = self.offsets()
        first, last = offsets[min(start, len(offsets) - 1)], offsets[min(start + width, len(offsets) - 1)]
        return Span(self.span.source, self.span.line, self.span.column + first, max(1, last - first))

    def offsets(self) -> list[int]:
        """The offset in the line, from the scalar's start, of each character of the text and of its end."""
        if self.style is None:
            return list(range(len(self.text) + 1))
        written = (self.span.text or "")[self.span.column - 1 :]
        offsets: list[int] = []
        at = 1
        while len(offsets) < len(self.text) and at < len(written):
            offsets.append(at)
            at += _written_width(written, at, self.style)
        return [*offsets, at]

    @property
    def reads_otherwise(self) -> bool:
        """Whether some YAML reader would take this plain scalar for a truth value, a number, a date or nothing."""
        return self.style is None and (self.text == "" or NOT_A_TEXT.fullmatch(self.text) is not None)


@dataclass(slots=True)
class SequenceNode:
    """A YAML list."""

    items: list[Node]
    span: Span


@dataclass(slots=True)
class MappingNode:
    """A YAML mapping, in the order in which it is written."""

    entries: dict[str, tuple[Span, Node]]
    span: Span

    def get(self, key: str) -> Node | None:
        entry = self.entries.get(key)
        return entry[1] if entry else None

    def __iter__(self) -> Iterator[tuple[str, Span, Node]]:
        return ((key, span, node) for key, (span, node) in self.entries.items())


Node = Scalar | SequenceNode | MappingNode


def sources(node: Node) -> Iterator[SourceText]:
    """The texts that a node and what stands below it come from."""
    yield node.span.source
    for child in children(node):
        yield from sources(child)


def children(node: Node) -> list[Node]:
    """What stands directly below a node."""
    if isinstance(node, SequenceNode):
        return node.items
    return [each for _, _, each in node] if isinstance(node, MappingNode) else []


def under(node: Node | None, *keys: str) -> Node | None:
    """What stands under some keys, one in the other; nothing where one of them is not there."""
    for key in keys:
        node = node.get(key) if isinstance(node, MappingNode) else None
    return node


def scalars(node: Node) -> Iterator[Scalar]:
    """Every scalar of a node, at any depth, as they are written."""
    if isinstance(node, Scalar):
        yield node
    for child in children(node):
        yield from scalars(child)


def _written_width(written: str, at: int, style: str) -> int:
    if style == "'" and written.startswith("''", at):
        return 2
    if style == '"' and written[at] == "\\" and at + 1 < len(written):
        return {"x": 4, "u": 6, "U": 10}.get(written[at + 1], 2)
    return 1
