"""Reads and writes values as JSON, each on one line; faster libraries serve where they are installed."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from .json_text import parse_json

_read_fast: Callable[[bytes], Any] | None = None
_write_fast: Callable[[Any], bytes] | None = None
try:  # It serves if it is there and not broken.
    import orjson

    _write_fast = orjson.dumps
    from jiter import from_json

    _read_fast = partial(from_json, allow_inf_nan=False)
    _read_fast(b"{}")
except Exception:
    _read_fast = None

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def parse_json_line(text: bytes) -> Any:
    """The value of a JSON text, as `parse_json` reads it, in less time.

    Raises:
        NotJsonError: the text is no such JSON.
        UnicodeDecodeError: the bytes are not UTF-8.
    """
    if _read_fast is not None and b"\\" not in text:
        try:
            value = _read_fast(text)
            # Without a backslash quotes stand around texts alone, in what is written too: of a key that is repeated
            # there are two less.
            if _quotes(value) == text.count(b'"'):
                return value
        except (ValueError, MemoryError, TypeError):
            pass  # `parse_json` says what is wrong, or takes it.
    return parse_json(text)


def _quotes(value: Any) -> int:
    assert _write_fast is not None
    return _write_fast(value).count(b'"')


def json_line(value: Any) -> str:
    """A value as JSON on one line: the same bytes, whichever library writes them."""
    if _write_fast is not None:
        try:
            return _write_fast(value).decode()
        except TypeError:
            pass  # a whole number of more than 64 bits, or half a surrogate pair
    return _write(value)
