"""What makes a way no remedy although the action is allowed at its end, and what it opened and has to close again.

A way does harm where a step is not needed: the action is allowed without it, or without several of them, or with one
fewer of those that are alike. It does harm where the action comes to nothing: all that it changes is in the end as it
was in the beginning, or as the waits alone would leave it. And it does harm where it misses the wish: the action's own
`wish` has another value in the end than the action alone would have given it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from itertools import chain, islice, product
from typing import Any

from ..change.effects import NOTHING, Effect
from ..errors import NotAllowedError, RequestError
from ..language.days import OutOfRangeError
from ..language.interpret import DataPath, Interpreter
from .search import RemedySearch
from .touch import Changes, Needs, value_at
from .ways import TakenStep, Way, runs

_MOST_CLOSING = 5
"""How many steps close what a way opened."""
_MOST_OPENED = 20
"""How many paths that it changed are looked at for that: what is changed for many is no matter of one person."""


class TakenWay:
    """A way as it is taken: its effects, step by step, and the state that it leaves.

    What is known of its first steps is not asked again: their `effects`, and the `state` after them.
    """

    def __init__(
        self,
        search: RemedySearch,
        way: Way,
        effects: Iterable[Changes] = (),
        state: Mapping[str, Any] | None = None,
    ) -> None:
        self.search, self.way = search, way
        self.effects = list(effects)
        self.state = search.start.state if state is None else state
        self.allowed = all(map(self._take, way[len(self.effects) :]))

    def and_then(self, steps: Way) -> TakenWay:
        """The same with steps after it."""
        return TakenWay(self.search, (*self.way, *steps), self.effects, self.state) if steps else self

    @cached_property
    def changes(self) -> dict[DataPath, Any]:
        """What is otherwise in the end than in the beginning, by its path."""
        start = self.search.start.state
        paths = dict.fromkeys(chain(*(each.by_path for each in self.effects)))
        return {parts: now for parts in paths if (now := value_at(self.state, parts)) != value_at(start, parts)}

    def _take(self, taken: TakenStep) -> bool:
        if self.search.questions.failing(taken.action, self.state) != ():
            return False
        self.effects.append(self.search.questions.effects(taken.action, self.state))
        self.state = self.search.questions.after(self.effects[-1], self.state)
        return True


def does_harm(walk: TakenWay) -> bool:
    """Whether a way that leads to the action, which is its last step, is no remedy."""
    return _comes_to_nothing(walk) or _misses_the_wish(walk) or not _every_step_is_needed(walk)


def _comes_to_nothing(walk: TakenWay) -> bool:
    passing = [effect.parts for effect in walk.effects[-1] if effect.parts != ("as_of",)]
    return bool(passing) and any(
        all(value_at(walk.state, parts) == value_at(state, parts) for parts in passing)
        for state in _without_steps(walk)
    )


def _without_steps(walk: TakenWay) -> Iterator[Mapping[str, Any]]:
    """The state in the beginning, and what that comes to by the way's waits alone."""
    yield walk.search.start.state
    actions = walk.search.program.actions
    waits = tuple(taken for taken in walk.way[:-1] if actions[taken.action["type"]].time_to is not None)
    if waits and (waited := TakenWay(walk.search, waits)).allowed:
        yield waited.state


def _misses_the_wish(walk: TakenWay) -> bool:
    search = walk.search
    if search.action_type.wish.value is None:
        return False
    proposed = search.questions.proposed(search.action, search.start.state)
    if proposed is None:
        return False
    try:
        alone = search.questions.after(proposed, search.start.state)
        return bool(_wished(search, walk.state) != _wished(search, alone))
    except (NotAllowedError, OutOfRangeError):
        return False  # alone, it could not be carried out


def _wished(search: RemedySearch, state: Mapping[str, Any]) -> Any:
    """The value of the action's wish on a state, as the version has it that is in force there."""
    program = search.engine.program_for(state, search.version)
    value = program.actions[search.action["type"]].wish.value
    return None if value is None else Interpreter(search.action, state, program.facts).value(value, {})


def _every_step_is_needed(walk: TakenWay) -> bool:
    """Whether the action is denied wherever some of the steps before it are left out."""
    *before, last = walk.way
    every = list(runs(tuple(before)))
    for chosen in _lesser(every):
        shorter = TakenWay(walk.search, (*(step for steps in chosen for step in steps), last))
        if shorter.allowed:
            return False
    return True


def _lesser(every: list[Way]) -> Iterator[tuple[Way, ...]]:
    """The same with some steps left out, and with one fewer of those that are alike."""
    for chosen in product((True, False), repeat=len(every)):
        if not all(chosen):
            yield tuple(steps for steps, kept in zip(every, chosen, strict=True) if kept)
    for place, steps in enumerate(every):
        if len(steps) > 1:
            yield (*every[:place], steps[:-1], *every[place + 1 :])


def closing(walk: TakenWay) -> Way:
    """The steps that put back what the steps before the action changed, as far as that leaves the action standing."""
    steps: list[TakenStep] = []
    state, after = walk.state, walk.search.questions.after
    while len(steps) < _MOST_CLOSING and 0 < len(opened := _opened(walk, state)) <= _MOST_OPENED:
        options = [each for each in _putting_back(walk, state, opened) if _stands(walk, after(each[1], state))]
        if not options:
            break
        taken, effects = min(options, key=lambda option: walk.search.prices.of((option[0],)))
        steps.append(taken)
        state = after(effects, state)
    return tuple(steps)


def _stands(walk: TakenWay, state: Mapping[str, Any]) -> bool:
    """Whether the action stands on a state after it: what it changed is there; one that changes nothing is allowed."""
    return bool(walk.effects[-1]) or walk.search.questions.failing(walk.way[-1].action, state) == ()


def _opened(walk: TakenWay, state: Mapping[str, Any]) -> dict[DataPath, Any]:
    """What the steps before the action changed that its own requirements do not ask for, by path, and what it was.

    Where that is too much to be looked at, a part of it.
    """
    start, asked = walk.search.start.state, walk.search.asked
    kept = {effect.parts for effect in walk.effects[-1]}
    paths = {
        effect.parts
        for taken, effects in zip(walk.way[:-1], walk.effects, strict=False)
        for effect in effects
        if walk.search.program.actions[taken.action["type"]].time_to is None
    }
    opened = (
        (parts, value_at(start, parts))
        for parts in paths - kept
        if parts not in asked.values
        and value_at(start, parts) is not NOTHING
        and value_at(state, parts) != value_at(start, parts)
    )
    return dict(islice(opened, _MOST_OPENED + 1))


def _putting_back(
    walk: TakenWay, state: Mapping[str, Any], opened: Mapping[DataPath, Any]
) -> Iterator[tuple[TakenStep, Changes]]:
    """The allowed steps that do nothing but put back what was opened, and bill nothing."""
    search = walk.search
    needs = Needs(values=set(opened))
    before = [effect for effects in walk.effects for effect in effects]

    def is_wanted(effects: Iterable[Effect]) -> bool:
        return all(effect.parts in opened and effect.after == opened[effect.parts] for effect in effects)

    for taken, effects, _ in search.allowed(state, before, needs, is_wanted):
        with suppress(RequestError):
            billing = search.engine.decide(taken.action, state, version=search.version).billing
            if billing == (search.program.nothing_billed,):
                yield taken, effects
