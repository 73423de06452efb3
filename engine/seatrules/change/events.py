"""Events: what happens by itself as time passes, in order of date, then of the policy, then of the key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..compiler import Clause, Program
from ..diagnostics import RequestError, RequestProblem
from ..language.interpret import UNKNOWN, Interpreter, Item
from ..language.types import Entry, Word
from .effects import Changes, Effect, apply_effects

MAX_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class Happened:
    """One event that came due: on which day, on which state, with what effects."""

    clause: Clause
    day: str
    local: Mapping[str, Any]
    interpreter: Interpreter
    effects: list[Effect]


def run_events(program: Program, interpreter: Interpreter, until: str) -> tuple[list[Happened], dict[str, Any]]:
    """Every event due by `until`, each on the state that the earlier ones left; and the state they leave.

    Raises:
        RequestError: more than 10,000 events come due, or one can't be carried out.
    """
    state: dict[str, Any] = dict(interpreter.state)
    now: str = state["as_of"]
    happened: list[Happened] = []
    while True:
        due = min(_due(program, state, interpreter, until), key=lambda found: found[0], default=None)
        if due is None:
            return happened, state
        if len(happened) == MAX_EVENTS:
            message = f"more than {MAX_EVENTS} events come due by {until}"
            raise RequestError([RequestProblem("too_many_events", message, "/action")])
        (day, *_), clause, local, on_the_day = due
        changes = Changes(on_the_day)
        changes.add(clause, local)
        effects = changes.effects
        happened.append(Happened(clause, day, local, on_the_day, effects))
        state = {**apply_effects(effects, state), "as_of": max(day, now)}
        now = state["as_of"]


def _due(
    program: Program, state: dict[str, Any], base: Interpreter, until: str
) -> Iterator[tuple[tuple[Any, ...], Clause, dict[str, Any], Interpreter]]:
    plain = Interpreter(state, base.arguments, base.facts, base.missing)
    for order, clause in enumerate(program.events):
        assert clause.on is not None
        for local in _locals(clause, plain):
            day = plain.value(clause.on, local)
            if day is None or day is UNKNOWN or day > until:
                continue
            on_the_day = Interpreter({**state, "as_of": day}, base.arguments, base.facts, base.missing)
            if clause.when is None or on_the_day.value(clause.when, local) is True:
                yield (day, order, _rank(clause, local)), clause, local, on_the_day


def _locals(clause: Clause, interpreter: Interpreter) -> Iterator[dict[str, Any]]:
    if clause.loop is None:
        yield {}
        return
    for entry, kept in interpreter.entries(clause.loop, {}):
        if kept is True:
            yield {clause.loop.variable: entry}


def _rank(clause: Clause, local: dict[str, Any]) -> tuple[int, Any]:
    """Where the entry stands among its like: words in their order, list entries in theirs, other keys as texts."""
    if clause.loop is None:
        return (0, "")
    entry = local[clause.loop.variable]
    if not isinstance(entry, Item):
        return (0, str(entry))
    kind = clause.loop.over.type
    words = getattr(kind, "key", None)
    if isinstance(words, Word):
        return (words.words.index(entry.id), "")
    if isinstance(kind, Entry) or entry.id is not None:
        return (0, entry.id)
    return (int(entry.path[-1]), "")
