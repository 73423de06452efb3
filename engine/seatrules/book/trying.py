"""What the page begins with on which requests are tried: accounts, actions, what both may hold, and days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..decision.request import action_problems
from ..description.schemas import arguments_schemas, required_arguments, state_schema
from ..engine import Engine
from ..errors import SeatrulesError
from ..language.types import Key, ListOf, MapOf, Type, Word, known
from ..program import ActionType, Program
from ..suites import Suite, samples_of
from .pictures import AskedRequest
from .telling import Telling
from .values import Cutoff, Entry, Start, Trial, TriedAction, Version


def trial_of(
    engine: Engine, suites: Iterable[tuple[Path, Suite]], asked: Sequence[AskedRequest], telling: Telling
) -> Trial:
    """What is tried on a version: samples, those first that it decides on, and actions that fit each."""
    program = telling.program
    return Trial(
        starts=tuple(
            sorted(_starts(engine, suites, asked, program), key=lambda each: not _decides(program, engine, each))
        ),
        actions=tuple(_action(each, telling) for each in program.actions.values()),
        state=state_schema(program),
        titles={kind.name: titles for kind in _words(program) if (titles := _titles(kind, telling))},
    )


def _starts(
    engine: Engine, suites: Iterable[tuple[Path, Suite]], asked: Sequence[AskedRequest], program: Program
) -> Iterator[Start]:
    for sample in samples_of(suites):
        if _is_account(sample.state, engine):
            yield Start(sample.name, sample.state, dict(_fitting(sample.state, asked, program)))


def _decides(program: Program, engine: Engine, start: Start) -> bool:
    """Whether it is the version of the book that decides on an account as it stands."""
    return engine.program_for(start.state).version == program.version


def _is_account(state: Any, engine: Engine) -> bool:
    with suppress(SeatrulesError):
        engine.validate(state)
        return True
    return False


def _fitting(state: Any, asked: Iterable[AskedRequest], program: Program) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """By types of actions, the first of a case that names what is in a state; else the first of all."""
    first: dict[str, Mapping[str, Any]] = {}
    fitting: dict[str, Mapping[str, Any]] = {}
    for each in asked:
        name = str(each.action.get("type"))
        first.setdefault(name, each.action)
        if name not in fitting and next(action_problems(each.action, program, state), None) is None:
            fitting[name] = each.action
    yield from {name: fitting.get(name, action) for name, action in first.items() if name in program.actions}.items()


def _action(action: ActionType, telling: Telling) -> TriedAction:
    schemas = arguments_schemas(action)
    return TriedAction(
        name=action.name,
        title=telling.text(action.title) or action.name,
        arguments={name: schemas[name] | _named(kind, telling.program) for name, kind in action.arguments.items()},
        required=tuple(required_arguments(action)),
    )


def _named(kind: Type, program: Program) -> dict[str, Any]:
    """Of which words a type is, and whose keys it takes: what a schema has no names for."""
    kind = known(kind)
    if isinstance(kind, ListOf) and kind.item is not None:
        inner = _named(kind.item, program)
        return {"x-items": inner} if inner else {}
    if isinstance(kind, Word):
        return {"x-words": kind.name}
    return {"x-key-of": name} if isinstance(kind, Key) and (name := _map_of(kind, program)) else {}


def _map_of(key: Key, program: Program) -> str | None:
    """The map at the top of the state whose keys these are."""
    maps = ((name, kind) for name, kind in program.state.fields.items() if isinstance(kind, MapOf))
    return next((name for name, kind in maps if kind.has_own_keys and kind.key == key), None)


def _words(program: Program) -> set[Word]:
    """The enums that a table explains, of which words have titles."""
    return {key for table in program.tables.values() for key in table.own_keys}


def _titles(kind: Word, telling: Telling) -> dict[str, str]:
    found = {word: telling.title(kind, word) for word in kind.words}
    return {word: title for word, title in found.items() if title is not None}


def days_of(versions: Iterable[Version], cutoffs: Iterable[Cutoff], dated: Iterable[Entry]) -> list[tuple[str, str]]:
    """The days on which the policy changes, each with what begins on it, in order of time."""
    days = [(each.effective_from, each.name) for each in versions]
    days += [(each.day, each.name) for each in cutoffs]
    for each in dated:
        days += [(day, each.title) for day in (each.effective_from, each.effective_until) if day]
    return sorted(days)
