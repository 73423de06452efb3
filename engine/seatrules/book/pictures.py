"""Draws an account over time: what an action changes, what happens by itself after it, and what is billed when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from ..anchors import place_on_page
from ..change.effects import Effect
from ..decision.prose import Naming
from ..engine import Engine
from ..errors import RequestError, SeatrulesError
from ..language.days import OutOfRangeError, add_days, add_months, days_between
from ..planning.timeline import Timeline
from .links import link
from .telling import Telling
from .times import Scale
from .values import Happening, Mark, Picture, Stretch, Track

WIDTH, _LEFT, _RIGHT, _TOP, _LANE, _HIGH = 720, 190, 40, 56, 52, 26
MOST_TRACKS = 4
"""How many numbers are drawn at most: those that change first."""
MOST_HAPPENINGS = 6
"""How much of what happens is told at most: what comes again and again is known by then."""
AHEAD = 13
"""How many months ahead is looked: a renewal of a yearly term lies within."""


class AskedRequest(NamedTuple):
    """A request of a case: what it is called, an action and a state."""

    case: str
    title: str
    action: Mapping[str, Any]
    state: Mapping[str, Any]


def pictures_of(asked: Iterable[AskedRequest], engine: Engine, telling: Telling) -> dict[str, list[Picture]]:
    """For each type of action a picture of the first case of each of its outcomes that changes or bills something."""
    found: dict[str, dict[str, Picture]] = {}
    for each in asked:
        kind = str(each.action.get("type"))
        if kind not in telling.program.actions:
            continue
        drawn = found.setdefault(kind, {})
        wanted = {outcome.id for outcome in telling.program.actions[kind].outcomes}
        if len(drawn) < len(wanted) and (outcome := _outcome(each, engine, telling)) and outcome not in drawn:
            picture = _picture(each, outcome, engine, telling)
            if picture is not None:
                drawn[outcome] = picture
    return {kind: list(drawn.values()) for kind, drawn in found.items()}


def _outcome(asked: AskedRequest, engine: Engine, telling: Telling) -> str | None:
    """Which outcome an allowed request has, where it changes or bills something."""
    try:
        decision = engine.decide(asked.action, asked.state, version=telling.program.version)
    except SeatrulesError:
        return None
    if not decision.allowed or decision.outcome is None or not (decision.effects or decision.bookings):
        return None
    return decision.outcome.rule


def _picture(asked: AskedRequest, outcome: str, engine: Engine, telling: Telling) -> Picture | None:
    first = str(asked.state["as_of"])
    try:
        steps = [asked.action, {"at": add_months(first, AHEAD)}]
        timeline = engine.simulate(steps, asked.state, version=telling.program.version)
    except (RequestError, OutOfRangeError):
        return None
    decision = timeline.steps[0].decision
    if decision is None or not decision.allowed:
        return None
    try:
        return _drawn(asked, outcome, timeline, telling)
    except OutOfRangeError:
        return None


def _drawn(asked: AskedRequest, outcome: str, timeline: Timeline, telling: Telling) -> Picture:
    """The picture of what came of a request.

    Raises:
        OutOfRangeError: it would begin or end with a day outside the years that dates have.
    """
    first = str(asked.state["as_of"])
    every = list(_happenings(timeline, telling))
    happenings = every[:MOST_HAPPENINGS]
    days = [first, *(each.day for each in happenings)]
    changed = [each for each in _changed(timeline) if each[0] <= max(days)]
    apart = days_between(first, max(days))
    begin, last = add_days(first, -15 - apart // 10), add_days(max(days), 30 + apart // 8)
    scale = Scale(begin, last, _LEFT, WIDTH - _RIGHT)
    tracks = tuple(_tracks(changed, last, scale))
    marks = tuple(_marks(days, scale))
    return Picture(
        anchor=place_on_page("pictures", outcome),
        case=asked.case,
        title=asked.title,
        outcome=link("events" if any(each.id == outcome for each in telling.program.events) else "outcomes", outcome),
        width=WIDTH,
        height=_TOP + _LANE * max(1, len(tracks)) + 8,
        marks=marks,
        tracks=tracks,
        happenings=tuple(happenings),
        more=len(every) - len(happenings),
    )


def _happenings(timeline: Timeline, telling: Telling) -> Iterator[Happening]:
    """What is done and what happens by itself, in order, each with what it bills."""
    language = telling.language
    naming = Naming(telling.program, frozenset(), frozenset())
    step = timeline.steps[0]
    decision = step.decision
    assert decision is not None
    assert decision.outcome is not None
    bills = tuple(each.text for each in naming.bills(decision.billing, language))
    yield Happening(step.date, decision.outcome.message(language), bills)
    for event in (event for step in timeline.steps for event in step.events):
        text = event.message(language) if event.code else link("events", event.rule).text
        bills = tuple(each.text for each in naming.bills(event.billing, language) if event.billing)
        yield Happening(event.date, text, bills)


def _changed(timeline: Timeline) -> Iterator[tuple[str, Effect]]:
    """Every number that changes, with the day on which it does."""
    for step in timeline.steps:
        for event in step.events:
            yield from ((event.date, effect) for effect in event.effects if _is_number(effect))
        if step.decision is not None:
            yield from ((step.date, effect) for effect in step.decision.effects if _is_number(effect))


def _is_number(effect: Effect) -> bool:
    return type(effect.before) is int and type(effect.after) is int


def _tracks(changed: Sequence[tuple[str, Effect]], last: str, scale: Scale) -> Iterator[Track]:
    """A lane for each number: stretches at the height of their values."""
    paths = list(dict.fromkeys(effect.path for _, effect in changed))[:MOST_TRACKS]
    for place, path in enumerate(paths):
        of = [(day, effect) for day, effect in changed if effect.path == path]
        values: list[tuple[float, int]] = [(_LEFT, of[0][1].before)]
        values += [(scale(day), effect.after) for day, effect in of]
        yield Track(path, _TOP + _LANE * place, tuple(_stretches(values, scale(last), _TOP + _LANE * place)))


def _stretches(values: Sequence[tuple[float, int]], end: float, top: float) -> Iterator[Stretch]:
    least, most = min(value for _, value in values), max(value for _, value in values)
    apart = max(1, most - least)
    for (start, value), following in zip(values, [*(x for x, _ in values[1:]), end], strict=True):
        yield Stretch(start, following, round(top + _HIGH - (value - least) * (_HIGH - 8) / apart, 1), value)


def _marks(days: Iterable[str], scale: Scale) -> Iterator[Mark]:
    """The days of the picture, each once; those that lie close together one above the other."""
    before = -1e9
    row = 0
    for day, _ in groupby(sorted(days)):
        x = scale(day)
        row = 1 - row if x - before < 80 else 0
        before = x
        yield Mark(x, day, day, row)
