"""Makes sure that what a program hands in is plain data, and says what to pass in place of what is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from ..diagnostics import MAX_DEPTH, echo
from ..errors import RequestError, RequestProblem, raise_problems
from ..language.interpret import DataPath
from ..language.text import pointer
from ..language.types import SCALARS, is_scalar
from ..words import Phrase, phrase

_NEAREST = {dict: dict, list: list, tuple: list, set: list, frozenset: list, str: str, int: int, float: float}
_INSTEAD_OF_LIBRARY = {
    "decimal": phrase("write_whole_number"),
    "fractions": phrase("write_whole_number"),
    "numpy": phrase("pass_instead", what=".tolist()"),
    "uuid": phrase("write_as_text"),
}
_INSTEAD_OF_ATTRIBUTE = {
    "model_dump": phrase("pass_instead", what='.model_dump(mode="json")'),
    "__dataclass_fields__": phrase("pass_instead", what="dataclasses.asdict(...)"),
    "_member_map_": phrase("pass_instead", what=".value"),
}
"""What to pass instead, by an attribute that the type has: a model of pydantic, a dataclass, an enumeration."""


def require_plain(**request: Any) -> None:
    """Make sure that the parts of a request are plain data: exactly dict, list, str, int, float, bool and None.

    Subclasses may behave otherwise, and other objects may raise anything where they are compared or printed.

    Raises:
        RequestError: with everything that is of another type.
    """
    if not _is_plain(request, MAX_DEPTH):
        raise_problems(problem for name, value in request.items() for problem in _no_plain_data(value, (name,)))


def _is_plain(value: Any, depth: int) -> bool:
    """Whether a mapping or a list is plain data, and nested no deeper: the usual case, told without any path."""
    if depth < 0:
        return False
    children = value
    if type(value) is dict:
        children = value.values()
        if not all(type(key) in SCALARS for key in value):
            return False
    elif type(value) is not list:
        return False
    return all(type(child) in SCALARS or _is_plain(child, depth - 1) for child in children)


def _no_plain_data(value: Any, path: DataPath) -> Iterator[RequestProblem]:
    kind = type(value)
    if kind in (dict, list) and len(path) > MAX_DEPTH:
        raise RequestError([RequestProblem("too_deep", phrase("nested_more", depth=MAX_DEPTH), pointer(path[:1]))])
    if kind is dict:
        for key, child in value.items():
            if type(key) in SCALARS:
                yield from _no_plain_data(child, (*path, key))
            else:
                yield _not_plain(key, "key_not_plain", path)
    elif kind is list:
        for index, child in enumerate(value):
            yield from _no_plain_data(child, (*path, index))
    elif kind not in SCALARS:
        yield _not_plain(value, "not_plain", path)


def require_numbers(**request: Any) -> None:
    """Make sure that the numbers in plain data are finite, and whole ones of at most 63 bits, also where none is read.

    Not every program that reads what is written of a state takes others.

    Raises:
        RequestError: with every number that is not.
    """
    raise_problems(problem for name, value in request.items() for problem in odd_numbers(value, (name,)))


def odd_numbers(value: Any, path: DataPath) -> Iterator[RequestProblem]:
    """The numbers in a value that are not finite, or too large."""
    if type(value) is dict or type(value) is list:
        for key, child in value.items() if type(value) is dict else enumerate(value):
            yield from odd_numbers(child, (*path, key))
    elif not is_scalar(value):
        what = phrase("not_finite") if type(value) is float else phrase("number_too_large")
        yield RequestProblem("out_of_range", what, pointer(path))


def _not_plain(value: Any, name: str, path: DataPath) -> RequestProblem:
    kind = type(value)
    what = phrase(name, type=echo(kind.__name__))
    return RequestProblem("wrong_type", what, pointer(path), (), _plain_instead(value, kind))


def _plain_instead(value: Any, kind: type) -> Phrase | None:
    """What to pass in place of a value that is no plain data; the libraries that have such types are not asked."""
    if kind is date:
        return phrase("write_date_as_text", date=value.isoformat())
    if issubclass(kind, date):
        return phrase("write_day_as_text")
    library = str(kind.__module__).partition(".")[0]
    if library in _INSTEAD_OF_LIBRARY:
        return _INSTEAD_OF_LIBRARY[library]
    near = next((plain.__name__ for other, plain in _NEAREST.items() if issubclass(kind, other)), None)
    if near:
        return phrase("convert_to_plain", type=near)
    attributes = {name for base in kind.__mro__ for name in vars(base)}
    return next((instead for name, instead in _INSTEAD_OF_ATTRIBUTE.items() if name in attributes), None)
