"""Every small wrong change of a version: of its rules, effects, bills, events, facts, days, settings and texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from ...compiler.codes import WORDS_BELOW
from ...diagnostics import Span, echo
from ...language import tree as t
from ...language.text import ChoiceOfText, Decimal, Message
from ...language.types import Date, Integer, Maybe, Record, known
from ...nodes import MappingNode, Node, Scalar, SequenceNode
from ...policy.written import Entry, Written
from ...program import Clause, Program
from ..coverage.watched_parts import reads_old
from ..uses import NamedThing
from .cells import cell_mutants
from .expressions import ChangedText, beside, mutations, mutations_of_loop
from .mutant import Edit, Mutant, Path, node_at

_DECIDING = ("rules", "consequences", "outcomes", "events", "invariants")
_OF_EACH_ACTION = ("rules", "consequences", "outcomes")


def mutants_of(versions: Mapping[str, tuple[Written, Program]]) -> list[Mutant]:
    """The mutants of all versions, each once, in the order of the files."""
    by_key: dict[tuple[Any, ...], Mutant] = {}
    for written, program in versions.values():
        for each in _Version(written, program).all():
            same = by_key.setdefault(each.key, each)
            if owners := [owner for owner in each.owners if owner not in same.owners]:
                by_key[each.key] = replace(same, owners=(*same.owners, *owners))
    return sorted(by_key.values(), key=lambda each: each.key)


class _Version:
    def __init__(self, written: Written, program: Program) -> None:
        self.written, self.program = written, program
        of_actions = (clause for action in program.actions.values() if action.each is None for clause in action.clauses)
        others = (*program.events, *program.invariants, *program.asides)
        self._bound = {(clause.kind, clause.id): clause for clause in (*of_actions, *others)}

    def all(self) -> Iterator[Mutant]:
        for kind in _DECIDING:
            entries = self.written.clauses[kind]
            for entry in entries:
                clause = self._bound.get((kind, entry.name))
                if clause is not None and not _is_ours(entry):
                    yield from _Clause(entry, clause, self.program).all()
            if kind == "events":
                yield from _in_another_order(entries)
        for name, entry in self.written.named["facts"].items():
            yield from _of_expression(NamedThing("facts", name), entry, ("is",))
        for name, entry in self.written.named["actions"].items():
            for role, _, _ in entry.pairs("roles") if not _is_ours(entry) else ():
                yield from _of_expression(NamedThing("actions", name), entry, ("roles", role))
        for name, entry in self.written.named["cutoffs"].items():
            yield from _of_day(NamedThing("cutoffs", name), entry, ("date",))
        for name, entry in self.written.named["settings"].items():
            yield from _of_setting(NamedThing("settings", name), entry)
        for name, entry in self.written.tables.items():
            if name in self.program.tables:
                yield from cell_mutants(NamedThing("tables", name), entry, self.program.tables[name])


def _is_ours(entry: Entry) -> bool:
    """Whether the policy has an entry without saying it."""
    return "/" not in entry.span.source.place


def _in_another_order(entries: Iterable[Entry]) -> Iterator[Mutant]:
    for first, second in pairwise(each for each in entries if not _is_ours(each)):
        words = f"comes after `{second.name}`"
        yield Mutant((NamedThing("events", first.name),), first.span, first.span, words, Edit((), "later"))


def _of_expression(owner: NamedThing, entry: Entry, path: Path, key: str = "") -> Iterator[Mutant]:
    """What becomes of the expression at a path."""
    node = node_at(entry.node, path)
    if isinstance(node, Scalar):
        mutate = mutations_of_loop if key == "for" else mutations
        for changed in mutate(node.text):
            yield _changed(owner, node, path, changed)


def _changed(owner: NamedThing, node: Scalar, path: Path, changed: ChangedText) -> Mutant:
    span = node.part(changed.start, changed.width)
    return Mutant((owner,), span, node.span, changed.words, Edit(path, "set", changed.text, changed.text))


def _of_day(owner: NamedThing, entry: Entry, path: Path) -> Iterator[Mutant]:
    node = node_at(entry.node, path)
    for day in beside(node.text) if isinstance(node, Scalar) else ():
        assert isinstance(node, Scalar)
        words = f"`{path[-1]}: {node.text}` became `{day}`"
        yield Mutant((owner,), node.span, node.span, words, Edit(path, "set", day, day))


def _of_setting(owner: NamedThing, entry: Entry) -> Iterator[Mutant]:
    node = entry.scalar("default")
    for scalar, choice in zip(entry.scalars("choices"), entry.value["choices"], strict=True):
        if node is not None and choice != entry.value["default"]:
            words = f"`default: {node.text}` became `{scalar.text}`"
            yield Mutant((owner,), node.span, node.span, words, Edit(("default",), "set", scalar.text, choice))


class _Clause:
    """What becomes of one clause."""

    def __init__(self, entry: Entry, clause: Clause, program: Program) -> None:
        self.entry, self.clause, self.program = entry, clause, program
        self.owner = NamedThing(clause.kind, clause.id)

    def all(self) -> Iterator[Mutant]:
        if self.clause.kind in _OF_EACH_ACTION:
            yield from self._without_actions()
        yield from self._conditions()
        yield from self._changes()
        yield from self._bills()
        if self.clause.kind == "rules":
            for key in ("from", "until"):
                yield from _of_day(self.owner, self.entry, ("effective", key))
        yield from self._messages()

    def _without_actions(self) -> Iterator[Mutant]:
        """Each action taken from it; the only one with the whole of it."""
        scalars = self.entry.scalars("actions")
        for at, scalar in enumerate(scalars):
            path: Path = ("actions", at) if len(scalars) > 1 else ()
            part = scalar.span if path else self.entry.span
            yield Mutant((self.owner,), scalar.span, part, f"not for `{scalar.text}`", Edit(path, "dropped"))

    def _conditions(self) -> Iterator[Mutant]:
        if (node := self.entry.child("when")) is not None:
            yield self._dropped(("when",), node, "`when` dropped")
        for path, scalar in _listed(self.entry, "require"):
            if scalar.text != "True":
                words = f"requirement `{echo(scalar.text)}` dropped"
                yield Mutant((self.owner,), scalar.span, scalar.span, words, Edit(path, "set", "True", "True"))
            yield from _of_expression(self.owner, self.entry, path)
        for key in ("when", "for", "on"):
            yield from _of_expression(self.owner, self.entry, (key,), key)
        if self.clause.on is not None:
            yield from self._later(("on",), self.clause.on)

    def _changes(self) -> Iterator[Mutant]:
        pairs = self.entry.pairs("change")
        for (key, place, node), (target, value) in zip(pairs, self.clause.changes, strict=True):
            if len(pairs) > 1:
                yield self._dropped(("change", key), node, f"change of `{echo(key)}` dropped", place)
            for other in _siblings(target.record, target.last):
                new = f"{key[: -len(str(target.last))]}{other}"
                edit = Edit(("change", key), "renamed", new)
                yield Mutant((self.owner,), place, node.span, f"`{echo(key)}` became `{echo(new)}`", edit)
            yield from self._effect(("change", key), value)
        for (key, _, node), (_, item) in zip(self.entry.pairs("append"), self.clause.appends, strict=True):
            if isinstance(item, t.Expr):
                yield from self._effect(("append", key), item)
            else:
                for name, value in item.items() if isinstance(node, MappingNode) else ():
                    yield from self._effect(("append", key, name), value)
        for path, _ in _listed(self.entry, "remove"):
            yield from _of_expression(self.owner, self.entry, path)

    def _effect(self, path: Path, value: t.Expr) -> Iterator[Mutant]:
        """An amount or a day that is another one, beside what becomes of the expression."""
        yield from _of_expression(self.owner, self.entry, path)
        yield from self._later(path, value)
        node = node_at(self.entry.node, path)
        if isinstance(node, Scalar) and isinstance(value.type, Integer) and not isinstance(value, t.Literal):
            yield self._became(path, node, f"{_bracketed(value)} + 1")

    def _later(self, path: Path, value: t.Expr) -> Iterator[Mutant]:
        """A day that is a day later."""
        node = node_at(self.entry.node, path)
        if not isinstance(node, Scalar) or isinstance(value, t.Literal):
            return
        if isinstance(value.type, Date):
            yield self._became(path, node, f"add_days({node.text}, 1)")
        elif isinstance(value.type, Maybe) and isinstance(known(value.type), Date):
            text = f"add_days({node.text}, 1) if {_bracketed(value)} is not None else None"
            yield self._became(path, node, text, f"`{echo(node.text)}` became a day later")

    def _bills(self) -> Iterator[Mutant]:
        entries = self.entry.entries("billing")
        several = isinstance(self.entry.child("billing"), SequenceNode)
        for at, (written, bill) in enumerate(zip(entries, self.clause.billing, strict=bool(entries))):
            below: Path = ("billing", at) if several else ("billing",)
            if written.child("when") is not None:
                yield self._dropped((*below, "when"), written.child("when"), "`when` of the bill dropped")
            yield from self._other_change((*below, "change"))
            for key in ("when", "for"):
                yield from _of_expression(self.owner, self.entry, (*below, key), key)
            for key, value in bill.values.items():
                if key != "change":
                    yield from self._effect((*below, key), value)

    def _other_change(self, path: Path) -> Iterator[Mutant]:
        words, node = self.program.billing_changes, node_at(self.entry.node, path)
        if isinstance(node, Scalar) and node.text in words and len(words) > 1:
            yield self._became(path, node, words[(words.index(node.text) + 1) % len(words)])

    def _messages(self) -> Iterator[Mutant]:
        if any(map(reads_old, self.clause.expressions)):
            return  # no step of the policy itself breaks it, so that no case is told it
        below = (*WORDS_BELOW.get(self.clause.kind, ()), "message")
        for language, message in self.clause.message.items():
            node = node_at(self.entry.node, (*below, language))
            for changed in _crossed(message, node.text, language) if isinstance(node, Scalar) else ():
                assert isinstance(node, Scalar)
                mutant = _changed(self.owner, node, (*below, language), changed)
                yield replace(mutant, shown_by=node.span)

    def _became(self, path: Path, node: Scalar, text: str, words: str | None = None) -> Mutant:
        title = words or f"`{echo(node.text)}` became `{echo(text)}`"
        return Mutant((self.owner,), node.span, node.span, title, Edit(path, "set", text, text))

    def _dropped(self, path: Path, node: Node | None, words: str, span: Span | None = None) -> Mutant:
        assert node is not None
        return Mutant((self.owner,), span or node.span, node.span, words, Edit(path, "dropped"))


def _listed(entry: Entry, key: str) -> Iterator[tuple[Path, Scalar]]:
    """The scalars of a list, or the lone one in its place, each with its path."""
    is_list = isinstance(entry.child(key), SequenceNode)
    for at, scalar in enumerate(entry.scalars(key)):
        yield ((key, at) if is_list else (key,)), scalar


def _bracketed(expr: t.Expr) -> str:
    return f"({expr.text})" if isinstance(expr, t.Choose | t.Logic | t.Compare | t.Not) else expr.text


def _siblings(record: Record | None, last: Any) -> list[str]:
    """What else of the same record might be changed in its place: the next property of its type."""
    if record is None or last not in record.fields:
        return []
    names = [name for name, kind in record.fields.items() if known(kind) == known(record.fields[last])]
    after = names[(names.index(last) + 1) % len(names)]
    return [] if after == last else [after]


def _crossed(message: Message, text: str, language: str) -> Iterator[ChangedText]:
    """Two placeholders that follow each other, each in the place of the other."""
    placeholders = {expr.at: expr.text for expr in _printed(message) if text[expr.at :].startswith(expr.text)}
    for (first, one), (second, other) in pairwise(sorted(placeholders.items())):
        if one != other:
            crossed = f"{text[:first]}{other}{text[first + len(one) : second]}{one}{text[second + len(other) :]}"
            words = f"`{echo(one)}` and `{echo(other)}` swapped in `{language}`"
            yield ChangedText(first, second + len(other) - first, words, crossed)


def _printed(message: Message) -> Iterator[t.Expr]:
    """What is printed, also within the texts that are chosen; not what these are chosen by."""
    for part in message.parts:
        match part:
            case str():
                pass
            case ChoiceOfText(branches=branches, expr=chosen):
                for branch in branches.values():
                    yield from (each for each in _printed(branch) if each.at != chosen.at)
            case Decimal(expr=expr):
                yield expr
            case _:
                yield part
