"""Makes a request smaller that shows something, while it goes on to show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from time import monotonic
from typing import Any

from .answers import Action, State

MOST_TRIES = 600
"""How many smaller requests are tried where nothing else is said."""
Shows = Callable[[Action | None, State], bool]


def shrunk(
    action: Action | None, state: State, shows: Shows, until: float, most: int = MOST_TRIES
) -> tuple[Action | None, State]:
    """The request without what it does without, and with lesser numbers; as it is where nothing can be left out.

    At `most` so many smaller requests are tried.
    """
    tries, went_on = 0, True
    while went_on:
        went_on = False
        for smaller in _smaller(state):
            if tries >= most or monotonic() > until:
                return action, state
            tries += 1
            if shows(action, smaller):
                state, went_on = smaller, True
                break
    return action, state


def _smaller(value: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The same with less in one place, the largest part first."""
    for key in sorted(value, key=lambda each: -_size(value[each])):
        if isinstance(value[key], dict | list) or value[key] is None:
            yield {name: each for name, each in value.items() if name != key}
        for less in _less(value[key]):
            yield {**value, key: less}


def _less(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            if value:
                yield {}
            yield from _smaller(value)
        case list():
            if len(value) > 1:
                yield []
            yield from ([*value[:at], *value[at + 1 :]] for at in range(len(value)))
            for at, item in enumerate(value):
                yield from ([*value[:at], less, *value[at + 1 :]] for less in _less(item))
        case bool():
            if value:
                yield False
        case int():
            yield from dict.fromkeys(each for each in (0, 1, value // 2, value - 1) if 0 <= each < value)


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1
