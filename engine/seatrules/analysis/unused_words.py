"""Words of the state's enums that nothing has: no expression, no table, no case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from ..diagnostics import echo
from ..nodes import MappingNode, Node, Scalar, SequenceNode, children
from ..policy.written import Written
from ..problems import Problems
from .proof.conditions import is_own

_SAID = re.compile(r"""(["'])(?P<quoted>.*?)\1|(?P<branch>[\w-]+)\s*\{""")
"""A text in an expression, and the word of a branch in a message."""
_DEFAULTS = ("const", "default", "x-default-entry")


def unused_words(versions: Sequence[Written], of_cases: Set[str], problems: Problems) -> None:
    """Warn of the words of enums that no version reads, writes or tells apart, and that none of the cases has."""
    used = {word for written in versions for word in _words_of(written)} | of_cases
    for written in versions:
        for items in () if written.incomplete else _enums(written.schema):
            own = [each for each in items if is_own(each.span, written)]
            for each in own:
                if each.text not in used:
                    message = f"no expression, table or case has the word `{echo(each.text)}`"
                    help_text = "write a case in which it comes up, or take it away"
                    problems.warning("unused-word", message, each.span, help=help_text)


def words_in(value: Any) -> Iterator[str]:
    """Every text of plain data, keys among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield str(key)
            yield from words_in(each)
    elif isinstance(value, Iterable):
        for each in value:
            yield from words_in(each)


def _words_of(written: Written) -> Iterator[str]:
    """What may be a word in what a version says, but for its statements."""
    for kind in ("actions", "facts", "settings"):
        for entry in written.named[kind].values():
            yield from _said(entry.node)
    for entry in (each for entries in written.clauses.values() for each in entries):
        yield from _said(entry.node)
    for entry in written.tables.values():
        yield from _said(entry.node)
    for key, node in _keyed(written.schema):
        if key in _DEFAULTS:
            yield from _said(node)


def _said(node: Node) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield node.text
        for match in _SAID.finditer(node.text):
            yield match["quoted"] or match["branch"] or ""
    for key, child in _keyed(node):
        yield key
        if isinstance(child, Scalar):
            yield from _said(child)


def _keyed(node: Node) -> Iterator[tuple[str, Node]]:
    """Everything below a node, with the key under which it stands, or nothing."""
    keys = list(node.entries) if isinstance(node, MappingNode) else [""] * len(children(node))
    for key, child in zip(keys, children(node), strict=True):
        yield key, child
        yield from _keyed(child)


def _enums(schema: Node) -> Iterator[list[Scalar]]:
    for key, node in _keyed(schema):
        if key == "enum" and isinstance(node, SequenceNode):
            yield [item for item in node.items if isinstance(item, Scalar)]
