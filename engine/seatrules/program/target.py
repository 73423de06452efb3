"""Written paths: where in the state a consequence or an event puts a value, adds an entry or takes one away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from ..language import tree as t
from ..language.types import MapOf, Record, Type, of_records


class KeyStep(NamedTuple):
    """A step to the entry of a map under a key."""

    expr: t.Expr


class Unnamed(Enum):
    """A step that is by no name and no key."""

    EACH = "the entry that the clause's loop is at"
    NEW = "a new place behind the last entry of a list"


EACH, NEW = Unnamed.EACH, Unnamed.NEW
PathStep = str | KeyStep | Unnamed


class Target(NamedTuple):
    """A path that a clause writes to.

    From the state's property `root`, `steps` lead to it. `type` is that of what may be put there, `record` the record
    that holds it (nothing at the top of the state, in a map and in a list). `default` is the entry that is
    created to begin with where the map does not list the one that holds it. `expr` reads what is there now; of
    what is added to a list, the list.
    """

    expr: t.Expr
    root: str
    steps: tuple[PathStep, ...]
    type: Type
    record: Record | None = None
    default: Mapping[str, Any] | None = None

    @property
    def last(self) -> PathStep:
        """The last step, or the state's property itself."""
        return self.steps[-1] if self.steps else self.root

    def referenced_entry(self, referenced: Mapping[str, str]) -> str | None:
        """What is put or taken away, where that is an entry to which others may refer: its kind.

        `referenced` are the maps whose entries are referred to, by the names of these.
        """
        at_top = len(self.steps) == 1 and not isinstance(self.last, str)
        return next((entry for entry, name in referenced.items() if at_top and name == self.root), None)

    @property
    def holder(self) -> t.Expr:
        """What reads the record, map or list that holds it; of a path that is not at the top of the state."""
        path = t.unwrapped(self.expr)
        if self.last is NEW:
            return path
        assert isinstance(path, t.Field | t.Index)
        return path.of

    @property
    def keys(self) -> Iterator[t.Expr]:
        """The keys of its steps, in order."""
        return (step.expr for step in self.steps if isinstance(step, KeyStep))

    def differs_for_each(self, loop: t.Loop) -> bool:
        """Whether each entry of the loop has a path of its own, where nothing is listed twice."""
        by_place = EACH in self.steps or self.last is NEW
        return by_place or any(_differs_for_each(key, loop) for key in self.keys)


def steps_to(expr: t.Expr, loop: t.Loop | None) -> tuple[str, tuple[PathStep, ...]] | None:
    """The state's property and the steps from it to what a path reads; nothing where it is no part of the state."""
    match expr:
        case t.Property(name=name):
            return name, ()
        case t.Role(value=value):
            return steps_to(value, loop)
        case t.Local(name=name) if loop is not None and name == loop.variable and of_records(loop.over.type):
            return _extended(loop.over, None, EACH)
        case t.Field(of=of, name=name) if not expr.is_key:
            return _extended(of, loop, name)
        case t.Index(of=of, keys=(key,)) if isinstance(of.type, MapOf):
            return _extended(of, loop, KeyStep(key))
    return None


def _extended(expr: t.Expr, loop: t.Loop | None, step: PathStep) -> tuple[str, tuple[PathStep, ...]] | None:
    before = steps_to(expr, loop)
    return None if before is None else (before[0], (*before[1], step))


def _differs_for_each(key: t.Expr, loop: t.Loop) -> bool:
    """Whether a key differs for each entry of a loop: the entry's own key, or the entry where that is a text."""
    key = t.unwrapped(key)
    if isinstance(key, t.Field) and key.is_key:
        key = key.of
    return isinstance(key, t.Local) and key.name == loop.variable


def meeting(first: Target, second: Target) -> tuple[tuple[PathStep, PathStep], ...] | None:
    """The steps by keys that have to lead to the same entry for one path to be the other or to hold it.

    Nothing where that can never be.
    """
    if first.root != second.root:
        return None
    pairs: list[tuple[PathStep, PathStep]] = []
    for one, other in zip(first.steps, second.steps, strict=False):
        if one is NEW or other is NEW:  # what is added to a list has a place of its own
            return None
        if isinstance(one, str) and isinstance(other, str):
            if one != other:
                return None
        else:
            pairs.append((one, other))
    return tuple(pairs)


def keys_apart(first: Target, second: Target) -> tuple[tuple[t.Expr, t.Expr], ...] | None:
    """The pairs of keys of which one has to differ for two paths to be apart, neither the other nor within it.

    None of them where keys do not tell that; nothing where the paths always are.
    """
    pairs = meeting(first, second)
    if pairs is None:
        return None
    keys = ((one.expr, other.expr) for one, other in pairs if isinstance(one, KeyStep) and isinstance(other, KeyStep))
    by_keys = tuple(keys)
    return by_keys if len(by_keys) == len(pairs) else ()


def same_key(one: PathStep, other: PathStep) -> bool:
    """Whether two steps are by one key, whatever the request: that of the loop, or one written in the same way."""
    if isinstance(one, KeyStep) and isinstance(other, KeyStep):
        return _key_text(one.expr) == _key_text(other.expr)
    return one is other


def _key_text(key: t.Expr) -> str:
    """A key's text, the same for each way to write the same key."""
    if isinstance(key, t.Role):
        return _key_text(key.value)
    return repr(key.value) if isinstance(key, t.Literal) else t.canonical(key)
