"""Times our engine against what a user would pick instead, and writes the figures to `docs/performance.md` and `.svg`.

Every engine is first asked every request: one that fails, or whose verdict or codes differ from ours on any, is not
timed but reported. Then all take turns, in rounds, so that all meet the same machine.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import by_hand
import records
from measure import POLICY, Request, agreed, allowed, decided, explained, in_turn, run
from peers import casbin, cedar, cel, cerbos, datalogic, desk, durable, rego, report, rule_engine, zen
from peers.peer import RULES, Answer, Decide, Peer
from seatrules import load

PEERS = (
    casbin.PEER,
    cedar.PEER,
    cel.PEER,
    cerbos.PEER,
    datalogic.PEER,
    durable.PEER,
    rego.PEER,
    rule_engine.PEER,
    zen.EXPRESSIONS,
    zen.TABLE,
)
ALLOWED = "seatrules: verdict alone"
EXPLAINED = "seatrules: full explanation"
ROUNDS, SLICE_SECONDS = 15, 0.05
ALIKE, SLOW_SECONDS = 8, 0.1
"""On how many whole states peers have to agree; one that takes longer than that for them is not timed."""


def main() -> int:
    engine = load(POLICY)
    requests, _, differing = agreed(engine)
    if differing or not requests:
        print(*(differing or ["no case of the suites is about these actions"]), sep="\n", file=sys.stderr)
        return 1
    ours: Decide = partial(decided, engine)
    # Two rules that are newer than the adapters are asked by ours and by hand only: what they deny is left out.
    in_all = {code for _, code, _ in RULES}
    requests = [request for request in requests if in_all.issuperset(ours(*request)[1])]
    asked: dict[str, Callable[..., object]] = {
        report.BY_HAND: by_hand.decide,
        ALLOWED: partial(allowed, engine),
        report.OURS: ours,
        EXPLAINED: partial(explained, engine),
    }
    practices = {
        report.BY_HAND: "checks the types of what it reads, as ours does; says no more than verdict and codes",
        ALLOWED: "`engine.allows()`; checks what it reads, and asks every rule",
        report.OURS: "`engine.decide()`; checks what it reads, and can explain itself later",
        EXPLAINED: "`engine.decide().as_dict()`: messages, values seen, places, citations, effects, billing",
    }
    left_out: dict[str, str] = {}
    for peer in PEERS:
        found = ready(peer, requests, ours)
        if isinstance(found, str):
            left_out[peer.name] = found
            print(f"left out: {peer.name}: {found}", file=sys.stderr)
        else:
            asked[peer.name] = found
            practices[peer.name] = f"{report.version(peer)}: {peer.practice}"
    times = timed(asked, requests)
    print(report.write(times, practices, left_out, len(requests), ROUNDS))
    lists = {name: whole_states(asked) for name, asked in records.asked().items() if name != records.PLAIN}
    print(report.write_lists(lists))
    return 0


def whole_states(asked: records.Asked) -> dict[str, list[float]]:
    """The microseconds of one decision of each that reads lists: it is handed the whole state."""
    if differing := asked.differing():
        raise RuntimeError(differing[0])

    def ours(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        return records.said(asked.engine.decide(action, state))

    ask: dict[str, Callable[..., object]] = {
        report.BY_HAND: asked.by_hand,
        ALLOWED: asked.engine.allows,
        report.OURS: ours,
    }
    for peer in desk.PEERS:
        found = ready(peer, asked.requests[:ALIKE], ours)
        if isinstance(found, str):
            print(f"left out: {peer.name}: {found}", file=sys.stderr)
        elif seconds_of(partial(run, asked.requests[:ALIKE], found)) < SLOW_SECONDS:
            ask[peer.name] = found
    return timed(ask, asked.requests)


def ready(peer: Peer, requests: list[Request], ours: Decide) -> Decide | str:
    """What asks the peer, or why it is left out. Whatever it raises is a reason to go on without it."""
    try:
        decide = peer.prepare()
        answers = [(decide(*request), ours(*request)) for request in requests]
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        return f"{type(error).__name__}: {first}"
    differing = [f"{theirs} instead of {expected}" for theirs, expected in answers if theirs != expected]
    return f"differs in {len(differing)} of {len(requests)} answers: {differing[0]}" if differing else decide


def timed(asked: Mapping[str, Callable[..., object]], requests: list[Request]) -> dict[str, list[float]]:
    """The microseconds of one decision of each, in every round. A slice is as many passes as fit, and at least one."""
    slices: dict[str, Callable[[], object]] = {}
    decisions: dict[str, int] = {}
    for name, ask in asked.items():
        seconds = statistics.median(seconds_of(partial(run, requests, ask)) for _ in range(3))
        passes = max(1, round(SLICE_SECONDS / seconds))
        slices[name] = partial(run, requests * passes, ask)
        decisions[name] = passes * len(requests)
    times = in_turn(slices, ROUNDS, 1e-6)
    return {name: [microseconds / decisions[name] for microseconds in found] for name, found in times.items()}


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
