"""Times the ways to yes on every kind of denial of the shipped policies' cases, on accounts of several sizes.

A kind is an action of a version with the codes that deny it. Its account is that of the first such case, grown: a user
like one of its own and what that one has, as often as it takes. What is measured is processor time, with the functions
that decide there: the least of three searches, to the first way, to the third, and to the end.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from seatrules import Engine, RequestError, load
from seatrules.planning import remedies
from seatrules.planning.budget import OutOfBudgetError
from seatrules.suites import find_suites, read_suite

POLICIES = Path(__file__).resolve().parents[2] / "policies"
BOUNDS = {5: 50, 50: 50, 500: 100, 20_000: 500}
"""Milliseconds to the first way, by the number of users."""
LARGE = ("hubspot-seats", "zoom-licenses")
"""The policies whose largest accounts are measured: of others the invariants alone go through all users for each."""
WAYS = 3
"""How many ways are looked for."""
State = dict[str, Any]


class Kind(NamedTuple):
    """A denial, and the account that it is on."""

    policy: str
    version: str
    asked_version: str | None
    codes: tuple[str, ...]
    action: Mapping[str, Any]
    state: State

    @property
    def name(self) -> str:
        return f"{self.policy} {self.version} {self.action['type']}: {', '.join(self.codes)}"


def hubspot_user(state: State, key: str, new: str) -> None:
    state["users"][new] = copy.deepcopy(state["users"][key])
    for seat in state["users"][key]["seats"]:
        if seat in state["seats"]:
            state["seats"][seat]["purchased"] += 1
            state["seats"][seat]["assigned"] += 1


def github_user(state: State, key: str, new: str) -> None:
    state["users"][new] = copy.deepcopy(state["users"][key])
    for records in (state["memberships"], state["seats"]):
        records += [{**each, "user": new} for each in records if each["user"] == key]
    for team in state["teams"].values():
        team["members"] += [new] if key in team["members"] else []
    state["account"]["licenses"] += 1 if state["account"]["licensing"] == "volume" else 0


def slack_user(state: State, key: str, new: str) -> None:
    state["members"][new] = copy.deepcopy(state["members"][key])
    state["workspace"]["purchased"] += 1 if state["workspace"]["purchased"] else 0


def zoom_user(state: State, key: str, new: str) -> None:
    state["users"][new] = user = copy.deepcopy(state["users"][key])
    of_type = {"licensed": "workplace", "on_prem": "on_prem"}.get(user["type"])
    for product in (*user["add_ons"], *([of_type] if of_type else [])):
        if product in state["licenses"]:
            state["licenses"][product]["purchased"] += 1


GROWN: dict[str, tuple[str, Callable[[State, str, str], None]]] = {
    "github-seats": ("users", github_user),
    "hubspot-seats": ("users", hubspot_user),
    "slack-fair-billing": ("members", slack_user),
    "zoom-licenses": ("users", zoom_user),
}


def grown(policy: str, state: State, count: int) -> State:
    """The account with so many users at least."""
    users, add = GROWN[policy]
    state = copy.deepcopy(state)
    every = list(state[users])
    for number, key in enumerate(islice(cycle(every), max(0, count - len(every)))):
        add(state, key, f"{key}-{number}")
    return state


def kinds(policy: str, engine: Engine, count: int) -> Iterator[Kind]:
    """The kinds of denials of a policy that are there on accounts of so many users."""
    seen = set[Any]()
    cases = [case for path in find_suites(POLICIES / policy) for case in read_suite(path).cases]
    for case in cases:
        if case.settings or not isinstance(case.action, dict):
            continue
        try:
            version, denied = case.version, engine.decide(case.action, case.state, version=case.version)
            if denied.allowed or (key := (denied.policy.version, case.action["type"], denied.codes)) in seen:
                continue
            state = grown(policy, case.state, count)
            engine.validate(state, version=version)
            if engine.decide(case.action, state, version=version).codes != denied.codes:
                continue
        except RequestError:
            continue
        seen.add(key)
        yield Kind(policy, key[0], version, denied.codes, case.action, state)


def timed(engine: Engine, kind: Kind, rounds: int) -> dict[str, Any]:
    """The milliseconds of processor time to the first way, to the third and to the end; and how the search ended."""
    every = [searched(engine, kind) for _ in range(rounds)]
    least = {name: round(min(times[name] for times, _ in every if name in times), 1) for name in every[0][0]}
    return least | every[0][1]


def searched(engine: Engine, kind: Kind) -> tuple[dict[str, float], dict[str, Any]]:
    """The same of one search, which ends with the third way."""
    noted: list[float] = []
    add = remedies._Collector._add

    def noting(collector: Any, *given: Any) -> None:
        add(collector, *given)
        noted.extend([time.process_time()] * (len(collector.found) - len(noted)))
        if len(noted) == WAYS:
            raise OutOfBudgetError

    start = time.process_time()
    with patch.object(remedies._Collector, "_add", noting):
        found = engine.remedies(kind.action, kind.state, version=kind.asked_version)
    ends = {"first": noted[:1], "third": noted[WAYS - 1 :], "end": [time.process_time()]}
    times = {name: (each - start) * 1e3 for name, end in ends.items() for each in end}
    return times, {"ways": len(found.remedies), "asked": found.asked, "ended_by": found.ended_by}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, nargs="*", default=list(BOUNDS))
    parser.add_argument("--only", default="", help="only kinds whose names have this in them")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    for policy in GROWN:
        engine = load(POLICIES / policy)
        for count in (count for count in asked.users if count <= 500 or policy in LARGE):
            for kind in (kind for kind in kinds(policy, engine, count) if asked.only in kind.name):
                print(json.dumps({"users": count, "kind": kind.name, **timed(engine, kind, asked.rounds)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
