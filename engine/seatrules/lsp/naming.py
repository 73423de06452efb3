"""What files name by their keys and lists: entries, codes, actions, statements. What expressions name is not here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..analysis.uses import NamedThing
from ..diagnostics import Span
from ..nodes import MappingNode, Node, Scalar, SequenceNode, children, under
from ..policy.kinds import CLAUSES, CODES_OF_DECISIONS, NAMED


class Mention(NamedTuple):
    """A place that names a thing, or one of several of which only one can be meant.

    `entry` is what is declared there; nothing where it is only named.
    """

    span: Span
    things: tuple[NamedThing, ...]
    entry: Node | None = None
    is_sure: bool = True
    """Whether it names something, also where nothing of that name is declared."""


def mentions(root: Node) -> Iterator[Mention]:
    """What a policy file, or the header of an extension, names and declares."""
    if not isinstance(root, MappingNode):
        return
    if isinstance(table := root.get("table"), Scalar):
        yield Mention(table.part(0, len(table.text)), (NamedThing("tables", table.text),), root)
        yield from _table(table.text, root)
    for kind, _, inside in root:
        if kind in (*NAMED, "tables"):
            yield from _named(kind, inside)
        elif kind in (*CLAUSES, "statements"):
            for entry in children(inside):
                yield from _clause(kind, entry)
        elif kind == "codes":
            yield from _codes(inside)
        elif kind == "withdraw":
            yield from _withdrawn(inside)
        elif kind in ("remedies", "amend"):
            for fact in _below(inside, "spare"):
                yield from _scalars(fact, "facts")
    yield from _cited(root)


def suite_mentions(root: Node) -> Iterator[Mention]:
    """What a suite names of its policy, and the cases and bases that it declares."""
    bases = under(root, "bases")
    for base, span, state in bases if isinstance(bases, MappingNode) else ():
        yield Mention(bare(span, base), (NamedThing("bases", base),), state)
    for case in children(root.get("cases") or root if isinstance(root, MappingNode) else root):
        if isinstance(case, MappingNode) and isinstance(name := case.get("id"), Scalar):
            yield Mention(name.part(0, len(name.text)), (NamedThing("cases", name.text),), case)
        yield from _asked(case)
        yield from _scalars(under(case, "base"), "bases")
        for statement in _below(case, "statements"):
            yield from _scalars(statement, "statements")
        for setting in _below(case, "set"):
            yield from _keys(setting, "settings")
    if isinstance(root, MappingNode):
        for key in ("uncovered", "equivalent"):
            for each in children(root.get(key) or SequenceNode([], root.span)):
                yield from _excused(each)


def _asked(node: Node) -> Iterator[Mention]:
    """What a case, or a step of one, asks for and expects."""
    if not isinstance(node, MappingNode):
        return
    yield from _scalars(under(node, "action", "type"), "actions")
    expect = node.get("expect")
    for key, _, inside in expect if isinstance(expect, MappingNode) else ():
        if key == "reason_key":
            yield from _scalars(inside, *(f"codes/{group}" for group in CODES_OF_DECISIONS))
        elif key == "reasons":
            yield from _scalars(inside, "codes/reasons")
        elif key == "warnings":
            yield from _scalars(inside, "codes/warnings", "invariants")
        elif key == "state_warnings":
            yield from _scalars(inside, "invariants")
        elif key == "events":
            for event in children(inside):
                yield from _scalars(under(event, "rule"), *CLAUSES)
                yield from _scalars(under(event, "code"), *(f"codes/{group}" for group in CODES_OF_DECISIONS))
    for step in _below(node, "steps"):
        for each in children(step):
            yield from _asked(each)


def _excused(node: Node) -> Iterator[Mention]:
    """What an `of` names, `rules/id`."""
    if isinstance(of := under(node, "of"), Scalar):
        kind, _, name = of.text.partition("/")
        if name:
            yield Mention(of.part(len(kind) + 1, len(name)), _as(name, *_kinds(kind)))
    for key in ("what", "change"):
        if isinstance(words := under(node, key), Scalar):
            for word in re.finditer(r"[A-Za-z_]\w*", words.text):
                place = words.part(word.start(), len(word[0]))
                yield Mention(place, (NamedThing("facts", word[0]),), is_sure=False)


def _kinds(kind: str) -> tuple[str, ...]:
    return tuple(f"codes/{group}" for group in CODES_OF_DECISIONS) if kind == "codes" else (kind,)


def _named(kind: str, inside: Node) -> Iterator[Mention]:
    """The entries of a kind that have their names as keys."""
    for name, span, entry in inside if isinstance(inside, MappingNode) else ():
        is_change = isinstance(entry, MappingNode) and "amend" in entry.entries
        yield Mention(bare(span, name), (NamedThing(kind, name),), None if is_change else entry)
        whole = under(entry, "amend") if is_change else entry
        if kind == "actions":
            yield from _action(name, whole)
        elif kind == "tables":
            yield from _table(name, whole)


def _action(action: str, entry: Node | None) -> Iterator[Mention]:
    for kind in ("arguments", "roles"):
        inside = under(entry, kind)
        for name, span, declared in inside if isinstance(inside, MappingNode) else ():
            yield Mention(bare(span, name), (NamedThing(kind, f"{action}/{name}"),), declared)
    for key in ("performed_by", "time_to"):
        if isinstance(node := under(entry, key), Scalar) and node.text != "null":
            yield Mention(node.part(0, len(node.text)), (NamedThing("arguments", f"{action}/{node.text}"),))
    yield from _scalars(under(entry, "each"), "actions")


def _table(table: str, entry: Node | None) -> Iterator[Mention]:
    columns = under(entry, "columns")
    for name, span, node in columns if isinstance(columns, MappingNode) else ():
        yield Mention(bare(span, name), (NamedThing("columns", f"{table}/{name}"),), node)


def _clause(kind: str, entry: Node) -> Iterator[Mention]:
    if not isinstance(entry, MappingNode):
        return
    for key in ("id", "amend"):
        if isinstance(name := entry.get(key), Scalar):
            declared = entry if key == "id" else None
            yield Mention(name.part(0, len(name.text)), (NamedThing(kind, name.text),), declared)
    yield from _scalars(entry.get("before"), kind)
    yield from _scalars(entry.get("actions"), "actions")
    for list_of_changes in ("add", "remove"):
        yield from _scalars(under(entry, "actions", list_of_changes), "actions")
    if kind == "rules":
        groups = ("codes/warnings", "codes/reasons") if _is_warning(entry) else ("codes/reasons", "codes/warnings")
        yield from _scalars(under(entry, "otherwise", "code"), *groups)
        about = under(entry, "otherwise", "about")
        yield from _keys(about, "actions") if about is not None else ()
    else:
        yield from _scalars(entry.get("code"), "codes/outcomes")
    yield from _scalars(entry.get("beside"), "codes/reasons")


def _is_warning(entry: MappingNode) -> bool:
    severity = entry.get("severity")
    return isinstance(severity, Scalar) and severity.text == "warning"


def _codes(inside: Node) -> Iterator[Mention]:
    for group, _, entries in inside if isinstance(inside, MappingNode) else ():
        for name, span, entry in entries if isinstance(entries, MappingNode) else ():
            declared = None if group == "terminal" or under(entry, "amend") is not None else entry
            thing = NamedThing("codes", f"{'reasons' if group == 'terminal' else group}/{name}")
            yield Mention(bare(span, name), (thing,), declared)


def _withdrawn(inside: Node) -> Iterator[Mention]:
    for kind, _, names in inside if isinstance(inside, MappingNode) else ():
        yield from _scalars(names, *_kinds(kind))


def _cited(node: Node) -> Iterator[Mention]:
    """The statements that a file cites."""
    if isinstance(node, MappingNode):
        for key, _, child in node:
            if key == "cites":
                yield from _scalars(child, "statements")
                for change in ("add", "remove"):
                    yield from _scalars(under(child, change), "statements")
            else:
                yield from _cited(child)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _cited(item)


def _scalars(node: Node | None, *kinds: str) -> Iterator[Mention]:
    """What a scalar names, or each of a list of them."""
    for each in node.items if isinstance(node, SequenceNode) else [node]:
        if isinstance(each, Scalar):
            yield Mention(each.part(0, len(each.text)), _as(each.text, *kinds))


def _keys(node: Node, kind: str) -> Iterator[Mention]:
    for name, span, _ in node if isinstance(node, MappingNode) else ():
        yield Mention(bare(span, name), (NamedThing(kind, name),))


def _as(name: str, *kinds: str) -> tuple[NamedThing, ...]:
    """The things of some kinds with a name; codes are named by their group."""
    parts = (kind.partition("/") for kind in kinds)
    return tuple(NamedThing(kind, f"{group}/{name}" if group else name) for kind, _, group in parts)


def _below(node: Node, key: str) -> list[Node]:
    """What stands under a key of a node, or nothing."""
    child = under(node, key)
    return [] if child is None else [child]


def bare(span: Span, name: str) -> Span:
    """The place of a name in that of its key, which may have quotes."""
    at = span.underlined.find(name)
    return span if at < 0 else span._replace(column=span.column + at, width=len(name))
