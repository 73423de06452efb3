"""The steps that may be taken on a state: of each action the sets of arguments that are worth trying, decided."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.types import Key, known
from ..program import ActionType, Clause
from .bindings import bindings, in_groups
from .candidates import Candidates
from .nodes import Node, Proposal
from .performers import Performers
from .questions import Action, Questions
from .repertoire import Repertoire
from .touch import Needs, arguments_of, meet, shapes_read
from .ways import Taken


class Stepping:
    """Finds the steps on any state that change something of what is needed, allowed or not; but not the `goal` itself.

    Of entries that are alike one is tried.
    """

    def __init__(self, repertoire: Repertoire, questions: Questions, performers: Performers, goal: Action) -> None:
        self.repertoire, self._questions, self._performers, self._goal = repertoire, questions, performers, goal
        program, *later = repertoire.programs
        actions, first_days = repertoire.actions.values(), {each.effective_from for each in later}
        self._candidates = {each.name: Candidates(program, each, first_days) for each in actions}
        self._final = {
            id(rule): shapes_read([rule.asked], program)
            for each in actions
            for rule in each.rules
            if program.is_final(rule) and not _depends_on_arguments(each, rule)
        }

    @property
    def cut(self) -> bool:
        """Whether a rule turns at more numbers, days or texts than were tried."""
        return any(candidates.cut for candidates in self._candidates.values())

    def on(self, node: Node, needs: Needs) -> Iterator[Proposal]:
        """The steps of every action."""
        for action_type in self.repertoire.actions.values():
            yield from self.of(action_type, node, needs)

    def of(self, action_type: ActionType, node: Node, needs: Needs) -> Iterator[Proposal]:
        """The steps of one action."""
        for action in self._worth_trying(action_type, node, needs):
            proposal = self._proposal(action_type, action, node)
            if proposal is not None and self._questions.touched(needs, proposal.effects):
                yield proposal

    def _worth_trying(self, action_type: ActionType, node: Node, needs: Needs) -> Iterator[Action]:
        """The sets of arguments with which an action may change what is needed, until none turns out to be possible."""
        name, lets_time_pass = action_type.name, action_type.time_to is not None
        to_a_version = lets_time_pass and len(self.repertoire.programs) > 1
        if name in node.closed or not (to_a_version or meet(self.repertoire.writes[name], needs.shapes)):
            return
        for bound in [{}] if lets_time_pass else bindings(action_type, needs):
            only = self._performers.first(action_type) | in_groups(bound, node.first)
            for action in self._candidates[name].on(node.state, node.groups, only):
                if action != self._goal:
                    yield action
                if name in node.closed:
                    return

    def _proposal(self, action_type: ActionType, action: Action, node: Node) -> Proposal | None:
        """The step, by somebody else where they alone may; nothing where it is impossible or changes nothing."""
        key = tuple(tuple(value) if isinstance(value, list) else value for value in action.values())
        if key not in node.decided:
            node.decided[key] = self._decided(action_type, action, node)
        return node.decided[key]

    def _decided(self, action_type: ActionType, action: Action, node: Node) -> Proposal | None:
        failing = self._questions.failing(action, node.state)
        if failing is None:
            return None
        for rule in failing:
            if id(rule) in self._final:
                node.closed[action_type.name] = self._final[id(rule)]
                return None
        happens = action_type.time_to is not None and not failing
        effects = (self._questions.effects if happens else self._questions.proposed)(action, node.state)
        if not effects:
            return None
        performer = self._performers.performer
        another = action.get(action_type.performed_by or "", performer) != performer
        taken = _among(Taken(action, another), action_type, node)
        return self._performers.permitted(action_type, Proposal(taken, effects, failing), node)


def _among(taken: Taken, action_type: ActionType, node: Node) -> Taken:
    """The step with those among whom one is chosen, where one of its keys stands for others that are alike."""
    for name, kind in action_type.arguments.items():
        is_chosen = name != action_type.performed_by and isinstance(known(kind), Key)
        if is_chosen and (among := node.alike.get(taken.action[name])):
            return taken._replace(argument=name, among=among)
    return taken


def _depends_on_arguments(action_type: ActionType, rule: Clause) -> bool:
    """Whether what a rule asks depends on any argument but on who performs the action."""
    return not arguments_of([rule.asked]) <= {action_type.performed_by}
