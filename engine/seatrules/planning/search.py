"""Looks for the shortest sequences of the policy's own actions after which a denied action is allowed.

Depth first with a growing limit (Korf 1985), backwards from what fails: only what may help is tried. The last step
before the action has to change something that each of its failing requirements reads; the steps before that something
that those read, or what keeps such a step from being allowed, or what lets an event that helps come due. Of entries
that are alike one is tried. A step that brings a failing requirement nearer is also taken as often, or with as great a
number, as it takes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from ..change.effects import NOTHING, Effect, apply_effects
from ..errors import RequestError
from ..generated.ready import Compiled
from ..language import tree as t
from ..language.days import OutOfRangeError
from ..language.interpret import DataPath, Interpreter
from ..language.types import Integer, Key, MapOf, known
from ..program import ActionType, Clause, Program
from ..program.target import KeyStep
from .alike import Groups, apart, groups_of
from .bindings import bindings, in_groups
from .budget import Budget
from .candidates import Candidates
from .deciding import Deciding
from .passing import later_versions, wait
from .prices import Prices
from .shortfall import shortfall
from .touch import ANY, Needs, Shape, bring_about, meet, needs_of, shape_of_effect, shapes_read, writes_of
from .ways import Taken, Way

Action = Mapping[str, Any]
MOST_STEPS = 5
"""The most kinds of steps before the action itself."""
MOST_ALIKE = 1_000
"""How often a step is taken at most, each time on another entry that is alike."""


class _Option(NamedTuple):
    """A candidate for a step: what it changes (or would), and the rules that deny it whoever performs it."""

    taken: Taken
    effects: tuple[Effect, ...]
    failing: tuple[Clause, ...]


class _Move(NamedTuple):
    """What leads from one state to the next: one step, or several that are alike."""

    steps: Way
    effects: tuple[tuple[Effect, ...], ...]


@dataclass
class _Node:
    """A state that some steps lead to, and what was found out about it."""

    state: Mapping[str, Any]
    changed: Mapping[tuple[Any, ...], str]
    groups: Groups
    decided: dict[Any, _Option | None] = field(default_factory=dict)
    needs: list[Needs] = field(default_factory=list)
    listed: dict[int, tuple[list[_Move], Iterator[_Move]]] = field(default_factory=dict)
    closed: dict[str, frozenset[Shape]] = field(default_factory=dict)
    """The actions that no arguments and no step make possible here, as the policy says; with what that depends on."""

    @cached_property
    def key(self) -> frozenset[tuple[Any, str]]:
        return frozenset(self.changed.items())

    @cached_property
    def alike(self) -> dict[Any, tuple[str, ...]]:
        """By the first of them, the keys of those who are alike."""
        return {group[0]: group for groups in self.groups.values() for group in groups if len(group) > 1}

    @cached_property
    def first(self) -> dict[Any, str]:
        """By the key of each of those who are alike, the first of them."""
        return {key: first for first, group in self.alike.items() for key in group}


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
    """The ways to one action on one state, shortest first.

    Steps that cost more than the cost at place `most_cost` are not taken. `cut` is true where not every number, day or
    text at which something turns was tried.
    """

    def __init__(
        self,
        engine: Deciding,
        action: Action,
        state: Mapping[str, Any],
        actors: Collection[str] | None,
        version: str | None,
        budget: Budget,
    ) -> None:
        self.engine, self.action, self.version, self.budget = engine, action, version, budget
        self.program: Program = engine.program_for(state, version)
        self.action_type: ActionType = self.program.actions[action["type"]]
        self.performer = action.get(self.action_type.performed_by or "")
        self.prices = Prices(self.program, state, self.action_type, action)
        self.actors = actors
        self.most_cost: int | None = None
        named = {value for name, value in action.items() if name != "type" and isinstance(value, str)}
        groups = apart(groups_of(self.program, state), named)
        self.start = _Node(state, {}, groups)
        later = later_versions(engine, state["as_of"], version)
        first_days = {program.effective_from for program in later}
        self._programs = [self.program, *later]
        # What is on each of several changes nothing that the single one does not.
        single = {name: each for name, each in self.program.actions.items() if each.each is None}
        self.candidates = {name: Candidates(self.program, each, first_days) for name, each in single.items()}
        self._writes = {name: writes_of(each, [self.program, *later]) for name, each in single.items()}
        self._subjects = {name for name, each in single.items() if _is_subject(each)}
        self._asking_who = {
            id(rule)
            for program in self._programs
            for each in program.actions.values()
            for rule in each.rules
            if asks_who(each, rule)
        }
        # The cheap ones first: those with few arguments, and at last those that let time pass.
        keys = {
            name: sum(isinstance(known(kind), Key) for kind in each.arguments.values()) for name, each in single.items()
        }
        self._order = sorted(self._possible(single), key=lambda name: (single[name].time_to is not None, keys[name]))
        self._final = {
            id(rule): shapes_read([rule.asked], self.program)
            for each in single.values()
            for rule in each.rules
            if self.program.is_final(rule) and not _depends_on_arguments(each, rule)
        }
        added = {
            target.root
            for each in single.values()
            for clause in each.consequences
            for target, _ in clause.appends
            if isinstance(target.last, KeyStep)
        }
        fields = {name: known(kind) for name, kind in self.program.state.fields.items() if name in added}
        self._growing = {kind.entry.name: name for name, kind in fields.items() if isinstance(kind, MapOf)}
        self._bringing: dict[frozenset[Shape], frozenset[Shape]] = {}
        self._nodes: dict[Any, _Node] = {self.start.key: self.start}
        self._goals: dict[Any, _Option | None] = {}

    def _possible(self, actions: Mapping[str, ActionType]) -> list[str]:
        """The actions but those that are denied whatever their arguments, by what no other one changes."""
        never = {name: read for name, each in actions.items() if (read := self._never(each)) is not None}
        while True:
            others = [name for name in actions if name not in never]
            written = frozenset[Shape]().union(*map(self._writes.__getitem__, others))
            kept = {name: read for name, read in never.items() if not meet(written, read)}
            if kept == never:
                return others
            never = kept

    def _never(self, action_type: ActionType) -> frozenset[Shape] | None:
        """What a rule reads that denies the action whatever its arguments, in every version; nothing if none does."""
        for rule in action_type.rules:
            every = [self._rule_of(program, action_type.name, rule.id) for program in self._programs]
            if all(each is not None and self._denies_always(*each) for each in every):
                read = (_read_by(*each) for each in every if each is not None)
                return frozenset[Shape]().union(*read)
        return None

    def _rule_of(self, program: Program, action: str, name: str) -> tuple[Program, Clause] | None:
        rules = program.actions[action].rules if action in program.actions else ()
        return next(((program, rule) for rule in rules if rule.id == name), None)

    def _denies_always(self, program: Program, rule: Clause) -> bool:
        if not rule.denies or not rule.effective_from is rule.effective_until is None:
            return False
        if any(isinstance(part, t.Argument) for part in t.parts(rule.asked)):
            return False
        day = max(self.start.state["as_of"], program.effective_from)
        try:
            return Interpreter({**self.start.state, "as_of": day}, {}, program.facts).value(rule.asked, {}) is False
        except (OutOfRangeError, KeyError):  # a later version may not have the words of this state
            return False

    @cached_property
    def denying(self) -> tuple[Clause, ...]:
        """The rules that deny the action as it was proposed."""
        return self.failing(self.action, self.start.state) or ()

    @property
    def cut(self) -> bool:
        return any(candidates.cut for candidates in self.candidates.values())

    def ways(self, length: int) -> Iterator[Way]:
        """The ways of so many moves, but for those that come to a state for more than another way of as few.

        Raises:
            OutOfBudgetError: after the last that was found within the budget.
        """
        return self._ways(self.start, length, (), {})

    def hopeless(self) -> list[Clause]:
        """The failing rules that no action here can mend: none writes anything that such a rule reads.

        Nor does it help to wait for another version: there it fails too.
        """
        written = frozenset[Shape]().union(*map(self._writes.__getitem__, self._order))
        hopeless = [rule for rule in self.to_mend(self.start) if not meet(written, _read_by(self.program, rule))]
        for program in self._programs[1:] if hopeless else ():
            later = {**self.start.state, "as_of": program.effective_from}
            failing = {rule.id: rule for rule in self.failing(self.action, later) or ()}
            hopeless = [
                rule
                for rule in hopeless
                if rule.id in failing and not meet(written, _read_by(program, failing[rule.id]))
            ]
        return hopeless

    def failing(self, action: Action, state: Mapping[str, Any]) -> tuple[Clause, ...] | None:
        """The rules that deny an action; nothing where it is impossible on this state."""
        self.budget.ask()
        action_type = self.program.actions[action["type"]]
        if action_type.time_to is not None and action[action_type.time_to] < state["as_of"]:
            return None
        return failing_rules(self.engine, action, state, self.version)

    def proposed(self, action: Action, state: Mapping[str, Any]) -> tuple[Effect, ...] | None:
        """What an action changes, or would if it were allowed; nothing where that is not known."""
        return self._compiled(state).action(action["type"]).proposed(action, state)

    def effects(self, action: Action, state: Mapping[str, Any]) -> tuple[Effect, ...]:
        """What an allowed action changes."""
        action_type = self.program.actions[action["type"]]
        try:
            if action_type.time_to is None or action_type.consequences:
                return tuple(self.engine.decide(action, state, version=self.version).effects)
            passed = wait(self.engine, state, action[action_type.time_to], self.version)
        except RequestError:
            return ()
        changed = [
            effect._replace(turn=turn) for turn, (_, event) in enumerate(passed.events, 1) for effect in event.effects
        ]
        today, until = state["as_of"], passed.state["as_of"]
        return (*changed, *([] if today == until else [Effect(("as_of",), today, until, action_type.name)]))

    def _ways(self, node: _Node, left: int, way: Way, tried: dict[Any, list[tuple[int, Any]]]) -> Iterator[Way]:
        goal = self.goal(node)
        if goal is not None and not goal.failing:
            if left == 0:  # else this place is the end of a shorter way
                yield (*way, goal.taken)
            return
        price = self.prices.of(way)
        before = tried.setdefault(node.key, [])
        if left == 0 or any(had >= left and paid <= price for had, paid in before):
            return
        before.append((left, price))
        for move in self._moves(node, left):
            if self.most_cost is None or all(self.prices.cost(step) <= self.most_cost for step in move.steps):
                yield from self._ways(self._after(node, move), left - 1, (*way, *move.steps), tried)

    def goal(self, node: _Node) -> _Option | None:
        """The action as it would be here, by somebody who may perform it; nothing where it is impossible."""
        if node.key not in self._goals:
            failing = self.failing(self.action, node.state)
            option = None if failing is None else _Option(Taken(self.action), (), failing)
            self._goals[node.key] = option if option is None or not failing else self._otherwise(option, node)
        return self._goals[node.key]

    def _otherwise(self, option: _Option, node: _Node) -> _Option:
        """The action by somebody who may perform it, or with other arguments that are not the wish, if that helps."""
        action_type = self.action_type
        performer, wished = action_type.performed_by, action_type.wished
        if performer not in wished:
            option = self._by_permitted_actor(action_type, option, node)
        given = option.taken.action
        if option.failing and any(name not in wished and name != performer for name in action_type.arguments):
            only = {name: (given[name],) for name in action_type.arguments if name in wished or name == performer}
            for action in Candidates(self.program, action_type).on(node.state, node.groups, only):
                if self.failing(action, node.state) == ():
                    return option._replace(taken=option.taken._replace(action=action), failing=())
        return option

    def to_mend(self, node: _Node) -> tuple[Clause, ...]:
        """The rules that deny the action here, whoever performs it."""
        goal = self.goal(node)
        return goal.failing if goal is not None else ()

    def _by_permitted_actor(self, action_type: ActionType, option: _Option, node: _Node) -> _Option:
        """The action by somebody who may perform it, where a failing rule asks who does; and what denies it then."""
        if any(id(rule) in self._asking_who for rule in option.failing):
            for other in self._by_others(action_type, option.taken.action, node):
                denying = self.failing(other, node.state)
                if denying is not None and not any(id(rule) in self._asking_who for rule in denying):
                    return option._replace(taken=option.taken._replace(action=other, another=True), failing=denying)
        return option

    def _by_others(self, action_type: ActionType, action: Action, node: _Node) -> Iterator[Action]:
        """The same action, performed by each of the others who may act."""
        name = action_type.performed_by
        if name is None or not isinstance(kind := known(action_type.arguments[name]), Key):
            return
        others = self.actors if self.actors is not None else [group[0] for group in node.groups.get(kind.entry, ())]
        yield from ({**action, name: other} for other in others if other != action.get(name))

    # What may help.

    def _needs_of(self, rules: Iterable[Clause], node: _Node, action: Action) -> Needs:
        """What these rules read for an action; on each of several, for each of them."""
        compiled, needs, rules = self._compiled(node.state), Needs(), list(rules)
        for single in compiled.action(action["type"]).singles(action, node.state):
            needs |= needs_of(rules, single.state, single.action, compiled.program)
        return needs

    def _compiled(self, state: Mapping[str, Any]) -> Compiled:
        return self.engine.compiled(state, self.version)

    def needs(self, node: _Node, left: int = 1) -> Needs:
        """What a step has to touch to help: what denies the action, or what denies a step that would help later.

        Also what would deny the action after a wait that helps, and what lets an event come due that does.
        """
        if not node.needs:
            node.needs.append(self._needs_of(self.to_mend(node), node, self.action))
        while len(node.needs) < left:
            needs = node.needs[-1]
            more = Needs(loose=self._bring_about(frozenset(needs.shapes)) | self._entries_for(needs))
            for option in self._options(node, needs):
                if not self._touches(needs, option.effects):
                    continue
                if option.failing:
                    more |= self._needs_of(option.failing, node, option.taken.action)
                elif self.program.actions[option.taken.action["type"]].time_to is not None:
                    more |= self._needs_after(node, option)
            node.needs.append(needs | more)
        return node.needs[left - 1]

    def _entries_for(self, needs: Needs) -> frozenset[Shape]:
        """The maps to which entries may be added that an action is for which changes something that is needed."""
        helping = [self.program.actions[name] for name in self._order if meet(self._writes[name], needs.shapes)]
        kinds = [known(kind) for action in helping for kind in action.arguments.values()]
        return frozenset(
            (self._growing[kind.entry], ANY) for kind in kinds if isinstance(kind, Key) and kind.entry in self._growing
        )

    def _needs_after(self, node: _Node, waiting: _Option) -> Needs:
        """What denies the action after a wait, and what the events read that bring it about."""
        needs = self.needs(self._after(node, _Move((waiting.taken,), (waiting.effects,))))
        return needs | Needs(loose=self._bring_about(frozenset(needs.shapes)))

    def _touches(self, needs: Needs, effects: Iterable[Effect]) -> bool:
        """Whether effects change what is needed, or lead to a day on which another version asks for something else."""
        return needs.touched(effects) or any(
            effect.parts == ("as_of",)
            and self.engine.program_for({"as_of": effect.after}, self.version)
            is not self.engine.program_for({"as_of": effect.before}, self.version)
            for effect in effects
        )

    def _bring_about(self, shapes: frozenset[Shape]) -> frozenset[Shape]:
        if shapes not in self._bringing:
            every = (bring_about(shapes, program) for program in self._programs)
            self._bringing[shapes] = frozenset[Shape]().union(*every)
        return self._bringing[shapes]

    def _moves(self, node: _Node, left: int) -> Iterator[_Move]:
        """The allowed moves that may help where so many are left, each worked out when it is first asked for."""
        if left not in node.listed:
            node.listed[left] = ([], self._helping(node, left))
        listed, more = node.listed[left]
        place = 0
        while True:
            if place == len(listed):
                if (move := next(more, None)) is None:
                    return
                listed.append(move)
            yield listed[place]
            place += 1

    def _helping(self, node: _Node, left: int) -> Iterator[_Move]:
        needs = self.needs(node, left)
        needs_by_rule = [self._needs_of([rule], node, self.action) for rule in self.to_mend(node)]
        for name in self._order:
            allowed = [
                o for o in self._options_of(name, node, needs) if not o.failing and self._touches(needs, o.effects)
            ]
            moves = [_Move((option.taken,), (option.effects,)) for option in allowed]
            for move in (*moves, *self._repeated(node, allowed)):
                if left > 1 or all(any(self._touches(need, each) for each in move.effects) for need in needs_by_rule):
                    yield move

    def _grouped(self, groups: Groups, effects: list[Effect]) -> Groups:
        """The groups, with each entry that was changed in one of its own, what was added, and nothing that is gone."""
        found = dict(apart(groups, _keys(effect.parts for effect in effects)))
        entries = {root: entry for entry, root in self._growing.items()}
        for effect in effects:
            if len(effect.parts) != 2 or (entry := entries.get(str(effect.parts[0]))) is None:
                continue
            key = str(effect.parts[1])
            if effect.before is NOTHING or effect.after is NOTHING:
                found[entry] = tuple(group for group in found.get(entry, ()) if group != (key,))
            if effect.after is not NOTHING:
                found[entry] = (*found.get(entry, ()), (key,))
        return found

    def allowed(self, state: Mapping[str, Any], changed: Collection[DataPath], needs: Needs) -> Iterator[_Option]:
        """The allowed steps on any state that change something of what is needed; these paths were changed already."""
        node = _Node(state, {}, apart(self.start.groups, _keys(changed)))
        return (o for o in self._options(node, needs) if not o.failing and self._touches(needs, o.effects))

    # Which steps there are.

    def _options(self, node: _Node, needs: Needs) -> Iterator[_Option]:
        """The candidates of every action that may change something that is needed."""
        for name in self._order:
            yield from self._options_of(name, node, needs)

    def _options_of(self, name: str, node: _Node, needs: Needs) -> Iterator[_Option]:
        action_type = self.program.actions[name]
        to_a_version = action_type.time_to is not None and len(self._programs) > 1
        if name in node.closed or not (to_a_version or meet(self._writes[name], needs.shapes)):
            return
        for only in [{}] if action_type.time_to is not None else bindings(action_type, needs):
            performed = self._performed(action_type, only)
            for action in self.candidates[name].on(node.state, node.groups, in_groups(only, node.first) | performed):
                if action != self.action and (option := self._option(node, action_type, action)) is not None:
                    yield option
                if name in node.closed:
                    return

    def _performed(self, action_type: ActionType, only: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
        """Who performs a step first of all: who proposed the action, unless it matters who it is."""
        name = action_type.performed_by
        if name is None or self.performer is None or name in only:
            return {}
        if action_type.name not in self._subjects:
            return {name: (self.performer,)}
        return {} if self.actors is None else {name: (self.performer, *self.actors)}

    def _option(self, node: _Node, action_type: ActionType, action: Action) -> _Option | None:
        """The candidate, by somebody else where they alone may; nothing where it is impossible or changes nothing."""
        key = tuple(tuple(value) if isinstance(value, list) else value for value in action.values())
        if key not in node.decided:
            node.decided[key] = self._decided(node, action_type, action)
        return node.decided[key]

    def _decided(self, node: _Node, action_type: ActionType, action: Action) -> _Option | None:
        failing = self.failing(action, node.state)
        if failing is None:
            return None
        for rule in failing:
            if id(rule) in self._final:
                node.closed[action_type.name] = self._final[id(rule)]
                return None
        if action_type.time_to is not None and not failing:
            effects: tuple[Effect, ...] | None = self.effects(action, node.state)
        else:
            effects = self.proposed(action, node.state)
        if not effects:
            return None
        performer = action.get(action_type.performed_by or "", self.performer)
        taken = self._among(Taken(action, performer != self.performer), action_type, node)
        return self._by_permitted_actor(action_type, _Option(taken, effects, failing), node)

    def _among(self, taken: Taken, action_type: ActionType, node: _Node) -> Taken:
        """The step with those among whom one is chosen, where one of its keys stands for others that are alike."""
        for name, kind in action_type.arguments.items():
            key = taken.action[name]
            if name == action_type.performed_by or not isinstance(known(kind), Key) or key is None:
                continue
            group = node.alike.get(key, ())
            if len(group) > 1:
                return taken._replace(argument=name, among=group)
        return taken

    # What is done as often as it takes.

    def _lacking(self, node: _Node, state: Mapping[str, Any], action: Action) -> int:
        """How far the rules that deny the action on the state of the node are from holding on another one."""
        total = 0
        program, rules = self._compiled(node.state).program, {rule.id for rule in self.to_mend(node)}
        for single in self._compiled(state).action(action["type"]).singles(action, state):
            interpreter = Interpreter(single.state, single.action, program.facts)
            for rule in single.action_type.rules:
                if rule.id in rules:
                    try:
                        total += shortfall(interpreter, rule.asked)
                    except OutOfRangeError:
                        total += 1
        return total

    def _repeated(self, node: _Node, allowed: list[_Option]) -> Iterator[_Move]:
        """Moves of several steps that are alike, or of one with a greater number, until nothing is lacking."""
        goal = self.goal(node)
        if goal is None or not allowed:
            return
        action = goal.taken.action
        lacking = self._lacking(node, node.state, action)
        if lacking <= len(goal.failing):
            return
        buckets: dict[Any, list[_Option]] = {}
        for option in allowed:
            if self.program.actions[option.taken.action["type"]].time_to is not None:
                continue
            after = self._lacking(node, apply_effects(option.effects, node.state), action)
            if 0 < after < lacking:
                for name in self._varied(option):
                    others = tuple(str(value) for key, value in option.taken.action.items() if key != name)
                    buckets.setdefault((name, others), []).append(option)
                yield from self._greater(node, option, action, lacking, after)
        for (name, _), options in buckets.items():
            if (move := self._of_each(node, name, options, action)) is not None:
                yield move

    def _varied(self, option: _Option) -> list[str]:
        """The keys in a step that may be others: not who performs it, and none that the action itself names."""
        action_type, named = self.program.actions[option.taken.action["type"]], set(map(str, self.action.values()))
        return [
            name
            for name, kind in action_type.arguments.items()
            if isinstance(known(kind), Key)
            and name != action_type.performed_by
            and option.taken.action[name] not in named
        ]

    def _of_each(self, node: _Node, name: str, options: list[_Option], action: Action) -> _Move | None:
        """The step on one entry after the other, those first whom it costs least, until nothing is lacking."""
        steps: list[Taken] = []
        changes: list[tuple[Effect, ...]] = []
        state, lacking = node.state, self._lacking(node, node.state, action)
        for option in sorted(options, key=lambda option: self.prices.of((option.taken,))):
            for key in option.taken.among or (option.taken.action[name],):
                taken = option.taken._replace(action={**option.taken.action, name: key})
                if len(steps) == MOST_ALIKE or self.failing(taken.action, state) != ():
                    break
                effects = self.effects(taken.action, state)
                after_state = apply_effects(effects, state)
                after = self._lacking(node, after_state, action)
                if after >= lacking:
                    break
                steps.append(taken)
                changes.append(effects)
                state, lacking = after_state, after
                if lacking == 0:
                    return _Move(tuple(steps), tuple(changes)) if len(steps) > 1 else None
        return _Move(tuple(steps), tuple(changes)) if len(steps) > 1 else None

    def _greater(self, node: _Node, option: _Option, action: Action, lacking: int, after: int) -> Iterator[_Move]:
        """The step with the least number with which nothing is lacking."""
        action_type = self.program.actions[option.taken.action["type"]]
        for name, kind in action_type.arguments.items():
            if not isinstance(known(kind), Integer) or option.taken.action[name] is None:
                continue
            progress = lacking - after
            number = option.taken.action[name] + -(-after // progress)
            greater = option.taken._replace(action={**option.taken.action, name: number})
            if self.failing(greater.action, node.state) != ():
                continue
            effects = self.effects(greater.action, node.state)
            if self._lacking(node, apply_effects(effects, node.state), action) == 0:
                yield _Move((greater,), (effects,))

    def _after(self, node: _Node, move: _Move) -> _Node:
        changed = dict(node.changed)
        for effects in move.effects:
            changed |= {effect.parts: repr(effect.after) for effect in effects}
        after = _Node(node.state, changed, {})
        if (known_node := self._nodes.get(after.key)) is not None:
            return known_node
        for effects in move.effects:
            after.state = apply_effects(effects, after.state)
        after.groups = self._grouped(node.groups, [effect for effects in move.effects for effect in effects])
        shapes = {shape_of_effect(effect) for effects in move.effects for effect in effects}
        after.closed = {name: read for name, read in node.closed.items() if not meet(shapes, read)}
        self._nodes[after.key] = after
        return after


def _read_by(program: Program, rule: Clause) -> frozenset[Shape]:
    """The shapes of all that a rule of a version may read, of the day too where it is not always in force."""
    always = rule.effective_from is rule.effective_until is None
    return shapes_read([rule.asked], program) | ({("as_of", "")} if not always else set())


def _keys(paths: Iterable[DataPath]) -> set[str]:
    """The keys of the entries on which the paths lie: they are no longer alike with any other."""
    return {str(parts[1]) for parts in paths if len(parts) > 1}


def asks_who(action_type: ActionType, rule: Clause) -> bool:
    """Whether a requirement of an action asks who performs it."""
    read = (part for expr, _ in rule.require for part in t.parts(expr))
    return any(isinstance(part, t.Argument) and part.name == action_type.performed_by for part in read)


def _depends_on_arguments(action_type: ActionType, rule: Clause) -> bool:
    """Whether what a rule asks depends on any argument but on who performs the action."""
    arguments = {part.name for part in t.parts(rule.asked) if isinstance(part, t.Argument)}
    return bool(arguments - {action_type.performed_by})


def _is_subject(action_type: ActionType) -> bool:
    """Whether what an action changes depends on who performs it."""
    exprs = [
        expr
        for clause in action_type.consequences
        for expr in (*(target.expr for target in clause.targets), *(value for value, _, _ in clause.values))
    ]
    parts = (part for expr in exprs for part in t.parts(expr))
    return any(isinstance(part, t.Argument) and part.name == action_type.performed_by for part in parts)
