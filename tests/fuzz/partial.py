"""Partial states: what is left of a whole one, what it may be of, and whether what is said of it holds for those."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import seatrules
from seatrules.analysis.made_up import MadeUp
from seatrules.language.interpret import DataPath
from seatrules.language.text import pointer
from seatrules.language.types import ListOf, MapOf, Record, Type, Word, known
from seatrules.program import Program

from .requests import POOL

OF_A_COMPLETION = {"out_of_range", "impossible_change", "too_many_events"}
"""The codes of errors that not every completion has to share: something that it may be can't be carried out."""


class Filling(NamedTuple):
    """A partial state: what is given, and the pointers to the maps and lists of which entries are left out."""

    state: dict[str, Any]
    incomplete: tuple[str, ...]


def filling(random: Random, program: Program, whole: dict[str, Any]) -> Filling:
    """A state with parts left out, a few or many."""
    incomplete: list[DataPath] = []
    left = _left(random, random.choice((0.02, 0.1, 0.3)), whole, program.state, ("state",), incomplete)
    return Filling({**left, "as_of": whole["as_of"]}, tuple(map(pointer, incomplete)))


def _left(random: Random, share: float, value: Any, kind: Type, path: DataPath, incomplete: list[DataPath]) -> Any:
    match known(kind):
        case Record(fields=fields) if isinstance(value, dict):
            return {
                name: _left(random, share, part, fields[name], (*path, name), incomplete) if name in fields else part
                for name, part in value.items()
                if random.random() >= share
            }
        case MapOf(entry=entry) if isinstance(value, dict):
            some = random.random() < share
            if some:
                incomplete.append(path)
            return {
                key: _left(random, share, part, entry, (*path, key), incomplete)
                for key, part in value.items()
                if not some or random.random() < 0.5
            }
        case ListOf(item=item) if isinstance(value, list) and item is not None:
            some = random.random() < share
            if some:
                incomplete.append(path)
            kept = [part for part in value if not some or random.random() < 0.5]
            return [_left(random, share, part, item, (*path, at), incomplete) for at, part in enumerate(kept)]
    return value


def completion(random: Random, program: Program, part: Filling) -> dict[str, Any]:
    """A whole state that the partial one may be of."""
    made_up = MadeUp(random, POOL)
    state: dict[str, Any] = _filled(made_up, part.state, program.state, ("state",), part.incomplete)
    return state


def _filled(made_up: MadeUp, value: Any, kind: Type, path: DataPath, incomplete: tuple[str, ...]) -> Any:
    random = made_up.random
    match known(kind):
        case Record() as record if isinstance(value, dict):
            more = made_up.value(record)
            filled = {
                name: _filled(made_up, part, record.fields[name], (*path, name), incomplete)
                if name in record.fields
                else part
                for name, part in value.items()
            }
            return {name: part for name, part in more.items() if name not in value} | filled
        case MapOf(key=key, entry=entry) if isinstance(value, dict):
            filled = {name: _filled(made_up, part, entry, (*path, name), incomplete) for name, part in value.items()}
            if pointer(path) in incomplete:
                for name in key.words if isinstance(key, Word) else POOL.keys:
                    if name not in filled and random.random() < 0.5:
                        filled[name] = made_up.value(entry)
            return filled
        case ListOf(item=item, unique=unique) if isinstance(value, list) and item is not None:
            items = [_filled(made_up, part, item, (*path, at), incomplete) for at, part in enumerate(value)]
            if pointer(path) in incomplete:
                for _ in range(random.choice((0, 1, 1, 2))):
                    more = made_up.value(item)
                    if not unique or more not in items:
                        items.insert(random.randint(0, len(items)), more)
            return items
    return value


def said_wrongly(
    engine: seatrules.Engine, action: dict[str, Any], part: Filling, wholes: Iterator[dict[str, Any]], version: str
) -> tuple[str, str]:
    """The partial answer (`error` where there is none), and what is said in it that a whole state belies."""
    try:
        return _said_wrongly(engine, action, part, wholes, version)
    except Exception as error:
        return "crash", f"{type(error).__name__}: {error}"


def _said_wrongly(
    engine: seatrules.Engine, action: dict[str, Any], part: Filling, wholes: Iterator[dict[str, Any]], version: str
) -> tuple[str, str]:
    left = copy.deepcopy(part)
    try:
        decision = engine.decide(action, part.state, version=version, partial=True, incomplete=part.incomplete)
    except seatrules.RequestError as error:
        codes = {problem.code for problem in error.problems}
        wrong = next(
            (f"refused: {error}" for each in wholes if _decided(engine, action, each, version) is not None), ""
        )
        return "error", "" if codes <= OF_A_COMPLETION else wrong
    assert part == left
    if decision.decision == "undetermined" and not decision.missing:
        return decision.decision, "undetermined, and nothing is missing"
    if decision.allowed and not decision.missing:
        engine.apply(decision, part.state)
    text = decision.explain()
    json.dumps(decision.as_dict(), allow_nan=False)
    if "NotKnown" in text or "NotGiven" in text:
        return decision.decision, f"the text says: {text}"
    for whole in wholes:
        full = _decided(engine, action, whole, version)
        if full is not None and (wrong := _belied(decision, full)):
            return decision.decision, f"{wrong}; the whole state: {whole}"
    return decision.decision, ""


def _decided(
    engine: seatrules.Engine, action: dict[str, Any], state: dict[str, Any], version: str
) -> seatrules.Decision | None:
    try:
        engine.validate(state, version=version, invariants=False)
        return engine.decide(action, state, version=version)
    except seatrules.RequestError:
        return None


def _belied(part: seatrules.Decision, full: seatrules.Decision) -> str:
    """What the whole state says otherwise."""
    if part.decision != "undetermined" and part.decision != full.decision:
        return f"{part.decision}, and {full.decision} {full.codes}"
    if not set(part.codes) <= set(full.codes):
        return f"denied by {part.codes}, and by {full.codes}"
    if not part.allowed or not full.allowed:
        return ""
    one, other = part.as_dict(), full.as_dict()
    for answer in (one, other):
        for line in filter(None, (answer["outcome"], *answer["warnings"])):
            # What a text or a value that was seen lacks is told in its place; it keeps nothing from being applied.
            for each in (line, *line.get("entries", ())):
                each.update({"message": None, "conditions": None})
    for name in ("outcome", "warnings", "billing", "effects"):
        whole = one[name] == other[name] if not part.missing else _part_of(one[name], other[name])
        if not whole:
            return f"{name} {one[name]}, and {other[name]}"
    return ""


def _part_of(some: Any, all_of_it: Any) -> bool:
    """Whether all that is said is said of the whole state too; null is said of what is not known."""
    match some, all_of_it:
        case list(), list():
            return all(any(_part_of(each, other) for other in all_of_it) for each in some)
        case dict(), dict():
            return all(value is None or all_of_it[key] == value for key, value in some.items())
    return some is None or some == all_of_it
