"""The action that was denied, as it would be on the states that steps lead to."""

from __future__ import annotations

from ..program import Clause
from .nodes import Node, Proposal
from .performers import Performers
from .questions import Action, Questions
from .touch import Changes
from .ways import TakenStep


class DeniedAction:
    """An `action` to be made possible: as it was proposed, but for who performs it and for what is not the wish."""

    def __init__(self, questions: Questions, performers: Performers, action: Action) -> None:
        self.action, self._action_type = action, questions.program.actions[action["type"]]
        self._questions, self._performers = questions, performers
        self._known: dict[Node, Proposal | None] = {}

    def on(self, node: Node) -> Proposal | None:
        """The action as it would be here, by somebody who may perform it; nothing where it is impossible."""
        if node not in self._known:
            failing = self._questions.failing(self.action, node.state)
            proposal = None if failing is None else Proposal(TakenStep(self.action), Changes(), failing)
            self._known[node] = proposal if proposal is None or not failing else self._otherwise(proposal, node)
        return self._known[node]

    def to_mend(self, node: Node) -> tuple[Clause, ...]:
        """The rules that deny the action here, whoever performs it."""
        proposal = self.on(node)
        return proposal.failing if proposal is not None else ()

    def _otherwise(self, proposal: Proposal, node: Node) -> Proposal:
        """The action by somebody who may perform it, or with other arguments that are not the wish, if that helps."""
        action_type, wished = self._action_type, self._action_type.wished
        if action_type.performed_by not in wished:
            proposal = self._performers.permitted(action_type, proposal, node)
        kept = [name for name in action_type.arguments if name in wished or name == action_type.performed_by]
        if proposal.failing and len(kept) < len(action_type.arguments):
            only = {name: (proposal.taken.action[name],) for name in kept}
            for action in self._questions.candidates(action_type).on(node.state, node.groups, only):
                if self._questions.failing(action, node.state) == ():
                    return proposal._replace(taken=proposal.taken._replace(action=action), failing=())
        return proposal
