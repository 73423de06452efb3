"""An action on each of several: the single one decided for one after the other, all or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..change.effects import apply_effects
from ..language.interpret import DataPath
from ..program import ActionType, Program
from .booking import together
from .explanation import OneEntry, OutcomeOfEach
from .values import Details, Verdict


class One(NamedTuple):
    """What came of one action: what was missed for it, and whether all that it changes is known."""

    verdict: Verdict
    details: Details
    missed: Mapping[DataPath, list[str]]
    unlisted: Mapping[DataPath, str]
    effects_known: bool


Decide = Callable[[ActionType, dict[str, Any], dict[str, Any]], One]
"""Decides an action of a type on a state."""


def decided_each(
    program: Program, action_type: ActionType, action: Mapping[str, Any], state: dict[str, Any], decide: Decide
) -> One:
    """What comes of an action on each of several: each is decided on the state that the allowed ones before it left.

    It is denied where one is. Where it is not known what one changes, those after it are not decided: the action is
    undetermined then, unless one before is denied.
    """
    each = action_type.each
    assert each is not None
    single, items = program.actions[each.of], action[each.over]
    decided: list[tuple[OneEntry, One]] = []
    missed: dict[DataPath, list[str]] = {}
    unlisted: dict[DataPath, str] = {}
    for item in items:
        one = decide(single, each.single(action, item), state)
        decided.append((OneEntry(each.entry, item), one))
        unlisted.update(one.unlisted)
        for path, rules in one.missed.items():
            known_rules = missed.setdefault(path, [])
            known_rules += [rule for rule in rules if rule not in known_rules]
        if one.verdict == "undetermined" or not one.effects_known:
            break
        if one.verdict == "allow":
            state = apply_effects(one.details.effects, state)
    verdict = _verdict([one.verdict for _, one in decided], len(items))
    parts = [(about, one.details) for about, one in decided]
    effects_known = all(one.effects_known for _, one in decided)
    return One(verdict, details_of_each(verdict, parts, program, missed=bool(missed)), missed, unlisted, effects_known)


def _verdict(verdicts: Sequence[Verdict], number: int) -> Verdict:
    """The verdict on all, of which the first were decided."""
    if "deny" in verdicts:
        return "deny"
    return "undetermined" if "undetermined" in verdicts or len(verdicts) < number else "allow"


def details_of_each(
    verdict: Verdict, parts: Iterable[tuple[OneEntry, Details]], program: Program, *, missed: bool = False
) -> Details:
    """What the decisions on each come to; `missed` says that something that they read is not given."""
    parts = list(parts)
    nothing = program.nothing_billed
    reasons = tuple(reason.of_entry(entry) for entry, each in parts for reason in each.reasons)
    notices = tuple(notice.of_entry(entry) for entry, each in parts for notice in each.notices)
    if verdict != "allow":
        billed = () if missed else (nothing,)
        return Details(reasons, notices=notices, billing=billed, bookings=None if missed else ())
    outcomes = [each.outcome.of_entry(entry) for entry, each in parts if each.outcome is not None]
    billing: tuple[Mapping[str, Any], ...] = ()
    if all(each.billing for _, each in parts):
        billing = tuple(bill for _, each in parts for bill in each.billing if bill != nothing) or (nothing,)
    return Details(
        outcome=OutcomeOfEach(tuple(outcomes)) if len(outcomes) == len(parts) else None,
        warnings=tuple(warning.of_entry(entry) for entry, each in parts for warning in each.warnings),
        notices=notices,
        billing=billing,
        bookings=together(each.bookings for _, each in parts),
        effects=tuple(effect._replace(turn=turn) for turn, (_, each) in enumerate(parts, 1) for effect in each.effects),
    )


def distinct_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """The codes for which some are denied, each once."""
    return tuple(dict.fromkeys(codes))
