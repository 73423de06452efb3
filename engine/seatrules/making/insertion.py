"""Adds entries to a YAML text that somebody wrote, all of which stays as it is: comments, layout, ends of lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml

from ..errors import FileError
from ..source import loader_class
from ..words import phrase
from .yaml_text import in_brackets, yaml_lines

MARK = "\ufeff"
"""What some editors begin a file with."""
Path = Sequence[str | int]
"""Keys of mappings and numbers of items, which lead to a place in a text."""


def with_item(text: str, path: Path, item: Any, name: str) -> str:
    """The text with one more item at the end of the list at a path; the list is begun where there is none.

    Raises:
        FileError: something else stands there, in the file with this name.
    """
    return _with(text, [*path], [item], name)


def with_key(text: str, path: Path, key: str, value: Any, name: str) -> str:
    """The text with one more key at the end of the mapping at a path, which is begun where there is none.

    Raises:
        FileError: something else stands there, in the file with this name.
    """
    return _with(text, [*path], {key: value}, name)


def _with(text: str, path: Path, added: Any, name: str) -> str:
    if text.startswith(MARK):  # scanners don't count it
        return MARK + _with(text.removeprefix(MARK), path, added, name)
    line_break = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    text = text if text.endswith("\n") or not text else f"{text}{line_break}"
    node: Any = yaml.compose(text, Loader=loader_class())
    path = path[1:] if isinstance(node, yaml.SequenceNode) else path  # a suite may be the list of its cases alone
    place = _place(node, path)
    is_key = place.missing or place.begun or isinstance(added, dict)
    wanted = yaml.MappingNode if is_key else yaml.SequenceNode
    if place.node is None:
        return text + _lines(place.missing, added, 0).replace("\n", line_break)
    if not isinstance(place.node, wanted):
        raise FileError(name, phrase("nothing_to_add_to", name=".".join(map(str, path))))
    if not place.node.flow_style:
        return _in_lines(text, place, added, line_break)
    for each in reversed(place.missing):
        added = {each: added}
    return _in_brackets(text, place, added)


class _Place(NamedTuple):
    """The node that is nearest to a place in a text, and the keys from it on that are not there yet.

    `begun` is the key in it, with nothing as its value, below which all these are.
    """

    node: Any
    missing: Path
    begun: tuple[Any, Any] | None = None


def _place(node: Any, path: Path) -> _Place:
    for number, key in enumerate(path):
        pair = below(node, key)
        if pair is None or node is None:
            return _Place(node, path[number:])
        if _is_nothing(pair[1]) and isinstance(node, yaml.MappingNode):
            return _Place(node, path[number + 1 :], pair)
        node = pair[1]
    return _Place(node, ())


def below(node: Any, key: str | int) -> tuple[Any, Any] | None:
    """The key, where it is one of a mapping, and what stands below it."""
    if isinstance(key, int):
        return (None, node.value[key])
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next(((name, value) for name, value in pairs if name.value == key), None)


def _is_nothing(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value.lower() in ("", "~", "null")


def _lines(keys: Path, added: Any, indent: int) -> str:
    """What is added, below keys that are not there yet, each in a line of its own."""
    begins = [f"{' ' * (indent + 2 * number)}{key}:" for number, key in enumerate(keys)]
    return "".join(f"{line}\n" for line in [*begins, *yaml_lines(added, indent + 2 * len(keys))])


def _in_brackets(text: str, place: _Place, added: Any) -> str:
    """Behind the last thing in them, or in the place of nothing."""
    if place.begun is not None:
        key, nothing = place.begun
        start, end = max(key.end_mark.index, nothing.start_mark.index), nothing.end_mark.index
        colon = "" if ":" in text[key.end_mark.index : start] else ":"
        return _between(text[:start] + colon, in_brackets(added), text[max(start, end) :])
    values = place.node.value
    if not values:
        start = place.node.start_mark.index + 1
        return _between(text[:start], in_brackets(added)[1:-1], text[start:])
    last = values[-1]
    end = (last[1] if isinstance(place.node, yaml.MappingNode) else last).end_mark.index
    return _between(f"{text[:end]},", in_brackets(added)[1:-1], text[end:])


def _between(before: str, added: str, after: str) -> str:
    """Texts with a blank where one is needed."""
    return f"{before}{'' if before[-1] in ' [{' else ' '}{added}{' ' if after[0] == '#' else ''}{after}"


def _in_lines(text: str, place: _Place, added: Any, line_break: str) -> str:
    """Below its last line, and the comments there that belong to it."""
    column = place.node.start_mark.column
    indent = column if place.begun is None else column + 2
    if place.begun is None:
        at = _line_after(text, place.node)
    else:
        nothing = place.begun[1]
        text = text[: nothing.start_mark.index] + text[nothing.end_mark.index :]
        at = nothing.start_mark.line + 1
    lines = text.splitlines(keepends=True)
    while at < len(lines) and _is_comment_inside(lines[at], column):
        at += 1
    inserted = _lines(place.missing, added, indent).replace("\n", line_break)
    return "".join([*lines[:at], inserted, *lines[at:]])


def _is_comment_inside(line: str, column: int) -> bool:
    inside = line.lstrip(" ")
    return inside.startswith("#") and len(line) - len(inside) > column


def _line_after(text: str, node: Any) -> int:
    """The number of the line below the last thing in a node; blank lines are below it, unless a text keeps them."""
    last = last_of(node)
    before = text[: last.end_mark.index]
    header = text[last.start_mark.index :].partition("\n")[0]
    keeps = isinstance(last, yaml.ScalarNode) and last.style in ("|", ">") and "+" in header
    return before.count("\n") if keeps else before.rstrip().count("\n") + 1


def last_of(node: Any) -> Any:
    """The last thing in a node that ends where it does."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return node
    last = node.value[-1]
    return last_of(last[1] if isinstance(node, yaml.MappingNode) else last)
