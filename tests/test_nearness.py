"""How near a request is to what is wanted of it, and making one that is as wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from math import inf
from pathlib import Path
from typing import Any

import pytest

from conftest import TESTS
from lengths import DEEP
from seatrules.analysis.diff.cell import Cell
from seatrules.analysis.diff.known import KnownRequests
from seatrules.analysis.diff.sides import Side
from seatrules.analysis.diff.targets import Aims
from seatrules.analysis.nearness import UNREADABLE, Claim, Nearness
from seatrules.analysis.solving import Solver
from seatrules.engine import Engine
from seatrules.language.interpret import Interpreter
from seatrules.loading import compile_place
from seatrules.policy.locate import find
from seatrules.program import Program

POLICIES = ("tests/policies/allotments", "tests/policies/library-loans")
WANTED = """rules:
  - id: on-a-special-day
    actions: [park]
    when: hours == 23 and parked_car.kind == "lorry" and parked_car.permit_until is not None
    require: not (parked_car.permit_until > "2026-03-04" and lots[lot_name].free == 31 and town.closed and visited)
    otherwise: {code: lorry, message: {en: "no", nl: "nee"}}
facts: {visited: {is: len(visits) == 3}}
"""


def side(policy: str) -> Side:
    """A policy, read for what its suites ask."""
    place = find(policy)
    return Side(place, Engine.of(compile_place(place, {})))


def asked(policy: str) -> Iterator[tuple[Program, Cell]]:
    """What the suites of a policy ask, each with the version that decides."""
    read = side(policy)
    for cell in (each for cells in KnownRequests(read, read).asked.values() for each in cells):
        assert cell.action is not None
        program = read.engine.program_for(cell.state, None)
        if cell.action["type"] in program.actions:
            yield program, cell


def value(reading: Interpreter, expr: Any) -> Any:
    """What a condition comes to, or nothing where it can't be computed."""
    with suppress(*UNREADABLE):
        return reading.value(expr, {})
    return None


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_as_wanted_is_not_far(policy: str) -> None:
    """A rule that holds is nothing away from that, one that fails is 1 or more, and the other way round."""
    for program, cell in islice(asked(str(TESTS.parent / policy)), 0, None, 1 if DEEP else 4):
        action_type, action = program.single(cell.action)  # type: ignore[arg-type]
        reading = Interpreter(action, cell.state, program.facts, computed={})
        for rule in action_type.rules:
            comes_to = value(reading, rule.asked)
            for holds in (True, False):
                distance = Nearness([reading]).of([Claim(0, rule.asked, holds)])
                assert (distance.far == 0) == (not distance.unmet) == (comes_to is holds), (rule.id, cell.action)
                assert distance.far == 0 or distance.far >= 1


def test_a_request_is_made_that_is_as_wanted(base_policy: Path) -> None:
    """In as many places as it takes: arguments, entries, numbers, days, truth values and as many entries of a list."""
    (base_policy / "base" / "more.yaml").write_text(WANTED)
    program = side(str(base_policy)).engine.programs["base"]
    state = {
        "as_of": "2025-03-01",
        "town": {"name": "Ede", "closed": False},
        "lots": {"north": {"free": 1}},
        "cars": {"mini": {"kind": "car", "lots": []}},
        "visits": [{"car": "mini", "lot": "north", "on": "2025-02-01"}],
    }
    cell = Cell({"type": "park", "car": "mini", "lot_name": "south", "hours": 1}, state)
    rule = next(each for each in program.actions["park"].rules if each.id == "on-a-special-day")
    (target,) = Aims(program, program).between([], [rule])
    solver = Solver([program, program], [], inf, 5_000)
    made = solver.solved(cell, target.goals)
    assert made is not None
    assert made.changes >= 7
    assert made.action is not None
    single = program.single(made.action)[1]
    assert Interpreter(single, made.state, program.facts).value(rule.asked, {}) is False
