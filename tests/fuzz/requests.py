"""Makes up states and actions of a policy, now and then with something wrong in them."""

from __future__ import annotations

from random import Random
from typing import Any

from seatrules.language.types import Boolean, Date, Integer, Key, ListOf, MapOf, Maybe, Record, Type, Word, bounds
from seatrules.program import Program

KEYS = ("ana", "bob", "cas", "dee")
DAYS = (
    *("0001-01-01", "2023-01-31", "2024-02-29", "2024-03-04", "2024-03-05", "2024-11-15", "2025-01-15", "2025-01-31"),
    *("2025-02-01", "2025-02-02", "2025-02-28", "2025-03-26", "2025-03-31", "2025-06-01", "2025-06-30", "2025-07-01"),
    *("2025-12-31", "9999-12-31"),
)
TEXTS = ("forms", "social_posts", "ana", "", "true", "1", "null", 'a "word"', "back\\slash", "Zoë", "\0", "x" * 70_000)
NUMBERS = (0, 0, 1, 1, 2, 3, 4, 5, 7, -1, 2**31, 2**53 + 1, 2**62, -(2**62) - 1, 2**63 - 1)
WRONG: tuple[Any, ...] = (None, True, False, 0, 1, 1.0, "", "1", "2025-02-30", [], {}, 2**64)


def request(random: Random, program: Program) -> tuple[dict[str, Any], dict[str, Any]]:
    """An action of the policy, and a state of its schema."""
    state: dict[str, Any] = value(random, program.state)
    state["as_of"] = random.choice(DAYS[4:-1])
    action = random.choice(list(program.actions.values()))
    proposed = {"type": action.name}
    for name, kind in action.arguments.items():
        proposed[name] = _key(random, program, state, kind) if isinstance(kind, Key) else value(random, kind)
    if random.random() < 0.05:
        _spoil(random, random.choice((state, proposed)))
    return proposed, state


def value(random: Random, kind: Type) -> Any:
    """A value of a type."""
    match kind:
        case Maybe(of=inner):
            return None if random.random() < 0.3 else value(random, inner)
        case Boolean():
            return random.random() < 0.5
        case Integer():
            least, most = bounds(kind)
            return min(max(random.choice(NUMBERS[: random.choice((7, 7, 7, len(NUMBERS)))]), least), most)
        case Date():
            return random.choice(DAYS if random.random() < 0.1 else DAYS[1:-1])
        case Word(words=words):
            return random.choice(words)
        case ListOf(item=item):
            assert item is not None
            found = [value(random, item) for _ in range(random.choice((0, 1, 1, 2, 2, 3, 3, 12)))]
            return list(dict.fromkeys(found)) if kind.unique else found
        case MapOf(key=key, entry=entry):
            keys = key.words if isinstance(key, Word) else KEYS
            return {each: value(random, entry) for each in keys if random.random() < 0.8}
        case Record(fields=fields, required=required):
            given = (name for name in fields if name in required or random.random() < 0.6)
            return {name: value(random, fields[name]) for name in given}
    return random.choice(TEXTS[: random.choice((3, 3, 3, len(TEXTS)))])


def _key(random: Random, program: Program, state: dict[str, Any], kind: Key) -> str:
    """A key of the map that the argument is about, nearly always one that is there."""
    there = [
        key
        for name, each in program.state.fields.items()
        if isinstance(each, MapOf) and each.entry.name == kind.entry
        for key in state[name]
    ]
    return random.choice(there) if there and random.random() < 0.98 else random.choice(KEYS)


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
