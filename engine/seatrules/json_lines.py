"""Writes a value as JSON on one line; a faster library serves where it is installed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_write_fast: Callable[[Any], bytes] | None = None
try:  # It serves if it is there and not broken.
    import orjson

    _write_fast = orjson.dumps
except Exception:
    pass

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_line(value: Any) -> str:
    """A value as JSON on one line: the same bytes, whichever library writes them."""
    if _write_fast is not None:
        try:
            return _write_fast(value).decode()
        except TypeError:
            pass  # a whole number of more than 64 bits, or half a surrogate pair
    return _write(value)
