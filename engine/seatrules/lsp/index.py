"""The index of a policy: where each thing that has a name is declared, and each place that names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..analysis.uses import NamedThing
from ..diagnostics import Span
from ..errors import FileError, PolicyError
from ..files import as_named, read_bytes
from ..language import tree as t
from ..language.names import Names
from ..language.types import EntryOf, Record
from ..nodes import MappingNode, Node, Scalar, SequenceNode, scalars
from ..policy.folders import SUITES, Folder, KeptFiles
from ..policy.load import nodes_of
from ..policy.memory import Files
from ..suites import find_suites
from .homes import suites_elsewhere
from .naming import Mention, mentions, suite_mentions
from .texts import file_of

if TYPE_CHECKING:
    from .reading import ReadPolicy, ReadVersion


class NamedPlace(NamedTuple):
    """A place that names a thing; `expr` is what it is in an expression, `entry` what is declared there."""

    span: Span
    thing: NamedThing
    expr: t.Expr | None = None
    entry: Node | None = None
    owner: NamedThing | None = None
    path: Path = Path()


class NamesIndex:
    """All places of a policy's files and suites that name something, by what they name and by where they are."""

    def __init__(self, reading: ReadPolicy) -> None:
        self._reading = reading
        self.declared: dict[NamedThing, list[NamedPlace]] = {}
        self.named: dict[NamedThing, list[NamedPlace]] = {}
        self.unread: list[str] = []
        """The files and folders that can't be read: what they name is not known."""
        self._by_line: dict[tuple[Path, int], list[NamedPlace]] = {}
        self._owners: dict[tuple[str, int, int], tuple[NamedThing, tuple[str, ...]]] = {}
        self._files: dict[str, Path] = {}
        written = [*self._mentions()]
        for each in written:
            if each.entry is not None:
                self._add(NamedPlace(each.span, each.things[0], entry=each.entry), self.declared)
                self._own(each)
        numbers = {int(digits[0]): thing for thing in self.declared if (digits := _number_of(thing))}
        for each in written:
            if each.entry is None:
                known = [thing for thing in map(partial(_by_number, numbers), each.things) if thing in self.declared]
                if known or each.is_sure:
                    self._add(
                        NamedPlace(each.span, (known or each.things)[0], owner=self._owner(each.span)), self.named
                    )
        seen: set[tuple[str, int, int, str]] = set()
        for version in reading.versions:
            for named in self._of_expressions(version, seen):
                self._add(named, self.named)

    def at(self, path: Path, line: int, column: int) -> NamedPlace | None:
        """What a place names; of several, the shortest."""
        here = [each for each in self._by_line.get((path, line), ()) if _holds(each.span, column)]
        return min(here, key=lambda each: each.span.width, default=None)

    def of_file(self, path: Path) -> Iterator[NamedPlace]:
        """All that a file names and declares."""
        return (each for (file, _), named in self._by_line.items() if file == path for each in named)

    def every(self, thing: NamedThing) -> list[NamedPlace]:
        """Where a thing is declared, and then each place that names it."""
        return [*self.declared.get(thing, ()), *self.named.get(thing, ())]

    def names_of(self, owner: NamedThing, version: ReadVersion) -> list[Names]:
        """What the expressions of an entry may name, in their order."""
        keys = ((_key(bound.scalar.span), bound.names) for bound in version.bound)
        return [names for key, names in keys if key in self._owners and self._owners[key][0] == owner]

    def names_by_action(self, version: ReadVersion) -> dict[str, Names]:
        """What expressions may name that are of an action, by its name; of none, by an empty one."""
        of_action = {id(action.arguments): name for name, action in version.program.actions.items()}
        by_action: dict[str, Names] = {}
        for _, names, _ in version.bound:
            action = of_action.get(id(names.arguments), "" if not names.arguments else None)
            if action is not None and len(names.roles) >= len(by_action.get(action, names).roles) and not names.locals:
                by_action[action] = names
        return by_action

    def _add(self, named: NamedPlace, to: dict[NamedThing, list[NamedPlace]]) -> None:
        named = named._replace(path=self._file(named.span))
        to.setdefault(named.thing, []).append(named)
        self._by_line.setdefault((named.path, named.span.line), []).append(named)

    def _file(self, span: Span) -> Path:
        name = span.source.name
        if name not in self._files:
            self._files[name] = file_of(span.source)
        return self._files[name]

    def _mentions(self) -> Iterator[Mention]:
        place = self._reading.place
        if place is None:
            return
        roots = [(place.files, version) for version in ([place.version] if place.version else place.versions)]
        for files, folder in [*roots, *((each.files, each.folder) for each in place.extensions)]:
            known = files.known or KeptFiles()
            for name in self._names(files, folder):
                shown = f"{files.shown(folder)}/{name}"
                with self._unless_unreadable(shown):
                    yield from mentions(nodes_of(known, files.read(folder, name), shown, f"{folder}/{name}"))
            if isinstance(files, Folder):
                for path in self._suites(files.path / folder / SUITES):
                    with self._unless_unreadable(str(path)):
                        content = self._reading.unsaved.get(as_named(path))
                        content = read_bytes(path) if content is None else content
                        yield from suite_mentions(nodes_of(known, content, str(path), str(path)))

        known = place.files.known or KeptFiles()
        for path in suites_elsewhere(self._reading.home, self._reading.unsaved):
            with self._unless_unreadable(str(path)):
                content = self._reading.unsaved[path]
                yield from suite_mentions(nodes_of(known, content, str(path), str(path)))

    @contextmanager
    def _unless_unreadable(self, name: str) -> Iterator[None]:
        """What is wrong with a file that can't be read is among the problems, or is told by the cases."""
        try:
            yield
        except (FileError, PolicyError):
            self.unread.append(name)

    def _names(self, files: Files, folder: str) -> list[str]:
        with self._unless_unreadable(folder):
            return files.names(folder)
        return []

    def _suites(self, folder: Path) -> list[Path]:
        with self._unless_unreadable(str(folder)):
            return find_suites(folder, self._reading.unsaved) if folder.is_dir() else []
        return []

    def _own(self, mention: Mention) -> None:
        """Keep to which entry, and to which actions, what stands in one belongs."""
        thing, entry = mention.things[0], mention.entry
        if entry is None or thing.kind in ("arguments", "bases", "columns", "roles"):
            return
        names = entry.get("actions") if isinstance(entry, MappingNode) else None
        actions = [each.text for each in _items(names)] if thing.kind != "actions" else [thing.name]
        for scalar in scalars(entry):
            self._owners[_key(scalar.span)] = (thing, tuple(actions))

    def _owner(self, span: Span) -> NamedThing | None:
        owner = self._owners.get(_key(span))
        return owner[0] if owner else None

    def _of_expressions(self, version: ReadVersion, seen: set[tuple[str, int, int, str]]) -> Iterator[NamedPlace]:
        """What the expressions of a version name that were not `seen` yet, in another version or for another action."""
        tables = {id(table.record): name for name, table in version.program.tables.items()}
        for scalar, _, exprs in version.bound:
            if not exprs or (key := (*_key(scalar.span), scalar.text)) in seen:
                continue
            seen.add(key)
            place = _places_in(scalar)
            owner, actions = self._owners.get(_key(scalar.span), (None, ()))
            for part in (part for expr in exprs for part in _written_parts(expr)):
                for thing, start, width in _things(part, tables):
                    thing = self._declared(thing, actions)
                    yield NamedPlace(place(start, width), thing, part, owner=owner)

    def _declared(self, thing: NamedThing, actions: Iterable[str]) -> NamedThing:
        """What an expression of several actions names: that of the first action that declares it."""
        if thing.kind not in ("arguments", "roles"):
            return thing
        each = (NamedThing(thing.kind, f"{action}/{thing.name}") for action in actions)
        return next((one for one in each if one in self.declared), thing)


_NAMED_BY: Mapping[type, str] = {
    t.Property: "state",
    t.Argument: "arguments",
    t.Role: "roles",
    t.Local: "names",
    t.Rows: "tables",
}


def _things(part: t.Expr, tables: dict[int, str]) -> Iterator[tuple[NamedThing, int, int]]:
    """What a part of an expression names by itself, and where in the text, and how much of it."""
    match part:
        case t.Call(fact=name):
            yield NamedThing("facts", name), part.at, len(name)
        case t.Named(text=text):
            group, _, name = "".join(text.split()).partition(".")
            yield NamedThing(group, name), part.at + text.rfind(name), len(name)
        case t.Property() | t.Argument() | t.Role() | t.Local() | t.Rows():
            yield NamedThing(_NAMED_BY[type(part)], part.name), part.at, len(part.name)
        case t.Apply(function=name):
            yield NamedThing("functions", name), part.at, len(name)
        case t.Each(kind=name) if name.isidentifier():
            yield NamedThing("functions", name), part.at, len(name)
        case t.Field(of=of, name=name, text=text):
            kind = of.type.record if isinstance(of.type, EntryOf) else of.type
            if isinstance(kind, Record):
                table = tables.get(id(kind))
                column, path = NamedThing("columns", f"{table}/{name}"), NamedThing("state", f"{kind.name}.{name}")
                yield column if table else path, part.at + text.rfind(name), len(name)


def _places_in(scalar: Scalar) -> Callable[[int, int], Span]:
    """What gives the place of a part of a text, as `scalar.part` does, and counts its signs once."""
    span = scalar.span
    if not scalar.one_line or scalar.style in ("|", ">"):
        return lambda start, width: span
    offsets = scalar.offsets() if scalar.style else range(len(scalar.text) + 1)
    last = len(offsets) - 1

    def place(start: int, width: int) -> Span:
        first, end = offsets[min(start, last)], offsets[min(start + width, last)]
        return Span(span.source, span.line, span.column + first, max(1, end - first))

    return place


def _written_parts(expr: t.Expr) -> Iterator[t.Expr]:
    """An expression and every part of it that is written there: not what a role stands for."""
    yield expr
    for child in t.children(expr):
        yield from _written_parts(child)


def _items(node: Node | None) -> list[Scalar]:
    each = node.items if isinstance(node, SequenceNode) else [node]
    return [item for item in each if isinstance(item, Scalar)]


def _number_of(thing: NamedThing) -> list[str]:
    """The number in the id of a statement, by which cases may name it."""
    return re.findall(r"\d+", thing.name)[:1] if thing.kind == "statements" else []


def _by_number(numbers: Mapping[int, NamedThing], thing: NamedThing) -> NamedThing:
    """The statement that a number stands for; any other thing itself."""
    is_number = thing.kind == "statements" and thing.name.isascii() and thing.name.isdigit()
    return numbers.get(int(thing.name), thing) if is_number else thing


def _key(span: Span) -> tuple[str, int, int]:
    return span.source.name, span.line, span.column


def _holds(span: Span, column: int) -> bool:
    return span.column <= column <= span.column + span.width
