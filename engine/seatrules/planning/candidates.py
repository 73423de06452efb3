"""The sensible sets of arguments of an action, from the policy and the state alone: what is worth deciding."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

from ..change.events import next_event
from ..language import tree as t
from ..language.days import OutOfRangeError, add_days
from ..language.explained import made_sure_of, taken_for_granted
from ..language.interpret import Interpreter
from ..language.limits import Meter
from ..language.types import Boolean, Date, Integer, Key, ListOf, Maybe, Text, Type, Word, bounds, known
from ..program import ActionType, Clause, Program
from ..program.program import Each
from .alike import Groups
from .dates import conditions_of, days_of_rules, days_of_state
from .moving import ChosenText, MovingDay, MovingInterpreter, MovingNumber
from .touch import arguments_of

MOST = 12
"""The most numbers, dates or texts that are tried for one argument."""
_ROUNDS = 2
"""A second round starts from the values of the first, where comparisons are made that were not reached before."""
_NO_LISTS: Mapping[str, Collection[list[Any]]] = {}
Only = Mapping[str, Collection[Any]]


class Candidates:
    """Finds the sensible sets of arguments of one action, on any number of states.

    Keys are those of the state, words those of the type. Numbers, dates and texts are those at which a comparison of
    the action's rules turns; a date is also one that the state, its next event or the policy names, after `as_of`. A
    list has one entry, or is one of `lists`, which are there by the names of arguments. What is proposed may be denied,
    and what the request makes impossible is among it.

    `first_days` are those of later versions, which may be worth waiting for. `cut` is true where a comparison turns at
    more numbers, days or texts than were tried. What `meter` raises ends what is computed for these.
    """

    def __init__(
        self,
        program: Program,
        action: ActionType,
        first_days: Collection[str] = (),
        lists: Mapping[str, Collection[list[Any]]] = _NO_LISTS,
        meter: Meter | None = None,
    ) -> None:
        self.program, self.action, self.first_days, self.lists, self.meter = program, action, first_days, lists, meter
        kinds = {name: _item(kind) for name, kind in action.arguments.items()}
        self._open = {name: kind for name, kind in kinds.items() if isinstance(kind, Integer | Date | Text)}
        self._closed = [name for name in kinds if name not in self._open]
        self._uses = {name: _ArgumentUse(action, name) for name in self._open}
        self.cut = False

    def on(
        self, state: Mapping[str, Any], groups: Groups, only: Only, days: Collection[str] = ()
    ) -> Iterator[dict[str, Any]]:
        """The proposed actions on one state, whose keys are in `groups`; on each of several, of one each.

        Time passes to the `days` too, however many others there are.
        """
        if (each := self.action.each) is not None:
            single = Candidates(self.program, self.program.actions[each.of], self.first_days, meter=self.meter)
            beside: dict[Any, Mapping[str, Any]] = {}
            for proposed in single.on(state, groups, only):
                beside.setdefault(tuple(proposed[name] for name in proposed if name != each.entry), proposed)
                yield self._on_several(each, proposed, [proposed[each.entry]])
            for listed, proposed in product(self.lists.get(each.over, ()), beside.values()):
                yield self._on_several(each, proposed, listed)
            return
        open_values, computed = dict[tuple[Any, ...], list[Any]](), dict[tuple[Any, ...], Any]()
        for chosen in self._chosen(self._closed, {}, groups, only):
            choices = {name: self._choices(name, chosen, state, only, open_values, computed) for name in self._open}
            if (to := self.action.time_to) in choices and to not in only:
                choices[to] = sorted({*choices[to], *days})
            for values in product(*choices.values()):
                arguments = chosen | dict(zip(self._open, values, strict=True))
                yield {"type": self.action.name} | {name: arguments[name] for name in self.action.arguments}

    def _on_several(self, each: Each, single: Mapping[str, Any], listed: list[Any]) -> dict[str, Any]:
        """The action on each of a list, with the other arguments of the single one."""
        given = {**single, each.over: listed}
        return {"type": self.action.name, **{name: given[name] for name in self.action.arguments}}

    def _chosen(self, names: list[str], chosen: dict[str, Any], groups: Groups, only: Only) -> Iterator[dict[str, Any]]:
        """The keys, words and truth values; of keys that are alike, a new one only after those before it."""
        if not names:
            yield chosen
            return
        name, *other_names = names
        for value in (*self._values_of(self.action.arguments[name], chosen, groups), *self.lists.get(name, ())):
            if name not in only or value in only[name]:
                yield from self._chosen(other_names, {**chosen, name: value}, groups, only)

    def _values_of(self, kind: Type, chosen: Mapping[str, Any], groups: Groups) -> Iterator[Any]:
        match kind:
            case Maybe(of=inner):
                yield from self._values_of(inner, chosen, groups)
                yield None
            case Boolean():
                yield from (False, True)
            case Word(words=words):
                yield from words
            case Key(entry=entry):
                arguments = self.action.arguments
                taken_keys = {chosen[name] for name in chosen if known(arguments[name]) == kind}
                for group in groups.get(entry, ()):
                    # INVARIANT: of a group, its first keys are the ones that are taken.
                    yield from group[: sum(key in taken_keys for key in group[: len(taken_keys)]) + 1]
            case ListOf(item=item) if item is not None:
                yield from ([value] for value in self._values_of(item, chosen, groups))

    def _choices(
        self,
        name: str,
        chosen: Mapping[str, Any],
        state: Mapping[str, Any],
        only: Only,
        open_values: dict[tuple[Any, ...], list[Any]],
        computed: dict[tuple[Any, ...], Any],
    ) -> list[Any]:
        """The values of an argument that takes any number, date or text, computed once for what they depend on."""
        if name in only:
            return list(only[name])
        dependencies = (name, *(chosen[other] for other in self._uses[name].beside if other in chosen))
        if dependencies not in open_values:
            open_values[dependencies] = self._open_values(name, chosen, state, computed)
        return open_values[dependencies]

    def _open_values(
        self, name: str, chosen: Mapping[str, Any], state: Mapping[str, Any], computed: dict[tuple[Any, ...], Any]
    ) -> list[Any]:
        starts = {other: _start(kind, state, other) for other, kind in self._open.items()}
        given = {other: self._as_argument(other, start) for other, start in starts.items() if other != name}
        conditions = self._uses[name].conditions
        finder = _TurnFinder(
            self.program,
            state,
            {**given, **chosen, name: starts[name]},
            conditions,
            self._as_argument,
            computed,
            self.meter,
        )
        kind = self._open[name]
        match kind:
            case Integer():
                least, greatest = bounds(kind)
                numbers = {number for number in finder.numbers(name) if least <= number <= greatest}
                values = self._first(sorted(numbers, key=lambda number: (abs(number - 1), number)))
            case Date():
                days = finder.days(name) | (self._days_to_wait_for(state) if name == self.action.time_to else set())
                values = self._first(sorted(days or {state["as_of"]}))
            case _:
                values = self._first(finder.texts(name))
                known_words = self.program.known_words.get(self.action.name, {}).get(name, ())
                values += [word for word in known_words if word not in values][: MOST - len(values)]
        absent = [None] if isinstance(self.action.arguments[name], Maybe) else []
        return [*(self._as_argument(name, value) for value in values), *self.lists.get(name, ()), *absent]

    def _as_argument(self, name: str, value: Any) -> Any:
        """A value, in a list where the argument is one."""
        return [value] if isinstance(known(self.action.arguments[name]), ListOf) else value

    def _first(self, values: list[Any]) -> list[Any]:
        """As many of the values as are tried."""
        self.cut = self.cut or len(values) > MOST
        return values[:MOST]

    def _days_to_wait_for(self, state: Mapping[str, Any]) -> set[str]:
        """The days to wait for: of the policy, of the state, and of the next event, which may be overdue."""
        today = state["as_of"]
        named = (*self._of_rules, *self.first_days, *days_of_state(self.program.state, state))
        days = {day for day in named if day > today}
        with suppress(OutOfRangeError):
            if event := next_event(
                self.program, Interpreter({}, state, self.program.facts, meter=self.meter), "9999-12-31"
            ):
                days.add(max(event.day, today))
        return days

    @cached_property
    def _of_rules(self) -> set[str]:
        return days_of_rules(self.program)


class _Condition(NamedTuple):
    """A condition of a clause, and the one by which alone there is what it takes for granted."""

    expr: t.Expr
    needed: t.Expr | None = None


def _conditions(clause: Clause) -> Iterator[_Condition]:
    """When a rule or an outcome applies, and what it requires."""
    when = clause.when
    granted = frozenset() if when is None else made_sure_of(when)
    for expr in conditions_of(clause):
        yield _Condition(expr, when if expr is not when and granted & taken_for_granted(expr) else None)


class _ArgumentUse:
    """The conditions of an action that read one argument, and the other arguments that these read."""

    def __init__(self, action: ActionType, name: str) -> None:
        exprs = [each for clause in (*action.rules, *action.outcomes) for each in _conditions(clause)]
        read = [(each, arguments_of([each.expr])) for each in exprs]
        self.conditions = [each for each, names in read if name in names]
        self.beside = sorted({other for _, names in read if name in names for other in names} - {name})


class _TurnFinder:
    """Finds where comparisons of one argument turn, while the other arguments stay the same.

    What facts come to on the state, of which nothing moves, is `computed` once.
    """

    def __init__(
        self,
        program: Program,
        state: Mapping[str, Any],
        given: Mapping[str, Any],
        conditions: Iterable[_Condition],
        as_argument: Callable[[str, Any], Any],
        computed: dict[tuple[Any, ...], Any],
        meter: Meter | None,
    ) -> None:
        self.program, self.state, self.given, self.conditions = program, state, given, conditions
        self.as_argument, self.computed, self.meter = as_argument, computed, meter

    def numbers(self, name: str) -> set[int]:
        """The number to begin with, and those on both sides of where a comparison turns."""
        numbers, fresh = {self.given[name]}, {self.given[name]}
        for _ in range(_ROUNDS):
            steps = {(start, step) for start in fresh for step in self._watch(name, MovingNumber(start, 1)).turns}
            fresh = {start + step - before for start, step in steps for before in (0, 1)} - numbers
            numbers |= fresh
        return numbers

    def days(self, name: str) -> set[str]:
        """The days, from `as_of` on, on both sides of where a comparison turns."""
        start = self.given[name]
        turns = self._watch(name, MovingDay(start, 1)).turns
        days = set()
        for step in {step - before for step in turns for before in (0, 1)}:
            with suppress(OutOfRangeError):
                days.add(add_days(start, step))
        return {day for day in days if day >= start}

    def texts(self, name: str) -> list[str]:
        """The texts that the argument is compared with, and one that is none of them."""
        texts = self._watch(name, ChosenText(self.given[name])).texts
        other = name
        while other in texts:
            other += "-1"
        return [other, *texts]

    def _watch(self, name: str, value: Any) -> MovingInterpreter:
        watching = MovingInterpreter(
            {**self.given, name: self.as_argument(name, value)},
            self.state,
            self.program.facts,
            computed=self.computed,
            meter=self.meter,
        )
        for expr, needed in self.conditions:
            # What can't be computed is left out: deciding reports what is wrong.
            with suppress(OutOfRangeError):
                if needed is None or watching.value(needed, {}) is True:
                    watching.value(expr, {})
        return watching


def _item(kind: Type) -> Type:
    """The type of a value, or of what is in a list of them."""
    kind = known(kind)
    return known(kind.item) if isinstance(kind, ListOf) and kind.item is not None else kind


def _start(kind: Type, state: Mapping[str, Any], name: str) -> Any:
    match kind:
        case Integer():
            return min(max(1, bounds(kind)[0]), bounds(kind)[1])
        case Date():
            return state["as_of"]
    return name
