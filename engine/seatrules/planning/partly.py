"""How much of what was asked is possible at once: a lesser number, or some of those that are listed."""

from __future__ import annotations

from typing import Any

from ..language.types import Integer, bounds, known
from .remedy_values import Partly
from .search import RemedySearch
from .touch import arguments_of


def partly(search: RemedySearch) -> Partly | None:
    """The most of what was asked that is allowed at once; nothing where none is, or it is no matter of how much.

    Raises:
        OutOfBudgetError: there is no time for it.
    """
    return _some_of_each(search) if search.action_type.each is not None else _lesser_number(search)


def _allowed(search: RemedySearch, **changed: Any) -> bool:
    return search.questions.failing({**search.action, **changed}, search.start.state) == ()


def _lesser_number(search: RemedySearch) -> Partly | None:
    """By halving what is not known: what is allowed of a number is allowed of a lesser one, or is not found."""
    read = arguments_of(rule.asked for rule in search.denying)
    for name, kind in search.action_type.arguments.items():
        asked = search.action[name]
        if not isinstance(inner := known(kind), Integer) or asked is None or name not in read:
            continue
        low, high = max(bounds(inner)[0], 1), asked
        if low >= asked or not _allowed(search, **{name: low}):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _allowed(search, **{name: middle}) else (low, middle)
        return Partly(name, asked, low, {**search.action, name: low})
    return None


def _some_of_each(search: RemedySearch) -> Partly | None:
    each = search.action_type.each
    assert each is not None
    asked, possible = search.action[each.over], list[Any]()
    for item in asked:
        if _allowed(search, **{each.over: [*possible, item]}):
            possible.append(item)
    if not 0 < len(possible) < len(asked):
        return None
    return Partly(each.over, len(asked), len(possible), {**search.action, each.over: possible})
