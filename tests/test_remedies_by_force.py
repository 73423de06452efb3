"""Remedies are compared with every way of up to three steps: there is one where there is a way, and none is cheaper."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest

import seatrules
from accounts import account, changed
from asking import proposals
from brute import Everything
from seatrules.planning.remedies import remedies
from test_remedies import POLICIES, taken

DENIALS = int(os.environ.get("SEATRULES_DENIALS", "100"))
SEED = int(os.environ.get("SEATRULES_SEED", "2024"))
BUDGET = 100_000
"""How many decisions a search may ask: enough for all of up to three steps on such states."""
SHORT = 1_500
"""How many it may ask to begin with: the rest only where there is a way that it did not find."""
OF_A_STATE = 25
"""How many denials are looked at on one state, of different kinds as far as there are."""


def random_account(random: Random) -> dict[str, Any]:
    """An account with up to three users, who hold one of four types of seats or none."""
    seats: list[list[str]] = [[], ["core"], ["core"], ["sales"], ["view_only"]]
    held = {name: random.choice(seats) for name in ("ana", "bob", "cem")[: random.randint(2, 3)]}
    away = {name: random.choice(["deactivated", "removed"]) for name in held if random.random() < 0.2 and name != "ana"}
    held |= {name: [] for name, status in away.items() if status == "removed"}
    every = [seat for each in held.values() for seat in each]
    bought = {seat: every.count(seat) + random.choice([0, 0, 1, 2]) for seat in ("core", "sales")}
    state = account(bought, held, away)
    for seat in ("core", "sales"):
        if bought[seat] > every.count(seat) and random.random() < 0.3:
            state = changed(
                state, {f"seats.{seat}.pending_removal": 1, f"seats.{seat}.pending_effective_on": "2025-06-01"}
            )
    return changed(state, {"subscriptions.0.tier": random.choice(["starter", "professional", "professional"])})


def denials(engine: seatrules.Engine, state: Mapping[str, Any], random: Random) -> list[dict[str, Any]]:
    """What is denied on a state, of every kind one first."""
    program = engine.program_for(state)
    kinds: dict[Any, list[dict[str, Any]]] = {}
    for action in (dict(action) for name in program.actions for action in proposals(program, name, state)):
        try:
            decision = engine.decide(action, state)
        except seatrules.RequestError:
            continue
        if not decision.allowed:
            kinds.setdefault((action["type"], decision.codes), []).append(action)
    return [random.choice(actions) for actions in kinds.values()]


def states(name: str, random: Random) -> Iterator[dict[str, Any]]:
    """States of a policy: of hubspot-seats random ones, of another those of its suites."""
    _, known = POLICIES[name]
    while True:
        yield random_account(random) if name == "default" else random.choice(known)


@pytest.mark.parametrize(("name", "share", "steps"), [("default", 0.6, 3), ("library", 0.2, 2), ("github", 0.2, 2)])
def test_remedies_are_those_that_everything_tried_finds(name: str, share: float, steps: int) -> None:
    """A remedy is found wherever there is a way; the first is a cheapest and shortest, and each is allowed as taken.

    It is the cheapest of those whose numbers are the ones at which a rule turns: a search tries no others.
    """
    engine, _ = POLICIES[name]
    random, seen, counts = Random(SEED), 0, Counter[tuple[str, ...]]()
    for state in states(name, random):
        try:
            engine.validate(state)
        except seatrules.RequestError:
            continue
        everything = Everything(engine, state, steps)
        asked = denials(engine, state, random)
        for action in random.sample(asked, min(len(asked), OF_A_STATE)):
            found = remedies(engine, action, state, seconds=600, budget=SHORT)
            if found.unmendable:
                continue
            seen += 1
            ways = list(everything.ways(action))
            best = min((price for price, turns in ways if turns), default=None)
            if ways and (not found.remedies or (best is not None and found.remedies[0].rank[:3] > best)):
                found = remedies(engine, action, state, seconds=600, budget=BUDGET)
            assert all(taken(engine, remedy, state) for remedy in found.remedies)
            for code in engine.decide(action, state).codes:
                counts.update([(code, "denied"), *([(code, "a way")] if ways else [])])
            first = found.remedies[0].rank[:3] if found.remedies else None
            assert first is not None or not ways, (action, state)
            assert best is None or (first is not None and first <= best), (action, state)
        if seen >= share * DENIALS:
            break
    sys.stdout.write(f"\n{name}: {seen} denials against every way of up to {steps} steps; of each code, with a way\n")
    for code, _ in sorted(each for each in counts if each[1] == "denied"):
        sys.stdout.write(f"  {code:40} {counts[code, 'denied']:5} {counts[code, 'a way']:5}\n")
