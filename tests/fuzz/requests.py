"""Makes up states and actions of a policy, now and then with something wrong in them."""

from __future__ import annotations

from random import Random
from typing import Any

from seatrules.analysis.made_up import MadeUp, Pool
from seatrules.language.types import Maybe
from seatrules.program import Program

KEYS = ("ana", "bob", "cas", "dee")
POOL = Pool(
    keys=KEYS,
    days=(
        *("2023-01-31", "2024-02-29", "2024-03-04", "2024-03-05", "2024-11-15", "2025-01-15", "2025-01-31"),
        *("2025-02-01", "2025-02-02", "2025-03-26", "2025-06-01", "2025-06-30", "2025-07-01", "2025-12-31"),
    ),
    numbers=(0, 0, 1, 1, 2, 3, 4),
    texts=("forms", "social_posts", "ana"),
    odd_days=("0001-01-01", "9999-12-31"),
    odd_numbers=(5, 7, -1, 2**31, 2**53 + 1, 2**62, -(2**62) - 1, 2**63 - 1),
    odd_texts=("", "true", "1", "null", 'a "word"', "back\\slash", "Zoë", "\0", "x" * 70_000),
)
WRONG: tuple[Any, ...] = (None, True, False, 0, 1, 1.0, "", "1", "2025-02-30", [], {}, 2**64)


def request(random: Random, program: Program) -> tuple[dict[str, Any], dict[str, Any]]:
    """An action of the policy, and a state of its schema."""
    made_up = MadeUp(random, POOL)
    state: dict[str, Any] = made_up.value(program.state)
    state["as_of"] = random.choice(POOL.days[3:])
    proposed = made_up.action(program, random.choice(list(program.actions.values())), state)
    _leave_out(proposed, program)
    if random.random() < 0.05:
        _spoil(random, random.choice((state, proposed)))
    return proposed, state


def _leave_out(proposed: dict[str, Any], program: Program) -> None:
    """Take away some of the arguments that are null: those may be left out."""
    chance = Random(repr(proposed))
    for name, kind in program.actions[proposed["type"]].arguments.items():
        if isinstance(kind, Maybe) and proposed[name] is None and chance.random() < 0.5:
            del proposed[name]


def _spoil(random: Random, holder: Any) -> None:
    """Take something away, or put something else in its place."""
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            return
        key = random.choice(keys)
        if isinstance(holder[key], dict | list) and random.random() < 0.8:
            holder = holder[key]
            continue
        if random.random() < 0.4:
            del holder[key]
        else:
            holder[key] = random.choice(WRONG)
        return
