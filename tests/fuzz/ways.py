"""Makes up small policies of switches, and every way through them to one action: what remedies have to find."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

COSTS = ("effort", "permission", "money")
SWITCHES = ("a", "b", "c", "d")
GOAL = "arrive"


@dataclass(frozen=True, eq=False)
class Move:
    """An action: what it asks of the switches, how it leaves them, and what it costs."""

    name: str
    asks: dict[str, bool]
    leaves: dict[str, bool]
    cost: str

    def allowed(self, switches: dict[str, bool]) -> bool:
        return all(switches[name] is value for name, value in self.asks.items())


def made_up(random: Random) -> list[Move]:
    """Some actions, and the one to be allowed, which changes nothing."""

    def some(most: int, *, likely: float) -> dict[str, bool]:
        names = random.sample(SWITCHES, random.randint(1, most))
        return {name: random.random() < likely for name in names}

    goal = some(2, likely=1)
    moves = []
    if random.random() < 0.6:  # the whole way at once, which is dear, and the same by cheap steps, each after the last
        moves.append(Move("jump", {}, goal, random.choice(COSTS[1:])))
        asks: dict[str, bool] = {}
        for number, name in enumerate((*random.sample(SWITCHES, random.choice((0, 1))), *goal)):
            moves.append(Move(f"step_{number}", asks, {name: True}, random.choice(COSTS[:2])))
            asks = {name: True}
    for number in range(random.randint(2, 5)):
        asks = some(1, likely=0.8) if random.random() < 0.7 else {}
        moves.append(Move(f"move_{number}", asks, some(2, likely=0.8), random.choice(COSTS)))
    return [*random.sample(moves, len(moves)), Move(GOAL, goal, {}, COSTS[-1])]


def state(moves: list[Move]) -> dict[str, Any]:
    """Where all begins: no switch is on, and no move was taken."""
    switches = dict.fromkeys(SWITCHES, False)
    return {"as_of": "2025-01-01", "switches": switches, "taken": {move.name: False for move in moves}}


def ways(moves: list[Move], most: int) -> Iterator[tuple[Move, ...]]:
    """Every sequence of at most so many different moves after which, and not before, the last one is allowed."""
    *others, goal = moves

    def below(way: tuple[Move, ...], switches: dict[str, bool]) -> Iterator[tuple[Move, ...]]:
        if goal.allowed(switches):
            yield way
        elif len(way) < most:
            for move in others:
                if move not in way and move.allowed(switches):
                    yield from below((*way, move), switches | move.leaves)

    return below((), dict.fromkeys(SWITCHES, False))


def write_moves(moves: list[Move], folder: Path) -> Path:
    """The folder of the policy of these moves, below `folder`; each leaves a mark of its own."""
    place = folder / "moves" / "base"
    place.mkdir(parents=True)
    flags = {"type": "object", "additionalProperties": False}
    boolean = {"type": "boolean"}
    parts = {"switches": SWITCHES, "taken": [move.name for move in moves]}
    properties = {
        name: flags | {"required": list(of), "properties": dict.fromkeys(of, boolean)} for name, of in parts.items()
    }
    written: dict[str, Any] = {
        "policy": {"name": "moves", "version": "base", "format": 1, "effective_from": "2025-01-01"}
        | {"title": {"en": "Moves"}, "languages": ["en"], "billing_changes": ["none"]}
        | {
            "remedies": {"costs": COSTS, "another_actor": "permission", "words": {cost: {"en": cost} for cost in COSTS}}
        },
        "state.schema": flags
        | {
            "required": ["as_of", *parts],
            "properties": {"as_of": {"type": "string", "format": "date"}} | properties,
        },
        "actions": {
            "actions": {move.name: {"title": {"en": move.name}, "arguments": {}, "cost": move.cost} for move in moves}
        },
        "codes": {"codes": {"reasons": dict.fromkeys(SWITCHES, "a switch"), "outcomes": {"done": "done"}}},
        "rules": {
            "rules": [
                {"id": f"{move.name.replace('_', '-')}-{name}", "actions": [move.name]}
                | {"require": f"switches.{name} == {value}", "otherwise": {"code": name, "message": {"en": name}}}
                for move in moves
                for name, value in move.asks.items()
            ]
        },
        "consequences": {
            "consequences": [
                {"id": f"{move.name.replace('_', '-')}-leaves", "actions": [move.name]}
                | {"change": {f"taken.{move.name}": "True"} | {f"switches.{n}": str(v) for n, v in move.leaves.items()}}
                for move in moves[:-1]
            ]
        },
        "outcomes": {
            "outcomes": [
                {"id": "done", "code": "done", "actions": [move.name for move in moves], "message": {"en": "done"}}
            ]
        },
    }
    for name, content in written.items():
        (place / f"{name}.yaml").write_text(json.dumps(content), encoding="utf-8")
    return place.parent
