"""Where in a file a cursor stands, by the lines alone: a text that is being typed is seldom whole YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_TOKEN = re.compile(r"\s*(?P<dashes>(?:-\s+)*(?:-$)?)(?P<rest>.*)")
_KEY = re.compile(r"""(?P<key>[\w$.\[\]-]+|"[^"]*"|'[^']*')\s*:(?:\s+|$)""")
_PIECE = re.compile(r"""'(?:[^']|'')*'?|"(?:[^"\\]|\\.)*"?|[{}\[\],]|:(?=\s|$)|[^'"{}\[\],:]+|.""")


class Cursor(NamedTuple):
    """The keys that lead to a cursor, and what stands before it.

    `is_key` says that it is in the place of a key, `before` what is written there so far, `beside` what stands under
    the keys beside it, as it is written.
    """

    path: tuple[str, ...]
    is_key: bool
    before: str
    beside: dict[str, str]
    entry: dict[str, str]
    """What stands under the keys of the entry of a list that it is in."""
    after: str
    """The rest of its line."""


class _Line(NamedTuple):
    """The tokens of a line before its value: where each dash stands, the key and its column, and what follows it."""

    dashes: tuple[int, ...]
    column: int
    key: str | None
    value: str

    @property
    def start(self) -> int:
        return self.dashes[0] if self.dashes else self.column


def cursor_at(lines: Sequence[str], number: int, column: int) -> Cursor:
    """Where the cursor stands: on a line, from 0, behind so many of its characters; below the text if beyond it."""
    lines, number = (lines, number) if number < len(lines) else ([*lines, ""], len(lines))
    before, after = lines[number][:column], lines[number][column:]
    here = _read(before)
    path = [*_above(lines, number, here)]
    steps = [key for key, _ in path]
    entry = _beside(lines, _item(path))
    if here.key is None:
        flow, is_key, rest, beside = _flow(here.value)
        if not flow and not here.value.startswith(("{", "[")):
            return Cursor(tuple(steps), True, here.value, _beside(lines, (number, here.column)), entry, after)
        return Cursor((*steps, *flow), is_key, rest, beside, {**entry, **beside}, after)
    flow, is_key, rest, beside = _flow(here.value)
    in_flow = here.value.lstrip().startswith(("{", "["))
    own = _beside(lines, (number, here.column))
    return Cursor(
        (*steps, here.key, *flow),
        is_key and in_flow,
        rest,
        beside if in_flow else own,
        {**own, **entry, **beside},
        after,
    )


def _read(line: str) -> _Line:
    match = _TOKEN.match(line)
    assert match is not None
    dashes = tuple(match.start("dashes") + at for at, sign in enumerate(match["dashes"]) if sign == "-")
    rest, column = match["rest"], match.start("rest")
    key = _KEY.match(rest)
    if key is None:
        return _Line(dashes, column, None, rest)
    return _Line(dashes, column, key["key"].strip("'\""), rest[key.end() :])


def _above(lines: Sequence[str], number: int, here: _Line) -> Iterator[tuple[str, tuple[int, int]]]:
    """The keys that what begins on a line stands below, from the top, each with the place of what is below it."""
    above: list[tuple[str, tuple[int, int]]] = []
    inside, column, is_item = (number, here.column), here.start, bool(here.dashes)
    for at in range(number - 1, -1, -1):
        line = _read(lines[at])
        if not lines[at].strip() or lines[at].lstrip().startswith("#"):
            continue
        if line.key is not None and (line.column < column or (is_item and line.column == column)):
            above.append((line.key, inside))
            inside, column, is_item = (at, line.column), line.start, bool(line.dashes)
        elif line.start < column and line.dashes and line.key is None:
            column, is_item = line.start, True
    return reversed(above)


def _item(path: Sequence[tuple[str, tuple[int, int]]]) -> tuple[int, int] | None:
    """The place of the entry of the topmost list or map that a path goes through."""
    return path[0][1] if path else None


def _beside(lines: Sequence[str], place: tuple[int, int] | None) -> dict[str, str]:
    """What stands under the keys that begin in one column around a line, up to where another entry begins."""
    if place is None:
        return {}
    number, column = place
    beside: dict[str, str] = {}
    for numbers in (range(number, -1, -1), range(number + 1, len(lines))):
        for at in numbers:
            line, text = _read(lines[at]), lines[at].strip()
            begins = at > number and line.dashes
            if line.key is not None and line.column == column and not begins:
                beside.setdefault(line.key, line.value.strip())
            if text and not text.startswith("#") and line.start < column:
                break
    return beside


def _flow(text: str) -> tuple[list[str], bool, str, dict[str, str]]:
    """In a value: the keys of the brackets that are open, whether a key is expected, what is typed, what is beside."""
    open_: list[tuple[str, str | None, dict[str, str]]] = []
    key: str | None = None
    beside: dict[str, str] = {}
    typed = ""
    expects_key = False
    if not text.lstrip().startswith(("{", "[")):
        return [], False, text, {}
    for piece in (match[0] for match in _PIECE.finditer(text)):
        if piece in "{[" and not typed.strip():
            open_.append((piece, key, beside))
            key, beside, typed, expects_key = None, {} if piece == "{" else beside, "", piece == "{"
        elif piece in "}]" and open_:
            _, key, beside = open_.pop()
            typed, expects_key = "", False
        elif piece == "," and open_ and (open_[-1][0] == "{" or not typed.count("(")):
            if key is not None and open_[-1][0] == "{":
                beside[key] = typed.strip()
            expects_key = open_[-1][0] == "{"
            key, typed = (None if expects_key else key), ""
        elif piece == ":" and expects_key:
            key, typed, expects_key = typed.strip().strip("'\""), "", False
        else:
            typed += piece
    steps = [each for _, each, _ in open_ if each is not None] + ([key] if key is not None else [])
    return steps, expects_key, typed.lstrip(), beside
