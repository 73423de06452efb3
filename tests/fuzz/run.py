"""Makes up requests without end and puts each to every evaluator."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from random import Random
from typing import NamedTuple

import seatrules

from . import compare, cuts, streams
from .partial import completion, filling, said_wrongly
from .policies import Small, small_policy, write_policy
from .requests import POOL, request

POLICIES = Path(__file__).parent.parent / "policies"
OTHER_CHOICES = {
    "assigning_needs_permission": True,
    "user_actions_need_permission": True,
    "deactivated_counts_as_assigned": False,
    "reassign_cancels": "reassigned",
    "core_renewal": "latest",
}
IN_A_ROW = 100
"""How many requests are put to one made-up policy, and then to the others."""
ONE_PARTIAL_IN = 10
"""Of so many requests that have a verdict, one is also decided on parts of its state."""
COMPLETIONS = 4
ONE_STREAM_IN = 5
"""Of so many rows of requests, one is also put to the command line as a stream."""


class Compared(NamedTuple):
    """What all evaluators answered: the verdict, `error`, or a case on which they differ.

    Of a state of which parts are left out, what the reference answered, after `partial`.
    """

    answer: str
    case: str = ""


def run(random: Random, names: tuple[str, ...], folder: Path) -> Iterator[Compared]:
    """Answers without end: of the shipped policies and the tests' own in turn with made-up ones."""
    paths = (None, POLICIES / "library-loans", POLICIES / "allotments")
    known = [(path, compare.load(path, names)) for path in paths]
    other_choices = compare.load(None, names, OTHER_CHOICES)
    while True:
        for path, engines in known:
            yield from _compared(random, engines, None, folder)
            yield from _streamed(random, path, engines["interpreter"])
        yield from _compared(random, other_choices, None, folder)
        small = small_policy(random)
        written = write_policy(small, folder)
        engines = compare.load(written, names)
        yield from _compared(random, engines, small, folder)
        yield from _streamed(random, written, engines["interpreter"])


def _streamed(random: Random, path: Path | None, engine: seatrules.Engine) -> Iterator[Compared]:
    """Now and then, what the command line answers to a stream of requests."""
    if random.random() >= 1 / ONE_STREAM_IN:
        return
    version = random.choice(list(engine.programs))
    asked = [request(random, engine.programs[version]) for _ in range(IN_A_ROW)]
    wrong = streams.differences(random, path, engine, version, asked)
    yield Compared("", wrong) if wrong else Compared("stream")


def _compared(random: Random, engines: compare.Engines, small: Small | None, folder: Path) -> Iterator[Compared]:
    programs = next(iter(engines.values())).programs
    for _ in range(IN_A_ROW):
        version = random.choice(list(programs))
        made_up = request(random, programs[version])
        answers = compare.answers(engines, made_up, version)
        if compare.differ(answers):
            yield Compared("", _case(engines, made_up, version, small, folder))
        else:
            yield Compared(answers["interpreter"][0])
        own_chance = Random(repr(made_up))
        allowed = answers["interpreter"][0] == "allow"
        difference = cuts.difference(own_chance, engines["compiled"], made_up, POOL.days) if allowed else None
        if difference is not None:
            yield Compared("" if difference else "cuts of a wait", difference)
        if answers["interpreter"][0] in ("allow", "deny") and own_chance.random() < 1 / ONE_PARTIAL_IN:
            yield _partly(own_chance, engines["interpreter"], made_up, version, small)


def _partly(
    random: Random, engine: seatrules.Engine, made_up: compare.Request, version: str, small: Small | None
) -> Compared:
    """What is said of a part of the state, which has to hold for all that it may be a part of."""
    (action, whole), program = made_up, engine.programs[version]
    part = filling(random, program, whole)
    wholes = chain([whole], (completion(random, program, part) for _ in range(COMPLETIONS)))
    answer, wrong = said_wrongly(engine, action, part, wholes, version)
    if not wrong:
        return Compared(f"partial {answer}")
    case = {"id": "partial-is-wrong", "state": part.state, "action": action, "incomplete": list(part.incomplete)}
    return Compared("", compare.written(f"# {wrong}\n# version: {version}\n", {**case, "partial": True}, small))


def _case(engines: compare.Engines, made_up: compare.Request, version: str, small: Small | None, folder: Path) -> str:
    if small is not None:
        small = compare.shrunk_policy(small, made_up, version, folder, tuple(engines))
        engines = compare.load(write_policy(small, folder), tuple(engines))
    made_up = compare.shrunk_request(engines, made_up, version)
    return compare.case(engines, made_up, version, small)
