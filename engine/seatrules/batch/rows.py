"""Makes of each row the action and the state that it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..diagnostics import echoed
from ..errors import RequestError, RequestProblem, malformed
from ..language.text import pointer
from ..language.types import ListOf, MapOf, Record, Type, known
from ..lines import value_of
from ..words import phrase
from .layout import Column, Layout, StatePlace, Steps, steps_of
from .nested import Repeated, TakenColumn, scalar

if TYPE_CHECKING:
    from pyarrow import Table

LINE = "line"
"""The one column of a chunk of a file of lines."""
Request = tuple[Any, Any] | RequestError
"""The action and the state of a row, or why there are none."""
_DEEPEST = 50
_NOTHING: Any = object()


def requests(layout: Layout, chunk: Table, rows: Sequence[int] | None = None) -> Iterator[Request]:
    """What the rows of a chunk say, in order; only those with these numbers in it, counted from 0, where some are."""
    import pyarrow

    taken = chunk if rows is None else chunk.take(pyarrow.array(rows, pyarrow.int64()))
    if layout.as_lines:
        for line in taken.column(LINE).to_pylist():
            yield _made(lambda line=line: _of_line(layout, line))
        return
    columns = [
        TakenColumn(taken.column(each.name), _constant_kind(layout, each), cells=each.cells) for each in layout.columns
    ]
    texts = [_is_text(taken, each.name) for each in layout.columns]
    repeated = any(each.has_repeated for each in columns)
    for cells in zip(*(each.values for each in columns), strict=True):
        yield _made(lambda cells=cells: _of_cells(layout, texts, cells, repeated=repeated))


def _made(make: Any) -> Request:
    try:
        action, state = make()
    except RequestError as error:
        return error
    return action, state


def _constant_kind(layout: Layout, column: Column) -> Type | None:
    """The type of a column that does not depend on the type of the action; a nested argument needs none."""
    if column.steps == ("state",):
        return layout.programs[-1].state
    place = layout.place(column)
    return None if place is None else place.kind


def _is_text(chunk: Table, name: str) -> bool:
    from pyarrow import types

    kind = chunk.schema.field(name).type
    kind = kind.value_type if types.is_dictionary(kind) else kind
    texts = types.is_string, types.is_large_string, types.is_string_view
    return any(is_one(kind) for is_one in (*texts, types.is_binary, types.is_large_binary, types.is_binary_view))


def _of_cells(layout: Layout, texts: Sequence[bool], cells: Sequence[Any], *, repeated: bool) -> tuple[Any, Any]:
    request: dict[str, Any] = {"state": _NOTHING, "action": _NOTHING if layout.action is None else {**layout.action}}
    for column, is_text, cell in zip(layout.columns, texts, cells, strict=True):
        of_type = request["action"].get("type") if isinstance(request["action"], dict) else None
        place = layout.place(column, of_type if type(of_type) is str else None)
        value = _text_value(column, place, cell) if is_text else cell
        if column.steps == ("action",) and not is_text and isinstance(value, dict):
            value = {name: argument for name, argument in value.items() if argument is not None}
        if value is None and (place is None or not place.null_is_given):
            continue
        if repeated and isinstance(value, dict | list):
            _require_once(value, column.steps)
        _set(request, column.steps, value)
    for steps in layout.frame:
        _set(request, steps, {}, over=False)
    return _whole(request)


def _whole(request: Mapping[str, Any]) -> tuple[Any, Any]:
    for name, value in request.items():
        if value is _NOTHING:
            raise RequestError([malformed(phrase("row_lacks", name=name))])
    return request["action"], request["state"]


def _set(request: dict[str, Any], steps: Steps, value: Any, *, over: bool = True) -> None:
    """Put a value at its place; where what should hold it is something else, the engine will say so of that."""
    if len(steps) == 1:
        request[steps[0]] = value
        return
    here: Any = request
    for step in steps[:-1]:
        if here.get(step, _NOTHING) is _NOTHING:
            here[step] = {}
        here = here[step]
        if not isinstance(here, dict):
            return
    if over or steps[-1] not in here:
        here[steps[-1]] = value


def _text_value(column: Column, place: StatePlace | None, cell: str | bytes | None) -> Any:
    """What a text says where the policy expects a type; what can't be one stays a text, which the engine refuses.

    Raises:
        RequestError: it is no JSON where a collection is expected.
    """
    if cell is None or cell in ("", b""):
        return None
    kind = None if place is None else known(place.kind)
    if len(column.steps) == 1 or isinstance(kind, ListOf | MapOf | Record):
        return _json(cell, column.steps)
    return scalar(_decoded(cell, column.steps), kind)


def _json(cell: str | bytes, steps: Steps) -> Any:
    try:
        return value_of(cell.encode() if isinstance(cell, str) else cell)
    except RequestError as error:
        raise RequestError(each._replace(path=pointer(steps)) for each in error.problems) from None


def _decoded(cell: str | bytes, steps: Steps) -> str:
    try:
        return cell.decode() if isinstance(cell, bytes) else cell
    except UnicodeDecodeError:
        raise RequestError([malformed(phrase("line_not_utf_8"))._replace(path=pointer(steps))]) from None


def _require_once(value: Any, steps: Steps) -> None:
    """Raise where a map of a nested value has a key twice."""
    if isinstance(value, Repeated):
        what = phrase("key_given_twice", key=echoed(value.key))
        raise RequestError([RequestProblem("malformed", what, pointer(steps))])
    if len(steps) < _DEEPEST:
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(inner, dict | list):
                _require_once(inner, (*steps, str(step)))


def _of_line(layout: Layout, line: bytes) -> tuple[Any, Any]:
    value = value_of(line)
    if not isinstance(value, dict):
        raise RequestError([malformed(phrase("no_request"))])
    request: dict[str, Any] = {"state": _NOTHING, "action": _NOTHING if layout.action is None else {**layout.action}}
    named = [(steps, name) for name in value if (steps := steps_of(name)) is not None]
    for steps, name in sorted(named, key=lambda each: len(each[0])):
        _set(request, steps, value[name])
    return _whole(request)
