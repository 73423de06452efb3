"""What is written otherwise in a version than in another: entry by entry, by what they say.

Neither comments nor the order of what has no order count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, Literal, NamedTuple

from ...diagnostics import Span
from ...language.types import is_scalar
from ...policy.written import Entry, Written

What = Literal["added", "removed", "changed", "moved"]
_WITHOUT_ORDER = frozenset({"actions", "cites", "choices", "enum", "require", "required", "beside", "spare"})
"""The keys under which the order of a list says nothing."""
_IN_ORDER = ("outcomes", "events")
"""The kinds of entries whose order counts: the first outcome that applies, events of one day one after the other."""
_PLACEMENT = ("before", "id", "table")
_NOT_SAID = ("version", "extends", "withdraw", "amend")
"""What of a header only says how the version is put together."""
_WORD = re.compile(r"\d{4}-\d\d-\d\d|[=!<>]=|\w+|\s+|[^\w\s]")
_ALIKE = 0.4
"""How much of two texts has to be the same for them to be told word by word."""


class Detail(NamedTuple):
    """One thing within an entry: the keys that lead there, what it was, what it is, and its place if it is there."""

    path: tuple[str, ...]
    old: Any
    new: Any
    span: Span | None = None

    def as_dict(self) -> dict[str, Any]:
        place = self.span.as_dict() if self.span else {}
        return {"path": list(self.path), "old": self.old, "new": self.new, **place}


class Change(NamedTuple):
    """An entry that is written otherwise; `span` is where it stands, in the new one if it is there still."""

    kind: str
    name: str
    what: What
    span: Span
    details: tuple[Detail, ...] = ()

    @property
    def title(self) -> str:
        """What a reader knows the entry by."""
        return f"{self.kind}/{self.name}" if self.name else self.kind

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "what": self.what,
            **self.span.as_dict(),
            "details": [each.as_dict() for each in self.details],
        }


def changes_between(old: Written, new: Written) -> list[Change]:
    """What the new version says otherwise than the old one, kind by kind."""
    changes = list(_header(old, new))
    details = tuple(_details(old.schema_value, new.schema_value, ()))
    if details:
        changes.append(Change("state", "", "changed", new.schema.span, details))
    groups_old, groups_new = _groups(old), _groups(new)
    for kind in dict.fromkeys((*groups_old, *groups_new)):
        before, after = groups_old.get(kind, {}), groups_new.get(kind, {})
        changes += _entries(kind, before, after)
        if kind in _IN_ORDER:
            changes += _moved(kind, list(before), after)
    return changes


def _groups(written: Written) -> dict[str, Mapping[str, Entry]]:
    """The entries of each kind by their names."""
    return {
        **written.named,
        "tables": written.tables,
        **{kind: {entry.name: entry for entry in entries} for kind, entries in written.clauses.items()},
    }


def _header(old: Written, new: Written) -> Iterator[Change]:
    before, after = (_without(each.header.value, _NOT_SAID) for each in (old, new))
    if details := tuple(_details(before, after, ())):
        placed = tuple(_placed(each, new.header) for each in details)
        yield Change("policy", "", "changed", new.header.span, placed)


def _entries(kind: str, old: Mapping[str, Entry], new: Mapping[str, Entry]) -> Iterator[Change]:
    for name in (each for each in old if each not in new):
        yield Change(kind, name, "removed", old[name].span, tuple(_details(_said(old[name]), None, ())))
    for name, entry in new.items():
        if name not in old:
            yield Change(kind, name, "added", entry.span, tuple(_details(None, _said(entry), ())))
        elif details := tuple(_details(_said(old[name]), _said(entry), ())):
            yield Change(kind, name, "changed", entry.span, tuple(_placed(each, entry) for each in details))


def _moved(kind: str, old: list[str], new: Mapping[str, Entry]) -> Iterator[Change]:
    """The entries that are in both and come at another place among these, as few as tell it."""
    before, after = [name for name in old if name in new], [name for name in new if name in old]
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    stayed = {name for block in blocks for name in before[block.a : block.a + block.size]}
    for name in after:
        if name not in stayed:
            yield Change(kind, name, "moved", new[name].span)


def _placed(detail: Detail, entry: Entry) -> Detail:
    """With its place, where it is in an entry."""
    node = entry.child(*detail.path) if detail.new is not None else None
    return detail._replace(span=node.span if node else None)


def _said(entry: Entry) -> Any:
    """What an entry says, without its name and place."""
    return _without(entry.value, _PLACEMENT) if isinstance(entry.value, Mapping) else entry.value


def _without(value: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: each for key, each in value.items() if key not in keys}


def _details(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[Detail]:
    """What differs between two values, as deep as they have the same form."""
    if path and path[-1] in _WITHOUT_ORDER:
        yield from _of_sets(old, new, path)
    elif isinstance(old, Mapping | None) and isinstance(new, Mapping | None) and old != new:
        before, after = old or {}, new or {}
        for key in dict.fromkeys((*before, *after)):
            yield from _details(before.get(key), after.get(key), (*path, str(key)))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new) and not _scalars(old + new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _details(one, other, (*path, str(number)))
    elif old != new or type(old) is not type(new):
        yield Detail(path, old, new)


def _of_sets(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[Detail]:
    """What is in one list and not in the other; one item that became another is one change."""
    before, after = _listed(old), _listed(new)
    gone = [each for each in before if each not in after]
    come = [each for each in after if each not in before]
    if len(gone) == len(come) == 1:
        yield Detail(path, gone[0], come[0])
        return
    yield from (Detail(path, each, None) for each in gone)
    yield from (Detail(path, None, each) for each in come)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _scalars(values: list[Any]) -> bool:
    return all(map(is_scalar, values))


def word_by_word(old: str, new: str) -> list[tuple[Literal["same", "old", "new"], str]]:
    """Two texts as one: what both have, what only the old one has and what only the new one."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return [("old", old), ("new", new)]
    parts: list[tuple[Literal["same", "old", "new"], str]] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            parts.append(("same", "".join(before[a:b])))
        else:
            parts += [("old", "".join(before[a:b]))] if b > a else []
            parts += [("new", "".join(after[c:d]))] if d > c else []
    return parts
