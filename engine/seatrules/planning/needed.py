"""What a step has to change so that it helps: backwards from what denies the action, one move at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from ..language.types import Key, known
from ..program import Clause
from .goal import DeniedAction
from .nodes import Move, Node, Nodes, Proposal
from .questions import Action, Questions
from .stepping import Stepping
from .touch import ANY, Needs, Shape, meet
from .turning import TurningDays


class Needed:
    """Works out what is needed on a state, and keeps it there."""

    def __init__(
        self, questions: Questions, goal: DeniedAction, nodes: Nodes, stepping: Stepping, turning: TurningDays
    ) -> None:
        self._questions, self._goal, self._nodes, self._stepping = questions, goal, nodes, stepping
        self._turning = turning
        self._bringing: dict[frozenset[Shape], frozenset[Shape]] = {}

    def on(self, node: Node, left: int = 1) -> Needs:
        """What a step has to touch to help with so many moves left: what denies the action, or a step that would help.

        Also what would deny the action after a wait that helps, and what lets an event come due that does.
        """
        if not node.needs:
            node.needs.append(self._of_denied(self._goal.to_mend(node), self._goal.action, node))
        while len(node.needs) < left:
            node.needs.append(Needs.of_all([node.needs[-1], *self._one_move_before(node, node.needs[-1])]))
        return node.needs[left - 1]

    def _of_denied(self, rules: Sequence[Clause], action: Action, node: Node) -> Needs:
        """What those rules read that deny an action here, and the days on which one of them no longer does."""
        read = [(rule, self._questions.read_by(rule, action, node.state)) for rule in rules]
        turns = Needs(waits=(partial(self._turning.days, read, action, node),))
        return Needs.of_all([turns, *(needs for _, needs in read)])

    def _one_move_before(self, node: Node, needs: Needs) -> Iterator[Needs]:
        """What has to be touched so that something of what is needed can be."""
        yield Needs(loose=self._bring_about(needs) | self._entries_for(needs))
        for proposal in self._stepping.on(node, needs):
            action = proposal.taken.action
            if proposal.failing:
                yield self._of_denied(proposal.failing, action, node)
            elif self._questions.program.actions[action["type"]].time_to is not None:
                yield self._after(node, proposal)

    def _after(self, node: Node, waiting: Proposal) -> Needs:
        """What denies the action after a wait, and what the events read that bring it about.

        To wait on from there is no other way than to wait longer from here.
        """
        needs = self.on(self._nodes.after(node, Move((waiting.taken,), (waiting.effects,))))
        return replace(needs, loose=needs.loose | self._bring_about(needs), waits=())

    def _entries_for(self, needs: Needs) -> frozenset[Shape]:
        """The maps to which entries may be added that an action is for which changes something that is needed."""
        repertoire, growing = self._stepping.repertoire, self._nodes.growing
        helping = [each for name, each in repertoire.actions.items() if meet(repertoire.writes[name], needs.shapes)]
        kinds = [known(kind) for action_type in helping for kind in action_type.arguments.values()]
        return frozenset(
            (growing[kind.entry], ANY) for kind in kinds if isinstance(kind, Key) and kind.entry in growing
        )

    def _bring_about(self, needs: Needs) -> frozenset[Shape]:
        """What the events read, of any version, that change something of what is needed."""
        shapes = frozenset(needs.shapes)
        if shapes not in self._bringing:
            self._bringing[shapes] = self._stepping.repertoire.events.read_to_bring_about(shapes)
        return self._bringing[shapes]
