"""Writes plain data as YAML in the layout of `seatrules fmt`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from ..nodes import NOT_A_TEXT

WIDTH = 120
"""How many columns what stands in brackets may take."""
_DEEPEST = 2
"""How deep what stands in brackets may be nested."""


class _InLine(yaml.SafeDumper):
    """Writes data in one line: texts of several lines with their breaks as `\\n`."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if "\n" in text else "'" if NOT_A_TEXT.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_InLine.add_representer(str, _text)


def yaml_lines(value: Any, indent: int = 0) -> list[str]:
    """The lines of a mapping or a list, each with so many blanks before it.

    What is in it stands in one line, in brackets, where that is not too long; a mapping as a whole never does.
    """
    blanks = " " * indent
    if isinstance(value, Mapping):
        starts = ((f"{blanks}{in_brackets(key)}:", each) for key, each in value.items())
        return [line for start, each in starts for line in _entry(start, each, indent + 2)]
    return [line for each in value for line in _item(each, indent)]


def yaml_text(value: Any) -> str:
    """A mapping or a list as the text of a file."""
    return "\n".join(yaml_lines(value)) + "\n"


def yaml_entry(key: str, value: Any, indent: int) -> str:
    """A key with its value, as it stands in a mapping that has so many blanks before it; without those of its line."""
    blanks = " " * indent
    return "\n".join(_entry(f"{blanks}{in_brackets(key)}:", value, indent + 2)).removeprefix(blanks)


def in_brackets(value: Any) -> str:
    """A value in one line."""
    text = yaml.dump(value, Dumper=_InLine, default_flow_style=True, width=10**9, allow_unicode=True, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


def _entry(start: str, value: Any, indent: int) -> Iterator[str]:
    """What follows a key: in its line, or below it."""
    line = f"{start} {in_brackets(value)}"
    if not _is_long(value) or (len(line) <= WIDTH and _depth(value) <= _DEEPEST):
        yield line
        return
    yield start
    # The `-` of a list stands two columns further in than the key.
    yield from yaml_lines(value, indent)


def _item(value: Any, indent: int) -> Iterator[str]:
    """An entry of a list, a mapping that has several keys with a line for each."""
    blanks = " " * indent
    line = f"{blanks}- {in_brackets(value)}"
    if not _is_long(value) or (len(line) <= WIDTH and not isinstance(value, Mapping) and _depth(value) <= _DEEPEST):
        yield line
        return
    first, *rest = yaml_lines(value, indent + 2)
    yield from (f"{blanks}- {first[indent + 2 :]}", *rest)


def _is_long(value: Any) -> bool:
    """Whether a value may stand in lines of its own: it holds something."""
    return isinstance(value, Mapping | Sequence) and not isinstance(value, str) and bool(value)


def _depth(value: Any) -> int:
    """How deep mappings and lists are nested in a value."""
    if not _is_long(value):
        return 0
    return 1 + max(map(_depth, value.values() if isinstance(value, Mapping) else value))
