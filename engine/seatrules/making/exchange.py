"""Puts another value in the place of one in a YAML text that somebody wrote, of which all else stays as it is."""

from __future__ import annotations

from typing import Any

import yaml

from ..source import loader_class
from .insertion import MARK, Path, below, last_of
from .yaml_text import in_brackets, yaml_entry


def with_value(text: str, path: Path, value: Any) -> str:
    """The text with another value at a path, which is that of a key; as it is where a comment would be lost."""
    if text.startswith(MARK):
        return MARK + with_value(text.removeprefix(MARK), path, value)
    node: Any = yaml.compose(text, Loader=loader_class())
    path = path[1:] if isinstance(node, yaml.SequenceNode) else path  # a suite may be the list of its cases alone
    for step in path[:-1]:
        node = _inside(node, step)[1]
    key, old = _inside(node, path[-1])
    start, end = key.start_mark.index, last_of(old).end_mark.index
    if "#" in text[start:end]:
        return text
    if node.flow_style:
        return f"{text[:start]}{key.value}: {in_brackets(value)}{text[end:]}"
    line_break = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    return text[:start] + yaml_entry(key.value, value, key.start_mark.column).replace("\n", line_break) + text[end:]


def _inside(node: Any, step: str | int) -> tuple[Any, Any]:
    pair = below(node, step)
    assert pair is not None, step
    return pair
