"""Reads JSON texts strictly; a faster library serves where it is installed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from .diagnostics import echo
from .errors import RequestError, malformed
from .words import Phrase, phrase

_read_fast: Callable[[bytes], Any] | None = None
try:  # It serves if it is there and not broken.
    from jiter import from_json

    _read_fast = partial(from_json, catch_duplicate_keys=True, allow_inf_nan=False)
    _read_fast(b"{}")
except Exception:
    _read_fast = None

_DEEPEST = 500
"""How deep a text may be nested: the fast reading goes less deep, and leaves what is deeper to the careful one."""
_WORD = re.compile(r"[\w.+-]+|.", re.DOTALL)
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_LAST_COMMA = re.compile(r",[ \t\n\r]*[]}]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[][{},]|[^][{},:"\s]+')


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text, or of its UTF-8 bytes; repeated keys, NaN, infinities, lone surrogates are errors.

    Raises:
        NotJsonError: the text is no such JSON.
        UnicodeDecodeError: the bytes are not UTF-8.
    """
    if _read_fast is not None:
        try:
            return _read_fast(text if isinstance(text, bytes) else text.encode())
        except (ValueError, MemoryError):
            pass  # The careful reading says what is wrong, or takes it.
    return _parse_with_care(text if isinstance(text, str) else text.decode())


def require_shallow_text(text: str) -> None:
    """Make sure that a text is nested no deeper than is read, before it is: a deep one ends a Python in a browser.

    Raises:
        NotJsonError: it is.
    """
    if text.count("[") + text.count("{") > _DEEPEST and (place := _too_deep(text)) is not None:
        raise NotJsonError([Misplaced(phrase("nested_too_deep"), place)])


def _too_deep(text: str) -> tuple[int, int] | None:
    """Where a text is nested deeper than is read, if it is."""
    opened = (each.place for each in tokens(text) if each.depth == _DEEPEST and each.sign in ("[", "{"))
    return next(opened, None)


class Misplaced(NamedTuple):
    """One thing wrong with a JSON text, and the line and column of it where they are known."""

    what: Phrase
    place: tuple[int, int] | None = None
    help: Phrase | None = None


class NotJsonError(RequestError):
    """A text is no JSON that is read in one way only; `misplaced` says where not."""

    def __init__(self, misplaced: Iterable[Misplaced]) -> None:
        self.misplaced = tuple(misplaced)
        super().__init__(
            malformed(what if place is None else phrase("at", problem=what, place=_shown(*place)))._replace(
                help=help_text
            )
            for what, place, help_text in self.misplaced
        )


def _parse_with_care(text: str) -> Any:
    try:
        value = _decoded(text)
        if text.count("[") + text.count("{") > _DEEPEST:
            _require_shallow(value)
        # Half a surrogate pair is written as it is, or as an escape.
        escaped = "\\ud" in text or "\\uD" in text
        (json.dumps(value, ensure_ascii=False) if escaped else text).encode()
    except json.JSONDecodeError as error:
        raise NotJsonError([_misplaced(text, error.pos)]) from None
    except (UnicodeEncodeError, ValueError):
        raise NotJsonError(_unreadable(text)) from None
    except RecursionError:
        raise NotJsonError([Misplaced(phrase("nested_too_deep"), _too_deep(text))]) from None
    except MemoryError:
        raise NotJsonError([Misplaced(phrase("too_large"))]) from None
    return value


class _NotStrictError(Exception):
    """An object has a key twice, or a number is none of JSON's; all such places are looked for then."""


def _decoded(text: str) -> Any:
    try:
        return _decode(text)
    except _NotStrictError:
        _decode_anyhow(text)  # what is no JSON at all is told first
        misplaced = [*map(_repeated, repeated_keys(text)), *_unreadable(text)]
        raise NotJsonError(sorted(misplaced, key=lambda each: each.place or (0, 0))) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) < len(pairs):
        raise _NotStrictError
    return whole


def _no_constant(word: str) -> Any:
    raise _NotStrictError


_decode = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant).decode
_decode_anyhow = json.JSONDecoder().decode


class Token(NamedTuple):
    """A bracket, text or word of a JSON text, the line and column where it begins, and whether it is a key.

    `depth` is how many brackets are open before it.
    """

    sign: str
    place: tuple[int, int]
    is_key: bool
    depth: int


def tokens(text: str) -> Iterator[Token]:
    """What a JSON text consists of but its commas and colons, in order; the text is gone through once."""
    opened: list[str] = []
    before = ""
    for number, line in enumerate(text.split("\n"), 1):
        for part in _TOKEN.finditer(line):
            sign = part[0]
            if sign in ("]", "}"):
                opened[-1:] = []
            is_key = sign[0] == '"' and before in ("{", ",") and opened[-1:] == ["{"]
            if sign != ",":
                yield Token(sign, (number, part.start() + 1), is_key, len(opened))
            if sign in ("[", "{"):
                opened.append(sign)
            before = sign


class RepeatedKey(NamedTuple):
    """A key that its object has already, with the line and column where it is given again and where it was first."""

    key: str
    place: tuple[int, int]
    first: tuple[int, int]


def repeated_keys(text: str) -> Iterator[RepeatedKey]:
    """Every key of a JSON text that its object has already, in order."""
    keys: dict[int, dict[str, tuple[int, int]]] = {}
    for sign, place, is_key, depth in tokens(text):
        if sign == "{":
            keys[depth + 1] = {}
        elif is_key:
            key = json.loads(sign)
            if (first := keys[depth].setdefault(key, place)) != place:
                yield RepeatedKey(key, place, first)


def _repeated(repeated: RepeatedKey) -> Misplaced:
    help_text = phrase("keep_one_of_two", place=_shown(*repeated.first))
    return Misplaced(phrase("key_given_twice", key=echo(repeated.key)), repeated.place, help_text)


def _unreadable(text: str) -> Iterator[Misplaced]:
    """Every number and text in a JSON text that has no value of its own, in order."""
    for token in tokens(text):
        if message := _why_unreadable(token.sign):
            yield Misplaced(message, token.place)


def _why_unreadable(word: str) -> Phrase | None:
    try:
        _decode(word).encode() if word[0] == '"' else _decode(word)
    except _NotStrictError:
        return phrase("no_json_number", word=word)
    except UnicodeEncodeError:
        return phrase("half_a_pair")
    except json.JSONDecodeError:
        return None  # what the decoder stops at is told elsewhere
    except ValueError:
        return phrase("too_many_digits")
    return None


def _require_shallow(value: Any) -> None:
    """Raise a `RecursionError` where a value is nested too deep."""
    level: list[Any] = [[value]]
    for _ in range(_DEEPEST + 1):
        level = [
            child
            for each in level
            for child in (each.values() if type(each) is dict else each)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise RecursionError


def _misplaced(text: str, position: int) -> Misplaced:
    """What is out of place in a JSON text, and where."""
    last_comma = _LAST_COMMA.match(text, position)
    if last_comma and text[:position].rstrip(" \t\n\r")[-1:] not in tuple(",:[{"):
        position = last_comma.end() - 1  # Newer Pythons point at the comma, older ones at what closes.
    before = text[:position].rstrip(" \t\n\r")
    follows_comma = before.endswith(",") and text[position : position + 1] in ("]", "}")
    help_text = phrase("take_the_comma_away") if follows_comma else None
    line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    word = _WORD.match(text, position)
    if word is None:
        what = phrase("ends_too_early")
    elif word[0] == '"' and _TEXT.match(text, position) is None:
        what = phrase("no_closing_quote")
    else:
        what = phrase("out_of_place", word=echo(word[0]))
    return Misplaced(phrase("not_json", why=what), (line, column), help_text)


def _shown(line: int, column: int) -> Phrase:
    return phrase("line_and_column", line=line, column=column) if line > 1 else phrase("column", column=column)
