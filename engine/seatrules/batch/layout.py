"""Where in the columns of a file its requests stand, and of what type the policy says that each column is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from ..diagnostics import echo, suggested
from ..errors import UsageError
from ..language.text import pointer, pointer_parts
from ..language.types import ListOf, MapOf, Maybe, Record, Text, Type, known
from ..program import Program
from ..words import phrase

Steps = tuple[str, ...]
TYPE = ("action", "type")
_TOPS = ("state", "action")


def steps_of(name: str) -> Steps | None:
    """The path in a request that a column names: `state`, `action`, or a JSON pointer below one; else nothing."""
    if name in _TOPS:
        return (name,)
    steps = pointer_parts(name) if name.startswith("/") else ("",)
    return steps if steps[0] in _TOPS else None


class Column(NamedTuple):
    """A column that is read, and the path in the request that it gives; texts nested in it may be `cells` of a CSV."""

    name: str
    steps: Steps
    cells: bool = False


def columns_of(names: Iterable[str]) -> tuple[Column, ...]:
    """Those of some columns whose names say what they give."""
    return tuple(Column(name, steps) for name in names if (steps := steps_of(name)) is not None)


class StatePlace(NamedTuple):
    """What the policy says of a value: its type, and whether it has to be there."""

    kind: Type
    required: bool

    @property
    def null_is_given(self) -> bool:
        """Whether an empty cell says null there; else it says that nothing is given."""
        return self.required and isinstance(self.kind, Maybe)


@dataclass(frozen=True)
class Layout:
    """The columns that say the requests, what lies above something else first, and the type of the action before its
    arguments; other columns are only kept.

    `action` is one for all rows, of which columns give other parts. In a file of lines (`as_lines`) the columns are the
    keys of the object in each; they have types of their own then.
    """

    programs: tuple[Program, ...]
    columns: tuple[Column, ...] = ()
    action: Mapping[str, Any] | None = None
    as_lines: bool = False
    _types: dict[str, StatePlace | None] = field(default_factory=dict, compare=False)

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [each.name for each in self.columns]

    @classmethod
    def of(cls, columns: Iterable[Column], programs: Iterable[Program], action: Mapping[str, Any] | None) -> Layout:
        """The layout of a table with these columns that are read.

        Raises:
            UsageError: two say the same, one says what the policy does not have, or none says a state or an action.
        """
        ordered = sorted(columns, key=lambda each: (len(each.steps), each.steps != TYPE, each.name))
        layout = cls(tuple(programs), tuple(ordered), action)
        layout._check()
        return layout

    def _check(self) -> None:
        first: dict[Steps, str] = {}
        for name, steps, _ in self.columns:
            if steps in first:
                raise _wrong("two_columns_say", first=first[steps], second=name)
            first[steps] = name
            self._check_place(name, steps)
        if self.action is not None and ("action",) in first:
            raise _wrong("action_twice", name=first["action",])
        if self.action is None and not {("action",), TYPE} & first.keys():
            raise UsageError("usage", phrase("no_column_of_action"), suggestion=phrase("give_action"))
        if not any(steps[0] == "state" for steps in first):
            raise UsageError("usage", phrase("no_column_of_state"), suggestion=phrase("give_state"))

    def _check_place(self, name: str, steps: Steps) -> None:
        """Check that the policy has what a column says, and say what is near where it has not."""
        if not self.has(self.programs, steps):
            suggestion = suggested(name, self.places(self.programs))
            raise UsageError("usage", phrase("column_leads_nowhere", name=echo(name)), suggestion=suggestion)

    @classmethod
    def has(cls, programs: Iterable[Program], steps: Steps) -> bool:
        """Whether a policy has what a path in a request leads to, in some version."""
        return len(steps) == 1 or any(cls._has(program, steps) for program in programs)

    @staticmethod
    def places(programs: Iterable[Program]) -> list[str]:
        """Pointers to what columns may say, but for entries of maps."""
        return [*dict.fromkeys(pointer(each) for program in programs for each in _places(program))]

    @staticmethod
    def _has(program: Program, steps: Steps) -> bool:
        if steps[0] == "action":
            named = any(steps[1] in action.arguments for action in program.actions.values())
            return len(steps) == 2 and (steps == TYPE or named)
        return place_in(program.state, steps[1:]) is not None

    def place(self, column: Column, action_type: Any = None) -> StatePlace | None:
        """What the newest version that has it says of a column: of an argument, what it is for a type of action."""
        if len(column.steps) == 1:
            return None
        if column.steps[0] == "state":
            if column.name not in self._types:
                self._types[column.name] = self._place(column.steps[1:])
            return self._types[column.name]
        return self._arguments.get((column.steps[1], action_type))

    def is_read_alike(self, column: Column, program: Program, action: str) -> bool:
        """Whether what a column says in a version, of a type of action, is what the newest says of it."""
        top, *steps = column.steps
        if top == "state":
            newest = self.place(column) or StatePlace(self.programs[-1].state, required=True)
            return read_alike(
                place_in(program.state, steps) if steps else StatePlace(program.state, required=True), newest
            )
        kind = program.actions[action].arguments.get(steps[0]) if steps else None
        return kind is None or read_alike(StatePlace(kind, required=False), self.place(column, action))

    def _place(self, steps: Steps) -> StatePlace | None:
        places = (place_in(program.state, steps) for program in reversed(self.programs))
        return next((each for each in places if each is not None), None)

    @cached_property
    def _arguments(self) -> dict[tuple[str, Any], StatePlace]:
        return {
            (argument, name): StatePlace(kind, required=False)
            for program in self.programs
            for name, action in program.actions.items()
            for argument, kind in action.arguments.items()
        }

    @cached_property
    def frame(self) -> tuple[Steps, ...]:
        """The paths in a state of what has to be there, whether or not a column gives something in it."""
        above = {each.steps[:length] for each in self.columns for length in range(2, len(each.steps))}
        return tuple(each for each in sorted(above, key=len) if each[0] == "state" and self._is_required(each[1:]))

    def _is_required(self, steps: Steps) -> bool:
        places = [self._place(steps[:length]) for length in range(1, len(steps) + 1)]
        return all(each is not None and each.required and not isinstance(each.kind, Maybe) for each in places)


def place_in(kind: Type, steps: Sequence[str]) -> StatePlace | None:
    """What a type says of the value at a path in it; nothing where it has none."""
    place: StatePlace | None = StatePlace(kind, required=True)
    for step in steps:
        match known(kind):
            case Record(fields=fields, required=required, closed=closed):
                if step not in fields:
                    return None if closed else StatePlace(Text(), required=False)
                place = StatePlace(fields[step], step in required)
            case MapOf(entry=entry):
                place = StatePlace(entry, required=False)
            case _:
                return None
        kind = place.kind
    return place


def read_alike(place: StatePlace | None, newest: StatePlace | None) -> bool:
    """Whether what a column says in a version is what it says in the newest: what is a text there, and what is null."""
    if place is None or newest is None:
        return newest is None or not newest.null_is_given
    return place.required == newest.required and _are_alike(place.kind, newest.kind)


def _are_alike(kind: Type, newest: Type) -> bool:
    if kind is newest:
        return True
    if isinstance(kind, Maybe) != isinstance(newest, Maybe):
        return False
    match known(kind), known(newest):
        case Record() as one, Record() as other:
            names = one.fields.keys() | other.fields.keys()
            return one.fields.keys() <= other.fields.keys() and all(
                read_alike(place_in(one, (name,)) if name in one.fields else None, place_in(other, (name,)))
                for name in names
            )
        case MapOf(entry=one), MapOf(entry=other):
            return _are_alike(one, other)
        case ListOf(item=one), ListOf(item=other) if one is not None and other is not None:
            return _are_alike(one, other)
        case one, other:
            return type(one) is type(other)


def _places(program: Program) -> Iterator[Steps]:
    """The paths that columns may say, without those in entries of maps."""
    yield TYPE
    yield from (("action", argument) for action in program.actions.values() for argument in action.arguments)
    yield from _below(program.state, ("state",))


def _below(kind: Type, steps: Steps) -> Iterator[Steps]:
    match known(kind):
        case Record(fields=fields):
            for name, inner in fields.items():
                yield (*steps, name)
                yield from _below(inner, (*steps, name))


def _wrong(what: str, **values: str) -> UsageError:
    return UsageError("usage", phrase(what, **{key: echo(value) for key, value in values.items()}))
