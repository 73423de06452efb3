"""Has each of many made-up rows of every shipped policy decided by SQL and by the engine, which have to say the same.

`python tests/bench/agreement.py [ROWS]`: the requests of the policies' suites, each with a part of it changed, most to
another value of its kind, some to one that is out of the ordinary; as many of each type of action.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from asked import SHIPPED
from seatrules import Engine, load
from seatrules.batch.deciding import RowDecider
from seatrules.batch.fast import SqlDecider
from seatrules.batch.layout import Layout, columns_of
from test_sql import by_type, changed_somewhere, table

AT_ONCE = 20_000
Asked = tuple[dict[str, Any], dict[str, Any]]


class Kind(NamedTuple):
    """A type of action of a policy, with the requests of its suites."""

    policy: str
    engine: Engine
    type: str
    rows: list[Asked]


def main(rows: int = 1_000_000) -> int:
    """Print how many rows each policy had, and what they came to; 1 where an answer differs."""
    random, kinds = Random(15), [*_kinds()]
    of_each = -(-rows // len(kinds))
    begun, done, differing = monotonic(), 0, 0
    for name in dict.fromkeys(kind.policy for kind in kinds):
        by_sql, left = 0, 0
        for kind in (each for each in kinds if each.policy == name):
            fast, apart = _compared(random, kind, of_each)
            by_sql, left, differing, done = by_sql + fast.by_sql, left + fast.left, differing + apart, done + of_each
            print(f"{done:,} rows, {done / (monotonic() - begun):,.0f} a second", file=sys.stderr, flush=True)
        types = sum(kind.policy == name for kind in kinds)
        print(f"{name}: {types} actions, {by_sql + left:,} rows: {by_sql:,} by SQL, {left:,} by the engine", flush=True)
    print(f"{done:,} rows, {differing} answered otherwise than by the engine")
    return int(differing > 0)


def _kinds() -> Iterator[Kind]:
    for policy in SHIPPED:
        engine, every = load(policy), dict[str, list[Asked]]()
        for _, type_, rows in by_type(policy):
            every.setdefault(type_, []).extend(rows)
        yield from (Kind(policy.name, engine, type_, rows) for type_, rows in every.items())


def _compared(random: Random, kind: Kind, rows: int) -> tuple[SqlDecider, int]:
    """What decided so many rows of one type of action, and how many it answered otherwise than the engine."""
    fast, differing, first = None, 0, 1
    while first <= rows:
        asked = [_changed(random, kind) for _ in range(min(AT_ONCE, rows - first + 1))]
        made = table(kind.engine, kind.type, asked)
        plain = RowDecider(kind.engine, Layout.of(columns_of(made.column_names), kind.engine.programs.values(), None))
        fast = fast or SqlDecider.of(plain, made.schema)
        answers, expected = fast.decide(made, first), plain.decide(made, first)
        if not answers.equals(expected):
            pairs = zip(answers.to_pylist(), expected.to_pylist(), asked, strict=True)
            apart = [each for each in pairs if each[0] != each[1]]
            differing += len(apart)
            print(kind.policy, kind.type, *apart[:1])
        first += len(made)
    assert fast is not None
    return fast, differing


def _changed(random: Random, kind: Kind) -> Asked:
    """A request with an argument or a part of the state changed."""
    program = [*kind.engine.programs.values()][-1]
    (action, state), arguments = random.choice(kind.rows), program.actions[kind.type].arguments
    name = random.choice([*arguments, ""])
    if name in action and random.random() < 0.3:
        return action | {name: changed_somewhere(random, action[name], arguments[name])}, state
    return action, changed_somewhere(random, state, program.state)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
