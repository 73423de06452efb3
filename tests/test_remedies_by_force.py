"""Remedies against every way that there is, on small made-up policies whose moves ask for each other's ends."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

import seatrules
from fuzz.ways import COSTS, GOAL, Move, made_up, state, ways, write_moves
from seatrules.planning.search import MOST_STEPS


def rank(way: tuple[Move, ...]) -> tuple[Any, ...]:
    """By the dearest step, then by the number of steps, then by all that they cost, dearest first."""
    prices = sorted((COSTS.index(move.cost) for move in way), reverse=True)
    return prices[:1], len(way), prices


def contains(longer: tuple[Move, ...], shorter: tuple[Move, ...]) -> bool:
    rest = iter(longer)
    return all(move in rest for move in shorter)


@pytest.mark.parametrize("seed", range(40))
def test_remedies_are_the_ways_that_no_other_is_within(seed: int, tmp_path: Path) -> None:
    """What is found are ways, the cheaper first; no way of as many steps, or of one more, is left out but for another.

    Of the ways with the same moves in another order, one is told. The action itself costs nothing.
    """
    moves = made_up(Random(seed))
    found = seatrules.load(write_moves(moves, tmp_path)).remedies({"type": GOAL}, state(moves), limit=1000)
    every = list(ways(moves, MOST_STEPS))
    named = {move.name: move for move in moves}
    told = [tuple(named[step.step.action["type"]] for step in each.steps[:-1]) for each in found.remedies]
    assert found.allowed is (every == [()])
    assert found.complete
    assert set(told) <= set(every)
    assert [rank(way) for way in told] == sorted(map(rank, told))
    assert found.allowed or [each.cost for each in found.remedies] == [COSTS[rank(way)[0][0]] for way in told]
    assert not any(contains(way, other) for way in told for other in told if other is not way)
    if not found.allowed and every:
        shortest = min(map(len, every))
        assert min(map(len, told)) == shortest
        near = [frozenset(way) for way in every if len(way) <= shortest + 1]
        least = {moves for moves in near if not any(other < moves for other in near)}
        assert least <= set(map(frozenset, told))


def test_the_made_up_policies_are_of_every_kind() -> None:
    """Some have no way, some have ways of several lengths, and of some the cheapest way is not the shortest."""
    tried = [[way for way in ways(made_up(Random(seed)), MOST_STEPS) if way] for seed in range(40)]
    assert sum(not every for every in tried) > 2
    assert sum(len({len(way) for way in every}) > 1 for every in tried) > 5
    assert sum(len(min(every, key=rank)) > min(map(len, every)) for every in tried if every) > 2
