"""Who performs a step: first of all who proposed the action, and somebody else where they alone may."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ..language.types import Key, known
from ..program import ActionType, Clause, Program
from .nodes import Node, Proposal
from .questions import Action, Questions
from .touch import Changes, arguments_of


class Performers:
    """Those who may act: the `performer` who proposed the action, and the `actors`, or anybody where none are given."""

    def __init__(
        self,
        questions: Questions,
        programs: Collection[Program],
        performer: str | None,
        actors: Collection[str] | None,
    ) -> None:
        self._questions, self.performer, self._actors = questions, performer, actors
        every = [action_type for program in programs for action_type in program.actions.values()]
        self._asking = {id(rule) for each in every for rule in each.rules if _asks_who(each, rule)}
        self._subjects = {each.name for each in questions.program.actions.values() if _is_subject(each)}

    def first(self, action_type: ActionType) -> dict[str, tuple[Any, ...]]:
        """Who performs a step to begin with, by the name of that argument; nothing where anybody may be tried."""
        name = action_type.performed_by
        if name is None or self.performer is None:
            return {}
        if action_type.name not in self._subjects:
            return {name: (self.performer,)}
        return {} if self._actors is None else {name: (self.performer, *self._actors)}

    def permitted(self, action_type: ActionType, proposal: Proposal, node: Node) -> Proposal:
        """The action by somebody who may perform it, where a failing rule asks who does; and what denies it then."""
        if self._ask_who(proposal.failing):
            for other in self._by_others(action_type, proposal.taken.action, node):
                failing = self._questions.failing(other, node.state)
                if failing is not None and not self._ask_who(failing):
                    effects = proposal.effects
                    if action_type.name in self._subjects:
                        effects = self._questions.proposed(other, node.state) or Changes()
                    return Proposal(proposal.taken._replace(action=other, another=True), effects, failing)
        return proposal

    def _ask_who(self, rules: Collection[Clause]) -> bool:
        return any(id(rule) in self._asking for rule in rules)

    def _by_others(self, action_type: ActionType, action: Action, node: Node) -> Iterator[Action]:
        """The same action, performed by each of the others who may act."""
        name = action_type.performed_by
        if name is None or not isinstance(kind := known(action_type.arguments[name]), Key):
            return
        others = self._actors if self._actors is not None else [keys[0] for keys in node.groups.get(kind.entry, ())]
        yield from ({**action, name: other} for other in others if other != action.get(name))


def _asks_who(action_type: ActionType, rule: Clause) -> bool:
    """Whether a requirement of an action asks who performs it."""
    return action_type.performed_by in arguments_of(expr for expr, _ in rule.require)


def _is_subject(action_type: ActionType) -> bool:
    """Whether what an action changes depends on who performs it."""
    targets = [target.expr for clause in action_type.consequences for target in clause.targets]
    values = [value for clause in action_type.consequences for value, _, _ in clause.values]
    return action_type.performed_by in arguments_of([*targets, *values])
