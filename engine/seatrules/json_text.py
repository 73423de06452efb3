"""JSON texts: reads them strictly, and writes a value on one line; faster libraries serve where they are installed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from .diagnostics import RequestError, RequestProblem, echo

_read_fast: Callable[[bytes], Any] | None = None
_write_fast: Callable[[Any], bytes] | None = None
# Each serves if it is there and not broken.
try:
    from jiter import from_json

    _read_fast = partial(from_json, catch_duplicate_keys=True, allow_inf_nan=False)
    _read_fast(b"{}")
except Exception:
    _read_fast = None
try:
    import orjson

    _write_fast = orjson.dumps
except Exception:
    pass

_DEEPEST = 500
"""How deep a text may be nested: the fast reading goes less deep, and leaves what is deeper to the careful one."""
_WORD = re.compile(r"[\w.+-]+|.", re.DOTALL)
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def parse_json(text: str) -> Any:
    """The value of a JSON text; repeated keys, NaN, infinities and lone surrogates are errors.

    Raises:
        RequestError: the text is no such JSON.
    """
    if _read_fast is not None:
        try:
            return _read_fast(text.encode())
        except ValueError:
            pass  # The careful reading says what is wrong, or takes it.
    return _parse_with_care(text)


def json_line(value: Any) -> str:
    """A value as JSON on one line: the same bytes, whichever library writes them."""
    if _write_fast is not None:
        try:
            return _write_fast(value).decode()
        except TypeError:
            pass  # a whole number of more than 64 bits, or half a surrogate pair
    return _write(value)


def malformed(message: str) -> RequestProblem:
    """The problem of a text that can't be read as data at all."""
    return RequestProblem("malformed", message, "")


def _parse_with_care(text: str) -> Any:
    try:
        value = _decode(text)
        if text.count("[") + text.count("{") > _DEEPEST:
            _require_shallow(value)
        # Half a surrogate pair is written as it is, or as an escape.
        escaped = "\\ud" in text or "\\uD" in text
        (json.dumps(value, ensure_ascii=False) if escaped else text).encode()
    except json.JSONDecodeError as error:
        raise _error(f"this is not JSON: {_misplaced(text, error.pos)}") from None
    except UnicodeEncodeError:
        raise _error("a text holds half a surrogate pair") from None
    except RecursionError:
        raise _error("nested too deep") from None
    except ValueError:
        raise _error("a whole number has too many digits") from None
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for index, key in enumerate(keys) if key in keys[:index])
        raise _error(f"the key `{echo(twice)}` is given twice")
    return whole


def _no_constant(word: str) -> Any:
    raise _error(f"`{word}` is no JSON number")


_decode = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant).decode


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


def _misplaced(text: str, position: int) -> str:
    """What is out of place in a JSON text, and where."""
    before = text[:position].rstrip(" \t\n\r")
    if before.endswith(",") and text[position : position + 1] in ("]", "}"):
        position = len(before) - 1  # Newer Pythons point at the comma, older ones behind it.
    line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    place = f"line {line}, " * (line > 1) + f"column {column}"
    word = _WORD.match(text, position)
    if word is None:
        return f"it ends too early ({place})"
    if word[0] == '"' and _TEXT.match(text, position) is None:
        return f"a text has no closing quote ({place})"
    return f"`{echo(word[0])}` is out of place ({place})"


def _error(message: str) -> RequestError:
    return RequestError([malformed(message)])
