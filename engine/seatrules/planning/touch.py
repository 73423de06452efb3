"""What a failing requirement reads of a state, and what an action may change: where the two meet, it may help."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial, reduce
from itertools import chain
from operator import getitem
from typing import Any

from ..change.effects import NOTHING, Effect
from ..language import tree as t
from ..language.days import OutOfRangeError
from ..language.interpret import DataPath, Interpreter, Item
from ..language.limits import Meter
from ..language.types import Type, of_records
from ..program import ActionType, Clause, Program
from ..program.reads import Reader, Reads
from ..program.target import Target
from .dates import conditions_of

Shape = tuple[str, str]
"""A path without what lies between: the property of the state, and the last name (nothing for the property itself)."""
AS_OF = ("as_of",)
"""The path of the day."""
ANY = "*"
"""In the place of a last name: everything below the property."""


class Changes(tuple[Effect, ...]):
    """Effects in their order; what is asked of all of them at once is gathered once."""

    @cached_property
    def by_path(self) -> dict[DataPath, Any]:
        """What each path is changed to, at last."""
        return {effect.parts: effect.after for effect in self}

    @cached_property
    def lists(self) -> set[DataPath]:
        """The paths of the lists in which something changes: once an item is gone, the next one has its number."""
        if {*map(type, chain.from_iterable(self.by_path))} <= {str}:
            return set()
        numbers = (
            (parts, next((at for at, part in enumerate(parts) if isinstance(part, int)), None))
            for parts in self.by_path
        )
        return {parts[:at] for parts, at in numbers if at is not None}

    @cached_property
    def holders(self) -> set[DataPath]:
        """The paths of all of which an entry or a value is added, taken away, or another as a whole."""
        return {effect.parts[:-1] for effect in self if effect.before is NOTHING or _is_whole(effect)}

    @cached_property
    def shapes(self) -> set[Shape]:
        """The shapes of what changes; of an entry that is added or taken away, of all below too."""
        named = {(parts[0], parts[-1] if len(parts) > 1 else "") for parts in self.by_path}
        added = {effect.parts[0] for effect in self if effect.before is NOTHING or effect.after is NOTHING}
        return {(str(root), str(name)) for root, name in named} | {(str(root), ANY) for root in added}


def _is_whole(effect: Effect) -> bool:
    """Whether all below a path is another, or nothing is left."""
    return effect.after is NOTHING or isinstance(effect.after, list | dict)


@dataclass
class Needs:
    """What was read of a state: values, and the collections that were looked through or looked up in.

    Of what is `loose` only the shape is known. `waits` say on which days what it was read for turns by itself.
    """

    values: set[DataPath] = field(default_factory=set)
    collections: set[DataPath] = field(default_factory=set)
    loose: frozenset[Shape] = frozenset()
    waits: tuple[Callable[[], frozenset[str]], ...] = ()

    @classmethod
    def of_all(cls, every: Iterable[Needs]) -> Needs:
        """What all of them read."""
        every = list(every)
        return cls(
            set[DataPath]().union(*(each.values for each in every)),
            set[DataPath]().union(*(each.collections for each in every)),
            frozenset[Shape]().union(*(each.loose for each in every)),
            tuple(partial(getattr, each, "days") for each in every if each.waits),
        )

    @cached_property
    def days(self) -> frozenset[str]:
        """Those days, worked out when a step is looked for that lets time pass."""
        return frozenset[str]().union(*(days() for days in self.waits))

    def touched(self, changes: Changes) -> bool:
        """Whether something is changed that was read."""
        near = self._above & changes.by_path.keys()
        return (
            not self.values.isdisjoint(near)
            or bool(self.loose and meet(changes.shapes, self.loose))
            or not self.collections.isdisjoint(changes.holders)
            or bool(near and any(self._is_near(effect) for effect in changes if effect.parts in near))
        )

    def _is_near(self, effect: Effect) -> bool:
        """Whether an effect changes a collection itself, or all that holds something that was read."""
        return _is_whole(effect) or (effect.before is NOTHING and effect.parts in self.collections)

    @cached_property
    def _above(self) -> set[DataPath]:
        """The paths of what was read, and of all that holds a value of that."""
        return self.collections.union(path[:length] for path in self.values for length in range(1, len(path) + 1))

    @cached_property
    def shapes(self) -> set[Shape]:
        named = {shape_of(path) for path in self.values} | {(str(path[0]), ANY) for path in self.collections}
        return named | self.loose


def shape_of(path: DataPath) -> Shape:
    return str(path[0]), str(path[-1]) if len(path) > 1 else ""


def needs_of(
    rule: Clause, action: Mapping[str, Any], state: Mapping[str, Any], program: Program, meter: Meter | None = None
) -> Needs:
    """What a rule reads of a state for an action; the `meter` may end it."""
    noting = _PathNotingInterpreter(action, state, program.facts, computed={}, meter=meter)
    for expr in conditions_of(rule):
        with suppress(OutOfRangeError):  # what was read up to there counts
            noting.value(expr, {})
    if rule.in_force_if:
        noting.needs.values.add(("as_of",))
    return noting.needs


class _PathNotingInterpreter(Interpreter):
    """Notes every path that it reads."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.needs = Needs()

    def read(
        self, holder: Mapping[str, Any], name: str, kind: Type, path: DataPath, *, required: bool, default: Any
    ) -> Any:
        value = super().read(holder, name, kind, path, required=required, default=default)
        is_collection = isinstance(value, Item) or of_records(kind)
        (self.needs.collections if is_collection else self.needs.values).add(path)
        return value


def writes_of(action: ActionType, programs: Iterable[Program]) -> frozenset[Shape]:
    """The shapes of all that an action may change, the events of the versions that it lets time pass in among them."""
    events = [event for program in programs for event in program.events] if action.time_to is not None else []
    clauses = [*action.consequences, *events]
    passing = {("as_of", "")} if action.time_to is not None else set()
    return frozenset(shape_of_target(target) for clause in clauses for target in clause.targets) | passing


def shape_of_target(target: Target) -> Shape:
    """The shape of a path that is written to; of an entry that is added or taken away, of all below."""
    if not target.steps:
        return target.root, ""
    return target.root, target.last if isinstance(target.last, str) else ANY


def meet(writes: Iterable[Shape], reads: Iterable[Shape]) -> bool:
    """Whether something that is written may be something that is read."""
    read = reads if isinstance(reads, set | frozenset) else set(reads)
    return any(
        (root, name) in read or (name == ANY and any(other == root for other, _ in read)) for root, name in writes
    )


def shapes_read(exprs: Iterable[t.Expr], program: Program) -> frozenset[Shape]:
    """The shapes of all that expressions may read, whatever the state and the action."""
    reader = Reader(program.facts)
    for expr in exprs:
        reader.value(expr, {})
    return _shapes(reader.root)


def arguments_of(exprs: Iterable[t.Expr]) -> set[str]:
    """The names of the arguments that expressions read."""
    return {part.name for expr in exprs for part in t.parts(expr) if isinstance(part, t.Argument)}


def shapes_of_clause(clause: Clause, program: Program) -> frozenset[Shape]:
    """The shapes of all that a clause may read, but for its texts and what it bills."""
    return _shapes(Reader(program.facts).clauses([clause._replace(message={}, billing=())]))


class Events:
    """The events of some versions, each by its version and number: what they change, and what they read."""

    def __init__(self, programs: Iterable[Program]) -> None:
        self._every = [(program, number) for program in programs for number in range(len(program.events))]
        self._reads: dict[tuple[Program, int], frozenset[Shape]] = {}

    def read_to_bring_about(self, shapes: frozenset[Shape]) -> frozenset[Shape]:
        """The shapes of all that events read that may change something of these, or bring such an event about."""
        return frozenset[Shape]().union(*map(self._read_by, self.bringing_about(shapes))) - shapes

    def bringing_about(self, shapes: Collection[Shape]) -> list[tuple[Program, int]]:
        """The events that may change something of these shapes, or bring such an event about."""
        others, causing, wanted = self._every, list[tuple[Program, int]](), set(shapes)
        while fresh := [each for each in others if meet(self._writes[each], wanted)]:
            causing += fresh
            others = [each for each in others if each not in fresh]
            wanted = wanted.union(*map(self._read_by, fresh))
        return causing

    @cached_property
    def _writes(self) -> Mapping[tuple[Program, int], frozenset[Shape]]:
        return {(of, number): frozenset(map(shape_of_target, of.events[number].targets)) for of, number in self._every}

    def _read_by(self, event: tuple[Program, int]) -> frozenset[Shape]:
        if event not in self._reads:
            program, number = event
            self._reads[event] = shapes_of_clause(program.events[number], program)
        return self._reads[event]


def _shapes(reads: Reads) -> frozenset[Shape]:
    return frozenset(
        (root, name) for root, inner in reads.fields.items() for name in ("", *_names_below(inner), *_any_below(inner))
    )


def _names_below(reads: Reads) -> Iterator[str]:
    for name, inner in reads.fields.items():
        yield name
        yield from _names_below(inner)
    for inner in (*reads.keys.values(), *([] if reads.entries is None else [reads.entries])):
        yield from _names_below(inner)


def _any_below(reads: Reads) -> tuple[str, ...]:
    """That all below is read, where entries are looked through or a whole value is."""
    return (ANY,) if reads.whole or reads.each or reads.presence else ()


def value_at(state: Any, parts: DataPath) -> Any:
    """What stands at a path; nothing where nothing does."""
    try:
        return reduce(getitem, parts, state)
    except (KeyError, IndexError, TypeError):
        return NOTHING
