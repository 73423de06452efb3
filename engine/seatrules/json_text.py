"""JSON texts: reads them strictly, and writes a value on one line; a faster library serves where it is installed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .diagnostics import RequestError, RequestProblem, echo

_loads: Callable[[str], Any] = json.loads
_fast_dumps: Callable[[Any], bytes] | None = None
try:
    import orjson

    _loads, _fast_dumps = orjson.loads, orjson.dumps
except Exception:
    pass  # It is not there, or is broken.

_PLAIN = frozenset((str, int, bool, type(None)))
_NO_COUNT = -(2**63)
_DEEPEST = 500
"""How deep a text may be nested: less than any library takes, so that all of them take the same."""
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def parse_json(text: str) -> Any:
    """The value of a JSON text; repeated keys, NaN, infinities and lone surrogates are errors.

    Raises:
        RequestError: the text is no such JSON.
    """
    quick = parse_quickly(text)
    try:
        if quick is not None and _keys(quick[0]) == quick[1]:
            return quick[0]
    except RecursionError:
        pass
    return _parse_with_care(text)


def parse_quickly(text: str) -> tuple[Any, int] | None:
    """The value of a JSON text, and how many keys the text has at most; nothing where only care can tell.

    With as many keys in the value's mappings, none was given twice; then this is the value, unless it holds a number
    with a fraction or an exponent, which not every library reads alike.
    """
    try:
        text.encode()  # half a surrogate pair is no text, which not every library says
        value = _loads(text)
    except (ValueError, RecursionError):
        return None
    if "NaN" in text or "Infinity" in text or "\\ud" in text or "\\uD" in text:
        return None
    # A colon after a key follows its quote, unless there is white space between them; one in a text rarely does.
    spaced = " :" in text or "\t:" in text or "\n:" in text or "\r:" in text
    return value, text.count(":" if spaced else '":')


def json_line(value: Any) -> str:
    """A value as JSON on one line: the same bytes, whichever library writes them."""
    if _fast_dumps is not None:
        try:
            return _fast_dumps(value).decode()
        except TypeError:
            pass  # a whole number of more than 64 bits, or half a surrogate pair
    return _dumps(value)


def _parse_with_care(text: str) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()
        _keys(value)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, " * (error.lineno > 1) + f"column {error.colno}"
        raise RequestError([malformed(f"this is not JSON: {error.msg} ({place})")]) from None
    except UnicodeEncodeError:
        raise RequestError([malformed("a text holds half a surrogate pair")]) from None
    except RecursionError:
        raise RequestError([malformed("nested too deep")]) from None
    except ValueError as error:
        raise RequestError([malformed(echo(error).split(";")[0])]) from None
    return value


def _keys(value: Any) -> int:
    """How many keys there are in all mappings; a number that can't be right where there is a float.

    Raises:
        RecursionError: the value is nested too deep.
    """
    count, level = 0, [value]
    for _ in range(_DEEPEST):
        if not level:
            return count
        inside: list[Any] = []
        for each in level:
            kind = type(each)
            if kind is dict:
                count += len(each)
                inside += [child for child in each.values() if type(child) not in _PLAIN]
            elif kind is list:
                inside += [child for child in each if type(child) not in _PLAIN]
            elif kind is float:
                count = _NO_COUNT
        level = inside
    raise RecursionError


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in [k for k, _ in pairs[:index]])
        raise ValueError(f"the key `{twice}` is given twice")
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"`{word}` is no JSON number")


def malformed(message: str) -> RequestProblem:
    """The problem of a text that can't be read as data at all."""
    return RequestProblem("malformed", message, "")
