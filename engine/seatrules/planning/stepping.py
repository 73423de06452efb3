"""The steps that may be taken on a state: of each action the sets of arguments that are worth trying, decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..change.effects import Effect
from ..language.types import Key, known
from ..program import ActionType
from .bindings import bindings, in_groups
from .nodes import Node, Proposal
from .performers import Performers
from .questions import Action, Questions
from .repertoire import Repertoire
from .touch import Changes, Needs, arguments_of, meet, shapes_read
from .ways import TakenStep

IsWanted = Callable[[Iterable[Effect]], bool]
"""Which of the steps that change something of what is needed are wanted, by their effects."""


class Stepping:
    """Finds the steps on any state that change something of what is needed, allowed or not; but not the `goal` itself.

    Of entries that are alike one is tried.
    """

    def __init__(self, repertoire: Repertoire, questions: Questions, performers: Performers, goal: Action) -> None:
        self.repertoire, self._questions, self._performers, self._goal = repertoire, questions, performers, goal
        program, *later = repertoire.programs
        actions, first_days = repertoire.actions.values(), {each.effective_from for each in later}
        self._candidates = {each.name: questions.candidates(each, first_days) for each in actions}
        self._final = {
            id(rule): shapes_read([rule.asked], program)
            for each in actions
            for rule in each.rules
            if program.is_final(rule) and not arguments_of([rule.asked])
        }

    @property
    def cut(self) -> bool:
        """Whether a rule turns at more numbers, days or texts than were tried."""
        return any(candidates.cut for candidates in self._candidates.values())

    def on(self, node: Node, needs: Needs, wanted: IsWanted = any) -> Iterator[Proposal]:
        """The steps of every action."""
        for action_type in self.repertoire.actions.values():
            yield from self.of(action_type, node, needs, wanted)

    def of(self, action_type: ActionType, node: Node, needs: Needs, wanted: IsWanted = any) -> Iterator[Proposal]:
        """The steps of one action. What a step would change is asked before whether it is allowed: few are wanted."""
        for action in self._worth_trying(action_type, node, needs):
            key = tuple(tuple(value) if isinstance(value, list) else value for value in action.values())
            if key not in node.changing:
                node.changing[key] = self._changing(action_type, action, node)
            effects = node.changing[key]
            if not self._questions.touched(needs, effects) or not wanted(effects):
                continue
            if key not in node.decided:
                node.decided[key] = self._decided(action_type, action, effects, node)
            if (proposal := node.decided[key]) is not None:
                yield proposal

    def may_touch(self, action_type: ActionType, needs: Needs) -> bool:
        """Whether some step of an action may change something of what is needed."""
        to_a_version = action_type.time_to is not None and len(self.repertoire.programs) > 1
        return to_a_version or meet(self.repertoire.writes[action_type.name], needs.shapes)

    def _worth_trying(self, action_type: ActionType, node: Node, needs: Needs) -> Iterator[Action]:
        """The sets of arguments with which an action may change what is needed, until none turns out to be possible."""
        name = action_type.name
        if name in node.closed or not self.may_touch(action_type, needs):
            return
        for bound in [{}] if action_type.time_to is not None else bindings(action_type, needs):
            only = self._performers.first(action_type) | in_groups(bound, node.first)
            for action in self._candidates[name].on(node.state, node.groups, only, needs.days):
                if name not in node.open and self._is_closed(action_type, action, node):
                    return
                if action != self._goal:
                    yield action

    def _is_closed(self, action_type: ActionType, action: Action, node: Node) -> bool:
        """Whether none of an action is possible here, as the policy says: one that is not impossible tells."""
        failing = self._questions.failing(action, node.state)
        final = next((id(rule) for rule in failing or () if id(rule) in self._final), None)
        if final is not None:
            node.closed[action_type.name] = self._final[final]
        elif failing is not None:
            node.open.add(action_type.name)
        return final is not None

    def _changing(self, action_type: ActionType, action: Action, node: Node) -> Changes:
        """What a step changes, or would if it were allowed; what time brings about, only where it is."""
        happens = action_type.time_to is not None and self._questions.failing(action, node.state) == ()
        return (self._questions.effects if happens else self._questions.proposed)(action, node.state) or Changes()

    def _decided(self, action_type: ActionType, action: Action, effects: Changes, node: Node) -> Proposal | None:
        """The step, by somebody else where they alone may; nothing where it is impossible."""
        failing = self._questions.failing(action, node.state)
        if failing is None:
            return None
        performer = self._performers.performer
        another = action.get(action_type.performed_by or "", performer) != performer
        taken = _among(TakenStep(action, another), action_type, node)
        return self._performers.permitted(action_type, Proposal(taken, effects, failing), node)


def _among(taken: TakenStep, action_type: ActionType, node: Node) -> TakenStep:
    """The step with those among whom one is chosen, where one of its keys stands for others that are alike."""
    for name, kind in action_type.arguments.items():
        is_chosen = name != action_type.performed_by and isinstance(known(kind), Key)
        if is_chosen and (among := node.alike.get(taken.action[name])):
            return taken._replace(argument=name, among=among)
    return taken
