"""Says where in a state, an action or a request in YAML or JSON a value is written."""

from __future__ import annotations

from collections.abc import Sequence

from .diagnostics import SourceText, Span
from .errors import RequestError
from .json_nodes import json_nodes
from .json_text import parse_json
from .nodes import MappingNode, Node, SequenceNode
from .source import parse

_OF_KEYS = ("unknown_property", "unknown_argument")
_OF_WORDS = ("unknown_word", "unknown_key")
"""The codes of what is wrong with a word or a key, be it a value or that of an entry."""


def nodes_of(source: SourceText) -> Node:
    """The nodes of a text that was read as data."""
    try:
        parse_json("\n".join(source.lines))
    except RequestError:
        return parse(source)
    return json_nodes(source)


def place_below(node: Node, steps: Sequence[str], code: str) -> Span:
    """Where the value at a path is written, or its key where a problem is about that; else what it lacks in."""
    span = node.span
    for step in steps:
        key, child = _below(node, step)
        if child is None:
            break
        # An entry of a map is no word: that what is wrong is one, is said of its key.
        of_key = code in _OF_KEYS or (code in _OF_WORDS and isinstance(child, MappingNode))
        node, span = child, key if of_key and key else child.span
    return span


def _below(node: Node, step: str) -> tuple[Span | None, Node | None]:
    """The place of a key and the value one step below a node, where they are there."""
    if isinstance(node, MappingNode):
        return node.entries.get(step, (None, None))
    if isinstance(node, SequenceNode) and step.isdigit() and int(step) < len(node.items):
        return None, node.items[int(step)]
    return None, None
