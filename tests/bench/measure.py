"""What both benchmarks share: the requests, our two ways of answering them, and timing in turn."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import by_hand
from seatrules import Engine
from seatrules.suites import find_suites, read_suite

POLICY = Path(__file__).resolve().parents[2] / "policies" / "hubspot-seats"
VERSION = "2024-11-01"
ACTIONS = ("add_seats", "assign_seat", "schedule_removal", "unassign_seat")

Request = tuple[dict[str, Any], dict[str, Any]]


def agreed(engine: Engine) -> tuple[list[Request], int, list[str]]:
    """The requests that both answer alike, how many cases were left out, and where the two differ.

    Left out are cases with other settings, which the hand-written code does not have, and those that expect an error:
    it checks the facts that it reads, and suites check the whole of a state.
    """
    requests: list[Request] = []
    differing, skipped = [], 0
    for case in (case for path in find_suites(POLICY / VERSION) for case in read_suite(path).cases):
        if not isinstance(case.action, dict) or case.action.get("type") not in ACTIONS or case.partial:
            continue
        if case.settings or "error" in case.expect:
            skipped += 1
            continue
        ours, theirs = decided(engine, case.action, case.state), by_hand.decide(case.action, case.state)
        requests.append((case.action, case.state))
        if ours != theirs:
            differing.append(f"{case.id}: engine {ours}, by hand {theirs}")
    return requests, skipped, differing


def allowed(engine: Engine, action: dict[str, Any], state: dict[str, Any]) -> bool:
    return engine.allows(action, state, version=VERSION)


def decided(engine: Engine, action: dict[str, Any], state: dict[str, Any]) -> tuple[str, list[str]]:
    decision = engine.decide(action, state, version=VERSION)
    return decision.decision, list(decision.codes)


def explained(engine: Engine, action: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    return engine.decide(action, state, version=VERSION).as_dict()


def run(requests: Iterable[Request], ask: Callable[[dict[str, Any], dict[str, Any]], Any]) -> None:
    for action, state in requests:
        ask(action, state)


def in_turn(what: Mapping[str, Callable[[], object]], rounds: int, per: float) -> dict[str, list[float]]:
    """The times of each, one after the other in every round, so that all meet the same machine; in units of `per`."""
    times: dict[str, list[float]] = {name: [] for name in what}
    for work in what.values():
        work()
    for turn in range(rounds):
        names = list(what)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            gc.collect()
            gc.disable()
            start = time.perf_counter()
            what[name]()
            times[name].append((time.perf_counter() - start) / per)
            gc.enable()
    return times
