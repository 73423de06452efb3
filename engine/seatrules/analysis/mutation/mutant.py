"""A small wrong change of a policy: of which entries, where, in which words, and the version as it reads with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from ...diagnostics import Span, printable
from ...nodes import MappingNode, Node, Scalar, SequenceNode
from ...policy.kinds import CLAUSES, singular
from ...policy.written import Entry, Written
from ..uses import NamedThing

Path = tuple[str | int, ...]
"""The keys and the places in lists that lead to a part of an entry."""


class Edit(NamedTuple):
    """What is done to what stands at a path in an entry, or to the entry itself where there is none.

    It is `set` to a new text, which is read as `value`; its key is `renamed` to the new text; it is taken out
    (`dropped`); or it comes later, behind the entry that follows it.
    """

    path: Path
    what: Literal["set", "renamed", "dropped", "later"]
    text: str = ""
    value: Any = None


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of the entries that are written in one place; `words` say it.

    `span` is the place of what is changed, `part` that of the whole part that the path leads to. `shown_by` is the
    place of what a case has to reach: that of a message or a cell, nothing where any part of the entry will do.
    """

    owners: tuple[NamedThing, ...]
    span: Span
    part: Span
    words: str
    edit: Edit
    shown_by: Span | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for what is written in one place, whichever version has it."""
        return *self.span.sort_key, self.words

    @property
    def title(self) -> str:
        """The entry that is changed, as a reader knows it."""
        kind, name = self.owners[0]
        return f"{singular(kind)} `{printable(name)}`"

    def in_version(self, written: Written) -> Written | None:
        """The version with the change; nothing where it does not have what is changed."""
        changed = [each for each in self.owners if self._is_in(written, each)]
        for owner in changed:
            written = _with(written, owner, self.edit)
        return written if changed else None

    def _is_in(self, written: Written, owner: NamedThing) -> bool:
        entry = entry_of(written, owner)
        node = None if entry is None else node_at(entry.node, self.edit.path)
        if entry is None or node is None:
            return False
        return (node.span if self.edit.path else entry.span).sort_key == self.part.sort_key


def entry_of(written: Written, owner: NamedThing) -> Entry | None:
    """The entry that has a name, if the version has it."""
    if owner.kind in CLAUSES:
        return next((each for each in written.clauses[owner.kind] if each.name == owner.name), None)
    entries = written.tables if owner.kind == "tables" else written.named[owner.kind]
    return entries.get(owner.name)


def node_at(node: Node | None, path: Path) -> Node | None:
    """What stands at a path below a node, if it is there."""
    for step in path:
        if isinstance(step, str):
            node = node.get(step) if isinstance(node, MappingNode) else None
        else:
            items = node.items if isinstance(node, SequenceNode) else []
            node = items[step] if step < len(items) else None
    return node


def _with(written: Written, owner: NamedThing, edit: Edit) -> Written:
    if owner.kind in CLAUSES:
        entries = list(written.clauses[owner.kind])
        at = next(place for place, each in enumerate(entries) if each.name == owner.name)
        entries[at : at + 2] = _edited_entries(entries[at : at + 2], edit)
        return replace(written, clauses={**written.clauses, owner.kind: tuple(entries)})
    if owner.kind == "tables":
        return replace(written, tables={**written.tables, owner.name: _edited(written.tables[owner.name], edit)})
    of_kind = {**written.named[owner.kind], owner.name: _edited(written.named[owner.kind][owner.name], edit)}
    return replace(written, named={**written.named, owner.kind: of_kind})


def _edited_entries(entries: Sequence[Entry], edit: Edit) -> list[Entry]:
    """An entry and the one behind it, with the change of the first."""
    first, rest = entries[0], list(entries[1:])
    if edit.what == "later":
        return [*rest, first]
    return rest if not edit.path else [_edited(first, edit), *rest]


def _edited(entry: Entry, edit: Edit) -> Entry:
    # The rows of a table are read by their nodes alone, and those of an overlay have another form.
    value = entry.value if "rows" in edit.path[:1] else _changed_value(entry.value, edit.path, edit)
    return replace(entry, node=_changed_node(entry.node, edit.path, edit), value=value)


def _changed_node(node: Node, path: Path, edit: Edit) -> Node:
    if not path:
        assert isinstance(node, Scalar)
        return replace(node, text=edit.text)
    step, *below = path
    if isinstance(node, SequenceNode):
        assert isinstance(step, int)
        return replace(node, items=_changed_list(node.items, step, below, edit, _changed_node))
    assert isinstance(node, MappingNode)
    entries = {
        edit.text if key == step and not below and edit.what == "renamed" else key: (
            (span, _changed_node(each, tuple(below), edit))
            if key == step and (below or edit.what == "set")
            else (span, each)
        )
        for key, (span, each) in node.entries.items()
        if not (key == step and not below and edit.what == "dropped")
    }
    return replace(node, entries=entries)


def _changed_value(value: Any, path: Path, edit: Edit) -> Any:
    if not path:
        return edit.value
    step, *below = path
    if isinstance(value, Mapping):
        return {
            edit.text if key == step and not below and edit.what == "renamed" else key: (
                _changed_value(each, tuple(below), edit) if key == step and (below or edit.what == "set") else each
            )
            for key, each in value.items()
            if not (key == step and not below and edit.what == "dropped")
        }
    assert isinstance(step, int)
    return _changed_list(value, step, below, edit, _changed_value)


def _changed_list(items: list[Any], step: int, below: Sequence[str | int], edit: Edit, change: Any) -> list[Any]:
    if not below and edit.what == "dropped":
        return [each for at, each in enumerate(items) if at != step]
    return [change(each, tuple(below), edit) if at == step else each for at, each in enumerate(items)]
