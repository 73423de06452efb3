"""Cuts waits into several: whatever the cut, the same happens, is billed and is left."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import seatrules

from .compare import Request

LONGEST = "2027-01-01"
"""The last day of a wait; terms roll on many times until then."""


def difference(random: Random, engine: seatrules.Engine, made_up: Request, days: Sequence[str]) -> str | None:
    """What a wait comes to, and otherwise by cuts of it; nothing where the action is no wait, or can't be taken.

    Empty where there is no difference.
    """
    action, state = made_up
    if state["as_of"] < min(program.effective_from for program in engine.programs.values()):
        return None
    program = engine.program_for(state)
    action_type = program.actions.get(action["type"])
    time_to = None if action_type is None else action_type.time_to
    if time_to is None or not state["as_of"] <= action.get(time_to, "") <= LONGEST:
        return None
    ways = [_waited(engine, action, time_to, state, [action[time_to]])]
    if not isinstance(ways[0], tuple):
        return None
    for _ in range(3):
        between = [day for day in days if state["as_of"] <= day <= action[time_to]]
        cuts = sorted(random.choice(between) for _ in range(random.randint(1, 3))) if between else []
        ways.append(_waited(engine, action, time_to, state, [*cuts, action[time_to]]))
        if ways[-1] != ways[0]:
            return f"{action} on {state}\nat once: {ways[0]}\nby {cuts}: {ways[-1]}"
    return ""


def _waited(
    engine: seatrules.Engine, action: dict[str, Any], time_to: str, state: dict[str, Any], days: list[str]
) -> Any:
    """The effects, the bills, what of them is booked and the state in the end; what keeps the wait from being taken."""
    effects: list[Any] = []
    bills: list[Any] = []
    booked: list[Any] = []
    for day in days:
        try:
            decision = engine.decide({**action, time_to: day}, state)
        except seatrules.SeatrulesError as error:
            return type(error).__name__
        if not decision.allowed:
            return decision.codes
        effects += [effect.as_dict() for effect in decision.effects if effect.path != "as_of"]
        nothing = engine.programs[decision.policy.version].nothing_billed
        bills += [dict(bill) for bill in decision.billing if bill != nothing]
        booked += [booking.as_dict() for booking in decision.bookings or ()]
        state = engine.apply(decision, state)
    return effects, bills, booked, state
