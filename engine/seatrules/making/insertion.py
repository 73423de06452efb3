"""Adds entries to a YAML text that somebody wrote, all of which stays as it is, comments and layout included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from ..errors import FileError
from ..source import loader_class
from ..words import phrase
from .yaml_text import in_brackets, yaml_lines

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
    text = text if text.endswith("\n") or not text else f"{text}\n"
    node: Any = yaml.compose(text, Loader=loader_class())
    path = path[1:] if isinstance(node, yaml.SequenceNode) else path  # a suite may be the list of its cases alone
    missing = list[str | int]()
    for number, key in enumerate(path):
        if (inside := _below(node, key)) is None:
            missing = [*path[number:]]
            break
        node = inside
    if node is None:
        return text + _lines(missing, added, 0)
    wanted = yaml.MappingNode if missing or isinstance(added, dict) else yaml.SequenceNode
    if not isinstance(node, wanted):
        raise FileError(name, phrase("nothing_to_add_to", name=".".join(map(str, path))))
    if not node.flow_style:
        return _in_lines(text, node, missing, added)
    for each in reversed(missing):
        added = {each: added}
    return _in_brackets(text, node, added)


def _lines(keys: Path, added: Any, indent: int) -> str:
    """What is added, below keys that are not there yet, each in a line of its own."""
    begins = [f"{' ' * (indent + 2 * number)}{key}:" for number, key in enumerate(keys)]
    return "".join(f"{line}\n" for line in [*begins, *yaml_lines(added, indent + 2 * len(keys))])


def _below(node: Any, key: str | int) -> Any:
    if isinstance(key, int):
        return node.value[key]
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _in_brackets(text: str, node: Any, added: Any) -> str:
    """Before the bracket that ends it."""
    end = node.end_mark.index - 1
    before = text[:end].rstrip()
    return f"{before}{', ' if node.value else ''}{in_brackets(added)[1:-1]}{text[end:]}"


def _in_lines(text: str, node: Any, missing: Path, added: Any) -> str:
    """Below its last line, and the comments there that belong to it."""
    column = node.start_mark.column
    lines = text.splitlines(keepends=True)
    at = text[: _end(node)].rstrip().count("\n") + 1
    while at < len(lines) and _is_comment_inside(lines[at], column):
        at += 1
    return "".join([*lines[:at], _lines(missing, added, column), *lines[at:]])


def _is_comment_inside(line: str, column: int) -> bool:
    inside = line.lstrip(" ")
    return inside.startswith("#") and len(line) - len(inside) > column


def _end(node: Any) -> int:
    """Where the last thing in a node ends."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
