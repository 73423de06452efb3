"""Lays YAML files out in one way, in which they say what they said; needs `seatrules[fmt]`."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import yaml

from .diagnostics import SourceText, Span
from .errors import PolicyError
from .extras import require
from .nodes import MappingNode, Node, Scalar, SequenceNode
from .problems import Problems
from .source import loader_class, parse

if TYPE_CHECKING:
    from ruamel.yaml import YAML

WIDTH = 120
"""How many columns a list or mapping in brackets takes at most, unless told otherwise."""
_COMMENT = re.compile(r"#.*")
_BLANKS = re.compile(r"[ \t]+(?=\n)")
_COMMENT_LINE = re.compile(r"\n *#")
_EMPTY_LINES = re.compile(r"\n{3,}")
_ONE_LINE = 10**9
_MOST_ROUNDS = 30


def formatted(source: SourceText, width: int = WIDTH) -> str:
    """The text of a file as it is laid out; laid out again it stays the same.

    Two columns for each level, and two more before the `-` of a list. What stands in brackets stands in one line, or
    has a line for each entry where that is longer than `width` columns; texts are not broken. No blank at the end of a
    line, no two empty lines in a row, one newline at the end. Comments, quotes, and the order of all stay.

    Raises:
        PolicyError: it is no YAML that policies are written in, or something would be lost.
        UsageError: what lays it out is not installed.
    """
    before = parse(source)
    text = "\n".join(source.lines)
    try:
        written = _written(text, width)
        after = parse(SourceText(source.name, source.place, written.splitlines()))
    except (PolicyError, RecursionError, yaml.YAMLError):
        raise _refused(Span(source), "this can't be laid out") from None
    if _said(before) != _said(after):
        raise _refused(Span(source), "this would not say the same")
    _require_comments(source, text, written)
    return written


def _require_comments(source: SourceText, text: str, written: str) -> None:
    """Make sure that all comments are there, in their order.

    Raises:
        PolicyError: one is not.
    """
    kept = _comments(written)
    for place, comment in _comments_with_places(text):
        if comment != next(kept, None):
            line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
            raise _refused(Span(source, line, column, len(comment)), "this comment would be lost or moved")
    if next(kept, None) is not None:
        raise _refused(Span(source), "this would not say the same")


def _refused(span: Span, message: str) -> PolicyError:
    problems = Problems()
    help_text = "the file stays as it is: write comments on lines of their own, and outside of brackets"
    problems.error("not-laid-out", message, span, help=help_text)
    return PolicyError(problems.sorted)


def _written(text: str, width: int) -> str:
    """The text as it is written anew, until that changes nothing any more."""
    reader = _reader()
    for _ in range(_MOST_ROUNDS):
        written = io.StringIO()
        reader.dump(reader.load(text), written)
        before, text = text, _broken(_tidied(written.getvalue()), width)
        if text == before:
            return text
    raise RecursionError


def _broken(text: str, width: int) -> str:
    """The text, in which the outermost brackets that go beyond a column are lines; those with comments in them stay."""
    for node, column in [*_too_long(yaml.compose(text, Loader=loader_class()), None, width)][::-1]:
        start, end = node.start_mark.index, node.end_mark.index
        if "\n" in text[start:end]:
            continue
        entries = _entries(node, text)
        if column is None:
            lines = ("\n" + " " * node.start_mark.column).join(entries)
        else:
            start = len(text[:start].rstrip(" "))
            lines = "".join(f"\n{' ' * (column + 2)}{entry}" for entry in entries)
        text = text[:start] + lines + text[end:]
    return text


def _entries(node: Any, text: str) -> list[str]:
    """The entries of what stands in brackets, each as it stands in a line of its own."""
    if isinstance(node, yaml.SequenceNode):
        return [f"- {text[each.start_mark.index : each.end_mark.index]}" for each in node.value]
    written = [
        (text[key.start_mark.index : key.end_mark.index], text[value.start_mark.index : value.end_mark.index])
        for key, value in node.value
    ]
    return [f"{key}: {value}".rstrip(" ") for key, value in written]


def _too_long(node: Any, column: int | None, width: int) -> Iterator[tuple[Any, int | None]]:
    """The outermost brackets that go beyond a column, each with the column of the key that has it."""
    if not isinstance(node, yaml.CollectionNode):
        return
    if node.flow_style:
        if node.end_mark.column > width and node.value:
            yield node, column
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _too_long(value, key.start_mark.column, width)
    else:
        for each in node.value:
            yield from _too_long(each, None, width)


def _reader() -> YAML:
    """What reads a text with its comments, takes every scalar for a text, and writes it again.

    Raises:
        UsageError: it is not installed.
    """
    require("ruamel.yaml", extra="fmt")
    from ruamel.yaml import YAML
    from ruamel.yaml.nodes import ScalarNode
    from ruamel.yaml.resolver import VersionedResolver
    from ruamel.yaml.tag import Tag

    class Texts(VersionedResolver):
        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            return Tag(suffix="tag:yaml.org,2002:str") if kind is ScalarNode else super().resolve(kind, value, implicit)

    reader = YAML(typ="rt")
    reader.Resolver = Texts
    reader.preserve_quotes = True
    reader.width = _ONE_LINE
    reader.indent(mapping=2, sequence=4, offset=2)
    return reader


def _tidied(text: str) -> str:
    """The text without blanks at the ends of lines and empty lines in a row, but for what scalars have of them.

    A comment that has a line of its own begins where what follows it begins.
    """
    parts, at = list[str](), 0
    for start, end in _tokens(text):
        column = start - text.rfind("\n", 0, start) - 1
        parts += [_tidied_gap(text[at:start], column), text[start:end]]
        at = end
    return "".join([*parts, _tidied_gap(f"{text[at:]}\n", 0)]).strip("\n") + "\n"


def _tidied_gap(gap: str, column: int) -> str:
    tidied = _EMPTY_LINES.sub("\n\n", _BLANKS.sub("", gap))
    return _COMMENT_LINE.sub(f"\n{' ' * column}#", tidied)


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    """Where what is no blank and no comment begins and ends."""
    for token in yaml.scan(text, Loader=loader_class()):
        if token.end_mark.index > token.start_mark.index:
            yield token.start_mark.index, token.end_mark.index


def _comments(text: str) -> Iterator[str]:
    return (comment for _, comment in _comments_with_places(text))


def _comments_with_places(text: str) -> Iterator[tuple[int, str]]:
    """The comments of a text, without blanks at their ends, and where they begin."""
    at = 0
    for start, end in (*_tokens(text), (len(text), len(text))):
        for comment in _COMMENT.finditer(text, at, start):
            yield comment.start(), comment.group().rstrip()
        at = end


def _said(node: Node) -> Any:
    """What a node says: texts, and whether they stand in quotes, which says that they are nothing else."""
    match node:
        case Scalar():
            return node.text, node.style is None
        case SequenceNode():
            return [_said(each) for each in node.items]
        case MappingNode():
            return [(key, _said(each)) for key, _, each in node]
