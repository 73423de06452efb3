"""What no request turned of the conditions of rules, of those that were tried, told with what came nearest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from time import monotonic
from typing import Any, NamedTuple

from ..diagnostics import Diagnostic, Span, listed
from ..errors import EndlessEventError
from ..planning.deciding import Deciding
from ..policy.written import Written
from ..program import Program
from .looking import APPLIES, FAILS, Counted, Looking, Near, RuleSide

_MOST_CHOICES = 12
_MOST_LACKING = 3


class Unturned(NamedTuple):
    """What no request turned, and the one that came nearest to it, where one is known."""

    problem: Diagnostic
    near: Near | None = None


def unturned(
    engine: Deciding,
    written: Written,
    states: Sequence[Mapping[str, Any]],
    asked: Sequence[tuple[int, Sequence[Any]]],
    *,
    under: Callable[[Mapping[str, Any]], Deciding] | None = None,
    seconds: float | None = None,
    counted: Counted = iter,
) -> Iterator[Unturned]:
    """The conditions of a version's own rules that no request turned which was tried, but for what is proved.

    `under` decides by other choices of settings; without it rules in which a setting has a part are left out.
    """
    until = None if seconds is None else monotonic() + seconds
    looking = Looking(engine, written, until)
    if under is None:
        looking.leave_out(side for side, _ in list(looking.with_settings()))
    try:
        looking.look(states, asked, counted)
        left = list(looking.with_settings())
        for choices in _choices(looking.program, left) if under else ():
            sides = {side for side, names in left if side in looking.missing and names == choices.keys()}
            if sides and under:
                other = Looking(under(choices), written, until, choices)
                other.leave_out(set(other.missing) - sides)
                other.look(states, asked, counted)
                looking.take(other, sides)
    except EndlessEventError:
        return  # what waits from these states next tells it
    yield from _findings(looking)


def _choices(program: Program, sides: Iterable[tuple[RuleSide, frozenset[str]]]) -> Iterator[dict[str, Any]]:
    """The other choices of the settings that have a part together, each of them."""
    for names in dict.fromkeys(of for _, of in sides):
        for chosen in islice(product(*(program.choices[name] for name in sorted(names))), _MOST_CHOICES):
            yield dict(zip(sorted(names), chosen, strict=True))


def _findings(looking: Looking) -> Iterator[Unturned]:
    """What no request turned: of a rule that never applied, no more than that."""
    entries = {entry.name: entry for entry in looking.written.clauses["rules"]}
    for side in [each for each in looking.missing if each in looking.sought]:
        rule, applied = looking.missing[side][0][1], looking.applied.get(side.rule, 0)
        if side.what == APPLIES:
            when = entries[side.rule].scalar("when")
            span = entries[side.rule].span if when is None else when.span
            yield _finding(looking, side, f"rule `{side.rule}` applied to none of {looking.tried:,} requests", span)
        elif applied:
            always = "met this on" if side.what == FAILS else "failed this on"
            message = f"rule `{side.rule}` {always} each of the {applied:,} requests to which it applied"
            yield _finding(looking, side, f"{message}, of {looking.tried:,}", rule.require[side.number].span)
    if late := {side.rule for side in looking.missing} - {side.rule for side in looking.sought}:
        message = f"there was no time to look for requests that turn {len(late)} of the rules"
        span, help_text = looking.written.header.span, f"give more `--seconds`; {looking.tried:,} requests were tried"
        yield Unturned(Diagnostic("out-of-time", message, span, help_text, severity="warning"))


def _finding(looking: Looking, side: RuleSide, message: str, span: Span) -> Unturned:
    help_text = "write a case that shows it, or see whether there can be one"
    near = looking.near.get(side)
    if near is not None and near.distance.unmet:
        lacks = listed(list(dict.fromkeys(each.expr.text for each in near.distance.unmet))[:_MOST_LACKING])
        help_text = f"{help_text}: what comes nearest is {json.dumps(near.cell.action)}, but for {lacks}"
    return Unturned(Diagnostic("unturned", message, span, help_text, severity="warning"), near)
