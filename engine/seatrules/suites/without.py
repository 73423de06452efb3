"""Takes entries away from the base of a case, by JSON pointers (RFC 6901) into the state."""

from __future__ import annotations

from typing import Any

from ..diagnostics import echo, listed, nearest
from ..language.text import pointer, pointer_parts
from ..nodes import Node, Scalar, SequenceNode
from ..problems import Problems

Keys = tuple[str, ...]


def taken_away(state: Any, pointers: Node | None, problems: Problems) -> Any:
    """A state without what the pointers name, each in the state as it is; one that names nothing is a problem."""
    if not isinstance(pointers, SequenceNode):
        return state
    gone = set()
    for written in pointers.items:
        assert isinstance(written, Scalar)
        keys = pointer_parts(written.text)
        if written.text.startswith("/") and _leads_to_something(keys, state):
            gone.add(keys)
        else:
            message = f"`{echo(written.text)}` names nothing in the base"
            problems.error("unknown-pointer", message, written.span, help=_help(keys, state))
    return _without(state, (), gone)


def _inside(value: Any) -> dict[str, Any]:
    """What a value holds, by key or by place in the list."""
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    return value if isinstance(value, dict) else {}


def _leads_to_something(keys: Keys, state: Any) -> bool:
    for key in keys:
        inside = _inside(state)
        if key not in inside:
            return False
        state = inside[key]
    return True


def _help(keys: Keys, state: Any) -> str | None:
    """What is meant by a pointer, as it seems, or what there is where it leads nowhere."""
    for meant in (keys, keys[1:]):  # the places of errors begin with `/state`
        if meant and _leads_to_something(meant, state):
            return f"did you mean `{pointer(meant)}`?"
    known = next(keys[:length] for length in range(len(keys) - 1, -1, -1) if _leads_to_something(keys[:length], state))
    for key in known:
        state = _inside(state)[key]
    there, rest = [*_inside(state)], keys[len(known) :]
    if near := nearest(rest[0], there):
        return f"did you mean `{pointer((*known, near, *rest[1:]))}`?"
    return f"there are {listed(pointer((*known, key)) for key in there)}" if there else None


def _without(value: Any, path: Keys, gone: set[Keys]) -> Any:
    if not isinstance(value, dict | list):
        return value
    kept = {key: _without(each, (*path, key), gone) for key, each in _inside(value).items() if (*path, key) not in gone}
    return kept if isinstance(value, dict) else [*kept.values()]
