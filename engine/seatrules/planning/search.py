"""Looks for the shortest sequences of the policy's own actions after which a denied action is allowed.

Depth first with a growing limit (Korf 1985). Only what may help is tried: the last step before the action has to
change something that each of its failing requirements reads, and the steps before that something that those read, or
what keeps such a step from being allowed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from ..change.effects import Effect, apply_effects
from ..errors import RequestError
from ..generated.ready import Compiled
from ..language import tree as t
from ..language.types import Key, known
from ..program import ActionType, Clause, Program
from .alike import Groups, apart, groups_of
from .candidates import Candidates
from .deciding import Deciding
from .passing import later_versions
from .touch import Needs, Shape, meet, needs_of, writes_of

Action = Mapping[str, Any]
MOST_STEPS = 5
"""The most steps before the action itself."""


class OutOfBudgetError(Exception):
    """The search has used up the decisions that it may ask."""


Way = tuple[tuple[Action, bool], ...]
"""Steps after which the action is allowed, and the action: each with whether somebody else has to perform it."""


class _Candidate(NamedTuple):
    """A candidate for a step: what it changes (or would), and the rules that deny it whoever performs it."""

    action: Action
    another: bool
    effects: tuple[Effect, ...]
    failing: tuple[Clause, ...]


@dataclass
class _Node:
    """A state that some steps lead to."""

    state: Mapping[str, Any]
    way: Way
    changed: Mapping[tuple[Any, ...], str]
    options: dict[str, list[_Candidate]] = field(default_factory=dict)
    needs: list[Needs] = field(default_factory=list)

    @cached_property
    def key(self) -> frozenset[tuple[Any, str]]:
        return frozenset(self.changed.items())

    @property
    def keys(self) -> set[str]:
        """The keys of entries that were changed: they are no longer alike with any other."""
        return {str(parts[1]) for parts in self.changed if len(parts) > 1}


def failing_rules(
    engine: Deciding, action: Action, state: Mapping[str, Any], version: str | None
) -> tuple[Clause, ...] | None:
    """The rules that deny an action; nothing where it is impossible on this state."""
    compiled = engine.compiled(state, version)
    if action["type"] not in compiled.program.actions:
        return None
    ready = compiled.action(action["type"])
    if (failing := ready.failing(action, state)) is not None:
        return failing
    try:
        decision = engine.decide(action, state, version=version)
    except RequestError:
        return None
    denying = {reason.rule for reason in decision.reasons}
    return tuple(rule for rule in ready.action_type.rules if rule.id in denying)


class Search:
    """The ways to one action on one state, shortest first; `asked` counts the decisions that were asked."""

    def __init__(
        self,
        engine: Deciding,
        action: Action,
        state: Mapping[str, Any],
        actors: Collection[str] | None,
        version: str | None,
        budget: int,
    ) -> None:
        self.engine, self.action, self.version = engine, action, version
        self.program: Program = engine.program_for(state, version)
        self.action_type: ActionType = self.program.actions[action["type"]]
        self.groups: Groups = groups_of(self.program, state)
        self.actors = actors
        self.budget, self.asked = budget, 0
        self.start = _Node(state, (), {})
        self.performer = action.get(self.action_type.performed_by or "")
        later = later_versions(engine, state["as_of"], version)
        first_days = {program.effective_from for program in later}
        # What is on each of several changes nothing that the single one does not.
        single = {name: each for name, each in self.program.actions.items() if each.each is None}
        self._candidates = {name: Candidates(self.program, each, first_days) for name, each in single.items()}
        self._writes = {name: writes_of(each, [self.program, *later]) for name, each in single.items()}
        self._nodes: dict[Any, _Node] = {self.start.key: self.start}
        self._goals: dict[Any, _Candidate | None] = {}

    def ways(self, length: int) -> Iterator[Way]:
        """The ways of so many steps, where no shorter one leads through the same states.

        Raises:
            OutOfBudgetError: after the last that was found within the budget.
        """
        return self._ways(self.start, length, {})

    def hopeless(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """The failing rules that nothing mends from here, by id: with the actions that might, and what denies those.

        A rule may be mended by an allowed step that changes what it reads, or by a denied one if all that denies that
        may be mended.
        """
        node, needs = self.start, self._needs(self.start, MOST_STEPS)
        options = [option for option in self._options(node, needs.shapes) if needs.touched(option.effects)]
        rules = {(-1, rule.id): rule for rule in self._to_mend(node)}
        rules |= {(number, rule.id): rule for number, option in enumerate(options) for rule in option.failing}
        actions = {-1: self.action} | {number: option.action for number, option in enumerate(options)}
        reads = {key: self._needs_of([rule], node, actions[key[0]]) for key, rule in rules.items()}
        helping = {
            key: [number for number, option in enumerate(options) if need.touched(option.effects)]
            for key, need in reads.items()
        }
        mended: set[tuple[int, str]] = set()
        while fresh := {
            key
            for key in rules.keys() - mended
            if any(all((number, rule.id) in mended for rule in options[number].failing) for number in helping[key])
        }:
            mended |= fresh
        return {
            rule.id: _in_the_way(options[number] for number in helping[key])
            for key, rule in rules.items()
            if key[0] == -1 and key not in mended
        }

    def _needs_of(self, rules: Iterable[Clause], node: _Node, action: Action) -> Needs:
        """What these rules read for an action; on each of several, for each of them."""
        compiled, needs, rules = self._compiled(node.state), Needs(), list(rules)
        for single in compiled.action(action["type"]).singles(action, node.state):
            needs |= needs_of(rules, single.state, single.action, compiled.program)
        return needs

    def failing(self, action: Action, state: Mapping[str, Any]) -> tuple[Clause, ...] | None:
        """The rules that deny an action; nothing where it is impossible on this state."""
        self.asked += 1
        if self.asked > self.budget:
            raise OutOfBudgetError
        return failing_rules(self.engine, action, state, self.version)

    def _compiled(self, state: Mapping[str, Any]) -> Compiled:
        return self.engine.compiled(state, self.version)

    def _ways(self, node: _Node, left: int, tried: dict[Any, int]) -> Iterator[Way]:
        goal = self._goal(node)
        if goal is not None and not goal.failing:
            if left == 0:  # else this place is the end of a shorter way
                yield (*node.way, (goal.action, goal.another))
            return
        if left == 0 or tried.get(node.key, 0) >= left:
            return
        tried[node.key] = left
        for option in self._helping(node, left):
            yield from self._ways(self._after(node, option), left - 1, tried)

    def _goal(self, node: _Node) -> _Candidate | None:
        """The action as it would be here, by somebody who may perform it; nothing where it is impossible."""
        if node.key not in self._goals:
            failing = self.failing(self.action, node.state)
            self._goals[node.key] = (
                None
                if failing is None
                else self._by_permitted_actor(self.action_type, _Candidate(self.action, False, (), failing), node)
            )
        return self._goals[node.key]

    def _to_mend(self, node: _Node) -> tuple[Clause, ...]:
        """The rules that deny the action here, whoever performs it."""
        goal = self._goal(node)
        return goal.failing if goal is not None else ()

    def _by_permitted_actor(self, action_type: ActionType, option: _Candidate, node: _Node) -> _Candidate:
        """The action by somebody who may perform it, where a failing rule asks who does; and what denies it then."""
        if any(asks_who(action_type, rule) for rule in option.failing):
            for other in self._by_others(action_type, option.action, node):
                denying = self.failing(other, node.state)
                if denying is not None and not any(asks_who(action_type, rule) for rule in denying):
                    return _Candidate(other, True, option.effects, denying)
        return option

    def _helping(self, node: _Node, left: int) -> Iterator[_Candidate]:
        """The allowed steps that may help where so many are left."""
        needs = self._needs(node, left)
        needs_by_rule = [self._needs_of([rule], node, self.action) for rule in self._to_mend(node)]
        for option in self._options(node, needs.shapes):
            if option.failing or not needs.touched(option.effects):
                continue
            if left > 1 or all(need.touched(option.effects) for need in needs_by_rule):
                yield option

    def _needs(self, node: _Node, left: int) -> Needs:
        """What a step has to touch to help: what denies the action, or what denies a step that would help later."""
        if not node.needs:
            denying = self._to_mend(node)
            node.needs.append(self._needs_of(denying, node, self.action))
        while len(node.needs) < left:
            needs = node.needs[-1]
            more = Needs()
            for option in self._options(node, needs.shapes):
                if option.failing and needs.touched(option.effects):
                    more |= self._needs_of(option.failing, node, option.action)
            node.needs.append(needs | more)
        return node.needs[left - 1]

    def _options(self, node: _Node, shapes: Collection[Shape]) -> Iterator[_Candidate]:
        """The candidates of every action that may change something of these shapes."""
        for name in self._writes:
            if meet(self._writes[name], shapes):
                if name not in node.options:
                    node.options[name] = list(self._tried(node, name))
                yield from node.options[name]

    def _tried(self, node: _Node, name: str) -> Iterator[_Candidate]:
        action_type = self.program.actions[name]
        groups = apart(self.groups, node.keys | self._named)
        only = (
            {action_type.performed_by: (self.performer,)}
            if action_type.performed_by and self.performer is not None
            else {}
        )
        for action in self._candidates[name].on(node.state, groups, only):
            if action != self.action and (option := self._option(node, action_type, action)) is not None:
                yield option

    def _option(self, node: _Node, action_type: ActionType, action: Action) -> _Candidate | None:
        """The candidate, by somebody else where they alone may; nothing where it is impossible or changes nothing."""
        failing = self.failing(action, node.state)
        if failing is None:
            return None
        if action_type.time_to is not None and not failing:
            return self._waiting(node, action)
        effects = self._compiled(node.state).action(action_type.name).proposed(action, node.state)
        if not effects:
            return None
        return self._by_permitted_actor(action_type, _Candidate(action, False, effects, failing), node)

    def _waiting(self, node: _Node, action: Action) -> _Candidate | None:
        try:
            decision = self.engine.decide(action, node.state, version=self.version)
        except RequestError:
            return None
        return _Candidate(action, False, decision.details.effects, ()) if decision.details.effects else None

    def _by_others(self, action_type: ActionType, action: Action, node: _Node) -> Iterator[Action]:
        """The same action, performed by each of the others who may act."""
        name = action_type.performed_by
        if name is None or not isinstance(kind := known(action_type.arguments[name]), Key):
            return
        if self.actors is not None:
            others: list[str] = list(self.actors)
        else:
            others = [group[0] for group in apart(self.groups, node.keys | self._named).get(kind.entry, ())]
        yield from ({**action, name: other} for other in others if other != action.get(name))

    @cached_property
    def _named(self) -> set[str]:
        """The keys that the action names: they are alike with no other."""
        return {value for name, value in self.action.items() if name != "type" and isinstance(value, str)}

    def _after(self, node: _Node, option: _Candidate) -> _Node:
        changed = {**node.changed, **{effect.parts: repr(effect.after) for effect in option.effects}}
        after = _Node({}, (*node.way, (option.action, option.another)), changed)
        if (known_node := self._nodes.get(after.key)) is not None and len(known_node.way) <= len(after.way):
            return known_node
        after.state = apply_effects(option.effects, node.state)
        self._nodes[after.key] = after
        return after


def _in_the_way(options: Iterable[_Candidate]) -> dict[str, tuple[str, ...]]:
    """For each type of action, the codes that deny the one that is denied for the fewest."""
    codes_by_action: dict[str, tuple[str, ...]] = {}
    for option in sorted(options, key=lambda option: len(option.failing)):
        codes_by_action.setdefault(option.action["type"], tuple(rule.code or "" for rule in option.failing))
    return codes_by_action


def asks_who(action_type: ActionType, rule: Clause) -> bool:
    """Whether a requirement of an action asks who performs it."""
    read = (part for expr, _ in rule.require for part in t.parts(expr))
    return any(isinstance(part, t.Argument) and part.name == action_type.performed_by for part in read)
