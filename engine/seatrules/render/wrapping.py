"""Breaks lines that are wider than a terminal, between words."""

from __future__ import annotations

import re

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
"""What colours a text, and takes no room."""


def wrapped(text: str, width: int) -> str:
    """The text with each line broken where it would be wider, and what is broken off indented further.

    A word that is wider by itself stays whole.
    """
    return "\n".join(part for line in text.split("\n") for part in _wrapped(line, width))


def _wrapped(line: str, width: int) -> list[str]:
    if _room(line) <= width:
        return [line]
    indent = re.match(" *", line)[0]  # type: ignore[index]
    lines, current = list[str](), ""
    for space, word in re.findall(r"( *)([^ ]+)", line):
        if current and _room(current + space + word) > width:
            lines.append(current)
            current = f"{indent}  {word}"
        else:
            current += space + word
    return [*lines, current]


def _room(text: str) -> int:
    return len(_STYLE.sub("", text))
