"""Which arguments lead an action to what is needed: backwards from the paths to the keys in what it writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..language import tree as t
from ..language.interpret import DataPath
from ..program import ActionType
from ..program.target import KeyStep, Target
from .touch import Needs

MANY = 1_000
"""Where more paths are needed, any arguments may lead to one of them."""
Bound = Mapping[str, frozenset[Any]]
"""By the name of an argument, the values of which it has to have one; the others are free."""


def bindings(action: ActionType, needs: Needs) -> list[Bound]:
    """What the arguments of an action have to be, so that it may write to what is needed: one or the other of these.

    None where it writes to nothing of it; without names where any arguments may.
    """
    by_names: dict[frozenset[str], dict[str, set[Any]]] = {}
    targets = [target for clause in action.consequences for target in clause.targets]
    for given in {frozenset(each.items()) for target in targets for each in _matching(target, needs)}:
        values = by_names.setdefault(frozenset(name for name, _ in given), {})
        for name, value in given:
            values.setdefault(name, set()).add(value)
    if frozenset() in by_names:
        return [{}]
    return [{name: frozenset(values) for name, values in each.items()} for each in by_names.values()]


def _matching(target: Target, needs: Needs) -> Iterator[dict[str, Any]]:
    """The arguments with which a target is a path that is needed, or holds one, or is an entry of a collection."""
    if len(needs.values) > MANY or any(root == target.root for root, _ in needs.loose):
        if any(root == target.root for root, _ in needs.shapes):
            yield {}
        return
    # What stands in an entry is no matter of which entries there are.
    collections = [path for path in needs.collections if len(target.steps) <= len(path)]
    for path in (*needs.values, *collections):
        if (given := _given(target, path)) is not None:
            yield given


def _given(target: Target, path: DataPath) -> dict[str, Any] | None:
    """The arguments with which the target lies on the way of the path, or the path on the way of the target."""
    if path[0] != target.root:
        return None
    given: dict[str, Any] = {}
    for step, part in zip(target.steps, path[1:], strict=False):
        if isinstance(step, str):
            if step != part:
                return None
        elif isinstance(step, KeyStep):
            key = _key(step.expr)
            if isinstance(key, t.Argument):
                if given.setdefault(key.name, part) != part:
                    return None
            elif isinstance(key, t.Literal) and key.value != part:
                return None
    return given


def _key(expr: t.Expr) -> t.Expr:
    """What the key of a step is, whatever it is called by."""
    expr = t.unwrapped(expr)
    if isinstance(expr, t.Field) and expr.is_key:
        entry = t.unwrapped(expr.of)
        if isinstance(entry, t.Index) and len(entry.keys) == 1:
            return t.unwrapped(entry.keys[0])
    return expr


def in_groups(bound: Bound, first: Mapping[Any, str]) -> dict[str, tuple[Any, ...]]:
    """The same with the key that stands for each of those that are alike."""
    return {name: tuple(dict.fromkeys(first.get(value, value) for value in values)) for name, values in bound.items()}
